/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VAULT_GENERATE_H
#define VAULT_GENERATE_H

#include <stdint.h>

#include "base/ctx.h"
#include "base/secret.h"

enum { GENERATE_PASSWORD_MIN = 12, GENERATE_PASSWORD_MAX = 256, GENERATE_KEY_MAX = 64 };

/* A new secret of that kind (enum secret_kind). Password: length characters, unbiased, of an
 * alphabet without look-alikes or characters that shells and forms treat specially, with at least
 * one lower-case, upper-case letter, digit and sign. Other kinds: length random bytes (16 to 64).
 * ERR_INPUT when the kind cannot be made up or the length is out of bounds. */
enum err generate_secret(struct ctx *ctx, uint32_t kind, uint32_t length,
			 struct secret **out) ERR_CHECKED;

#endif
