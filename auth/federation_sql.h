/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_FEDERATION_SQL_H
#define AUTH_FEDERATION_SQL_H

#include "auth/federation.h"
#include "sql/db.h"

/* Providers. */
enum err federation_sql_insert(struct ctx *ctx, const struct identity_provider *row,
			       const struct uuid *event_id) ERR_CHECKED;
/* Every changeable column and the next version. */
enum err federation_sql_store(struct ctx *ctx, const struct identity_provider *row,
			      const struct uuid *event_id) ERR_CHECKED;
/* The enabled SAML provider of that name. ERR_NOT_FOUND. */
enum err federation_sql_by_issuer(struct ctx *ctx, const char *issuer,
				  struct identity_provider *out) ERR_CHECKED;
/* There is an enabled one that may begin a sign-in by itself. */
enum err federation_sql_unsolicited(struct ctx *ctx, bool *out) ERR_CHECKED;
enum err federation_sql_count(struct ctx *ctx, int64_t *out) ERR_CHECKED;

/* The mapping. */
struct identity_map {
	const char *attribute, *value, *role, *group_name; /* role NULL: a group */
	struct uuid group_id;
	bool privileged;
};
enum err federation_sql_maps(struct ctx *ctx, const struct uuid *provider_id,
			     struct identity_map out[IDENTITY_MAPS_MAX],
			     size_t *out_count) ERR_CHECKED;
enum err federation_sql_clear_maps(struct ctx *ctx, const struct uuid *provider_id) ERR_CHECKED;
enum err federation_sql_add_map(struct ctx *ctx, const struct uuid *provider_id,
				const struct identity_map *map,
				const struct uuid *event_id) ERR_CHECKED;

/* Linked identities. */
struct identity_link {
	struct uuid id, user_id;
	const char *made_by;
};
/* ERR_NOT_FOUND. */
enum err federation_sql_link(struct ctx *ctx, const struct uuid *provider_id, const char *subject,
			     struct identity_link *out) ERR_CHECKED;
enum err federation_sql_linked(struct ctx *ctx, const struct uuid *provider_id,
			       const struct uuid *user_id, bool *out) ERR_CHECKED;
enum err federation_sql_add_link(struct ctx *ctx, const struct uuid *provider_id,
				 const struct federated_identity *identity,
				 const struct uuid *user_id, const char *made_by,
				 const struct uuid *event_id) ERR_CHECKED;
enum err federation_sql_used(struct ctx *ctx, const struct uuid *link_id,
			     const char *display) ERR_CHECKED;
/* The person's own link: its provider, archived or not, in *out. ERR_NOT_FOUND. */
enum err federation_sql_unlink(struct ctx *ctx, const struct uuid *link_id,
			       const struct uuid *user_id,
			       struct identity_provider *out) ERR_CHECKED;

/* Transactions. */
struct federation_row {
	struct federation_txn txn;
	uint8_t browser_hash[32];
	int64_t expires_at, answered_at, proven_at, finished_at;
	struct uuid user_id;
	const char *subject, *display, *session; /* while the second factor is waited for */
	struct block said;			 /* auth/federation_gain.h; empty: nothing */
};
enum err federation_sql_begin(struct ctx *ctx, const struct federation_txn *txn,
			      const uint8_t state_hash[32], const uint8_t browser_hash[32],
			      int64_t expires_at) ERR_CHECKED;
/* Those long over are forgotten. */
enum err federation_sql_forget(struct ctx *ctx, int64_t before) ERR_CHECKED;
enum err federation_sql_by_state(struct ctx *ctx, const uint8_t state_hash[32],
				 struct federation_row *out) ERR_CHECKED;
enum err federation_sql_by_id(struct ctx *ctx, const struct uuid *id,
			      struct federation_row *out) ERR_CHECKED;
/* The one that this browser has proven last and not finished. */
enum err federation_sql_proven(struct ctx *ctx, const uint8_t browser_hash[32],
			       struct federation_row *out) ERR_CHECKED;
/* False: it was answered already. */
enum err federation_sql_answered(struct ctx *ctx, const struct uuid *id,
				 bool *out_moved) ERR_CHECKED;
enum err federation_sql_set_proven(struct ctx *ctx, const struct uuid *id,
				   const struct uuid *user_id,
				   const struct federated_identity *identity,
				   struct block said) ERR_CHECKED;
enum err federation_sql_finished(struct ctx *ctx, const struct uuid *id, const char *result,
				 bool *out_moved) ERR_CHECKED;
enum err federation_sql_seen(struct ctx *ctx, const struct uuid *provider_id,
			     const uint8_t hash[32], int64_t expires_at, bool *out_new) ERR_CHECKED;
/* Who holds a live portal session. ERR_NOT_FOUND. */
enum err federation_sql_session(struct ctx *ctx, const struct uuid *session_id,
				struct uuid *out_user_id) ERR_CHECKED;
/* The person has a second factor of their own here. */
enum err federation_sql_has_factor(struct ctx *ctx, const struct uuid *user_id,
				   bool *out) ERR_CHECKED;

#endif
