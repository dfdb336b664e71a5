/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_FEDERATION_STEP_UP_H
#define AUTH_FEDERATION_STEP_UP_H

#include "auth/federation.h"

/*
 * Who is signed in proves anew who they are, at the provider that they came from: the provider must
 * be trusted for it and for the second factor, and the answer be of the identity that the session
 * began with. It counts as much as a code does: less than a passkey.
 */

/* Whether the session of whoever acts may be renewed at this provider. *out_why: why not, or NULL.
 */
enum err federation_step_up_may(struct ctx *ctx, const struct identity_provider *provider,
				const char **out_why) ERR_CHECKED;
/* The same as an answer: ERR_DENIED factor.below_floor, ERR_CONFLICT federation.no_step_up. */
enum err federation_step_up_check(struct ctx *ctx,
				  const struct identity_provider *provider) ERR_CHECKED;
/* That, and whether this is the identity the session began with, still linked to its person, with a
 * second factor shown there. */
enum err federation_step_up_judge(struct ctx *ctx, const struct identity_provider *provider,
				  const struct federated_identity *identity,
				  const char **out_why) ERR_CHECKED;

#endif
