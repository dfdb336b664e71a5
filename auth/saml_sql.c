/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/saml_sql.h"

#include "base/sys.h"
#include "sql/db.h"

#define KEYS                                                                                  \
	"SELECT id, secret_id, slot, in_use IS NOT NULL, SHA2(certificate, 256), expires_at " \
	"FROM saml_key ORDER BY in_use IS NULL, slot"
enum { KEY_COLUMNS = 6 };
static const struct db_stmt keys = {"saml.keys", KEYS, 0, KEY_COLUMNS};
static const struct db_stmt keys_locked = {"saml.keys_locked", KEYS " FOR UPDATE", 0, KEY_COLUMNS};
static const struct db_stmt add_key = {
	"saml.add_key",
	"INSERT INTO saml_key (slot, id, in_use, secret_id, certificate, created_at, expires_at, "
	"event_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	8, 0};
static const struct db_stmt use_none = {
	"saml.use_none", "UPDATE saml_key SET in_use = NULL WHERE in_use IS NOT NULL", 0, 0};
static const struct db_stmt use_key = {"saml.use_key",
				       "UPDATE saml_key SET in_use = 1 WHERE id = ?", 1, 0};
static const struct db_stmt drop_key = {"saml.drop_key", "DELETE FROM saml_key WHERE id = ?", 1, 0};

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

static const struct db_stmt *const stmts[] = {&keys,	    &keys_locked, &add_key,	&use_none,
					      &use_key,	    &drop_key,	  &valid_until, &fetch_at,
					      &readdressed, &due,	  NULL};
static const struct db_stmt_list list = {"saml", stmts};

const struct db_stmt_list *saml_statements(void)
{
	return &list;
}

static void read_id(struct db_rows *rows, void *arg)
{
	*(struct uuid *)arg = db_uuid(rows, 0);
}

enum err saml_sql_keys(struct ctx *ctx, bool lock, struct saml_own_key out[SAML_KEYS_OWN],
		       size_t *out_count)
{
	struct db_rows *rows = NULL;
	enum err err = db_query(ctx, lock ? &keys_locked : &keys, NULL, &rows);

	*out_count = 0;
	if (err != ERR_OK)
		return err;
	while (*out_count < SAML_KEYS_OWN && db_next(rows))
		out[(*out_count)++] = (struct saml_own_key){.id = db_uuid(rows, 0),
							    .secret_id = db_uuid(rows, 1),
							    .slot = db_int(rows, 2),
							    .in_use = db_int(rows, 3) != 0,
							    .fingerprint = db_text(rows, 4),
							    .expires_at = db_time(rows, 5)};
	return db_rows_close(rows);
}

enum err saml_sql_add_key(struct ctx *ctx, const struct saml_own_key *key, struct block certificate,
			  const struct uuid *event_id)
{
	const struct db_param params[] = {DB_P_INT(key->slot),
					  DB_P_UUID(&key->id),
					  key->in_use ? DB_P_INT(1) : DB_P_NULL,
					  DB_P_UUID(&key->secret_id),
					  DB_P_BYTES(certificate.data, certificate.len),
					  DB_P_TIME(sys_real_us()),
					  DB_P_TIME(key->expires_at),
					  DB_P_UUID(event_id)};

	return db_exec(ctx, &add_key, params, NULL);
}

enum err saml_sql_use_key(struct ctx *ctx, const struct uuid *id)
{
	const struct db_param params[] = {DB_P_UUID(id)};
	enum err err = db_exec(ctx, &use_none, NULL, NULL);

	return err == ERR_OK ? db_exec(ctx, &use_key, params, NULL) : err;
}

enum err saml_sql_drop_key(struct ctx *ctx, const struct uuid *id)
{
	const struct db_param params[] = {DB_P_UUID(id)};

	return db_exec(ctx, &drop_key, params, NULL);
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
