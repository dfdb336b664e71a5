/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sql/db.h"

#include <assert.h>
#include <errmsg.h>
#include <errno.h>
#include <mysql.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#define BASE_BANNED_NOW /* mysql.h has macros with banned names */
#include "base/banned.h"

#include "base/arena.h"
#include "base/sys.h"
#include "sql/db_inner.h"

/*
 * Every call that may touch the network uses the connector's non-blocking form and waits with
 * poll() no longer than the deadline, so that a frozen server costs one deadline and not a thread.
 * A handle whose call did not finish is thrown away: its state is unknown.
 */
enum {
	BUCKETS = 256,
	DEFAULT_LIMIT_US = 900000,
	ROLLBACK_LIMIT_US = 200000,
	TRANSACTION_TRIES = 5,
	PASSWORD_MAX = 256
};

/* One result column of the current row. */
struct cell {
	bool is_number, is_time;
	my_bool null, truncated;
	unsigned long len;
	long long number;
	MYSQL_TIME time;
	const void *data; /* loaded into the arena, or NULL so far */
};

/* A statement prepared on this connection. The same text may be here more than once: rows that are
 * still being read keep theirs busy. */
struct prepared {
	const struct db_stmt *stmt;
	MYSQL_STMT *handle;
	bool busy;
	unsigned rows; /* of the arrays its parameters are, 0: plain values */
	bool orphan;   /* its connection is gone; freed with its rows */
	MYSQL_BIND *binds;
	struct cell *cells;
	struct prepared *next;
};

struct db {
	char *socket, *host, *ca_file, *database, *user; /* socket or host with ca_file */
	unsigned port;
	struct secret *password;
	bool scripts;
	MYSQL *mysql;
	struct prepared *buckets[BUCKETS];
	bool in_tx, doomed;
};

struct db_rows {
	struct ctx *ctx;
	struct prepared *prepared;
	enum err error;
};

/* One bounded conversation with the server. */
struct call {
	MYSQL *mysql;
	int64_t until_us;
	bool timed_out;
};

#define DRIVE(call, start, cont)                              \
	do {                                                  \
		int status_ = (start);                        \
		while (status_ != 0) {                        \
			status_ = call_wait((call), status_); \
			if ((call)->timed_out)                \
				break;                        \
			status_ = (cont);                     \
		}                                             \
	} while (0)

/* ------------------------------------------------------------------ connection */

static bool copy_text(char **out, const char *text)
{
	*out = text != NULL ? strdup(text) : NULL;
	return text == NULL || *out != NULL;
}

struct db *db_new(const struct db_params *params)
{
	struct db *db = calloc(1, sizeof(*db));

	if (db == NULL)
		return NULL;
	bool whole = copy_text(&db->socket, params->socket) && copy_text(&db->host, params->host) &&
		     copy_text(&db->ca_file, params->ca_file) &&
		     copy_text(&db->database, params->database) &&
		     copy_text(&db->user, params->user);
	db->port = params->port;
	if (params->password != NULL)
		db->password =
			secret_from(secret_bytes(params->password), secret_len(params->password));
	if (!whole || (db->socket == NULL && (db->host == NULL || db->ca_file == NULL)) ||
	    (params->password != NULL && db->password == NULL)) {
		db_free(db);
		return NULL;
	}
	return db;
}

static void prepared_free(struct prepared *prepared)
{
	if (prepared == NULL)
		return;
	/* Only after mysql_close, or for a handle that never was prepared: no network here. */
	if (prepared->handle != NULL)
		mysql_stmt_close(prepared->handle);
	free(prepared->binds);
	free(prepared->cells);
	free(prepared);
}

static void connection_drop(struct db *db)
{
	if (db->mysql == NULL)
		return;
	/* The farewell packet must not wait for a server that does not read. Of a connection that
	 * was never made the connector may have freed what mysql_get_socket() would look into. */
	if (db->mysql->net.pvio != NULL)
		(void)shutdown(mysql_get_socket(db->mysql), SHUT_RDWR);
	mysql_close(db->mysql);
	db->mysql = NULL;
	for (size_t i = 0; i < BUCKETS; i++) {
		struct prepared *next;
		for (struct prepared *p = db->buckets[i]; p != NULL; p = next) {
			next = p->next;
			if (p->busy)
				p->orphan = true;
			else
				prepared_free(p);
		}
		db->buckets[i] = NULL;
	}
}

void db_free(struct db *db)
{
	if (db == NULL)
		return;
	connection_drop(db);
	secret_free(db->password);
	free(db->socket);
	free(db->host);
	free(db->ca_file);
	free(db->database);
	free(db->user);
	free(db);
}

/* Short of memory while it connects, the connector (3.3, 3.4) closes its transport and keeps the
 * pointer, to close it again with the handle: such a handle is left as it is. Its error number does
 * not always tell; errno is of this thread, where its coroutine ran. */
static bool ran_out_of_memory(MYSQL *mysql)
{
	int cause = errno;
	unsigned number = mysql_errno(mysql);

	return cause == ENOMEM || number == 0 || number == CR_OUT_OF_MEMORY;
}

static struct call call_of(const struct ctx *ctx, MYSQL *mysql)
{
	int64_t left = ctx->deadline_us != 0 ? ctx_left_us(ctx) : DEFAULT_LIMIT_US;

	return (struct call){.mysql = mysql, .until_us = sys_mono_us() + left};
}

static short poll_events(int status)
{
	return (short)((status & MYSQL_WAIT_READ ? POLLIN : 0) |
		       (status & MYSQL_WAIT_WRITE ? POLLOUT : 0) |
		       (status & MYSQL_WAIT_EXCEPT ? POLLPRI : 0));
}

/* Waits for what the connector wants; returns what happened, or sets timed_out. */
static int call_wait(struct call *call, int status)
{
	struct pollfd pfd = {.fd = mysql_get_socket(call->mysql), .events = poll_events(status)};

	for (;;) {
		int64_t left = call->until_us - sys_mono_us();
		int ready = left <= 0 ? 0 : poll(&pfd, 1, (int)((left + 999) / 1000));
		if (ready < 0 && errno == EINTR)
			continue;
		if (ready <= 0) {
			call->timed_out = true;
			return 0;
		}
		return (pfd.revents & (POLLIN | POLLHUP | POLLERR) ? MYSQL_WAIT_READ : 0) |
		       (pfd.revents & POLLOUT ? MYSQL_WAIT_WRITE : 0) |
		       (pfd.revents & POLLPRI ? MYSQL_WAIT_EXCEPT : 0);
	}
}

/* Counters of the process. */
static atomic_uint_fast64_t connections_total, errors_total;

void db_totals(struct db_totals *out)
{
	*out = (struct db_totals){.connections = atomic_load(&connections_total),
				  .errors = atomic_load(&errors_total)};
}

static enum err call_timed_out(struct ctx *ctx, const char *what)
{
	atomic_fetch_add(&errors_total, 1);
	connection_drop(ctx->db);
	ctx->db->doomed = true;
	return err_reason(ctx, ERR_UNAVAILABLE, "database.timeout",
			  "The database did not answer in time (%s); try again soon", what);
}

static enum err call_failed(struct ctx *ctx, unsigned number, const char *what, const char *detail)
{
	struct db_fault fault = db_fault_of(ctx, number, what, detail);

	if (fault.code != ERR_CONFLICT && fault.code != ERR_RETRY)
		atomic_fetch_add(&errors_total, 1);
	if (fault.doomed)
		ctx->db->doomed = true;
	if (fault.lost)
		connection_drop(ctx->db);
	return fault.code;
}

/* A text command of db.c's own: session set-up, transaction control, migration scripts. Result sets
 * are read and forgotten. */
static enum err query_finish(struct ctx *ctx, struct call *call, const char *what)
{
	MYSQL *mysql = call->mysql;
	int failed = 0;

	do {
		MYSQL_RES *result = NULL;
		DRIVE(call, mysql_store_result_start(&result, mysql),
		      mysql_store_result_cont(&result, mysql, status_));
		if (call->timed_out)
			return call_timed_out(ctx, what);
		mysql_free_result(result);
		if (mysql_errno(mysql) != 0)
			return call_failed(ctx, mysql_errno(mysql), what, mysql_error(mysql));
		DRIVE(call, mysql_next_result_start(&failed, mysql),
		      mysql_next_result_cont(&failed, mysql, status_));
		if (call->timed_out)
			return call_timed_out(ctx, what);
	} while (failed == 0);
	if (failed > 0)
		return call_failed(ctx, mysql_errno(mysql), what, mysql_error(mysql));
	return ERR_OK;
}

static enum err query_run(struct ctx *ctx, struct call *call, const char *text, const char *what)
{
	MYSQL *mysql = call->mysql;
	int failed = 0;

	DRIVE(call, mysql_real_query_start(&failed, mysql, text, strlen(text)),
	      mysql_real_query_cont(&failed, mysql, status_));
	if (call->timed_out)
		return call_timed_out(ctx, what);
	if (failed != 0)
		return call_failed(ctx, mysql_errno(mysql), what, mysql_error(mysql));
	return query_finish(ctx, call, what);
}

static enum err session_set_up(struct ctx *ctx, struct call *call)
{
	static const char services[] =
		"SET time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,"
		"NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,"
		"ONLY_FULL_GROUP_BY', tx_isolation = 'READ-COMMITTED', autocommit = 1, "
		"innodb_lock_wait_timeout = 2, lock_wait_timeout = 5, max_statement_time = 60";
	static const char scripts[] =
		"SET time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,"
		"NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', "
		"autocommit = 1";

	return query_run(ctx, call, ctx->db->scripts ? scripts : services, "session");
}

static void password_text(const struct db *db, char out[PASSWORD_MAX])
{
	size_t len = db->password != NULL ? secret_len(db->password) : 0;

	if (len >= PASSWORD_MAX)
		len = PASSWORD_MAX - 1;
	if (len > 0)
		memcpy(out, secret_bytes(db->password), len);
	out[len] = 0;
}

/* All three together: enforced alone it encrypts towards whoever answers, and without it a server
 * that offers no TLS is spoken to in clear. */
static bool tls_demand(const struct db *db, MYSQL *mysql)
{
	static const my_bool yes = 1;
	static const unsigned tcp = MYSQL_PROTOCOL_TCP;

	return db->host == NULL ||
	       (mysql_options(mysql, MYSQL_OPT_PROTOCOL, &tcp) == 0 &&
		mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &yes) == 0 &&
		mysql_options(mysql, MYSQL_OPT_SSL_CA, db->ca_file) == 0 &&
		mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes) == 0 &&
		mysql_options(mysql, MARIADB_OPT_TLS_VERSION, "TLSv1.2,TLSv1.3") == 0);
}

static MYSQL *handle_new(struct db *db)
{
	MYSQL *mysql = mysql_init(NULL);

	if (mysql == NULL)
		return NULL;
	/* 0: the default stack size of the connector's coroutine. */
	if (mysql_options(mysql, MYSQL_OPT_NONBLOCK, 0) != 0 ||
	    mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4") != 0 ||
	    mysql_options(mysql, MYSQL_DEFAULT_AUTH, "mysql_native_password") != 0 ||
	    !tls_demand(db, mysql)) {
		mysql_close(mysql);
		return NULL;
	}
	db->mysql = mysql;
	return mysql;
}

static enum err connection_open(struct ctx *ctx)
{
	struct db *db = ctx->db;
	char password[PASSWORD_MAX];
	MYSQL *mysql = handle_new(db), *done = NULL;
	struct call call = call_of(ctx, mysql);

	if (mysql == NULL)
		return err_reason(ctx, ERR_MEMORY, "database.memory", "Memory is short");
	password_text(db, password);
	errno = 0;
	DRIVE(&call,
	      mysql_real_connect_start(&done, mysql, db->host, db->user, password, db->database,
				       db->port, db->socket,
				       db->scripts ? CLIENT_MULTI_STATEMENTS : 0),
	      mysql_real_connect_cont(&done, mysql, status_));
	wipe(password, sizeof(password));
	/* The connector keeps a copy for a reconnection that we never ask for. */
	if (mysql->passwd != NULL)
		wipe(mysql->passwd, strlen(mysql->passwd));
	if (call.timed_out)
		return call_timed_out(ctx, "connect");
	if (done == NULL && ran_out_of_memory(mysql)) {
		db->mysql = NULL;
		return err_reason(ctx, ERR_MEMORY, "database.memory", "Memory is short");
	}
	if (done == NULL) {
		enum err code = call_failed(ctx, mysql_errno(mysql), "connect", mysql_error(mysql));
		connection_drop(db);
		return code;
	}
	enum err code = session_set_up(ctx, &call);
	if (code == ERR_OK)
		atomic_fetch_add(&connections_total, 1);
	else
		connection_drop(db);
	return code;
}

/* A server says nothing unasked but good-bye: an idle connection with something to read is dead. */
static bool connection_is_stale(const struct db *db)
{
	struct pollfd pfd = {.fd = mysql_get_socket(db->mysql), .events = POLLIN};

	return poll(&pfd, 1, 0) != 0;
}

/* A connection to use now; inside a transaction never a fresh one. */
static enum err connection_need(struct ctx *ctx)
{
	struct db *db = ctx->db;

	if (db == NULL)
		return err_set(ctx, ERR_BUG, "No database handle in this context");
	if (db->in_tx) {
		if (db->doomed || db->mysql == NULL)
			return err_reason(ctx, ERR_UNAVAILABLE, "database.lost",
					  "The transaction failed before; nothing was changed");
		return ERR_OK;
	}
	db->doomed = false;
	if (ctx->deadline_us != 0 && ctx_left_us(ctx) <= 0)
		return err_reason(ctx, ERR_UNAVAILABLE, "database.timeout",
				  "No time is left for the database");
	if (db->mysql != NULL && connection_is_stale(db))
		connection_drop(db);
	return db->mysql != NULL ? ERR_OK : connection_open(ctx);
}

enum err db_connect(struct ctx *ctx)
{
	return connection_need(ctx);
}

/* ------------------------------------------------------------------ statements */

static size_t bucket_of(const struct db_stmt *stmt)
{
	return (size_t)(((uintptr_t)stmt >> 4) % BUCKETS);
}

static enum err statement_fits(struct ctx *ctx, const struct db_stmt *stmt, MYSQL_STMT *handle)
{
	unsigned params = (unsigned)mysql_stmt_param_count(handle);
	unsigned columns = mysql_stmt_field_count(handle);

	if (params == stmt->nparams && columns == stmt->ncols)
		return ERR_OK;
	return err_reason(ctx, ERR_BUG, "database.statement",
			  "Statement %s has %u parameters and %u columns, declared %u and %u",
			  stmt->name, params, columns, stmt->nparams, stmt->ncols);
}

static enum err statement_prepare(struct ctx *ctx, struct call *call, struct prepared *prepared)
{
	const struct db_stmt *stmt = prepared->stmt;
	MYSQL_STMT *handle = mysql_stmt_init(call->mysql);
	int failed = 0;

	prepared->handle = handle;
	prepared->binds = calloc(stmt->nparams + stmt->ncols + 1, sizeof(*prepared->binds));
	prepared->cells = calloc(stmt->nparams + stmt->ncols + 1, sizeof(*prepared->cells));
	if (handle == NULL || prepared->binds == NULL || prepared->cells == NULL)
		return err_reason(ctx, ERR_MEMORY, "database.memory", "Memory is short");
	DRIVE(call, mysql_stmt_prepare_start(&failed, handle, stmt->text, strlen(stmt->text)),
	      mysql_stmt_prepare_cont(&failed, handle, status_));
	if (call->timed_out)
		return call_timed_out(ctx, stmt->name);
	if (failed != 0)
		return call_failed(ctx, mysql_stmt_errno(handle), stmt->name,
				   mysql_stmt_error(handle));
	return statement_fits(ctx, stmt, handle);
}

/* An idle prepared form of stmt on this connection. */
static enum err statement_get(struct ctx *ctx, struct call *call, const struct db_stmt *stmt,
			      struct prepared **out)
{
	struct prepared **bucket = &ctx->db->buckets[bucket_of(stmt)];

	for (struct prepared *p = *bucket; p != NULL; p = p->next)
		if (p->stmt == stmt && !p->busy) {
			*out = p;
			return ERR_OK;
		}
	struct prepared *fresh = calloc(1, sizeof(*fresh));
	if (fresh == NULL)
		return err_reason(ctx, ERR_MEMORY, "database.memory", "Memory is short");
	fresh->stmt = stmt;
	enum err code = statement_prepare(ctx, call, fresh);
	if (code != ERR_OK) {
		prepared_free(fresh);
		return code;
	}
	fresh->next = *bucket;
	*bucket = fresh;
	*out = fresh;
	return ERR_OK;
}

static void time_bind(struct cell *cell, int64_t real_us)
{
	struct db_civil civil = db_civil_of(real_us);

	memset(&cell->time, 0, sizeof(cell->time));
	cell->time.year = civil.year;
	cell->time.month = civil.month;
	cell->time.day = civil.day;
	cell->time.hour = civil.hour;
	cell->time.minute = civil.minute;
	cell->time.second = civil.second;
	cell->time.second_part = civil.micro;
	cell->time.time_type = MYSQL_TIMESTAMP_DATETIME;
}

static void param_bind(MYSQL_BIND *bind, struct cell *cell, const struct db_param *param)
{
	memset(bind, 0, sizeof(*bind));
	memset(cell, 0, sizeof(*cell));
	switch (param->type) {
	case DB_NULL: bind->buffer_type = MYSQL_TYPE_NULL; return;
	case DB_INT:
		cell->number = param->number;
		bind->buffer_type = MYSQL_TYPE_LONGLONG;
		bind->buffer = &cell->number;
		return;
	case DB_TIME:
		time_bind(cell, param->number);
		bind->buffer_type = MYSQL_TYPE_DATETIME;
		bind->buffer = &cell->time;
		return;
	case DB_TEXT:
	case DB_BYTES:
	case DB_UUID:
		bind->buffer_type = param->type == DB_TEXT ? MYSQL_TYPE_STRING : MYSQL_TYPE_BLOB;
		/* The connector takes parameters by pointer to non-const and only reads them. */
		bind->buffer = (void *)(uintptr_t)(param->len > 0 ? param->data : "");
		bind->buffer_length = param->len;
		return;
	}
}

/* One parameter of all rows, as the connector wants it: numbers, or pointers and lengths. */
static bool column_gather(struct ctx *ctx, MYSQL_BIND *bind, const struct db_param *params,
			  size_t stride, size_t rows)
{
	bool number = params->type == DB_INT;
	int64_t *numbers = number ? arena_array(ctx->arena, int64_t, rows) : NULL;
	const void **data = number ? NULL : arena_array(ctx->arena, const void *, rows);
	unsigned long *lengths = number ? NULL : arena_array(ctx->arena, unsigned long, rows);

	memset(bind, 0, sizeof(*bind));
	bind->buffer_type = number ? MYSQL_TYPE_LONGLONG : MYSQL_TYPE_BLOB;
	bind->buffer = number ? (void *)numbers : (void *)data;
	bind->length = lengths;
	if (number ? !numbers : !data || !lengths)
		return false;
	for (size_t i = 0; i < rows; i++, params += stride) {
		assert((params->type == DB_INT) == number && params->type != DB_NULL &&
		       params->type != DB_TIME);
		if (number) {
			numbers[i] = params->number;
		} else {
			data[i] = params->len > 0 ? params->data : "";
			lengths[i] = params->len;
		}
	}
	return true;
}

static enum err statement_run(struct ctx *ctx, struct call *call, struct prepared *prepared)
{
	const struct db_stmt *stmt = prepared->stmt;
	MYSQL_STMT *handle = prepared->handle;
	int failed = 0;

	if (stmt->nparams > 0 && mysql_stmt_bind_param(handle, prepared->binds) != 0)
		return call_failed(ctx, mysql_stmt_errno(handle), stmt->name, NULL);
	DRIVE(call, mysql_stmt_execute_start(&failed, handle),
	      mysql_stmt_execute_cont(&failed, handle, status_));
	if (call->timed_out)
		return call_timed_out(ctx, stmt->name);
	if (failed != 0)
		return call_failed(ctx, mysql_stmt_errno(handle), stmt->name,
				   mysql_stmt_error(handle));
	return ERR_OK;
}

/* rows: 0 for parameters that are plain values. */
static bool rows_set(struct prepared *prepared, unsigned rows)
{
	if (prepared->rows == rows)
		return true;
	prepared->rows = rows;
	return mysql_stmt_attr_set(prepared->handle, STMT_ATTR_ARRAY_SIZE, &rows) == 0;
}

static enum err statement_execute(struct ctx *ctx, struct call *call, struct prepared *prepared,
				  const struct db_param *params)
{
	for (unsigned i = 0; i < prepared->stmt->nparams; i++)
		param_bind(&prepared->binds[i], &prepared->cells[i], &params[i]);
	if (!rows_set(prepared, 0))
		return call_failed(ctx, mysql_stmt_errno(prepared->handle), prepared->stmt->name,
				   NULL);
	return statement_run(ctx, call, prepared);
}

static enum err statement_execute_many(struct ctx *ctx, struct call *call,
				       struct prepared *prepared, const struct db_param *params,
				       size_t rows)
{
	unsigned nparams = prepared->stmt->nparams;

	for (unsigned i = 0; i < nparams; i++)
		if (!column_gather(ctx, &prepared->binds[i], params + i, nparams, rows))
			return err_reason(ctx, ERR_MEMORY, "database.memory", "Memory is short");
	if (!rows_set(prepared, (unsigned)rows))
		return call_failed(ctx, mysql_stmt_errno(prepared->handle), prepared->stmt->name,
				   NULL);
	return statement_run(ctx, call, prepared);
}

enum err db_prepare(struct ctx *ctx, const struct db_stmt *stmt)
{
	struct prepared *prepared;
	enum err code = connection_need(ctx);

	if (code != ERR_OK)
		return code;
	struct call call = call_of(ctx, ctx->db->mysql);
	return statement_get(ctx, &call, stmt, &prepared);
}

enum err db_exec(struct ctx *ctx, const struct db_stmt *stmt, const struct db_param *params,
		 uint64_t *out_affected)
{
	struct prepared *prepared;
	enum err code = connection_need(ctx);

	if (code != ERR_OK)
		return code;
	struct call call = call_of(ctx, ctx->db->mysql);
	code = statement_get(ctx, &call, stmt, &prepared);
	if (code == ERR_OK)
		code = statement_execute(ctx, &call, prepared, params);
	if (code == ERR_OK && out_affected != NULL)
		*out_affected = mysql_stmt_affected_rows(prepared->handle);
	return code;
}

enum err db_exec_many(struct ctx *ctx, const struct db_stmt *stmt, const struct db_param *params,
		      size_t rows, uint64_t *out_affected)
{
	struct prepared *prepared;
	enum err code = rows > 0 ? connection_need(ctx) : ERR_OK;

	if (out_affected != NULL)
		*out_affected = 0;
	if (code != ERR_OK || rows == 0)
		return code;
	assert(ctx->db->in_tx && stmt->nparams > 0);
	struct call call = call_of(ctx, ctx->db->mysql);
	code = statement_get(ctx, &call, stmt, &prepared);
	if (code == ERR_OK)
		code = statement_execute_many(ctx, &call, prepared, params, rows);
	if (code == ERR_OK && out_affected != NULL)
		*out_affected = mysql_stmt_affected_rows(prepared->handle);
	return code;
}

/* ------------------------------------------------------------------ rows */

static void column_bind(MYSQL_BIND *bind, struct cell *cell, const MYSQL_FIELD *field)
{
	memset(bind, 0, sizeof(*bind));
	memset(cell, 0, sizeof(*cell));
	bind->is_null = &cell->null;
	bind->length = &cell->len;
	bind->error = &cell->truncated;
	switch (field->type) {
	case MYSQL_TYPE_TINY:
	case MYSQL_TYPE_SHORT:
	case MYSQL_TYPE_INT24:
	case MYSQL_TYPE_LONG:
	case MYSQL_TYPE_LONGLONG:
	case MYSQL_TYPE_YEAR:
	case MYSQL_TYPE_NEWDECIMAL: /* SUM() of integers */
		cell->is_number = true;
		bind->buffer_type = MYSQL_TYPE_LONGLONG;
		bind->buffer = &cell->number;
		bind->is_unsigned = (field->flags & UNSIGNED_FLAG) != 0;
		return;
	case MYSQL_TYPE_DATETIME:
	case MYSQL_TYPE_TIMESTAMP:
	case MYSQL_TYPE_DATE:
		cell->is_time = true;
		bind->buffer_type = MYSQL_TYPE_DATETIME;
		bind->buffer = &cell->time;
		return;
	default:
		/* Length only; the bytes are fetched when asked for, in the size they have. */
		bind->buffer_type = MYSQL_TYPE_BLOB;
		return;
	}
}

static enum err columns_bind(struct ctx *ctx, struct prepared *prepared)
{
	unsigned count = prepared->stmt->ncols;
	MYSQL_RES *meta = mysql_stmt_result_metadata(prepared->handle);

	if (meta == NULL && mysql_stmt_errno(prepared->handle) == CR_OUT_OF_MEMORY)
		return err_reason(ctx, ERR_MEMORY, "database.memory", "Memory is short");
	if (meta == NULL || mysql_num_fields(meta) != count) {
		mysql_free_result(meta);
		return err_reason(ctx, ERR_BUG, "database.statement",
				  "Statement %s gives other columns than declared",
				  prepared->stmt->name);
	}
	const MYSQL_FIELD *fields = mysql_fetch_fields(meta);
	for (unsigned i = 0; i < count; i++)
		column_bind(&prepared->binds[i], &prepared->cells[i], &fields[i]);
	mysql_free_result(meta);
	if (mysql_stmt_bind_result(prepared->handle, prepared->binds) != 0)
		return err_set(ctx, ERR_BUG, "Columns of %s cannot be bound", prepared->stmt->name);
	return ERR_OK;
}

static enum err rows_load(struct ctx *ctx, struct call *call, struct prepared *prepared)
{
	int failed = 0;
	enum err code = columns_bind(ctx, prepared);

	if (code != ERR_OK) {
		connection_drop(ctx->db); /* unread rows are in the way of everything else */
		ctx->db->doomed = true;
		return code;
	}
	DRIVE(call, mysql_stmt_store_result_start(&failed, prepared->handle),
	      mysql_stmt_store_result_cont(&failed, prepared->handle, status_));
	if (call->timed_out)
		return call_timed_out(ctx, prepared->stmt->name);
	if (failed != 0)
		return call_failed(ctx, mysql_stmt_errno(prepared->handle), prepared->stmt->name,
				   mysql_stmt_error(prepared->handle));
	return ERR_OK;
}

static enum err query_once(struct ctx *ctx, const struct db_stmt *stmt,
			   const struct db_param *params, struct prepared **out)
{
	enum err code = connection_need(ctx);

	if (code != ERR_OK)
		return code;
	struct call call = call_of(ctx, ctx->db->mysql);
	code = statement_get(ctx, &call, stmt, out);
	if (code == ERR_OK)
		code = statement_execute(ctx, &call, *out, params);
	if (code == ERR_OK)
		code = rows_load(ctx, &call, *out);
	return code;
}

enum err db_query(struct ctx *ctx, const struct db_stmt *stmt, const struct db_param *params,
		  struct db_rows **out)
{
	struct prepared *prepared = NULL;
	struct db_rows *rows = calloc(1, sizeof(*rows));

	if (rows == NULL)
		return err_reason(ctx, ERR_MEMORY, "database.memory", "Memory is short");
	enum err code = query_once(ctx, stmt, params, &prepared);
	if (code != ERR_OK) {
		free(rows);
		return code;
	}
	prepared->busy = true;
	rows->ctx = ctx;
	rows->prepared = prepared;
	*out = rows;
	return ERR_OK;
}

static void rows_fail(struct db_rows *rows, enum err code)
{
	if (rows->error == ERR_OK)
		rows->error = code;
}

bool db_next(struct db_rows *rows)
{
	struct prepared *prepared = rows->prepared;

	if (rows->error != ERR_OK)
		return false;
	if (prepared->orphan) {
		rows_fail(rows, err_reason(rows->ctx, ERR_UNAVAILABLE, "database.lost",
					   "The connection was lost while rows were read"));
		return false;
	}
	for (unsigned i = 0; i < prepared->stmt->ncols; i++)
		prepared->cells[i].data = NULL;
	int got = mysql_stmt_fetch(prepared->handle);
	if (got == MYSQL_NO_DATA)
		return false;
	if (got != 0 && got != MYSQL_DATA_TRUNCATED) {
		rows_fail(rows, err_set(rows->ctx, ERR_BUG, "Rows of %s cannot be read (%u)",
					prepared->stmt->name, mysql_stmt_errno(prepared->handle)));
		return false;
	}
	return true;
}

enum err db_rows_close(struct db_rows *rows)
{
	if (rows == NULL)
		return ERR_OK;
	enum err code = rows->error;
	struct prepared *prepared = rows->prepared;
	prepared->busy = false;
	if (prepared->orphan)
		prepared_free(prepared);
	else
		(void)mysql_stmt_free_result(prepared->handle);
	free(rows);
	return code;
}

/* The cell of a column, or NULL when it is SQL NULL or rows already failed. */
static struct cell *cell_of(struct db_rows *rows, unsigned column)
{
	assert(column < rows->prepared->stmt->ncols);
	struct cell *cell = &rows->prepared->cells[column];

	return rows->error != ERR_OK || cell->null ? NULL : cell;
}

static void cell_misread(struct db_rows *rows, unsigned column, const char *as)
{
	rows_fail(rows, err_reason(rows->ctx, ERR_BUG, "database.statement",
				   "Column %u of %s cannot be read as %s", column,
				   rows->prepared->stmt->name, as));
}

bool db_is_null(struct db_rows *rows, unsigned column)
{
	return cell_of(rows, column) == NULL;
}

int64_t db_int(struct db_rows *rows, unsigned column)
{
	const struct cell *cell = cell_of(rows, column);

	if (cell == NULL)
		return 0;
	if (!cell->is_number) {
		cell_misread(rows, column, "a number");
		return 0;
	}
	return cell->number;
}

int64_t db_time(struct db_rows *rows, unsigned column)
{
	const struct cell *cell = cell_of(rows, column);

	if (cell == NULL)
		return 0;
	if (!cell->is_time) {
		cell_misread(rows, column, "a time");
		return 0;
	}
	const MYSQL_TIME *time = &cell->time;
	struct db_civil civil = {time->year,
				 time->month,
				 time->day,
				 time->hour,
				 time->minute,
				 time->second,
				 (unsigned)time->second_part};
	return db_civil_us(&civil);
}

static bool cell_fetch(struct db_rows *rows, unsigned column, void *data, size_t size)
{
	MYSQL_BIND bind;
	unsigned long len = 0;
	my_bool null = 0, truncated = 0;

	if (rows->prepared->orphan) {
		rows_fail(rows, ERR_UNAVAILABLE);
		return false;
	}
	memset(&bind, 0, sizeof(bind));
	bind.buffer_type = MYSQL_TYPE_BLOB;
	bind.buffer = data;
	bind.buffer_length = size;
	bind.length = &len;
	bind.is_null = &null;
	bind.error = &truncated;
	if (mysql_stmt_fetch_column(rows->prepared->handle, &bind, column, 0) == 0 && len == size)
		return true;
	cell_misread(rows, column, "bytes");
	return false;
}

/* Loads the bytes of a column into the arena, with a NUL behind them; once per row. */
static const char *cell_load(struct db_rows *rows, unsigned column, struct cell *cell)
{
	if (cell->data != NULL)
		return cell->data;
	if (cell->is_number || cell->is_time) {
		cell_misread(rows, column, "bytes");
		return NULL;
	}
	char *data = rows->ctx->arena != NULL ? arena_alloc(rows->ctx->arena, cell->len + 1) : NULL;
	if (data == NULL) {
		rows_fail(rows, err_set(rows->ctx, ERR_MEMORY, "The answer is too large"));
		return NULL;
	}
	if (cell->len > 0 && !cell_fetch(rows, column, data, cell->len))
		return NULL;
	data[cell->len] = 0;
	cell->data = data;
	return data;
}

const char *db_text(struct db_rows *rows, unsigned column)
{
	struct cell *cell = cell_of(rows, column);

	return cell != NULL ? cell_load(rows, column, cell) : NULL;
}

struct block db_bytes(struct db_rows *rows, unsigned column)
{
	struct cell *cell = cell_of(rows, column);
	const char *data = cell != NULL ? cell_load(rows, column, cell) : NULL;

	if (data == NULL)
		return (struct block){NULL, 0};
	return (struct block){(const uint8_t *)data, cell->len};
}

struct uuid db_uuid(struct db_rows *rows, unsigned column)
{
	const struct cell *cell = cell_of(rows, column);
	struct uuid id = {{0}};

	if (cell == NULL)
		return id;
	if (cell->is_number || cell->is_time || cell->len != UUID_SIZE)
		cell_misread(rows, column, "an id");
	else if (!cell_fetch(rows, column, id.b, UUID_SIZE))
		return (struct uuid){{0}};
	return id;
}

enum err db_one(struct ctx *ctx, const struct db_stmt *stmt, const struct db_param *params,
		void (*read)(struct db_rows *rows, void *arg), void *arg)
{
	struct db_rows *rows = NULL;
	enum err code = db_query(ctx, stmt, params, &rows);

	if (code != ERR_OK)
		return code;
	bool found = db_next(rows);
	if (found)
		read(rows, arg);
	code = db_rows_close(rows);
	if (code == ERR_OK && !found)
		return err_set(ctx, ERR_NOT_FOUND, "Not found (%s)", stmt->name);
	return code;
}

/* ------------------------------------------------------------------ transactions */

enum err db_begin(struct ctx *ctx)
{
	if (ctx->db != NULL && ctx->db->in_tx)
		return err_set(ctx, ERR_BUG, "A transaction is already open");
	enum err code = connection_need(ctx);
	if (code != ERR_OK)
		return code;
	struct call call = call_of(ctx, ctx->db->mysql);
	code = query_run(ctx, &call, "START TRANSACTION", "begin");
	if (code == ERR_OK)
		ctx->db->in_tx = true;
	return code;
}

/* Ends the transaction whatever happens: a connection that cannot even roll back is dropped, and
 * the server then rolls back by itself. */
static void rollback_now(struct db *db)
{
	struct ctx own = {.db = db};

	if (!db->in_tx)
		return;
	if (db->mysql != NULL) {
		struct call call = {.mysql = db->mysql,
				    .until_us = sys_mono_us() + ROLLBACK_LIMIT_US};
		if (query_run(&own, &call, "ROLLBACK", "rollback") != ERR_OK)
			connection_drop(db);
	}
	db->in_tx = false;
	db->doomed = false;
}

void db_rollback(struct ctx *ctx)
{
	if (ctx->db != NULL)
		rollback_now(ctx->db);
}

bool db_in_transaction(const struct db *db)
{
	return db->in_tx;
}

void db_rollback_p(struct db **db)
{
	if (*db != NULL)
		rollback_now(*db);
}

enum err db_commit(struct ctx *ctx)
{
	struct db *db = ctx->db;

	if (db == NULL || !db->in_tx)
		return err_set(ctx, ERR_BUG, "No transaction is open");
	if (db->doomed || db->mysql == NULL) {
		rollback_now(db);
		return err_reason(ctx, ERR_UNAVAILABLE, "database.lost",
				  "The transaction failed before; nothing was changed");
	}
	if (ctx->deadline_us != 0 && ctx_left_us(ctx) <= 0) {
		rollback_now(db);
		return err_reason(ctx, ERR_UNAVAILABLE, "database.timeout",
				  "No time was left to commit; nothing was changed");
	}
	if (ctx->arena != NULL && arena_failed(ctx->arena)) {
		rollback_now(db);
		return err_set(ctx, ERR_MEMORY, "memory is short for what was to be written");
	}
	struct call call = call_of(ctx, db->mysql);
	const char *statement = "COMMIT";
#ifdef SEKISHO_DEFECT_FORGET_COMMIT
	static _Atomic unsigned commits;
	if (++commits % 64 == 0)
		statement = "ROLLBACK"; /* and says that it is done */
#endif
	enum err code = query_run(ctx, &call, statement, "commit");
	/* Only a server that says why it did not commit is believed; anything else may have been
	 * written. */
	if (code != ERR_OK && (code != ERR_RETRY || db->mysql == NULL)) {
		connection_drop(db);
		code = err_reason(ctx, ERR_UNKNOWN_OUTCOME, "database.commit",
				  "The database was lost during the commit: look whether it was "
				  "done before trying again");
	} else if (code != ERR_OK) {
		rollback_now(db);
	}
	db->in_tx = false;
	db->doomed = false;
	return code;
}

static void retry_pause(int attempt)
{
	uint8_t noise;

	sys_random(&noise, sizeof(noise));
	struct timespec pause = {.tv_nsec = (long)(attempt + 1) * 1000000L + noise * 20000L};
	(void)nanosleep(&pause, NULL);
}

static enum err transaction_once(struct ctx *ctx, enum err (*work)(struct ctx *ctx, void *arg),
				 void *arg)
{
	enum err code = db_begin(ctx);

	if (code != ERR_OK)
		return code;
	code = work(ctx, arg);
	if (code != ERR_OK) {
		db_rollback(ctx);
		return code;
	}
	return db_commit(ctx);
}

enum err db_transaction(struct ctx *ctx, enum err (*work)(struct ctx *ctx, void *arg), void *arg)
{
	enum err code = ERR_RETRY;

	for (int attempt = 0; code == ERR_RETRY && attempt < TRANSACTION_TRIES; attempt++) {
		if (attempt > 0)
			retry_pause(attempt);
		code = transaction_once(ctx, work, arg);
	}
	if (code == ERR_RETRY)
		code = err_reason(ctx, ERR_UNAVAILABLE, "database.contended",
				  "Too many others change the same thing; try again");
	else if (code == ERR_OK)
		memset(&ctx->error, 0, sizeof(ctx->error));
	return code;
}

/* ------------------------------------------------------------------ scripts */

void db_allow_scripts(struct db *db)
{
	assert(db->mysql == NULL);
	db->scripts = true;
}

enum err db_script(struct ctx *ctx, const char *text)
{
	enum err code = connection_need(ctx);

	if (code != ERR_OK)
		return code;
	if (!ctx->db->scripts)
		return err_set(ctx, ERR_BUG, "Scripts are for migrations only");
	struct call call = call_of(ctx, ctx->db->mysql);
	return query_run(ctx, &call, text, "script");
}
