/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <jansson.h>
#include <string.h>

#include "auth/oidc/claims.h"
#include "auth/oidc/json.h"
#include "base/arena.h"
#include "base/text.h"

/* Logout tokens (OpenID Connect Back-Channel Logout 1.0, sections 2.4 and 2.6). */

enum { NAME_MAX_BYTES = 255 };
static const char event_name[] = "http://schemas.openid.net/event/backchannel-logout";

/* An ID token has none: one that was stolen signs nobody out. */
static const char *check_event(const struct claims *claims)
{
	const json_t *events = json_object_get(claims->all, "events");

	return json_is_object(json_object_get(events, event_name)) ? NULL : "oidc.event";
}

static const char *check_no_nonce(const struct claims *claims)
{
	return json_object_get(claims->all, "nonce") ? "oidc.nonce" : NULL;
}

static bool is_name(const char *text)
{
	return text && text_is_printable(text, strlen(text), false);
}

static const char *check_id(const struct claims *claims)
{
	return is_name(oidc_json_text(claims->all, "jti", NAME_MAX_BYTES)) ? NULL : "oidc.token_id";
}

static bool is_absent_or_name(const struct claims *claims, const char *member)
{
	return !json_object_get(claims->all, member) ||
	       is_name(oidc_json_text(claims->all, member, NAME_MAX_BYTES));
}

/* Whom it is about: a subject, a session, or both. */
static const char *check_whom(const struct claims *claims)
{
	bool any = json_object_get(claims->all, "sub") || json_object_get(claims->all, "sid");

	return any && is_absent_or_name(claims, "sub") && is_absent_or_name(claims, "sid")
		       ? NULL
		       : "oidc.subject";
}

static const char *text_of(struct arena *arena, const struct claims *claims, const char *member)
{
	const char *text = oidc_json_text(claims->all, member, NAME_MAX_BYTES);

	return text ? arena_strdup(arena, text) : "";
}

static const char *take(struct arena *arena, const struct claims *claims, struct oidc_logout *out)
{
	int64_t issued = 0;

	*out = (struct oidc_logout){.token_id = text_of(arena, claims, "jti"),
				    .subject = text_of(arena, claims, "sub"),
				    .session = text_of(arena, claims, "sid")};
	(void)oidc_claim_time(claims, "iat", &issued);
	out->expires_s = issued + OIDC_AGE_S + 2 * OIDC_SKEW_S;
	return arena_failed(arena) ? "oidc.memory" : NULL;
}

const char *oidc_logout_check(struct arena *arena, struct block token, struct block jwks,
			      const struct oidc_expected *expected, struct oidc_logout *out)
{
	/* "JWT" is what those write who came before the type of its own. */
	static const char *const types[] = {"logout+jwt", "JWT", NULL};
	static claims_check_fn *const checks[] = {oidc_check_issuer, oidc_check_audience,
						  oidc_check_times,  check_event,
						  check_no_nonce,    check_id,
						  check_whom,	     NULL};
	json_t *all = NULL;
	const char *why = oidc_token_verify(token, jwks, types, &all);
	struct claims claims = {all, expected};

	if (!why)
		why = oidc_check_claims(&claims, checks);
	if (!why)
		why = take(arena, &claims, out);
	json_decref(all);
	return why;
}
