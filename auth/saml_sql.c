/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/saml_sql.h"

#include "base/sys.h"
#include "sql/db.h"

static const struct db_stmt key = {"saml.key", "SELECT secret_id FROM saml_key WHERE slot = 1", 0,
				   1};
static const struct db_stmt key_locked = {
	"saml.key_locked", "SELECT secret_id FROM saml_key WHERE slot = 1 FOR UPDATE", 0, 1};
static const struct db_stmt add_key = {
	"saml.add_key",
	"INSERT INTO saml_key (slot, secret_id, certificate, created_at, event_id) "
	"VALUES (1, ?, ?, ?, ?)",
	4, 0};

static const struct db_stmt *const stmts[] = {&key, &key_locked, &add_key, NULL};
static const struct db_stmt_list list = {"saml", stmts};

const struct db_stmt_list *saml_statements(void)
{
	return &list;
}

static void read_id(struct db_rows *rows, void *arg)
{
	*(struct uuid *)arg = db_uuid(rows, 0);
}

enum err saml_sql_key(struct ctx *ctx, bool lock, struct uuid *out_secret_id)
{
	return db_one(ctx, lock ? &key_locked : &key, NULL, read_id, out_secret_id);
}

enum err saml_sql_add_key(struct ctx *ctx, const struct uuid *secret_id, struct block certificate,
			  const struct uuid *event_id)
{
	const struct db_param params[] = {DB_P_UUID(secret_id),
					  DB_P_BYTES(certificate.data, certificate.len),
					  DB_P_TIME(sys_real_us()), DB_P_UUID(event_id)};

	return db_exec(ctx, &add_key, params, NULL);
}
