/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/cmocka_all.h"

#include <jansson.h>
#include <string.h>

#include "auth/oidc/token.h"
#include "base/arena.h"
#include "tests/support/soft_jose.h"

/* Forged tokens and key sets: each has its reason. Times are fixed. */

enum { NOW = 1790000000 };
static struct arena *arena;
static char token[SOFT_TOKEN], jwks[64 * 1024];

static const struct oidc_expected expected = {.issuer = "https://id.example/realm",
					      .client_id = "sekisho",
					      .nonce = "n-0S6_WzA2Mj",
					      .access_token = "at-1",
					      .code = "code-1",
					      .now_s = NOW,
					      .max_age_s = -1};

/* A right set of claims; a member given anew in changes replaces it, null takes it away. */
static const char *claims_with(const char *changes)
{
	static char text[SOFT_TOKEN / 2];
	json_error_t error;
	char base[512];

	snprintf(base, sizeof(base),
		 "{\"iss\":\"https://id.example/realm\",\"aud\":\"sekisho\",\"sub\":\"s-1\","
		 "\"exp\":%d,\"iat\":%d,\"nonce\":\"n-0S6_WzA2Mj\"}",
		 NOW + 300, NOW - 5);
	json_t *all = json_loads(base, 0, &error), *more = json_loads(changes, 0, &error);
	if (!all || !more)
		fail_msg("%s: %s", changes, error.text);
	const char *name;
	json_t *value;
	json_object_foreach(more, name, value)
	{
		if (json_is_null(value))
			json_object_del(all, name);
		else
			json_object_set(all, name, value);
	}
	char *made = json_dumps(all, JSON_COMPACT);
	snprintf(text, sizeof(text), "%s", made);
	free(made);
	json_decref(all);
	json_decref(more);
	return text;
}

/* Key sets: members to add to one key, or several keys. */
static void set_of(const struct soft_jose *key, const char *more)
{
	char jwk[SOFT_JWK];

	soft_jose_jwk(key, more, jwk);
	snprintf(jwks, sizeof(jwks), "{\"keys\":[%s]}", jwk);
}

static void add_key(const struct soft_jose *key, const char *more)
{
	char jwk[SOFT_JWK];

	soft_jose_jwk(key, more, jwk);
	jwks[strlen(jwks) - 2] = 0; /* "]}" */
	snprintf(jwks + strlen(jwks), sizeof(jwks) - strlen(jwks), ",%s]}", jwk);
}

static const char *check_as(const struct oidc_expected *as, struct federated_identity *out)
{
	const struct block t = {(const uint8_t *)token, strlen(token)};
	const struct block k = {(const uint8_t *)jwks, strlen(jwks)};

	arena_reset(arena);
	return oidc_token_check(arena, t, k, as, out);
}

static const char *check(void)
{
	struct federated_identity identity;

	return check_as(&expected, &identity);
}

static void assert_reason(const char *got, const char *wanted, const char *what)
{
	if ((got == NULL) != (wanted == NULL) || (got && strcmp(got, wanted) != 0))
		fail_msg("%s: %s instead of %s", what, got ? got : "accepted",
			 wanted ? wanted : "accepted");
}

static const struct soft_jose *rsa(void)
{
	return soft_jose_key(SOFT_RSA, 0);
}

static void with_claims(const char *changes)
{
	set_of(rsa(), ",\"kid\":\"k1\",\"use\":\"sig\",\"alg\":\"RS256\"");
	soft_jose_token(rsa(), SOFT_RS256, "{\"alg\":\"RS256\",\"kid\":\"k1\"}",
			claims_with(changes), "", token);
}

/* --- */

static void the_three_algorithms_are_accepted(void **state)
{
	static const struct {
		const char *header;
		enum soft_jose_kty kty;
		enum soft_jose_sign sign;
	} cases[] = {
		{"{\"alg\":\"RS256\"}", SOFT_RSA, SOFT_RS256},
		{"{\"alg\":\"PS256\",\"typ\":\"JWT\"}", SOFT_RSA, SOFT_PS256},
		{"{\"alg\":\"ES256\",\"typ\":\"jwt\",\"kid\":\"k1\"}", SOFT_P256, SOFT_ES256},
	};
	struct federated_identity got;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		set_of(soft_jose_key(cases[i].kty, 0), ",\"kid\":\"k1\"");
		soft_jose_token(soft_jose_key(cases[i].kty, 0), cases[i].sign, cases[i].header,
				claims_with("{\"acr\":\"gold\",\"amr\":[\"pwd\",\"otp\"]}"), "",
				token);
		assert_reason(check_as(&expected, &got), NULL, cases[i].header);
		assert_string_equal(got.subject, "s-1");
		assert_int_equal(got.context_count, 3);
		assert_string_equal(got.contexts[0], "gold");
		assert_string_equal(got.contexts[2], "otp");
	}
}

/* Header and signature against a set with one RSA key k1. */
static void forged_headers_are_refused(void **state)
{
	static const struct {
		const char *header, *why;
		enum soft_jose_sign sign;
	} cases[] = {
		{"{\"alg\":\"none\"}", "oidc.token_form", SOFT_NONE},
		{"{\"alg\":\"none\"}", "oidc.algorithm", SOFT_RS256},
		{"{\"alg\":\"None\"}", "oidc.algorithm", SOFT_RS256},
		{"{\"alg\":\"nOnE\"}", "oidc.algorithm", SOFT_RS256},
		{"{\"alg\":\"\"}", "oidc.algorithm", SOFT_RS256},
		{"{}", "oidc.algorithm", SOFT_RS256},
		{"{\"alg\":null}", "oidc.algorithm", SOFT_RS256},
		{"{\"alg\":[\"RS256\"]}", "oidc.algorithm", SOFT_RS256},
		{"{\"alg\":\"RS384\"}", "oidc.algorithm", SOFT_RS256},
		{"{\"alg\":\"RS1\"}", "oidc.algorithm", SOFT_RS256},
		{"{\"alg\":\"rs256\"}", "oidc.algorithm", SOFT_RS256},
		{"{\"alg\":\"HS256\",\"kid\":\"k1\"}", "oidc.algorithm", SOFT_HS256},
		{"{\"alg\":\"RS256\",\"kid\":\"k1\"}", "oidc.signature", SOFT_HS256},
		{"{\"alg\":\"RS256\",\"kid\":\"k1\"}", "oidc.signature", SOFT_PS256},
		{"{\"alg\":\"PS256\",\"kid\":\"k1\"}", "oidc.signature", SOFT_RS256},
		{"{\"alg\":\"ES256\",\"kid\":\"k1\"}", "oidc.key_use", SOFT_RS256},
		{"{\"alg\":\"ES256\"}", "oidc.key_unknown", SOFT_RS256},
		{"{\"alg\":\"RS256\",\"alg\":\"none\"}", "oidc.token_form", SOFT_RS256},
		{"{\"alg\":\"RS256\",\"kid\":\"../../etc/passwd\"}", "oidc.key_unknown",
		 SOFT_RS256},
		{"{\"alg\":\"RS256\",\"kid\":\"k1' OR '1'='1\"}", "oidc.key_unknown", SOFT_RS256},
		{"{\"alg\":\"RS256\",\"kid\":\"K1\"}", "oidc.key_unknown", SOFT_RS256},
		{"{\"alg\":\"RS256\",\"kid\":1}", "oidc.header", SOFT_RS256},
		{"{\"alg\":\"RS256\",\"kid\":\"k1\",\"crit\":[\"exp\"]}", "oidc.header",
		 SOFT_RS256},
		{"{\"alg\":\"RS256\",\"kid\":\"k1\",\"jku\":\"https://evil.example/jwks\"}",
		 "oidc.header", SOFT_RS256},
		{"{\"alg\":\"RS256\",\"kid\":\"k1\",\"x5u\":\"https://evil.example/cert\"}",
		 "oidc.header", SOFT_RS256},
		{"{\"alg\":\"RS256\",\"kid\":\"k1\",\"x5c\":[\"AAAA\"]}", "oidc.header",
		 SOFT_RS256},
		{"{\"alg\":\"RS256\",\"kid\":\"k1\",\"jwk\":{\"kty\":\"oct\",\"k\":\"AA\"}}",
		 "oidc.header", SOFT_RS256},
		{"{\"alg\":\"RS256\",\"kid\":\"k1\",\"b64\":false}", "oidc.header", SOFT_RS256},
		{"{\"alg\":\"RS256\",\"kid\":\"k1\",\"zip\":\"DEF\"}", "oidc.header", SOFT_RS256},
		{"{\"alg\":\"RS256\",\"kid\":\"k1\",\"typ\":\"at+jwt\"}", "oidc.type", SOFT_RS256},
		{"{\"alg\":\"RS256\",\"kid\":\"k1\",\"typ\":\"logout+jwt\"}", "oidc.type",
		 SOFT_RS256},
		{"[\"alg\",\"RS256\"]", "oidc.token_form", SOFT_RS256},
		{"{\"alg\":\"RS256\"} ", NULL, SOFT_RS256},
		{"{\"alg\":\"RS256\"}{}", "oidc.token_form", SOFT_RS256},
	};
	char pem[SOFT_JWK];

	(void)state;
	soft_jose_pem(rsa(), pem);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		set_of(rsa(), ",\"kid\":\"k1\"");
		soft_jose_token(rsa(), cases[i].sign, cases[i].header, claims_with("{}"), pem,
				token);
		assert_reason(check(), cases[i].why, cases[i].header);
	}
}

static void foreign_and_unfit_keys_are_refused(void **state)
{
	static const struct {
		const char *more, *why;
		enum soft_jose_kty kty;
		enum soft_jose_sign sign;
		const char *alg;
	} cases[] = {
		{",\"kid\":\"k1\",\"use\":\"enc\"", "oidc.key_use", SOFT_RSA, SOFT_RS256, "RS256"},
		{",\"kid\":\"k1\",\"use\":[\"sig\"]", "oidc.key_use", SOFT_RSA, SOFT_RS256,
		 "RS256"},
		{",\"kid\":\"k1\",\"alg\":\"PS256\"", "oidc.key_use", SOFT_RSA, SOFT_RS256,
		 "RS256"},
		{",\"kid\":\"k1\",\"alg\":\"RSA-OAEP\"", "oidc.key_use", SOFT_RSA, SOFT_RS256,
		 "RS256"},
		{",\"kid\":\"k1\",\"key_ops\":[\"encrypt\"]", "oidc.key_use", SOFT_RSA, SOFT_RS256,
		 "RS256"},
		{",\"kid\":\"k1\",\"key_ops\":[\"verify\"]", NULL, SOFT_RSA, SOFT_RS256, "RS256"},
		{",\"kid\":\"k1\",\"d\":\"AQAB\"", "oidc.key_use", SOFT_RSA, SOFT_RS256, "RS256"},
		{",\"kid\":\"k1\",\"k\":\"AQAB\"", "oidc.key_use", SOFT_RSA, SOFT_RS256, "RS256"},
		{",\"kid\":\"k1\"", "oidc.key_weak", SOFT_RSA_SHORT, SOFT_RS256, "RS256"},
		{",\"kid\":\"k1\"", "oidc.key_use", SOFT_P384, SOFT_ES256_DER, "ES256"},
		{",\"kid\":\"k1\"", "oidc.signature", SOFT_P256, SOFT_ES256_DER, "ES256"},
		{",\"kid\":\"k2\"", "oidc.key_unknown", SOFT_RSA, SOFT_RS256, "RS256"},
		{",\"kid\":[\"k1\"]", "oidc.key_unknown", SOFT_RSA, SOFT_RS256, "RS256"},
	};
	char header[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct soft_jose *key = soft_jose_key(cases[i].kty, 0);
		snprintf(header, sizeof(header), "{\"alg\":\"%s\",\"kid\":\"k1\"}", cases[i].alg);
		set_of(key, cases[i].more);
		soft_jose_token(key, cases[i].sign, header, claims_with("{}"), "", token);
		assert_reason(check(), cases[i].why, cases[i].more);
	}
	/* signed with another key of the same name */
	set_of(soft_jose_key(SOFT_RSA, 1), ",\"kid\":\"k1\"");
	soft_jose_token(rsa(), SOFT_RS256, "{\"alg\":\"RS256\",\"kid\":\"k1\"}", claims_with("{}"),
			"", token);
	assert_reason(check(), "oidc.signature", "another key");
	/* a name given twice */
	add_key(rsa(), ",\"kid\":\"k1\"");
	assert_reason(check(), "oidc.key_ambiguous", "two of one name");
	/* no name, and two that fit */
	soft_jose_token(rsa(), SOFT_RS256, "{\"alg\":\"RS256\"}", claims_with("{}"), "", token);
	assert_reason(check(), "oidc.key_ambiguous", "two that fit");
	/* no name, but only one fits */
	set_of(rsa(), "");
	add_key(soft_jose_key(SOFT_RSA, 1), ",\"use\":\"enc\"");
	add_key(soft_jose_key(SOFT_P256, 0), "");
	assert_reason(check(), NULL, "one fits");
}

static void a_point_off_the_curve_and_odd_numbers_are_refused(void **state)
{
	static const char *const sets[] = {
		"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"k1\","
		"\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\","
		"\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\"}]}",
		"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"k1\",\"x\":\"AQ\","
		"\"y\":\"AQ\"}]}",
		"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"k1\"}]}",
	};

	(void)state;
	set_of(soft_jose_key(SOFT_P256, 0), "");
	soft_jose_token(soft_jose_key(SOFT_P256, 0), SOFT_ES256,
			"{\"alg\":\"ES256\",\"kid\":\"k1\"}", claims_with("{}"), "", token);
	for (size_t i = 0; i < 3; i++) {
		snprintf(jwks, sizeof(jwks), "%s", sets[i]);
		assert_reason(check(), "oidc.key_weak", sets[i]);
	}
}

static void broken_key_sets_are_refused(void **state)
{
	static const struct {
		const char *set, *why;
	} cases[] = {
		{"", "oidc.key_set"},
		{"{}", "oidc.key_set"},
		{"[]", "oidc.key_set"},
		{"{\"keys\":{}}", "oidc.key_set"},
		{"{\"keys\":[]}", "oidc.key_unknown"},
		{"{\"keys\":[1,\"x\",null,[]]}", "oidc.key_unknown"},
		{"{\"keys\":[],\"keys\":[]}", "oidc.key_set"},
		{"{\"keys\":[]}x", "oidc.key_set"},
	};

	(void)state;
	with_claims("{}");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(jwks, sizeof(jwks), "%s", cases[i].set);
		assert_reason(check(), cases[i].why, cases[i].set);
	}
	size_t at = (size_t)snprintf(jwks, sizeof(jwks), "{\"keys\":[");
	for (int i = 0; i < OIDC_KEYS_MAX; i++)
		at += (size_t)snprintf(jwks + at, sizeof(jwks) - at, "{},");
	snprintf(jwks + at, sizeof(jwks) - at, "{}]}");
	assert_reason(check(), "oidc.key_set", "too many");
}

static void shapes_that_are_no_signed_token_are_refused(void **state)
{
	static char whole[SOFT_TOKEN];

	(void)state;
	with_claims("{}");
	snprintf(whole, sizeof(whole), "%s", token);
	static const char *const forms[] = {"",	    ".",    "..",	 "a.b",	    "a.b.",
					    ".b.c", "a..c", "a.b.c.d.e", "a.b.c.d", "a b.c.d"};
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		snprintf(token, sizeof(token), "%s", forms[i]);
		assert_reason(check(), "oidc.token_form", forms[i]);
	}
	/* a right one with a part more, two more, and without its last */
	static const char *const parts[] = {".AAAA", ".AAAA.AAAA", "."};
	for (size_t i = 0; i < 3; i++) {
		snprintf(token, sizeof(token), "%s", whole);
		size_t at = i < 2 ? strlen(token) : (size_t)(strrchr(token, '.') - token);
		snprintf(token + at, sizeof(token) - at, "%s", parts[i]);
		assert_reason(check(), "oidc.token_form", parts[i]);
	}
	memcpy(token, whole, sizeof(token));
	memcpy(token + strlen(whole), "=", 2);
	assert_reason(check(), "oidc.token_form", "padding");
	token[0] = ' ';
	memcpy(token + 1, whole, strlen(whole) + 1);
	assert_reason(check(), "oidc.token_form", "blank in front");
	/* each character of header, claims and signature counts; the last one of a part holds bits
	 * that nobody reads */
	for (size_t i = 0; whole[i]; i += 7) {
		if (whole[i] == '.' || whole[i + 1] == '.' || whole[i + 1] == 0)
			continue;
		snprintf(token, sizeof(token), "%s", whole);
		token[i] = token[i] == 'A' ? 'B' : 'A';
		if (!check())
			fail_msg("changed at %zu and accepted", i);
	}
}

static void claims_must_be_meant_for_us_now_and_once(void **state)
{
	static const struct {
		const char *changes, *why;
	} cases[] = {
		{"{}", NULL},
		{"{\"iss\":null}", "oidc.issuer"},
		{"{\"iss\":\"https://id.example/realm/\"}", "oidc.issuer"},
		{"{\"iss\":\"https://ID.example/realm\"}", "oidc.issuer"},
		{"{\"iss\":\"https://id.example:443/realm\"}", "oidc.issuer"},
		{"{\"iss\":\"http://id.example/realm\"}", "oidc.issuer"},
		{"{\"iss\":\"https://id.example\"}", "oidc.issuer"},
		{"{\"iss\":[\"https://id.example/realm\"]}", "oidc.issuer"},
		{"{\"aud\":null}", "oidc.audience"},
		{"{\"aud\":\"other\"}", "oidc.audience"},
		{"{\"aud\":\"Sekisho\"}", "oidc.audience"},
		{"{\"aud\":[\"sekisho\"]}", NULL},
		{"{\"aud\":[]}", "oidc.audience"},
		{"{\"aud\":[\"other\"]}", "oidc.audience"},
		{"{\"aud\":{\"sekisho\":1}}", "oidc.audience"},
		{"{\"aud\":[\"sekisho\",\"other\"]}", "oidc.authorized_party"},
		{"{\"aud\":[\"sekisho\",\"other\"],\"azp\":\"other\"}", "oidc.authorized_party"},
		{"{\"aud\":[\"sekisho\",\"other\"],\"azp\":\"sekisho\"}", NULL},
		{"{\"aud\":[\"sekisho\",1],\"azp\":\"sekisho\"}", "oidc.audience"},
		{"{\"azp\":\"other\"}", "oidc.authorized_party"},
		{"{\"azp\":[\"sekisho\"]}", "oidc.authorized_party"},
		{"{\"exp\":null}", "oidc.expired"},
		{"{\"exp\":\"1790000300\"}", "oidc.expired"},
		{"{\"exp\":1789999940}", "oidc.expired"}, /* NOW - 60 */
		{"{\"exp\":1789999941}", NULL},
		{"{\"exp\":-1}", "oidc.expired"},
		{"{\"exp\":1e300}", "oidc.expired"},
		{"{\"iat\":null}", "oidc.issued"},
		{"{\"iat\":1790000061}", "oidc.issued"},
		{"{\"iat\":1790000060}", NULL},
		{"{\"iat\":1789999339}", "oidc.issued"},
		{"{\"nbf\":1790000061}", "oidc.not_yet"},
		{"{\"nbf\":\"0\"}", "oidc.not_yet"},
		{"{\"nbf\":1790000060}", NULL},
		{"{\"nonce\":null}", "oidc.nonce"},
		{"{\"nonce\":\"n-0S6_WzA2Mk\"}", "oidc.nonce"},
		{"{\"nonce\":\"\"}", "oidc.nonce"},
		{"{\"nonce\":[\"n-0S6_WzA2Mj\"]}", "oidc.nonce"},
		{"{\"at_hash\":\"AAAAAAAAAAAAAAAAAAAAAA\"}", "oidc.at_hash"},
		{"{\"at_hash\":1}", "oidc.at_hash"},
		{"{\"c_hash\":\"AAAAAAAAAAAAAAAAAAAAAA\"}", "oidc.c_hash"},
		{"{\"sub\":null}", "oidc.subject"},
		{"{\"sub\":\"\"}", "oidc.subject"},
		{"{\"sub\":1}", "oidc.subject"},
		{"{\"sub\":\"a\\nb\"}", "oidc.subject"},
		{"{\"auth_time\":1790000061}", "oidc.auth_time"},
		{"{\"auth_time\":\"1\"}", "oidc.auth_time"},
		{"{\"auth_time\":1}", NULL},
		{"{\"amr\":\"mfa\",\"acr\":[\"x\"]}", NULL}, /* says nothing: below */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		with_claims(cases[i].changes);
		assert_reason(check(), cases[i].why, cases[i].changes);
	}
}

static void hashes_of_what_came_along_must_match(void **state)
{
	char half[32], changes[96];
	struct oidc_expected as = expected;
	struct federated_identity got;

	(void)state;
	soft_jose_half("at-1", half);
	snprintf(changes, sizeof(changes), "{\"at_hash\":\"%s\"}", half);
	with_claims(changes);
	assert_reason(check(), NULL, changes);
	as.access_token = "at-2";
	assert_reason(check_as(&as, &got), "oidc.at_hash", "another token");
	as.access_token = NULL;
	assert_reason(check_as(&as, &got), "oidc.at_hash", "no token");
	soft_jose_half("code-1", half);
	snprintf(changes, sizeof(changes), "{\"c_hash\":\"%s\"}", half);
	with_claims(changes);
	assert_reason(check(), NULL, changes);
}

static void an_old_authentication_is_refused_where_a_fresh_one_was_asked_for(void **state)
{
	struct oidc_expected as = expected;
	struct federated_identity got;

	(void)state;
	as.max_age_s = 0;
	with_claims("{}");
	assert_reason(check_as(&as, &got), "oidc.auth_time", "not said");
	with_claims("{\"auth_time\":1789999939}");
	assert_reason(check_as(&as, &got), "oidc.auth_time", "61 s");
	with_claims("{\"auth_time\":1789999940}");
	assert_reason(check_as(&as, &got), NULL, "60 s");
}

static const struct federated_attribute *find(const struct federated_identity *identity,
					      const char *name)
{
	static const struct federated_attribute absent;

	for (size_t i = 0; i < identity->attribute_count; i++)
		if (strcmp(identity->attributes[i].name, name) == 0)
			return &identity->attributes[i];
	return &absent;
}

static void claims_become_attributes_and_odd_ones_decide_nothing(void **state)
{
	struct federated_identity got;

	(void)state;
	with_claims("{\"groups\":[\"ops\",\"dev\"],\"email_verified\":true,\"level\":3,"
		    "\"realm_access\":{\"roles\":[\"r1\"]},\"odd\":[\"a\",{}],\"f\":1.5,"
		    "\"deep\":{\"er\":{\"x\":1}},\"nul\":\"a\",\"amr\":\"mfa\",\"acr\":[\"x\"]}");
	assert_reason(check_as(&expected, &got), NULL, "attributes");
	assert_int_equal(find(&got, "groups")->count, 2);
	assert_string_equal(find(&got, "groups")->values[1], "dev");
	assert_string_equal(find(&got, "email_verified")->values[0], "true");
	assert_string_equal(find(&got, "level")->values[0], "3");
	assert_string_equal(find(&got, "realm_access.roles")->values[0], "r1");
	assert_true(find(&got, "odd")->ambiguous);
	assert_true(find(&got, "f")->ambiguous);
	assert_true(find(&got, "deep.er")->ambiguous);
	assert_null(find(&got, "iss")->name);
	assert_int_equal(got.context_count, 0);
	char many[4096] = "{";
	for (int i = 0; i < FEDERATED_ATTRIBUTES_MAX; i++)
		snprintf(many + strlen(many), sizeof(many) - strlen(many), "\"c%d\":1,", i);
	snprintf(many + strlen(many) - 1, 2, "}");
	with_claims(many);
	assert_reason(check(), "oidc.claims", "too many");
}

static void claims_with_duplicates_or_without_bottom_are_refused(void **state)
{
	static char deep[64], wide[50000];

	(void)state;
	set_of(rsa(), "");
	soft_jose_token(rsa(), SOFT_RS256, "{\"alg\":\"RS256\"}",
			"{\"sub\":\"a\",\"sub\":\"admin\"}", "", token);
	assert_reason(check(), "oidc.claims", "twice");
	soft_jose_token(rsa(), SOFT_RS256, "{\"alg\":\"RS256\"}",
			"{\"x\":{\"y\":{\"sub\":\"a\",\"sub\":\"admin\"}}}", "", token);
	assert_reason(check(), "oidc.claims", "twice inside");
	soft_jose_token(rsa(), SOFT_RS256, "{\"alg\":\"RS256\"}", "[1]", "", token);
	assert_reason(check(), "oidc.claims", "no object");
	soft_jose_token(rsa(), SOFT_RS256, "{\"alg\":\"RS256\"}", "{\"sub\":\"a\\u0000b\"}", "",
			token);
	assert_reason(check(), "oidc.claims", "NUL");
	snprintf(deep, sizeof(deep), "{\"x\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}");
	with_claims(deep);
	assert_reason(check(), "oidc.claims", "deep");
	memset(wide, 'x', sizeof(wide) - 1);
	memcpy(wide, "{\"pad\":\"", 8);
	memcpy(wide + sizeof(wide) - 3, "\"}", 3);
	with_claims(wide);
	assert_reason(check(), "oidc.token_form", "too long");
}

/* --- Logout tokens --- */

#define EVENT  "\"events\":{\"http://schemas.openid.net/event/backchannel-logout\":{}}"
#define ABOUT  "\"sub\":\"s-1\",\"sid\":\"x-9\""
#define NOTICE "\"nonce\":null,\"jti\":\"j-1\"," EVENT

static const char *check_logout(const char *header, const char *changes, struct oidc_logout *out)
{
	const struct oidc_expected ours = {
		.issuer = "https://id.example/realm", .client_id = "sekisho", .now_s = NOW};

	set_of(rsa(), ",\"kid\":\"k1\",\"use\":\"sig\",\"alg\":\"RS256\"");
	soft_jose_token(rsa(), SOFT_RS256, header, claims_with(changes), "", token);
	const struct block t = {(const uint8_t *)token, strlen(token)};
	const struct block k = {(const uint8_t *)jwks, strlen(jwks)};
	arena_reset(arena);
	return oidc_logout_check(arena, t, k, &ours, out);
}

static const char plain_header[] = "{\"alg\":\"RS256\",\"kid\":\"k1\"}";

static void a_logout_token_names_a_subject_a_session_or_both(void **state)
{
	struct oidc_logout got;

	(void)state;
	assert_reason(check_logout("{\"alg\":\"RS256\",\"typ\":\"logout+jwt\"}",
				   "{" NOTICE "," ABOUT "}", &got),
		      NULL, "both");
	assert_string_equal(got.token_id, "j-1");
	assert_string_equal(got.subject, "s-1");
	assert_string_equal(got.session, "x-9");
	assert_int_equal(got.expires_s, NOW - 5 + OIDC_AGE_S + 2 * OIDC_SKEW_S);
	assert_reason(check_logout(plain_header, "{" NOTICE ",\"sub\":null,\"sid\":\"x-9\"}", &got),
		      NULL, "session");
	assert_string_equal(got.subject, "");
	assert_reason(check_logout("{\"alg\":\"RS256\",\"typ\":\"JWT\"}", "{" NOTICE "}", &got),
		      NULL, "subject");
	assert_string_equal(got.session, "");
}

static void logout_tokens_that_are_none_are_refused(void **state)
{
	static const struct {
		const char *changes, *why;
	} cases[] = {
		{"{" NOTICE ",\"iss\":\"https://id.example/realm/\"}", "oidc.issuer"},
		{"{" NOTICE ",\"iss\":null}", "oidc.issuer"},
		{"{" NOTICE ",\"aud\":\"other\"}", "oidc.audience"},
		{"{" NOTICE ",\"aud\":null}", "oidc.audience"},
		{"{" NOTICE ",\"aud\":[\"sekisho\",\"other\"]}", "oidc.authorized_party"},
		{"{" NOTICE ",\"exp\":1}", "oidc.expired"},
		{"{" NOTICE ",\"exp\":null}", "oidc.expired"},
		{"{" NOTICE ",\"iat\":null}", "oidc.issued"},
		{"{" NOTICE ",\"iat\":1789999000}", "oidc.issued"},
		{"{" NOTICE ",\"iat\":1790000100}", "oidc.issued"},
		{"{" NOTICE ",\"nbf\":1790000100}", "oidc.not_yet"},
		{"{\"nonce\":null,\"jti\":\"j\"}", "oidc.event"},
		{"{\"nonce\":null,\"jti\":\"j\",\"events\":[]}", "oidc.event"},
		{"{\"nonce\":null,\"jti\":\"j\",\"events\":{\"http://other\":{}}}", "oidc.event"},
		{"{\"nonce\":null,\"jti\":\"j\",\"events\":{"
		 "\"http://schemas.openid.net/event/backchannel-logout\":true}}",
		 "oidc.event"},
		{"{\"jti\":\"j\"," EVENT "}", "oidc.nonce"},
		{"{\"jti\":\"j\"," EVENT ",\"nonce\":false}", "oidc.nonce"},
		{"{\"nonce\":null," EVENT "}", "oidc.token_id"},
		{"{\"nonce\":null,\"jti\":\"\"," EVENT "}", "oidc.token_id"},
		{"{\"nonce\":null,\"jti\":7," EVENT "}", "oidc.token_id"},
		{"{" NOTICE ",\"sub\":null}", "oidc.subject"},
		{"{" NOTICE ",\"sub\":\"\"}", "oidc.subject"},
		{"{" NOTICE ",\"sub\":[\"s-1\"]}", "oidc.subject"},
		{"{" NOTICE ",\"sid\":\"\"}", "oidc.subject"},
		{"{" NOTICE ",\"sid\":{}}", "oidc.subject"},
		{"{" NOTICE ",\"sid\":\"a\\nb\"}", "oidc.subject"},
	};
	struct oidc_logout got;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_reason(check_logout(plain_header, cases[i].changes, &got), cases[i].why,
			      cases[i].changes);
	assert_reason(check_logout("{\"alg\":\"RS256\",\"typ\":\"at+jwt\"}", "{" NOTICE "}", &got),
		      "oidc.type", "an access token");
	assert_reason(check_logout("{\"alg\":\"none\"}", "{" NOTICE "}", &got), "oidc.algorithm",
		      "none");
	/* nor is a logout token an ID token */
	(void)check_logout("{\"alg\":\"RS256\",\"typ\":\"logout+jwt\"}", "{" NOTICE "}", &got);
	assert_reason(check(), "oidc.type", "as ID token");
}

static void the_providers_session_is_kept_when_it_is_a_name(void **state)
{
	static const struct {
		const char *changes, *session;
	} cases[] = {{"{\"sid\":\"x-9\"}", "x-9"},
		     {"{}", ""},
		     {"{\"sid\":1}", ""},
		     {"{\"sid\":\"\"}", ""}};
	struct federated_identity got;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		with_claims(cases[i].changes);
		assert_reason(check_as(&expected, &got), NULL, cases[i].changes);
		assert_string_equal(got.session, cases[i].session);
	}
}

static int setup(void **state)
{
	(void)state;
	arena = arena_new(4 * 1024 * 1024);
	return arena ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_three_algorithms_are_accepted),
		cmocka_unit_test(forged_headers_are_refused),
		cmocka_unit_test(foreign_and_unfit_keys_are_refused),
		cmocka_unit_test(a_point_off_the_curve_and_odd_numbers_are_refused),
		cmocka_unit_test(broken_key_sets_are_refused),
		cmocka_unit_test(shapes_that_are_no_signed_token_are_refused),
		cmocka_unit_test(claims_must_be_meant_for_us_now_and_once),
		cmocka_unit_test(hashes_of_what_came_along_must_match),
		cmocka_unit_test(an_old_authentication_is_refused_where_a_fresh_one_was_asked_for),
		cmocka_unit_test(claims_become_attributes_and_odd_ones_decide_nothing),
		cmocka_unit_test(a_logout_token_names_a_subject_a_session_or_both),
		cmocka_unit_test(logout_tokens_that_are_none_are_refused),
		cmocka_unit_test(the_providers_session_is_kept_when_it_is_a_name),
		cmocka_unit_test(claims_with_duplicates_or_without_bottom_are_refused),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
