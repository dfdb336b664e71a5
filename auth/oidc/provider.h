/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_OIDC_PROVIDER_H
#define AUTH_OIDC_PROVIDER_H

#include "auth/oidc/fetch.h"
#include "auth/oidc/metadata.h"
#include "auth/oidc/token.h"
#include "base/ctx.h"

/* What the helper asks a provider. Each gives NULL or a stable reason. */

/* Discovery and key set of this issuer, encoded, in the arena. */
const char *oidc_discover(struct ctx *ctx, const struct oidc_client *client, const char *issuer,
			  struct block *out_metadata);

struct oidc_redeem {
	const char *issuer, *client_id, *redirect_uri, *code, *verifier, *nonce;
	const struct secret *secret; /* NULL: a public client */
	struct block metadata;
	bool is_old;	  /* asked for anew first; what was there stays in force when that fails */
	bool may_refetch; /* keys, once, when the token names one that is not there */
	int64_t now_s, max_age_s;
};
/* The token endpoint's answer, checked. *out_metadata: the new one, or empty. */
const char *oidc_redeem(struct ctx *ctx, const struct oidc_client *client,
			const struct oidc_redeem *redeem, struct federated_identity *out,
			struct block *out_metadata);
struct oidc_notice {
	const char *issuer, *client_id;
	struct block token, metadata;
	bool is_old, may_refetch; /* as above */
	int64_t now_s;
};
/* A logout token that came from somewhere. */
const char *oidc_judge_logout(struct ctx *ctx, const struct oidc_client *client,
			      const struct oidc_notice *notice, struct oidc_logout *out,
			      struct block *out_metadata);
/* One document, as it came, in the arena: at most max bytes. */
const char *oidc_document(struct ctx *ctx, const struct oidc_client *client, const char *url,
			  size_t max, struct block *out);
/* The reason says that the provider could not be asked, not that its answer was wrong. */
bool oidc_is_broken(const char *why);

#endif
