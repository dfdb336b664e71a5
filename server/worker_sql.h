/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_WORKER_SQL_H
#define SERVER_WORKER_SQL_H

#include "sql/db.h"

enum { WORKER_BROKEN_MAX = 16, WORKER_FILE_NAME = 256 };

/* A recording whose session broke and whose head nobody has named yet. */
struct broken_recording {
	struct uuid session_id;
	char file_name[WORKER_FILE_NAME];
	uint8_t public_key[32];
	bool has_key;
};

enum err worker_sql_broken(struct ctx *ctx, struct broken_recording out[WORKER_BROKEN_MAX],
			   size_t *out_count) ERR_CHECKED;

const struct db_stmt_list *worker_statements(void);

#endif
