/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/worker_sql.h"

static const struct db_stmt select_broken = {
	"worker_broken",
	"SELECT r.session_id, r.file_name, r.public_key FROM recording r "
	"JOIN session s ON s.id = r.session_id "
	"WHERE s.state = 'broken' AND r.state = 'writing' AND r.head IS NULL LIMIT 16",
	0, 3};

static const struct db_stmt select_witnesses = {"worker_witnesses",
						"SELECT gateway_id, size, root, note, acknowledged "
						"FROM witness WHERE verdict = 'new' LIMIT 64",
						0, 5};

static const struct db_stmt *const statements[] = {&select_broken, &select_witnesses, NULL};

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

enum err worker_sql_witnesses(struct ctx *ctx, struct presented_witness out[WORKER_WITNESS_MAX],
			      size_t *out_count)
{
	struct db_rows *rows = NULL;
	size_t count = 0;
	enum err err = db_query(ctx, &select_witnesses, NULL, &rows);
	if (err != ERR_OK)
		return err;
	while (count < WORKER_WITNESS_MAX && db_next(rows)) {
		struct presented_witness *one = &out[count];
		struct block root = db_bytes(rows, 2), note = db_bytes(rows, 3);
		if (root.len != sizeof(one->root) || note.len > sizeof(one->note))
			continue;
		if (note.len > 0)
			memcpy(one->note, note.data, note.len);
		one->note_len = note.len;
		one->gateway_id = db_uuid(rows, 0);
		one->size = (uint64_t)db_int(rows, 1);
		memcpy(one->root, root.data, sizeof(one->root));
		one->acknowledged = db_int(rows, 4) != 0;
		count++;
	}
	err = db_rows_close(rows);
	if (err == ERR_OK)
		*out_count = count;
	return err;
}
