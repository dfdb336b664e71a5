/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/cmocka_all.h"

#include <fido.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auth/webauthn.h"
#include "auth/webauthn_cbor.h"
#include "auth/webauthn_chain.h"
#include "auth/webauthn_key.h"
#include "base/text.h"
#include "tests/support/soft_key.h"

static const struct webauthn_party example = {"example.org", "https://example.org"};
static struct ctx ctx;

/* --- The test vectors of the specification --- */

enum part { CREATE_CHALLENGE, CREATE_CLIENT, ATTESTATION, GET_CHALLENGE, DATA, CLIENT, SIGNATURE };
enum { PARTS = 7, VECTOR_MAX = 4096 };

struct vector {
	const char *name;
	/* NULL: accepted. */
	const char *create, *get;
	struct block parts[PARTS];
};

/* Ours to refuse: other algorithms, RSA keys of another length than 2048 bits (the example has
 * 3482), a challenge that is not 32 bytes (ES512), pages embedded by others, and attestation that
 * was not asked for and is not checked. */
static struct vector vectors[] = {
	{.name = "none-es256"},
	{.name = "packed-self-es256"},
	{.name = "none-es256-crossOrigin",
	 .create = "passkey.cross_origin",
	 .get = "passkey.cross_origin"},
	{.name = "none-es256-topOrigin",
	 .create = "passkey.cross_origin",
	 .get = "passkey.cross_origin"},
	{.name = "none-es256-long-credential-id"},
	{.name = "packed-es256"},
	{.name = "packed-es384", .create = "passkey.algorithm", .get = "passkey.algorithm"},
	{.name = "packed-es512", .create = "passkey.challenge", .get = "passkey.challenge"},
	{.name = "packed-rs256", .create = "passkey.key", .get = "passkey.malformed"},
	{.name = "packed-eddsa"},
	{.name = "packed-ed448", .create = "passkey.algorithm", .get = "passkey.algorithm"},
	{.name = "tpm-es256", .create = "passkey.attestation_format"},
	{.name = "android-key-es256", .create = "passkey.attestation_format"},
	{.name = "apple-es256", .create = "passkey.attestation_format"},
	{.name = "fido-u2f-es256", .create = "passkey.attestation_format"},
};
enum { VECTORS = sizeof(vectors) / sizeof(vectors[0]) };

static uint8_t authority[1024]; /* the certificate all of them lead to */
static size_t authority_len;

static void take_line(const char *name, const char *part, const char *hex)
{
	static const char *const names[PARTS] = {
		"create.challenge", "create.client_data", "create.attestation", "get.challenge",
		"get.data",	    "get.client_data",	  "get.signature"};

	if (strcmp(name, "attestation-ca") == 0) {
		authority_len = strlen(hex) / 2;
		assert_true(hex_decode(hex, authority, authority_len));
		return;
	}
	for (size_t v = 0; v < VECTORS; v++) {
		for (size_t p = 0; p < PARTS; p++) {
			if (strcmp(vectors[v].name, name) != 0 || strcmp(names[p], part) != 0)
				continue;
			size_t len = strlen(hex) / 2;
			uint8_t *bytes = malloc(len);
			assert_true(bytes && hex_decode(hex, bytes, len));
			vectors[v].parts[p] = (struct block){bytes, len};
			return;
		}
	}
	fail_msg("an example nobody expects: %s %s", name, part);
}

static int read_vectors(void **state)
{
	char line[2 * VECTOR_MAX];
	FILE *file = fopen(SEKISHO_SOURCE_DIR "/tests/unit/auth/webauthn_vectors.txt", "re");

	(void)state;
	ctx_init(&ctx, NULL);
	fido_init(0);
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		char name[64], part[32], hex[2 * VECTOR_MAX];
		if (line[0] != '#' && sscanf(line, "%63s %31s %8191s", name, part, hex) == 3)
			take_line(name, part, hex);
	}
	fclose(file);
	for (size_t v = 0; v < VECTORS; v++)
		for (size_t p = 0; p < PARTS; p++)
			assert_non_null(vectors[v].parts[p].data);
	return 0;
}

static int forget_vectors(void **state)
{
	(void)state;
	for (size_t v = 0; v < VECTORS; v++)
		for (size_t p = 0; p < PARTS; p++)
			free((void *)(uintptr_t)vectors[v].parts[p].data);
	return 0;
}

static void assert_verdict(const char *name, const char *why, const char *wanted)
{
	if (!why != !wanted || (why && strcmp(why, wanted) != 0))
		fail_msg("%s: %s, not %s", name, why ? why : "accepted",
			 wanted ? wanted : "accepted");
}

static const char *create_vector(const struct vector *vector, struct block client_data,
				 struct block attestation)
{
	struct webauthn_expect expect = {.party = &example,
					 .challenge = vector->parts[CREATE_CHALLENGE].data};
	struct webauthn_new made;
	const char *why = "nothing";

	assert_int_equal(webauthn_register(&ctx, &expect, client_data, attestation, &made, &why),
			 ERR_OK);
	return why;
}

/* The key as the example's registration gives it. */
static struct webauthn_known known_of(const struct vector *vector)
{
	struct webauthn_attestation attestation;
	struct webauthn_data data;

	assert_true(webauthn_attestation_read(vector->parts[ATTESTATION], &attestation));
	assert_true(webauthn_data_read(attestation.data, &data));
	return (struct webauthn_known){data.key, data.count, (data.flags & WEBAUTHN_BE) != 0};
}

static const char *get_vector(const struct vector *vector, const struct webauthn_known *known,
			      const struct webauthn_assertion *assertion)
{
	struct webauthn_expect expect = {.party = &example,
					 .challenge = vector->parts[GET_CHALLENGE].data};
	struct webauthn_data data;
	const char *why = "nothing";

	assert_int_equal(webauthn_assert(&ctx, &expect, known, assertion, &data, &why), ERR_OK);
	return why;
}

static struct webauthn_assertion assertion_of(const struct vector *vector)
{
	return (struct webauthn_assertion){vector->parts[CLIENT], vector->parts[DATA],
					   vector->parts[SIGNATURE]};
}

static void the_examples_of_the_specification_are_judged_right(void **state)
{
	(void)state;
	for (size_t i = 0; i < VECTORS; i++) {
		const struct vector *vector = &vectors[i];
		struct webauthn_known known = known_of(vector);
		struct webauthn_assertion assertion = assertion_of(vector);

		assert_verdict(vector->name,
			       create_vector(vector, vector->parts[CREATE_CLIENT],
					     vector->parts[ATTESTATION]),
			       vector->create);
		assert_verdict(vector->name, get_vector(vector, &known, &assertion), vector->get);
	}
}

/* Every byte of the block, changed by one bit; accepted() must not say NULL. */
typedef const char *judge_fn(const struct vector *vector, struct block changed, enum part part);

static void change_each_byte(const struct vector *vector, enum part part, judge_fn *judge)
{
	static const uint8_t bits[] = {0x01, 0x20, 0x80};
	uint8_t copy[VECTOR_MAX];
	size_t len = vector->parts[part].len;

	memcpy(copy, vector->parts[part].data, len);
	for (size_t i = 0; i < len; i++) {
		for (size_t b = 0; b < sizeof(bits); b++) {
			copy[i] ^= bits[b];
			if (!judge(vector, (struct block){copy, len}, part))
				fail_msg("%s: byte %zu of part %d changed by %02x is accepted",
					 vector->name, i, (int)part, bits[b]);
			copy[i] ^= bits[b];
		}
	}
}

static const char *judge_get(const struct vector *vector, struct block changed, enum part part)
{
	struct webauthn_known known = known_of(vector);
	struct webauthn_assertion assertion = assertion_of(vector);

	*(part == CLIENT ? &assertion.client_data
	  : part == DATA ? &assertion.data
			 : &assertion.signature) = changed;
	return get_vector(vector, &known, &assertion);
}

static void each_changed_byte_of_an_assertion_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < VECTORS; i++) {
		if (vectors[i].get)
			continue;
		change_each_byte(&vectors[i], CLIENT, judge_get);
		change_each_byte(&vectors[i], DATA, judge_get);
		change_each_byte(&vectors[i], SIGNATURE, judge_get);
	}
}

static const char *judge_create(const struct vector *vector, struct block changed, enum part part)
{
	return part == CREATE_CLIENT ? create_vector(vector, changed, vector->parts[ATTESTATION])
				     : create_vector(vector, vector->parts[CREATE_CLIENT], changed);
}

/* Only a signed registration can show it: nothing signs the format "none". */
static void each_changed_byte_of_a_signed_registration_is_refused(void **state)
{
	(void)state;
	change_each_byte(&vectors[1], CREATE_CLIENT, judge_create);
	change_each_byte(&vectors[1], ATTESTATION, judge_create);
	change_each_byte(&vectors[5], CREATE_CLIENT, judge_create);
	change_each_byte(&vectors[9], CREATE_CLIENT, judge_create);
}

static void each_changed_byte_of_the_stored_key_is_refused(void **state)
{
	uint8_t copy[WEBAUTHN_KEY_MAX];

	(void)state;
	for (size_t i = 0; i < VECTORS; i++) {
		if (vectors[i].get)
			continue;
		struct webauthn_assertion assertion = assertion_of(&vectors[i]);
		struct webauthn_known known = known_of(&vectors[i]);
		size_t len = known.key.len;
		memcpy(copy, known.key.data, len);
		known.key.data = copy;
		for (size_t at = 0; at < len; at++) {
			copy[at] ^= 1;
			if (!get_vector(&vectors[i], &known, &assertion))
				fail_msg("%s: byte %zu of the key", vectors[i].name, at);
			copy[at] ^= 1;
		}
	}
}

/* --- Whose certificate it was --- */

enum { NOW = 1800000000 }; /* 2027 */
static const int64_t second_us = 1000000;

/* The registration as a whole: the verdict, then that on the chain. */
static const char *attest(const struct vector *vector, struct block attestation,
			  struct block anchor, bool alone, int64_t now)
{
	struct webauthn_expect expect = {.party = &example,
					 .challenge = vector->parts[CREATE_CHALLENGE].data};
	struct webauthn_new made;
	const struct chain_anchor anchors[] = {{anchor, alone}};
	const char *why = "nothing";
	size_t at = 9;

	assert_int_equal(webauthn_register(&ctx, &expect, vector->parts[CREATE_CLIENT], attestation,
					   &made, &why),
			 ERR_OK);
	return why ? why
		   : webauthn_chain_judge(made.chain, made.data.aaguid, anchors, 1, now * second_us,
					  &at);
}

static const char *attest_changed(const struct vector *vector, struct block changed, enum part part)
{
	(void)part;
	return attest(vector, changed, (struct block){authority, authority_len}, true, NOW);
}

static void the_examples_lead_to_their_authority_and_no_changed_byte_does(void **state)
{
	static const size_t chained[] = {5, 9}; /* packed-es256, packed-eddsa */
	const struct block root = {authority, authority_len};

	(void)state;
	for (size_t i = 0; i < sizeof(chained) / sizeof(chained[0]); i++) {
		const struct vector *vector = &vectors[chained[i]];
		struct block whole = vector->parts[ATTESTATION];

		assert_verdict(vector->name, attest(vector, whole, root, true, NOW), NULL);
		/* They name no model: where the authority has several, it could be any. */
		assert_verdict(vector->name, attest(vector, whole, root, false, NOW),
			       "passkey.attestation_model");
		assert_verdict(vector->name, attest(vector, whole, root, true, 1700000000),
			       "passkey.attestation_chain");
		change_each_byte(vector, ATTESTATION, attest_changed);
	}
	/* Signed by itself: no certificate at all. */
	assert_verdict("self", attest(&vectors[1], vectors[1].parts[ATTESTATION], root, true, NOW),
		       "passkey.attestation_leaf");
}

static const uint8_t model[16] = {0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5,
				  0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5};
static const uint8_t another[16] = {1};

struct certificate_case {
	const char *name, *why;
	struct soft_maker_say say;
	bool alone;
};
static const struct certificate_case certificate_cases[] = {
	{"names its model", NULL, {.aaguid = model}, false},
	{"names none, the authority has one", NULL, {0}, true},
	{"names none, the authority has more", "passkey.attestation_model", {0}, false},
	{"names another", "passkey.attestation_model", {.aaguid = another}, true},
	{"names it critically",
	 "passkey.attestation_model",
	 {.aaguid = model, .critical = true},
	 true},
	{"is an authority",
	 "passkey.attestation_leaf",
	 {.aaguid = model, .leaf_is_ca = true},
	 true},
	{"other unit", "passkey.attestation_leaf", {.aaguid = model, .unit = "Sales"}, true},
	{"expired", "passkey.attestation_chain", {.aaguid = model, .days = -1}, true},
	{"SHA-1", "passkey.attestation_chain", {.aaguid = model, .weak_digest = true}, true},
	{"signed by somebody else",
	 "passkey.attestation_chain",
	 {.aaguid = model, .other_issuer = true},
	 true},
};

static void each_certificate_is_refused_by_its_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(certificate_cases) / sizeof(certificate_cases[0]); i++) {
		const struct certificate_case *each = &certificate_cases[i];
		struct soft_maker maker;
		struct chain_root root;
		struct buf x5c;
		size_t at = 9;

		soft_maker_make(&maker, &each->say);
		char *pem = soft_maker_pem(&maker);
		assert_true(webauthn_chain_root(pem, &root));
		assert_non_null(strstr(root.subject, "Soft Root"));
		buf_init(&x5c, VECTOR_MAX);
		soft_maker_x5c(&maker, &x5c);
		const struct chain_anchor anchors[] = {{{authority, authority_len}, true},
						       {{root.der, root.len}, each->alone}};
		assert_verdict(each->name,
			       webauthn_chain_judge(soft_block(&x5c), model, anchors, 2,
						    (int64_t)time(NULL) * second_us, &at),
			       each->why);
		assert_int_equal(at, each->why ? 9 : 1);
		buf_clear(&x5c);
		free(pem);
		soft_maker_clear(&maker);
	}
}

static void only_one_certificate_of_an_authority_is_entered(void **state)
{
	struct soft_maker maker;
	struct chain_root root;
	char twice[8192];

	(void)state;
	soft_maker_make(&maker, &(struct soft_maker_say){0});
	char *pem = soft_maker_pem(&maker);
	assert_true(webauthn_chain_root(pem, &root));
	assert_true(root.not_after > (int64_t)time(NULL) * second_us);
	snprintf(twice, sizeof(twice), "%s%s", pem, pem);
	assert_false(webauthn_chain_root(twice, &root));
	assert_false(webauthn_chain_root("", &root));
	assert_false(webauthn_chain_root("-----BEGIN CERTIFICATE-----\nAAAA\n", &root));
	pem[100] ^= 1;
	assert_false(webauthn_chain_root(pem, &root));
	free(pem);
	soft_maker_clear(&maker);
}

/* --- Every way to be refused, said by an authenticator of our own --- */

static const struct webauthn_party party = {"sekisho.example", "https://sekisho.example"};
enum { ALL = WEBAUTHN_UP | WEBAUTHN_UV, CREATED = ALL | WEBAUTHN_AT };

static void each_algorithm_of_ours_registers_and_signs_in(void **state)
{
	static const enum webauthn_alg algs[] = {WEBAUTHN_EDDSA, WEBAUTHN_ES256, WEBAUTHN_RS256};

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		struct soft_key key;
		struct soft_say say = {.challenge = {1, 2, 3}, .packed = i >= 3, .count = 1};
		struct soft_answer created, got;
		struct webauthn_expect expect = {&party, say.challenge, true};
		struct webauthn_new made;
		struct webauthn_data data;
		const char *why = "nothing";

		soft_key_make(&key, algs[i % 3]);
		soft_create(&key, &say, &created);
		assert_int_equal(webauthn_register(&ctx, &expect, soft_block(&created.client_data),
						   soft_block(&created.attestation), &made, &why),
				 ERR_OK);
		assert_verdict("register", why, NULL);
		assert_int_equal(made.alg, algs[i % 3]);
		assert_string_equal(made.format, say.packed ? "packed" : "none");
		assert_memory_equal(made.data.id.data, key.id, sizeof(key.id));
		assert_memory_equal(made.data.aaguid, key.aaguid, sizeof(key.aaguid));
		say.count = 2;
		soft_get(&key, &say, &got);
		struct webauthn_known known = {made.data.key, made.data.count, false};
		struct webauthn_assertion assertion = {soft_block(&got.client_data),
						       soft_block(&got.data),
						       soft_block(&got.signature)};
		assert_int_equal(webauthn_assert(&ctx, &expect, &known, &assertion, &data, &why),
				 ERR_OK);
		assert_verdict("assert", why, NULL);
		assert_int_equal(data.count, 2);
		soft_answer_clear(&created);
		soft_answer_clear(&got);
		soft_key_clear(&key);
	}
}

#define TAIL(text) .tail = (text)
static const uint8_t protect[] = "\xa1\x6b"
				 "credProtect\x02";
static const uint8_t blob[] = "\xa1\x68"
			      "credBlob\x41\x01";
static const uint8_t not_a_map[] = "\x02";
static const uint8_t twice[] = "\xa2\x61\x61\x01\x61\x61\x02";
static const uint8_t endless[] = "\xbf\x61\x61\x01\xff";
static const uint8_t deep[] = "\xa1\x61\x61\x81\x81\x81\x81\x01";
#define EXTENSION(bytes) .extensions = {(bytes), sizeof(bytes) - 1}

struct trick {
	const char *name, *why;
	struct soft_say say;
	bool optional; /* the person need not be verified */
};

static const struct trick tricks[] = {
	{"truthful", NULL, {0}, false},
	{"no crossOrigin, as some browsers", NULL, {TAIL("}")}, false},
	{"future member", NULL, {TAIL(",\"crossOrigin\":false,\"other\":\"x\"}")}, false},
	{"unasked credProtect", NULL, {EXTENSION(protect), .packed = true}, false},
	{"unverified where it may be", NULL, {.flags = CREATED & ~WEBAUTHN_UV}, true},
	{"type swapped", "passkey.type", {.type = "webauthn.get"}, false},
	{"other type", "passkey.type", {.type = "payment.get"}, false},
	{"type longer", "passkey.type", {.type = "webauthn.create2"}, false},
	{"http", "passkey.origin", {.origin = "http://sekisho.example"}, false},
	{"other port", "passkey.origin", {.origin = "https://sekisho.example:8443"}, false},
	{"sub-domain", "passkey.origin", {.origin = "https://a.sekisho.example"}, false},
	{"look-alike", "passkey.origin", {.origin = "https://sekisho.example.evil"}, false},
	{"shorter origin", "passkey.origin", {.origin = "https://sekisho.exampl"}, false},
	{"other case", "passkey.origin", {.origin = "https://Sekisho.example"}, false},
	{"embedded", "passkey.cross_origin", {TAIL(",\"crossOrigin\":true}")}, false},
	{"top origin",
	 "passkey.cross_origin",
	 {TAIL(",\"crossOrigin\":false,\"topOrigin\":\"https://evil.example\"}")},
	 false},
	{"top origin alone", "passkey.cross_origin", {TAIL(",\"topOrigin\":\"x\"}")}, false},
	{"cut client data", "passkey.cross_origin", {TAIL(",\"crossOrigin\":false")}, false},
	{"cut members", "passkey.cross_origin", {TAIL(",\"crossOrigin\":false,\"a\":1")}, false},
	{"bytes behind", "passkey.cross_origin", {TAIL("}}")}, false},
	{"not UTF-8", "passkey.cross_origin", {TAIL(",\"crossOrigin\":false,\"\xff\":1}")}, false},
	{"other relying party", "passkey.rp_id", {.rp_id = "evil.example"}, false},
	{"nobody present", "passkey.not_present", {.flags = CREATED & ~WEBAUTHN_UP}, false},
	{"nobody verified", "passkey.not_verified", {.flags = CREATED & ~WEBAUTHN_UV}, false},
	{"backed up, not eligible",
	 "passkey.backup_flags",
	 {.flags = CREATED | WEBAUTHN_BS},
	 false},
	{"no credential data",
	 "passkey.malformed",
	 {.flags = CREATED, .no_credential = true},
	 false},
	{"no credential flag", "passkey.malformed", {.flags = ALL}, false},
	{"extensions no map", "passkey.malformed", {EXTENSION(not_a_map)}, false},
	{"extension twice", "passkey.malformed", {EXTENSION(twice)}, false},
	{"extensions endless", "passkey.malformed", {EXTENSION(endless)}, false},
	{"extensions deep", "passkey.malformed", {EXTENSION(deep)}, false},
	{"flag without extensions", "passkey.malformed", {.flags = CREATED | WEBAUTHN_ED}, false},
	{"a byte behind", "passkey.malformed", {.byte_behind = true}, false},
	{"attestation not its own",
	 "passkey.attestation",
	 {.packed = true, .signature_off = true},
	 false},
};

static void each_trick_at_registration_is_refused_by_its_name(void **state)
{
	struct soft_key key;

	(void)state;
	soft_key_make(&key, WEBAUTHN_ES256);
	for (size_t i = 0; i < sizeof(tricks) / sizeof(tricks[0]); i++) {
		const struct trick *trick = &tricks[i];
		struct webauthn_expect expect = {&party, trick->say.challenge, !trick->optional};
		struct webauthn_new made;
		struct soft_answer answer;
		const char *why = "nothing";

		soft_create(&key, &trick->say, &answer);
		assert_int_equal(webauthn_register(&ctx, &expect, soft_block(&answer.client_data),
						   soft_block(&answer.attestation), &made, &why),
				 ERR_OK);
		assert_verdict(trick->name, why, trick->why);
		soft_answer_clear(&answer);
	}
	soft_key_clear(&key);
}

struct misuse {
	const char *name, *why;
	struct soft_say say;
	uint32_t counted; /* stored before */
	bool eligible;	  /* stored: may be backed up */
};
static const struct misuse misuses[] = {
	{"truthful", NULL, {.count = 8}, 7, false},
	{"no counter at all", NULL, {0}, 0, false},
	{"backed up meanwhile", NULL, {.flags = ALL | WEBAUTHN_BE | WEBAUTHN_BS}, 0, true},
	{"type swapped", "passkey.type", {.type = "webauthn.create"}, 0, false},
	{"other origin", "passkey.origin", {.origin = "https://evil.example"}, 0, false},
	{"embedded", "passkey.cross_origin", {TAIL(",\"crossOrigin\":true}")}, 0, false},
	{"other relying party", "passkey.rp_id", {.rp_id = "evil.example"}, 0, false},
	{"nobody present", "passkey.not_present", {.flags = WEBAUTHN_UV}, 0, false},
	{"nobody verified", "passkey.not_verified", {.flags = WEBAUTHN_UP}, 0, false},
	{"credential inside", "passkey.malformed", {.flags = CREATED}, 0, false},
	{"backed up, not eligible", "passkey.backup_flags", {.flags = ALL | WEBAUTHN_BS}, 0, false},
	{"became eligible", "passkey.backup_flags", {.flags = ALL | WEBAUTHN_BE}, 0, false},
	{"no longer eligible", "passkey.backup_flags", {.flags = ALL}, 0, true},
	{"signature of something else", "passkey.signature", {.signature_off = true}, 0, false},
	{"unasked extension", "passkey.signature", {EXTENSION(blob)}, 0, false},
	{"a byte behind", "passkey.malformed", {.byte_behind = true}, 0, false},
	{"counter equal", "passkey.counter", {.count = 7}, 7, false},
	{"counter back", "passkey.counter", {.count = 6}, 7, false},
	{"counter gone", "passkey.counter", {.count = 0}, 7, false},
};

static void each_misuse_at_sign_in_is_refused_by_its_name(void **state)
{
	struct soft_key key;
	struct buf cose;

	(void)state;
	soft_key_make(&key, WEBAUTHN_EDDSA);
	buf_init(&cose, WEBAUTHN_KEY_MAX);
	soft_key_cose(&key, &cose);
	for (size_t i = 0; i < sizeof(misuses) / sizeof(misuses[0]); i++) {
		const struct misuse *misuse = &misuses[i];
		struct webauthn_expect expect = {&party, misuse->say.challenge, true};
		struct webauthn_known known = {soft_block(&cose), misuse->counted,
					       misuse->eligible};
		struct webauthn_data data;
		struct soft_answer answer;
		const char *why = "nothing";

		soft_get(&key, &misuse->say, &answer);
		struct webauthn_assertion assertion = {soft_block(&answer.client_data),
						       soft_block(&answer.data),
						       soft_block(&answer.signature)};
		assert_int_equal(webauthn_assert(&ctx, &expect, &known, &assertion, &data, &why),
				 ERR_OK);
		assert_verdict(misuse->name, why, misuse->why);
		soft_answer_clear(&answer);
	}
	buf_clear(&cose);
	soft_key_clear(&key);
}

static void another_challenge_and_another_key_are_refused(void **state)
{
	static const uint8_t other[WEBAUTHN_CHALLENGE] = {9};
	struct soft_key key, stranger;
	struct soft_say say = {0};
	struct soft_answer answer;
	struct buf cose;
	struct webauthn_data data;
	const char *why = NULL;

	(void)state;
	soft_key_make(&key, WEBAUTHN_ES256);
	soft_key_make(&stranger, WEBAUTHN_ES256);
	buf_init(&cose, WEBAUTHN_KEY_MAX);
	soft_key_cose(&stranger, &cose);
	soft_get(&key, &say, &answer);
	struct webauthn_assertion assertion = {soft_block(&answer.client_data),
					       soft_block(&answer.data),
					       soft_block(&answer.signature)};
	struct webauthn_expect expect = {&party, other, true};
	struct webauthn_known known = {soft_block(&cose), 0, false};
	assert_int_equal(webauthn_assert(&ctx, &expect, &known, &assertion, &data, &why), ERR_OK);
	assert_verdict("challenge", why, "passkey.challenge");
	expect.challenge = say.challenge;
	assert_int_equal(webauthn_assert(&ctx, &expect, &known, &assertion, &data, &why), ERR_OK);
	assert_verdict("key", why, "passkey.signature");
	buf_clear(&cose);
	soft_answer_clear(&answer);
	soft_key_clear(&key);
	soft_key_clear(&stranger);
}

/* --- Forms of a signature --- */

/* Of the numbers of a right one. */
enum twist { AS_IT_IS, MIRRORED, R_ZERO, S_ZERO, S_ORDER, R_PLUS_ORDER, SWAPPED };
/* Of its bytes. */
enum bytes { BYTES_AS_THEY_ARE, BYTE_BEHIND, LONG_LENGTH, BYTE_SHORT, NEGATIVE, RAW };

static const struct {
	const char *name, *why;
	enum twist twist;
	enum bytes bytes;
} signature_forms[] = {
	{"as it is", NULL, AS_IT_IS, BYTES_AS_THEY_ARE},
	/* Right as well, for the same challenge, which counts once. */
	{"n - s", NULL, MIRRORED, BYTES_AS_THEY_ARE},
	{"r is 0", "passkey.signature", R_ZERO, BYTES_AS_THEY_ARE},
	{"s is 0", "passkey.signature", S_ZERO, BYTES_AS_THEY_ARE},
	{"s is n", "passkey.signature", S_ORDER, BYTES_AS_THEY_ARE},
	{"r + n", "passkey.signature", R_PLUS_ORDER, BYTES_AS_THEY_ARE},
	{"r below 0", "passkey.signature", AS_IT_IS, NEGATIVE},
	{"s and r", "passkey.signature", SWAPPED, BYTES_AS_THEY_ARE},
	{"a byte behind", "passkey.signature", AS_IT_IS, BYTE_BEHIND},
	{"length in two bytes", "passkey.signature", AS_IT_IS, LONG_LENGTH},
	{"a byte short", "passkey.signature", AS_IT_IS, BYTE_SHORT},
	{"r and s without DER", "passkey.signature", AS_IT_IS, RAW},
};

static void twist_numbers(enum twist twist, const BIGNUM *order, BIGNUM *r, BIGNUM *s)
{
	switch (twist) {
	case AS_IT_IS: break;
	case MIRRORED: assert_true(BN_sub(s, order, s)); break;
	case R_ZERO: BN_zero(r); break;
	case S_ZERO: BN_zero(s); break;
	case S_ORDER: assert_non_null(BN_copy(s, order)); break;
	case R_PLUS_ORDER: assert_true(BN_add(r, r, order)); break;
	case SWAPPED: BN_swap(r, s); break;
	}
}

/* The length of what is in out. */
static size_t write_signature(enum bytes bytes, const BIGNUM *r, const BIGNUM *s, uint8_t out[160])
{
	ECDSA_SIG *made = ECDSA_SIG_new();
	uint8_t *at = out;

	assert_true(ECDSA_SIG_set0(made, BN_dup(r), BN_dup(s)));
	int len = i2d_ECDSA_SIG(made, &at);
	ECDSA_SIG_free(made);
	assert_in_range(len, 8, 127 + 2);
	switch (bytes) {
	case BYTES_AS_THEY_ARE: break;
	case BYTE_BEHIND: out[len++] = 0; break;
	case LONG_LENGTH:
		memmove(out + 2, out + 1, (size_t)len++ - 1);
		out[1] = 0x81;
		break;
	case BYTE_SHORT: len--; break;
	case NEGATIVE: out[4] |= 0x80; break;
	case RAW: len = BN_bn2binpad(r, out, 32) + BN_bn2binpad(s, out + 32, 32); break;
	}
	return (size_t)len;
}

static const char *assert_with(const struct soft_key *key, const struct soft_say *say,
			       const struct soft_answer *answer, struct block signature)
{
	struct webauthn_expect expect = {&party, say->challenge, true};
	struct webauthn_assertion assertion = {soft_block(&answer->client_data),
					       soft_block(&answer->data), signature};
	struct webauthn_data data;
	const char *why = "nothing";
	struct buf cose;

	buf_init(&cose, WEBAUTHN_KEY_MAX);
	soft_key_cose(key, &cose);
	struct webauthn_known known = {soft_block(&cose), 0, false};
	assert_int_equal(webauthn_assert(&ctx, &expect, &known, &assertion, &data, &why), ERR_OK);
	buf_clear(&cose);
	return why;
}

static void an_ecdsa_signature_has_its_numbers_and_one_form(void **state)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	struct soft_key key;
	struct soft_say say = {0};
	struct soft_answer answer;

	(void)state;
	soft_key_make(&key, WEBAUTHN_ES256);
	soft_get(&key, &say, &answer);
	for (size_t i = 0; i < sizeof(signature_forms) / sizeof(signature_forms[0]); i++) {
		const unsigned char *at = answer.signature.data;
		ECDSA_SIG *right = d2i_ECDSA_SIG(NULL, &at, (long)answer.signature.len);
		BIGNUM *r = BN_dup(ECDSA_SIG_get0_r(right)), *s = BN_dup(ECDSA_SIG_get0_s(right));
		uint8_t bytes[160];
		twist_numbers(signature_forms[i].twist, EC_GROUP_get0_order(group), r, s);
		struct block changed = {bytes,
					write_signature(signature_forms[i].bytes, r, s, bytes)};
		assert_verdict(signature_forms[i].name, assert_with(&key, &say, &answer, changed),
			       signature_forms[i].why);
		BN_free(r);
		BN_free(s);
		ECDSA_SIG_free(right);
	}
	soft_answer_clear(&answer);
	soft_key_clear(&key);
	EC_GROUP_free(group);
}

/* --- Keys and CBOR --- */

static void keys_that_are_not_sound_are_refused(void **state)
{
	struct webauthn_key read;
	struct soft_key key;
	struct buf cose;

	(void)state;
	buf_init(&cose, WEBAUTHN_KEY_MAX);
	soft_key_make(&key, WEBAUTHN_ES256);
	soft_key_cose(&key, &cose);
	assert_null(webauthn_key_read(soft_block(&cose), &read));
	cose.data[cose.len - 1] ^= 1; /* off the curve */
	assert_string_equal(webauthn_key_read(soft_block(&cose), &read), "passkey.key");
	cose.data[cose.len - 1] ^= 1;
	cose.data[4] = 0x2e; /* alg -15 */
	assert_string_equal(webauthn_key_read(soft_block(&cose), &read), "passkey.algorithm");
	cose.data[4] = 0x27; /* EdDSA with an EC key */
	assert_string_equal(webauthn_key_read(soft_block(&cose), &read), "passkey.key");
	cose.data[4] = 0x26;
	cose.data[6] = 2; /* another curve */
	assert_string_equal(webauthn_key_read(soft_block(&cose), &read), "passkey.key");
	cose.data[6] = 1;
	buf_put_u8(&cose, 0);
	assert_string_equal(webauthn_key_read(soft_block(&cose), &read), "passkey.key");
	soft_key_clear(&key);

	soft_key_make(&key, WEBAUTHN_RS256);
	buf_reset(&cose);
	soft_key_cose(&key, &cose);
	assert_null(webauthn_key_read(soft_block(&cose), &read));
	cose.data[cose.len - 1] = 3; /* exponent 65539 */
	assert_string_equal(webauthn_key_read(soft_block(&cose), &read), "passkey.key");
	cose.data[cose.len - 1] = 1;
	cose.data[11] = 0; /* fewer than 2048 bits */
	assert_string_equal(webauthn_key_read(soft_block(&cose), &read), "passkey.key");
	soft_key_clear(&key);
	buf_clear(&cose);
}

static void cbor_has_one_form(void **state)
{
#define CASE(ok, bytes)                      \
	{                                    \
		ok, bytes, sizeof(bytes) - 1 \
	}
	static const struct {
		bool good;
		const char *bytes;
		size_t len;
	} cases[] = {
		CASE(true, "\x00"),
		CASE(true, "\x18\x18"),
		CASE(true, "\x39\x01\x00"),
		CASE(true, "\x43"
			   "abc"),
		CASE(true, "\xa2\x01\x02\x20\x03"),
		CASE(true, "\x82\xf4\xf6"),
		CASE(false, ""),
		CASE(false, "\x18\x17"),	     /* 23 in two bytes */
		CASE(false, "\x19\x00\xff"),	     /* 255 in three */
		CASE(false, "\x1a\x00\x00\xff\xff"), /* 65535 in five */
		CASE(false, "\x1b\x00\x00\x00\x00\xff\xff\xff\xff"),
		CASE(false, "\x1b\xff\xff\xff\xff\xff\xff\xff\xff"), /* above 2^63 - 1 */
		CASE(false, "\x3b\xff\xff\xff\xff\xff\xff\xff\xff"),
		CASE(false, "\x1c"),
		CASE(false, "\x5f\x41"
			    "a\xff"), /* indefinite */
		CASE(false, "\x7f\xff"),
		CASE(false, "\x9f\xff"),
		CASE(false, "\xbf\xff"),
		CASE(false, "\x44"
			    "abc"), /* cut */
		CASE(false, "\x5b\x7f\xff\xff\xff\xff\xff\xff\xff"),
		CASE(false, "\x9b\x00\x00\x00\x01\x00\x00\x00\x00"),
		CASE(false, "\x91\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), /* 17 members */
		CASE(false, "\xa2\x01\x02\x01\x03"),		       /* twice */
		CASE(false, "\xa1\x01"),
		CASE(false, "\x62\xc3\x28"), /* not UTF-8 */
		CASE(false, "\xc0\x00"),     /* tag */
		CASE(false, "\xf7"),	     /* undefined */
		CASE(false, "\xf9\x00\x00"), /* float */
		CASE(false, "\x81\x81\x81\x81\x81\x00"),
		CASE(true, "\x81\x81\x81\x81\x00"),
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rd rd = rd_of(cases[i].bytes, cases[i].len);
		struct block item;
		bool good = ctap_item(&rd, &item) && rd_done(&rd);
		if (good != cases[i].good)
			fail_msg("case %zu", i);
	}
}

static void the_relying_party_is_the_host_of_public_url(void **state)
{
	static const struct {
		const char *url, *rp_id, *origin;
	} cases[] = {
		{"https://Pam.Example.jp", "pam.example.jp", "https://pam.example.jp"},
		{"https://pam.example.jp:443", "pam.example.jp", "https://pam.example.jp"},
		{"https://localhost:8443", "localhost", "https://localhost:8443"},
		{"https://192.0.2.1", NULL, NULL},
		{"https://[2001:db8::1]:8443", NULL, NULL},
		{"http://pam.example.jp", NULL, NULL},
		{"https://", NULL, NULL},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct webauthn_party found;
		assert_int_equal(webauthn_party_of(cases[i].url, &found), cases[i].rp_id != NULL);
		if (cases[i].rp_id) {
			assert_string_equal(found.rp_id, cases[i].rp_id);
			assert_string_equal(found.origin, cases[i].origin);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_examples_of_the_specification_are_judged_right),
		cmocka_unit_test(each_changed_byte_of_an_assertion_is_refused),
		cmocka_unit_test(each_changed_byte_of_a_signed_registration_is_refused),
		cmocka_unit_test(each_changed_byte_of_the_stored_key_is_refused),
		cmocka_unit_test(the_examples_lead_to_their_authority_and_no_changed_byte_does),
		cmocka_unit_test(each_certificate_is_refused_by_its_name),
		cmocka_unit_test(only_one_certificate_of_an_authority_is_entered),
		cmocka_unit_test(each_algorithm_of_ours_registers_and_signs_in),
		cmocka_unit_test(each_trick_at_registration_is_refused_by_its_name),
		cmocka_unit_test(each_misuse_at_sign_in_is_refused_by_its_name),
		cmocka_unit_test(another_challenge_and_another_key_are_refused),
		cmocka_unit_test(an_ecdsa_signature_has_its_numbers_and_one_form),
		cmocka_unit_test(keys_that_are_not_sound_are_refused),
		cmocka_unit_test(cbor_has_one_form),
		cmocka_unit_test(the_relying_party_is_the_host_of_public_url),
	};

	return cmocka_run_group_tests(tests, read_vectors, forget_vectors);
}
