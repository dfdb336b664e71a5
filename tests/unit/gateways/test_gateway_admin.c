/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/cmocka_all.h"

#include <unistd.h>

#include <sodium.h>

#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include "base/arena.h"
#include "base/conf.h"
#include "base/secret.h"
#include "base/sys.h"
#include "base/text.h"
#include "gateways/gateway_sql.h"
#include "gateways/gateways_api.h"
#include "gateways/presence.h"
#include "gateways/presence_sql.h"
#include "gateways/proto/beat.h"
#include "gateways/proto/bundle.h"
#include "gateways/proto/grant.h"
#include "gateways/proto/verdict.h"
#include "tests/support/test_db.h"
#include "tests/support/test_keeper.h"
#include "vault/keeper.h"

/* Administration, enrolment and presence against the real schema and a real keeper. */
static struct keeper_client *keeper;
static struct uuid group_id, gateway_id, target_id, serial;
static char token[64];
static uint8_t machine[GATEWAY_MACHINE] = {1}, chain[GATEWAY_CHAIN];
static bool has_chain;		  /* what the gateway holds */
static struct keeper_public keys; /* in keys_arena */
static struct arena *keys_arena;

static const struct op *op_of(const char *id)
{
	for (const struct op *op = gateways_ops(); op->id; op++) {
		if (strcmp(op->id, id) == 0)
			return op;
	}
	fail_msg("no operation %s", id);
	return NULL;
}

static op_write_fn *handler_of(const char *id)
{
	for (const struct op_write *row = gateways_writes(); row->op; row++) {
		if (strcmp(row->op, id) == 0)
			return row->run;
	}
	fail_msg("no handler %s", id);
	return NULL;
}

static void begin(struct ctx *ctx)
{
	test_db_ctx(ctx);
	ctx->keeper = keeper;
	assert_int_equal(db_begin(ctx), ERR_OK);
}

static void end(struct ctx *ctx)
{
	assert_int_equal(db_commit(ctx), ERR_OK);
	test_db_ctx_end(ctx);
}

static struct in in_of(const char *id)
{
	return (struct in){.op = op_of(id),
			   .peer = {(const uint8_t *)"192.0.2.1", 9},
			   .user_agent = "",
			   .if_match = -1,
			   .idempotency_key = "",
			   .secret_fd = -1,
			   .upgrade_fd = -1};
}

static enum err run(struct ctx *ctx, const struct in *in, struct out *out)
{
	enum err err;

	*out = (struct out){.secret_fd = -1};
	err = handler_of(in->op->id)(ctx, in, out);
	if (err)
		print_message("%s: %s (%s)\n", in->op->id, ctx->error.reason, ctx->error.text);
	return err;
}

static void every_statement_is_accepted_by_the_schema(void **state)
{
	const struct db_stmt_list *lists[] = {gateway_statements(), gateway_presence_statements()};
	struct ctx ctx;

	(void)state;
	test_db_ctx(&ctx);
	for (size_t i = 0; i < 2; i++) {
		for (size_t j = 0; lists[i]->stmts[j]; j++) {
			if (db_prepare(&ctx, lists[i]->stmts[j]))
				fail_msg("%s: %s", lists[i]->stmts[j]->name, ctx.error.text);
		}
	}
	test_db_ctx_end(&ctx);
}

static void trust_is_published_once(void **state)
{
	struct block first, again;
	struct ctx ctx;

	(void)state;
	begin(&ctx);
	assert_int_equal(gateway_publish_trust(&ctx), ERR_OK);
	assert_int_equal(gateway_state_sql_get(&ctx, "gateway.signer", &first), ERR_OK);
	assert_int_equal(gateway_publish_trust(&ctx), ERR_OK);
	assert_int_equal(gateway_state_sql_get(&ctx, "gateway.signer", &again), ERR_OK);
	assert_int_equal(first.len, again.len);
	assert_memory_equal(first.data, again.data, first.len);
	end(&ctx);
}

static void group_and_gateway_are_created(void **state)
{
	struct in in = in_of("gateway_groups.create");
	struct out out;
	struct ctx ctx;

	(void)state;
	begin(&ctx);
	in.values[GG_NAME] = (struct value){.set = true, .text = "tokyo"};
	assert_int_equal(run(&ctx, &in, &out), ERR_OK);
	group_id = out.id;
	in = in_of("gateways.create");
	in.values[G_NAME] = (struct value){.set = true, .text = "gw-1"};
	in.values[G_GROUP] = (struct value){.set = true, .id = group_id};
	assert_int_equal(run(&ctx, &in, &out), ERR_OK);
	gateway_id = out.id;
	end(&ctx);
}

static void token_is_shown_once_and_pins_the_ca(void **state)
{
	struct in in = in_of("gateways.token");
	struct out out;
	struct ctx ctx;

	(void)state;
	begin(&ctx);
	in.values[0] = (struct value){.set = true, .id = gateway_id};
	assert_int_equal(run(&ctx, &in, &out), ERR_OK);
	assert_string_equal(out.fields[0].name, "token");
	assert_int_equal(strlen(out.fields[0].text), 43);
	(void)snprintf(token, sizeof(token), "%s", out.fields[0].text);
	assert_int_equal(strlen(out.fields[2].text), 64);
	end(&ctx);
}

static EVP_PKEY *present; /* the gateway's */

static void point_text(EVP_PKEY *key, char out[BASE64_SIZE(ENROL_POINT_SIZE)])
{
	uint8_t point[ENROL_POINT_SIZE];
	size_t len = 0;

	assert_int_equal(
		EVP_PKEY_get_octet_string_param(key, "encoded-pub-key", point, sizeof(point), &len),
		1);
	base64url_encode(point, len, out);
}

static struct in enrol_in(void)
{
	struct in in = in_of("est.simpleenroll");
	static char text[BASE64_SIZE(ENROL_POINT_SIZE)];

	EVP_PKEY_free(present);
	present = EVP_EC_gen("P-256");
	point_text(present, text);
	in.values[ENROL_TOKEN] = (struct value){.set = true, .text = token};
	in.values[ENROL_POINT] = (struct value){.set = true, .text = text};
	in.values[ENROL_BOUND] = (struct value){.set = true, .number = 1};
	return in;
}

static enum err enrol_once(const struct in *in)
{
	struct secret *body = NULL;
	uint8_t der[8192];
	const uint8_t *at = der;
	struct out out;
	struct ctx ctx;
	enum err err;
	PKCS7 *p7;
	long len;

	begin(&ctx);
	err = run(&ctx, in, &out);
	if (err) {
		db_rollback(&ctx);
		test_db_ctx_end(&ctx);
		return err;
	}
	assert_int_equal(secret_read_fd(out.secret_fd, SECRET_MAX, 1000, &body), ERR_OK);
	len = base64_decode((const char *)secret_bytes(body), secret_len(body), der, sizeof(der));
	p7 = d2i_PKCS7(NULL, &at, len);
	assert_non_null(p7);
	assert_int_equal(sk_X509_num(p7->d.sign->cert), 1);
	PKCS7_free(p7);
	secret_free(body);
	struct gateway_row row;
	assert_int_equal(gateway_sql_by_id(&ctx, &gateway_id, &row), ERR_OK);
	assert_string_equal(row.state, "enrolled");
	serial = row.serial;
	end(&ctx);
	return ERR_OK;
}

static void token_enrols_once_and_only_bound_to_its_connection(void **state)
{
	struct in in = enrol_in(), loose = in;

	(void)state;
	loose.values[ENROL_BOUND].number = 0;
	assert_int_equal(enrol_once(&loose), ERR_DENIED);
	assert_int_equal(enrol_once(&in), ERR_OK);
	assert_int_equal(enrol_once(&in), ERR_UNAUTHENTICATED);
}

static struct msg_gateway_attach attach_of(const struct uuid *boot)
{
	return (struct msg_gateway_attach){.gateway_id = gateway_id,
					   .serial = serial,
					   .peer = {(const uint8_t *)"192.0.2.7", 9},
					   .gateway_class = GATEWAY_CONTROL,
					   .boot_id = *boot,
					   .protocol = GATEWAY_PROTOCOL,
					   .clock = sys_real_us(),
					   .machine = {machine, sizeof(machine)},
					   .chain = {chain, has_chain ? sizeof(chain) : 0},
					   .version = {(const uint8_t *)"0.1.0", 5}};
}

static char reason[64]; /* of the last verdict */

static uint32_t attach(const struct msg_gateway_attach *message)
{
	struct msg_gateway_verdict verdict;
	struct ctx ctx;
	bool go;

	begin(&ctx);
	assert_int_equal(gateway_attach(&ctx, message, &verdict, &go), ERR_OK);
	assert_int_equal(go, verdict.verdict == GATEWAY_GO);
	if (verdict.chain.len) {
		memcpy(chain, verdict.chain.data, sizeof(chain));
		has_chain = true;
	}
	(void)snprintf(reason, sizeof(reason), "%.*s", (int)verdict.text.len,
		       (const char *)verdict.text.data);
	end(&ctx);
	return verdict.verdict;
}

static void attach_is_judged(void **state)
{
	struct uuid boot = uuid_random(), other_boot = uuid_random();
	struct msg_gateway_attach message = attach_of(&boot);
	struct msg_gateway_detached gone = {.gateway_id = gateway_id,
					    .reason = {(const uint8_t *)"lost", 4}};
	struct ctx ctx;

	(void)state;
	assert_int_equal(attach(&message), GATEWAY_GO);
	message = attach_of(&boot);
	message.gateway_class = GATEWAY_INTERACTIVE;
	assert_int_equal(attach(&message), GATEWAY_GO);
	message = attach_of(&other_boot);
	assert_int_equal(attach(&message), GATEWAY_SECOND);
	message = attach_of(&boot);
	message.serial = uuid_random();
	assert_int_equal(attach(&message), GATEWAY_REVOKED);
	message = attach_of(&boot);
	message.gateway_id = uuid_random();
	assert_int_equal(attach(&message), GATEWAY_REVOKED);
	begin(&ctx);
	assert_int_equal(gateway_detached(&ctx, &gone), ERR_OK);
	assert_int_equal(gateway_detached(&ctx, &gone), ERR_OK);
	end(&ctx);
	message = attach_of(&other_boot);
	assert_int_equal(attach(&message), GATEWAY_GO);
}

static void leave(unsigned connections)
{
	const struct msg_gateway_detached gone = {.gateway_id = gateway_id,
						  .reason = {(const uint8_t *)"lost", 4}};
	struct ctx ctx;

	begin(&ctx);
	while (connections--)
		assert_int_equal(gateway_detached(&ctx, &gone), ERR_OK);
	end(&ctx);
}

/* Its very first answer is lost: it comes again with nothing, and nobody copied it. */
static void a_lost_first_answer_is_no_copy(void **state)
{
	struct uuid boot = uuid_random();
	struct msg_gateway_attach message;

	(void)state;
	for (int i = 0; i < 3; i++) {
		has_chain = false;
		message = attach_of(&boot);
		assert_int_equal(attach(&message), GATEWAY_GO);
		leave(1);
	}
}

static void beat(const struct uuid *boot)
{
	struct beat_head head = {.sequence = 1,
				 .clock = sys_real_us(),
				 .boot_id = *boot,
				 .version = {(const uint8_t *)"0.1.0", 5}};
	struct msg_gateway_beat message = {.gateway_id = gateway_id};
	uint8_t hash[32];
	struct buf record;
	struct ctx ctx;
	bool want;

	if (has_chain) {
		crypto_hash_sha256(hash, chain, sizeof(chain));
		head.chain = (struct block){hash, sizeof(hash)};
	}
	buf_init(&record, BEAT_MAX);
	beat_put(&record, &head, NULL, 0);
	message.record = (struct block){record.data, record.len};
	begin(&ctx);
	assert_int_equal(gateway_beat(&ctx, &message, &want), ERR_OK);
	end(&ctx);
	buf_clear(&record);
}

static void assert_state(const char *state, const char *alarm)
{
	struct gateway_row row;
	struct ctx ctx;

	begin(&ctx);
	assert_int_equal(gateway_sql_by_id(&ctx, &gateway_id, &row), ERR_OK);
	assert_string_equal(row.state, state);
	if (alarm)
		assert_string_equal(row.alarm_reason, alarm);
	else
		assert_null(row.alarm_reason);
	end(&ctx);
}

static enum err release(void)
{
	struct in in = in_of("gateways.release");
	struct out out;
	struct ctx ctx;
	enum err err;

	begin(&ctx);
	in.values[0] = (struct value){.set = true, .id = gateway_id};
	err = run(&ctx, &in, &out);
	end(&ctx);
	return err;
}

static void gw_07_another_machine_is_refused_and_raises_the_alarm(void **state)
{
	struct uuid boot = uuid_random();
	struct msg_gateway_attach message;

	(void)state;
	leave(2);
	machine[0] = 2;
	message = attach_of(&boot);
	assert_int_equal(attach(&message), GATEWAY_SECOND);
	assert_string_equal(reason, "gateway.other_machine");
	machine[0] = 1;
	assert_state("enrolled", "gateway.other_machine");
	message = attach_of(&boot);
	assert_int_equal(attach(&message), GATEWAY_GO); /* the original is not held up */
	assert_int_equal(release(), ERR_OK);
	assert_state("enrolled", NULL);
	assert_int_equal(release(), ERR_CONFLICT);
	leave(1);
}

/* The copy has everything but the newest value; it comes while the original is away, or before. */
static void clone_alarm_whoever_comes_with_a_stale_value_holds_both(void **state)
{
	uint8_t copied[GATEWAY_CHAIN], newest[GATEWAY_CHAIN];
	struct uuid boot = uuid_random(), copy_boot = uuid_random();
	struct msg_gateway_attach message = attach_of(&boot);

	(void)state;
	assert_int_equal(attach(&message), GATEWAY_GO);
	beat(&boot);
	memcpy(copied, chain, sizeof(chain));
	leave(1);
	message = attach_of(&boot);
	assert_int_equal(attach(&message), GATEWAY_GO);
	beat(&boot); /* arrived: what was copied is stale now */
	memcpy(newest, chain, sizeof(chain));
	leave(1);
	memcpy(chain, copied, sizeof(chain));
	message = attach_of(&copy_boot);
	assert_int_equal(attach(&message), GATEWAY_SECOND);
	assert_string_equal(reason, "gateway.copied");
	assert_state("held", "gateway.copied");
	memcpy(chain, newest, sizeof(chain));
	message = attach_of(&boot);
	assert_int_equal(attach(&message), GATEWAY_SECOND); /* nobody here knows who is right */
	assert_string_equal(reason, "gateway.held");
	assert_int_equal(release(), ERR_OK);
	message = attach_of(&boot);
	assert_int_equal(attach(&message), GATEWAY_GO);
	leave(1);
}

/* An answer that was lost costs nothing: the value before it is good until a beat shows the new. */
static void lost_chain_value_is_forgiven_until_the_new_one_is_seen(void **state)
{
	struct uuid boot = uuid_random();
	uint8_t before[GATEWAY_CHAIN];
	struct msg_gateway_attach message = attach_of(&boot);

	(void)state;
	assert_int_equal(attach(&message), GATEWAY_GO);
	beat(&boot);
	leave(1);
	memcpy(before, chain, sizeof(chain));
	message = attach_of(&boot);
	assert_int_equal(attach(&message), GATEWAY_GO);
	leave(1);
	memcpy(chain, before, sizeof(chain));
	message = attach_of(&boot);
	assert_int_equal(attach(&message), GATEWAY_GO);
	leave(1);
	message = attach_of(&boot);
	assert_int_equal(attach(&message), GATEWAY_GO); /* the new one, never beaten with */
	leave(1);
}

/* While the first run beats on, the second that knocked is no restart. */
static void clone_alarm_two_live_runs_hold_both(void **state)
{
	struct uuid boot = uuid_random(), second = uuid_random();
	struct msg_gateway_attach message = attach_of(&boot);

	(void)state;
	assert_int_equal(attach(&message), GATEWAY_GO);
	message = attach_of(&second);
	assert_int_equal(attach(&message), GATEWAY_SECOND);
	assert_string_equal(reason, "gateway.second_machine");
	beat(&boot); /* may have been under way before: proves nothing yet */
	assert_state("enrolled", NULL);
	test_db_script(
		"UPDATE gateway_presence SET contested_at = contested_at - INTERVAL 4 SECOND");
	beat(&boot);
	assert_state("held", "gateway.second_machine");
	assert_int_equal(release(), ERR_OK);
	leave(1);
}

static void connection_of_a_run_that_has_no_control_connection_waits(void **state)
{
	struct uuid boot = uuid_random();
	struct msg_gateway_attach message = attach_of(&boot);

	(void)state;
	message.gateway_class = GATEWAY_INTERACTIVE;
	assert_int_equal(attach(&message), GATEWAY_BUSY);
}

static void gw_11_too_old_an_agent_is_told_so(void **state)
{
	struct uuid boot = uuid_random();
	struct msg_gateway_attach message = attach_of(&boot);
	struct gateway_row row;
	struct ctx ctx;

	(void)state;
	message.protocol = GATEWAY_PROTOCOL_MIN - 1;
	assert_int_equal(attach(&message), GATEWAY_TOO_OLD);
	assert_int_equal(gateway_verdict_status(GATEWAY_TOO_OLD), 426);
	begin(&ctx);
	assert_int_equal(gateway_sql_by_id(&ctx, &gateway_id, &row), ERR_OK);
	assert_string_equal(row.refused_reason, "gateway.too_old");
	end(&ctx);
}

static int64_t minutes_later; /* of the clock that never jumps */

static int64_t later_clock(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000 + minutes_later * 60000000;
}

static void read_count(struct db_rows *rows, void *arg)
{
	*(int64_t *)arg = db_int(rows, 0);
}

/* Events of refusals for that reason that hold the text. */
static int64_t refusals(const char *holds)
{
	static const struct db_stmt count = {
		"test.refusals",
		"SELECT COUNT(*) FROM audit_event WHERE event = 'gateway.refused' AND"
		" INSTR(leaf, 'certificate.unknown') > 0 AND INSTR(leaf, ?) > 0",
		1, 1};
	int64_t found = 0;
	struct ctx ctx;

	begin(&ctx);
	assert_int_equal(
		db_one(&ctx, &count, (struct db_param[]){DB_P_TEXT(holds)}, read_count, &found),
		ERR_OK);
	end(&ctx);
	return found;
}

static void refused_again_and_again_is_said_once_a_minute(void **state)
{
	struct uuid boot = uuid_random();
	struct msg_gateway_attach message = attach_of(&boot);
	struct sys_ops ops = *sys_table();

	(void)state;
	ops.mono_us = later_clock;
	sys_replace(&ops);
	message.serial = uuid_random();
	int64_t before = refusals("");
	for (minutes_later = 2; minutes_later < 5; minutes_later++)
		for (int i = 0; i < 30; i++)
			assert_int_equal(attach(&message), GATEWAY_REVOKED);
	sys_replace(NULL);
	assert_int_equal(refusals(""), before + 3);
	assert_int_equal(refusals("\"unsaid_before\":\"29\""), 2);
}

static void gw_85_a_clock_ten_minutes_off_is_refused(void **state)
{
	struct uuid boot = uuid_random();
	struct msg_gateway_attach message = attach_of(&boot);

	(void)state;
	for (int sign = -1; sign <= 1; sign += 2) {
		message.clock = sys_real_us() + sign * INT64_C(600000000);
		assert_int_equal(attach(&message), GATEWAY_REFUSED);
		assert_string_equal(reason, "gateway.clock");
	}
	message.clock = sys_real_us() - INT64_C(240000000);
	assert_int_equal(attach(&message), GATEWAY_GO);
	leave(1);
}

static const uint8_t exporter[32] = {7};

static void prove(EVP_PKEY *key, const char *point, char out[BASE64_SIZE(ENROL_PROOF_MAX)])
{
	uint8_t message[sizeof(RENEW_LABEL) + 32 + ENROL_POINT_SIZE], proof[ENROL_PROOF_MAX];
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	size_t len = sizeof(proof);

	memcpy(message, RENEW_LABEL, sizeof(RENEW_LABEL));
	memcpy(message + sizeof(RENEW_LABEL), exporter, 32);
	assert_int_equal(base64url_decode(point, strlen(point), message + sizeof(RENEW_LABEL) + 32,
					  ENROL_POINT_SIZE),
			 ENROL_POINT_SIZE);
	assert_int_equal(EVP_DigestSignInit(digest, NULL, EVP_sha256(), NULL, key), 1);
	assert_int_equal(EVP_DigestSign(digest, proof, &len, message, sizeof(message)), 1);
	EVP_MD_CTX_free(digest);
	base64url_encode(proof, len, out);
}

static enum err renew(EVP_PKEY *signer, const uint8_t connection[32], const char *point,
		      const char *signed_point)
{
	struct in in = in_of("est.simplereenroll");
	char proof[BASE64_SIZE(ENROL_PROOF_MAX)];
	struct out out;
	struct ctx ctx;
	enum err err;

	prove(signer, signed_point, proof);
	in.tls_exporter = (struct block){connection, 32};
	in.values[ENROL_PROOF] = (struct value){.set = true, .text = proof};
	in.values[ENROL_POINT] = (struct value){.set = true, .text = point};
	in.values[ENROL_BOUND] = (struct value){.set = true, .number = 1};
	in.values[ENROL_SERIAL] = (struct value){.set = true, .id = serial};
	begin(&ctx);
	err = run(&ctx, &in, &out);
	if (out.secret_fd >= 0)
		close(out.secret_fd);
	if (err)
		db_rollback(&ctx);
	else
		assert_int_equal(db_commit(&ctx), ERR_OK);
	test_db_ctx_end(&ctx);
	return err;
}

static void gw_08_only_the_present_key_renews_and_use_ends_the_old_one(void **state)
{
	static const uint8_t elsewhere[32] = {8};
	char point[BASE64_SIZE(ENROL_POINT_SIZE)], foreign[BASE64_SIZE(ENROL_POINT_SIZE)];
	EVP_PKEY *next = EVP_EC_gen("P-256"), *stranger = EVP_EC_gen("P-256");
	struct uuid boot = uuid_random(), old = serial;
	struct msg_gateway_attach message = attach_of(&boot);
	struct gateway_row row;
	struct ctx ctx;

	(void)state;
	point_text(next, point);
	point_text(stranger, foreign);
	assert_int_equal(renew(stranger, exporter, point, point), ERR_DENIED);
	assert_int_equal(renew(present, elsewhere, point, point), ERR_DENIED);
	assert_int_equal(renew(present, exporter, foreign, point), ERR_DENIED);
	test_db_script(
		"UPDATE gateway_certificate SET not_before = not_before - INTERVAL 60 SECOND,"
		" not_after = not_after - INTERVAL 60 SECOND");
	assert_int_equal(renew(present, exporter, point, point), ERR_OK);
	assert_int_equal(attach(&message), GATEWAY_GO); /* the old one is good until then */
	leave(1);
	begin(&ctx);
	assert_int_equal(gateway_sql_by_id(&ctx, &gateway_id, &row), ERR_OK);
	serial = row.serial;
	end(&ctx);
	assert_false(uuid_equal(&serial, &old));
	message = attach_of(&boot);
	assert_int_equal(attach(&message), GATEWAY_GO);
	leave(1);
	message = attach_of(&boot);
	message.serial = old;
	assert_int_equal(attach(&message), GATEWAY_REVOKED);
	assert_string_equal(reason, "certificate.revoked");
	EVP_PKEY_free(present);
	EVP_PKEY_free(stranger);
	present = next;
	/* One that ended is renewed by nobody: a new token, of the same gateway, is the way back.
	 */
	test_db_script("UPDATE gateway_certificate SET not_after = UTC_TIMESTAMP(6) WHERE "
		       "revoked_at IS NULL");
	assert_int_equal(renew(present, exporter, point, point), ERR_DENIED);
	test_db_script(
		"UPDATE gateway_certificate SET not_after = UTC_TIMESTAMP(6) + INTERVAL 1 DAY"
		" WHERE revoked_at IS NULL");
}

static enum err set_sources(const char *one, const char *two)
{
	const char *list[] = {one, two};
	struct in in = in_of("gateways.update");
	struct gateway_row row;
	struct out out;
	struct ctx ctx;
	enum err err;

	begin(&ctx);
	assert_int_equal(gateway_sql_by_id(&ctx, &gateway_id, &row), ERR_OK);
	in.if_match = row.version;
	in.values[G_KIND_OR_ID] = (struct value){.set = true, .id = gateway_id};
	in.values[G_SOURCES] = (struct value){.set = true, .number = !!one + !!two, .texts = list};
	err = run(&ctx, &in, &out);
	end(&ctx);
	return err;
}

/* Attaches come from 192.0.2.7, enrolments from 192.0.2.1. */
static void gw_84_other_sources_are_refused_before_anything_they_show(void **state)
{
	const char *const elsewhere[] = {"198.51.100.0/24", NULL};
	struct conf conf = {.gateway_sources = elsewhere};
	struct in in = enrol_in();
	struct uuid boot = uuid_random();
	struct msg_gateway_attach message = attach_of(&boot);
	struct msg_gateway_verdict verdict;
	struct out out;
	struct ctx ctx;
	bool go;

	(void)state;
	assert_int_equal(set_sources("192.0.2.0/33", NULL), ERR_INPUT);
	assert_int_equal(set_sources("2001:db8::/32", "192.0.2.8/32"), ERR_OK);
	message.serial = uuid_random(); /* the certificate is not looked at */
	assert_int_equal(attach(&message), GATEWAY_REFUSED);
	assert_string_equal(reason, "source.refused");
	message = attach_of(&boot);
	assert_int_equal(set_sources("2001:db8::/32", "192.0.2.4/30"), ERR_OK);
	assert_int_equal(attach(&message), GATEWAY_GO);
	leave(1);
	assert_int_equal(set_sources(NULL, NULL), ERR_OK);
	begin(&ctx);
	ctx.conf = &conf;
	message = attach_of(&boot);
	assert_int_equal(gateway_attach(&ctx, &message, &verdict, &go), ERR_OK);
	assert_int_equal(verdict.verdict, GATEWAY_REFUSED);
	/* A token that was used says "used" only to who may ask. */
	assert_int_equal(run(&ctx, &in, &out), ERR_DENIED);
	assert_string_equal(ctx.error.reason, "enrol.source");
	in.values[ENROL_SKEW] = (struct value){.set = true, .number = -600};
	ctx.conf = NULL;
	assert_int_equal(run(&ctx, &in, &out), ERR_DENIED);
	assert_string_equal(ctx.error.reason, "enrol.clock");
	end(&ctx);
	begin(&ctx);
	assert_int_equal(gateway_presence_reset(&ctx), ERR_OK);
	end(&ctx);
	message = attach_of(&boot);
	assert_int_equal(attach(&message), GATEWAY_GO);
}

static void make_target(void)
{
	char text[1200], group[33], gateway_group[33], id[33];

	target_id = uuid_v7();
	hex_encode(target_id.b, 16, id);
	hex_encode(group_id.b, 16, gateway_group);
	hex_encode(uuid_v7().b, 16, group);
	(void)snprintf(
		text, sizeof(text),
		"INSERT INTO target_group (id, name, created_at, updated_at, event_id) VALUES"
		" (x'%s', 'servers', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), x'%s');"
		"INSERT INTO target (id, group_id, gateway_group_id, name, kind, port,"
		" created_at, updated_at, event_id) VALUES (x'%s', x'%s', x'%s', 'web-01',"
		" 'linux_ssh', 2222, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), x'%s');"
		"INSERT INTO target_address (target_id, position, address, event_id) VALUES"
		" (x'%s', 0, '192.0.2.50', x'%s');",
		group, group, id, group, gateway_group, group, id, group);
	test_db_script(text);
}

static void bundle_and_grant_verify_with_the_published_key(void **state)
{
	struct uuid session = uuid_random(), chosen;
	struct block bytes, authority;
	struct bundle bundle;
	struct buf policy;
	struct grant grant;
	struct ctx ctx;
	size_t count;

	(void)state;
	make_target();
	begin(&ctx);
	buf_init(&policy, BUNDLE_LARGE_MAX);
	assert_int_equal(gateway_policy_bundle(&ctx, &gateway_id, 1, &policy), ERR_OK);
	assert_int_equal(bundle_open(policy.data, policy.len, keys.grant, &bundle), ERR_OK);
	buf_clear(&policy);
	assert_int_equal(bundle.target_count, 1);
	assert_string_equal(bundle_find(&bundle, &target_id)->addresses[0], "192.0.2.50");
	assert_int_equal(gateway_choose(&ctx, &target_id, &chosen, 1, &count), ERR_OK);
	assert_int_equal(count, 1);
	assert_true(uuid_equal(&chosen, &gateway_id));
	assert_int_equal(
		gateway_grant(&ctx, &gateway_id, &target_id, &session, 0, &bytes, &authority),
		ERR_OK);
	assert_int_equal(grant_open(bytes.data, bytes.len, keys.grant, &grant), ERR_OK);
	assert_int_equal(grant.port, 2222);
	assert_true(uuid_equal(&grant.tenant, &bundle.head.tenant));
	assert_int_equal(grant.policy_version, bundle.head.version);
	bundle_clear(&bundle);
	end(&ctx);
}

static void make_many_targets(void)
{
	test_db_script(
		"INSERT INTO target (id, group_id, gateway_group_id, name, kind, port, created_at,"
		" updated_at, event_id) SELECT UNHEX(LPAD(HEX(m.seq), 32, '0')), t.group_id,"
		" t.gateway_group_id, CONCAT('many-', m.seq), t.kind, 22, t.created_at,"
		" t.updated_at, t.event_id FROM target t JOIN seq_1_to_9000 m"
		" WHERE t.name = 'web-01';"
		"INSERT INTO target_address (target_id, position, address, event_id)"
		" SELECT id, 0, '192.0.2.51', event_id FROM target WHERE name LIKE 'many-%';");
}

/* What 128 KiB do not hold: gateways of protocol 1 get nothing, others a large bundle. */
static void a_group_of_nine_thousand_targets_has_a_policy(void **state)
{
	struct bundle bundle;
	struct buf policy;
	struct ctx ctx;

	(void)state;
	make_many_targets();
	begin(&ctx);
	buf_init(&policy, BUNDLE_LARGE_MAX);
	assert_int_equal(gateway_policy_bundle(&ctx, &gateway_id, 1, &policy), ERR_OK);
	assert_int_equal(policy.len, 0);
	assert_int_equal(gateway_policy_bundle(&ctx, &gateway_id, 2, &policy), ERR_OK);
	assert_int_equal(bundle_open(policy.data, policy.len, keys.grant, &bundle), ERR_OK);
	assert_int_equal(bundle.target_count, 9001);
	assert_non_null(bundle_find(&bundle, &target_id));
	bundle_clear(&bundle);
	buf_clear(&policy);
	end(&ctx);
	test_db_script("DELETE x FROM target_address x JOIN target t ON t.id = x.target_id"
		       " WHERE t.name LIKE 'many-%'; DELETE FROM target WHERE name LIKE 'many-%'");
}

static void beat_updates_presence_and_target(void **state)
{
	struct beat_head head = {.sequence = 1,
				 .clock = sys_real_us(),
				 .rtt_us = 900,
				 .version = {(const uint8_t *)"0.1.0", 5}};
	struct beat_target seen = {.id = target_id, .state = BEAT_TARGET_REACHABLE};
	struct msg_gateway_beat beat = {.gateway_id = gateway_id};
	struct gateway_row row;
	struct buf record;
	bool want = false;
	struct ctx ctx;

	(void)state;
	buf_init(&record, BEAT_MAX);
	beat_put(&record, &head, &seen, 1);
	beat.record = (struct block){record.data, record.len};
	begin(&ctx);
	assert_int_equal(gateway_beat(&ctx, &beat, &want), ERR_OK);
	assert_true(want);
	assert_int_equal(gateway_sql_by_id(&ctx, &gateway_id, &row), ERR_OK);
	assert_string_equal(row.presence, "online");
	assert_int_equal(row.rtt_us, 900);
	beat.record.len--;
	assert_int_equal(gateway_beat(&ctx, &beat, &want), ERR_INPUT);
	end(&ctx);
	buf_clear(&record);
}

static void silence_makes_late_then_offline(void **state)
{
	struct gateway_row row;
	struct out out = {.secret_fd = -1};
	struct ctx ctx;

	(void)state;
	test_db_script(
		"UPDATE gateway_presence SET last_beat_at = last_beat_at - INTERVAL 70 SECOND");
	begin(&ctx);
	assert_int_equal(gateway_presence_tick(&ctx, &out), ERR_OK);
	assert_int_equal(gateway_sql_by_id(&ctx, &gateway_id, &row), ERR_OK);
	assert_string_equal(row.presence, "late");
	end(&ctx);
	test_db_script(
		"UPDATE gateway_presence SET last_beat_at = last_beat_at - INTERVAL 40 SECOND");
	begin(&ctx);
	assert_int_equal(gateway_presence_tick(&ctx, &out), ERR_OK);
	assert_int_equal(gateway_sql_by_id(&ctx, &gateway_id, &row), ERR_OK);
	assert_string_equal(row.presence, "offline");
	assert_int_equal(gateway_presence_reset(&ctx), ERR_OK);
	end(&ctx);
}

/* The effect of a revocation is lost when its commit is never answered: the tick finds it. */
static void connected_although_revoked_is_closed_by_the_tick(void **state)
{
	struct uuid boot = uuid_random();
	struct msg_gateway_attach message = attach_of(&boot);
	struct out out = {.secret_fd = -1};
	struct ctx ctx;

	(void)state;
	assert_int_equal(attach(&message), GATEWAY_GO);
	begin(&ctx);
	assert_int_equal(gateway_presence_tick(&ctx, &out), ERR_OK);
	assert_int_equal(out.effect_count, 0);
	end(&ctx);
	test_db_script("UPDATE gateway_certificate SET revoked_at = UTC_TIMESTAMP(6)");
	begin(&ctx);
	assert_int_equal(gateway_presence_tick(&ctx, &out), ERR_OK);
	assert_int_equal(out.effect_count, 1);
	assert_int_equal(out.effects[0].kind, OUT_EFFECT_GATEWAY_REVOKED);
	assert_true(uuid_equal(&out.effects[0].id, &gateway_id));
	assert_int_equal(gateway_presence_reset(&ctx), ERR_OK);
	end(&ctx);
	test_db_script("UPDATE gateway_certificate SET revoked_at = NULL");
}

static void revoked_gateway_is_refused(void **state)
{
	struct in in = in_of("gateways.revoke");
	struct uuid boot = uuid_random();
	struct msg_gateway_attach message = attach_of(&boot);
	struct out out;
	struct ctx ctx;

	(void)state;
	begin(&ctx);
	in.values[0] = (struct value){.set = true, .id = gateway_id};
	assert_int_equal(run(&ctx, &in, &out), ERR_OK);
	assert_int_equal(out.effects[0].kind, OUT_EFFECT_GATEWAY_REVOKED);
	end(&ctx);
	assert_int_equal(attach(&message), GATEWAY_REVOKED);
}

static int start(void **state)
{
	struct ctx ctx;

	(void)state;
	keys_arena = arena_new(1024 * 1024);
	ctx_init(&ctx, keys_arena);
	keeper = test_keeper_start(&ctx);
	if (keeper_public(&ctx, &keys))
		return -1;
	return 0;
}

static int stop(void **state)
{
	(void)state;
	EVP_PKEY_free(present);
	test_keeper_stop(keeper);
	arena_free(keys_arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_statement_is_accepted_by_the_schema),
		cmocka_unit_test(trust_is_published_once),
		cmocka_unit_test(group_and_gateway_are_created),
		cmocka_unit_test(token_is_shown_once_and_pins_the_ca),
		cmocka_unit_test(token_enrols_once_and_only_bound_to_its_connection),
		cmocka_unit_test(a_lost_first_answer_is_no_copy),
		cmocka_unit_test(attach_is_judged),
		cmocka_unit_test(gw_07_another_machine_is_refused_and_raises_the_alarm),
		cmocka_unit_test(clone_alarm_whoever_comes_with_a_stale_value_holds_both),
		cmocka_unit_test(lost_chain_value_is_forgiven_until_the_new_one_is_seen),
		cmocka_unit_test(clone_alarm_two_live_runs_hold_both),
		cmocka_unit_test(connection_of_a_run_that_has_no_control_connection_waits),
		cmocka_unit_test(gw_11_too_old_an_agent_is_told_so),
		cmocka_unit_test(refused_again_and_again_is_said_once_a_minute),
		cmocka_unit_test(gw_85_a_clock_ten_minutes_off_is_refused),
		cmocka_unit_test(gw_08_only_the_present_key_renews_and_use_ends_the_old_one),
		cmocka_unit_test(gw_84_other_sources_are_refused_before_anything_they_show),
		cmocka_unit_test(bundle_and_grant_verify_with_the_published_key),
		cmocka_unit_test(a_group_of_nine_thousand_targets_has_a_policy),
		cmocka_unit_test(beat_updates_presence_and_target),
		cmocka_unit_test(silence_makes_late_then_offline),
		cmocka_unit_test(connected_although_revoked_is_closed_by_the_tick),
		cmocka_unit_test(revoked_gateway_is_refused),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
