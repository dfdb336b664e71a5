/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_SAML_INNER_H
#define AUTH_SAML_INNER_H

#include "auth/saml_ops.h"
#include "base/messages.h"

/* What signing in and out with SAML share; in the arena. */
struct block saml_own(struct ctx *ctx, const char *path);
struct block saml_request_id(struct ctx *ctx, const char *state);
/* What is known of the provider. ERR_CONFLICT: nothing. */
enum err saml_decode(struct ctx *ctx, const struct identity_provider *provider,
		     struct msg_saml_idp *out) ERR_CHECKED;
/* Who says to have sent this message; nothing is verified. */
enum err saml_ask_sender(struct ctx *ctx, const char *text, bool packed,
			 struct msg_saml_sent_by *out) ERR_CHECKED;
/* In the caller's transaction, which records that our key is going to be used: the one in use, or
 * the other, while there are two. ERR_NOT_FOUND. */
enum saml_which { SAML_KEY_IN_USE, SAML_KEY_OTHER };
enum err saml_record_key(struct ctx *ctx, const struct identity_provider *provider,
			 enum saml_which which, struct secret_hand *out) ERR_CHECKED;

/* A key of ours on its way from the process that makes it into the vault. */
struct saml_new_key {
	struct msg_saml_certificate certificate; /* arena */
	struct secret *key;			 /* the caller frees */
};
/* Asks the helper; no transaction. */
enum err saml_key_make_own(struct ctx *ctx, struct saml_new_key *out) ERR_CHECKED;
/* In the caller's transaction, with the keys locked: known of them, of count. The first is in use
 * at once, the second is not. Fills *out. ERR_CONFLICT: there are two already. */
struct saml_own_key;
enum err saml_key_keep(struct ctx *ctx, const struct saml_new_key *made,
		       const struct saml_own_key *known, size_t count, const struct uuid *event_id,
		       struct saml_own_key *out) ERR_CHECKED;

#endif
