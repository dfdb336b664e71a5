/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "access/access_read_sql.h"

#include "access/access_api.h"
#include "access/lease_columns.h"
#include "access/request_columns.h"
#include "rbac/group_cte.h"

#define REQUEST_FOUND                                                               \
	" AND (? IS NULL OR q.state = ?) AND (? IS NULL OR LOCATE(?, q.number) > 0" \
	" OR LOCATE(?, q.purpose) > 0 OR LOCATE(?, q.ticket) > 0"                   \
	" OR LOCATE(?, u.display_name) > 0)"
enum { FOUND_PARAMS = 7, SCOPE_PARAMS = 3, AFTER_PARAMS = 4 };
#define REQUEST_AFTER                                                \
	" AND (q.created_at < ? OR (q.created_at = ? AND q.id < ?))" \
	" ORDER BY q.created_at DESC, q.id DESC LIMIT ?"
/* Each scope takes the looking person's id three times, so that one binding fits all. */
#define IN_MINE " WHERE q.requester_id = ? AND ? IS NOT NULL AND ? IS NOT NULL"
#define IN_ALL	" WHERE ? IS NOT NULL AND ? IS NOT NULL AND ? IS NOT NULL"
/* Pending, the present stage is one of the person's groups, not decided by them, not their own. */
#define IN_APPROVALS                                                            \
	" JOIN request_stage s ON s.request_id = q.id AND s.position = q.stage" \
	" AND s.group_id IN (SELECT id FROM g) WHERE q.state = 'pending'"       \
	" AND (w.self_approval OR q.requester_id <> ?)"                         \
	" AND NOT EXISTS (SELECT 1 FROM approval a WHERE a.request_id = q.id"   \
	" AND a.position = q.stage AND a.user_id = ?)"
#define WITH_GROUPS "WITH RECURSIVE " CTE_GROUPS_OF_USER " "

static const struct db_stmt lists[] = {
	[SCOPE_MINE] = {"request.list_mine", REQUEST_LIST IN_MINE REQUEST_FOUND REQUEST_AFTER,
			SCOPE_PARAMS + FOUND_PARAMS + AFTER_PARAMS, REQUEST_COLUMN_COUNT},
	[SCOPE_APPROVALS] = {"request.list_approvals",
			     WITH_GROUPS REQUEST_LIST IN_APPROVALS REQUEST_FOUND REQUEST_AFTER,
			     SCOPE_PARAMS + FOUND_PARAMS + AFTER_PARAMS, REQUEST_COLUMN_COUNT},
	[SCOPE_ALL] = {"request.list_all", REQUEST_LIST IN_ALL REQUEST_FOUND REQUEST_AFTER,
		       SCOPE_PARAMS + FOUND_PARAMS + AFTER_PARAMS, REQUEST_COLUMN_COUNT},
};
#define COUNT "SELECT COUNT(*)" REQUEST_FROM
static const struct db_stmt counts[] = {
	[SCOPE_MINE] = {"request.count_mine", COUNT IN_MINE REQUEST_FOUND,
			SCOPE_PARAMS + FOUND_PARAMS, 1},
	[SCOPE_APPROVALS] = {"request.count_approvals",
			     WITH_GROUPS COUNT IN_APPROVALS REQUEST_FOUND,
			     SCOPE_PARAMS + FOUND_PARAMS, 1},
	[SCOPE_ALL] = {"request.count_all", COUNT IN_ALL REQUEST_FOUND, SCOPE_PARAMS + FOUND_PARAMS,
		       1},
};
/* Without a search nothing beside the request matters; who approves sees few of them anyway. */
#define COUNT_ALONE "SELECT COUNT(*) FROM request q"
#define IN_STATE    " AND (? IS NULL OR q.state = ?)"
static const struct db_stmt counts_alone[] = {
	[SCOPE_MINE] = {"request.count_mine_alone", COUNT_ALONE IN_MINE IN_STATE, SCOPE_PARAMS + 2,
			1},
	[SCOPE_ALL] = {"request.count_all_alone", COUNT_ALONE IN_ALL IN_STATE, SCOPE_PARAMS + 2, 1},
};
static const struct db_stmt accounts = {
	"request.accounts",
	"SELECT r.request_id, a.id, a.name, t.id, t.name, t.kind FROM request_account r"
	" JOIN account a ON a.id = r.account_id JOIN target t ON t.id = a.target_id"
	" WHERE r.request_id IN (" DB_IDS ") ORDER BY t.name, a.name",
	DB_IDS_MAX, 6};
static const struct db_stmt standings = {"request.standings",
					 WITH_GROUPS "SELECT q.id," REQUEST_STANDING
						     " FROM request q WHERE q.id IN (" DB_IDS ")",
					 2 + DB_IDS_MAX, 4};
static const struct db_stmt stages = {
	"request.stages",
	"SELECT s.position, s.group_id, g.name, s.needed, u.id, u.login, u.display_name,"
	" a.decision, a.comment, a.decided_at FROM request_stage s"
	" JOIN user_group g ON g.id = s.group_id"
	" LEFT JOIN approval a ON a.request_id = s.request_id AND a.position = s.position"
	" LEFT JOIN user u ON u.id = a.user_id"
	" WHERE s.request_id = ? ORDER BY s.position, a.decided_at",
	1, 10};
static const struct db_stmt comments = {
	"request.comments",
	"SELECT c.id, u.id, u.login, u.display_name, c.text, c.created_at FROM request_comment c"
	" JOIN user u ON u.id = c.user_id WHERE c.request_id = ? ORDER BY c.created_at, c.id"
	" LIMIT 500",
	1, 6};
static const struct db_stmt leases = {
	"request.leases",
	"SELECT l.id, a.id, a.name, l.state, l.starts_at, l.ends_at, l.ended_at, l.end_reason"
	" FROM lease l JOIN account a ON a.id = l.account_id WHERE l.request_id = ?"
	" ORDER BY a.name, l.id",
	1, 8};
static const struct db_stmt lease_mine = {
	"lease.mine",
	LEASE_COLUMNS " WHERE l.user_id = ? AND l.state IN ('scheduled', 'active')"
		      " AND (l.ends_at > ? OR (l.ends_at = ? AND l.id > ?))"
		      " ORDER BY l.ends_at, l.id LIMIT ?",
	5, LEASE_COLUMN_COUNT};
static const struct db_stmt lease_of_targets = {
	"lease.of_targets",
	"SELECT l.account_id, l.id, l.user_id, l.state, l.starts_at, l.ends_at, l.exclusive"
	" FROM account a JOIN lease l ON l.account_id = a.id"
	" AND l.state IN ('scheduled', 'active') WHERE a.target_id IN (" DB_IDS ")"
	" ORDER BY l.starts_at",
	DB_IDS_MAX, 7};
/* rules_glob()'s patterns as LIKE has them. */
#define LIKE_OF(pattern)                                   \
	"REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(" pattern \
	", '|', '||'), '%', '|%'), '_', '|_'), '*', '%'), '?', '_')"
#define NAMED_SO(pattern) "a.name COLLATE utf8mb4_bin LIKE " pattern " ESCAPE '|'"

/* An account is searched only where a rule that allows the person something there names it: others
 * stay unseen. */
static const struct db_stmt my_targets_list = {
	"my_target.list",
	"WITH RECURSIVE " CTE_GROUPS_OF_USER ","
	" r (target_id, target_group_id, pattern) AS (SELECT DISTINCT target_id, target_group_id,"
	" " LIKE_OF(
		"account_pattern") " FROM access_rule WHERE effect = 'allow' AND NOT archived"
				   " AND (user_id = ? OR user_group_id IN (SELECT id FROM g))),"
				   " reach (id, depth, pattern) AS (SELECT tg.id, CAST(0 AS "
				   "SIGNED), r.pattern FROM r"
				   " JOIN target_group tg ON tg.id = r.target_group_id AND NOT "
				   "tg.archived"
				   " UNION SELECT c.id, reach.depth + 1, reach.pattern FROM reach "
				   "JOIN target_group c"
				   " ON c.parent_id = reach.id AND NOT c.archived WHERE "
				   "reach.depth < 16),"
				   " below (id, depth) AS (SELECT id, CAST(0 AS SIGNED) FROM "
				   "target_group WHERE id = ?"
				   " UNION SELECT c.id, below.depth + 1 FROM below JOIN "
				   "target_group c"
				   " ON c.parent_id = below.id WHERE below.depth < 16)"
				   " SELECT STRAIGHT_JOIN t.id, t.name, t.kind, t.description, "
				   "t.group_id, tg.name,"
				   " (SELECT MIN(CASE p.state WHEN 'online' THEN 1 WHEN 'late' "
				   "THEN 2 ELSE 3 END)"
				   " FROM gateway w JOIN gateway_presence p ON p.gateway_id = w.id"
				   " WHERE w.group_id = t.gateway_group_id AND w.state = "
				   "'enrolled'),"
				   " s.state, s.reason, s.checked_at FROM target t"
				   " JOIN target_group tg ON tg.id = t.group_id"
				   " LEFT JOIN target_state s ON s.target_id = t.id WHERE NOT "
				   "t.archived"
				   " AND (t.id IN (SELECT target_id FROM r WHERE target_id IS NOT "
				   "NULL)"
				   " OR t.group_id IN (SELECT id FROM reach))"
				   " AND (? IS NULL OR t.group_id IN (SELECT id FROM below))"
				   " AND (? IS NULL OR t.kind = ?)"
				   " AND (? IS NULL OR LOCATE(?, t.name) > 0 OR LOCATE(?, "
				   "t.description) > 0"
				   " OR EXISTS (SELECT 1 FROM account a WHERE a.target_id = t.id "
				   "AND NOT a.archived"
				   " AND LOCATE(?, a.name) > 0 AND (EXISTS (SELECT 1 FROM r WHERE "
				   "r.target_id = t.id"
				   " AND " NAMED_SO(
					   "r.pattern") ") OR EXISTS (SELECT 1 FROM reach"
							" WHERE reach.id = t.group_id "
							"AND " NAMED_SO(
								"reach.pattern") "))))"
										 " AND (t.name > ? "
										 "OR (t.name = ? "
										 "AND t.id > ?)) "
										 "ORDER BY t.name "
										 "LIMIT ?",
	14, 10};

static const struct db_stmt *const stmts[] = {&lists[SCOPE_MINE],
					      &lists[SCOPE_APPROVALS],
					      &lists[SCOPE_ALL],
					      &counts[SCOPE_MINE],
					      &counts[SCOPE_APPROVALS],
					      &counts[SCOPE_ALL],
					      &counts_alone[SCOPE_MINE],
					      &counts_alone[SCOPE_ALL],
					      &accounts,
					      &standings,
					      &stages,
					      &comments,
					      &leases,
					      &lease_mine,
					      &lease_of_targets,
					      &my_targets_list,
					      NULL};

const struct db_stmt_list *access_read_statements(void)
{
	static const struct db_stmt_list all = {"access_read", stmts};
	return &all;
}

static void bind_filter(const struct request_filter *filter, struct db_param *params)
{
	size_t n = 0;
	for (int i = 0; i < SCOPE_PARAMS; i++)
		params[n++] = DB_P_UUID(&filter->user_id);
	params[n++] = DB_P_TEXT(filter->state);
	params[n++] = DB_P_TEXT(filter->state);
	for (int i = 0; i < FOUND_PARAMS - 2; i++)
		params[n++] = DB_P_TEXT(filter->q);
}

enum err request_read_list(struct ctx *ctx, const struct request_filter *filter,
			   const struct page *page, struct db_rows **out)
{
	struct db_param params[SCOPE_PARAMS + FOUND_PARAMS + AFTER_PARAMS];
	bind_filter(filter, params);
	struct db_param *after = params + SCOPE_PARAMS + FOUND_PARAMS;
	after[0] = DB_P_TIME(page->after.number);
	after[1] = DB_P_TIME(page->after.number);
	after[2] = DB_P_UUID(&page->after.id);
	after[3] = DB_P_INT(page->fetch);
	return db_query(ctx, &lists[filter->scope], params, out);
}

static void read_number(struct db_rows *rows, void *arg)
{
	*(int64_t *)arg = db_int(rows, 0);
}

enum err request_read_count(struct ctx *ctx, const struct request_filter *filter, int64_t *out)
{
	struct db_param params[SCOPE_PARAMS + FOUND_PARAMS];
	bind_filter(filter, params);
	bool alone = filter->q == NULL && filter->scope != SCOPE_APPROVALS;
	return db_one(ctx, alone ? &counts_alone[filter->scope] : &counts[filter->scope], params,
		      read_number, out);
}

enum err request_read_accounts(struct ctx *ctx, const struct db_param ids[DB_IDS_MAX],
			       struct db_rows **out)
{
	return db_query(ctx, &accounts, ids, out);
}

enum err request_read_standings(struct ctx *ctx, const struct uuid *user_id,
				const struct db_param ids[DB_IDS_MAX], struct db_rows **out)
{
	struct db_param params[2 + DB_IDS_MAX] = {DB_P_UUID(user_id), DB_P_UUID(user_id)};
	for (size_t i = 0; i < DB_IDS_MAX; i++)
		params[2 + i] = ids[i];
	return db_query(ctx, &standings, params, out);
}

enum err request_read_stages(struct ctx *ctx, const struct uuid *id, struct db_rows **out)
{
	return db_query(ctx, &stages, (struct db_param[]){DB_P_UUID(id)}, out);
}

enum err request_read_comments(struct ctx *ctx, const struct uuid *id, struct db_rows **out)
{
	return db_query(ctx, &comments, (struct db_param[]){DB_P_UUID(id)}, out);
}

enum err request_read_leases(struct ctx *ctx, const struct uuid *id, struct db_rows **out)
{
	return db_query(ctx, &leases, (struct db_param[]){DB_P_UUID(id)}, out);
}

enum err lease_read_mine(struct ctx *ctx, const struct uuid *user_id, const struct page *page,
			 struct db_rows **out)
{
	struct db_param params[] = {DB_P_UUID(user_id), DB_P_TIME(page->after.number),
				    DB_P_TIME(page->after.number), DB_P_UUID(&page->after.id),
				    DB_P_INT(page->fetch)};
	return db_query(ctx, &lease_mine, params, out);
}

enum err lease_read_of_targets(struct ctx *ctx, const struct db_param ids[DB_IDS_MAX],
			       struct db_rows **out)
{
	return db_query(ctx, &lease_of_targets, ids, out);
}

enum err my_target_read_list(struct ctx *ctx, const struct my_target_filter *filter,
			     const struct page *page, struct db_rows **out)
{
	struct db_param params[] = {DB_P_UUID(filter->user_id),	 DB_P_UUID(filter->user_id),
				    DB_P_UUID(filter->group_id), DB_P_UUID(filter->group_id),
				    DB_P_TEXT(filter->kind),	 DB_P_TEXT(filter->kind),
				    DB_P_TEXT(filter->q),	 DB_P_TEXT(filter->q),
				    DB_P_TEXT(filter->q),	 DB_P_TEXT(filter->q),
				    DB_P_TEXT(page->after.text), DB_P_TEXT(page->after.text),
				    DB_P_UUID(&page->after.id),	 DB_P_INT(page->fetch)};
	return db_query(ctx, &my_targets_list, params, out);
}

void my_target_read_row(struct db_rows *rows, struct my_target *out)
{
	static const char *const gateway_states[] = {"unknown", "online", "late", "offline"};
	int64_t gateway = db_int(rows, 6);
	*out = (struct my_target){
		.id = db_uuid(rows, 0),
		.name = db_text(rows, 1),
		.kind = db_text(rows, 2),
		.description = db_text(rows, 3),
		.group_id = db_uuid(rows, 4),
		.group_name = db_text(rows, 5),
		.gateway_state = gateway_states[gateway >= 0 && gateway <= 3 ? gateway : 0],
		.state = db_text(rows, 7),
		.state_reason = db_text(rows, 8),
		.state_checked_at = db_time(rows, 9),
	};
}
