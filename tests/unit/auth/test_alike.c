/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <sodium.h>
#include <stdlib.h>

#include "auth/network_load.h"
#include "tests/unit/auth/alike_times.h"
#include "tests/unit/auth/people.h"
#include "vault/keeper.h"

/*
 * What somebody who only measures time could learn: nothing, because whatever a name is, the same
 * statements, hashes and checks of codes are made in the same order. The linker lets this file
 * write them down.
 */
#define WRAPPED(name) __typeof__(name) __real_##name, __wrap_##name
WRAPPED(db_exec);
WRAPPED(db_exec_many);
WRAPPED(db_one);
WRAPPED(db_query);
WRAPPED(db_commit);
WRAPPED(keeper_totp_check);
WRAPPED(crypto_pwhash_argon2id_str_verify);
WRAPPED(crypto_pwhash);

static char trace[8192];
static size_t used;
static bool writing;

static void note(const char *what)
{
	if (!writing)
		return;
	size_t left = sizeof(trace) - used;
	int len = snprintf(trace + used, left, "%s\n", what);
	assert_true(len > 0 && (size_t)len < left);
	used += (size_t)len;
}

enum err __wrap_db_exec(struct ctx *ctx, const struct db_stmt *stmt, const struct db_param *params,
			uint64_t *out_affected)
{
	note(stmt->name);
	return __real_db_exec(ctx, stmt, params, out_affected);
}

enum err __wrap_db_exec_many(struct ctx *ctx, const struct db_stmt *stmt,
			     const struct db_param *params, size_t rows, uint64_t *out_affected)
{
	note(stmt->name);
	return __real_db_exec_many(ctx, stmt, params, rows, out_affected);
}

enum err __wrap_db_one(struct ctx *ctx, const struct db_stmt *stmt, const struct db_param *params,
		       void (*read)(struct db_rows *rows, void *arg), void *arg)
{
	note(stmt->name);
	return __real_db_one(ctx, stmt, params, read, arg);
}

enum err __wrap_db_query(struct ctx *ctx, const struct db_stmt *stmt, const struct db_param *params,
			 struct db_rows **out)
{
	note(stmt->name);
	return __real_db_query(ctx, stmt, params, out);
}

enum err __wrap_db_commit(struct ctx *ctx)
{
	note("commit");
	return __real_db_commit(ctx);
}

enum err __wrap_keeper_totp_check(struct ctx *ctx, const struct secret_ref *ref, struct block blob,
				  const char *code, int64_t unix_seconds, uint64_t last_step,
				  uint64_t *out_step)
{
	note("totp");
	return __real_keeper_totp_check(ctx, ref, blob, code, unix_seconds, last_step, out_step);
}

int __wrap_crypto_pwhash_argon2id_str_verify(const char *hash, const char *password,
					     unsigned long long len)
{
	note("hash");
	return __real_crypto_pwhash_argon2id_str_verify(hash, password, len);
}

int __wrap_crypto_pwhash(unsigned char *out, unsigned long long out_len, const char *password,
			 unsigned long long len, const unsigned char *salt,
			 unsigned long long passes, size_t memory, int algorithm)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "hash of %zu in %llu", memory, passes);
	note(text);
	return __real_crypto_pwhash(out, out_len, password, len, salt, passes, memory, algorithm);
}

static const struct conf judging = {.public_url = "https://sekisho.example",
				    .session_idle_minutes = 30,
				    .session_max_hours = 12,
				    .timezone = "Asia/Tokyo",
				    .adaptive_sign_in = CONF_ADAPTIVE_AUDIT};
static struct person enrolled, off, capped;

enum second { CODE, RECOVERY };
struct guessed {
	const char *what, *login;
};

static struct answer guess(const char *login, enum second second, const char *peer)
{
	static const char recovery[] = "ABCD-EFGH-JKLM-NPQR";
	char both[64];
	struct ask ask = {.op = "auth.sign_in",
			  .secret = "wrong-password-here",
			  .peer = peer,
			  .values = {TEXT(login), TEXT("000000")}};

	if (second == RECOVERY) {
		int len = snprintf(both, sizeof(both), "%s", recovery);
		memcpy(both + len + 1, "wrong-password-here", 19);
		ask = (struct ask){.op = "auth.sign_in_recovery",
				   .secret = both,
				   .secret_len = (size_t)len + 20,
				   .peer = peer,
				   .values = {TEXT(login)}};
	}
	return run(&ask);
}

/* Into trace. */
static void write_down(const char *login, enum second second, const char *peer)
{
	watch_free(base.watch); /* one password on all these names would be a campaign */
	base.watch = watch_new();
	used = 0;
	trace[0] = '\0';
	writing = true;
	struct answer answer = guess(login, second, peer);
	writing = false;
	assert_int_equal(answer.err, ERR_UNAUTHENTICATED);
	assert_string_equal(answer.reason, "sign_in.failed");
}

static size_t count_of(const char *what)
{
	size_t found = 0, len = strlen(what);

	for (const char *at = trace; (at = strstr(at, what)); at += len)
		found++;
	return found;
}

static const struct guessed names[] = {
	{"nobody has it", "nobody.here"}, {"wrong password", "enrolled"},  {"switched off", "off"},
	{"never enrolled", "invited"},	  {"password disabled", "capped"},
};
enum { NAMES = sizeof(names) / sizeof(names[0]) };

static void all_alike(enum second second, bool waiting)
{
	char first[sizeof(trace)];

	for (size_t i = 0; i < NAMES; i++) {
		char peer[32];
		(void)snprintf(peer, sizeof(peer), "203.0.%d.%zu", 100 + second, i);
		write_down(names[i].login, second, peer);
		if (i == 0)
			memcpy(first, trace, sizeof(first));
		else if (strcmp(first, trace) != 0)
			fail_msg("%s: %s\nwhere for nobody\n%s", names[i].what, trace, first);
		assert_int_equal(count_of("hash"), waiting ? 0 : second == RECOVERY ? 2 : 1);
		assert_int_equal(count_of("totp"), waiting || second == RECOVERY ? 0 : 5);
	}
}

static void no_name_makes_more_work_than_another(void **state)
{
	(void)state;
	all_alike(CODE, false);
	all_alike(RECOVERY, false);
}

static void no_waiting_lane_makes_more_work_than_another(void **state)
{
	(void)state;
	for (size_t i = 0; i < NAMES; i++)
		(void)guess(names[i].login, CODE, "203.0.113.9");
	test_db_script("UPDATE auth_lane SET fails = 9, "
		       "next_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR WHERE "
		       "lane <> UNHEX(SHA2(CONCAT('cap', CHAR(0)), 256))");
	all_alike(CODE, true);
}

/* ------------------------------------------------------------------ when it is told */

enum { PACE_US = 300000 };
static void set_pace(void)
{
	watch_free(base.watch);
	base.watch = watch_new();
	for (int i = 0; i < 64; i++)
		watch_took(base.watch, i == 13 ? PACE_US : PACE_US / 4);
}

/* As late after its beginning as the longest of those that were looked at. */
static void told_in_time(const char *login, const char *password)
{
	set_pace();
	int64_t before = sys_mono_us();
	struct answer answer = run(&(struct ask){.op = "auth.sign_in",
						 .peer = "203.0.113.77",
						 .secret = password,
						 .values = {TEXT(login), TEXT("000000")}});

	assert_int_equal(answer.err, ERR_UNAUTHENTICATED);
	assert_in_range(answer.answer_at_us, before + PACE_US, sys_mono_us() + PACE_US);
}

static void every_failure_is_told_after_the_same_time(void **state)
{
	static const char *const passwords[] = {"wrong-password-here", good};
	uint8_t proof[DEVICE_PROOF];

	(void)state;
	for (size_t i = 0; i < 2 * NAMES; i++)
		told_in_time(names[i / 2].login, passwords[i % 2]);
	test_db_script("UPDATE auth_lane SET next_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR");
	for (size_t i = 0; i < NAMES; i++)
		told_in_time(names[i].login, good);
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE leaf LIKE '%lane.wait%' AND "
			       "event = 'auth.sign_in_refused' AND peer = '203.0.113.77'"),
			 NAMES);
	/* Nobody waits who is in. */
	code_for(enrolled.seed, 0);
	prove(&enrolled, NULL, proof);
	test_db_script("DELETE FROM auth_lane");
	struct answer answer = run(&(struct ask){.op = "auth.sign_in",
						 .proof = proof,
						 .device = enrolled.device,
						 .secret = good,
						 .values = {TEXT("enrolled"), TEXT(code_now)}});
	assert_int_equal(answer.err, ERR_OK);
	assert_int_equal(answer.answer_at_us, 0);
}

static int before_each(void **state)
{
	uint8_t subject[32];
	uint32_t fails;

	(void)state;
	test_db_script("DELETE FROM auth_lane");
	/* The hundredth failure has been. */
	assert_int_equal(signin_subject(&base, "capped", subject), ERR_OK);
	assert_int_equal(lane_cap_reserve(&base, subject, LANE_PASSWORD, &fails), ERR_OK);
	test_db_script("UPDATE auth_lane SET fails = 100");
	return 0;
}

static bool cheap;

static int setup(void **state)
{
	if (cheap)
		people_hash_cheaply();
	if (people_setup(state) != 0)
		return 1;
	base.network = network_new(NULL);
	assert_non_null(base.network);
	enrol(&enrolled, "enrolled");
	enrol(&off, "off");
	enrol(&capped, "capped");
	assert_int_equal(create("invited", NULL).err, ERR_OK);
	test_db_script("UPDATE user SET state = 'disabled' WHERE login = 'off'");
	base.conf = &judging;
	return 0;
}

static int teardown(void **state)
{
	network_free(base.network);
	return people_teardown(state);
}

/* With a number: the figures instead (alike_times.h); "cheap" behind it: with hashes that cost next
 * to nothing, so that what else differs would show, and only the kinds that there is a goal for. */
int main(int argc, char **argv)
{
	const struct CMUnitTest figures[] = {cmocka_unit_test(alike_times)};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(no_name_makes_more_work_than_another, before_each),
		cmocka_unit_test_setup(no_waiting_lane_makes_more_work_than_another, before_each),
		cmocka_unit_test_setup(every_failure_is_told_after_the_same_time, before_each),
	};

	if (argc == 3 && strcmp(argv[2], "cheap") == 0)
		cheap = alike_core = true;
	if (argc > 1)
		alike_rounds = (unsigned)strtoul(argv[1], NULL, 10);
	return alike_rounds > 0 ? cmocka_run_group_tests(figures, setup, teardown)
				: cmocka_run_group_tests(tests, setup, teardown);
}
