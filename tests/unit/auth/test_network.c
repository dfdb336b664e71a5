/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/network.h"
#include "tests/support/mmdb_write.h"
#include "tests/unit/cmocka_all.h"

/* Rules and databases alone: who is let in is asked of them in test_network_rules. */
static const struct mmdb_entry countries[] = {
	{"192.0.2.0", 24, "JP", 0},
	{"198.51.100.0", 24, "US", 0},
	{"2001:db8:7::", 48, "jp", 0},
};
static const struct mmdb_entry numbers[] = {
	{"192.0.2.0", 25, NULL, 64500},
	{"2001:db8:7::", 48, NULL, 4200000000},
};
static char country_file[64], flat_file[64], asn_file[64], broken_file[64];

static struct geo *open_both(const char *country)
{
	struct geo *geo = NULL;
	struct ctx ctx;

	ctx_init(&ctx, NULL);
	assert_int_equal(geo_open(&ctx, country, asn_file, &geo), ERR_OK);
	return geo;
}

static void an_address_has_a_country_and_a_number(void **state)
{
	static const struct {
		const char *address, *country;
		uint32_t asn;
	} cases[] = {
		{"192.0.2.1", "JP", 64500},
		{"192.0.2.200", "JP", 0},
		{"::ffff:192.0.2.1", "JP", 64500},
		{"198.51.100.255", "US", 0},
		{"203.0.113.1", "", 0},
		{"2001:db8:7:1::1", "JP", 4200000000},
		{"2001:db8:8::1", "", 0},
		{"127.0.0.1", "", 0},
		{"", "", 0},
		{"example", "", 0},
	};
	const char *const files[] = {country_file, flat_file};

	(void)state;
	for (size_t f = 0; f < 2; f++) {
		struct geo *geo = open_both(files[f]);
		assert_true(geo_has_country(geo) && geo_has_asn(geo));
		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			struct geo_place place;
			geo_find(geo, cases[i].address, &place);
			assert_string_equal(place.country, cases[i].country);
			assert_int_equal(place.asn, cases[i].asn);
		}
		geo_free(geo);
	}
}

static void a_file_that_is_none_is_said_so(void **state)
{
	struct geo *geo = NULL;
	struct ctx ctx;

	(void)state;
	ctx_init(&ctx, NULL);
	assert_int_equal(geo_open(&ctx, "/nonexistent/file", "", &geo), ERR_INPUT);
	assert_non_null(strstr(ctx.error.text, "/nonexistent/file"));
	assert_int_equal(geo_open(&ctx, country_file, broken_file, &geo), ERR_INPUT);
	assert_non_null(strstr(ctx.error.text, broken_file));
	assert_null(geo);
	assert_int_equal(geo_open(&ctx, "", "", &geo), ERR_OK);
	assert_false(geo_has_country(geo) || geo_has_asn(geo));
	geo_free(geo);
	assert_false(geo_has_country(NULL) || geo_has_asn(NULL));
}

/* Whoever cuts or overwrites the file afterwards changes nothing here. */
static void a_file_that_changes_under_us_changes_nothing(void **state)
{
	struct geo_place place;
	char path[64];

	(void)state;
	snprintf(path, sizeof(path), "/tmp/geo-cut-%d.mmdb", (int)getpid());
	mmdb_write(path, 'c', countries, 3);
	struct geo *geo = open_both(path);
	assert_int_equal(truncate(path, 0), 0);
	geo_find(geo, "198.51.100.1", &place);
	assert_string_equal(place.country, "US");
	geo_free(geo);
	unlink(path);
}

#define RULE(...)           \
	{                   \
		__VA_ARGS__ \
	}
static bool is_rule(const struct network_rule *rule)
{
	return rule->networks || rule->countries || rule->asns;
}
static const struct uuid hanako = {{1}}, taro = {{2}};

struct question {
	const char *name;
	struct network_rule rules[3];
	const char *roles[2];
	const struct uuid *user;
	enum entrance entrance;
	const char *address;
	bool allowed;
};

static const struct question questions[] = {
	{"no rules",
	 {RULE(.entrance = ENTRANCE_ANY)},
	 {NULL},
	 &hanako,
	 ENTRANCE_PORTAL,
	 "203.0.113.9",
	 true},
	{"allowed range",
	 {RULE(.entrance = ENTRANCE_ANY, .networks = "192.0.2.0/24")},
	 {NULL},
	 &hanako,
	 ENTRANCE_PORTAL,
	 "192.0.2.9",
	 true},
	{"outside it",
	 {RULE(.entrance = ENTRANCE_ANY, .networks = "192.0.2.0/24")},
	 {NULL},
	 &hanako,
	 ENTRANCE_PORTAL,
	 "192.0.3.9",
	 false},
	{"nobody known",
	 {RULE(.entrance = ENTRANCE_ANY, .networks = "192.0.2.0/24")},
	 {NULL},
	 NULL,
	 ENTRANCE_PORTAL,
	 "192.0.3.9",
	 false},
	{"another entrance",
	 {RULE(.entrance = ENTRANCE_API, .networks = "192.0.2.0/24")},
	 {NULL},
	 &hanako,
	 ENTRANCE_PORTAL,
	 "192.0.3.9",
	 true},
	{"that entrance",
	 {RULE(.entrance = ENTRANCE_API, .networks = "192.0.2.0/24")},
	 {NULL},
	 &hanako,
	 ENTRANCE_API,
	 "192.0.3.9",
	 false},
	{"another role",
	 {RULE(.entrance = ENTRANCE_ANY, .role = "auditor", .networks = "192.0.2.0/24")},
	 {"user"},
	 &hanako,
	 ENTRANCE_PORTAL,
	 "192.0.3.9",
	 true},
	{"that role",
	 {RULE(.entrance = ENTRANCE_ANY, .role = "auditor", .networks = "192.0.2.0/24")},
	 {"user", "auditor"},
	 &hanako,
	 ENTRANCE_PORTAL,
	 "192.0.3.9",
	 false},
	{"another person",
	 {RULE(.entrance = ENTRANCE_ANY, .user_id = {{2}}, .networks = "192.0.2.0/24")},
	 {NULL},
	 &hanako,
	 ENTRANCE_PORTAL,
	 "192.0.3.9",
	 true},
	{"that person",
	 {RULE(.entrance = ENTRANCE_ANY, .user_id = {{2}}, .networks = "192.0.2.0/24")},
	 {NULL},
	 &taro,
	 ENTRANCE_PORTAL,
	 "192.0.3.9",
	 false},
	{"one of two allows",
	 {RULE(.entrance = ENTRANCE_ANY, .networks = "192.0.2.0/24"),
	  RULE(.entrance = ENTRANCE_ANY, .networks = "198.51.100.0/24")},
	 {NULL},
	 &hanako,
	 ENTRANCE_PORTAL,
	 "198.51.100.9",
	 true},
	{"deny wins",
	 {RULE(.entrance = ENTRANCE_ANY, .networks = "192.0.2.0/24"),
	  RULE(.deny = true, .entrance = ENTRANCE_ANY, .networks = "192.0.2.9")},
	 {NULL},
	 &hanako,
	 ENTRANCE_PORTAL,
	 "192.0.2.9",
	 false},
	{"deny alone lets others in",
	 {RULE(.deny = true, .entrance = ENTRANCE_ANY, .networks = "192.0.2.9")},
	 {NULL},
	 &hanako,
	 ENTRANCE_PORTAL,
	 "192.0.2.8",
	 true},
	{"deny a mapped address",
	 {RULE(.deny = true, .entrance = ENTRANCE_ANY, .networks = "192.0.2.9")},
	 {NULL},
	 &hanako,
	 ENTRANCE_PORTAL,
	 "::ffff:192.0.2.9",
	 false},
	{"allowed country",
	 {RULE(.entrance = ENTRANCE_ANY, .countries = "DE JP")},
	 {NULL},
	 &hanako,
	 ENTRANCE_PORTAL,
	 "2001:db8:7::1",
	 true},
	{"another country",
	 {RULE(.entrance = ENTRANCE_ANY, .countries = "DE JP")},
	 {NULL},
	 &hanako,
	 ENTRANCE_PORTAL,
	 "198.51.100.1",
	 false},
	{"no country known",
	 {RULE(.entrance = ENTRANCE_ANY, .countries = "DE JP")},
	 {NULL},
	 &hanako,
	 ENTRANCE_PORTAL,
	 "10.0.0.1",
	 false},
	{"denied country",
	 {RULE(.deny = true, .entrance = ENTRANCE_ANY, .countries = "US")},
	 {NULL},
	 &hanako,
	 ENTRANCE_PORTAL,
	 "198.51.100.1",
	 false},
	{"denied country, elsewhere",
	 {RULE(.deny = true, .entrance = ENTRANCE_ANY, .countries = "US")},
	 {NULL},
	 &hanako,
	 ENTRANCE_PORTAL,
	 "10.0.0.1",
	 true},
	{"allowed number",
	 {RULE(.entrance = ENTRANCE_ANY, .asns = "64499 64500")},
	 {NULL},
	 &hanako,
	 ENTRANCE_PORTAL,
	 "192.0.2.9",
	 true},
	{"another number",
	 {RULE(.entrance = ENTRANCE_ANY, .asns = "64499")},
	 {NULL},
	 &hanako,
	 ENTRANCE_PORTAL,
	 "192.0.2.9",
	 false},
	{"range or country",
	 {RULE(.entrance = ENTRANCE_ANY, .networks = "10.0.0.0/8", .countries = "JP")},
	 {NULL},
	 &hanako,
	 ENTRANCE_PORTAL,
	 "10.0.0.1",
	 true},
	{"no address at all",
	 {RULE(.entrance = ENTRANCE_ANY, .networks = "0.0.0.0/0")},
	 {NULL},
	 &hanako,
	 ENTRANCE_PORTAL,
	 "",
	 false},
};

static void the_rules_about_somebody_decide(void **state)
{
	struct geo *geo = open_both(country_file);
	static struct network_set set;

	(void)state;
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		const struct question *q = &questions[i];
		struct network_who who = {.user_id = q->user, .entrance = q->entrance};
		set.count = 0;
		for (size_t k = 0; k < 3 && is_rule(&q->rules[k]); k++)
			assert_int_equal(network_add(&set, &q->rules[k]), NETWORK_OK);
		for (size_t k = 0; k < 2 && q->roles[k]; k++)
			who.roles |= role_bit(q->roles[k]);
		if (network_allows(&set, &who, q->address, geo) != q->allowed)
			fail_msg("%s", q->name);
	}
	geo_free(geo);
}

static void what_cannot_be_a_rule_is_refused(void **state)
{
	static const struct {
		struct network_rule rule;
		enum network_fault fault;
	} cases[] = {
		{RULE(.entrance = ENTRANCE_ANY), NETWORK_EMPTY},
		{RULE(.networks = "192.0.2.0/33"), NETWORK_BAD_RANGE},
		{RULE(.networks = "192.0.2.0/24 office"), NETWORK_BAD_RANGE},
		{RULE(.countries = "jp"), NETWORK_BAD_COUNTRY},
		{RULE(.countries = "JPN"), NETWORK_BAD_COUNTRY},
		{RULE(.asns = "AS64500"), NETWORK_BAD_ASN},
		{RULE(.asns = "0"), NETWORK_BAD_ASN},
		{RULE(.asns = "4294967296"), NETWORK_BAD_ASN},
		{RULE(.role = "king", .networks = "::1"), NETWORK_BAD_ROLE},
		{RULE(.networks = "1.1.1.1 1.1.1.1 1.1.1.1 1.1.1.1 1.1.1.1 1.1.1.1 1.1.1.1 1.1.1.1 "
				  "1.1.1.1 1.1.1.1 1.1.1.1 1.1.1.1 1.1.1.1 1.1.1.1 1.1.1.1 1.1.1.1 "
				  "1.1.1.1"),
		 NETWORK_TOO_MANY},
	};
	static struct network_set set;
	const struct network_rule good = RULE(.networks = "::1");

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(network_add(&set, &cases[i].rule), cases[i].fault);
	assert_int_equal(set.count, 0);
	for (size_t i = 0; i < NETWORK_RULES_MAX; i++)
		assert_int_equal(network_add(&set, &good), NETWORK_OK);
	assert_int_equal(network_add(&set, &good), NETWORK_TOO_MANY);
}

static int setup(void **state)
{
	(void)state;
	snprintf(country_file, sizeof(country_file), "/tmp/geo-c-%d.mmdb", (int)getpid());
	snprintf(flat_file, sizeof(flat_file), "/tmp/geo-f-%d.mmdb", (int)getpid());
	snprintf(asn_file, sizeof(asn_file), "/tmp/geo-a-%d.mmdb", (int)getpid());
	snprintf(broken_file, sizeof(broken_file), "/tmp/geo-b-%d.mmdb", (int)getpid());
	mmdb_write(country_file, 'c', countries, 3);
	mmdb_write(flat_file, 'f', countries, 3);
	mmdb_write(asn_file, 'a', numbers, 2);
	FILE *broken = fopen(broken_file, "wb");
	assert_non_null(broken);
	fputs("not a data base", broken);
	fclose(broken);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(country_file);
	unlink(flat_file);
	unlink(asn_file);
	unlink(broken_file);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_has_a_country_and_a_number),
		cmocka_unit_test(a_file_that_is_none_is_said_so),
		cmocka_unit_test(a_file_that_changes_under_us_changes_nothing),
		cmocka_unit_test(the_rules_about_somebody_decide),
		cmocka_unit_test(what_cannot_be_a_rule_is_refused),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
