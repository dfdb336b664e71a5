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

static const struct db_stmt valid_until = {
	"saml.valid_until",
	"UPDATE identity_provider_metadata SET valid_until = ? WHERE provider_id = ?", 2, 0};
static const struct db_stmt fetch_at = {
	"saml.fetch_at", "UPDATE identity_provider_metadata SET next_at = ? WHERE provider_id = ?",
	2, 0};
static const struct db_stmt readdressed = {
	"saml.readdressed",
	"INSERT INTO identity_provider_metadata (provider_id, next_at) VALUES (?, ?) "
	"ON DUPLICATE KEY UPDATE next_at = VALUES(next_at), problem = NULL",
	2, 0};
static const struct db_stmt due = {
	"saml.due",
	"SELECT m.provider_id FROM identity_provider_metadata m "
	"JOIN identity_provider p ON p.id = m.provider_id WHERE m.next_at <= ? "
	"AND p.kind = 'saml' AND p.state <> 'archived' AND p.metadata_url <> '' "
	"ORDER BY m.next_at LIMIT 1",
	1, 1};

static const struct db_stmt *const stmts[] = {&key,	 &key_locked,  &add_key, &valid_until,
					      &fetch_at, &readdressed, &due,	 NULL};
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

enum err saml_sql_valid_until(struct ctx *ctx, const struct uuid *provider_id, int64_t until)
{
	const struct db_param params[] = {DB_P_TIME_OR_NULL(until), DB_P_UUID(provider_id)};

	return db_exec(ctx, &valid_until, params, NULL);
}

enum err saml_sql_fetch_at(struct ctx *ctx, const struct uuid *provider_id, int64_t at)
{
	const struct db_param params[] = {DB_P_TIME(at), DB_P_UUID(provider_id)};

	return db_exec(ctx, &fetch_at, params, NULL);
}

enum err saml_sql_readdressed(struct ctx *ctx, const struct uuid *provider_id, bool has_address)
{
	const struct db_param params[] = {DB_P_UUID(provider_id),
					  DB_P_TIME_OR_NULL(has_address ? sys_real_us() : 0)};

	return db_exec(ctx, &readdressed, params, NULL);
}

enum err saml_sql_due(struct ctx *ctx, int64_t now, struct uuid *out_provider_id)
{
	const struct db_param params[] = {DB_P_TIME(now)};

	return db_one(ctx, &due, params, read_id, out_provider_id);
}
