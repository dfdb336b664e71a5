/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/cmocka_all.h"

#include <liboath/oath.h>
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "auth/auth.h"
#include "auth/enrolment.h"
#include "auth/lane.h"
#include "auth/signin.h"
#include "base/conf.h"
#include "base/secret.h"
#include "base/sys.h"
#include "base/text.h"
#include "server/authority_runner.h"
#include "sql/db.h"
#include "tests/support/test_db.h"
#include "tests/support/test_keeper.h"

/* The whole way of a request, as web would send it, against a real database and a real keeper. */
static const struct op *tables[2];
static const struct op_write *writes[2];
static const struct runner runner = {tables, writes};
static const struct conf conf = {.public_url = "https://sekisho.example",
				 .session_idle_minutes = 30,
				 .session_max_hours = 12,
				 .timezone = "Asia/Tokyo"};
static struct ctx base;
static const char good[] = "plover-sandy-41-harbour";

struct answer {
	enum err err;
	char reason[65], retry_after[24];
	struct uuid id;
	uint8_t session[32], device[32];
	bool has_session, has_device, clear;
	char body[1024], url[256];
};

struct ask {
	const char *op, *peer, *secret, *key;
	const uint8_t *cookie, *device;
	int64_t if_match;
	struct value values[8];
	bool console;
	int64_t since_us;
};

static struct block text_block(const char *text)
{
	return (struct block){(const uint8_t *)(text ? text : ""), text ? strlen(text) : 0};
}

static void read_fields(struct block fields, struct answer *out)
{
	struct rd rd = rd_of(fields.data, fields.len);

	while (rd_left(&rd) > 0) {
		size_t name_len, len = 0;
		uint8_t type = rd_u8(&rd);
		const char *name = (const char *)rd_block(&rd, 64, &name_len);
		if (type == OUT_TIME || type == OUT_INT) {
			(void)rd_u64(&rd);
			continue;
		}
		if (type == OUT_BOOL) {
			(void)rd_u8(&rd);
			continue;
		}
		const char *data = rd_u8(&rd) ? (const char *)rd_block(&rd, 4096, &len) : "";
		if (name_len == 3 && memcmp(name, "url", 3) == 0)
			snprintf(out->url, sizeof(out->url), "%.*s", (int)len, data);
		if (name_len == 11 && memcmp(name, "retry_after", 11) == 0)
			snprintf(out->retry_after, sizeof(out->retry_after), "%.*s", (int)len,
				 data);
	}
	assert_true(rd_done(&rd));
}

static bool cookie_of(struct block text, uint8_t out[32])
{
	return text.len == 43 && base64url_decode((const char *)text.data, text.len, out, 32) == 32;
}

static void read_answer(struct runner_result *result, struct answer *out)
{
	struct msg_result message;

	assert_int_equal(
		codec_get(&msg_result_codec, result->reply.data, result->reply.len, &message),
		ERR_OK);
	memset(out, 0, sizeof(*out));
	out->err = (enum err)message.err;
	snprintf(out->reason, sizeof(out->reason), "%.*s", (int)message.reason.len,
		 (const char *)message.reason.data);
	out->id = message.id;
	out->clear = message.clear_session;
	out->has_session = cookie_of(message.set_session, out->session);
	out->has_device = cookie_of(message.set_device, out->device);
	read_fields(message.fields, out);
	if (result->body_fd >= 0)
		assert_true(read(result->body_fd, out->body, sizeof(out->body) - 1) > 0);
}

/* A request has a second from when it came in. Hashing passwords on a busy machine under a
 * sanitizer takes longer, and speed is not what is tested here: these came in a minute from now. */
static int64_t with_room(void)
{
	return sys_mono_us() + 60000000;
}

static void run_on(struct ctx *ctx, const struct ask *ask, struct answer *out)
{
	struct runner_result result;
	struct buf values;
	const struct op *op = op_by_id(tables, ask->op);
	int fd = -1;

	assert_non_null(op);
	buf_init(&values, 65536);
	fields_put(&values, op->fields, ask->values);
	if (ask->secret) {
		struct secret *secret = secret_from(ask->secret, strlen(ask->secret));
		assert_int_equal(secret_pipe(secret, &fd), ERR_OK);
		secret_free(secret);
	}
	struct msg_execute message = {.op = text_block(ask->op),
				      .cookie = {ask->cookie, ask->cookie ? 32 : 0},
				      .device = {ask->device, ask->device ? 32 : 0},
				      .peer = text_block(ask->peer ? ask->peer : "192.0.2.7"),
				      .user_agent = text_block("test"),
				      .idempotency_key = text_block(ask->key),
				      .if_match = ask->if_match,
				      .values = {values.data, values.len}};
	struct runner_request request = {.message = &message,
					 .fd = fd,
					 .console = ask->console,
					 .since_us =
						 ask->since_us != 0 ? ask->since_us : with_room()};
	runner_execute(&runner, ctx, &request, &result);
	read_answer(&result, out);
	runner_result_clear(&result);
	buf_clear(&values);
	test_db_patient(ctx);
}

static struct answer run(const struct ask *ask)
{
	struct answer answer;

	run_on(&base, ask, &answer);
	return answer;
}

#define TEXT(t)                          \
	{                                \
		.set = true, .text = (t) \
	}
#define ID(i)                          \
	{                              \
		.set = true, .id = (i) \
	}

static char code_now[16];

static void code_for(const char *seed, int64_t step_offset)
{
	char *raw = NULL;
	size_t len = 0;

	assert_int_equal(oath_base32_decode(seed, strlen(seed), &raw, &len), OATH_OK);
	assert_int_equal(
		oath_totp_generate(raw, len, time(NULL) + step_offset * 30, 30, 0, 6, code_now),
		OATH_OK);
	free(raw);
}

struct person {
	struct uuid id;
	char login[32], seed[64];
	uint8_t session[32], device[32];
};

static struct answer create(const char *login, const char *key)
{
	return run(&(struct ask){.op = "users.create",
				 .console = true,
				 .key = key,
				 .values = {TEXT(login), TEXT("Somebody")}});
}

static void get_token(const struct uuid *id, char out[44])
{
	struct answer link =
		run(&(struct ask){.op = "users.link", .console = true, .values = {ID(*id)}});

	assert_int_equal(link.err, ERR_OK);
	const char *hash = strchr(link.url, '#');
	assert_non_null(hash);
	assert_int_equal(strlen(hash + 1), 43);
	snprintf(out, 44, "%s", hash + 1);
}

static void get_seed(const char *token, char out[64])
{
	struct answer totp = run(&(struct ask){.op = "enrolment.totp", .values = {TEXT(token)}});

	assert_int_equal(totp.err, ERR_OK);
	assert_memory_equal(totp.body, "otpauth://totp/Sekisho%20", 24);
	const char *seed = strstr(totp.body, "secret=");
	assert_non_null(seed);
	snprintf(out, 64, "%.*s", (int)strcspn(seed + 7, "&"), seed + 7);
}

/* Rewinds the last accepted code, so that a test need not wait half a minute. */
static void forget_step(const char *login)
{
	char sql[256];

	snprintf(sql, sizeof(sql),
		 "UPDATE auth_totp SET last_step = 0 WHERE user_id = "
		 "(SELECT id FROM user WHERE login = '%s')",
		 login);
	test_db_script(sql);
}

static void enrol(struct person *person, const char *login)
{
	char token[44];
	struct answer made = create(login, NULL);

	assert_int_equal(made.err, ERR_OK);
	memset(person, 0, sizeof(*person));
	person->id = made.id;
	snprintf(person->login, sizeof(person->login), "%s", login);
	get_token(&made.id, token);
	get_seed(token, person->seed);
	code_for(person->seed, 0);
	struct answer done = run(&(struct ask){.op = "enrolment.complete",
					       .secret = good,
					       .peer = "198.51.100.1",
					       .values = {TEXT(token), TEXT(code_now)}});
	assert_int_equal(done.err, ERR_OK);
	assert_true(done.has_session && done.has_device);
	memcpy(person->session, done.session, 32);
	memcpy(person->device, done.device, 32);
	forget_step(login);
}

static struct answer sign_in(const struct person *person, const char *password, const char *code,
			     const uint8_t *device, const char *peer)
{
	return run(&(struct ask){.op = "auth.sign_in",
				 .secret = password,
				 .peer = peer,
				 .device = device,
				 .values = {TEXT(person->login), TEXT(code)}});
}

static void read_number(struct db_rows *rows, void *arg)
{
	*(int64_t *)arg = db_int(rows, 0);
}

static int64_t count(const char *sql)
{
	/* The connection keeps prepared statements by address: each text gets one of its own. */
	static struct db_stmt known[32];
	int64_t number = -1;
	size_t at = 0;

	while (known[at].text && strcmp(known[at].text, sql) != 0)
		at++;
	assert_true(at < 32);
	known[at] = (struct db_stmt){"test.count", sql, 0, 1};
	assert_int_equal(db_one(&base, &known[at], NULL, read_number, &number), ERR_OK);
	return number;
}

static void right_password_and_code_sign_in(void **state)
{
	struct person person;

	(void)state;
	enrol(&person, "sato");
	code_for(person.seed, 0);
	struct answer answer = sign_in(&person, good, code_now, NULL, "192.0.2.1");
	assert_int_equal(answer.err, ERR_OK);
	assert_true(answer.has_session && answer.has_device);
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = 'auth.sign_in' AND "
			       "actor_login = 'sato' AND peer = '192.0.2.1'"),
			 1);
	/* Only hashes at rest. */
	assert_int_equal(count("SELECT COUNT(*) FROM auth_session WHERE LENGTH(cookie_hash) = 32"),
			 count("SELECT COUNT(*) FROM auth_session"));
	struct answer out = run(&(struct ask){.op = "auth.sign_out", .cookie = answer.session});
	assert_int_equal(out.err, ERR_OK);
	assert_true(out.clear);
	out = run(&(struct ask){.op = "auth.sign_out", .cookie = answer.session});
	assert_int_equal(out.err, ERR_UNAUTHENTICATED);
}

static void every_failure_looks_the_same(void **state)
{
	struct person person, unknown = {.login = "nobody-here"};

	(void)state;
	enrol(&person, "suzuki");
	code_for(person.seed, 0);
	struct answer wrong[] = {
		sign_in(&person, "wrong-password-here", code_now, NULL, "192.0.2.1"),
		sign_in(&person, good, "000000", NULL, "192.0.2.1"),
		sign_in(&unknown, good, "000000", NULL, "192.0.2.1"),
	};
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(wrong[i].err, ERR_UNAUTHENTICATED);
		assert_string_equal(wrong[i].reason, "sign_in.failed");
		assert_false(wrong[i].has_session);
	}
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE "
			       "event = 'auth.sign_in_refused' AND outcome = 'refused' AND "
			       "object_name = 'suzuki'"),
			 2);
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE leaf LIKE '%nobody-here%'"),
			 0);
}

static void a_code_works_once(void **state)
{
	struct person person;

	(void)state;
	enrol(&person, "takahashi");
	code_for(person.seed, 0);
	assert_int_equal(sign_in(&person, good, code_now, NULL, "192.0.2.1").err, ERR_OK);
	assert_int_equal(sign_in(&person, good, code_now, NULL, "192.0.2.1").err,
			 ERR_UNAUTHENTICATED);
}

static void a_waiting_lane_evaluates_nothing_and_others_stay_open(void **state)
{
	struct person person;

	(void)state;
	enrol(&person, "tanabe");
	for (int i = 0; i < 4; i++)
		assert_int_equal(
			sign_in(&person, "wrong-password-here", "000000", NULL, "203.0.113.9").err,
			ERR_UNAUTHENTICATED);
	test_db_script("UPDATE auth_lane SET next_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR "
		       "WHERE fails >= 4");
	code_for(person.seed, 0);
	/* The stranger's lane waits: even the right proof is refused, with the usual answer. */
	struct answer stranger = sign_in(&person, good, code_now, NULL, "203.0.113.10");
	assert_int_equal(stranger.err, ERR_UNAUTHENTICATED);
	assert_string_equal(stranger.reason, "sign_in.failed");
	/* The person's own device and network have lanes of their own. */
	assert_int_equal(sign_in(&person, good, code_now, person.device, "203.0.113.11").err,
			 ERR_OK);
	forget_step("tanabe");
	assert_int_equal(sign_in(&person, good, code_now, NULL, "198.51.100.1").err, ERR_OK);
}

static void a_waiting_own_device_is_told_how_long(void **state)
{
	struct person person;

	(void)state;
	enrol(&person, "watanabe");
	for (int i = 0; i < 4; i++)
		(void)sign_in(&person, "wrong-password-here", "000000", person.device,
			      "203.0.113.9");
	test_db_script("UPDATE auth_lane SET next_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR "
		       "WHERE fails >= 4");
	struct answer answer = sign_in(&person, good, "000000", person.device, "203.0.113.9");
	assert_int_equal(answer.err, ERR_LIMIT);
	assert_string_equal(answer.reason, "sign_in.wait");
	assert_in_range(strtol(answer.retry_after, NULL, 10), 3000, 3600);
}

#define SET_CAP(what, fails)                                                                 \
	test_db_script("UPDATE auth_lane SET fails = " fails " WHERE authenticator = '" what \
		       "' AND "                                                              \
		       "lane = UNHEX(SHA2(CONCAT('cap', CHAR(0)), 256))")
#define REFUSED_WITH(login, part)                                                          \
	count("SELECT COUNT(*) FROM audit_event WHERE event = 'auth.sign_in_refused' AND " \
	      "object_name = '" login "' AND leaf LIKE '%" part "%'")

/* From lanes of their own each time: the cap counts over all of them. */
static void a_hundred_failures_disable_the_password(void **state)
{
	struct person person;
	char token[44], seed[64];

	(void)state;
	enrol(&person, "cap.password");
	(void)sign_in(&person, "wrong-password-here", "000000", NULL, "203.0.113.9");
	SET_CAP("password", "97");
	(void)sign_in(&person, "wrong-password-here", "000000", person.device, "203.0.113.9");
	(void)sign_in(&person, "wrong-password-here", "000000", NULL, "198.51.100.1");
	assert_int_equal(REFUSED_WITH("cap.password", "disabled"), 0);
	(void)sign_in(&person, "wrong-password-here", "000000", NULL, "203.0.113.9");
	assert_int_equal(REFUSED_WITH("cap.password", "\"disabled\":\"password\""), 1);
	code_for(person.seed, 0);
	struct answer right = sign_in(&person, good, code_now, person.device, "198.51.100.1");
	assert_int_equal(right.err, ERR_UNAUTHENTICATED);
	assert_string_equal(right.reason, "sign_in.failed");
	assert_int_equal(REFUSED_WITH("cap.password", "sign_in.password_disabled"), 1);
	/* A new link binds both anew. */
	get_token(&person.id, token);
	get_seed(token, seed);
	code_for(seed, 0);
	assert_int_equal(run(&(struct ask){.op = "enrolment.complete",
					   .secret = good,
					   .values = {TEXT(token), TEXT(code_now)}})
				 .err,
			 ERR_OK);
	forget_step("cap.password");
	assert_int_equal(sign_in(&person, good, code_now, NULL, "192.0.2.1").err, ERR_OK);
}

static void a_hundred_failures_disable_the_code_and_the_console_clears(void **state)
{
	struct person person;
	uint8_t subject[32];
	uint64_t cleared = 0;

	(void)state;
	enrol(&person, "cap.code");
	code_for(person.seed, 0);
	(void)sign_in(&person, good, "000000", person.device, "203.0.113.9");
	SET_CAP("totp", "99");
	(void)sign_in(&person, good, "000000", person.device, "203.0.113.9");
	assert_int_equal(REFUSED_WITH("cap.code", "\"disabled\":\"totp\""), 1);
	assert_int_equal(sign_in(&person, good, code_now, NULL, "198.51.100.1").err,
			 ERR_UNAUTHENTICATED);
	assert_int_equal(REFUSED_WITH("cap.code", "sign_in.code_disabled"), 1);
	assert_int_equal(REFUSED_WITH("cap.code", "sign_in.password"), 0);
	assert_int_equal(signin_subject(&base, person.login, subject), ERR_OK);
	assert_int_equal(lane_clear_all(&base, subject, &cleared), ERR_OK);
	assert_true(cleared > 0);
	assert_int_equal(sign_in(&person, good, code_now, NULL, "198.51.100.1").err, ERR_OK);
}

static void success_starts_the_count_again(void **state)
{
	struct person person;

	(void)state;
	enrol(&person, "cap.success");
	(void)sign_in(&person, "wrong-password-here", "000000", NULL, "203.0.113.9");
	(void)sign_in(&person, good, "000000", NULL, "203.0.113.9");
	SET_CAP("totp", "98");
	code_for(person.seed, 0);
	assert_int_equal(sign_in(&person, good, code_now, person.device, "203.0.113.9").err,
			 ERR_OK);
	uint32_t fails = 0;
	uint8_t subject[32];
	assert_int_equal(signin_subject(&base, person.login, subject), ERR_OK);
	for (int what = LANE_PASSWORD; what <= LANE_TOTP; what++) {
		assert_int_equal(
			lane_cap_reserve(&base, subject, (enum lane_authenticator)what, &fails),
			ERR_OK);
		assert_int_equal(fails, 1);
	}
}

static void a_used_or_unknown_link_is_refused_and_audited(void **state)
{
	struct person person;
	char token[44], seed[64];
	int64_t before = count("SELECT COUNT(*) FROM audit_event WHERE "
			       "event = 'auth.enrolment_refused'");

	(void)state;
	enrol(&person, "ito");
	get_token(&person.id, token);
	get_seed(token, seed);
	code_for(seed, 0);
	struct ask ask = {.op = "enrolment.complete",
			  .secret = good,
			  .values = {TEXT(token), TEXT(code_now)}};
	assert_int_equal(run(&ask).err, ERR_OK);
	struct answer again = run(&ask);
	assert_int_equal(again.err, ERR_NOT_FOUND);
	assert_string_equal(again.reason, "enrolment.invalid");
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE "
			       "event = 'auth.enrolment_refused'"),
			 before + 1);
}

struct racer {
	pthread_t thread;
	struct ask ask;
	struct answer answer;
	struct keeper_client *keeper;
};

static void *race(void *arg)
{
	struct racer *racer = arg;
	struct ctx ctx;

	test_db_ctx(&ctx);
	ctx.keeper = racer->keeper;
	ctx.conf = &conf;
	run_on(&ctx, &racer->ask, &racer->answer);
	test_db_ctx_end(&ctx);
	return NULL;
}

static void two_at_once_share_one_link(void **state)
{
	char token[44], seed[64];
	struct racer racers[2];
	struct answer made = create("yamamoto", NULL);

	(void)state;
	get_token(&made.id, token);
	get_seed(token, seed);
	code_for(seed, 0);
	for (int i = 0; i < 2; i++) {
		racers[i] = (struct racer){.ask = {.op = "enrolment.complete",
						   .secret = good,
						   .values = {TEXT(token), TEXT(code_now)}},
					   .keeper = base.keeper};
		assert_int_equal(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
	}
	for (int i = 0; i < 2; i++)
		pthread_join(racers[i].thread, NULL);
	assert_int_equal((racers[0].answer.err == ERR_OK) + (racers[1].answer.err == ERR_OK), 1);
	assert_int_equal(
		count("SELECT COUNT(*) FROM auth_session s JOIN user u ON u.id = s.user_id "
		      "WHERE u.login = 'yamamoto'"),
		1);
}

static void the_same_key_creates_once(void **state)
{
	struct answer first = create("nakamura", "key-1");
	struct answer second = create("nakamura", "key-1");
	struct answer other = create("nakamura2", "key-1");

	(void)state;
	assert_int_equal(first.err, ERR_OK);
	assert_int_equal(second.err, ERR_OK);
	assert_true(uuid_equal(&first.id, &second.id));
	assert_int_equal(other.err, ERR_CONFLICT);
	assert_string_equal(other.reason, "idempotency.mismatch");
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = 'user.created' AND "
			       "object_name LIKE 'nakamura%'"),
			 1);
}

static void a_refusal_is_audited(void **state)
{
	struct person person;

	(void)state;
	enrol(&person, "kobayashi");
	struct answer answer = run(&(struct ask){.op = "users.create",
						 .cookie = person.session,
						 .values = {TEXT("x-user"), TEXT("X")}});
	assert_int_equal(answer.err, ERR_DENIED);
	assert_string_equal(answer.reason, "permission.missing");
	assert_int_equal(
		count("SELECT COUNT(*) FROM audit_event WHERE event = 'access.refused' AND "
		      "actor_login = 'kobayashi' AND outcome = 'refused'"),
		1);
}

static void without_an_audit_table_nothing_is_decided(void **state)
{
	struct person person;

	(void)state;
	enrol(&person, "kato");
	code_for(person.seed, 0);
	test_db_script("RENAME TABLE audit_event TO audit_event_away");
	struct answer signed_in = sign_in(&person, good, code_now, person.device, "192.0.2.1");
	struct answer refused = run(&(struct ask){.op = "users.create",
						  .cookie = person.session,
						  .values = {TEXT("y-user"), TEXT("Y")}});
	test_db_script("RENAME TABLE audit_event_away TO audit_event");
	assert_false(signed_in.has_session);
	assert_true(signed_in.err != ERR_OK && signed_in.err != ERR_UNAUTHENTICATED);
	assert_int_equal(refused.err, ERR_UNAVAILABLE);
	assert_int_equal(count("SELECT COUNT(*) FROM user WHERE login = 'y-user'"), 0);
}

static void sessions_end_by_silence_age_and_revocation(void **state)
{
	static const char *const columns[] = {"idle_expires_at", "expires_at"};
	struct person person;
	char sql[256];

	(void)state;
	enrol(&person, "yoshida");
	for (size_t i = 0; i < 2; i++) {
		code_for(person.seed, 0);
		forget_step("yoshida");
		struct answer in = sign_in(&person, good, code_now, person.device, "192.0.2.1");
		assert_int_equal(in.err, ERR_OK);
		snprintf(sql, sizeof(sql),
			 "UPDATE auth_session SET %s = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND "
			 "WHERE ended_at IS NULL",
			 columns[i]);
		test_db_script(sql);
		struct answer out = run(&(struct ask){.op = "auth.sign_out", .cookie = in.session});
		assert_int_equal(out.err, ERR_UNAUTHENTICATED);
		assert_string_equal(out.reason, "session.expired");
	}
}

static void a_changed_password_ends_the_other_sessions(void **state)
{
	struct person person;

	(void)state;
	enrol(&person, "yamada");
	code_for(person.seed, 0);
	struct answer second = sign_in(&person, good, code_now, person.device, "192.0.2.1");
	assert_int_equal(second.err, ERR_OK);
	struct ask ask = {.op = "auth.password_change", .cookie = second.session};
	char pair[128];
	int len = snprintf(pair, sizeof(pair), "%s%c%s", good, 0, "quiet-otter-77-lantern");
	/* run() takes text: pass the pair as a pipe by hand. */
	struct secret *secret = secret_from(pair, (size_t)len);
	int fd = -1;
	assert_int_equal(secret_pipe(secret, &fd), ERR_OK);
	secret_free(secret);
	struct buf values;
	buf_init(&values, 64);
	fields_put(&values, op_by_id(tables, ask.op)->fields, ask.values);
	struct msg_execute message = {.op = text_block(ask.op),
				      .cookie = {ask.cookie, 32},
				      .peer = text_block("192.0.2.1"),
				      .if_match = -1,
				      .values = {values.data, values.len}};
	struct runner_request request = {.message = &message, .fd = fd, .since_us = with_room()};
	struct runner_result result;
	struct answer answer;
	runner_execute(&runner, &base, &request, &result);
	read_answer(&result, &answer);
	runner_result_clear(&result);
	buf_clear(&values);
	test_db_patient(&base);
	assert_int_equal(answer.err, ERR_OK);
	assert_int_equal(run(&(struct ask){.op = "auth.sign_out", .cookie = person.session}).err,
			 ERR_UNAUTHENTICATED);
	assert_int_equal(run(&(struct ask){.op = "auth.sign_out", .cookie = second.session}).err,
			 ERR_OK);
}

/* Whoever asked has given up by now: doing it would surprise him. */
static void what_waited_too_long_is_not_done(void **state)
{
	(void)state;
	struct answer late = run(&(struct ask){.op = "users.create",
					       .console = true,
					       .since_us = sys_mono_us() - 900000,
					       .values = {TEXT("too.late"), TEXT("Somebody")}});
	assert_int_equal(late.err, ERR_UNAVAILABLE);
	assert_string_equal(late.reason, "authority.busy");
	assert_int_equal(create("too.late", NULL).err, ERR_OK);
}

static int setup(void **state)
{
	(void)state;
	tables[0] = auth_ops();
	writes[0] = auth_writes();
	test_db_ctx(&base);
	base.keeper = test_keeper_start(&base);
	base.conf = &conf;
	assert_int_equal(auth_prepare(&base), ERR_OK);
	return 0;
}

static int teardown(void **state)
{
	struct keeper_client *keeper = base.keeper;

	(void)state;
	test_db_ctx_end(&base);
	test_keeper_stop(keeper);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(right_password_and_code_sign_in),
		cmocka_unit_test(every_failure_looks_the_same),
		cmocka_unit_test(a_code_works_once),
		cmocka_unit_test(a_waiting_lane_evaluates_nothing_and_others_stay_open),
		cmocka_unit_test(a_waiting_own_device_is_told_how_long),
		cmocka_unit_test(a_hundred_failures_disable_the_password),
		cmocka_unit_test(a_hundred_failures_disable_the_code_and_the_console_clears),
		cmocka_unit_test(success_starts_the_count_again),
		cmocka_unit_test(a_used_or_unknown_link_is_refused_and_audited),
		cmocka_unit_test(two_at_once_share_one_link),
		cmocka_unit_test(the_same_key_creates_once),
		cmocka_unit_test(a_refusal_is_audited),
		cmocka_unit_test(without_an_audit_table_nothing_is_decided),
		cmocka_unit_test(sessions_end_by_silence_age_and_revocation),
		cmocka_unit_test(a_changed_password_ends_the_other_sessions),
		cmocka_unit_test(what_waited_too_long_is_not_done),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
