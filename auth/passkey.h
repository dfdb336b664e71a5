/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_PASSKEY_H
#define AUTH_PASSKEY_H

#include "auth/floor.h"
#include "auth/webauthn.h"
#include "base/uuid.h"
#include "rbac/op.h"

/*
 * Passkeys of people: a challenge is asked for, kept, and answered once within five minutes by
 * whoever holds the token that came with it; one asked for by somebody signed in, by that portal
 * session only. Sign-in names nobody: the browser offers what it has, so an outsider learns nothing
 * about who has passkeys. All in the caller's transaction, which commits refusals too: a challenge
 * that was answered is spent.
 */
enum passkey_purpose { PASSKEY_REGISTER = 1, PASSKEY_SIGN_IN, PASSKEY_STEP_UP };
enum { PASSKEY_TOKEN_TEXT = 44, PASSKEY_MINUTES = 5, PASSKEY_OPEN_MAX = 10, PASSKEYS_MAX = 20 };

struct passkey {
	struct uuid id, user_id;
	const char *label;
	struct block key;
	uint32_t count;
	bool backup_eligible;
	enum factor_level level;
};

/* ERR_CONFLICT passkey.no_name: public_url names an address, so browsers refuse. */
enum err passkey_party(struct ctx *ctx, struct webauthn_party *out) ERR_CHECKED;

struct passkey_asked {
	struct webauthn_party party;
	char token[PASSKEY_TOKEN_TEXT], challenge[PASSKEY_TOKEN_TEXT];
	int64_t expires_at;
};
enum err passkey_ask(struct ctx *ctx, enum passkey_purpose purpose,
		     struct passkey_asked *out) ERR_CHECKED;

/* The fields of an answer, in base64url, at first and the following places of the operation. */
enum passkey_field {
	PASSKEY_TOKEN,
	PASSKEY_CREDENTIAL,
	PASSKEY_CLIENT_DATA,
	PASSKEY_DATA,
	PASSKEY_SIGNATURE,
	PASSKEY_USER,
	PASSKEY_FIELDS
};
struct passkey_answer {
	const struct in *in;
	unsigned first;
};

/* Spends the challenge the answer's token names. *out_why is set when that challenge is not to be
 * answered by this, and kept when it was set before. */
enum err passkey_spend(struct ctx *ctx, enum passkey_purpose purpose,
		       const struct passkey_answer *answer, uint8_t out[WEBAUTHN_CHALLENGE],
		       const char **out_why) ERR_CHECKED;

/* Spends the challenge, finds the credential, judges the answer and counts its use. ERR_OK:
 * *out_why is NULL (accepted) or the reason for the audit log; *out is the credential found, its
 * id nil when there is none. verified: the person must have been verified by the authenticator.
 * Whose credential it is, is the caller's to judge: purpose SIGN_IN names nobody. */
enum err passkey_check(struct ctx *ctx, enum passkey_purpose purpose, bool verified,
		       const struct passkey_answer *answer, struct passkey *out,
		       const char **out_why) ERR_CHECKED;

#endif
