/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_FEDERATION_H
#define AUTH_FEDERATION_H

#include <stdbool.h>

#include "auth/federation_wire.h"
#include "auth/user.h"
#include "rbac/op.h"

/*
 * What all identity providers share: their rows, sign-ins under way, and what follows from what a
 * provider said. How it said it is checked elsewhere, by kind; nothing here parses a token.
 */
enum federation_kind { FEDERATION_OIDC, FEDERATION_SAML }; /* as in the table */

struct identity_provider {
	struct uuid id;
	enum federation_kind kind;
	const char *name, *state, *issuer, *client_id, *addresses;
	struct uuid secret_id; /* nil: none */
	const char *link_attribute, *login_attribute, *login_suffix, *display_attribute;
	bool provision, trusts_second, signs_out_there;
	bool unsolicited;     /* SAML: it may begin a sign-in */
	bool steps_up;	      /* who came from there may prove there anew who they are */
	bool maps_always;     /* the mapping applies at every sign-in, not only to somebody new */
	const char *contexts; /* separated by blanks */
	const char *trust;    /* PEM certificates; NULL: the machine's own */
	const char *metadata_url; /* of SAML; "": its metadata is handed in */
	int64_t version;
};
enum { IDENTITY_PROVIDERS_MAX = 32, IDENTITY_MAPS_MAX = 200 };

/* ERR_NOT_FOUND also when it is archived. lock: FOR UPDATE. */
enum err identity_provider_by_id(struct ctx *ctx, const struct uuid *id, bool lock,
				 struct identity_provider *out) ERR_CHECKED;
/* What was fetched last or handed in; empty: nothing yet. Arena memory. */
struct identity_metadata {
	struct block bytes;
	int64_t fetched_at, tried_at; /* 0: never */
	bool has_problem;	      /* the last fetch failed */
};
enum err identity_metadata_get(struct ctx *ctx, const struct uuid *provider_id,
			       struct identity_metadata *out) ERR_CHECKED;
enum err identity_metadata_put(struct ctx *ctx, const struct uuid *provider_id,
			       struct block bytes) ERR_CHECKED;
/* It may be asked for, now: *out for one caller in so many seconds, also when they come together.
 */
enum err identity_metadata_claim(struct ctx *ctx, const struct uuid *provider_id, int64_t seconds,
				 bool *out) ERR_CHECKED;
/* A fetch failed for this reason: what was there stays in force. */
enum err identity_metadata_failed(struct ctx *ctx, const struct uuid *provider_id,
				  const char *problem) ERR_CHECKED;

/* --- A sign-in under way --- */

enum federation_purpose {
	FEDERATION_SIGN_IN,
	FEDERATION_LINK,
	FEDERATION_TEST,
	FEDERATION_SIGN_OUT,
	FEDERATION_STEP_UP
};
enum { FEDERATION_BYTES = 32, FEDERATION_TEXT = 44, FEDERATION_MINUTES = 10 };

struct federation_txn {
	struct uuid id, provider_id, session_id; /* session: who asked; nil when signing in */
	enum federation_purpose purpose;
	uint8_t nonce[FEDERATION_BYTES], verifier[FEDERATION_BYTES];
	int64_t created_at;
};
/* state: what the provider sends back; browser: the cookie that must come with it. base64url. */
struct federation_begun {
	struct federation_txn txn;
	char state[FEDERATION_TEXT], browser[FEDERATION_TEXT];
};
/* In the caller's transaction; session_id NULL when signing in. */
enum err federation_begin(struct ctx *ctx, const struct uuid *provider_id,
			  enum federation_purpose purpose, const struct uuid *session_id,
			  struct federation_begun *out) ERR_CHECKED;
/* The answer came: once, in time, with the same browser's cookie (32 bytes). *out_why: reason of
 * refusal, or NULL. With a reason *out is filled when the state was known (provider_id not nil). In
 * the caller's transaction, which must be committed whatever the reason. */
enum err federation_take(struct ctx *ctx, const char *state, struct block browser,
			 struct federation_txn *out, const char **out_why) ERR_CHECKED;
/* The same of a sign-out; each of the two knows no state of the other. */
enum err federation_take_sign_out(struct ctx *ctx, const char *state, struct block browser,
				  struct federation_txn *out, const char **out_why) ERR_CHECKED;
/* The same, without taking it: it will be answered later. */
enum err federation_peek_sign_out(struct ctx *ctx, const char *state, struct block browser,
				  struct federation_txn *out, const char **out_why) ERR_CHECKED;
/* As answered before: for the step after the helper's verdict. */
enum err federation_by_id(struct ctx *ctx, const struct uuid *id,
			  struct federation_txn *out) ERR_CHECKED;
/* False in *out_new when this identifier was used before. expires_at: until when to remember. */
enum err federation_once(struct ctx *ctx, const struct uuid *provider_id, struct block identifier,
			 int64_t expires_at, bool *out_new) ERR_CHECKED;

/* --- What follows from a checked answer --- */

enum federation_next {
	FEDERATION_REFUSED, /* why is set */
	FEDERATION_KNOWN,   /* user is linked */
	FEDERATION_BY_RULE, /* user may be linked: the provider's link rule names them */
	FEDERATION_NEW,	    /* nobody yet: may be made, with login and display */
};
struct federation_decision {
	enum federation_next next;
	const char *why; /* for the audit */
	struct user user;
	const char *login, *display;
	bool second_trusted; /* no local second factor is asked for */
};
/* Whose sign-in this is. Changes nothing. */
enum err federation_decide(struct ctx *ctx, const struct identity_provider *provider,
			   const struct federated_identity *identity,
			   struct federation_decision *out) ERR_CHECKED;

/* What the mapping gives. ambiguous: rows whose attribute decided nothing because it came twice;
 * withheld: rows that would give more than everybody has, and were not written as such. */
struct federation_gain {
	struct uuid groups[IDENTITY_MAPS_MAX];
	const char *group_names[IDENTITY_MAPS_MAX];
	const char *roles[IDENTITY_MAPS_MAX];
	size_t group_count, role_count, ambiguous, withheld;
};
enum err federation_map(struct ctx *ctx, const struct identity_provider *provider,
			const struct federated_identity *identity,
			struct federation_gain *out) ERR_CHECKED;

/* Everything after a kind's checks, in one transaction of its own: link, provision, second factor
 * or session, test result, audit. txn NULL: an answer that belongs to none. identity NULL: it was
 * refused, why says what for. Fills out's cookies and location; a refusal is ERR_UNAUTHENTICATED
 * sign_in.failed, recorded with its reason; of what anybody can send too many are only counted
 * (auth/notice_meter.h): ERR_SYNTAX, with the same reason for the caller. in: peer, user agent,
 * device cookie. */
enum err federation_finish(struct ctx *ctx, const struct in *in, const struct federation_txn *txn,
			   const struct federated_identity *identity, const char *why,
			   struct out *out) ERR_CHECKED;

#endif
