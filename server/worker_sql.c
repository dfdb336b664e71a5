/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/worker_sql.h"

static const struct db_stmt select_broken = {
	"worker_broken",
	"SELECT r.session_id, r.file_name, r.public_key FROM recording r "
	"JOIN session s ON s.id = r.session_id "
	"WHERE s.state = 'broken' AND r.state = 'writing' AND r.head IS NULL LIMIT 16",
	0, 3};

static const struct db_stmt *const statements[] = {&select_broken, NULL};

const struct db_stmt_list *worker_statements(void)
{
	static const struct db_stmt_list list = {"worker", statements};
	return &list;
}

enum err worker_sql_broken(struct ctx *ctx, struct broken_recording out[WORKER_BROKEN_MAX],
			   size_t *out_count)
{
	struct db_rows *rows = NULL;
	size_t count = 0;
	enum err err = db_query(ctx, &select_broken, NULL, &rows);
	if (err != ERR_OK)
		return err;
	while (count < WORKER_BROKEN_MAX && db_next(rows)) {
		struct broken_recording *one = &out[count++];
		const char *name = db_text(rows, 1);
		struct block key = db_bytes(rows, 2);
		one->session_id = db_uuid(rows, 0);
		(void)snprintf(one->file_name, sizeof(one->file_name), "%s", name ? name : "");
		one->has_key = key.len == sizeof(one->public_key);
		if (one->has_key)
			memcpy(one->public_key, key.data, sizeof(one->public_key));
	}
	err = db_rows_close(rows);
	if (err == ERR_OK)
		*out_count = count;
	return err;
}
