/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/federation_gain_sql.h"

#include "base/sys.h"

static const struct db_stmt given = {
	"federation_gain.given",
	"SELECT NULL, m.group_id, g.name AS name FROM user_group_member m "
	"JOIN user_group g ON g.id = m.group_id WHERE m.user_id = ? AND m.provider_id = ? "
	"UNION ALL SELECT r.role, NULL, r.role FROM role_grant r "
	"WHERE r.user_id = ? AND r.provider_id = ? ORDER BY name",
	4, 3};
static const struct db_stmt add_member = {
	"federation_gain.add_member",
	"INSERT IGNORE INTO user_group_member (group_id, user_id, event_id, provider_id) "
	"SELECT id, ?, ?, ? FROM user_group WHERE id = ? AND NOT archived",
	4, 0};
static const struct db_stmt add_role = {
	"federation_gain.add_role",
	"INSERT IGNORE INTO role_grant (id, role, user_id, event_id, provider_id) "
	"VALUES (?, ?, ?, ?, ?)",
	5, 0};
static const struct db_stmt remove_member = {
	"federation_gain.remove_member",
	"DELETE FROM user_group_member WHERE group_id = ? AND user_id = ? AND provider_id = ?", 3,
	0};
static const struct db_stmt remove_role = {
	"federation_gain.remove_role",
	"DELETE FROM role_grant WHERE role = ? AND user_id = ? AND provider_id = ?", 3, 0};
static const struct db_stmt touch_group = {
	"federation_gain.touch_group",
	"UPDATE user_group SET version = version + 1, updated_at = ?, event_id = ? WHERE id = ?", 3,
	0};

static const struct db_stmt *const stmts[] = {&given,	    &add_member,  &add_role, &remove_member,
					      &remove_role, &touch_group, NULL};
static const struct db_stmt_list list = {"federation_gain", stmts};

const struct db_stmt_list *federation_gain_statements(void)
{
	return &list;
}

enum err federation_gain_sql_given(struct ctx *ctx, const struct federation_giver *giver,
				   struct federation_gift *out, size_t max, size_t *out_count)
{
	struct db_rows *rows = NULL;
	size_t count = 0;
	const struct db_param params[] = {
		DB_P_UUID(&giver->user_id), DB_P_UUID(&giver->provider_id),
		DB_P_UUID(&giver->user_id), DB_P_UUID(&giver->provider_id)};
	enum err err = db_query(ctx, &given, params, &rows);

	if (err != ERR_OK)
		return err;
	while (count < max && db_next(rows))
		out[count++] = (struct federation_gift){.role = db_text(rows, 0),
							.group_id = db_uuid(rows, 1),
							.name = db_text(rows, 2)};
	*out_count = count;
	return db_rows_close(rows);
}

static enum err change(struct ctx *ctx, const struct db_stmt *stmt, const struct db_param *params,
		       bool *out_changed)
{
	uint64_t rows = 0;
	enum err err = db_exec(ctx, stmt, params, &rows);

	*out_changed = rows > 0;
	return err;
}

enum err federation_gain_sql_add(struct ctx *ctx, const struct federation_giver *giver,
				 const struct federation_gift *gift, bool *out_changed)
{
	struct uuid id = uuid_v7();
	const struct db_param role[] = {DB_P_UUID(&id), DB_P_TEXT(gift->role),
					DB_P_UUID(&giver->user_id), DB_P_UUID(&giver->event_id),
					DB_P_UUID(&giver->provider_id)};
	const struct db_param member[] = {DB_P_UUID(&giver->user_id), DB_P_UUID(&giver->event_id),
					  DB_P_UUID(&giver->provider_id),
					  DB_P_UUID(&gift->group_id)};

	return gift->role ? change(ctx, &add_role, role, out_changed)
			  : change(ctx, &add_member, member, out_changed);
}

enum err federation_gain_sql_remove(struct ctx *ctx, const struct federation_giver *giver,
				    const struct federation_gift *gift, bool *out_changed)
{
	const struct db_param params[] = {
		gift->role ? DB_P_TEXT(gift->role) : DB_P_UUID(&gift->group_id),
		DB_P_UUID(&giver->user_id), DB_P_UUID(&giver->provider_id)};

	return change(ctx, gift->role ? &remove_role : &remove_member, params, out_changed);
}

enum err federation_gain_sql_touch(struct ctx *ctx, const struct federation_giver *giver,
				   const struct federation_gift *gift)
{
	const struct db_param params[] = {DB_P_TIME(sys_real_us()), DB_P_UUID(&giver->event_id),
					  DB_P_UUID(&gift->group_id)};

	return gift->role ? ERR_OK : db_exec(ctx, &touch_group, params, NULL);
}
