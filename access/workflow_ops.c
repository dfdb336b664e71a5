/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "access/access_api.h"
#include "access/handlers.h"
#include "access/workflow_sql.h"
#include "base/arena.h"
#include "base/sys.h"
#include "rbac/rule_sql.h"
#include "rbac/write.h"

enum { DEFAULT_MINUTES = 480, DEFAULT_AHEAD_DAYS = 30 };

static enum err read_stages(struct ctx *ctx, const struct value *value, struct workflow_stages *out)
{
	out->count = 0;
	for (int64_t i = 0; i < value->number && out->count < STAGES_MAX; i++) {
		const struct value *row = value->rows[i];
		struct workflow_stage *stage = &out->stage[out->count++];
		*stage = (struct workflow_stage){.group_id = row[STAGE_GROUP].id,
						 .needed = row[STAGE_NEEDED].number};
		enum err err = rule_sql_name_of(ctx, RULE_USER_GROUP, &stage->group_id,
						&stage->group_name);
		if (err == ERR_NOT_FOUND)
			return err_field(ctx, "stages", "group.unknown",
					 "Stage %d names a group that does not exist.", (int)i + 1);
		if (err != ERR_OK)
			return err;
	}
	return ERR_OK;
}

static const char *stages_text(struct ctx *ctx, const struct workflow_stages *stages)
{
	const char *text = "";
	for (size_t i = 0; i < stages->count && text != NULL; i++)
		text = arena_printf(ctx->arena, "%s%s%s: %d", text, i > 0 ? ", " : "",
				    stages->stage[i].group_name, (int)stages->stage[i].needed);
	return text;
}

static void overlay(const struct in *in, struct workflow *row)
{
	row->name = in_text(in, W_NAME, row->name);
	row->description = in_text(in, W_DESCRIPTION, row->description);
	row->self_approval = in_number(in, W_SELF_APPROVAL, row->self_approval) != 0;
	row->ticket_required = in_number(in, W_TICKET_REQUIRED, row->ticket_required) != 0;
	row->max_minutes = in_number(in, W_MAX_MINUTES, row->max_minutes);
	row->max_ahead_days = in_number(in, W_MAX_AHEAD_DAYS, row->max_ahead_days);
}

static void note_changes(struct ctx *ctx, struct audit *audit, const struct workflow *before,
			 const struct workflow *after)
{
	audit_object(audit, "workflow", &after->id, after->name);
	audit_change(audit, "name", before ? before->name : NULL, after->name);
	audit_change(audit, "description", before ? before->description : NULL, after->description);
	audit_change(audit, "self_approval", before ? write_bool(before->self_approval) : NULL,
		     write_bool(after->self_approval));
	audit_change(audit, "ticket_required", before ? write_bool(before->ticket_required) : NULL,
		     write_bool(after->ticket_required));
	audit_change(audit, "max_minutes", before ? write_int(ctx, before->max_minutes) : NULL,
		     write_int(ctx, after->max_minutes));
	audit_change(audit, "max_ahead_days",
		     before ? write_int(ctx, before->max_ahead_days) : NULL,
		     write_int(ctx, after->max_ahead_days));
}

static enum err finish(struct ctx *ctx, struct out *out, const struct audit *audit,
		       const struct workflow *row, int64_t version)
{
	enum err err = audit_append(ctx, audit);
	if (err != ERR_OK)
		return err;
	out_id(out, &row->id, version);
	out_notify(out, "workflows", &row->id);
	return ERR_OK;
}

static enum err lock_workflow(struct ctx *ctx, const struct in *in, unsigned id_field,
			      struct workflow *out)
{
	enum err err = workflow_sql_lock(ctx, in_id(in, id_field), out);
	if (err == ERR_NOT_FOUND || (err == ERR_OK && out->archived))
		return err_reason(ctx, ERR_NOT_FOUND, "workflow.unknown",
				  "There is no such workflow.");
	return err != ERR_OK ? err : write_if_match(ctx, in, out->version);
}

enum err workflow_create(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct workflow row = {.id = uuid_v7(),
			       .name = "",
			       .description = "",
			       .max_minutes = DEFAULT_MINUTES,
			       .max_ahead_days = DEFAULT_AHEAD_DAYS};
	struct workflow_stages stages;
	overlay(in, &row);
	enum err err = read_stages(ctx, &in->values[W_STAGES], &stages);
	if (err != ERR_OK)
		return err;
	struct audit audit;
	write_audit(ctx, in, &audit);
	note_changes(ctx, &audit, NULL, &row);
	audit_change(&audit, "stages", NULL, stages_text(ctx, &stages));
	err = workflow_sql_insert(ctx, &row, &audit.id, sys_real_us());
	if (err == ERR_OK)
		err = workflow_sql_store_stages(ctx, &row.id, &stages, &audit.id);
	return err != ERR_OK ? err : finish(ctx, out, &audit, &row, 1);
}

enum err workflow_update(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct workflow before;
	struct workflow_stages old, new;
	enum err err = lock_workflow(ctx, in, W_ID, &before);
	if (err == ERR_OK)
		err = workflow_sql_stages(ctx, &before.id, &old);
	if (err != ERR_OK)
		return err;
	struct workflow row = before;
	bool restaged = in_value(in, W_STAGES) != NULL;
	overlay(in, &row);
	new = old;
	if (restaged)
		err = read_stages(ctx, &in->values[W_STAGES], &new);
	if (err != ERR_OK)
		return err;
	struct audit audit;
	write_audit(ctx, in, &audit);
	note_changes(ctx, &audit, &before, &row);
	audit_change(&audit, "stages", stages_text(ctx, &old), stages_text(ctx, &new));
	err = workflow_sql_update(ctx, &row, &audit.id, sys_real_us());
	if (err == ERR_OK && restaged)
		err = workflow_sql_store_stages(ctx, &row.id, &new, &audit.id);
	return err != ERR_OK ? err : finish(ctx, out, &audit, &row, row.version + 1);
}

enum err workflow_archive(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct workflow row;
	int64_t rules = 0;
	enum err err = lock_workflow(ctx, in, 0, &row);
	if (err == ERR_OK)
		err = workflow_sql_in_use(ctx, &row.id, &rules);
	if (err != ERR_OK)
		return err;
	if (rules > 0)
		return err_reason(ctx, ERR_CONFLICT, "workflow.in_use",
				  "%d access rules lead to this workflow; change those first.",
				  (int)rules);
	struct audit audit;
	write_audit(ctx, in, &audit);
	audit_object(&audit, "workflow", &row.id, row.name);
	audit_change(&audit, "archived", write_bool(false), write_bool(true));
	row.archived = true;
	err = workflow_sql_update(ctx, &row, &audit.id, sys_real_us());
	return err != ERR_OK ? err : finish(ctx, out, &audit, &row, row.version + 1);
}
