/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/federation_gain_sql.h"

#include "base/arena.h"
#include "base/sys.h"
#include "rbac/group_cte.h"

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
static const struct db_stmt drop_resting_member = {
	"federation_gain.drop_resting_member",
	"DELETE FROM user_group_member WHERE group_id = ? AND user_id = ? AND NOT " GIFT_COUNTS(
		"user_group_member"),
	2, 0};
static const struct db_stmt drop_resting_role = {
	"federation_gain.drop_resting_role",
	"DELETE FROM role_grant WHERE role = ? AND user_id = ? AND NOT " GIFT_COUNTS("role_grant"),
	2, 0};
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

#define HOLDERS                                                        \
	"(SELECT user_id FROM role_grant WHERE provider_id = ? UNION " \
	"SELECT user_id FROM user_group_member WHERE provider_id = ?)"
static const struct db_stmt given_all = {
	"federation_gain.given_all",
	"SELECT (SELECT COUNT(*) FROM " HOLDERS " h), (SELECT GROUP_CONCAT(x.said ORDER BY x.said "
	"SEPARATOR ', ') FROM (SELECT CONCAT(g.name, ': ', COUNT(*)) AS said FROM "
	"user_group_member m JOIN user_group g ON g.id = m.group_id WHERE m.provider_id = ? "
	"GROUP BY g.id, g.name) x), (SELECT GROUP_CONCAT(y.said ORDER BY y.said SEPARATOR ', ') "
	"FROM (SELECT CONCAT(r.role, ': ', COUNT(*)) AS said FROM role_grant r WHERE "
	"r.provider_id = ? GROUP BY r.role) y)",
	4, 3};
static const struct db_stmt touch_holders = {
	"federation_gain.touch_holders",
	"UPDATE user SET version = version + 1, updated_at = ?, event_id = ? WHERE id IN " HOLDERS,
	4, 0};
static const struct db_stmt touch_groups = {
	"federation_gain.touch_groups",
	"UPDATE user_group SET version = version + 1, updated_at = ?, event_id = ? WHERE id IN "
	"(SELECT group_id FROM user_group_member WHERE provider_id = ?)",
	3, 0};
static const struct db_stmt remove_members = {"federation_gain.remove_members",
					      "DELETE FROM user_group_member WHERE provider_id = ?",
					      1, 0};
static const struct db_stmt remove_roles = {"federation_gain.remove_roles",
					    "DELETE FROM role_grant WHERE provider_id = ?", 1, 0};

static const struct db_stmt *const stmts[] = {&given,
					      &add_member,
					      &add_role,
					      &drop_resting_member,
					      &drop_resting_role,
					      &remove_member,
					      &remove_role,
					      &touch_group,
					      &given_all,
					      &touch_holders,
					      &touch_groups,
					      &remove_members,
					      &remove_roles,
					      NULL};
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

/* What rests because its provider is disabled is in nobody's way. */
static enum err drop_resting(struct ctx *ctx, const struct federation_giver *giver,
			     const struct federation_gift *gift)
{
	const struct db_param params[] = {gift->role ? DB_P_TEXT(gift->role)
						     : DB_P_UUID(&gift->group_id),
					  DB_P_UUID(&giver->user_id)};

	return db_exec(ctx, gift->role ? &drop_resting_role : &drop_resting_member, params, NULL);
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

	enum err err = drop_resting(ctx, giver, gift);
	if (err != ERR_OK)
		return err;
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

struct given_row {
	struct ctx *ctx;
	struct federation_given *out;
};

static void read_given(struct db_rows *rows, void *arg)
{
	const struct given_row *row = arg;
	const char *groups = db_text(rows, 1), *roles = db_text(rows, 2);

	row->out->people = db_int(rows, 0);
	row->out->groups = groups ? arena_strdup(row->ctx->arena, groups) : NULL;
	row->out->roles = roles ? arena_strdup(row->ctx->arena, roles) : NULL;
}

enum err federation_gain_sql_given_all(struct ctx *ctx, const struct uuid *provider_id,
				       struct federation_given *out)
{
	struct given_row row = {ctx, out};
	const struct db_param params[] = {DB_P_UUID(provider_id), DB_P_UUID(provider_id),
					  DB_P_UUID(provider_id), DB_P_UUID(provider_id)};

	*out = (struct federation_given){0};
	return db_one(ctx, &given_all, params, read_given, &row);
}

enum err federation_gain_sql_remove_all(struct ctx *ctx, const struct uuid *provider_id,
					const struct uuid *event_id)
{
	const struct db_param params[] = {DB_P_TIME(sys_real_us()), DB_P_UUID(event_id),
					  DB_P_UUID(provider_id), DB_P_UUID(provider_id)};
	enum err err = db_exec(ctx, &touch_holders, params, NULL);

	if (err == ERR_OK)
		err = db_exec(ctx, &touch_groups, params, NULL);
	if (err == ERR_OK)
		err = db_exec(ctx, &remove_members, params + 2, NULL);
	return err == ERR_OK ? db_exec(ctx, &remove_roles, params + 2, NULL) : err;
}
