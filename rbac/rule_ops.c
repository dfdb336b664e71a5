/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rbac/rule_ops.h"

#include "base/sys.h"
#include "rbac/rbac_api.h"
#include "rbac/rule_sql.h"
#include "rbac/write.h"

/* The parties a rule may name: input field, member of the row. */
static const struct {
	unsigned field;
	const char *name;
	enum rule_reference kind;
	size_t offset;
} parties[] = {
	{RULE_F_USER, "user_id", RULE_USER, offsetof(struct rule_row, user)},
	{RULE_F_USER_GROUP, "user_group_id", RULE_USER_GROUP,
	 offsetof(struct rule_row, user_group)},
	{RULE_F_TARGET, "target_id", RULE_TARGET, offsetof(struct rule_row, target)},
	{RULE_F_TARGET_GROUP, "target_group_id", RULE_TARGET_GROUP,
	 offsetof(struct rule_row, target_group)},
	{RULE_F_WORKFLOW, "workflow_id", RULE_WORKFLOW, offsetof(struct rule_row, workflow)},
};
enum { PARTY_COUNT = sizeof(parties) / sizeof(parties[0]) };

static struct rule_party_row *party_of(struct rule_row *row, size_t i)
{
	return (struct rule_party_row *)(void *)((char *)row + parties[i].offset);
}

static enum err overlay_parties(struct ctx *ctx, const struct in *in, struct rule_row *row)
{
	for (size_t i = 0; i < PARTY_COUNT; i++) {
		const struct value *value = &in->values[parties[i].field];
		struct rule_party_row *party = party_of(row, i);
		if (!value->set)
			continue;
		*party = (struct rule_party_row){.name = NULL};
		if (value->null)
			continue;
		party->id = value->id;
		enum err err = rule_sql_name_of(ctx, parties[i].kind, &value->id, &party->name);
		if (err == ERR_NOT_FOUND)
			return err_field(ctx, parties[i].name, "reference.unknown",
					 "What this field names does not exist.");
		if (err != ERR_OK)
			return err;
	}
	return ERR_OK;
}

static enum err overlay(struct ctx *ctx, const struct in *in, struct rule_row *row)
{
	row->name = in_text(in, RULE_F_NAME, row->name);
	row->deny = in_number(in, RULE_F_EFFECT, row->deny) != 0;
	row->account_pattern = in_text(in, RULE_F_PATTERN, row->account_pattern);
	return overlay_parties(ctx, in, row);
}

static enum err check(struct ctx *ctx, const struct rule_row *row)
{
	if (uuid_is_nil(&row->user.id) == uuid_is_nil(&row->user_group.id))
		return err_field(ctx, "user_id", "rule.one_subject",
				 "A rule names either one person or one group of people.");
	if (uuid_is_nil(&row->target.id) == uuid_is_nil(&row->target_group.id))
		return err_field(ctx, "target_id", "rule.one_object",
				 "A rule names either one target or one group of targets.");
	if (row->deny && !uuid_is_nil(&row->workflow.id))
		return err_field(ctx, "workflow_id", "rule.deny_has_no_workflow",
				 "A rule that denies has no workflow.");
	if (!row->deny && uuid_is_nil(&row->workflow.id))
		return err_field(ctx, "workflow_id", "rule.workflow_required",
				 "A rule that allows names the workflow that approves.");
	return ERR_OK;
}

static const char *effect_name(const struct rule_row *row)
{
	return row == NULL ? NULL : row->deny ? "deny" : "allow";
}

/* before NULL: a new rule. */
static void note_changes(struct audit *audit, struct rule_row *before, struct rule_row *after)
{
	audit_object(audit, "rule", &after->id, after->name);
	audit_change(audit, "name", before ? before->name : NULL, after->name);
	audit_change(audit, "effect", effect_name(before), effect_name(after));
	audit_change(audit, "account_pattern", before ? before->account_pattern : NULL,
		     after->account_pattern);
	for (size_t i = 0; i < PARTY_COUNT; i++)
		audit_change(audit, parties[i].name, before ? party_of(before, i)->name : NULL,
			     party_of(after, i)->name);
}

static enum err finish(struct ctx *ctx, struct out *out, const struct audit *audit,
		       const struct rule_row *row, int64_t version)
{
	enum err err = audit_append(ctx, audit);
	if (err != ERR_OK)
		return err;
	out_id(out, &row->id, version);
	out_notify(out, "rules", &row->id);
	return ERR_OK;
}

enum err rule_create(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct rule_row row = {.id = uuid_v7(), .name = "", .account_pattern = "*"};
	enum err err = overlay(ctx, in, &row);
	if (err == ERR_OK)
		err = check(ctx, &row);
	if (err != ERR_OK)
		return err;
	struct audit audit;
	write_audit(ctx, in, &audit);
	note_changes(&audit, NULL, &row);
	err = rule_sql_insert(ctx, &row, &audit.id, sys_real_us());
	return err != ERR_OK ? err : finish(ctx, out, &audit, &row, 1);
}

static enum err lock_rule(struct ctx *ctx, const struct in *in, unsigned id_field,
			  struct rule_row *out)
{
	enum err err = rule_sql_lock(ctx, in_id(in, id_field), out);
	if (err == ERR_NOT_FOUND || (err == ERR_OK && out->archived))
		return err_reason(ctx, ERR_NOT_FOUND, "rule.unknown", "There is no such rule.");
	return err != ERR_OK ? err : write_if_match(ctx, in, out->version);
}

enum err rule_update(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct rule_row before;
	enum err err = lock_rule(ctx, in, RULE_F_ID, &before);
	if (err != ERR_OK)
		return err;
	struct rule_row row = before;
	err = overlay(ctx, in, &row);
	if (err == ERR_OK)
		err = check(ctx, &row);
	if (err != ERR_OK)
		return err;
	struct audit audit;
	write_audit(ctx, in, &audit);
	note_changes(&audit, &before, &row);
	err = rule_sql_update(ctx, &row, &audit.id, sys_real_us());
	return err != ERR_OK ? err : finish(ctx, out, &audit, &row, row.version + 1);
}

enum err rule_archive(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct rule_row row;
	enum err err = lock_rule(ctx, in, 0, &row);
	if (err != ERR_OK)
		return err;
	struct audit audit;
	write_audit(ctx, in, &audit);
	audit_object(&audit, "rule", &row.id, row.name);
	audit_change(&audit, "archived", write_bool(false), write_bool(true));
	row.archived = true;
	err = rule_sql_update(ctx, &row, &audit.id, sys_real_us());
	return err != ERR_OK ? err : finish(ctx, out, &audit, &row, row.version + 1);
}
