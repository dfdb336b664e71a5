/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VAULT_PROVIDER_H
#define VAULT_PROVIDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ctx.h"
#include "base/secret.h"

/*
 * Where the key that wraps the root key comes from. Each provider is one row of functions; the
 * root key itself is always stored wrapped, in the vault state.
 */
enum { PROVIDER_KEY = 32, PROVIDER_SALT = 16 };

struct provider_input {
	int rootkey_fd;			 /* sealed file, read-write, or -1 */
	const struct secret *passphrase; /* or NULL */
};

struct provider {
	const char *name;
	uint8_t id; /* enum conf_provider; stored: never renumbered */
	/* Something to unseal with exists already (a key file that is not empty). */
	bool (*exists)(const struct provider_input *input);
	/* Makes what is needed at first start, before the first wrapping key is asked for. */
	enum err (*create)(struct ctx *ctx, const struct provider_input *input);
	/* Derives the wrapping key into *out (PROVIDER_KEY bytes). */
	enum err (*derive)(struct ctx *ctx, const struct provider_input *input,
			   const uint8_t salt[PROVIDER_SALT], struct secret **out);
};

/* NULL when unknown. */
const struct provider *provider_by_id(uint8_t id);

#endif
