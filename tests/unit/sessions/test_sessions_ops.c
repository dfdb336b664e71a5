/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit/audit.h"
#include "base/arena.h"
#include "base/json.h"
#include "base/messages.h"
#include "rbac/principal.h"
#include "sessions/sessions_api.h"
#include "sessions/sessions_sql.h"
#include "tests/support/test_db.h"

/* Ids are 16 equal bytes: 1 owner, 2 other person, 10 lease in its window, 11 lease that is over.
 */
static struct uuid id_of(uint8_t byte)
{
	struct uuid id;

	memset(id.b, byte, sizeof(id.b));
	return id;
}

#define ID(hex) "REPEAT(UNHEX('" hex "'), 16)"
#define EVENT	"REPEAT(UNHEX('EE'), 16)"
#define NOW	"UTC_TIMESTAMP(6)"
#define LEASE(id, starts, ends, state)                                                           \
	"INSERT INTO lease (id, request_id, account_id, user_id, starts_at, ends_at, exclusive," \
	" state) VALUES (" ID(id) ", " ID("09") ", " ID("07") ", " ID(                           \
		"01") ", " NOW " + INTERVAL " starts " MINUTE, " NOW " + INTERVAL " ends         \
		      " MINUTE, 1, '" state "');"

static const char seed[] =
	"INSERT INTO user (id, login, display_name, state, created_at, updated_at, event_id) VALUES"
	" (" ID("01") ", 'suzuki', '鈴木', 'active', " NOW ", " NOW ", " EVENT "),"
		      " (" ID("02") ", 'tanaka', '田中', 'active', " NOW ", " NOW ", " EVENT ");"
				    "INSERT INTO gateway_group (id, name, created_at, updated_at, "
				    "event_id) VALUES"
				    " (" ID("03") ", 'gg', " NOW ", " NOW ", " EVENT ");"
						  "INSERT INTO target_group (id, name, created_at, "
						  "updated_at, event_id) VALUES"
						  " (" ID("04") ", 'tg', " NOW ", " NOW ", " EVENT
								");"
								"INSERT INTO target (id, group_id, "
								"gateway_group_id, name, kind, "
								"port, created_at,"
								" updated_at, event_id) VALUES "
								"(" ID("05") ", " ID("04") ", " ID(
									"03") ", 'web-01',"
									      " 'linux_ssh', "
									      "22, " NOW ", " NOW
									      ", " EVENT ");"
									      "INSERT INTO secret "
									      "(id, kind, "
									      "current_version, "
									      "created_at) VALUES"
									      " (" ID("06") ", 1, "
											    "1,"
											    " " NOW
											    ");"
											    "INSERT"
											    " INTO "
											    "accoun"
											    "t "
											    "(id, "
											    "target"
											    "_id, "
											    "name, "
											    "secret"
											    "_id, "
											    "create"
											    "d_at, "
											    "update"
											    "d_at, "
											    "event_"
											    "id)"
											    " VALUE"
											    "S "
											    "(" ID("07") ", " ID("05") ", 'root', " ID(
												    "06") ", " NOW
													  ", " NOW
													  ", " EVENT
													  ");"
													  "INSERT INTO workflow (id, name, created_at, updated_at, event_id) VALUES"
													  " (" ID("08") ", 'wf', " NOW
															", " NOW
															", " EVENT
															");"
															"INSERT INTO request (id, number, requester_id, workflow_id, purpose, ticket, starts_at,"
															" ends_at, state, stage_count, created_at, updated_at) VALUES (" ID("09") ", 'R-2026-000001', " ID(
																"01") ", " ID("08") ", 'p', 'T-1', " NOW
																		    ", " NOW
																		    " + INTERVAL 1 HOUR, 'approved', 1, " NOW
																		    ", " NOW
																		    ");" LEASE(
																			    "0A",
																			    "-1",
																			    "60",
																			    "active")
																			    LEASE("0B",
																				  "-60",
																				  "-1",
																				  "ended");

struct world {
	struct ctx ctx;
	struct principal owner, other, auditor;
};

static void call_init(struct in *in, const char *op)
{
	memset(in, 0, sizeof(*in));
	for (const struct op *row = sessions_ops(); row->id != NULL; row++)
		if (strcmp(row->id, op) == 0)
			in->op = row;
	assert_non_null(in->op);
	in->peer = (struct block){(const uint8_t *)"192.0.2.1", 9};
	in->secret_fd = in->upgrade_fd = -1;
}

static enum err write_op(struct world *world, const struct principal *who, struct in *in,
			 struct out *out)
{
	enum err err = ERR_BUG;

	memset(out, 0, sizeof(*out));
	world->ctx.principal = who;
	memset(&world->ctx.error, 0, sizeof(world->ctx.error));
	assert_int_equal(db_begin(&world->ctx), ERR_OK);
	for (const struct op_write *row = sessions_writes(); row->op != NULL; row++)
		if (strcmp(row->op, in->op->id) == 0)
			err = row->run(&world->ctx, in, out);
	if (err == ERR_OK)
		assert_int_equal(db_commit(&world->ctx), ERR_OK);
	else
		db_rollback(&world->ctx);
	return err;
}

static enum err with_id(struct world *world, const struct principal *who, const char *op,
			struct uuid id, struct out *out)
{
	struct in in;

	call_init(&in, op);
	in.values[0] = (struct value){.set = true, .id = id};
	in.values[1] = (struct value){.set = strcmp(op, "sessions.terminate") == 0,
				      .text = "wrong command"};
	return write_op(world, who, &in, out);
}

static const char *read_op(struct world *world, const struct principal *who, struct in *in,
			   enum err expected)
{
	static struct buf body;
	struct json json;
	struct reply reply = {.json = &json, .body = &body, .etag = -1, .stream_fd = -1};
	enum err err = ERR_BUG;

	buf_clear(&body);
	buf_init(&body, 1024 * 1024);
	json_init(&json, &body);
	world->ctx.principal = who;
	for (const struct op_read *row = sessions_reads(); row->op != NULL; row++)
		if (strcmp(row->op, in->op->id) == 0)
			err = row->run(&world->ctx, in, &reply);
	if (err != expected)
		fail_msg("%s: %s", err_code(err), world->ctx.error.text);
	return buf_text(&body);
}

static const char *get(struct world *world, const struct principal *who, struct uuid id,
		       enum err expected)
{
	struct in in;

	call_init(&in, "sessions.get");
	in.values[0] = (struct value){.set = true, .id = id};
	return read_op(world, who, &in, expected);
}

static struct uuid create(struct world *world)
{
	struct out out;

	assert_int_equal(with_id(world, &world->owner, "sessions.create", id_of(10), &out), ERR_OK);
	assert_true(out.has_id);
	return out.id;
}

static void session_is_opened_on_ones_own_lease_in_its_window(void **state)
{
	struct world *world = *state;
	struct uuid id = create(world);
	struct out out;
	const char *json = get(world, &world->owner, id, ERR_OK);

	assert_non_null(strstr(json, "\"state\":\"waiting\",\"stage\":\"gateway\""));
	assert_non_null(strstr(json, "\"name\":\"web-01\",\"kind\":\"linux_ssh\""));
	assert_non_null(strstr(json, "\"number\":\"R-2026-000001\""));
	assert_non_null(strstr(json, "\"peer\":\"192.0.2.1\""));
	assert_non_null(strstr(json, "\"recording\":null"));
	assert_int_equal(with_id(world, &world->other, "sessions.create", id_of(10), &out),
			 ERR_NOT_FOUND);
	assert_int_equal(with_id(world, &world->owner, "sessions.create", id_of(11), &out),
			 ERR_CONFLICT);
	assert_int_equal(with_id(world, &world->owner, "sessions.create", id_of(99), &out),
			 ERR_NOT_FOUND);
}

static void terminal_goes_to_its_owner_once(void **state)
{
	struct world *world = *state;
	struct uuid id = create(world);
	struct out out;

	assert_int_equal(with_id(world, &world->auditor, "sessions.terminal", id, &out),
			 ERR_NOT_FOUND);
	assert_int_equal(with_id(world, &world->owner, "sessions.terminal", id, &out), ERR_OK);
	assert_int_equal(out.effects[0].kind, OUT_EFFECT_START_SESSION);
	assert_true(uuid_equal(&out.effects[0].id, &id));
	test_db_script("UPDATE session SET state = 'live'");
	assert_int_equal(with_id(world, &world->owner, "sessions.terminal", id, &out),
			 ERR_CONFLICT);
}

static void a_held_session_goes_on_for_its_owner_alone_and_in_time(void **state)
{
	struct world *world = *state;
	struct uuid id = create(world);
	struct out out;

	assert_int_equal(with_id(world, &world->owner, "sessions.keep", id, &out), ERR_CONFLICT);
	test_db_script("UPDATE session SET hold_until = UTC_TIMESTAMP(6) + INTERVAL 1 MINUTE");
	assert_int_equal(with_id(world, &world->other, "sessions.keep", id, &out), ERR_NOT_FOUND);
	assert_int_equal(with_id(world, &world->auditor, "sessions.keep", id, &out), ERR_NOT_FOUND);
	assert_int_equal(with_id(world, &world->owner, "sessions.keep", id, &out), ERR_OK);
	assert_int_equal(out.effects[0].kind, OUT_EFFECT_HOLD_SESSION);
	assert_int_equal(out.effects[0].number, -1);
	assert_int_equal(with_id(world, &world->owner, "sessions.keep", id, &out), ERR_CONFLICT);
	test_db_script("UPDATE session SET hold_until = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND");
	assert_int_equal(with_id(world, &world->owner, "sessions.keep", id, &out), ERR_CONFLICT);
}

static void others_see_and_end_sessions_by_permission_only(void **state)
{
	struct world *world = *state;
	struct uuid id = create(world);
	struct out out;

	(void)get(world, &world->other, id, ERR_NOT_FOUND);
	(void)get(world, &world->auditor, id, ERR_OK);
	assert_int_equal(with_id(world, &world->other, "sessions.terminate", id, &out),
			 ERR_NOT_FOUND);
	assert_int_equal(with_id(world, &world->auditor, "sessions.terminate", id, &out),
			 ERR_DENIED);
	assert_int_equal(with_id(world, &world->owner, "sessions.terminate", id, &out), ERR_OK);
	assert_int_equal(out.effects[0].kind, OUT_EFFECT_CUT_SESSION);
	assert_string_equal(out.effects[0].text, "terminated");
	test_db_script("UPDATE session SET state = 'ended'");
	assert_int_equal(with_id(world, &world->owner, "sessions.terminate", id, &out),
			 ERR_CONFLICT);
}

static const char *list(struct world *world, const struct principal *who, int64_t scope,
			const char *q, const char *cursor, enum err expected)
{
	struct in in;

	call_init(&in, "sessions.list");
	in.values[SESSIONS_SCOPE] = (struct value){.set = true, .number = scope};
	in.values[SESSIONS_LIMIT] = (struct value){.set = true, .number = 2};
	in.values[SESSIONS_Q] = (struct value){.set = q != NULL, .text = q};
	in.values[SESSIONS_CURSOR] = (struct value){.set = cursor != NULL, .text = cursor};
	return read_op(world, who, &in, expected);
}

static int count_of(const char *text, const char *what)
{
	int count = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		count++;
	return count;
}

static void lists_page_search_and_keep_to_what_may_be_seen(void **state)
{
	struct world *world = *state;
	char cursor[256];
	const char *json;

	for (int i = 0; i < 3; i++)
		(void)create(world);
	(void)list(world, &world->other, SESSIONS_ALL, NULL, NULL, ERR_DENIED);
	assert_non_null(strstr(list(world, &world->other, SESSIONS_MINE, NULL, NULL, ERR_OK),
			       "\"items\":[],\"next_cursor\":null,\"total\":0"));
	assert_non_null(strstr(list(world, &world->auditor, SESSIONS_ALL, "nothing", NULL, ERR_OK),
			       "\"total\":0"));
	json = list(world, &world->auditor, SESSIONS_ALL, "鈴木", NULL, ERR_OK);
	assert_int_equal(count_of(json, "\"user\":"), 2);
	assert_non_null(strstr(json, "\"total\":3"));
	json = strstr(json, "\"next_cursor\":\"") + strlen("\"next_cursor\":\"");
	(void)snprintf(cursor, sizeof(cursor), "%.*s", (int)strcspn(json, "\""), json);
	json = list(world, &world->auditor, SESSIONS_ALL, "鈴木", cursor, ERR_OK);
	assert_int_equal(count_of(json, "\"user\":"), 1);
	assert_non_null(strstr(json, "\"next_cursor\":null"));
}

static void recordings_are_read_only_after_the_audit_event(void **state)
{
	struct world *world = *state;
	struct uuid id = create(world);
	struct out out;
	struct in in;

	assert_int_equal(with_id(world, &world->auditor, "recordings.index", id, &out),
			 ERR_NOT_FOUND);
	test_db_script("INSERT INTO recording (session_id, file_name, secret_id, state)"
		       " SELECT id, 'x.skr', " ID("06") ", 'complete' FROM session");
	call_init(&in, "recordings.events");
	in.values[RECORDING_SESSION] = (struct value){.set = true, .id = id};
	in.values[RECORDING_FIRST] = (struct value){.set = true, .number = 40};
	in.values[RECORDING_COUNT] = (struct value){.set = true, .number = 20};
	audit_watch_reset();
	assert_int_equal(write_op(world, &world->auditor, &in, &out), ERR_OK);
	assert_true(audit_watch_seen(EVENT_RECORDING_VIEWED));
	assert_int_equal(out.effects[0].kind, OUT_EFFECT_READ_RECORDING);
	assert_int_equal(out.effects[0].number, REPLAY_EVENTS);
	assert_int_equal(out.effects[0].number2, 40);
	assert_int_equal(out.effects[0].number3, 20);
	assert_int_equal(with_id(world, &world->auditor, "recordings.cast", id, &out), ERR_OK);
	assert_true(audit_watch_seen(EVENT_RECORDING_EXPORTED));
	assert_string_equal(out.fields[0].name, "file_name");
}

static void each_statement_prepares(void **state)
{
	struct world *world = *state;

	for (const struct db_stmt *const *stmt = sessions_statements()->stmts; *stmt; stmt++)
		assert_int_equal(db_prepare(&world->ctx, *stmt), ERR_OK);
}

static int begin(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	test_db_ctx(&world->ctx);
	test_db_script(seed);
	world->owner = (struct principal){.user_id = id_of(1), .login = "suzuki"};
	world->other = (struct principal){.user_id = id_of(2), .login = "tanaka"};
	world->auditor = (struct principal){
		.user_id = id_of(2),
		.login = "tanaka",
		.permissions = (permission_set)1 << PERM_SESSION_VIEW_ALL |
			       (permission_set)1 << PERM_RECORDING_VIEW,
	};
	*state = world;
	return 0;
}

static int clean(void **state)
{
	(void)state;
	test_db_script("DELETE FROM recording; DELETE FROM session");
	return 0;
}

static int end(void **state)
{
	struct world *world = *state;

	test_db_ctx_end(&world->ctx);
	free(world);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(session_is_opened_on_ones_own_lease_in_its_window, clean),
		cmocka_unit_test_teardown(terminal_goes_to_its_owner_once, clean),
		cmocka_unit_test_teardown(a_held_session_goes_on_for_its_owner_alone_and_in_time,
					  clean),
		cmocka_unit_test_teardown(others_see_and_end_sessions_by_permission_only, clean),
		cmocka_unit_test_teardown(lists_page_search_and_keep_to_what_may_be_seen, clean),
		cmocka_unit_test_teardown(recordings_are_read_only_after_the_audit_event, clean),
		cmocka_unit_test(each_statement_prepares),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
