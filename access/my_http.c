/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "access/access_api.h"
#include "access/access_json.h"
#include "access/access_read_sql.h"
#include "access/handlers.h"
#include "access/lease_sql.h"
#include "access/workflow_sql.h"
#include "base/arena.h"
#include "base/sys.h"
#include "rbac/principal.h"
#include "rbac/rules.h"
#include "targets/account_sql.h"
#include "targets/kind.h"

enum { LEASES_MAX = 20000 };

/* Looked up once for a page: the groups above a target group, a workflow with its approvers. */
struct known_group {
	struct known_group *next;
	struct uuid id;
	struct rule_object object;
};
struct known_workflow {
	struct known_workflow *next;
	struct workflow workflow;
	struct workflow_stages stages;
};

/* Everything one page of targets is evaluated against. */
struct view {
	struct rule_subject subject;
	struct rule_set rules;
	int64_t now;
	struct known_group *groups;
	struct known_workflow *workflows;
};

struct open_lease {
	struct uuid account_id, id, user_id;
	const char *state;
	int64_t starts_at, ends_at;
	bool exclusive;
};
struct open_leases {
	struct open_lease *lease;
	size_t count;
};

/* What at most DB_IDS_MAX targets show: their accounts, one target's together, and open leases. */
struct chunk {
	struct account_row *accounts;
	size_t account_count;
	struct open_leases leases;
};

static enum err enough(struct ctx *ctx, enum err err)
{
	return err == ERR_OK && arena_failed(ctx->arena)
		       ? err_set(ctx, ERR_MEMORY, "No memory for the list.")
		       : err;
}

static enum err load_leases(struct ctx *ctx, const struct db_param *ids, struct open_leases *out)
{
	struct db_rows *rows;
	enum err err = lease_read_of_targets(ctx, ids, &rows);
	if (err != ERR_OK)
		return err;
	while (out->count < LEASES_MAX && db_next(rows)) {
		out->lease = arena_room(ctx->arena, out->lease, out->count, sizeof(*out->lease));
		if (out->lease == NULL)
			break;
		out->lease[out->count++] = (struct open_lease){
			db_uuid(rows, 0), db_uuid(rows, 1), db_uuid(rows, 2),	 db_text(rows, 3),
			db_time(rows, 4), db_time(rows, 5), db_int(rows, 6) != 0};
	}
	return enough(ctx, db_rows_close(rows));
}

static enum err load_accounts(struct ctx *ctx, const struct db_param *ids, struct chunk *out)
{
	struct db_rows *rows;
	enum err err = account_sql_of_targets(ctx, ids, &rows);
	if (err != ERR_OK)
		return err;
	while (db_next(rows)) {
		out->accounts = arena_room(ctx->arena, out->accounts, out->account_count,
					   sizeof(*out->accounts));
		if (out->accounts == NULL)
			break;
		account_sql_row(rows, &out->accounts[out->account_count++]);
	}
	return enough(ctx, db_rows_close(rows));
}

static enum err load_chunk(struct ctx *ctx, const struct my_target *targets, size_t count,
			   struct chunk *out)
{
	struct db_param ids[DB_IDS_MAX];
	*out = (struct chunk){.accounts = NULL};
	db_p_ids(ids, &targets->id, sizeof(*targets), count);
	enum err err = load_accounts(ctx, ids, out);
	return err != ERR_OK ? err : load_leases(ctx, ids, &out->leases);
}

/* The target as rules see it. */
static enum err object_of(struct ctx *ctx, struct view *view, const struct my_target *target,
			  struct rule_object *out)
{
	struct known_group *known = view->groups;
	while (known != NULL && !uuid_equal(&known->id, &target->group_id))
		known = known->next;
	if (known == NULL) {
		known = arena_new_of(ctx->arena, struct known_group);
		if (known == NULL)
			return err_set(ctx, ERR_MEMORY, "No memory for the list.");
		known->id = target->group_id;
		enum err err = rules_object(ctx, &target->id, &known->object);
		if (err != ERR_OK)
			return err;
		known->next = view->groups;
		view->groups = known;
	}
	*out = known->object;
	out->target_id = target->id;
	return ERR_OK;
}

static enum err workflow_of(struct ctx *ctx, struct view *view, const struct uuid *id,
			    const struct known_workflow **out)
{
	struct known_workflow *known = view->workflows;
	while (known != NULL && !uuid_equal(&known->workflow.id, id))
		known = known->next;
	*out = known;
	if (known != NULL)
		return ERR_OK;
	known = arena_new_of(ctx->arena, struct known_workflow);
	if (known == NULL)
		return err_set(ctx, ERR_MEMORY, "No memory for the list.");
	enum err err = workflow_sql_by_id(ctx, id, &known->workflow);
	if (err == ERR_OK)
		err = workflow_sql_stages(ctx, id, &known->stages);
	known->next = view->workflows;
	if (err == ERR_OK)
		*out = view->workflows = known;
	return err;
}

/* The person's own open lease (the active one, else the next), and until when others hold it. */
static const struct open_lease *own_lease(const struct open_leases *leases, const struct uuid *user,
					  const struct account_row *account, int64_t now,
					  int64_t *out_busy_until)
{
	const struct open_lease *own = NULL;
	for (size_t i = 0; i < leases->count; i++) {
		const struct open_lease *lease = &leases->lease[i];
		if (!uuid_equal(&lease->account_id, &account->id) || lease->ends_at <= now)
			continue;
		if (uuid_equal(&lease->user_id, user))
			own = own == NULL ? lease : own; /* sorted by start */
		else if (lease->starts_at <= now && (lease->exclusive || !account->concurrent) &&
			 lease->ends_at > *out_busy_until)
			*out_busy_until = lease->ends_at;
	}
	return own;
}

static enum err workflow_json(struct ctx *ctx, struct json *json, struct view *view,
			      const struct rule *rule)
{
	const struct known_workflow *known = NULL;
	enum err err = workflow_of(ctx, view, &rule->workflow_id, &known);
	if (err != ERR_OK)
		return err;
	if (known == NULL)
		return err_set(ctx, ERR_BUG, "A workflow is missing.");
	const struct workflow *workflow = &known->workflow;
	json_object(json, "workflow");
	json_uuid(json, "id", &workflow->id);
	json_text(json, "name", workflow->name);
	json_bool(json, "ticket_required", workflow->ticket_required);
	json_int(json, "max_minutes", workflow->max_minutes);
	json_int(json, "max_ahead_days", workflow->max_ahead_days);
	json_array(json, "approvers");
	for (size_t i = 0; i < known->stages.count; i++)
		json_text(json, NULL, known->stages.stage[i].group_name);
	json_end_array(json);
	json_bool(json, "self_approval", workflow->self_approval);
	json_end_object(json);
	return ERR_OK;
}

static void lease_json(struct json *json, const struct open_lease *lease)
{
	if (lease == NULL) {
		json_null(json, "lease");
		return;
	}
	json_object(json, "lease");
	json_uuid(json, "id", &lease->id);
	json_text(json, "state", lease->state);
	json_time(json, "starts_at", lease->starts_at);
	json_time(json, "ends_at", lease->ends_at);
	json_end_object(json);
}

static void state_json(struct json *json, const char *key, const char *state, const char *reason,
		       int64_t checked_at)
{
	json_object(json, key);
	json_text(json, "state", state);
	json_text(json, "reason", reason);
	json_time(json, "checked_at", checked_at);
	json_end_object(json);
}

static const char *why_not(const struct rule_result *result, const struct account_row *account)
{
	if (result->verdict != RULE_ALLOW)
		return rules_refusal(result->verdict);
	if (!account->lendable)
		return "account.not_lendable";
	return uuid_is_nil(&account->secret_id) ? "account.no_secret" : NULL;
}

static enum err account_json(struct ctx *ctx, struct json *json, struct view *view,
			     const struct open_leases *leases, const struct account_row *account,
			     const struct rule_result *result)
{
	int64_t busy_until = 0;
	const struct open_lease *lease =
		own_lease(leases, &ctx->principal->user_id, account, view->now, &busy_until);
	enum err err = ERR_OK;
	json_object(json, NULL);
	json_uuid(json, "id", &account->id);
	json_text(json, "name", account->name);
	state_json(json, "state", account->state != NULL ? account->state : "unverified",
		   account->state_reason, account->state_checked_at);
	json_text(json, "verdict", rules_verdict_name(result->verdict));
	if (result->verdict == RULE_ALLOW)
		err = workflow_json(ctx, json, view, result->decided);
	else
		json_null(json, "workflow");
	lease_json(json, lease);
	json_time(json, "busy_until", busy_until);
	json_text(json, "why_not", why_not(result, account));
	json_end_object(json);
	return err;
}

/* Accounts no rule speaks of stay unseen. */
static enum err accounts_json(struct ctx *ctx, struct json *json, struct view *view,
			      const struct chunk *chunk, const struct my_target *target)
{
	struct rule_object object;
	enum err err = object_of(ctx, view, target, &object);
	json_array(json, "accounts");
	for (size_t i = 0; err == ERR_OK && i < chunk->account_count; i++) {
		const struct account_row *account = &chunk->accounts[i];
		if (!uuid_equal(&account->target_id, &target->id))
			continue;
		object.account_name = account->name;
		struct rule_result result = rules_evaluate(view->rules.rules, view->rules.count,
							   &view->subject, &object, NULL);
		if (result.verdict != RULE_NONE)
			err = account_json(ctx, json, view, &chunk->leases, account, &result);
	}
	json_end_array(json);
	return err;
}

static enum err target_json(struct ctx *ctx, struct json *json, struct view *view,
			    const struct chunk *chunk, const struct my_target *target)
{
	json_object(json, NULL);
	json_uuid(json, "id", &target->id);
	json_text(json, "name", target->name);
	json_text(json, "kind", target->kind);
	json_text(json, "description", target->description);
	access_ref_json(json, "group", &target->group_id, target->group_name);
	json_text(json, "gateway_state", target->gateway_state);
	state_json(json, "target_state", target->state != NULL ? target->state : "unknown",
		   target->state_reason, target->state_checked_at);
	enum err err = accounts_json(ctx, json, view, chunk, target);
	json_end_object(json);
	return err;
}

static enum err targets_json(struct ctx *ctx, struct json *json, struct view *view,
			     const struct my_target *targets, int64_t count)
{
	enum err err = ERR_OK;
	json_array(json, "items");
	for (int64_t at = 0; err == ERR_OK && at < count; at += DB_IDS_MAX) {
		struct chunk chunk;
		int64_t end = at + DB_IDS_MAX < count ? at + DB_IDS_MAX : count;
		err = load_chunk(ctx, &targets[at], (size_t)(end - at), &chunk);
		for (int64_t i = at; err == ERR_OK && i < end; i++)
			err = target_json(ctx, json, view, &chunk, &targets[i]);
	}
	json_end_array(json);
	return err;
}

static enum err load_page(struct ctx *ctx, const struct in *in, const struct page *page,
			  struct my_target **out, int64_t *out_count)
{
	int64_t kind = in_number(in, MT_KIND, -1), count = 0;
	struct my_target_filter filter = {.user_id = &ctx->principal->user_id,
					  .group_id = in_id(in, MT_GROUP),
					  .kind = kind < 0 ? NULL : target_kinds()[kind]->name,
					  .q = in_text(in, MT_Q, NULL)};
	struct db_rows *rows;
	struct my_target *found = arena_array(ctx->arena, struct my_target, (size_t)page->fetch);
	if (found == NULL)
		return err_set(ctx, ERR_MEMORY, "No memory for the list.");
	enum err err = my_target_read_list(ctx, &filter, page, &rows);
	if (err != ERR_OK)
		return err;
	while (count < page->fetch && db_next(rows))
		my_target_read_row(rows, &found[count++]);
	*out = found;
	*out_count = count;
	return db_rows_close(rows);
}

enum err my_targets(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct page page;
	struct view view = {.now = sys_real_us()};
	struct my_target *found = NULL;
	int64_t count = 0;
	enum err err = page_from(ctx, in_value(in, MT_LIMIT), in_value(in, MT_CURSOR),
				 PAGE_ASCENDING, &page);
	if (err == ERR_OK)
		err = rules_subject(ctx, &ctx->principal->user_id, &view.subject);
	if (err == ERR_OK)
		err = rules_of_user(ctx, &ctx->principal->user_id, &view.rules);
	if (err == ERR_OK)
		err = load_page(ctx, in, &page, &found, &count);
	if (err != ERR_OK)
		return err;
	bool more = count > page.limit;
	json_object(reply->json, NULL);
	err = targets_json(ctx, reply->json, &view, found, more ? page.limit : count);
	struct page_key last = {.text = ""};
	if (more)
		last = (struct page_key){.text = found[page.limit - 1].name,
					 .id = found[page.limit - 1].id};
	page_end(reply->json, ctx, more ? &last : NULL, -1);
	json_end_object(reply->json);
	return err;
}

static void my_lease_json(struct json *json, const struct lease *lease)
{
	json_object(json, NULL);
	json_uuid(json, "id", &lease->id);
	json_object(json, "request");
	json_uuid(json, "id", &lease->request_id);
	json_text(json, "number", lease->request_number);
	json_end_object(json);
	access_ref_json(json, "account", &lease->account_id, lease->account_name);
	access_target_json(json, "target", &lease->target_id, lease->target_name,
			   lease->target_kind);
	json_time(json, "starts_at", lease->starts_at);
	json_time(json, "ends_at", lease->ends_at);
	json_text(json, "state", lease_state_name(lease->state));
	json_bool(json, "exclusive", lease->exclusive);
	json_end_object(json);
}

enum err my_leases(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct page page;
	struct db_rows *rows;
	enum err err = page_from(ctx, in_value(in, ML_LIMIT), in_value(in, ML_CURSOR),
				 PAGE_ASCENDING, &page);
	if (err == ERR_OK)
		err = lease_read_mine(ctx, &ctx->principal->user_id, &page, &rows);
	if (err != ERR_OK)
		return err;
	struct lease lease;
	struct page_key last = {.text = ""};
	int64_t count = 0;
	json_object(reply->json, NULL);
	json_array(reply->json, "items");
	while (db_next(rows) && count++ < page.limit) {
		lease_sql_row(rows, &lease);
		my_lease_json(reply->json, &lease);
		last = (struct page_key){.number = lease.ends_at, .id = lease.id};
	}
	json_end_array(reply->json);
	err = db_rows_close(rows);
	page_end(reply->json, ctx, count > page.limit ? &last : NULL, -1);
	json_end_object(reply->json);
	return err;
}
