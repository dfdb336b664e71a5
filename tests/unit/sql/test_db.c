/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sql/db.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/sys.h"
#include "tests/support/test_db.h"

static const char schema[] =
	"DROP TABLE IF EXISTS child_, value_;"
	"CREATE TABLE value_ (id BINARY(16) PRIMARY KEY, n BIGINT NULL, small_ TINYINT NULL,"
	" t VARCHAR(200) NULL, at_ DATETIME(6) NULL, b LONGBLOB NULL,"
	" e ENUM('one','two') NULL, UNIQUE KEY (n));"
	"CREATE TABLE child_ (id BINARY(16) PRIMARY KEY, FOREIGN KEY (id) REFERENCES value_ (id))";

static const struct db_stmt insert_value = {
	"value.insert", "INSERT INTO value_ VALUES (?, ?, ?, ?, ?, ?, ?)", 7, 0};
static const struct db_stmt insert_number = {"value.insert_number",
					     "INSERT INTO value_ (id, n) VALUES (?, ?)", 2, 0};
enum { MANY = 300 };
static const struct db_stmt select_value = {
	"value.select", "SELECT id, n, small_, t, at_, b, e FROM value_ WHERE id = ?", 1, 7};
static const struct db_stmt select_all = {"value.all", "SELECT n FROM value_ ORDER BY n", 0, 1};
static const struct db_stmt insert_child = {"child.insert", "INSERT INTO child_ VALUES (?)", 1, 0};
static const struct db_stmt delete_value = {"value.delete", "DELETE FROM value_ WHERE id = ?", 1,
					    0};
static const struct db_stmt update_text = {"value.update", "UPDATE value_ SET t = ? WHERE n = ?", 2,
					   0};
static const struct db_stmt sum_values = {"value.sum", "SELECT SUM(n), COUNT(*) FROM value_", 0, 2};
static const struct db_stmt broken = {"broken", "SELECT nothing FROM value_", 0, 1};
static const struct db_stmt misdeclared = {"misdeclared", "SELECT n, t FROM value_", 0, 1};
static const struct db_stmt sleep_long = {"sleep", "SELECT SLEEP(?)", 1, 1};

static int set_up(void **state)
{
	struct ctx *ctx = calloc(1, sizeof(*ctx));

	test_db_script(schema);
	test_db_ctx(ctx);
	*state = ctx;
	return 0;
}

static int tear_down(void **state)
{
	test_db_ctx_end(*state);
	free(*state);
	return 0;
}

static enum err insert(struct ctx *ctx, const struct uuid *id, int64_t n, const char *text)
{
	struct db_param params[] = {DB_P_UUID(id), DB_P_INT(n), DB_P_NULL, DB_P_TEXT(text),
				    DB_P_NULL,	   DB_P_NULL,	DB_P_NULL};

	return db_exec(ctx, &insert_value, params, NULL);
}

static int64_t count_rows(struct ctx *ctx)
{
	struct db_rows *rows;
	int64_t count = 0;

	assert_int_equal(db_query(ctx, &sum_values, NULL, &rows), ERR_OK);
	assert_true(db_next(rows));
	count = db_int(rows, 1);
	assert_int_equal(db_rows_close(rows), ERR_OK);
	return count;
}

static void values_of_every_type_come_back_as_they_went(void **state)
{
	struct ctx *ctx = *state;
	struct uuid id = uuid_v7();
	size_t size = 3u << 20;
	uint8_t *blob = malloc(size);
	const char *text = "髙橋 𠮷野家 – naïve";
	int64_t at = 1795255200123456; /* 2026-11-21T10:00:00.123456Z */

	assert_non_null(blob);
	for (size_t i = 0; i < size; i++)
		blob[i] = (uint8_t)(i * 7 + i / 251);
	struct db_param params[] = {DB_P_UUID(&id),  DB_P_INT(INT64_MIN), DB_P_INT(-5),
				    DB_P_TEXT(text), DB_P_TIME(at),	  DB_P_BYTES(blob, size),
				    DB_P_TEXT("two")};
	uint64_t affected = 0;
	assert_int_equal(db_exec(ctx, &insert_value, params, &affected), ERR_OK);
	assert_int_equal(affected, 1);

	struct db_rows *rows;
	assert_int_equal(db_query(ctx, &select_value, &params[0], &rows), ERR_OK);
	assert_true(db_next(rows));
	struct uuid got = db_uuid(rows, 0);
	assert_true(uuid_equal(&got, &id));
	assert_true(db_int(rows, 1) == INT64_MIN);
	assert_int_equal(db_int(rows, 2), -5);
	assert_string_equal(db_text(rows, 3), text);
	assert_true(db_time(rows, 4) == at);
	struct block bytes = db_bytes(rows, 5);
	assert_int_equal(bytes.len, size);
	assert_memory_equal(bytes.data, blob, size);
	assert_string_equal(db_text(rows, 6), "two");
	assert_false(db_next(rows));
	assert_int_equal(db_rows_close(rows), ERR_OK);
	free(blob);
}

static void null_is_told_apart_from_empty_and_zero(void **state)
{
	struct ctx *ctx = *state;
	struct uuid id = uuid_v7(), empty = uuid_v7();
	struct db_param nulls[] = {DB_P_UUID(&id),	 DB_P_NULL, DB_P_NULL, DB_P_TEXT(NULL),
				   DB_P_TIME_OR_NULL(0), DB_P_NULL, DB_P_NULL};
	struct db_param zeros[] = {DB_P_UUID(&empty), DB_P_INT(0),   DB_P_INT(0),
				   DB_P_TEXT(""),     DB_P_TIME(-1), DB_P_BYTES("", 0),
				   DB_P_TEXT("one")};
	struct db_rows *rows;

	assert_int_equal(db_exec(ctx, &insert_value, nulls, NULL), ERR_OK);
	assert_int_equal(db_exec(ctx, &insert_value, zeros, NULL), ERR_OK);
	assert_int_equal(db_query(ctx, &select_value, &nulls[0], &rows), ERR_OK);
	assert_true(db_next(rows));
	for (unsigned i = 1; i < 7; i++)
		assert_true(db_is_null(rows, i));
	assert_int_equal(db_int(rows, 1), 0);
	assert_null(db_text(rows, 3));
	assert_true(db_time(rows, 4) == 0);
	assert_null(db_bytes(rows, 5).data);
	assert_int_equal(db_rows_close(rows), ERR_OK);

	assert_int_equal(db_query(ctx, &select_value, &zeros[0], &rows), ERR_OK);
	assert_true(db_next(rows));
	for (unsigned i = 1; i < 7; i++)
		assert_false(db_is_null(rows, i));
	assert_string_equal(db_text(rows, 3), "");
	assert_true(db_time(rows, 4) == -1);
	assert_non_null(db_bytes(rows, 5).data);
	assert_int_equal(db_rows_close(rows), ERR_OK);
}

static void times_keep_microseconds_over_the_calendar(void **state)
{
	struct ctx *ctx = *state;
	static const int64_t times[] = {0,
					951782400000000,   /* 2000-02-29 */
					951868799999999,   /* its last microsecond */
					4107542399000001,  /* 2100-02-28T23:59:59 */
					-2203891200000000, /* 1900-03-01 */
					253402300799999999 /* 9999-12-31T23:59:59.999999 */};

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		struct uuid id = uuid_v7();
		struct db_param params[] = {DB_P_UUID(&id),	 DB_P_NULL, DB_P_NULL, DB_P_NULL,
					    DB_P_TIME(times[i]), DB_P_NULL, DB_P_NULL};
		struct db_rows *rows;
		assert_int_equal(db_exec(ctx, &insert_value, params, NULL), ERR_OK);
		assert_int_equal(db_query(ctx, &select_value, params, &rows), ERR_OK);
		assert_true(db_next(rows));
		assert_true(db_time(rows, 4) == times[i]);
		assert_int_equal(db_rows_close(rows), ERR_OK);
	}
}

static void duplicate_and_foreign_key_are_conflicts(void **state)
{
	struct ctx *ctx = *state;
	struct uuid id = uuid_v7(), other = uuid_v7();
	struct db_param mine = DB_P_UUID(&id), theirs = DB_P_UUID(&other);

	assert_int_equal(insert(ctx, &id, 1, "a"), ERR_OK);
	assert_int_equal(insert(ctx, &other, 1, "a"), ERR_CONFLICT);
	assert_string_equal(ctx->error.reason, "database.duplicate");
	assert_int_equal(db_exec(ctx, &insert_child, &theirs, NULL), ERR_CONFLICT);
	assert_string_equal(ctx->error.reason, "database.reference_missing");
	assert_int_equal(db_exec(ctx, &insert_child, &mine, NULL), ERR_OK);
	assert_int_equal(db_exec(ctx, &delete_value, &mine, NULL), ERR_CONFLICT);
	assert_string_equal(ctx->error.reason, "database.referenced");
}

static enum err insert_many(struct ctx *ctx, const struct uuid *ids, size_t count, uint64_t *done)
{
	struct db_param params[2 * MANY];

	for (size_t i = 0; i < count; i++) {
		params[2 * i] = DB_P_UUID(&ids[i]);
		params[2 * i + 1] = DB_P_INT((int64_t)i * 3);
	}
	return db_exec_many(ctx, &insert_number, params, count, done);
}

static void many_rows_go_in_one_statement_and_all_or_none_stay(void **state)
{
	struct ctx *ctx = *state;
	struct uuid ids[MANY];
	uint64_t done = 0;

	for (size_t i = 0; i < MANY; i++)
		ids[i] = uuid_v7();
	assert_int_equal(db_begin(ctx), ERR_OK);
	assert_int_equal(insert_many(ctx, ids, MANY, &done), ERR_OK);
	assert_true(done == MANY);
	/* The same prepared form takes plain values again. */
	struct uuid one = uuid_v7();
	const struct db_param plain[] = {DB_P_UUID(&one), DB_P_NULL};
	assert_int_equal(db_exec(ctx, &insert_number, plain, &done), ERR_OK);
	assert_true(done == 1);
	assert_int_equal(insert_many(ctx, ids, 0, &done), ERR_OK);
	assert_true(done == 0);
	assert_int_equal(db_commit(ctx), ERR_OK);
	assert_int_equal(count_rows(ctx), MANY + 1);

	ids[0] = uuid_v7();
	assert_int_equal(db_begin(ctx), ERR_OK);
	assert_int_equal(insert_many(ctx, ids, MANY, &done), ERR_CONFLICT);
	db_rollback(ctx);
	assert_int_equal(count_rows(ctx), MANY + 1);
}

static void statement_faults_are_bugs_and_keep_the_connection(void **state)
{
	struct ctx *ctx = *state;
	struct db_rows *rows = NULL;

	assert_int_equal(db_query(ctx, &broken, NULL, &rows), ERR_BUG);
	assert_non_null(strstr(ctx->error.text, "broken"));
	assert_int_equal(db_query(ctx, &misdeclared, NULL, &rows), ERR_BUG);
	assert_int_equal(db_prepare(ctx, &misdeclared), ERR_BUG);
	assert_int_equal(db_prepare(ctx, &insert_value), ERR_OK);
	assert_null(rows);
	assert_int_equal(count_rows(ctx), 0);
}

static void a_column_read_as_another_type_fails_the_rows(void **state)
{
	struct ctx *ctx = *state;
	struct uuid id = uuid_v7();
	struct db_param param = DB_P_UUID(&id);
	struct db_rows *rows;

	assert_int_equal(insert(ctx, &id, 1, "text"), ERR_OK);
	assert_int_equal(db_query(ctx, &select_value, &param, &rows), ERR_OK);
	assert_true(db_next(rows));
	assert_int_equal(db_int(rows, 3), 0);
	assert_false(db_next(rows));
	assert_int_equal(db_rows_close(rows), ERR_BUG);
}

static void one_statement_can_be_open_twice(void **state)
{
	struct ctx *ctx = *state;
	struct db_rows *outer, *inner;
	int pairs = 0;

	for (int i = 0; i < 5; i++) {
		struct uuid id = uuid_v7();
		assert_int_equal(insert(ctx, &id, i, "x"), ERR_OK);
	}
	assert_int_equal(db_query(ctx, &select_all, NULL, &outer), ERR_OK);
	for (int i = 0; db_next(outer); i++) {
		assert_int_equal(db_query(ctx, &select_all, NULL, &inner), ERR_OK);
		while (db_next(inner))
			pairs++;
		assert_int_equal(db_rows_close(inner), ERR_OK);
		assert_int_equal(db_int(outer, 0), i);
	}
	assert_int_equal(db_rows_close(outer), ERR_OK);
	assert_int_equal(pairs, 25);
}

static void sums_are_numbers_and_a_missing_row_is_not_found(void **state)
{
	struct ctx *ctx = *state;
	struct uuid id = uuid_v7();
	struct db_param param = DB_P_UUID(&id);
	struct db_rows *rows;

	assert_int_equal(db_one(ctx, &select_value, &param, NULL, NULL), ERR_NOT_FOUND);
	assert_int_equal(insert(ctx, &id, 41, "x"), ERR_OK);
	assert_int_equal(db_query(ctx, &sum_values, NULL, &rows), ERR_OK);
	assert_true(db_next(rows));
	assert_int_equal(db_int(rows, 0), 41);
	assert_int_equal(db_rows_close(rows), ERR_OK);
}

static void open_transaction_rolls_back_at_scope_end(void **state)
{
	struct ctx *ctx = *state;
	struct uuid id = uuid_v7();

	{
		scoped(db_rollback_p) struct db *tx = ctx->db;
		assert_non_null(tx);
		assert_int_equal(db_begin(ctx), ERR_OK);
		assert_int_equal(insert(ctx, &id, 1, "x"), ERR_OK);
	}
	assert_int_equal(count_rows(ctx), 0);
	assert_int_equal(db_begin(ctx), ERR_OK);
	assert_int_equal(insert(ctx, &id, 1, "x"), ERR_OK);
	assert_int_equal(db_commit(ctx), ERR_OK);
	db_rollback(ctx);
	assert_int_equal(count_rows(ctx), 1);
}

/* Two threads update two rows in opposite order; both must succeed in the end. */
struct rival {
	int first, second;
	pthread_barrier_t *barrier;
	int tries;
	enum err result;
};

static enum err rival_work(struct ctx *ctx, void *arg)
{
	struct rival *rival = arg;
	struct db_param first[] = {DB_P_TEXT("r"), DB_P_INT(rival->first)};
	struct db_param second[] = {DB_P_TEXT("r"), DB_P_INT(rival->second)};
	enum err code = db_exec(ctx, &update_text, first, NULL);

	rival->tries++;
	if (code != ERR_OK)
		return code;
	if (rival->tries == 1)
		(void)pthread_barrier_wait(rival->barrier);
	code = db_exec(ctx, &update_text, second, NULL);
	if (code == ERR_RETRY) {
		uint64_t affected;
		/* Nothing more may run in a transaction that the server has already ended. */
		assert_int_equal(db_exec(ctx, &update_text, second, &affected), ERR_UNAVAILABLE);
	}
	return code;
}

static void *rival_run(void *arg)
{
	struct rival *rival = arg;
	struct ctx ctx;

	test_db_ctx(&ctx);
	rival->result = db_transaction(&ctx, rival_work, rival);
	test_db_ctx_end(&ctx);
	return NULL;
}

static void deadlock_victim_is_repeated(void **state)
{
	struct ctx *ctx = *state;
	pthread_barrier_t barrier;
	pthread_t threads[2];

	for (int i = 1; i <= 2; i++) {
		struct uuid id = uuid_v7();
		assert_int_equal(insert(ctx, &id, i, "x"), ERR_OK);
	}
	pthread_barrier_init(&barrier, NULL, 2);
	struct rival rivals[] = {{1, 2, &barrier, 0, ERR_BUG}, {2, 1, &barrier, 0, ERR_BUG}};
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, rival_run, &rivals[i]), 0);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&barrier);
	assert_int_equal(rivals[0].result, ERR_OK);
	assert_int_equal(rivals[1].result, ERR_OK);
	assert_int_equal(rivals[0].tries + rivals[1].tries, 3);
}

/* The fastest of as many tries as it takes: a busy machine only adds to what was to be waited. The
 * connector alone knows whole seconds. */
enum { WARM_MS = 1900, COLD_MS = 850 };
struct frozen {
	enum err (*call)(struct ctx *ctx);
	int64_t limit_us; /* 0: the default */
	int64_t fastest_ms;
	bool answered;
};

static void ask_frozen(struct ctx *ctx, struct frozen *frozen)
{
	int64_t start = sys_mono_us();

	ctx->deadline_us = frozen->limit_us > 0 ? start + frozen->limit_us : 0;
	frozen->answered |= frozen->call(ctx) != ERR_UNAVAILABLE;
	int64_t took_ms = (sys_mono_us() - start) / 1000;
	if (took_ms < frozen->fastest_ms)
		frozen->fastest_ms = took_ms;
}

static void frozen_server_is_unavailable_in_time_and_recovers(void **state)
{
	struct ctx *ctx = *state;
	struct uuid id = uuid_v7();
	struct frozen warm = {db_begin, 0, INT64_MAX, false};
	struct frozen cold = {db_connect, 300000, INT64_MAX, false};
	struct ctx fresh;

	test_db_ctx(&fresh);
	assert_int_equal(insert(ctx, &id, 1, "x"), ERR_OK);
	test_db_freeze();
	for (int i = 0; i < 20 && (warm.fastest_ms > WARM_MS || cold.fastest_ms > COLD_MS); i++) {
		ask_frozen(ctx, &warm);
		ask_frozen(&fresh, &cold);
	}
	test_db_thaw();

	assert_false(warm.answered || cold.answered);
	assert_in_range(warm.fastest_ms, 850, WARM_MS);
	assert_in_range(cold.fastest_ms, 250, COLD_MS);
	assert_string_equal(ctx->error.reason, "database.timeout");
	test_db_patient(ctx);
	assert_int_equal(count_rows(ctx), 1);
	test_db_patient(&fresh);
	assert_int_equal(db_connect(&fresh), ERR_OK);
	test_db_ctx_end(&fresh);
}

static void server_frozen_during_commit_leaves_the_outcome_unknown(void **state)
{
	struct ctx *ctx = *state;
	struct uuid id = uuid_v7();

	assert_int_equal(db_begin(ctx), ERR_OK);
	assert_int_equal(insert(ctx, &id, 1, "x"), ERR_OK);
	test_db_freeze();
	ctx->deadline_us = 0;
	enum err code = db_commit(ctx);
	test_db_thaw();
	test_db_patient(ctx);
	assert_int_equal(code, ERR_UNKNOWN_OUTCOME);
	/* The connection works again, and the row is wholly there or wholly absent. */
	assert_in_range(count_rows(ctx), 0, 1);
}

static enum err insert_beyond_memory(struct ctx *ctx, void *arg)
{
	struct uuid id = uuid_v7();
	const char *text = arena_strdup(ctx->arena, arg);

	return insert(ctx, &id, 1, text != NULL ? text : "");
}

/* What a handler could not hold would otherwise be written as if it were empty. */
static void work_that_ran_out_of_memory_is_not_committed(void **state)
{
	static char text[4096];
	struct ctx *ctx = *state;
	struct arena *before = ctx->arena;

	memset(text, 'a', sizeof(text) - 1);
	ctx->arena = arena_new(1024);
	assert_non_null(ctx->arena);
	assert_int_equal(db_transaction(ctx, insert_beyond_memory, text), ERR_MEMORY);
	arena_reset(ctx->arena);
	assert_int_equal(db_transaction(ctx, insert_beyond_memory, text + sizeof(text) - 8),
			 ERR_OK);
	arena_free(ctx->arena);
	ctx->arena = before;
	assert_int_equal(count_rows(ctx), 1);
}

static void failed_transaction_cannot_commit_its_rest(void **state)
{
	struct ctx *ctx = *state;
	struct uuid id = uuid_v7();

	assert_int_equal(db_begin(ctx), ERR_OK);
	assert_int_equal(insert(ctx, &id, 1, "x"), ERR_OK);
	test_db_freeze();
	struct uuid second = uuid_v7();
	ctx->deadline_us = 0;
	enum err code = insert(ctx, &second, 2, "x");
	test_db_thaw();
	test_db_patient(ctx);
	assert_int_equal(code, ERR_UNAVAILABLE);
	assert_int_equal(insert(ctx, &second, 2, "x"), ERR_UNAVAILABLE);
	assert_int_equal(db_commit(ctx), ERR_UNAVAILABLE);
	assert_int_equal(count_rows(ctx), 0);
}

static void rows_outlive_their_connection_safely(void **state)
{
	struct ctx *ctx = *state;
	struct uuid id = uuid_v7();
	struct db_param param = DB_P_INT(5);
	struct db_rows *rows, *none = NULL;

	assert_int_equal(insert(ctx, &id, 1, "x"), ERR_OK);
	assert_int_equal(db_query(ctx, &select_all, NULL, &rows), ERR_OK);
	ctx->deadline_us = sys_mono_us() + 1000000;
	assert_int_equal(db_query(ctx, &sleep_long, &param, &none), ERR_UNAVAILABLE);
	assert_false(db_next(rows));
	assert_int_equal(db_rows_close(rows), ERR_UNAVAILABLE);
	test_db_patient(ctx);
	assert_int_equal(count_rows(ctx), 1);
}

static void passed_deadline_touches_nothing(void **state)
{
	struct ctx *ctx = *state;
	struct uuid id = uuid_v7();

	ctx->deadline_us = sys_mono_us() - 1;
	assert_int_equal(insert(ctx, &id, 1, "x"), ERR_UNAVAILABLE);
	test_db_patient(ctx);
	assert_int_equal(count_rows(ctx), 0);
}

static void killed_idle_connection_is_replaced(void **state)
{
	struct ctx *ctx = *state;
	struct uuid id = uuid_v7();

	assert_int_equal(insert(ctx, &id, 1, "x"), ERR_OK);
	test_db_script("BEGIN NOT ATOMIC DECLARE done BOOLEAN DEFAULT FALSE; DECLARE victim BIGINT;"
		       " DECLARE all_ CURSOR FOR SELECT id FROM information_schema.processlist"
		       " WHERE id <> connection_id() AND user = 'root';"
		       " DECLARE CONTINUE HANDLER FOR NOT FOUND SET done = TRUE; OPEN all_;"
		       " more: LOOP FETCH all_ INTO victim; IF done THEN LEAVE more; END IF;"
		       " KILL CONNECTION victim; END LOOP;"
		       " WHILE EXISTS (SELECT 1 FROM information_schema.processlist"
		       " WHERE id <> connection_id() AND user = 'root')"
		       " DO DO SLEEP(0.01); END WHILE; END");
	struct uuid second = uuid_v7();
	assert_int_equal(insert(ctx, &second, 2, "x"), ERR_OK);
	assert_int_equal(count_rows(ctx), 2);
}

static void scripts_are_refused_unless_allowed(void **state)
{
	struct ctx *ctx = *state;

	assert_int_equal(db_script(ctx, "SELECT 1"), ERR_BUG);
}

static void wrong_password_and_missing_grants_are_refusals(void **state)
{
	struct ctx *ctx = *state;
	struct db *root = ctx->db;
	struct uuid id = uuid_v7();

	test_db_script("CREATE OR REPLACE USER little@localhost IDENTIFIED BY 'right';"
		       "GRANT SELECT ON sekisho.value_ TO little@localhost");
	ctx->db = test_db_open_as("little", "wrong");
	assert_int_equal(db_connect(ctx), ERR_UNAVAILABLE);
	assert_string_equal(ctx->error.reason, "database.refused");
	db_free(ctx->db);
	ctx->db = test_db_open_as("little", "right");
	assert_int_equal(insert(ctx, &id, 1, "x"), ERR_UNAVAILABLE);
	assert_string_equal(ctx->error.reason, "database.refused");
	assert_int_equal(count_rows(ctx), 0);
	db_free(ctx->db);
	ctx->db = root;
}

static void absent_server_is_unavailable(void **state)
{
	struct ctx *ctx = *state;
	struct db_params params = {.socket = "/nonexistent/db.sock", .database = "x", .user = "x"};
	struct db *real = ctx->db;

	ctx->db = db_new(&params);
	assert_int_equal(db_connect(ctx), ERR_UNAVAILABLE);
	assert_string_equal(ctx->error.reason, "database.down");
	db_free(ctx->db);
	ctx->db = real;
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(values_of_every_type_come_back_as_they_went),
		CASE(null_is_told_apart_from_empty_and_zero),
		CASE(times_keep_microseconds_over_the_calendar),
		CASE(duplicate_and_foreign_key_are_conflicts),
		CASE(many_rows_go_in_one_statement_and_all_or_none_stay),
		CASE(statement_faults_are_bugs_and_keep_the_connection),
		CASE(a_column_read_as_another_type_fails_the_rows),
		CASE(one_statement_can_be_open_twice),
		CASE(sums_are_numbers_and_a_missing_row_is_not_found),
		CASE(open_transaction_rolls_back_at_scope_end),
		CASE(deadlock_victim_is_repeated),
		CASE(frozen_server_is_unavailable_in_time_and_recovers),
		CASE(server_frozen_during_commit_leaves_the_outcome_unknown),
		CASE(work_that_ran_out_of_memory_is_not_committed),
		CASE(failed_transaction_cannot_commit_its_rest),
		CASE(rows_outlive_their_connection_safely),
		CASE(passed_deadline_touches_nothing),
		CASE(killed_idle_connection_is_replaced),
		CASE(scripts_are_refused_unless_allowed),
		CASE(wrong_password_and_missing_grants_are_refusals),
		CASE(absent_server_is_unavailable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
