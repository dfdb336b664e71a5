/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_FUZZ_SIGNER_H
#define TESTS_FUZZ_SIGNER_H

#include "base/buf.h"

/* An Ed25519 key of the fuzz targets, so that what lies behind a signature is reached. */
const uint8_t *signer_key(void); /* 32 bytes, public */
void signer_sign(const void *data, size_t len, uint8_t out[64]);
/* data, then its signature over label, NUL, data. */
void signer_append(struct buf *out, const char *label, const void *data, size_t len);

#endif
