/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/arena.h"
#include "rbac/rules.h"
#include "rbac/rules_sql.h"

/* Growing array in the arena; the bound keeps one person's policy within one request's memory. */
enum { GROUPS_MAX = 512, RULES_MAX = 2000 };

static enum err grow(struct ctx *ctx, void **items, size_t count, size_t size, size_t max)
{
	if (count >= max)
		return err_reason(ctx, ERR_LIMIT, "rules.too_many",
				  "More than %zu rules or groups concern one person.", max);
	*items = arena_room(ctx->arena, *items, count, size);
	return *items != NULL ? ERR_OK
			      : err_set(ctx, ERR_MEMORY, "No memory for the access rules.");
}

static enum err collect_groups(struct ctx *ctx, struct db_rows *rows,
			       const struct rule_group **out_groups, size_t *out_count)
{
	void *items = NULL;
	size_t count = 0;
	enum err err = ERR_OK;
	while (err == ERR_OK && db_next(rows)) {
		err = grow(ctx, &items, count, sizeof(struct rule_group), GROUPS_MAX);
		if (err == ERR_OK)
			((struct rule_group *)items)[count++] = (struct rule_group){
				db_uuid(rows, 0), db_text(rows, 1), (int)db_int(rows, 2)};
	}
	enum err closed = db_rows_close(rows);
	*out_groups = items;
	*out_count = count;
	return err != ERR_OK ? err : closed;
}

static enum err collect_rules(struct ctx *ctx, struct db_rows *rows, struct rule_set *out)
{
	void *items = NULL;
	size_t count = 0;
	enum err err = ERR_OK;
	while (err == ERR_OK && db_next(rows)) {
		err = grow(ctx, &items, count, sizeof(struct rule), RULES_MAX);
		if (err == ERR_OK)
			rules_sql_row(rows, &((struct rule *)items)[count++]);
	}
	enum err closed = db_rows_close(rows);
	*out = (struct rule_set){items, count};
	return err != ERR_OK ? err : closed;
}

enum err rules_subject(struct ctx *ctx, const struct uuid *user_id, struct rule_subject *out)
{
	struct db_rows *rows;
	enum err err = rules_sql_groups_of_user(ctx, user_id, &rows);
	if (err != ERR_OK)
		return err;
	out->user_id = *user_id;
	return collect_groups(ctx, rows, &out->groups, &out->group_count);
}

enum err rules_object(struct ctx *ctx, const struct uuid *target_id, struct rule_object *out)
{
	struct db_rows *rows;
	enum err err = rules_sql_groups_of_target(ctx, target_id, &rows);
	if (err != ERR_OK)
		return err;
	out->target_id = *target_id;
	return collect_groups(ctx, rows, &out->groups, &out->group_count);
}

enum err rules_of_user(struct ctx *ctx, const struct uuid *user_id, struct rule_set *out)
{
	struct db_rows *rows;
	enum err err = rules_sql_of_user(ctx, user_id, &rows);
	return err != ERR_OK ? err : collect_rules(ctx, rows, out);
}

enum err rules_around(struct ctx *ctx, const struct uuid *user_id, const struct uuid *target_id,
		      struct rule_set *out)
{
	struct db_rows *rows;
	enum err err = rules_sql_around(ctx, user_id, target_id, &rows);
	return err != ERR_OK ? err : collect_rules(ctx, rows, out);
}

enum err rules_check(struct ctx *ctx, const struct uuid *user_id, const struct uuid *account_id,
		     struct rule_answer *out)
{
	struct rules_account account;
	struct rule_subject subject;
	struct rule_object object;
	struct rule_set set;
	enum err err = rules_sql_account(ctx, account_id, &account);
	if (err == ERR_OK)
		err = rules_subject(ctx, user_id, &subject);
	if (err == ERR_OK)
		err = rules_object(ctx, &account.target_id, &object);
	if (err == ERR_OK)
		err = rules_of_user(ctx, user_id, &set);
	if (err != ERR_OK)
		return err;
	object.account_name = account.name;
	struct rule_result result = rules_evaluate(set.rules, set.count, &subject, &object, NULL);
	*out = (struct rule_answer){.verdict = result.verdict};
	if (result.decided != NULL) {
		out->rule_id = result.decided->id;
		out->workflow_id = result.decided->workflow_id;
	}
	return ERR_OK;
}
