/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/auth.h"
#include "auth/device_sql.h"
#include "auth/past.h"
#include "base/arena.h"
#include "base/sys.h"
#include "rbac/principal.h"

static const int64_t day_us = (int64_t)24 * 3600 * 1000000;

/* More go than come. A report goes when it does not count any more. */
static const struct db_stmt sweep = {
	"past.sweep",
	"DELETE FROM auth_sign_in WHERE occurred_at < ? AND (judged_at IS NULL OR judged_at < ?) "
	"LIMIT 10",
	2, 0};
static const struct db_stmt insert = {
	"past.insert",
	"INSERT INTO auth_sign_in (id, user_id, session_id, occurred_at, peer, user_agent, reason, "
	"look, taught, for_all) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	10, 0};
static const struct db_stmt lock = {
	"past.lock",
	"SELECT user_id, session_id, occurred_at, peer, user_agent, reason, look, taught, for_all, "
	"verdict IS NOT NULL FROM auth_sign_in WHERE id = ? AND occurred_at > ? FOR UPDATE",
	2, 10};
static const struct db_stmt judge = {
	"past.judge",
	"UPDATE auth_sign_in SET verdict = ?, judged_at = ?, judged_by = ? WHERE id = ?", 4, 0};
static const struct db_stmt reported = {
	"past.reported",
	"SELECT EXISTS (SELECT 1 FROM auth_sign_in WHERE user_id = ? AND verdict = 'not_me' "
	"AND judged_at > ?)",
	2, 1};
static const struct db_stmt see = {"past.see",
				   "UPDATE auth_sign_in SET seen_at = ?, seen_by = ? WHERE verdict "
				   "= 'not_me' AND seen_at IS NULL AND user_id <> ?",
				   3, 0};
static const struct db_stmt device = {
	"past.device", "SELECT device_id FROM auth_session WHERE id = ? AND device_id IS NOT NULL",
	1, 1};

static const struct db_stmt *const stmts[] = {&sweep,	 &insert, &lock,   &judge,
					      &reported, &see,	  &device, NULL};
static const struct db_stmt_list list = {"past", stmts};

const struct db_stmt_list *past_statements(void)
{
	return &list;
}

static enum err forget_old(struct ctx *ctx, int64_t now)
{
	const struct db_param params[] = {DB_P_TIME(now - PAST_KEEP_DAYS * day_us),
					  DB_P_TIME(now - PAST_REPORT_DAYS * day_us)};

	return db_exec(ctx, &sweep, params, NULL);
}

enum err past_add(struct ctx *ctx, const struct past *past)
{
	uint8_t look[RISK_LOOK_BYTES];
	struct uuid id = uuid_v7();
	int64_t now = sys_real_us();

	if (past->look)
		risk_look_write(past->look, look);
	const struct db_param params[] = {
		DB_P_UUID(&id),
		DB_P_UUID(&past->user_id),
		DB_P_UUID(uuid_is_nil(&past->session_id) ? NULL : &past->session_id),
		DB_P_TIME(now),
		DB_P_TEXT(past->peer),
		DB_P_TEXT(past->user_agent),
		DB_P_TEXT(past->reason),
		past->look ? DB_P_BYTES(look, sizeof(look)) : DB_P_NULL,
		past->learned ? DB_P_INT(past->taught) : DB_P_NULL,
		DB_P_INT(past->for_all)};
	enum err err = forget_old(ctx, now);

	return err == ERR_OK ? db_exec(ctx, &insert, params, NULL) : err;
}

struct locking {
	struct ctx *ctx;
	struct past *out;
};

static void read_past(struct db_rows *rows, void *arg)
{
	const struct locking *locking = arg;
	struct risk_look *look = arena_new_of(locking->ctx->arena, struct risk_look);
	struct block stored = db_bytes(rows, 6);

	*locking->out = (struct past){.id = locking->out->id,
				      .user_id = db_uuid(rows, 0),
				      .session_id = db_uuid(rows, 1),
				      .at = db_time(rows, 2),
				      .peer = db_text(rows, 3),
				      .user_agent = db_text(rows, 4),
				      .reason = db_text(rows, 5),
				      .learned = !db_is_null(rows, 7),
				      .taught = (uint8_t)db_int(rows, 7),
				      .for_all = db_int(rows, 8) != 0,
				      .judged = db_int(rows, 9) != 0};
	if (look && risk_look_read(stored.data, stored.len, look))
		locking->out->look = look;
}

enum err past_lock(struct ctx *ctx, const struct uuid *id, struct past *out)
{
	const struct db_param params[] = {DB_P_UUID(id),
					  DB_P_TIME(sys_real_us() - PAST_SHOWN_DAYS * day_us)};
	struct locking locking = {ctx, out};

	*out = (struct past){.id = *id};
	enum err err = db_one(ctx, &lock, params, read_past, &locking);
	return err == ERR_NOT_FOUND ? err_set(ctx, err, "There is no such sign-in any more.") : err;
}

enum err past_judge(struct ctx *ctx, const struct uuid *id, bool was_me)
{
	const struct db_param params[] = {DB_P_TEXT(was_me ? "me" : "not_me"),
					  DB_P_TIME(sys_real_us()),
					  DB_P_UUID(&ctx->principal->user_id), DB_P_UUID(id)};

	return db_exec(ctx, &judge, params, NULL);
}

static void read_flag(struct db_rows *rows, void *arg)
{
	*(bool *)arg = db_int(rows, 0) != 0;
}

enum err past_reported(struct ctx *ctx, const struct uuid *user_id, bool *out)
{
	const struct db_param params[] = {DB_P_UUID(user_id),
					  DB_P_TIME(sys_real_us() - PAST_REPORT_DAYS * day_us)};

	return db_one(ctx, &reported, params, read_flag, out);
}

enum err past_seen(struct ctx *ctx, uint64_t *out_count)
{
	const struct uuid *by = &ctx->principal->user_id;
	const struct db_param params[] = {DB_P_TIME(sys_real_us()), DB_P_UUID(by), DB_P_UUID(by)};

	return db_exec(ctx, &see, params, out_count);
}

static void read_id(struct db_rows *rows, void *arg)
{
	*(struct uuid *)arg = db_uuid(rows, 0);
}

enum err past_forget_device(struct ctx *ctx, const struct past *past, bool *out)
{
	const struct db_param params[] = {DB_P_UUID(&past->session_id)};
	struct uuid id;
	uint64_t count = 0;
	enum err err = db_one(ctx, &device, params, read_id, &id);

	if (err == ERR_OK)
		err = device_sql_revoke(ctx, &id, &past->user_id, &count);
	*out = count > 0;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}
