/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "targets/bundle.h"

#include "base/arena.h"
#include "targets/target_sql.h"

enum { ROW_ARENA = 64 * 1024 }; /* of one target */

struct giving {
	void (*row)(void *arg, const struct target_bundle_row *row);
	void *arg;
};

/* Rows come as (target, port, address), sorted by target and position. Each target's memory is
 * given back behind it: a group may have tens of thousands. */
static void each(struct ctx *ctx, struct db_rows *rows, const struct giving *giving)
{
	bool more = db_next(rows);

	while (more) {
		struct target_bundle_row row = {.id = db_uuid(rows, 0),
						.port = (uint32_t)db_int(rows, 1)};
		struct uuid id = row.id;

		for (; more && uuid_equal(&id, &row.id); id = more ? db_uuid(rows, 0) : id) {
			const char *address = db_text(rows, 2);

			if (address != NULL && row.address_count < ADDRESSES_MAX)
				row.addresses[row.address_count++] = address;
			more = db_next(rows);
		}
		giving->row(giving->arg, &row);
		arena_reset(ctx->arena);
	}
}

enum err target_bundle_rows(struct ctx *ctx, const struct uuid *gateway_group_id,
			    void (*row)(void *arg, const struct target_bundle_row *row), void *arg)
{
	const struct giving giving = {row, arg};
	struct arena *outer = ctx->arena, *arena = arena_new(ROW_ARENA);
	struct db_rows *rows;
	enum err err;

	if (arena == NULL)
		return err_set(ctx, ERR_MEMORY, "No memory for the targets.");
	ctx->arena = arena;
	err = target_sql_bundle(ctx, gateway_group_id, &rows);
	if (err == ERR_OK) {
		each(ctx, rows, &giving);
		err = db_rows_close(rows);
	}
	ctx->arena = outer;
	arena_free(arena);
	return err;
}
