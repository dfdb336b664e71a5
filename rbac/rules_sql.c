/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rbac/rules_sql.h"

#include "rbac/group_cte.h"

#define RULE_COLUMNS                                                                \
	"SELECT r.id, r.name, r.effect = 'deny',"                                   \
	" COALESCE(r.user_id, r.user_group_id), COALESCE(u.display_name, ug.name)," \
	" r.user_id IS NULL,"                                                       \
	" COALESCE(r.target_id, r.target_group_id), COALESCE(t.name, tg.name),"     \
	" r.target_id IS NULL, r.account_pattern, r.workflow_id, w.name"            \
	" FROM access_rule r LEFT JOIN user u ON u.id = r.user_id"                  \
	" LEFT JOIN user_group ug ON ug.id = r.user_group_id"                       \
	" LEFT JOIN target t ON t.id = r.target_id"                                 \
	" LEFT JOIN target_group tg ON tg.id = r.target_group_id"                   \
	" LEFT JOIN workflow w ON w.id = r.workflow_id"                             \
	" WHERE NOT r.archived"

static const struct db_stmt groups_of_user = {
	"rules.groups_of_user",
	"WITH RECURSIVE " CTE_GROUPS_OF_USER
	" SELECT g.id, ug.name, MIN(g.depth) FROM g JOIN user_group ug ON ug.id = g.id"
	" GROUP BY g.id, ug.name ORDER BY 3, 2",
	1, 3};

static const struct db_stmt groups_of_target = {
	"rules.groups_of_target",
	"WITH RECURSIVE " CTE_GROUPS_OF_TARGET
	" SELECT tg.id, tg.name, o.depth FROM o JOIN target_group tg ON tg.id = o.id ORDER BY 3",
	1, 3};

static const struct db_stmt of_user = {
	"rules.of_user",
	"WITH RECURSIVE " CTE_GROUPS_OF_USER " " RULE_COLUMNS
	" AND (r.user_id = ? OR r.user_group_id IN (SELECT id FROM g)) ORDER BY r.id",
	2, 12};

static const struct db_stmt around = {
	"rules.around",
	"WITH RECURSIVE " CTE_GROUPS_OF_USER ", " CTE_GROUPS_OF_TARGET " " RULE_COLUMNS
	" AND (r.user_id = ? OR r.user_group_id IN (SELECT id FROM g)"
	" OR r.target_id = ? OR r.target_group_id IN (SELECT id FROM o)) ORDER BY r.id LIMIT 500",
	4, 12};

static const struct db_stmt account = {
	"rules.account",
	"SELECT a.target_id, a.name FROM account a JOIN target t ON t.id = a.target_id"
	" WHERE a.id = ? AND NOT a.archived AND NOT t.archived",
	1, 2};

static const struct db_stmt *const stmts[] = {&groups_of_user, &groups_of_target, &of_user,
					      &around,	       &account,	  NULL};

const struct db_stmt_list *rules_statements(void)
{
	static const struct db_stmt_list list = {"rules", stmts};
	return &list;
}

enum err rules_sql_groups_of_user(struct ctx *ctx, const struct uuid *user_id, struct db_rows **out)
{
	return db_query(ctx, &groups_of_user, (struct db_param[]){DB_P_UUID(user_id)}, out);
}

enum err rules_sql_groups_of_target(struct ctx *ctx, const struct uuid *target_id,
				    struct db_rows **out)
{
	return db_query(ctx, &groups_of_target, (struct db_param[]){DB_P_UUID(target_id)}, out);
}

enum err rules_sql_of_user(struct ctx *ctx, const struct uuid *user_id, struct db_rows **out)
{
	return db_query(ctx, &of_user, (struct db_param[]){DB_P_UUID(user_id), DB_P_UUID(user_id)},
			out);
}

enum err rules_sql_around(struct ctx *ctx, const struct uuid *user_id, const struct uuid *target_id,
			  struct db_rows **out)
{
	struct db_param params[] = {DB_P_UUID(user_id), DB_P_UUID(target_id), DB_P_UUID(user_id),
				    DB_P_UUID(target_id)};
	return db_query(ctx, &around, params, out);
}

void rules_sql_row(struct db_rows *rows, struct rule *out)
{
	*out = (struct rule){
		.id = db_uuid(rows, 0),
		.name = db_text(rows, 1),
		.deny = db_int(rows, 2) != 0,
		.subject = {db_uuid(rows, 3), db_text(rows, 4), db_int(rows, 5) != 0},
		.object = {db_uuid(rows, 6), db_text(rows, 7), db_int(rows, 8) != 0},
		.account_pattern = db_text(rows, 9),
		.workflow_id = db_uuid(rows, 10),
		.workflow_name = db_text(rows, 11),
	};
}

static void read_account(struct db_rows *rows, void *arg)
{
	struct rules_account *out = arg;
	out->target_id = db_uuid(rows, 0);
	out->name = db_text(rows, 1);
}

enum err rules_sql_account(struct ctx *ctx, const struct uuid *account_id,
			   struct rules_account *out)
{
	return db_one(ctx, &account, (struct db_param[]){DB_P_UUID(account_id)}, read_account, out);
}
