/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_TOKEN_H
#define AUTH_TOKEN_H

#include "auth/token_text.h"
#include "auth/user.h"
#include "base/codec.h"
#include "rbac/principal.h"

/*
 * API tokens of people: 256 random bits of which only the SHA-256 is stored. A token may what its
 * scopes name and its owner may at that moment; it works from its networks only, until it expires
 * or ends, and not while its owner is disabled, must change the password or has no second factor
 * that meets their floor.
 */
enum {
	TOKENS_MAX = 20, /* alive, of one person */
	TOKEN_NETWORKS_MAX = 16,
	TOKEN_LIST = 1024 /* characters of scopes, and of networks, as stored */
};

/* Lists are words separated by blanks; no networks: from anywhere. */
struct token {
	struct uuid id;
	const char *name, *scopes, *networks;
	int64_t created_at, expires_at;
};

/* Who holds this token, from that address. touch: counts as use, written at most once a minute.
 * ERR_UNAUTHENTICATED: it opens nothing; ERR_DENIED: not from there. */
enum err token_principal(struct ctx *ctx, struct block secret, struct block peer, bool touch,
			 struct principal *out) ERR_CHECKED;
/* Whoever holds a cookie (session.h), a token or an access token (program.h), and may come from
 * there (network_load.h). */
enum err credential_principal(struct ctx *ctx, uint8_t kind, struct block secret, struct block peer,
			      enum credential_use use, struct principal *out) ERR_CHECKED;
/* Ends all of one person. */
enum err token_end_all(struct ctx *ctx, const struct uuid *user_id, const char *reason) ERR_CHECKED;

/* ERR_INPUT for the field scopes or networks: a word that is no permission or that the caller
 * lacks, a range that is none. */
struct value;
enum err token_check_scopes(struct ctx *ctx, const struct value *scopes) ERR_CHECKED;
enum err token_check_networks(struct ctx *ctx, const struct value *networks) ERR_CHECKED;
/* Words to permissions; unknown ones count for nothing. */
permission_set token_scopes(const char *scopes);
/* Whether networks is empty or one of them holds this address. */
bool token_from(const char *networks, struct block peer);

#endif
