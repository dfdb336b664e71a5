/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/arena.h"
#include "base/sys.h"
#include "rbac/write.h"
#include "targets/account_sql.h"
#include "targets/address.h"
#include "targets/handlers.h"
#include "targets/kind.h"
#include "targets/target_group_sql.h"
#include "targets/target_sql.h"
#include "targets/targets_api.h"

struct addresses {
	const char *text[ADDRESSES_MAX];
	size_t count;
};

static enum err unknown_target(struct ctx *ctx)
{
	return err_reason(ctx, ERR_NOT_FOUND, "target.unknown", "There is no such target.");
}

static enum err lock_target(struct ctx *ctx, const struct in *in, unsigned id_field,
			    struct target_row *out)
{
	enum err err = target_sql_lock(ctx, in_id(in, id_field), out);
	if (err == ERR_NOT_FOUND || (err == ERR_OK && out->archived))
		return unknown_target(ctx);
	return err != ERR_OK ? err : write_if_match(ctx, in, out->version);
}

/* Canonical forms, each once. */
static enum err read_addresses(struct ctx *ctx, const struct value *value, struct addresses *out)
{
	out->count = 0;
	for (int64_t i = 0; i < value->number; i++) {
		char *text = arena_alloc(ctx->arena, ADDRESS_SIZE);
		if (text == NULL)
			return err_set(ctx, ERR_MEMORY, "No memory for the addresses.");
		if (!address_normalise(value->texts[i], text))
			return err_field(ctx, "addresses", "address.invalid",
					 "Address %d is neither an IPv4 or IPv6 address nor a "
					 "host name.",
					 (int)i + 1);
		for (size_t j = 0; j < out->count; j++)
			if (strcmp(out->text[j], text) == 0)
				return err_field(ctx, "addresses", "address.repeated",
						 "An address is listed twice.");
		out->text[out->count++] = text;
	}
	return ERR_OK;
}

static enum err load_addresses(struct ctx *ctx, const struct uuid *id, struct addresses *out)
{
	struct db_rows *rows;
	enum err err = target_sql_addresses(ctx, id, &rows);
	if (err != ERR_OK)
		return err;
	out->count = 0;
	while (out->count < ADDRESSES_MAX && db_next(rows))
		out->text[out->count++] = db_text(rows, 0);
	return db_rows_close(rows);
}

static const char *joined(struct ctx *ctx, const struct addresses *addresses)
{
	const char *text = "";
	for (size_t i = 0; i < addresses->count && text != NULL; i++)
		text = arena_printf(ctx->arena, "%s%s%s", text, i > 0 ? ", " : "",
				    addresses->text[i]);
	return text;
}

static enum err store_addresses(struct ctx *ctx, const struct uuid *id,
				const struct addresses *addresses, const struct uuid *event_id)
{
	enum err err = target_sql_address_clear(ctx, id);
	for (size_t i = 0; err == ERR_OK && i < addresses->count; i++)
		err = target_sql_address_add(ctx, id, (int64_t)i + 1, addresses->text[i], event_id);
	return err;
}

static enum err check_groups(struct ctx *ctx, struct target_row *row)
{
	struct target_group_row group;
	enum err err = target_group_sql_by_id(ctx, &row->group_id, &group);
	if (err == ERR_NOT_FOUND || (err == ERR_OK && group.archived))
		return err_field(ctx, "group_id", "target_group.unknown",
				 "There is no such target group.");
	if (err != ERR_OK)
		return err;
	row->group_name = group.name;
	err = target_sql_gateway_group(ctx, &row->gateway_group_id, &row->gateway_group_name);
	if (err == ERR_NOT_FOUND)
		return err_field(ctx, "gateway_group_id", "gateway_group.unknown",
				 "There is no such gateway group.");
	return err;
}

static void overlay(const struct in *in, struct target_row *row)
{
	row->name = in_text(in, T_NAME, row->name);
	row->description = in_text(in, T_DESCRIPTION, row->description);
	row->port = in_number(in, T_PORT, row->port);
	if (in_id(in, T_GROUP) != NULL)
		row->group_id = *in_id(in, T_GROUP);
	if (in_id(in, T_GATEWAY_GROUP) != NULL)
		row->gateway_group_id = *in_id(in, T_GATEWAY_GROUP);
}

/* before NULL: a new target. */
static void note_changes(struct ctx *ctx, struct audit *audit, const struct target_row *before,
			 const struct target_row *after)
{
	audit_object(audit, "target", &after->id, after->name);
	audit_change(audit, "name", before ? before->name : NULL, after->name);
	audit_change(audit, "kind", before ? before->kind : NULL, after->kind);
	audit_change(audit, "description", before ? before->description : NULL, after->description);
	audit_change(audit, "group", before ? before->group_name : NULL, after->group_name);
	audit_change(audit, "gateway_group", before ? before->gateway_group_name : NULL,
		     after->gateway_group_name);
	audit_change(audit, "port", before ? write_int(ctx, before->port) : NULL,
		     write_int(ctx, after->port));
}

static enum err finish(struct ctx *ctx, struct out *out, const struct audit *audit,
		       const struct uuid *id, int64_t version)
{
	enum err err = audit_append(ctx, audit);
	if (err != ERR_OK)
		return err;
	out_id(out, id, version);
	out_notify(out, "targets", id);
	out_effect(out, OUT_EFFECT_POLICY, id, NULL);
	return ERR_OK;
}

enum err target_create(struct ctx *ctx, const struct in *in, struct out *out)
{
	const struct target_kind *kind = target_kinds()[in_number(in, T_KIND_OR_ID, 0)];
	struct target_row row = {.id = uuid_v7(),
				 .kind = kind->name,
				 .name = "",
				 .description = "",
				 .port = kind->default_port};
	overlay(in, &row);
	struct addresses addresses;
	enum err err = check_groups(ctx, &row);
	if (err == ERR_OK)
		err = read_addresses(ctx, &in->values[T_ADDRESSES], &addresses);
	if (err != ERR_OK)
		return err;
	struct audit audit;
	write_audit(ctx, in, &audit);
	note_changes(ctx, &audit, NULL, &row);
	audit_change(&audit, "addresses", NULL, joined(ctx, &addresses));
	err = target_sql_insert(ctx, &row, &audit.id, sys_real_us());
	if (err == ERR_OK)
		err = store_addresses(ctx, &row.id, &addresses, &audit.id);
	return err != ERR_OK ? err : finish(ctx, out, &audit, &row.id, 1);
}

enum err target_update(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct target_row before;
	struct addresses old, new;
	enum err err = lock_target(ctx, in, T_KIND_OR_ID, &before);
	if (err == ERR_OK)
		err = load_addresses(ctx, &before.id, &old);
	if (err != ERR_OK)
		return err;
	struct target_row row = before;
	overlay(in, &row);
	new = old;
	bool readdressed = in_value(in, T_ADDRESSES) != NULL;
	err = check_groups(ctx, &row);
	if (err == ERR_OK && readdressed)
		err = read_addresses(ctx, &in->values[T_ADDRESSES], &new);
	if (err != ERR_OK)
		return err;
	struct audit audit;
	write_audit(ctx, in, &audit);
	note_changes(ctx, &audit, &before, &row);
	audit_change(&audit, "addresses", joined(ctx, &old), joined(ctx, &new));
	err = target_sql_update(ctx, &row, &audit.id, sys_real_us());
	if (err == ERR_OK && readdressed)
		err = store_addresses(ctx, &row.id, &new, &audit.id);
	return err != ERR_OK ? err : finish(ctx, out, &audit, &row.id, row.version + 1);
}

enum err target_archive(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct target_row row;
	int64_t leases = 0;
	enum err err = lock_target(ctx, in, 0, &row);
	if (err == ERR_OK)
		err = target_sql_open_leases(ctx, &row.id, &leases);
	if (err != ERR_OK)
		return err;
	if (leases > 0)
		return err_reason(ctx, ERR_CONFLICT, "target.leased",
				  "%d loans of its accounts are open; end them first.",
				  (int)leases);
	struct audit audit;
	write_audit(ctx, in, &audit);
	audit_object(&audit, "target", &row.id, row.name);
	audit_change(&audit, "archived", write_bool(false), write_bool(true));
	row.archived = true;
	err = target_sql_update(ctx, &row, &audit.id, sys_real_us());
	return err != ERR_OK ? err : finish(ctx, out, &audit, &row.id, row.version + 1);
}

enum err target_host_key_clear(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct target_row row;
	uint64_t cleared = 0;
	const char *type = in_text(in, HOST_KEY_TYPE, "");
	enum err err = lock_target(ctx, in, HOST_KEY_ID, &row);
	if (err == ERR_OK)
		err = target_sql_host_key_clear(ctx, &row.id, type, &cleared);
	if (err != ERR_OK)
		return err;
	if (cleared == 0)
		return err_reason(ctx, ERR_NOT_FOUND, "host_key.unknown",
				  "No host key of that type is pinned.");
	struct audit audit;
	write_audit(ctx, in, &audit);
	audit_object(&audit, "target", &row.id, row.name);
	audit_change(&audit, "host_key", type, NULL);
	err = audit_append(ctx, &audit);
	if (err == ERR_OK)
		out_notify(out, "targets", &row.id);
	return err;
}

/* Without an account only the way to the target and its host key are tried. */
enum err target_test(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct target_row row;
	struct account_row account = {.name = NULL};
	const struct uuid *account_id = in_id(in, TEST_ACCOUNT);
	enum err err = target_sql_by_id(ctx, in_id(in, TEST_ID), &row);
	if (err == ERR_NOT_FOUND || (err == ERR_OK && row.archived))
		return unknown_target(ctx);
	if (err == ERR_OK && account_id != NULL)
		err = account_sql_by_id(ctx, account_id, &account);
	if (err == ERR_NOT_FOUND ||
	    (err == ERR_OK && account_id != NULL &&
	     (account.archived || !uuid_equal(&account.target_id, &row.id))))
		return err_field(ctx, "account_id", "account.unknown",
				 "The target has no such account.");
	if (err != ERR_OK)
		return err;
	if (account_id != NULL && uuid_is_nil(&account.secret_id))
		return err_field(ctx, "account_id", "account.no_secret",
				 "No password or key is stored for this account yet.");
	struct audit audit;
	write_audit(ctx, in, &audit);
	audit_object(&audit, "target", &row.id, row.name);
	if (account.name != NULL)
		audit_data(&audit, "account", account.name);
	err = audit_append(ctx, &audit);
	if (err != ERR_OK)
		return err;
	out_effect(out, OUT_EFFECT_TEST_TARGET, &row.id, NULL);
	if (account_id != NULL)
		out->effects[out->effect_count - 1].other = *account_id;
	return ERR_OK;
}
