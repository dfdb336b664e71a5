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
/* In the caller's transaction, which records that our key is going to be used. */
enum err saml_record_key(struct ctx *ctx, const struct identity_provider *provider,
			 struct secret_hand *out) ERR_CHECKED;

#endif
