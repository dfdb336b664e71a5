/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_FEDERATION_INNER_H
#define AUTH_FEDERATION_INNER_H

#include "auth/federation.h"

/* What a test shows: one JSON object with what came and what would follow, or the reason of the
 * refusal. In the arena. */
enum err federation_describe(struct ctx *ctx, const struct identity_provider *provider,
			     const struct federated_identity *identity, const char *refused,
			     const char **out_json) ERR_CHECKED;

/* The reason is of the sign-in under way, not of anybody: nothing begun, used up, too late, another
 * browser. That much is told, so that people begin anew. */
bool federation_is_over(const char *why);
/* ERR_UNAUTHENTICATED federation.expired. */
enum err federation_over(struct ctx *ctx) ERR_CHECKED;

#endif
