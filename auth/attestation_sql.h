/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_ATTESTATION_SQL_H
#define AUTH_ATTESTATION_SQL_H

#include "auth/webauthn_chain.h"
#include "base/ctx.h"
#include "base/uuid.h"

/* Models of authenticators an administrator has listed, each with the certificate its attestation
 * must lead to; the same model may have several. */
enum { ATTESTATION_ANCHORS_MAX = 16 };
struct attestation_model {
	struct uuid id, aaguid;
	const char *name;
};

/* ERR_CONFLICT: listed already. */
enum err attestation_sql_add(struct ctx *ctx, const struct attestation_model *model,
			     const struct chain_root *root,
			     const struct uuid *event_id) ERR_CHECKED;
/* ERR_NOT_FOUND; out: what it was. */
enum err attestation_sql_remove(struct ctx *ctx, const struct uuid *id,
				struct attestation_model *out) ERR_CHECKED;
/* All models together. */
enum err attestation_sql_count(struct ctx *ctx, int64_t *out) ERR_CHECKED;
/* What a chain of that model may lead to; ids beside. */
enum err attestation_sql_anchors(struct ctx *ctx, const uint8_t aaguid[16],
				 struct chain_anchor out[ATTESTATION_ANCHORS_MAX],
				 struct uuid ids[ATTESTATION_ANCHORS_MAX],
				 size_t *out_count) ERR_CHECKED;

#endif
