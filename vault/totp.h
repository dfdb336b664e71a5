/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VAULT_TOTP_H
#define VAULT_TOTP_H

#include <stdint.h>

#include "base/ctx.h"
#include "base/secret.h"

/* RFC 6238 by liboath: SHA-1, 6 digits, 30 s, one step either way. Steps up to last_step were used
 * before and are refused. ERR_UNAUTHENTICATED when the code is of no allowed step; the comparison
 * takes the same time wherever it differs. */
enum err totp_check(struct ctx *ctx, const struct secret *seed, const char *code,
		    int64_t unix_seconds, uint64_t last_step, uint64_t *out_step) ERR_CHECKED;

#endif
