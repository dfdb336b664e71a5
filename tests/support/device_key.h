/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_SUPPORT_DEVICE_KEY_H
#define TESTS_SUPPORT_DEVICE_KEY_H

#include <openssl/evp.h>

#include "auth/device_key.h"

/* What a browser's WebCrypto does with a device key, by OpenSSL. Free with EVP_PKEY_free. */
EVP_PKEY *device_key_new(void);
void device_key_prove(EVP_PKEY *key, const uint8_t challenge[DEVICE_CHALLENGE],
		      uint8_t out[DEVICE_PROOF]);

#endif
