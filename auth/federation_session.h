/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_FEDERATION_SESSION_H
#define AUTH_FEDERATION_SESSION_H

#include "auth/federation.h"

/* Portal sessions that began at a provider, and their end from there. In the caller's transaction.
 */

enum err federation_session_keep(struct ctx *ctx, const struct uuid *session_id,
				 const struct uuid *provider_id,
				 const struct federated_identity *identity) ERR_CHECKED;

/* The same session was renewed there; a session that is not said stays what it was. */
enum err federation_session_renewed(struct ctx *ctx, const struct uuid *session_id,
				    const struct federated_identity *identity) ERR_CHECKED;

struct federation_session {
	struct uuid provider_id;
	const char *subject, *session, *display;
};
/* Also of a session that has ended. ERR_NOT_FOUND: it began here. */
enum err federation_session_get(struct ctx *ctx, const struct uuid *session_id,
				struct federation_session *out) ERR_CHECKED;

/* Whom the provider has signed out: all sessions of a subject, one session, or that of both (then
 * also those of the subject whose session it never named). "": not said; not both. */
struct federation_whom {
	const char *subject, *session;
};
/* Ends them with their audit events, and second steps that are waited for; one event also when
 * there was none. in: peer. */
enum err federation_sign_out(struct ctx *ctx, const struct in *in,
			     const struct identity_provider *provider,
			     const struct federation_whom *whom, struct out *out) ERR_CHECKED;
/* The event that says that such a notice, or what came back after a sign-out, was refused.
 * provider: name NULL when not known. *out_recorded false: too many were (auth/notice_meter.h), and
 * this one is only counted; an operation that owes an event then fails. */
enum err federation_refuse_sign_out(struct ctx *ctx, const struct in *in,
				    const struct identity_provider *provider, const char *why,
				    bool *out_recorded) ERR_CHECKED;
/* ERR_SYNTAX federation.logout. */
enum err federation_logout_refused(struct ctx *ctx) ERR_CHECKED;
/* The provider says that it has done what a sign-out here asked of it. */
enum err federation_confirm_sign_out(struct ctx *ctx, const struct in *in,
				     const struct identity_provider *provider,
				     const struct uuid *session_id) ERR_CHECKED;

#endif
