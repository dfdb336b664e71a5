/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "targets/address.h"
#include "targets/kind.h"
#include "targets/targets_api.h"

static void addresses_are_checked_and_made_canonical(void **state)
{
	(void)state;
	static const struct {
		const char *text, *canonical; /* NULL: refused */
	} cases[] = {
		{"192.0.2.1", "192.0.2.1"},
		{"2001:DB8:0:0::1", "2001:db8::1"},
		{"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
		{"Web-01.Example.JP", "web-01.example.jp"},
		{"web-01.", "web-01"},
		{"localhost", "localhost"},
		{"1host", "1host"},
		{"xn--wgv71a.jp", "xn--wgv71a.jp"},
		{"", NULL},
		{".", NULL},
		{"192.0.2.256", NULL},
		{"192.0.2", NULL},
		{"1", NULL},
		{"fe80::1%eth0", NULL},
		{"[2001:db8::1]", NULL},
		{"-web", NULL},
		{"web-", NULL},
		{"web..jp", NULL},
		{"web_1", NULL},
		{"web 1", NULL},
		{"web/1", NULL},
		{"日本.jp", NULL},
		{"host:22", NULL},
		{"a@b", NULL},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char out[ADDRESS_SIZE] = "";
		bool ok = address_normalise(cases[i].text, out);
		if (ok != (cases[i].canonical != NULL) || (ok && strcmp(out, cases[i].canonical)))
			fail_msg("\"%s\" gave \"%s\"", cases[i].text, ok ? out : "refused");
	}
	char label[65];
	memset(label, 'a', 64);
	label[64] = '\0';
	char out[ADDRESS_SIZE];
	assert_false(address_normalise(label, out));
	label[63] = '\0';
	assert_true(address_normalise(label, out));
	char name[260];
	memset(name, 'a', sizeof(name));
	for (size_t i = 50; i < sizeof(name); i += 50)
		name[i] = '.';
	name[254] = '\0';
	assert_false(address_normalise(name, out));
	name[253] = '\0';
	assert_true(address_normalise(name, out));
}

/* The tables of operations name the kinds once more: they must be the same, in the same order. */
static void operations_know_exactly_the_kinds_there_are(void **state)
{
	(void)state;
	const struct op *tables[] = {targets_ops(), NULL};
	const struct op *create = op_by_id(tables, "targets.create");
	const char *const *choices = create->fields[T_KIND_OR_ID].choices;
	size_t i = 0;
	for (; target_kinds()[i] != NULL; i++) {
		assert_non_null(choices[i]);
		assert_string_equal(choices[i], target_kinds()[i]->name);
		assert_string_equal(target_kind_names()[i], target_kinds()[i]->name);
	}
	assert_null(choices[i]);
	assert_null(target_kind_by_name("windows"));
}

static void secrets_are_refused_by_shape(void **state)
{
	(void)state;
	const struct target_kind *kind = target_kind_by_name("linux_ssh");
	const struct target_secret_kind *password = target_secret_kind_by_name(kind, "password");
	const struct target_secret_kind *key = target_secret_kind_by_name(kind, "ssh_key");
	assert_null(target_secret_kind_by_name(kind, "totp"));
	static const struct {
		bool is_key;
		const char *text, *reason;
	} cases[] = {
		{false, "correct horse", NULL},
		{false, "two\nlines", "secret.control_character"},
		{true, "-----BEGIN OPENSSH PRIVATE KEY-----\nx", NULL},
		{true, "-----BEGIN RSA PRIVATE KEY-----\nx", NULL},
		{true, "-----BEGIN ENCRYPTED PRIVATE KEY-----\nx", "secret.key_encrypted"},
		{true, "ssh-ed25519 AAAA", "secret.not_a_private_key"},
		{true, "-----BEGIN", "secret.not_a_private_key"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct target_secret_kind *k = cases[i].is_key ? key : password;
		const char *reason =
			k->refuse((const uint8_t *)cases[i].text, strlen(cases[i].text));
		if (cases[i].reason == NULL)
			assert_null(reason);
		else
			assert_string_equal(reason, cases[i].reason);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_checked_and_made_canonical),
		cmocka_unit_test(operations_know_exactly_the_kinds_there_are),
		cmocka_unit_test(secrets_are_refused_by_shape),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
