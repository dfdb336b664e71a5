/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/federation_sql.h"

#include <string.h>

#include "auth/auth.h"
#include "base/sys.h"

#define PROVIDER                                                                                  \
	"p.id, p.kind, p.name, p.state, p.issuer, p.client_id, p.secret_id, p.addresses, "        \
	"p.link_attribute, p.provision, p.login_attribute, p.login_suffix, p.display_attribute, " \
	"p.second_factor, p.contexts, p.version, p.trust, p.sign_out, p.metadata_url, "           \
	"p.mapping_applies, p.unsolicited, p.step_up"
#define TXN                                                                                 \
	"id, provider_id, purpose, nonce, verifier, session_id, created_at, browser_hash, " \
	"expires_at, answered_at, user_id, proven_at, finished_at, subject, display, sid, said"
enum { PROVIDER_COLUMNS = 22, TXN_COLUMNS = 17 };

static const struct db_stmt by_id = {
	"federation.provider",
	"SELECT " PROVIDER " FROM identity_provider p WHERE p.id = ? AND p.state <> 'archived'", 1,
	PROVIDER_COLUMNS};
static const struct db_stmt by_id_locked = {
	"federation.provider_locked",
	"SELECT " PROVIDER
	" FROM identity_provider p WHERE p.id = ? AND p.state <> 'archived' FOR UPDATE",
	1, PROVIDER_COLUMNS};
static const struct db_stmt by_issuer = {
	"federation.provider_by_issuer",
	"SELECT " PROVIDER " FROM identity_provider p WHERE p.kind = 'saml' AND p.issuer = ? "
	"AND p.state = 'enabled' ORDER BY p.id LIMIT 1",
	1, PROVIDER_COLUMNS};
static const struct db_stmt unsolicited = {
	"federation.unsolicited",
	"SELECT EXISTS (SELECT 1 FROM identity_provider WHERE kind = 'saml' AND state = 'enabled' "
	"AND unsolicited)",
	0, 1};
static const struct db_stmt count_all = {
	"federation.provider_count",
	"SELECT COUNT(*) FROM identity_provider WHERE state <> 'archived'", 0, 1};
static const struct db_stmt insert = {
	"federation.provider_insert",
	"INSERT INTO identity_provider (id, kind, name, issuer, created_at, updated_at, event_id) "
	"VALUES (?, ?, ?, ?, ?, ?, ?)",
	7, 0};
static const struct db_stmt store = {
	"federation.provider_store",
	"UPDATE identity_provider SET name = ?, state = ?, issuer = ?, client_id = ?, "
	"secret_id = ?, addresses = ?, link_attribute = ?, provision = ?, login_attribute = ?, "
	"login_suffix = ?, display_attribute = ?, second_factor = ?, contexts = ?, trust = ?, "
	"sign_out = ?, metadata_url = ?, mapping_applies = ?, unsolicited = ?, step_up = ?, "
	"version = version + 1, updated_at = ?, event_id = ? WHERE id = ?",
	22, 0};
static const struct db_stmt metadata = {
	"federation.metadata",
	"SELECT metadata, fetched_at, tried_at, problem IS NOT NULL "
	"FROM identity_provider_metadata WHERE provider_id = ?",
	1, 4};
static const struct db_stmt metadata_put = {
	"federation.metadata_put",
	"INSERT INTO identity_provider_metadata (provider_id, metadata, fetched_at, tried_at) "
	"VALUES (?, ?, ?, ?) ON DUPLICATE KEY UPDATE metadata = VALUES(metadata), "
	"fetched_at = VALUES(fetched_at), tried_at = VALUES(tried_at), problem = NULL",
	4, 0};
static const struct db_stmt metadata_failed = {
	"federation.metadata_failed",
	"INSERT INTO identity_provider_metadata (provider_id, tried_at, problem) VALUES (?, ?, ?) "
	"ON DUPLICATE KEY UPDATE tried_at = VALUES(tried_at), problem = VALUES(problem)",
	3, 0};
static const struct db_stmt metadata_claim = {
	"federation.metadata_claim",
	"UPDATE identity_provider_metadata SET tried_at = ? WHERE provider_id = ? "
	"AND (tried_at IS NULL OR tried_at <= ?)",
	3, 0};
static const struct db_stmt maps = {
	"federation.maps",
	"SELECT m.attribute, m.value, m.role, g.name, m.group_id, m.privileged FROM identity_map m "
	"LEFT JOIN user_group g ON g.id = m.group_id AND NOT g.archived "
	"WHERE m.provider_id = ? ORDER BY m.attribute, m.value, m.id",
	1, 6};
static const struct db_stmt clear_maps = {"federation.clear_maps",
					  "DELETE FROM identity_map WHERE provider_id = ?", 1, 0};
static const struct db_stmt add_map = {
	"federation.add_map",
	"INSERT INTO identity_map (id, provider_id, attribute, value, group_id, role, privileged, "
	"event_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	8, 0};
static const struct db_stmt link_of = {
	"federation.link",
	"SELECT id, user_id, made_by FROM federated_identity WHERE provider_id = ? AND subject = ? "
	"FOR UPDATE",
	2, 3};
static const struct db_stmt linked = {
	"federation.linked",
	"SELECT EXISTS (SELECT 1 FROM federated_identity WHERE provider_id = ? AND user_id = ?)", 2,
	1};
static const struct db_stmt add_link = {
	"federation.add_link",
	"INSERT INTO federated_identity (id, provider_id, subject, user_id, display, made_by, "
	"created_at, last_used_at, event_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
	9, 0};
static const struct db_stmt used = {
	"federation.used",
	"UPDATE federated_identity SET last_used_at = ?, display = ? WHERE id = ?", 3, 0};
static const struct db_stmt own_link = {"federation.own_link",
					"SELECT " PROVIDER
					" FROM federated_identity f JOIN identity_provider p "
					"ON p.id = f.provider_id WHERE f.id = ? AND f.user_id = ?",
					2, PROVIDER_COLUMNS};
static const struct db_stmt drop_link = {"federation.drop_link",
					 "DELETE FROM federated_identity WHERE id = ?", 1, 0};
static const struct db_stmt drop_waiting = {"federation.drop_waiting",
					    "UPDATE federation_txn SET finished_at = ?, said = "
					    "NULL WHERE user_id = ? AND proven_at IS NOT NULL AND "
					    "finished_at IS NULL",
					    2, 0};
static const struct db_stmt begin = {
	"federation.begin",
	"INSERT INTO federation_txn (id, provider_id, purpose, state_hash, browser_hash, nonce, "
	"verifier, session_id, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	10, 0};
static const struct db_stmt forget = {
	"federation.forget", "DELETE FROM federation_txn WHERE expires_at < ? LIMIT 100", 1, 0};
static const struct db_stmt forget_seen = {
	"federation.forget_seen", "DELETE FROM federation_seen WHERE expires_at < ? LIMIT 100", 1,
	0};
static const struct db_stmt by_state = {
	"federation.by_state", "SELECT " TXN " FROM federation_txn WHERE state_hash = ? FOR UPDATE",
	1, TXN_COLUMNS};
static const struct db_stmt txn_by_id = {
	"federation.by_id", "SELECT " TXN " FROM federation_txn WHERE id = ? FOR UPDATE", 1,
	TXN_COLUMNS};
static const struct db_stmt proven = {
	"federation.proven",
	"SELECT " TXN " FROM federation_txn WHERE browser_hash = ? AND proven_at IS NOT NULL "
	"ORDER BY proven_at DESC LIMIT 1 FOR UPDATE",
	1, TXN_COLUMNS};
static const struct db_stmt answered = {
	"federation.answered",
	"UPDATE federation_txn SET answered_at = ? WHERE id = ? AND answered_at IS NULL", 2, 0};
static const struct db_stmt set_proven = {
	"federation.set_proven",
	"UPDATE federation_txn SET user_id = ?, proven_at = ?, subject = ?, display = ?, sid = ?, "
	"said = ? WHERE id = ?",
	7, 0};
static const struct db_stmt finished = {
	"federation.finished",
	"UPDATE federation_txn SET finished_at = ?, result = ?, said = NULL WHERE id = ? "
	"AND finished_at IS NULL",
	3, 0};
static const struct db_stmt seen = {
	"federation.seen",
	"INSERT IGNORE INTO federation_seen (provider_id, seen_hash, expires_at) VALUES (?, ?, ?)",
	3, 0};
static const struct db_stmt session_user = {
	"federation.session",
	"SELECT user_id FROM auth_session WHERE id = ? AND ended_at IS NULL AND expires_at > ? "
	"AND idle_expires_at > ?",
	3, 1};
static const struct db_stmt has_factor = {
	"federation.has_factor",
	"SELECT EXISTS (SELECT 1 FROM auth_totp WHERE user_id = ? AND confirmed_at IS NOT NULL) "
	"OR EXISTS (SELECT 1 FROM auth_passkey WHERE user_id = ?)",
	2, 1};

static const struct db_stmt *const stmts[] = {&by_id,	       &by_id_locked,
					      &by_issuer,      &count_all,
					      &insert,	       &store,
					      &metadata,       &metadata_put,
					      &metadata_claim, &metadata_failed,
					      &maps,	       &clear_maps,
					      &add_map,	       &link_of,
					      &linked,	       &add_link,
					      &used,	       &own_link,
					      &drop_link,      &drop_waiting,
					      &begin,	       &forget,
					      &forget_seen,    &by_state,
					      &txn_by_id,      &proven,
					      &answered,       &set_proven,
					      &finished,       &seen,
					      &session_user,   &has_factor,
					      &unsolicited,    NULL};
static const struct db_stmt_list list = {"federation", stmts};

const struct db_stmt_list *federation_statements(void)
{
	return &list;
}

static void read_provider(struct db_rows *rows, void *arg)
{
	*(struct identity_provider *)arg = (struct identity_provider){
		.id = db_uuid(rows, 0),
		.kind = strcmp(db_text(rows, 1), "saml") == 0 ? FEDERATION_SAML : FEDERATION_OIDC,
		.name = db_text(rows, 2),
		.state = db_text(rows, 3),
		.issuer = db_text(rows, 4),
		.client_id = db_text(rows, 5),
		.secret_id = db_uuid(rows, 6),
		.addresses = db_text(rows, 7),
		.link_attribute = db_text(rows, 8),
		.provision = db_int(rows, 9) != 0,
		.login_attribute = db_text(rows, 10),
		.login_suffix = db_text(rows, 11),
		.display_attribute = db_text(rows, 12),
		.trusts_second = strcmp(db_text(rows, 13), "trust") == 0,
		.contexts = db_text(rows, 14),
		.version = db_int(rows, 15),
		.trust = db_text(rows, 16),
		.signs_out_there = strcmp(db_text(rows, 17), "provider") == 0,
		.metadata_url = db_text(rows, 18),
		.maps_always = strcmp(db_text(rows, 19), "sign_in") == 0,
		.unsolicited = db_int(rows, 20) != 0,
		.steps_up = db_int(rows, 21) != 0};
}

enum err identity_provider_by_id(struct ctx *ctx, const struct uuid *id, bool lock,
				 struct identity_provider *out)
{
	const struct db_param params[] = {DB_P_UUID(id)};
	enum err err = db_one(ctx, lock ? &by_id_locked : &by_id, params, read_provider, out);

	return err == ERR_NOT_FOUND
		       ? err_set(ctx, ERR_NOT_FOUND, "There is no such identity provider.")
		       : err;
}

enum err federation_sql_by_issuer(struct ctx *ctx, const char *issuer,
				  struct identity_provider *out)
{
	const struct db_param params[] = {DB_P_TEXT(issuer)};

	return db_one(ctx, &by_issuer, params, read_provider, out);
}

static void read_count(struct db_rows *rows, void *arg)
{
	*(int64_t *)arg = db_int(rows, 0);
}

enum err federation_sql_unsolicited(struct ctx *ctx, bool *out)
{
	int64_t any = 0;
	enum err err = db_one(ctx, &unsolicited, NULL, read_count, &any);

	*out = any != 0;
	return err;
}

enum err federation_sql_count(struct ctx *ctx, int64_t *out)
{
	return db_one(ctx, &count_all, NULL, read_count, out);
}

enum err federation_sql_insert(struct ctx *ctx, const struct identity_provider *row,
			       const struct uuid *event_id)
{
	int64_t now = sys_real_us();
	const struct db_param params[] = {
		DB_P_UUID(&row->id),  DB_P_TEXT(row->kind == FEDERATION_SAML ? "saml" : "oidc"),
		DB_P_TEXT(row->name), DB_P_TEXT(row->issuer),
		DB_P_TIME(now),	      DB_P_TIME(now),
		DB_P_UUID(event_id)};

	return db_exec(ctx, &insert, params, NULL);
}

enum err federation_sql_store(struct ctx *ctx, const struct identity_provider *row,
			      const struct uuid *event_id)
{
	const struct db_param params[] = {
		DB_P_TEXT(row->name),
		DB_P_TEXT(row->state),
		DB_P_TEXT(row->issuer),
		DB_P_TEXT(row->client_id),
		DB_P_UUID(uuid_is_nil(&row->secret_id) ? NULL : &row->secret_id),
		DB_P_TEXT(row->addresses),
		DB_P_TEXT(row->link_attribute),
		DB_P_INT(row->provision),
		DB_P_TEXT(row->login_attribute),
		DB_P_TEXT(row->login_suffix),
		DB_P_TEXT(row->display_attribute),
		DB_P_TEXT(row->trusts_second ? "trust" : "ask"),
		DB_P_TEXT(row->contexts),
		DB_P_TEXT(row->trust),
		DB_P_TEXT(row->signs_out_there ? "provider" : "here"),
		DB_P_TEXT(row->metadata_url),
		DB_P_TEXT(row->maps_always ? "sign_in" : "created"),
		DB_P_INT(row->unsolicited),
		DB_P_INT(row->steps_up),
		DB_P_TIME(sys_real_us()),
		DB_P_UUID(event_id),
		DB_P_UUID(&row->id)};

	return db_exec(ctx, &store, params, NULL);
}

static void read_metadata(struct db_rows *rows, void *arg)
{
	struct identity_metadata *out = arg;

	if (!db_is_null(rows, 0))
		out->bytes = db_bytes(rows, 0);
	out->fetched_at = db_time(rows, 1);
	out->has_problem = db_int(rows, 3) != 0;
	out->tried_at = db_time(rows, 2);
}

enum err identity_metadata_get(struct ctx *ctx, const struct uuid *provider_id,
			       struct identity_metadata *out)
{
	const struct db_param params[] = {DB_P_UUID(provider_id)};

	*out = (struct identity_metadata){0};
	enum err err = db_one(ctx, &metadata, params, read_metadata, out);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err identity_metadata_put(struct ctx *ctx, const struct uuid *provider_id, struct block bytes)
{
	int64_t now = sys_real_us();
	const struct db_param params[] = {DB_P_UUID(provider_id), DB_P_BYTES(bytes.data, bytes.len),
					  DB_P_TIME(now), DB_P_TIME(now)};

	return db_exec(ctx, &metadata_put, params, NULL);
}

enum err identity_metadata_failed(struct ctx *ctx, const struct uuid *provider_id,
				  const char *problem)
{
	const struct db_param params[] = {DB_P_UUID(provider_id), DB_P_TIME(sys_real_us()),
					  DB_P_TEXT(problem)};

	return db_exec(ctx, &metadata_failed, params, NULL);
}

enum err identity_metadata_claim(struct ctx *ctx, const struct uuid *provider_id, int64_t seconds,
				 bool *out)
{
	uint64_t moved = 0;
	int64_t now = sys_real_us();
	const struct db_param params[] = {DB_P_TIME(now), DB_P_UUID(provider_id),
					  DB_P_TIME(now - seconds * 1000000)};
	enum err err = db_exec(ctx, &metadata_claim, params, &moved);

	*out = moved == 1;
	return err;
}

static struct identity_map read_map(struct db_rows *rows)
{
	return (struct identity_map){.attribute = db_text(rows, 0),
				     .value = db_text(rows, 1),
				     .role = db_text(rows, 2),
				     .group_name = db_text(rows, 3),
				     .group_id = db_uuid(rows, 4),
				     .privileged = db_int(rows, 5) != 0};
}

enum err federation_sql_maps(struct ctx *ctx, const struct uuid *provider_id,
			     struct identity_map out[IDENTITY_MAPS_MAX], size_t *out_count)
{
	struct db_rows *rows = NULL;
	size_t count = 0;
	const struct db_param params[] = {DB_P_UUID(provider_id)};
	enum err err = db_query(ctx, &maps, params, &rows);

	if (err != ERR_OK)
		return err;
	while (count < IDENTITY_MAPS_MAX && db_next(rows))
		out[count++] = read_map(rows);
	*out_count = count;
	return db_rows_close(rows);
}

enum err federation_sql_clear_maps(struct ctx *ctx, const struct uuid *provider_id)
{
	const struct db_param params[] = {DB_P_UUID(provider_id)};

	return db_exec(ctx, &clear_maps, params, NULL);
}

enum err federation_sql_add_map(struct ctx *ctx, const struct uuid *provider_id,
				const struct identity_map *map, const struct uuid *event_id)
{
	struct uuid id = uuid_v7();
	const struct db_param params[] = {
		DB_P_UUID(&id),
		DB_P_UUID(provider_id),
		DB_P_TEXT(map->attribute),
		DB_P_TEXT(map->value),
		DB_P_UUID(uuid_is_nil(&map->group_id) ? NULL : &map->group_id),
		DB_P_TEXT(map->role),
		DB_P_INT(map->privileged),
		DB_P_UUID(event_id)};

	return db_exec(ctx, &add_map, params, NULL);
}

static void read_link(struct db_rows *rows, void *arg)
{
	*(struct identity_link *)arg = (struct identity_link){
		.id = db_uuid(rows, 0), .user_id = db_uuid(rows, 1), .made_by = db_text(rows, 2)};
}

enum err federation_sql_link(struct ctx *ctx, const struct uuid *provider_id, const char *subject,
			     struct identity_link *out)
{
	const struct db_param params[] = {DB_P_UUID(provider_id),
					  DB_P_BYTES(subject, strlen(subject))};

	return db_one(ctx, &link_of, params, read_link, out);
}

static void read_flag(struct db_rows *rows, void *arg)
{
	*(bool *)arg = db_int(rows, 0) != 0;
}

enum err federation_sql_linked(struct ctx *ctx, const struct uuid *provider_id,
			       const struct uuid *user_id, bool *out)
{
	const struct db_param params[] = {DB_P_UUID(provider_id), DB_P_UUID(user_id)};

	return db_one(ctx, &linked, params, read_flag, out);
}

enum err federation_sql_add_link(struct ctx *ctx, const struct uuid *provider_id,
				 const struct federated_identity *identity,
				 const struct uuid *user_id, const char *made_by,
				 const struct uuid *event_id)
{
	struct uuid id = uuid_v7();
	int64_t now = sys_real_us();
	const struct db_param params[] = {DB_P_UUID(&id),
					  DB_P_UUID(provider_id),
					  DB_P_BYTES(identity->subject, strlen(identity->subject)),
					  DB_P_UUID(user_id),
					  DB_P_TEXT(identity->display),
					  DB_P_TEXT(made_by),
					  DB_P_TIME(now),
					  DB_P_TIME(now),
					  DB_P_UUID(event_id)};

	return db_exec(ctx, &add_link, params, NULL);
}

enum err federation_sql_used(struct ctx *ctx, const struct uuid *link_id, const char *display)
{
	const struct db_param params[] = {DB_P_TIME(sys_real_us()), DB_P_TEXT(display),
					  DB_P_UUID(link_id)};

	return db_exec(ctx, &used, params, NULL);
}

enum err federation_sql_unlink(struct ctx *ctx, const struct uuid *link_id,
			       const struct uuid *user_id, struct identity_provider *out)
{
	const struct db_param params[] = {DB_P_UUID(link_id), DB_P_UUID(user_id)};
	const struct db_param waiting[] = {DB_P_TIME(sys_real_us()), DB_P_UUID(user_id)};
	enum err err = db_one(ctx, &own_link, params, read_provider, out);

	if (err == ERR_OK)
		err = db_exec(ctx, &drop_link, params, NULL);
	return err == ERR_OK ? db_exec(ctx, &drop_waiting, waiting, NULL) : err;
}

enum err federation_sql_begin(struct ctx *ctx, const struct federation_txn *txn,
			      const uint8_t state_hash[32], const uint8_t browser_hash[32],
			      int64_t expires_at)
{
	static const char *const purposes[] = {"sign_in", "link", "test", "sign_out", "step_up"};
	const struct db_param params[] = {
		DB_P_UUID(&txn->id),
		DB_P_UUID(&txn->provider_id),
		DB_P_TEXT(purposes[txn->purpose]),
		DB_P_BYTES(state_hash, 32),
		DB_P_BYTES(browser_hash, 32),
		DB_P_BYTES(txn->nonce, FEDERATION_BYTES),
		DB_P_BYTES(txn->verifier, FEDERATION_BYTES),
		DB_P_UUID(uuid_is_nil(&txn->session_id) ? NULL : &txn->session_id),
		DB_P_TIME(txn->created_at),
		DB_P_TIME(expires_at)};

	return db_exec(ctx, &begin, params, NULL);
}

enum err federation_sql_forget(struct ctx *ctx, int64_t before)
{
	const struct db_param params[] = {DB_P_TIME(before)};
	enum err err = db_exec(ctx, &forget, params, NULL);

	return err == ERR_OK ? db_exec(ctx, &forget_seen, params, NULL) : err;
}

static void copy_bytes(struct block from, uint8_t to[32])
{
	memset(to, 0, 32);
	if (from.len == 32)
		memcpy(to, from.data, 32);
}

static enum federation_purpose purpose_of(const char *text)
{
	return strcmp(text, "link") == 0       ? FEDERATION_LINK
	       : strcmp(text, "test") == 0     ? FEDERATION_TEST
	       : strcmp(text, "sign_out") == 0 ? FEDERATION_SIGN_OUT
	       : strcmp(text, "step_up") == 0  ? FEDERATION_STEP_UP
					       : FEDERATION_SIGN_IN;
}

static void read_txn(struct db_rows *rows, void *arg)
{
	struct federation_row *row = arg;

	row->txn.id = db_uuid(rows, 0);
	row->txn.provider_id = db_uuid(rows, 1);
	row->txn.purpose = purpose_of(db_text(rows, 2));
	copy_bytes(db_bytes(rows, 3), row->txn.nonce);
	copy_bytes(db_bytes(rows, 4), row->txn.verifier);
	row->txn.session_id = db_uuid(rows, 5);
	row->txn.created_at = db_time(rows, 6);
	copy_bytes(db_bytes(rows, 7), row->browser_hash);
	row->expires_at = db_time(rows, 8);
	row->answered_at = db_time(rows, 9);
	row->user_id = db_uuid(rows, 10);
	row->proven_at = db_time(rows, 11);
	row->finished_at = db_time(rows, 12);
	row->subject = db_text(rows, 13);
	row->display = db_text(rows, 14);
	row->session = db_text(rows, 15);
	row->said = (struct block){NULL, 0};
	if (!db_is_null(rows, 16))
		row->said = db_bytes(rows, 16);
}

enum err federation_sql_by_state(struct ctx *ctx, const uint8_t state_hash[32],
				 struct federation_row *out)
{
	const struct db_param params[] = {DB_P_BYTES(state_hash, 32)};

	return db_one(ctx, &by_state, params, read_txn, out);
}

enum err federation_sql_by_id(struct ctx *ctx, const struct uuid *id, struct federation_row *out)
{
	const struct db_param params[] = {DB_P_UUID(id)};

	return db_one(ctx, &txn_by_id, params, read_txn, out);
}

enum err federation_sql_proven(struct ctx *ctx, const uint8_t browser_hash[32],
			       struct federation_row *out)
{
	const struct db_param params[] = {DB_P_BYTES(browser_hash, 32)};

	return db_one(ctx, &proven, params, read_txn, out);
}

enum err federation_sql_answered(struct ctx *ctx, const struct uuid *id, bool *out_moved)
{
	uint64_t moved = 0;
	const struct db_param params[] = {DB_P_TIME(sys_real_us()), DB_P_UUID(id)};
	enum err err = db_exec(ctx, &answered, params, &moved);

	*out_moved = moved == 1;
	return err;
}

enum err federation_sql_set_proven(struct ctx *ctx, const struct uuid *id,
				   const struct uuid *user_id,
				   const struct federated_identity *identity, struct block said)
{
	const char *session = identity->session ? identity->session : "";
	const struct db_param params[] = {DB_P_UUID(user_id),
					  DB_P_TIME(sys_real_us()),
					  DB_P_BYTES(identity->subject, strlen(identity->subject)),
					  DB_P_TEXT(identity->display),
					  DB_P_BYTES(session, strlen(session)),
					  DB_P_BYTES(said.data, said.len),
					  DB_P_UUID(id)};

	return db_exec(ctx, &set_proven, params, NULL);
}

enum err federation_sql_finished(struct ctx *ctx, const struct uuid *id, const char *result,
				 bool *out_moved)
{
	uint64_t moved = 0;
	const struct db_param params[] = {DB_P_TIME(sys_real_us()), DB_P_TEXT(result),
					  DB_P_UUID(id)};
	enum err err = db_exec(ctx, &finished, params, &moved);

	*out_moved = moved == 1;
	return err;
}

enum err federation_sql_seen(struct ctx *ctx, const struct uuid *provider_id,
			     const uint8_t hash[32], int64_t expires_at, bool *out_new)
{
	uint64_t added = 0;
	const struct db_param params[] = {DB_P_UUID(provider_id), DB_P_BYTES(hash, 32),
					  DB_P_TIME(expires_at)};
	enum err err = db_exec(ctx, &seen, params, &added);

	*out_new = added == 1;
	return err;
}

static void read_id(struct db_rows *rows, void *arg)
{
	*(struct uuid *)arg = db_uuid(rows, 0);
}

enum err federation_sql_session(struct ctx *ctx, const struct uuid *session_id,
				struct uuid *out_user_id)
{
	int64_t now = sys_real_us();
	const struct db_param params[] = {DB_P_UUID(session_id), DB_P_TIME(now), DB_P_TIME(now)};

	return db_one(ctx, &session_user, params, read_id, out_user_id);
}

enum err federation_sql_has_factor(struct ctx *ctx, const struct uuid *user_id, bool *out)
{
	const struct db_param params[] = {DB_P_UUID(user_id), DB_P_UUID(user_id)};

	return db_one(ctx, &has_factor, params, read_flag, out);
}
