/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/user.h"

#include "auth/auth.h"
#include "base/sys.h"

#define COLUMNS "id, login, display_name, language, timezone, theme, state, version, email"

static const struct db_stmt select_by_id = {"user.by_id",
					    "SELECT " COLUMNS " FROM user WHERE id = ?", 1, 9};
static const struct db_stmt select_by_id_locked = {
	"user.by_id_locked", "SELECT " COLUMNS " FROM user WHERE id = ? FOR UPDATE", 1, 9};
static const struct db_stmt select_by_login = {
	"user.by_login", "SELECT " COLUMNS " FROM user WHERE login = ?", 1, 9};
static const struct db_stmt insert = {
	"user.insert",
	"INSERT INTO user (id, login, display_name, language, timezone, theme, state, created_at, "
	"updated_at, event_id, email) VALUES (?, ?, ?, ?, ?, 'system', 'invited', ?, ?, ?, ?)",
	9, 0};
/* An address is confirmed only as long as it is the same. */
static const struct db_stmt update = {
	"user.update",
	"UPDATE user SET display_name = ?, language = ?, timezone = ?, theme = ?, state = ?, "
	"email_confirmed_at = IF(email <=> ?, email_confirmed_at, NULL), email = ?, "
	"version = version + 1, updated_at = ?, event_id = ? WHERE id = ? AND version = ?",
	11, 0};
static const struct db_stmt insert_member = {
	"user.add_member",
	"INSERT INTO user_group_member (group_id, user_id, event_id) SELECT id, ?, ? "
	"FROM user_group WHERE id = ? AND archived = FALSE",
	3, 0};
static const struct db_stmt insert_role = {
	"user.grant_role",
	"INSERT INTO role_grant (id, role, user_id, event_id) VALUES (?, ?, ?, ?)", 4, 0};
static const struct db_stmt select_any = {"user.any", "SELECT EXISTS (SELECT 1 FROM user)", 0, 1};

static const struct db_stmt *const stmts[] = {
	&select_by_id,	&select_by_id_locked, &select_by_login, &insert, &update,
	&insert_member, &insert_role,	      &select_any,	NULL};
static const struct db_stmt_list list = {"user", stmts};

const struct db_stmt_list *user_statements(void)
{
	return &list;
}

static void read_user(struct db_rows *rows, void *arg)
{
	struct user *user = arg;

	user->id = db_uuid(rows, 0);
	user->login = db_text(rows, 1);
	user->display_name = db_text(rows, 2);
	user->language = db_text(rows, 3);
	user->timezone = db_text(rows, 4);
	user->theme = db_text(rows, 5);
	user->state = db_text(rows, 6);
	user->version = db_int(rows, 7);
	user->email = db_text(rows, 8);
}

enum err user_by_id(struct ctx *ctx, const struct uuid *id, bool lock, struct user *out)
{
	const struct db_param params[] = {DB_P_UUID(id)};

	return db_one(ctx, lock ? &select_by_id_locked : &select_by_id, params, read_user, out);
}

enum err user_by_login(struct ctx *ctx, const char *login, struct user *out)
{
	const struct db_param params[] = {DB_P_TEXT(login)};

	return db_one(ctx, &select_by_login, params, read_user, out);
}

enum err user_insert(struct ctx *ctx, const struct user *user, const struct uuid *event_id)
{
	int64_t now = sys_real_us();
	const struct db_param params[] = {DB_P_UUID(&user->id),
					  DB_P_TEXT(user->login),
					  DB_P_TEXT(user->display_name),
					  DB_P_TEXT(user->language),
					  DB_P_TEXT(user->timezone),
					  DB_P_TIME(now),
					  DB_P_TIME(now),
					  DB_P_UUID(event_id),
					  DB_P_TEXT(user->email)};
	enum err err = db_exec(ctx, &insert, params, NULL);

	if (err == ERR_CONFLICT)
		return err_reason(ctx, ERR_CONFLICT, "user.login_taken",
				  "The login \"%s\" is in use.", user->login);
	return err;
}

enum err user_store(struct ctx *ctx, const struct user *user, const struct uuid *event_id)
{
	uint64_t changed = 0;
	const struct db_param params[] = {
		DB_P_TEXT(user->display_name), DB_P_TEXT(user->language), DB_P_TEXT(user->timezone),
		DB_P_TEXT(user->theme),	       DB_P_TEXT(user->state),	  DB_P_TEXT(user->email),
		DB_P_TEXT(user->email),	       DB_P_TIME(sys_real_us()),  DB_P_UUID(event_id),
		DB_P_UUID(&user->id),	       DB_P_INT(user->version)};
	enum err err = db_exec(ctx, &update, params, &changed);

	if (err == ERR_OK && changed == 0)
		return err_set(ctx, ERR_STALE,
			       "This person was changed meanwhile. Load it again and repeat.");
	return err;
}

enum err user_add_to_group(struct ctx *ctx, const struct uuid *user_id, const struct uuid *group_id,
			   const struct uuid *event_id)
{
	uint64_t added = 0;
	const struct db_param params[] = {DB_P_UUID(user_id), DB_P_UUID(event_id),
					  DB_P_UUID(group_id)};
	enum err err = db_exec(ctx, &insert_member, params, &added);

	if (err == ERR_OK && added == 0)
		return err_field(ctx, "group_ids", "group.unknown", "There is no such group.");
	return err;
}

enum err user_grant_role(struct ctx *ctx, const struct uuid *user_id, const char *role,
			 const struct uuid *event_id)
{
	struct uuid id = uuid_v7();
	const struct db_param params[] = {DB_P_UUID(&id), DB_P_TEXT(role), DB_P_UUID(user_id),
					  DB_P_UUID(event_id)};

	return db_exec(ctx, &insert_role, params, NULL);
}

static void read_flag(struct db_rows *rows, void *arg)
{
	*(bool *)arg = db_int(rows, 0) != 0;
}

enum err user_any(struct ctx *ctx, bool *out)
{
	return db_one(ctx, &select_any, NULL, read_flag, out);
}
