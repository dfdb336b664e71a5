/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Targets, accounts and their secrets against a real MariaDB and a real keeper. */
#include "tests/unit/access/fixture.h"

#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/secret.h"
#include "targets/bundle.h"
#include "targets/targets_api.h"
#include "tests/support/test_db.h"
#include "tests/support/test_keeper.h"

static const struct uuid gateway_group = {{7, 1}};
static struct keeper_client *keeper;

static int start(void **state)
{
	struct ctx ctx;
	(void)state;
	scoped(arena_free_p) struct arena *arena = arena_new((size_t)4 << 20);
	ctx_init(&ctx, arena);
	keeper = test_keeper_start(&ctx);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	if (keeper != NULL)
		test_keeper_stop(keeper);
	return 0;
}

static int set_up(void **state)
{
	(void)state;
	organisation();
	return 0;
}

static void create_input(struct in *in, const char *const *addresses, int64_t count)
{
	input(in, "targets.create");
	input_text(in, T_NAME, "db-01");
	input_number(in, T_KIND_OR_ID, 0);
	input_id(in, T_GROUP, &target_group_top);
	input_id(in, T_GATEWAY_GROUP, &gateway_group);
	in->values[T_ADDRESSES] = (struct value){.set = true, .texts = addresses, .number = count};
}

static void seen_row(void *arg, const struct target_bundle_row *row)
{
	size_t *count = arg;

	assert_int_equal(row->port, 22);
	assert_int_equal(row->address_count, 2);
	assert_string_equal(row->addresses[1], "2001:db8::1");
	++*count;
}

static void targets_are_made_changed_and_found(void **state)
{
	(void)state;
	static const char *const good[] = {"DB-01.example.jp", "2001:DB8::1"};
	static const char *const bad[] = {"db 01"};
	static const char *const twice[] = {"db-01", "DB-01"};
	struct ctx ctx;
	struct in in;
	struct out out;
	const char *json;
	actor_begin(&ctx, &admin);
	create_input(&in, bad, 1);
	assert_int_equal(act(&ctx, &in, &out), ERR_INPUT);
	create_input(&in, twice, 2);
	assert_int_equal(act(&ctx, &in, &out), ERR_INPUT);
	create_input(&in, good, 2);
	assert_int_equal(act(&ctx, &in, &out), ERR_OK);
	assert_int_equal(out.effects[0].kind, OUT_EFFECT_POLICY);
	struct uuid id = out.id;
	assert_int_equal(act(&ctx, &in, &out), ERR_CONFLICT);
	assert_string_equal(ctx.error.reason, "target.name_taken");

	size_t count = 0;
	assert_int_equal(target_bundle_rows(&ctx, &gateway_group, seen_row, &count), ERR_OK);
	assert_int_equal(count, 1); /* web-01 has no address yet */

	input(&in, "targets.update");
	input_id(&in, T_KIND_OR_ID, &id);
	input_number(&in, T_PORT, 2222);
	in.if_match = 2;
	assert_int_equal(act(&ctx, &in, &out), ERR_STALE);
	in.if_match = 1;
	assert_int_equal(act(&ctx, &in, &out), ERR_OK);
	input(&in, "targets.list");
	input_text(&in, TL_Q, "db-01.EXAMPLE");
	assert_int_equal(look(&ctx, &in, &json), ERR_OK);
	assert_non_null(strstr(json, "\"port\":2222"));
	assert_non_null(strstr(json, "\"total\":1"));
	input(&in, "targets.get");
	input_id(&in, 0, &target_web);
	assert_int_equal(look(&ctx, &in, &json), ERR_OK);
	assert_non_null(strstr(json, "\"has_secret\":true"));
	input(&in, "target_groups.list");
	assert_int_equal(look(&ctx, &in, &json), ERR_OK);
	assert_non_null(strstr(json, "\"target_count\":2"));
	actor_end(&ctx);
}

static enum err store(struct ctx *ctx, const struct uuid *account, int64_t kind, const char *text)
{
	scoped(secret_free_p) struct secret *secret = secret_from(text, strlen(text));
	scoped(fd_close_p) int fd = -1;
	struct in in;
	struct out out;
	assert_int_equal(secret_pipe(secret, &fd), ERR_OK);
	input(&in, "accounts.secret");
	input_id(&in, SECRET_ID, account);
	input_number(&in, SECRET_KIND, kind);
	in.secret_fd = fd;
	return act(ctx, &in, &out);
}

static void secrets_are_sealed_as_versions(void **state)
{
	(void)state;
	struct ctx ctx;
	struct in in;
	struct out out;
	actor_begin(&ctx, &admin);
	ctx.keeper = keeper;
	input(&in, "accounts.create");
	input_id(&in, A_ID, &target_web);
	input_text(&in, A_NAME, "deploy");
	assert_int_equal(act(&ctx, &in, &out), ERR_OK);
	struct uuid id = out.id;
	assert_int_equal(store(&ctx, &id, 0, "correct horse battery"), ERR_OK);
	assert_int_equal(store(&ctx, &id, 0, "another one"), ERR_OK);
	assert_int_equal(number_of(&ctx, "SELECT COUNT(*) FROM secret_version v JOIN account a"
					 " ON a.secret_id = v.secret_id WHERE a.name = 'deploy'"),
			 2);
	assert_int_equal(number_of(&ctx, "SELECT COUNT(*) FROM secret_version"
					 " WHERE LOCATE('horse', blob_) > 0"),
			 0);
	assert_int_equal(number_of(&ctx, "SELECT COUNT(*) FROM audit_event"
					 " WHERE LOCATE('horse', leaf) > 0"),
			 0);
	/* another kind is another secret */
	assert_int_equal(store(&ctx, &id, 1, "-----BEGIN OPENSSH PRIVATE KEY-----\nx"), ERR_OK);
	assert_int_equal(number_of(&ctx, "SELECT s.kind FROM secret s JOIN account a"
					 " ON a.secret_id = s.id WHERE a.name = 'deploy'"),
			 2);
	assert_int_equal(store(&ctx, &id, 1, "ssh-ed25519 AAAA"), ERR_INPUT);
	assert_string_equal(ctx.error.reason, "secret.not_a_private_key");
	assert_int_equal(store(&ctx, &id, 0, "two\nlines"), ERR_INPUT);
	assert_int_equal(store(&ctx, &id, 0, ""), ERR_INPUT);
	actor_end(&ctx);
}

static void what_is_lent_cannot_be_archived(void **state)
{
	(void)state;
	struct ctx ctx;
	struct in in;
	struct out out;
	actor_begin(&ctx, &admin);
	test_db_script("INSERT INTO request (id, number, requester_id, workflow_id, purpose,"
		       " starts_at, ends_at, state, stage_count, created_at, updated_at) VALUES"
		       " (X'A1', 'R-1', X'01020000000000000000000000000000',"
		       " X'05010000000000000000000000000000', '', NOW(), NOW() + INTERVAL 1 HOUR,"
		       " 'approved', 1, NOW(), NOW());"
		       "INSERT INTO lease (id, request_id, account_id, user_id, starts_at, ends_at,"
		       " exclusive, state) SELECT X'B1', id,"
		       " X'06010000000000000000000000000000', requester_id, starts_at, ends_at,"
		       " TRUE, 'active' FROM request");
	input(&in, "targets.archive");
	in.if_match = 1;
	input_id(&in, 0, &target_web);
	assert_int_equal(act(&ctx, &in, &out), ERR_CONFLICT);
	assert_string_equal(ctx.error.reason, "target.leased");
	input(&in, "accounts.archive");
	in.if_match = 1;
	input_id(&in, 0, &account_root);
	assert_int_equal(act(&ctx, &in, &out), ERR_CONFLICT);
	input_id(&in, 0, &account_app);
	assert_int_equal(act(&ctx, &in, &out), ERR_OK);
	test_db_script("UPDATE lease SET state = 'ended'");
	input(&in, "targets.archive");
	in.if_match = 1;
	input_id(&in, 0, &target_web);
	assert_int_equal(act(&ctx, &in, &out), ERR_OK);
	input(&in, "target_groups.archive");
	in.if_match = 1;
	input_id(&in, 0, &target_group_top);
	assert_int_equal(act(&ctx, &in, &out), ERR_CONFLICT);
	assert_string_equal(ctx.error.reason, "target_group.in_use");
	actor_end(&ctx);
}

static void host_keys_are_cleared_and_tests_are_ordered(void **state)
{
	(void)state;
	struct ctx ctx;
	struct in in;
	struct out out;
	actor_begin(&ctx, &admin);
	input(&in, "targets.host_key_clear");
	input_id(&in, HOST_KEY_ID, &target_web);
	input_text(&in, HOST_KEY_TYPE, "ssh-ed25519");
	assert_int_equal(act(&ctx, &in, &out), ERR_NOT_FOUND);
	test_db_script("INSERT INTO target_host_key (target_id, type, sha256, pinned_at, event_id)"
		       " VALUES (X'03010000000000000000000000000000', 'ssh-ed25519', X'00', NOW(),"
		       " X'09')");
	assert_int_equal(act(&ctx, &in, &out), ERR_OK);
	input(&in, "targets.test");
	input_id(&in, TEST_ID, &target_web);
	assert_int_equal(act(&ctx, &in, &out), ERR_OK);
	input_id(&in, TEST_ACCOUNT, &account_root);
	assert_int_equal(act(&ctx, &in, &out), ERR_OK);
	assert_int_equal(out.effects[0].kind, OUT_EFFECT_TEST_TARGET);
	assert_true(uuid_equal(&out.effects[0].other, &account_root));
	input_id(&in, TEST_ACCOUNT, &target_web);
	assert_int_equal(act(&ctx, &in, &out), ERR_INPUT);
	actor_end(&ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(targets_are_made_changed_and_found, set_up),
		cmocka_unit_test_setup(secrets_are_sealed_as_versions, set_up),
		cmocka_unit_test_setup(what_is_lent_cannot_be_archived, set_up),
		cmocka_unit_test_setup(host_keys_are_cleared_and_tests_are_ordered, set_up),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
