/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/auth/people.h"

#include <liboath/oath.h>
#include <stdlib.h>
#include <unistd.h>

#include "auth/identity_api.h"
#include "auth/password_cost.h"
#include "auth/password_renew.h"
#include "auth/program_api.h"
#include "auth/signin_sql.h"
#include "base/secret.h"

static const struct op *tables[4];
static const struct op_write *writes[4];
static const struct runner runner = {tables, writes};
const struct conf conf = {.public_url = "https://sekisho.example",
			  .session_idle_minutes = 30,
			  .session_max_hours = 12,
			  .api_token_max_days = 90,
			  .program_secret_max_days = 366,
			  .timezone = "Asia/Tokyo"};
struct ctx base;
const char good[] = "plover-sandy-41-harbour";
const char renewed[] = "amber-pillow-58-canyon";

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
			int64_t number = (int64_t)rd_u64(&rd);
			if (name_len == 5 && memcmp(name, "count", 5) == 0)
				out->count = number;
			continue;
		}
		if (type == OUT_BOOL) {
			bool flag = rd_u8(&rd) != 0;
			if (name_len == 3 && memcmp(name, "own", 3) == 0)
				out->own = flag;
			if (name_len == 13 && memcmp(name, "locks_you_out", 13) == 0)
				out->locks_you_out = flag;
			continue;
		}
		if (type == OUT_UUID) {
			memcpy(out->id.b, rd_bytes(&rd, UUID_SIZE), UUID_SIZE);
			continue;
		}
		const char *data = rd_u8(&rd) ? (const char *)rd_block(&rd, 4096, &len) : "";
		if (name_len == 5 && memcmp(name, "token", 5) == 0)
			snprintf(out->token, sizeof(out->token), "%.*s", (int)len, data);
		if (name_len == 9 && memcmp(name, "challenge", 9) == 0)
			snprintf(out->challenge, sizeof(out->challenge), "%.*s", (int)len, data);
		if (name_len == 11 && memcmp(name, "credentials", 11) == 0)
			out->names_passkeys = true;
		if (name_len == 3 && memcmp(name, "url", 3) == 0)
			snprintf(out->url, sizeof(out->url), "%.*s", (int)len, data);
		if (name_len == 6 && memcmp(name, "people", 6) == 0)
			snprintf(out->people, sizeof(out->people), "%.*s", (int)len, data);
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
	snprintf(out->field, sizeof(out->field), "%.*s", (int)message.field.len,
		 (const char *)message.field.data);
	out->id = message.id;
	out->clear = message.clear_session;
	out->has_session = cookie_of(message.set_session, out->session);
	out->has_device = cookie_of(message.set_device, out->device);
	out->has_flow = cookie_of(message.set_flow, out->flow);
	read_fields(message.fields, out);
	for (size_t i = 0; i < result->effect_count; i++)
		if (result->effects[i].kind == OUT_EFFECT_CUT_USER)
			out->cut = result->effects[i].id;
	if (result->body_fd >= 0)
		assert_true(read(result->body_fd, out->body, sizeof(out->body) - 1) > 0);
}

/* A request has a second from when it came in. Hashing passwords on a busy machine under a
 * sanitizer takes longer, and speed is not what is tested here: these came in a minute from now. */
static int64_t with_room(void)
{
	return sys_mono_us() + 60000000;
}

void run_on(struct ctx *ctx, const struct ask *ask, struct answer *out)
{
	struct runner_result result;
	struct buf values;
	const struct op *op = op_by_id(tables, ask->op);
	const uint8_t *who = ask->token ? ask->token : ask->cookie;
	int fd = -1;

	assert_non_null(op);
	buf_init(&values, 65536);
	fields_put(&values, op->fields, ask->values);
	if (ask->secret) {
		struct secret *secret = secret_from(
			ask->secret, ask->secret_len ? ask->secret_len : strlen(ask->secret));
		assert_int_equal(secret_pipe(secret, &fd), ERR_OK);
		secret_free(secret);
	}
	struct msg_execute message = {.op = text_block(ask->op),
				      .cookie = {who, who ? 32 : 0},
				      .credential = ask->access	 ? CREDENTIAL_ACCESS
						    : ask->token ? CREDENTIAL_TOKEN
								 : CREDENTIAL_COOKIE,
				      .device = {ask->device, ask->device ? 32 : 0},
				      .flow = {ask->flow, ask->flow ? 32 : 0},
				      .device_proof = {ask->proof, ask->proof ? DEVICE_PROOF : 0},
				      .peer = text_block(ask->peer ? ask->peer : "192.0.2.7"),
				      .user_agent = text_block("test"),
				      .languages = text_block("ja-JP,en;q=0.5"),
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
	out->answer_at_us = result.answer_at_us;
	runner_result_clear(&result);
	buf_clear(&values);
	test_db_patient(ctx);
}

struct answer run(const struct ask *ask)
{
	struct answer answer;

	run_on(&base, ask, &answer);
	return answer;
}

void *race(void *arg)
{
	struct racer *racer = arg;
	struct ctx ctx;

	test_db_ctx(&ctx);
	ctx.keeper = base.keeper;
	ctx.conf = base.conf;
	ctx.watch = base.watch;
	run_on(&ctx, &racer->ask, &racer->answer);
	racer->done = true;
	test_db_ctx_end(&ctx);
	return NULL;
}

struct held {
	struct racer *racer;
	const struct person *person;
	meanwhile_fn *meanwhile;
};

static void wait_until_it_waits(const struct racer *racer)
{
	while (!racer->done && count("SELECT CAST(variable_value AS SIGNED) FROM "
				     "information_schema.global_status WHERE variable_name = "
				     "'INNODB_ROW_LOCK_CURRENT_WAITS'") == 0)
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static enum err hold(struct ctx *ctx, void *arg)
{
	const struct held *held = arg;
	struct user user;

	assert_int_equal(user_by_id(ctx, &held->person->id, true, &user), ERR_OK);
	assert_int_equal(pthread_create(&held->racer->thread, NULL, race, held->racer), 0);
	wait_until_it_waits(held->racer);
	return held->meanwhile(ctx, held->person);
}

void race_held(struct racer *racer, const struct person *person, meanwhile_fn *meanwhile)
{
	struct ctx ctx;
	struct held held = {racer, person, meanwhile};

	test_db_ctx(&ctx);
	assert_int_equal(db_transaction(&ctx, hold, &held), ERR_OK);
	pthread_join(racer->thread, NULL);
	test_db_ctx_end(&ctx);
}

char code_now[16];

void code_for(const char *seed, int64_t step_offset)
{
	char *raw = NULL;
	size_t len = 0;

	assert_int_equal(oath_base32_decode(seed, strlen(seed), &raw, &len), OATH_OK);
	assert_int_equal(
		oath_totp_generate(raw, len, time(NULL) + step_offset * 30, 30, 0, 6, code_now),
		OATH_OK);
	free(raw);
}

struct answer create(const char *login, const char *key)
{
	return run(&(struct ask){.op = "users.create",
				 .console = true,
				 .key = key,
				 .values = {TEXT(login), TEXT("Somebody")}});
}

void get_token(const struct uuid *id, char out[44])
{
	struct answer link =
		run(&(struct ask){.op = "users.link", .console = true, .values = {ID(*id)}});

	assert_int_equal(link.err, ERR_OK);
	const char *hash = strchr(link.url, '#');
	assert_non_null(hash);
	assert_int_equal(strlen(hash + 1), 43);
	snprintf(out, 44, "%s", hash + 1);
}

void seed_of(const char *uri, char out[64])
{
	const char *seed = strstr(uri, "secret=");

	assert_non_null(seed);
	snprintf(out, 64, "%.*s", (int)strcspn(seed + 7, "&"), seed + 7);
}

void get_seed(const char *token, char out[64])
{
	struct answer totp = run(&(struct ask){.op = "enrolment.totp", .values = {TEXT(token)}});

	assert_int_equal(totp.err, ERR_OK);
	assert_memory_equal(totp.body, "otpauth://totp/Sekisho%20", 24);
	seed_of(totp.body, out);
}

void forget_step(const char *login)
{
	char sql[256];

	snprintf(sql, sizeof(sql),
		 "UPDATE auth_totp SET last_step = 0 WHERE user_id = "
		 "(SELECT id FROM user WHERE login = '%s')",
		 login);
	test_db_script(sql);
}

void prove(const struct person *person, const uint8_t *cookie, uint8_t out[DEVICE_PROOF])
{
	uint8_t challenge[DEVICE_CHALLENGE];
	struct answer asked =
		run(&(struct ask){.op = cookie ? "devices.challenge" : "devices.sign_in_challenge",
				  .cookie = cookie});

	assert_int_equal(asked.err, ERR_OK);
	assert_int_equal(base64url_decode(asked.challenge, 43, challenge, sizeof(challenge)), 32);
	device_key_prove(person->key, challenge, out);
}

/* Persons are copied and forgotten; their keys are freed at the end. */
static struct made_key {
	struct made_key *next;
	EVP_PKEY *key;
} * keys;

static EVP_PKEY *key_new(void)
{
	struct made_key *made = malloc(sizeof(*made));

	assert_non_null(made);
	*made = (struct made_key){keys, device_key_new()};
	keys = made;
	return made->key;
}

static void keys_free(void)
{
	while (keys) {
		struct made_key *made = keys;

		keys = made->next;
		EVP_PKEY_free(made->key);
		free(made);
	}
}

void enrol(struct person *person, const char *login)
{
	char token[44];
	uint8_t proof[DEVICE_PROOF];
	struct answer made = create(login, NULL);

	assert_int_equal(made.err, ERR_OK);
	memset(person, 0, sizeof(*person));
	person->id = made.id;
	snprintf(person->login, sizeof(person->login), "%s", login);
	get_token(&made.id, token);
	get_seed(token, person->seed);
	code_for(person->seed, 0);
	person->key = key_new();
	prove(person, NULL, proof);
	struct answer done = run(&(struct ask){.op = "enrolment.complete",
					       .proof = proof,
					       .secret = good,
					       .peer = "198.51.100.1",
					       .values = {TEXT(token), TEXT(code_now)}});
	assert_int_equal(done.err, ERR_OK);
	assert_true(done.has_session && done.has_device);
	memcpy(person->session, done.session, 32);
	memcpy(person->device, done.device, 32);
	forget_step(login);
}

struct answer sign_in(const struct person *person, const char *password, const char *code,
		      const uint8_t *device, const char *peer)
{
	uint8_t proof[DEVICE_PROOF];

	if (device && person->key)
		prove(person, NULL, proof);
	return run(&(struct ask){.op = "auth.sign_in",
				 .proof = device && person->key ? proof : NULL,
				 .secret = password,
				 .peer = peer,
				 .device = device,
				 .values = {TEXT(person->login), TEXT(code)}});
}

static void read_number(struct db_rows *rows, void *arg)
{
	*(int64_t *)arg = db_int(rows, 0);
}

void make_administrator(const char *login)
{
	char sql[512];

	snprintf(sql, sizeof(sql),
		 "INSERT INTO role_grant (id, role, user_id, event_id) SELECT "
		 "UNHEX(MD5(CONCAT('role', login))), 'administrator', id, UNHEX(MD5('e')) "
		 "FROM user WHERE login = '%s'",
		 login);
	test_db_script(sql);
}

int64_t count(const char *sql)
{
	/* The connection keeps prepared statements by address: each text gets one of its own. */
	static struct db_stmt known[112];
	static char texts[112][512];
	int64_t number = -1;
	size_t at = 0;

	while (at < 112 && texts[at][0] && strcmp(texts[at], sql) != 0)
		at++;
	assert_true(at < 112 && strlen(sql) < sizeof(texts[at]));
	snprintf(texts[at], sizeof(texts[at]), "%s", sql);
	known[at] = (struct db_stmt){"test.count", texts[at], 0, 1};
	assert_int_equal(db_one(&base, &known[at], NULL, read_number, &number), ERR_OK);
	return number;
}

static void read_uuid(struct db_rows *rows, void *arg)
{
	*(struct uuid *)arg = db_uuid(rows, 0);
}

struct uuid find_id(const char *sql)
{
	static struct db_stmt stmt;
	struct uuid id = {{0}};

	if (!stmt.text)
		stmt = (struct db_stmt){"test.id", sql, 0, 1};
	/* One for a program: the connection keeps it by its address. */
	assert_string_equal(stmt.text, sql);
	assert_int_equal(db_one(&base, &stmt, NULL, read_uuid, &id), ERR_OK);
	return id;
}

static bool hash_cheaply;

/* Unknown names cost as little as those to come. */
static void make_cheap(void)
{
	char hash[PASSWORD_HASH_SIZE];

	password_cost_set((struct password_cost){1, 64});
	assert_int_equal(password_dummy(&base, hash), ERR_OK);
	assert_int_equal(
		signin_sql_set_setting(&base, SETTING_DUMMY_HASH,
				       (struct block){(const uint8_t *)hash, strlen(hash)}),
		ERR_OK);
}

void people_hash_cheaply(void)
{
	hash_cheaply = true;
}

int people_setup(void **state)
{
	(void)state;
	tables[0] = auth_ops();
	tables[1] = program_ops();
	tables[2] = identity_ops();
	writes[0] = auth_writes();
	writes[1] = program_writes();
	writes[2] = identity_writes();
	test_db_ctx(&base);
	base.keeper = test_keeper_start(&base);
	base.conf = &conf;
	base.watch = watch_new();
	assert_non_null(base.watch);
	assert_int_equal(auth_prepare(&base), ERR_OK);
	if (hash_cheaply)
		make_cheap();
	return 0;
}

int people_teardown(void **state)
{
	struct keeper_client *keeper = base.keeper;

	(void)state;
	keys_free();
	watch_free(base.watch);
	test_db_ctx_end(&base);
	test_keeper_stop(keeper);
	return 0;
}
