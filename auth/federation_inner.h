/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_FEDERATION_INNER_H
#define AUTH_FEDERATION_INNER_H

#include "auth/federation.h"

/* What a test shows: one JSON object with what came and what would follow, or the reason of the
 * refusal. In the arena. */
enum err federation_describe(struct ctx *ctx, const struct identity_provider *provider,
			     const struct federated_identity *identity, const char *refused,
			     const char **out_json) ERR_CHECKED;

#endif
