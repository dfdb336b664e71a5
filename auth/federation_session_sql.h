/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_FEDERATION_SESSION_SQL_H
#define AUTH_FEDERATION_SESSION_SQL_H

#include "auth/federation_session.h"
#include "sql/db.h"

const struct db_stmt_list *federation_session_statements(void);

enum { FEDERATION_SESSIONS_AT_ONCE = 64 };
struct federation_session_row {
	struct uuid id, user_id;
	const char *login;
};
enum err federation_session_sql_insert(struct ctx *ctx, const struct uuid *session_id,
				       const struct uuid *provider_id,
				       const struct federated_identity *identity) ERR_CHECKED;
/* What the provider calls its own session now. */
enum err federation_session_sql_set_sid(struct ctx *ctx, const struct uuid *session_id,
					const char *sid) ERR_CHECKED;
/* ERR_NOT_FOUND. */
enum err federation_session_sql_get(struct ctx *ctx, const struct uuid *session_id,
				    struct federation_session *out) ERR_CHECKED;
/* Those that have not ended, locked; no more than fit. */
enum err federation_session_sql_live(struct ctx *ctx, const struct uuid *provider_id,
				     const struct federation_whom *whom,
				     struct federation_session_row out[FEDERATION_SESSIONS_AT_ONCE],
				     size_t *out_count) ERR_CHECKED;
/* Proven sign-ins that wait for their second step are over. */
enum err federation_session_sql_drop_proven(struct ctx *ctx, const struct uuid *provider_id,
					    const struct federation_whom *whom) ERR_CHECKED;

#endif
