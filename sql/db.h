/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SQL_DB_H
#define SQL_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/codec.h"
#include "base/ctx.h"
#include "base/secret.h"
#include "base/uuid.h"

/*
 * The only door to MariaDB (db.c alone includes mysql.h). Server-side prepared statements only;
 * nothing builds SQL text. One struct db per thread. Each statement waits no longer than the
 * context's deadline; when it passes, the connection is thrown away (the statement may still have
 * run) and the answer is ERR_UNAVAILABLE, or ERR_UNKNOWN_OUTCOME when it was the commit.
 * The session is UTC, utf8mb4, READ COMMITTED, strict mode, autocommit off inside db_begin only.
 */
struct db;

struct db_params {
	const char *socket; /* Unix socket path; NULL: by TCP, with TLS and nothing else */
	const char *host;   /* what its certificate must name */
	unsigned port;
	const char *ca_file; /* PEM: who must have signed it */
	const char *database;
	const char *user;
	const struct secret *password;
};

/* Does not connect yet; the first use does, and any use after a loss reconnects. Borrows nothing.
 */
struct db *db_new(const struct db_params *params);
/* Where the configuration says the database is; texts are borrowed from conf. */
struct conf;
struct db_params db_params_of(const struct conf *conf, const char *user,
			      const struct secret *password);
void db_free(struct db *db);
/* Connects now (warm-up before confinement). */
enum err db_connect(struct ctx *ctx) ERR_CHECKED;
/* What this process met since its start, all its connections together. */
struct db_totals {
	uint64_t connections; /* opened */
	uint64_t errors; /* time-outs, and what ends as ERR_UNAVAILABLE, ERR_MEMORY or ERR_BUG */
};
void db_totals(struct db_totals *out);

struct db_stmt {
	const char *name;
	const char *text;
	unsigned nparams;
	unsigned ncols;
};

/* Parameters: built with the macros below, in order of the question marks. */
enum db_type { DB_NULL, DB_INT, DB_TEXT, DB_BYTES, DB_UUID, DB_TIME };
struct db_param {
	enum db_type type;
	int64_t number;	  /* DB_INT; DB_TIME: microseconds since 1970 UTC */
	const void *data; /* borrowed until the call returns */
	size_t len;
};
#define DB_P_NULL	      ((struct db_param){.type = DB_NULL})
#define DB_P_INT(value)	      ((struct db_param){.type = DB_INT, .number = (value)})
#define DB_P_TEXT(value)      db_p_text(value) /* NULL gives SQL NULL */
#define DB_P_BYTES(d, n)      ((struct db_param){.type = DB_BYTES, .data = (d), .len = (n)})
#define DB_P_UUID(id)	      db_p_uuid(id) /* NULL gives SQL NULL */
#define DB_P_TIME(us)	      ((struct db_param){.type = DB_TIME, .number = (us)})
#define DB_P_TIME_OR_NULL(us) db_p_time_or_null(us) /* 0 gives SQL NULL */
struct db_param db_p_text(const char *value);
/* "… IN (" DB_IDS ")": what belongs to up to DB_IDS_MAX rows, in one statement. Takes the ids that
 * lie stride bytes apart; the places left over repeat the last. count: 1 to DB_IDS_MAX. */
enum { DB_IDS_MAX = 50 };
#define DB_IDS_10 "?, ?, ?, ?, ?, ?, ?, ?, ?, ?"
#define DB_IDS	  DB_IDS_10 ", " DB_IDS_10 ", " DB_IDS_10 ", " DB_IDS_10 ", " DB_IDS_10
void db_p_ids(struct db_param params[DB_IDS_MAX], const struct uuid *first, size_t stride,
	      size_t count);
struct db_param db_p_uuid(const struct uuid *id);
struct db_param db_p_time_or_null(int64_t us);

/* Executes a statement that returns no rows. *out_affected (may be NULL): rows changed.
 * Duplicate key: ERR_CONFLICT; foreign key: ERR_CONFLICT; deadlock / lock time-out: ERR_RETRY. */
enum err db_exec(struct ctx *ctx, const struct db_stmt *stmt, const struct db_param *params,
		 uint64_t *out_affected) ERR_CHECKED;

/* The same statement for many rows in one round trip: params has rows * nparams entries, row after
 * row, DB_INT, DB_BYTES or DB_UUID, each parameter of one kind in all rows. *out_affected: of all
 * rows together. Only inside a transaction: on failure some of the rows may have been done. */
enum err db_exec_many(struct ctx *ctx, const struct db_stmt *stmt, const struct db_param *params,
		      size_t rows, uint64_t *out_affected) ERR_CHECKED;

/* Rows are read one at a time; text and bytes are copied into ctx->arena. */
struct db_rows;
enum err db_query(struct ctx *ctx, const struct db_stmt *stmt, const struct db_param *params,
		  struct db_rows **out) ERR_CHECKED;
/* True while there is a row; false at the end or on failure: then ask db_rows_close. */
bool db_next(struct db_rows *rows);
/* Frees (NULL is fine) and returns the first error met while reading. */
enum err db_rows_close(struct db_rows *rows) ERR_CHECKED;

bool db_is_null(struct db_rows *rows, unsigned column);
int64_t db_int(struct db_rows *rows, unsigned column);	    /* NULL gives 0 */
const char *db_text(struct db_rows *rows, unsigned column); /* NULL gives NULL */
struct block db_bytes(struct db_rows *rows, unsigned column);
struct uuid db_uuid(struct db_rows *rows, unsigned column); /* NULL gives nil */
int64_t db_time(struct db_rows *rows,
		unsigned column); /* microseconds since 1970 UTC; NULL gives 0 */

/* Exactly one row: calls read(rows, arg) for it. ERR_NOT_FOUND when there is none. */
enum err db_one(struct ctx *ctx, const struct db_stmt *stmt, const struct db_param *params,
		void (*read)(struct db_rows *rows, void *arg), void *arg) ERR_CHECKED;

/* Transactions: db_begin … db_commit; `scoped(db_rollback_p) struct db *tx = ctx->db;` rolls back
 * unless committed. */
enum err db_begin(struct ctx *ctx) ERR_CHECKED;
enum err db_commit(struct ctx *ctx) ERR_CHECKED;
void db_rollback(struct ctx *ctx);
void db_rollback_p(struct db **db);
/* True between db_begin and db_commit or db_rollback. */
bool db_in_transaction(const struct db *db);
/* Runs work(ctx, arg) in a transaction, repeats it on ERR_RETRY (at most 5 times), commits on
 * ERR_OK. */
enum err db_transaction(struct ctx *ctx, enum err (*work)(struct ctx *ctx, void *arg),
			void *arg) ERR_CHECKED;

/* Every statement table is listed in sql/registry.c's generated list so that a test can prepare
 * them all. */
struct db_stmt_list {
	const char *module;
	const struct db_stmt *const *stmts; /* NULL-ended */
};
/* Prepares one statement (tests). */
enum err db_prepare(struct ctx *ctx, const struct db_stmt *stmt) ERR_CHECKED;

/* Migration only: runs a multi-statement script as it is. Refused unless db_allow_scripts was
 * called before connecting. */
void db_allow_scripts(struct db *db);
enum err db_script(struct ctx *ctx, const char *text) ERR_CHECKED;

#endif
