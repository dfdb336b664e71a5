/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/for_groups.h"

#include "sql/db.h"

enum err for_groups_read(struct ctx *ctx, const struct db_stmt *stmt, const struct uuid *policy,
			 for_groups_fn *fn, void *arg)
{
	struct db_rows *rows = NULL;
	const struct db_param params[] = {DB_P_UUID(policy)};
	enum err err = db_query(ctx, stmt, params, &rows);

	if (err != ERR_OK)
		return err;
	while (db_next(rows)) {
		struct uuid group = db_uuid(rows, 0);
		fn(arg, &group, db_text(rows, 1));
	}
	return db_rows_close(rows);
}

static void put_group(void *arg, const struct uuid *id, const char *name)
{
	json_object(arg, NULL);
	json_uuid(arg, "id", id);
	json_text(arg, "name", name);
	json_end_object(arg);
}

enum err for_groups_put(struct ctx *ctx, struct json *json, for_groups_read_fn *read,
			const struct uuid *policy)
{
	json_array(json, "groups");
	enum err err = read(ctx, policy, put_group, json);
	json_end_array(json);
	return err;
}
