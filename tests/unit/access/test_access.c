/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests and leases against a real MariaDB, races included. */
#include "tests/unit/access/fixture.h"

#include <pthread.h>
#include <string.h>

#include "access/access_api.h"
#include "access/access_read_sql.h"
#include "access/lease.h"
#include "access/lease_sql.h"
#include "access/request_sql.h"
#include "access/tick.h"
#include "access/workflow_sql.h"
#include "base/sys.h"
#include "rbac/grant_sql.h"
#include "rbac/group_sql.h"
#include "rbac/rule_sql.h"
#include "rbac/rules_sql.h"
#include "targets/account_sql.h"
#include "targets/target_group_sql.h"
#include "targets/target_sql.h"
#include "tests/support/test_db.h"

#define MINUTE INT64_C(60000000)

static int set_up(void **state)
{
	(void)state;
	organisation();
	return 0;
}

/* Asks and returns the request; fails the test when refused. */
static struct uuid ask(const struct principal *who, const struct uuid *account, int64_t minutes)
{
	struct ctx ctx;
	struct in in;
	struct out out;
	actor_begin(&ctx, who);
	input(&in, "requests.create");
	input_ids(&in, RC_ACCOUNTS, account, 1);
	input_text(&in, RC_PURPOSE, "点検");
	input_number(&in, RC_MINUTES, minutes);
	assert_int_equal(act(&ctx, &in, &out), ERR_OK);
	actor_end(&ctx);
	return out.id;
}

static enum err decide(const struct principal *who, const char *op, const struct uuid *id,
		       char reason[CTX_REASON_SIZE], struct out *out)
{
	struct ctx ctx;
	struct in in;
	actor_begin(&ctx, who);
	input(&in, op);
	input_id(&in, R_ID, id);
	if (strcmp(op, "requests.withdraw") != 0 && strcmp(op, "leases.return") != 0)
		input_text(&in, R_TEXT, "ok");
	enum err err = act(&ctx, &in, out);
	if (reason != NULL)
		memcpy(reason, ctx.error.reason, CTX_REASON_SIZE);
	actor_end(&ctx);
	return err;
}

static enum err approve(const struct principal *who, const struct uuid *id, char *reason)
{
	struct out out;
	return decide(who, "requests.approve", id, reason, &out);
}

static struct uuid lease_of(struct ctx *ctx, const struct uuid *request_id)
{
	struct db_rows *rows;
	assert_int_equal(request_read_leases(ctx, request_id, &rows), ERR_OK);
	assert_true(db_next(rows));
	struct uuid id = db_uuid(rows, 0);
	assert_int_equal(db_rows_close(rows), ERR_OK);
	return id;
}

static void every_statement_is_understood(void **state)
{
	(void)state;
	const struct db_stmt_list *const lists[] = {
		rules_statements(),	  grant_statements(),	group_statements(),
		rule_statements(),	  target_statements(),	target_group_statements(),
		account_statements(),	  request_statements(), lease_statements(),
		access_read_statements(), workflow_statements()};
	struct ctx ctx;
	actor_begin(&ctx, &admin);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		for (size_t k = 0; lists[i]->stmts[k] != NULL; k++)
			if (db_prepare(&ctx, lists[i]->stmts[k]) != ERR_OK)
				fail_msg("%s: %s", lists[i]->stmts[k]->name, ctx.error.text);
	actor_end(&ctx);
}

static void an_approved_request_becomes_a_lease(void **state)
{
	(void)state;
	struct ctx ctx;
	struct lease_grant grant;
	struct uuid request = ask(&alice, &account_root, 60);
	actor_begin(&ctx, &alice);
	assert_int_equal(number_of(&ctx, "SELECT COUNT(*) FROM lease"), 0);
	assert_int_equal(approve(&bob, &request, NULL), ERR_OK);
	struct uuid lease = lease_of(&ctx, &request);
	assert_int_equal(lease_check(&ctx, &lease, &alice.user_id, &grant), ERR_OK);
	assert_string_equal(grant.lease.account_name, "root");
	assert_string_equal(grant.lease.target_name, "web-01");
	assert_int_equal(grant.port, 22);
	assert_true(grant.lease.exclusive);
	assert_int_equal(lease_check(&ctx, &lease, &bob.user_id, &grant), ERR_NOT_FOUND);
	assert_int_equal(number_of(&ctx,
				   "SELECT COUNT(*) FROM audit_event WHERE event IN"
				   " ('request.created', 'request.approved', 'lease.started')"),
			 3);
	actor_end(&ctx);
}

static void requests_are_refused_for_a_reason(void **state)
{
	(void)state;
	static const struct uuid two[] = {{{6, 1}}, {{6, 2}}};
	struct ctx ctx;
	struct in in;
	struct out out;
	actor_begin(&ctx, &alice);
	input(&in, "requests.create");
	input_ids(&in, RC_ACCOUNTS, &account_root, 1);
	input_text(&in, RC_PURPOSE, "x");
	input_number(&in, RC_MINUTES, 121);
	assert_int_equal(act(&ctx, &in, &out), ERR_INPUT);
	assert_string_equal(ctx.error.reason, "request.too_long");
	input_number(&in, RC_MINUTES, 60);
	input_number(&in, RC_STARTS_AT, sys_real_us() - 60 * MINUTE);
	assert_int_equal(act(&ctx, &in, &out), ERR_INPUT);
	assert_string_equal(ctx.error.reason, "request.starts_in_past");
	input_number(&in, RC_STARTS_AT, sys_real_us() + 8 * 1440 * MINUTE);
	assert_int_equal(act(&ctx, &in, &out), ERR_INPUT);
	assert_string_equal(ctx.error.reason, "request.too_far_ahead");
	in.values[RC_STARTS_AT].set = false;
	test_db_script("UPDATE workflow SET ticket_required = TRUE");
	assert_int_equal(act(&ctx, &in, &out), ERR_INPUT);
	assert_string_equal(ctx.error.field, "ticket");
	input_text(&in, RC_TICKET, "INC-1");
	test_db_script("INSERT INTO access_rule SELECT X'08090000000000000000000000000000', 'app',"
		       " effect, user_id, user_group_id, target_id, target_group_id, 'app',"
		       " X'05020000000000000000000000000000', FALSE, 1, created_at, updated_at,"
		       " event_id FROM access_rule");
	input_ids(&in, RC_ACCOUNTS, two, 2);
	assert_int_equal(act(&ctx, &in, &out), ERR_INPUT);
	assert_string_equal(ctx.error.reason, "request.mixed_workflows");
	ctx.principal = &bob;
	assert_int_equal(act(&ctx, &in, &out), ERR_DENIED);
	assert_string_equal(ctx.error.reason, "access.no_rule");
	assert_int_equal(number_of(&ctx, "SELECT COUNT(*) FROM request"), 0);
	actor_end(&ctx);
}

static void only_the_stages_group_decides_and_never_its_own(void **state)
{
	(void)state;
	char reason[CTX_REASON_SIZE];
	struct uuid request = ask(&alice, &account_root, 60);
	/* dave is not concerned: the request does not exist for him */
	assert_int_equal(approve(&dave, &request, reason), ERR_NOT_FOUND);
	assert_int_equal(approve(&alice, &request, reason), ERR_DENIED);
	test_db_script("INSERT INTO user_group_member (group_id, user_id, event_id) VALUES "
		       "(X'02020000000000000000000000000000',"
		       " X'01030000000000000000000000000000', X'09')");
	struct uuid own = ask(&bob, &account_app, 60);
	assert_int_equal(approve(&bob, &own, reason), ERR_DENIED);
	assert_string_equal(reason, "request.self_approval");
	test_db_script("UPDATE workflow SET self_approval = TRUE");
	assert_int_equal(approve(&bob, &own, reason), ERR_OK);
}

static void stages_come_in_order_and_count_their_members(void **state)
{
	(void)state;
	char reason[CTX_REASON_SIZE];
	struct ctx ctx;
	/* workflow two: every approver, then one more approval */
	test_db_script("UPDATE access_rule SET workflow_id = X'05020000000000000000000000000000'");
	struct uuid request = ask(&alice, &account_root, 60);
	struct request row;
	actor_begin(&ctx, &alice);
	assert_int_equal(approve(&bob, &request, reason), ERR_OK);
	assert_int_equal(approve(&bob, &request, reason), ERR_CONFLICT);
	assert_string_equal(reason, "request.already_approved");
	assert_int_equal(request_sql_by_id(&ctx, &request, &row), ERR_OK);
	assert_int_equal(row.stage, 1);
	assert_int_equal(approve(&carol, &request, reason), ERR_OK);
	assert_int_equal(request_sql_by_id(&ctx, &request, &row), ERR_OK);
	assert_int_equal(row.stage, 2);
	assert_int_equal(row.state, REQUEST_PENDING);
	assert_int_equal(approve(&carol, &request, reason), ERR_OK);
	assert_int_equal(request_sql_by_id(&ctx, &request, &row), ERR_OK);
	assert_int_equal(row.state, REQUEST_APPROVED);
	actor_end(&ctx);
}

static void a_lease_ends_early_or_in_time_and_finishes_its_request(void **state)
{
	(void)state;
	struct ctx ctx;
	struct out out;
	struct lease_grant grant;
	struct uuid request = ask(&alice, &account_root, 60);
	assert_int_equal(approve(&bob, &request, NULL), ERR_OK);
	actor_begin(&ctx, &alice);
	struct uuid lease = lease_of(&ctx, &request);
	assert_int_equal(decide(&dave, "leases.return", &lease, NULL, &out), ERR_NOT_FOUND);
	assert_int_equal(decide(&alice, "leases.return", &lease, NULL, &out), ERR_OK);
	assert_int_equal(out.effect_count, 1);
	assert_int_equal(out.effects[0].kind, OUT_EFFECT_CUT_LEASE);
	assert_int_equal(decide(&admin, "leases.revoke", &lease, NULL, &out), ERR_CONFLICT);
	assert_int_equal(lease_check(&ctx, &lease, &alice.user_id, &grant), ERR_CONFLICT);
	assert_int_equal(number_of(&ctx, "SELECT COUNT(*) FROM request WHERE state = 'finished'"),
			 1);

	request = ask(&alice, &account_root, 60);
	assert_int_equal(approve(&carol, &request, NULL), ERR_OK);
	test_db_script("UPDATE lease SET ends_at = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND"
		       " WHERE state = 'active'");
	lease = lease_of(&ctx, &request);
	assert_int_equal(lease_check(&ctx, &lease, &alice.user_id, &grant), ERR_CONFLICT);
	assert_string_equal(ctx.error.reason, "lease.over");
	ctx.principal = NULL;
	out = (struct out){.secret_fd = -1};
	assert_int_equal(db_begin(&ctx), ERR_OK);
	assert_int_equal(access_tick(&ctx, &out), ERR_OK);
	assert_int_equal(db_commit(&ctx), ERR_OK);
	assert_int_equal(out.effect_count, 1);
	assert_true(uuid_equal(&out.effects[0].id, &lease));
	assert_int_equal(number_of(&ctx, "SELECT COUNT(*) FROM request WHERE state = 'finished'"),
			 2);
	assert_int_equal(number_of(&ctx, "SELECT COUNT(*) FROM audit_event WHERE event ="
					 " 'lease.ended' AND actor_id IS NULL"),
			 1);
	actor_end(&ctx);
}

static void time_starts_leases_and_expires_requests(void **state)
{
	(void)state;
	struct ctx ctx;
	struct in in;
	struct out out;
	actor_begin(&ctx, &alice);
	input(&in, "requests.create");
	input_ids(&in, RC_ACCOUNTS, &account_root, 1);
	input_text(&in, RC_PURPOSE, "later");
	input_number(&in, RC_MINUTES, 60);
	input_number(&in, RC_STARTS_AT, sys_real_us() + 30 * MINUTE);
	assert_int_equal(act(&ctx, &in, &out), ERR_OK);
	assert_int_equal(approve(&bob, &out.id, NULL), ERR_OK);
	struct uuid lease = lease_of(&ctx, &out.id);
	struct lease_grant grant;
	assert_int_equal(lease_check(&ctx, &lease, &alice.user_id, &grant), ERR_CONFLICT);
	assert_string_equal(ctx.error.reason, "lease.not_started");
	ask(&alice, &account_app, 60);
	test_db_script("UPDATE lease SET starts_at = UTC_TIMESTAMP(6);"
		       "UPDATE request SET ends_at = UTC_TIMESTAMP(6) WHERE state = 'pending'");
	out = (struct out){.secret_fd = -1};
	ctx.principal = NULL;
	assert_int_equal(db_begin(&ctx), ERR_OK);
	assert_int_equal(access_tick(&ctx, &out), ERR_OK);
	assert_int_equal(db_commit(&ctx), ERR_OK);
	assert_int_equal(number_of(&ctx, "SELECT COUNT(*) FROM lease WHERE state = 'active'"), 1);
	assert_int_equal(number_of(&ctx, "SELECT COUNT(*) FROM request WHERE state = 'expired'"),
			 1);
	assert_int_equal(lease_check(&ctx, &lease, &alice.user_id, &grant), ERR_OK);
	actor_end(&ctx);
}

static void a_deny_rule_written_later_wins_at_once(void **state)
{
	(void)state;
	struct ctx ctx;
	struct lease_grant grant;
	struct uuid request = ask(&alice, &account_root, 60);
	struct uuid second = ask(&alice, &account_app, 60);
	assert_int_equal(approve(&bob, &request, NULL), ERR_OK);
	test_db_script("INSERT INTO access_rule SELECT X'08090000000000000000000000000000', 'no',"
		       " 'deny', X'01020000000000000000000000000000', NULL, target_id,"
		       " target_group_id, '*', NULL, FALSE, 1, created_at, updated_at,"
		       " event_id FROM access_rule");
	actor_begin(&ctx, &alice);
	struct uuid lease = lease_of(&ctx, &request);
	assert_int_equal(lease_check(&ctx, &lease, &alice.user_id, &grant), ERR_DENIED);
	char reason[CTX_REASON_SIZE];
	assert_int_equal(approve(&bob, &second, reason), ERR_CONFLICT);
	assert_string_equal(reason, "request.no_longer_allowed");
	assert_int_equal(number_of(&ctx, "SELECT COUNT(*) FROM approval"), 1);
	actor_end(&ctx);
}

/* Two people act at the same moment. */
struct runner {
	const struct principal *who;
	const char *op;
	struct uuid id;
	pthread_barrier_t *start;
	enum err err;
	char reason[CTX_REASON_SIZE];
};

static void *runner_main(void *arg)
{
	struct runner *runner = arg;
	struct out out;
	pthread_barrier_wait(runner->start);
	runner->err = decide(runner->who, runner->op, &runner->id, runner->reason, &out);
	return NULL;
}

static int race(struct runner runners[2])
{
	pthread_t threads[2];
	pthread_barrier_t start;
	int won = 0;
	pthread_barrier_init(&start, NULL, 2);
	for (int i = 0; i < 2; i++) {
		runners[i].start = &start;
		assert_int_equal(pthread_create(&threads[i], NULL, runner_main, &runners[i]), 0);
	}
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
		won += runners[i].err == ERR_OK;
		if (runners[i].err != ERR_OK && runners[i].err != ERR_CONFLICT)
			fail_msg("the loser got error %d %s", (int)runners[i].err,
				 runners[i].reason);
	}
	pthread_barrier_destroy(&start);
	return won;
}

enum { ROUNDS = 12 };

static void races_have_exactly_one_winner(void **state)
{
	(void)state;
	struct ctx ctx;
	actor_begin(&ctx, &admin);
	for (int i = 0; i < ROUNDS; i++) {
		organisation();
		struct uuid first = ask(&alice, &account_root, 60);
		struct runner twice[2] = {{.who = &bob, .op = "requests.approve", .id = first},
					  {.who = &carol, .op = "requests.approve", .id = first}};
		assert_int_equal(race(twice), 1);
		assert_int_equal(number_of(&ctx, "SELECT COUNT(*) FROM lease"), 1);

		struct uuid app = ask(&alice, &account_app, 60);
		struct runner against[2] = {{.who = &bob, .op = "requests.approve", .id = app},
					    {.who = &alice, .op = "requests.withdraw", .id = app}};
		assert_int_equal(race(against), 1);
		int64_t leases = number_of(&ctx, "SELECT COUNT(*) FROM lease");
		assert_int_equal(leases, against[0].err == ERR_OK ? 2 : 1);

		organisation();
		struct runner loans[2] = {{.who = &bob,
					   .op = "requests.approve",
					   .id = ask(&alice, &account_root, 60)},
					  {.who = &carol,
					   .op = "requests.approve",
					   .id = ask(&dave, &account_root, 60)}};
		assert_int_equal(race(loans), 1);
		assert_int_equal(number_of(&ctx, "SELECT COUNT(*) FROM lease"), 1);
		assert_int_equal(
			number_of(&ctx, "SELECT COUNT(*) FROM request WHERE state = 'pending'"), 1);
		int loser = loans[0].err == ERR_OK;
		assert_string_equal(loans[loser].reason, "lease.exclusive_conflict");
	}
	actor_end(&ctx);
}

static void concurrent_accounts_are_lent_twice(void **state)
{
	(void)state;
	struct uuid first = ask(&alice, &account_app, 60), second = ask(&dave, &account_app, 60);
	assert_int_equal(approve(&bob, &first, NULL), ERR_OK);
	assert_int_equal(approve(&bob, &second, NULL), ERR_OK);
}

/* What stands after key and before the next quotation mark, from there on. */
static void assert_next(const char *from, const char *key, const char *wanted)
{
	const char *found = from ? strstr(from, key) : NULL;
	assert_non_null(found);
	assert_memory_equal(found + strlen(key), wanted, strlen(wanted));
	assert_int_equal(found[strlen(key) + strlen(wanted)], '"');
}

/* More than share a statement (DB_IDS_MAX); the order of accounts is not that of their targets. */
static void each_of_many_rows_stands_beside_its_own(void **state)
{
	(void)state;
	enum { MANY = 120 };
	struct ctx ctx;
	struct in in;
	struct uuid requests[MANY + 1];
	char key[64], name[16], id[UUID_TEXT_SIZE];
	const char *json;
	test_db_script(
		"INSERT INTO target (id, group_id, gateway_group_id, name, kind, port, created_at,"
		" updated_at, event_id) SELECT UNHEX(CONCAT('0303', LPAD(HEX(seq), 28, '0'))),"
		" group_id, gateway_group_id, CONCAT('m-', LPAD(seq, 3, '0')), kind, port,"
		" created_at, updated_at, event_id FROM target JOIN seq_1_to_120"
		" WHERE name = 'web-01';"
		"INSERT INTO account (id, target_id, name, secret_id, concurrent, created_at,"
		" updated_at, event_id) SELECT UNHEX(CONCAT('0603', LPAD(HEX(121 - seq), 28, "
		"'0'))),"
		" UNHEX(CONCAT('0303', LPAD(HEX(seq), 28, '0'))), CONCAT('acc-', LPAD(seq, 3, "
		"'0')),"
		" secret_id, concurrent, created_at, updated_at, event_id FROM account"
		" JOIN seq_1_to_120 WHERE name = 'root'");
	for (int i = 1; i <= MANY; i++)
		requests[i] = ask(&alice, &(struct uuid){{6, 3, [15] = (uint8_t)(121 - i)}}, 60);
	actor_begin(&ctx, &alice);
	input(&in, "my.targets");
	input_number(&in, MT_LIMIT, 200);
	assert_int_equal(look(&ctx, &in, &json), ERR_OK);
	for (int i = 1; i <= MANY; i++) {
		(void)snprintf(key, sizeof(key), "\"name\":\"m-%03d\"", i);
		(void)snprintf(name, sizeof(name), "%03d", i);
		assert_next(strstr(json, key), "\"name\":\"acc-", name);
	}
	input(&in, "requests.list");
	input_number(&in, RL_SCOPE, SCOPE_MINE);
	input_number(&in, RL_LIMIT, 200);
	assert_int_equal(look(&ctx, &in, &json), ERR_OK);
	for (int i = 1; i <= MANY; i++) {
		uuid_format(&requests[i], id);
		(void)snprintf(key, sizeof(key), "{\"id\":\"%s\",\"number\"", id);
		(void)snprintf(name, sizeof(name), "%03d", i);
		assert_next(strstr(json, key), "\"name\":\"acc-", name);
	}
	actor_end(&ctx);
}

static void people_see_what_they_may_ask_for(void **state)
{
	(void)state;
	struct ctx ctx;
	struct in in;
	const char *json;
	actor_begin(&ctx, &alice);
	input(&in, "my.targets");
	assert_int_equal(look(&ctx, &in, &json), ERR_OK);
	assert_non_null(strstr(json, "\"name\":\"web-01\""));
	assert_non_null(strstr(json, "\"approvers\":[\"approvers\"]"));
	assert_non_null(strstr(json, "\"verdict\":\"allow\""));
	input_text(&in, MT_Q, "roo");
	assert_int_equal(look(&ctx, &in, &json), ERR_OK);
	assert_non_null(strstr(json, "\"name\":\"web-01\""));
	test_db_script("UPDATE access_rule SET account_pattern = 'ap?*'");
	assert_int_equal(look(&ctx, &in, &json), ERR_OK); /* the name of what stays unseen */
	assert_string_equal(json, "{\"items\":[],\"next_cursor\":null}");
	input_text(&in, MT_Q, "app");
	assert_int_equal(look(&ctx, &in, &json), ERR_OK);
	assert_non_null(strstr(json, "\"name\":\"web-01\""));
	test_db_script("UPDATE access_rule SET account_pattern = '*'");
	input_text(&in, MT_Q, "nothing-like-that");
	assert_int_equal(look(&ctx, &in, &json), ERR_OK);
	assert_string_equal(json, "{\"items\":[],\"next_cursor\":null}");
	input(&in, "my.targets");
	ctx.principal = &bob;
	assert_int_equal(look(&ctx, &in, &json), ERR_OK);
	assert_string_equal(json, "{\"items\":[],\"next_cursor\":null}");

	struct uuid request = ask(&alice, &account_root, 60);
	input(&in, "requests.list");
	input_number(&in, RL_SCOPE, SCOPE_APPROVALS);
	assert_int_equal(look(&ctx, &in, &json), ERR_OK);
	assert_non_null(strstr(json, "\"total\":1"));
	assert_non_null(strstr(json, "\"approve\":true"));
	ctx.principal = &alice;
	assert_int_equal(look(&ctx, &in, &json), ERR_OK);
	assert_non_null(strstr(json, "\"total\":0"));
	input_number(&in, RL_SCOPE, SCOPE_ALL);
	assert_int_equal(look(&ctx, &in, &json), ERR_DENIED);
	assert_int_equal(approve(&bob, &request, NULL), ERR_OK);
	input(&in, "requests.get");
	input_id(&in, 0, &request);
	assert_int_equal(look(&ctx, &in, &json), ERR_OK);
	assert_non_null(strstr(json, "\"decision\":\"approve\""));
	assert_non_null(strstr(json, "\"state\":\"active\""));
	ctx.principal = &dave;
	assert_int_equal(look(&ctx, &in, &json), ERR_NOT_FOUND);
	input(&in, "my.targets");
	assert_int_equal(look(&ctx, &in, &json), ERR_OK);
	assert_non_null(strstr(json, "\"busy_until\":\"20"));
	ctx.principal = &alice;
	input(&in, "my.leases");
	assert_int_equal(look(&ctx, &in, &json), ERR_OK);
	assert_non_null(strstr(json, "\"exclusive\":true"));
	actor_end(&ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_statement_is_understood),
		cmocka_unit_test_setup(an_approved_request_becomes_a_lease, set_up),
		cmocka_unit_test_setup(requests_are_refused_for_a_reason, set_up),
		cmocka_unit_test_setup(only_the_stages_group_decides_and_never_its_own, set_up),
		cmocka_unit_test_setup(stages_come_in_order_and_count_their_members, set_up),
		cmocka_unit_test_setup(a_lease_ends_early_or_in_time_and_finishes_its_request,
				       set_up),
		cmocka_unit_test_setup(time_starts_leases_and_expires_requests, set_up),
		cmocka_unit_test_setup(a_deny_rule_written_later_wins_at_once, set_up),
		cmocka_unit_test_setup(concurrent_accounts_are_lent_twice, set_up),
		cmocka_unit_test_setup(each_of_many_rows_stands_beside_its_own, set_up),
		cmocka_unit_test_setup(people_see_what_they_may_ask_for, set_up),
		cmocka_unit_test_setup(races_have_exactly_one_winner, set_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
