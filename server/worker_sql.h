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

enum { WORKER_WITNESS_MAX = 64 };

/* A checkpoint that a gateway presented and nobody has held against the tree yet. */
struct presented_witness {
	struct uuid gateway_id;
	uint64_t size;
	uint8_t root[32];
	char note[512];
	size_t note_len;
	bool acknowledged; /* a person knows that our tree does not hold it */
};
enum err worker_sql_witnesses(struct ctx *ctx, struct presented_witness out[WORKER_WITNESS_MAX],
			      size_t *out_count) ERR_CHECKED;

const struct db_stmt_list *worker_statements(void);

#endif
