/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/past_undo.h"

#include "auth/auth.h"
#include "auth/factor_sql.h"
#include "base/sys.h"
#include "rbac/principal.h"
#include "rbac/write.h"
#include "sql/db.h"

static const struct db_stmt passkeys = {
	"past_undo.passkeys", "DELETE FROM auth_passkey WHERE user_id = ? AND session_id = ?", 2,
	0};
static const struct db_stmt recovery = {
	"past_undo.recovery", "DELETE FROM auth_recovery_code WHERE user_id = ? AND session_id = ?",
	2, 0};
static const struct db_stmt first_change = {
	"past_undo.first_change",
	"SELECT former, changed_at, EXISTS (SELECT 1 FROM mail_address_change o WHERE o.user_id = "
	"c.user_id AND o.changed_at > c.changed_at AND o.session_id = ?) FROM mail_address_change "
	"c WHERE c.user_id = ? AND c.session_id = ? ORDER BY c.changed_at LIMIT 1",
	3, 3};
static const struct db_stmt restore = {
	"past_undo.restore",
	"UPDATE user SET email = ?, email_confirmed_at = NULL, version = version + 1, updated_at = "
	"?, event_id = ? WHERE id = ?",
	4, 0};
/* Those after it were changes of what it had set. */
static const struct db_stmt forget = {
	"past_undo.forget", "DELETE FROM mail_address_change WHERE user_id = ? AND changed_at >= ?",
	2, 0};

static const struct db_stmt *const stmts[] = {&passkeys, &recovery, &first_change,
					      &restore,	 &forget,   NULL};
static const struct db_stmt_list list = {"past_undo", stmts};

const struct db_stmt_list *past_undo_statements(void)
{
	return &list;
}

struct change {
	const char *former; /* in the arena */
	int64_t at;
	bool own_since;
};

static void read_change(struct db_rows *rows, void *arg)
{
	*(struct change *)arg =
		(struct change){db_text(rows, 0), db_time(rows, 1), db_int(rows, 2) != 0};
}

static enum err undo_address(struct ctx *ctx, const struct past *past, struct audit *audit)
{
	const struct uuid *self = &past->user_id;
	struct change change = {0};
	const struct db_param asked[] = {DB_P_UUID(&ctx->principal->session_id), DB_P_UUID(self),
					 DB_P_UUID(&past->session_id)};
	enum err err = db_one(ctx, &first_change, asked, read_change, &change);

	audit_data(audit, "address_restored", write_bool(err == ERR_OK && !change.own_since));
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	const struct db_param params[] = {DB_P_TEXT(change.former), DB_P_TIME(sys_real_us()),
					  DB_P_UUID(&audit->id), DB_P_UUID(self)};
	const struct db_param since[] = {DB_P_UUID(self), DB_P_TIME(change.at)};
	if (err == ERR_OK && !change.own_since)
		err = db_exec(ctx, &restore, params, NULL);
	return err == ERR_OK ? db_exec(ctx, &forget, since, NULL) : err;
}

enum err past_undo(struct ctx *ctx, const struct past *past, struct audit *audit)
{
	const struct db_param params[] = {DB_P_UUID(&past->user_id), DB_P_UUID(&past->session_id)};
	uint64_t totp = 0, keys = 0, codes = 0;

	if (uuid_is_nil(&past->session_id))
		return ERR_OK;
	enum err err = factor_sql_remove_of(ctx, &past->user_id, &past->session_id, &totp);
	if (err == ERR_OK)
		err = db_exec(ctx, &passkeys, params, &keys);
	if (err == ERR_OK)
		err = db_exec(ctx, &recovery, params, &codes);
	audit_data(audit, "code_devices_removed", write_int(ctx, (int64_t)totp));
	audit_data(audit, "passkeys_removed", write_int(ctx, (int64_t)keys));
	audit_data(audit, "recovery_codes_removed", write_int(ctx, (int64_t)codes));
	return err == ERR_OK ? undo_address(ctx, past, audit) : err;
}
