/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/mail_code_sql.h"

#include <string.h>

#include "auth/auth.h"
#include "auth/past.h"
#include "base/sys.h"
#include "rbac/principal.h"

static const struct db_stmt sent = {
	"mail_code.sent",
	"SELECT COUNT(*) FROM mail_code WHERE user_id = ? AND purpose = ? AND created_at > ?", 3,
	1};
static const struct db_stmt add = {"mail_code.add",
				   "INSERT INTO mail_code (id, user_id, purpose, address, binding, "
				   "mac, created_at) SELECT ?, u.id, ?, ?, ?, ?, ? FROM user u "
				   "WHERE u.id = ?",
				   7, 0};
static const struct db_stmt newest = {
	"mail_code.newest",
	"SELECT id, address, binding, mac, created_at, tries, used_at FROM mail_code "
	"WHERE user_id = ? AND purpose = ? ORDER BY created_at DESC, id DESC LIMIT 1 FOR UPDATE",
	2, 7};
static const struct db_stmt tried = {"mail_code.tried",
				     "UPDATE mail_code SET tries = LEAST(tries + 1, 200), used_at "
				     "= ? WHERE id = ? AND used_at IS NULL",
				     2, 0};
static const struct db_stmt forget = {"mail_code.forget",
				      "DELETE FROM mail_code WHERE created_at < ? LIMIT 100", 1, 0};
static const struct db_stmt address_set = {
	"mail_address.set",
	"UPDATE user SET email = ?, email_confirmed_at = ?, version = version + 1, updated_at = ?, "
	"event_id = ? WHERE id = ?",
	5, 0};

static const struct db_stmt address_replaced = {
	"mail_address.replaced",
	"INSERT INTO mail_address_change (id, user_id, session_id, former, changed_at) VALUES (?, "
	"?, ?, ?, ?)",
	5, 0};
static const struct db_stmt address_sweep = {
	"mail_address.sweep", "DELETE FROM mail_address_change WHERE changed_at < ? LIMIT 10", 1,
	0};

static const struct db_stmt *const stmts[] = {
	&address_replaced, &address_sweep, &sent, &add, &newest, &tried,
	&forget,	   &address_set,   NULL};
static const struct db_stmt_list list = {"mail_code", stmts};

const struct db_stmt_list *mail_code_statements(void)
{
	return &list;
}

static const char *purpose_name(enum mail_code_purpose purpose)
{
	return purpose == MAIL_CODE_ADDRESS ? "address" : "sign_in";
}

static void read_number(struct db_rows *rows, void *arg)
{
	*(int64_t *)arg = db_int(rows, 0);
}

enum err mail_code_sql_sent(struct ctx *ctx, const struct mail_code *code, int64_t since,
			    int64_t *out)
{
	const struct db_param params[] = {DB_P_UUID(&code->user_id),
					  DB_P_TEXT(purpose_name(code->purpose)), DB_P_TIME(since)};

	return db_one(ctx, &sent, params, read_number, out);
}

enum err mail_code_sql_add(struct ctx *ctx, const struct mail_code *code,
			   const uint8_t mac[MAIL_CODE_MAC])
{
	const struct db_param params[] = {
		DB_P_UUID(&code->id),		DB_P_TEXT(purpose_name(code->purpose)),
		DB_P_TEXT(code->address),	DB_P_BYTES(code->binding, MAIL_CODE_BINDING),
		DB_P_BYTES(mac, MAIL_CODE_MAC), DB_P_TIME(sys_real_us()),
		DB_P_UUID(&code->user_id)};

	return db_exec(ctx, &add, params, NULL);
}

static void read_row(struct db_rows *rows, void *arg)
{
	struct mail_code_row *row = arg;
	struct block binding = db_bytes(rows, 2), mac = db_bytes(rows, 3);

	row->code.id = db_uuid(rows, 0);
	row->code.address = db_text(rows, 1);
	if (binding.len == sizeof(row->code.binding))
		memcpy(row->code.binding, binding.data, binding.len);
	if (mac.len == sizeof(row->mac))
		memcpy(row->mac, mac.data, mac.len);
	row->created_at = db_time(rows, 4);
	row->tries = db_int(rows, 5);
	row->used_at = db_time(rows, 6);
}

enum err mail_code_sql_newest(struct ctx *ctx, const struct mail_code *code,
			      struct mail_code_row *out)
{
	const struct db_param params[] = {DB_P_UUID(&code->user_id),
					  DB_P_TEXT(purpose_name(code->purpose))};

	return db_one(ctx, &newest, params, read_row, out);
}

enum err mail_code_sql_tried(struct ctx *ctx, const struct uuid *id, bool used)
{
	const struct db_param params[] = {DB_P_TIME_OR_NULL(used ? sys_real_us() : 0),
					  DB_P_UUID(id)};

	return db_exec(ctx, &tried, params, NULL);
}

enum err mail_code_sql_forget(struct ctx *ctx, int64_t before)
{
	const struct db_param params[] = {DB_P_TIME(before)};

	return db_exec(ctx, &forget, params, NULL);
}

enum err mail_address_sql_set(struct ctx *ctx, const struct uuid *user_id, const char *address,
			      const struct uuid *event_id)
{
	int64_t now = sys_real_us();
	const struct db_param params[] = {DB_P_TEXT(address), DB_P_TIME(now), DB_P_TIME(now),
					  DB_P_UUID(event_id), DB_P_UUID(user_id)};

	return db_exec(ctx, &address_set, params, NULL);
}

enum err mail_address_sql_replaced(struct ctx *ctx, const struct uuid *user_id, const char *former)
{
	struct uuid id = uuid_v7();
	int64_t now = sys_real_us();
	const struct db_param old[] = {
		DB_P_TIME(now - PAST_KEEP_DAYS * (int64_t)24 * 3600 * 1000000)};
	const struct db_param params[] = {DB_P_UUID(&id), DB_P_UUID(user_id),
					  DB_P_UUID(principal_session(ctx)), DB_P_TEXT(former),
					  DB_P_TIME(now)};
	enum err err = db_exec(ctx, &address_sweep, old, NULL);

	return err == ERR_OK ? db_exec(ctx, &address_replaced, params, NULL) : err;
}
