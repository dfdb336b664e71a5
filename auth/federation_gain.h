/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_FEDERATION_GAIN_H
#define AUTH_FEDERATION_GAIN_H

#include "audit/audit.h"
#include "auth/federation.h"
#include "rbac/permission.h"

/*
 * Groups and roles as a provider's mapping gives them. Each carries the provider's id: what was
 * given by hand, or by another provider, is never taken away here, nor given twice. In the
 * transaction that completes the sign-in, before its session is opened.
 */

/* To somebody who is being made; what was given is told in the event, which is the caller's. */
enum err federation_gain_give(struct ctx *ctx, const struct identity_provider *provider,
			      const struct federated_identity *identity, const struct user *user,
			      struct audit *audit) ERR_CHECKED;
/* What the next would give, had they nothing: for judging a sign-in before anything is given. 0
 * where the mapping does not apply at every sign-in. */
enum err federation_gain_permissions(struct ctx *ctx, const struct identity_provider *provider,
				     const struct federated_identity *identity,
				     permission_set *out) ERR_CHECKED;
/* To somebody known, where the provider's mapping applies at every sign-in: what it newly maps is
 * given, what it gave and maps no longer is taken away, with an event where anything changed. What
 * would take the last administrator away stays, and the event says so. */
enum err federation_gain_renew(struct ctx *ctx, const struct in *in,
			       const struct identity_provider *provider,
			       const struct federated_identity *identity,
			       const struct user *user) ERR_CHECKED;
/* The same with nothing mapped: the identity was unlinked. */
enum err federation_gain_end(struct ctx *ctx, const struct in *in,
			     const struct identity_provider *provider,
			     const struct user *user) ERR_CHECKED;

/* Of everybody: what the provider gave, into the event of who disables it (it rests, by itself) or,
 * for_good, archives it: then it is taken away. */
enum err federation_gain_withdraw(struct ctx *ctx, const struct uuid *provider_id, bool for_good,
				  struct audit *audit) ERR_CHECKED;

/* What the mapping asks about, of what was said, for a sign-in that waits for its second step; and
 * read again. Empty where the mapping does not apply at every sign-in. Arena memory. */
enum err federation_gain_put_by(struct ctx *ctx, const struct identity_provider *provider,
				const struct federated_identity *identity,
				struct block *out) ERR_CHECKED;
enum err federation_gain_take_up(struct ctx *ctx, struct block kept,
				 struct federated_identity *out) ERR_CHECKED;

#endif
