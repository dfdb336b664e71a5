/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "rbac/write.h"
#include "targets/address.h"
#include "targets/handlers.h"
#include "targets/import_sql.h"
#include "targets/target_sql.h"
#include "targets/targets_api.h"

/*
 * Rows of a spreadsheet become targets and accounts through the same handlers as single ones: each
 * row is turned into their input, and what they refuse is that row's error. All rows are tried;
 * then everything is undone when this was a rehearsal, or when one row failed.
 */
enum { ROW_ARENA = 256 * 1024, ERRORS_SHOWN = 100, ERRORS_BYTES = 24 * 1024 };

struct import {
	const struct in *in;
	const struct op *target_op, *account_op;
	int64_t targets, accounts, errors;
	int64_t first_row;     /* of the first error */
	struct err_info first; /* that error */
	struct buf listed;     /* JSON array of the first errors */
	struct json json;
};

/* How a column becomes the field of an operation. */
typedef enum err cell_fn(struct ctx *ctx, const struct field *field, const char *cell,
			 struct value *out);
static cell_fn plain_cell, truth_cell, group_cell, gateway_group_cell, addresses_cell;

struct column {
	enum import_column column;
	unsigned place;
	cell_fn *read;
};
static const struct column target_columns[] = {
	{IMPORT_TARGET, T_NAME, plain_cell},
	{IMPORT_KIND, T_KIND_OR_ID, plain_cell},
	{IMPORT_DESCRIPTION, T_DESCRIPTION, plain_cell},
	{IMPORT_GROUP, T_GROUP, group_cell},
	{IMPORT_GATEWAY_GROUP, T_GATEWAY_GROUP, gateway_group_cell},
	{IMPORT_PORT, T_PORT, plain_cell},
	{IMPORT_ADDRESSES, T_ADDRESSES, addresses_cell},
	{IMPORT_ROW, 0, NULL},
};
static const struct column account_columns[] = {
	{IMPORT_ACCOUNT, A_NAME, plain_cell},
	{IMPORT_ACCOUNT_DESCRIPTION, A_DESCRIPTION, plain_cell},
	{IMPORT_LENDABLE, A_LENDABLE, truth_cell},
	{IMPORT_CONCURRENT, A_CONCURRENT, truth_cell},
	{IMPORT_ROW, 0, NULL},
};

static enum err plain_cell(struct ctx *ctx, const struct field *field, const char *cell,
			   struct value *out)
{
	return field_from_text(ctx, field, cell, out);
}

/* Spreadsheets write TRUE. */
static enum err truth_cell(struct ctx *ctx, const struct field *field, const char *cell,
			   struct value *out)
{
	char *lower = arena_strdup(ctx->arena, cell);

	if (lower == NULL)
		return err_set(ctx, ERR_MEMORY, "No memory for the row.");
	for (char *at = lower; *at != '\0'; at++)
		*at = (char)tolower((unsigned char)*at);
	return field_from_text(ctx, field, lower, out);
}

static enum err group_cell(struct ctx *ctx, const struct field *field, const char *cell,
			   struct value *out)
{
	out->set = true;
	enum err err = import_sql_group(ctx, cell, &out->id);
	return err != ERR_NOT_FOUND ? err
				    : err_field(ctx, field->name, "target_group.unknown",
						"There is no such target group.");
}

static enum err gateway_group_cell(struct ctx *ctx, const struct field *field, const char *cell,
				   struct value *out)
{
	out->set = true;
	enum err err = import_sql_gateway_group(ctx, cell, &out->id);
	return err != ERR_NOT_FOUND ? err
				    : err_field(ctx, field->name, "gateway_group.unknown",
						"There is no such gateway group.");
}

/* Several in one cell are separated by semicolons or spaces. */
static enum err addresses_cell(struct ctx *ctx, const struct field *field, const char *cell,
			       struct value *out)
{
	static const char between[] = "; \n\t";
	const char **texts = arena_array(ctx->arena, const char *, (size_t)field->max + 1);

	if (texts == NULL)
		return err_set(ctx, ERR_MEMORY, "No memory for the row.");
	*out = (struct value){.set = true, .texts = texts};
	for (cell += strspn(cell, between); *cell != '\0' && out->number <= field->max;) {
		size_t len = strcspn(cell, between);
		texts[out->number] = arena_strndup(ctx->arena, cell, len);
		if (texts[out->number++] == NULL)
			return err_set(ctx, ERR_MEMORY, "No memory for the row.");
		cell += len + strspn(cell + len, between);
	}
	return field_check(ctx, field, out);
}

static const char *cell_of(const struct value *row, enum import_column column)
{
	return row[column].set ? row[column].text : NULL;
}

static const char *column_name(const struct import *import, enum import_column column)
{
	return import->in->op->fields[IMPORT_ROWS].sub[column].name;
}

/* The error speaks of a field of the operation: the reader sees columns. */
static enum err in_columns(const struct import *import, struct ctx *ctx,
			   const struct column *columns, const struct op *op, enum err err)
{
	for (; columns->read != NULL; columns++)
		if (strcmp(ctx->error.field, op->fields[columns->place].name) == 0) {
			(void)snprintf(ctx->error.field, sizeof(ctx->error.field), "%s",
				       column_name(import, columns->column));
			break;
		}
	return err;
}

/* The row as the operation's input, checked as web and the runner check it. */
static enum err fill(struct ctx *ctx, const struct op *op, const struct column *columns,
		     const struct value *row, struct in *out)
{
	for (; columns->read != NULL; columns++) {
		const char *cell = cell_of(row, columns->column);
		const struct field *field = &op->fields[columns->place];
		struct value *value = &out->values[columns->place];
		enum err err = cell != NULL ? columns->read(ctx, field, cell, value) : ERR_OK;
		if (err == ERR_OK)
			err = field_check(ctx, field, value);
		if (err != ERR_OK)
			return err;
	}
	return ERR_OK;
}

static enum err run(const struct import *import, struct ctx *ctx, const struct op *op,
		    const struct column *columns, const struct value *row, struct in *in,
		    op_write_fn *handler, struct uuid *out_id)
{
	struct out out = {.secret_fd = -1};

	in->op = op;
	in->peer = import->in->peer;
	in->user_agent = import->in->user_agent;
	in->if_match = -1;
	in->idempotency_key = "";
	in->secret_fd = in->upgrade_fd = -1;
	enum err err = fill(ctx, op, columns, row, in);
	if (err == ERR_OK)
		err = handler(ctx, in, &out);
	if (err != ERR_OK)
		return in_columns(import, ctx, columns, op, err);
	*out_id = out.id;
	return ERR_OK;
}

static enum err differs(const struct import *import, struct ctx *ctx, enum import_column column)
{
	return err_field(ctx, column_name(import, column), "import.target_differs",
			 "The target exists with another value here; an import changes nothing "
			 "that exists.");
}

static enum err same_addresses(const struct import *import, struct ctx *ctx, const char *cell,
			       const struct uuid *id)
{
	struct value given = {.set = false};
	struct db_rows *rows;
	enum err err = addresses_cell(ctx, &import->target_op->fields[T_ADDRESSES], cell, &given);

	if (err == ERR_OK)
		err = target_sql_addresses(ctx, id, &rows);
	if (err != ERR_OK)
		return err;
	bool same = true;
	int64_t count = 0;
	for (char text[ADDRESS_SIZE]; db_next(rows); count++)
		same = same && count < given.number &&
		       address_normalise(given.texts[count], text) &&
		       strcmp(text, db_text(rows, 0)) == 0;
	err = db_rows_close(rows);
	if (err != ERR_OK)
		return err;
	return same && count == given.number ? ERR_OK : differs(import, ctx, IMPORT_ADDRESSES);
}

/* What a row says about a target that exists must be so already: another row of this file may have
 * made it. */
static enum err check_same(const struct import *import, struct ctx *ctx, const struct value *row,
			   const struct uuid *id)
{
	struct target_row target;
	enum err err = target_sql_by_id(ctx, id, &target);
	if (err != ERR_OK)
		return err;
	const struct {
		enum import_column column;
		const char *stored;
	} pairs[] = {{IMPORT_KIND, target.kind},
		     {IMPORT_DESCRIPTION, target.description},
		     {IMPORT_GROUP, target.group_name},
		     {IMPORT_GATEWAY_GROUP, target.gateway_group_name},
		     {IMPORT_PORT, write_int(ctx, target.port)}};
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		const char *cell = cell_of(row, pairs[i].column);
		if (cell != NULL && strcmp(cell, pairs[i].stored) != 0)
			return differs(import, ctx, pairs[i].column);
	}
	const char *cell = cell_of(row, IMPORT_ADDRESSES);
	return cell != NULL ? same_addresses(import, ctx, cell, id) : ERR_OK;
}

static enum err import_target(struct import *import, struct ctx *ctx, const struct value *row,
			      struct uuid *out_id)
{
	struct in in = {.op = NULL};
	enum err err = import_sql_target(ctx, cell_of(row, IMPORT_TARGET), out_id);

	if (err == ERR_OK && cell_of(row, IMPORT_ACCOUNT) == NULL)
		return err_field(ctx, column_name(import, IMPORT_TARGET), "target.name_taken",
				 "A target of that name exists, and the row adds no account.");
	if (err == ERR_OK)
		return check_same(import, ctx, row, out_id);
	if (err != ERR_NOT_FOUND)
		return err;
	err = run(import, ctx, import->target_op, target_columns, row, &in, target_create, out_id);
	import->targets += err == ERR_OK;
	return err;
}

static enum err import_account(struct import *import, struct ctx *ctx, const struct value *row,
			       const struct uuid *target_id)
{
	struct in in = {.op = NULL};
	struct uuid id;

	for (const struct column *c = account_columns; c->read != NULL; c++)
		if (cell_of(row, IMPORT_ACCOUNT) == NULL && cell_of(row, c->column) != NULL)
			return err_field(ctx, column_name(import, IMPORT_ACCOUNT), "required",
					 "The row describes an account without naming it.");
	if (cell_of(row, IMPORT_ACCOUNT) == NULL)
		return ERR_OK;
	in.values[A_ID] = (struct value){.set = true, .id = *target_id};
	enum err err = run(import, ctx, import->account_op, account_columns, row, &in,
			   account_create, &id);
	import->accounts += err == ERR_OK;
	return err;
}

static enum err import_row(struct import *import, struct ctx *ctx, const struct value *row)
{
	struct uuid target_id;
	enum err err = import_target(import, ctx, row, &target_id);

	return err != ERR_OK ? err : import_account(import, ctx, row, &target_id);
}

/* Everything else is no matter of the row, and ends the import. */
static bool is_rows_fault(enum err err)
{
	return err == ERR_INPUT || err == ERR_CONFLICT || err == ERR_NOT_FOUND;
}

static void note_error(struct import *import, const struct ctx *ctx, int64_t row)
{
	const struct err_info *error = &ctx->error;

	if (import->errors++ == 0) {
		import->first = *error;
		import->first_row = row;
	}
	if (import->errors > ERRORS_SHOWN || import->listed.len > ERRORS_BYTES - 1024)
		return;
	json_object(&import->json, NULL);
	json_int(&import->json, "row", row);
	json_text(&import->json, "column", error->field[0] != '\0' ? error->field : NULL);
	json_text(&import->json, "reason", error->reason);
	json_text(&import->json, "detail", error->text);
	json_end_object(&import->json);
}

/* Each row has the memory of one request, not of a thousand. */
static enum err import_rows(struct import *import, struct ctx *ctx)
{
	scoped(arena_free_p) struct arena *arena = arena_new(ROW_ARENA);
	struct arena *outer = ctx->arena;
	const struct value *rows = &import->in->values[IMPORT_ROWS];
	enum err err = ERR_OK;

	if (arena == NULL)
		return err_set(ctx, ERR_MEMORY, "No memory for the rows.");
	ctx->arena = arena;
	for (int64_t i = 0; i < rows->number && err == ERR_OK; i++) {
		err = import_row(import, ctx, rows->rows[i]);
		if (is_rows_fault(err)) {
			note_error(import, ctx, rows->rows[i][IMPORT_ROW].number);
			err = ERR_OK;
		}
		arena_reset(arena);
	}
	ctx->arena = outer;
	return err;
}

static enum err refuse(const struct import *import, struct ctx *ctx)
{
	return err_reason(ctx, ERR_INPUT, "import.refused",
			  "%d of %d rows cannot be imported, so nothing was. The first is row %d, "
			  "column %s: %.120s",
			  (int)import->errors, (int)import->in->values[IMPORT_ROWS].number,
			  (int)import->first_row,
			  import->first.field[0] != '\0' ? import->first.field : "-",
			  import->first.text);
}

static enum err record(const struct import *import, struct ctx *ctx, bool dry_run)
{
	struct audit audit;

	write_audit(ctx, import->in, &audit);
	audit_data(&audit, "dry_run", write_bool(dry_run));
	audit_data(&audit, "rows", write_int(ctx, import->in->values[IMPORT_ROWS].number));
	audit_data(&audit, "targets", write_int(ctx, import->targets));
	audit_data(&audit, "accounts", write_int(ctx, import->accounts));
	audit_data(&audit, "errors", write_int(ctx, import->errors));
	return audit_append(ctx, &audit);
}

static void answer(struct import *import, struct ctx *ctx, bool dry_run, struct out *out)
{
	static const struct uuid several = {{0}};

	out_bool(out, "dry_run", dry_run);
	out_int(out, "rows", import->in->values[IMPORT_ROWS].number);
	out_int(out, "targets", import->targets);
	out_int(out, "accounts", import->accounts);
	out_int(out, "error_count", import->errors);
	out_json(out, "errors", arena_strdup(ctx->arena, buf_text(&import->listed)));
	if (dry_run)
		return;
	out_notify(out, "targets", &several);
	out_notify(out, "accounts", &several);
	out_effect(out, OUT_EFFECT_POLICY, &several, NULL);
}

static enum err try_all(struct import *import, struct ctx *ctx, bool dry_run, struct out *out)
{
	json_init(&import->json, &import->listed);
	json_array(&import->json, NULL);
	enum err err = import_sql_mark(ctx);
	if (err == ERR_OK)
		err = import_rows(import, ctx);
	json_end_array(&import->json);
	if (err == ERR_OK && import->errors > 0 && !dry_run)
		return refuse(import, ctx);
	if (err == ERR_OK && dry_run)
		err = import_sql_back(ctx);
	if (err == ERR_OK)
		err = record(import, ctx, dry_run);
	if (err == ERR_OK)
		answer(import, ctx, dry_run, out);
	return err;
}

enum err target_import(struct ctx *ctx, const struct in *in, struct out *out)
{
	const struct op *const tables[] = {targets_ops(), NULL};
	struct import import = {.in = in,
				.target_op = op_by_id(tables, "targets.create"),
				.account_op = op_by_id(tables, "accounts.create")};
	buf_init(&import.listed, ERRORS_BYTES);
	enum err err = try_all(&import, ctx, in_number(in, IMPORT_DRY_RUN, false) != 0, out);
	buf_clear(&import.listed);
	return err;
}
