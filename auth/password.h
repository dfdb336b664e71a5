/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_PASSWORD_H
#define AUTH_PASSWORD_H

#include <stdbool.h>

#include "auth/password_policy.h"
#include "base/ctx.h"
#include "base/secret.h"

/* Argon2id (libsodium) of the present cost (password_cost.h): about a tenth of a second and up to
 * 64 MiB each, so these run only on authority's password threads. */
enum { PASSWORD_HASH_SIZE = 128, PASSWORD_BYTES_MAX = 512 };

/* Length and kinds of characters as the policy says, not a common one, no login, name or word of
 * the organisation (of four bytes or more) inside. ERR_INPUT, field "password", with the first rule
 * that it breaks as the reason. */
enum err password_check(struct ctx *ctx, const struct password_policy *policy,
			const struct secret *password, const char *login,
			const char *display_name) ERR_CHECKED;
/* NUL-terminated text form with salt and parameters; ERR_MEMORY. */
enum err password_hash(struct ctx *ctx, const struct secret *password,
		       char out[PASSWORD_HASH_SIZE]) ERR_CHECKED;
/* hash: NUL-terminated. Always does the whole work of the present cost, whatever the hash's own. */
bool password_matches(struct ctx *ctx, const char *hash, const struct secret *password);

#endif
