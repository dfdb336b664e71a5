/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "targets/bundle.h"

#include <string.h>

#include "base/arena.h"
#include "targets/address.h"
#include "targets/target_sql.h"

enum { BUNDLE_TARGETS_MAX = 10000 };

struct list {
	struct target_bundle_row *rows;
	size_t count, size;
};

static struct target_bundle_row *add(struct ctx *ctx, struct list *list, const struct uuid *id)
{
	if (list->count == list->size) {
		size_t size = list->size == 0 ? 16 : list->size * 2;
		struct target_bundle_row *rows =
			arena_array(ctx->arena, struct target_bundle_row, size);
		if (rows == NULL || size > BUNDLE_TARGETS_MAX * 2)
			return NULL;
		if (list->count > 0)
			memcpy(rows, list->rows, list->count * sizeof(*rows));
		list->rows = rows;
		list->size = size;
	}
	struct target_bundle_row *row = &list->rows[list->count];
	*row = (struct target_bundle_row){.id = *id};
	row->addresses = arena_array(ctx->arena, const char *, ADDRESSES_MAX);
	if (row->addresses == NULL)
		return NULL;
	list->count++;
	return row;
}

/* Rows come as (target, port, address), sorted by target and position. */
static enum err collect(struct ctx *ctx, struct db_rows *rows, struct list *list)
{
	struct target_bundle_row *row = NULL;
	while (db_next(rows)) {
		struct uuid id = db_uuid(rows, 0);
		if (row == NULL || !uuid_equal(&row->id, &id))
			row = add(ctx, list, &id);
		if (row == NULL)
			return err_reason(ctx, ERR_LIMIT, "bundle.too_many",
					  "More targets than fit into one gateway's policy.");
		row->port = (uint32_t)db_int(rows, 1);
		if (row->address_count < ADDRESSES_MAX)
			row->addresses[row->address_count++] = db_text(rows, 2);
	}
	return ERR_OK;
}

enum err target_bundle_rows(struct ctx *ctx, const struct uuid *gateway_group_id,
			    struct target_bundle_row **out, size_t *out_count)
{
	struct list list = {NULL, 0, 0};
	struct db_rows *rows;
	enum err err = target_sql_bundle(ctx, gateway_group_id, &rows);
	if (err != ERR_OK)
		return err;
	err = collect(ctx, rows, &list);
	enum err closed = db_rows_close(rows);
	*out = list.rows;
	*out_count = list.count;
	return err != ERR_OK ? err : closed;
}
