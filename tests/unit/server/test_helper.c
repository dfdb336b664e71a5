/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A helper's answer is believed only when it is whole and of the form that was asked for; the real
 * sekisho-saml, confined, makes a key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/x509.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/helper.h"
#include "base/messages.h"
#include "base/secret.h"
#include "tests/support/helper_process.h"

enum { LONG_MS = 60000, SHORT_MS = 20 };

static struct ctx ctx;

static int begin(void **state)
{
	(void)state;
	ctx_init(&ctx, arena_new(1 << 20));
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(ctx.arena);
	return 0;
}

static enum err ask_key(const struct helpers *helpers, int wait_ms, int out,
			struct msg_saml_certificate *answer)
{
	const struct msg_saml_key wish = {.who = {(const uint8_t *)"sekisho.example.org", 19}};
	const struct helper_ask ask = {.kind = HELPER_SAML,
				       .type = MSG_SAML_KEY,
				       .codec = &msg_saml_key_codec,
				       .message = &wish,
				       .fds = {out},
				       .nfds = 1,
				       .answer_type = MSG_SAML_CERTIFICATE,
				       .answer_codec = &msg_saml_certificate_codec,
				       .answer_size = sizeof(*answer),
				       .wait_ms = wait_ms};

	ctx.helpers = helpers;
	return helper_call(&ctx, &ask, answer);
}

/* ------------------------------------------------------------------ one that does not behave */

struct bad {
	const char *name;
	uint32_t type, id;
	size_t len;	 /* of the answer; 0: none */
	bool descriptor; /* one comes along */
	bool stay;	 /* does not end, so that the question can be put */
	int wait_ms;
	const char *reason;
};

static bool act(void *arg, enum helper_kind kind, int control)
{
	static const uint8_t answer[64] = {0, 0, 0, 4, 1, 2, 3, 4};
	const struct bad *bad = arg;

	(void)kind;
	if (bad->len > 0 && chan_send(control, bad->type, bad->id, answer, bad->len, &control,
				      bad->descriptor, LONG_MS) != ERR_OK)
		return false;
	if (bad->stay)
		return dup(control) >= 0; /* nobody answers, and nobody is gone */
	return true;
}

static void what_is_not_the_asked_answer_is_broken_never_wrong(void **state)
{
	enum { GOOD = MSG_SAML_CERTIFICATE };
	static const struct bad bads[] = {
		{"gone", 0, 0, 0, false, false, LONG_MS, "helper.broken"},
		{"silent", 0, 0, 0, false, true, SHORT_MS, "helper.late"},
		{"another message", GOOD + 1, 1, 16, false, true, LONG_MS, "helper.broken"},
		{"another's answer", GOOD, 2, 16, false, true, LONG_MS, "helper.broken"},
		{"too short", GOOD, 1, 15, false, true, LONG_MS, "helper.broken"},
		{"too long", GOOD, 1, 17, false, true, LONG_MS, "helper.broken"},
		{"a descriptor", GOOD, 1, 16, true, true, LONG_MS, "helper.broken"},
		{"good", GOOD, 1, 16, false, true, LONG_MS, NULL},
	};
	struct msg_saml_certificate answer;

	(void)state;
	for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		const struct helpers helpers = {act, (void *)(uintptr_t)&bads[i]};
		enum err err = ask_key(&helpers, bads[i].wait_ms, STDERR_FILENO, &answer);
		if (err != (bads[i].reason ? ERR_UNAVAILABLE : ERR_OK))
			fail_msg("%s: %s", bads[i].name, err_code(err));
		if (bads[i].reason)
			assert_string_equal(ctx.error.reason, bads[i].reason);
	}
	assert_int_equal(answer.certificate.len, 4);
}

static void without_a_starter_nothing_is_asked(void **state)
{
	struct msg_saml_certificate answer;

	(void)state;
	assert_int_equal(ask_key(NULL, LONG_MS, STDERR_FILENO, &answer), ERR_UNAVAILABLE);
	assert_string_equal(ctx.error.reason, "helper.busy");
}

/* ------------------------------------------------------------------ the real one */

static char saml[] = "sekisho-saml";
static const struct helpers real = {helper_process, saml};

static void a_key_and_its_certificate_belong_together(void **state)
{
	struct msg_saml_certificate answer;
	scoped(secret_free_p) struct secret *key = NULL;
	int pipe[2];

	(void)state;
	assert_int_equal(secret_pipe_empty(pipe), ERR_OK);
	assert_int_equal(ask_key(&real, LONG_MS, pipe[1], &answer), ERR_OK);
	close(pipe[1]);
	assert_int_equal(secret_read_fd(pipe[0], SECRET_MAX, LONG_MS, &key), ERR_OK);
	close(pipe[0]);
	assert_int_equal(helper_process_status(), 0);

	const unsigned char *at = secret_bytes(key);
	EVP_PKEY *pkey = d2i_AutoPrivateKey(NULL, &at, (long)secret_len(key));
	at = answer.certificate.data;
	X509 *certificate = d2i_X509(NULL, &at, (long)answer.certificate.len);
	assert_non_null(pkey);
	assert_non_null(certificate);
	assert_int_equal(EVP_PKEY_get_bits(pkey), 3072);
	assert_int_equal(X509_check_private_key(certificate, pkey), 1);
	assert_int_equal(X509_verify(certificate, pkey), 1);
	struct tm end;
	assert_int_equal(ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end), 1);
	assert_int_equal((int64_t)timegm(&end) * 1000000, answer.expires_at);
	X509_free(certificate);
	EVP_PKEY_free(pkey);
}

static void an_unknown_message_ends_it_without_an_answer(void **state)
{
	const struct msg_saml_key wish = {0};
	struct msg_saml_certificate answer;
	const struct helper_ask ask = {HELPER_SAML,
				       MSG_REPLAY,
				       &msg_saml_key_codec,
				       &wish,
				       {0},
				       0,
				       MSG_SAML_CERTIFICATE,
				       &msg_saml_certificate_codec,
				       sizeof(answer),
				       LONG_MS};

	(void)state;
	ctx.helpers = &real;
	assert_int_equal(helper_call(&ctx, &ask, &answer), ERR_UNAVAILABLE);
	assert_string_equal(ctx.error.reason, "helper.broken");
	int status = helper_process_status();
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_not_the_asked_answer_is_broken_never_wrong,
						begin, end),
		cmocka_unit_test_setup_teardown(without_a_starter_nothing_is_asked, begin, end),
		cmocka_unit_test_setup_teardown(a_key_and_its_certificate_belong_together, begin,
						end),
		cmocka_unit_test_setup_teardown(an_unknown_message_ends_it_without_an_answer, begin,
						end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
