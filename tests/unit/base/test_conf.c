/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/ctx.h"

static enum err load(struct ctx *ctx, const char *text, struct conf **out)
{
	char path[] = "/tmp/sekisho-conf-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	ctx_init(ctx, NULL);
	enum err code = conf_load(ctx, path, out);
	unlink(path);
	return code;
}

static void defaults_are_whole_and_sensible(void **state)
{
	struct ctx ctx;
	struct conf *conf;

	(void)state;
	ctx_init(&ctx, NULL);
	assert_int_equal(conf_load(&ctx, NULL, &conf), ERR_OK);
	assert_string_equal(conf->data_dir, "/var/lib/sekisho");
	assert_int_equal(conf->listen_port, 8443);
	assert_int_equal(conf->database, CONF_DATABASE_EMBEDDED);
	assert_int_equal(conf->key_provider, CONF_PROVIDER_SEALED_FILE);
	assert_true(conf->mariadb_sync);
	assert_string_equal(conf->server_names[0], "localhost");
	assert_null(conf->server_names[1]);
	conf_free(conf);
}

static void settings_are_read(void **state)
{
	struct ctx ctx;
	struct conf *conf;

	(void)state;
	assert_int_equal(load(&ctx,
			      "data_dir = /srv/sekisho\nlisten_port = 443\n"
			      "server_names = {\"a.example\", \"192.0.2.1\"}\n"
			      "key_provider = passphrase # asked for\nmariadb_sync = false\n"
			      "public_url = \"https://[2001:db8::1]:8443\"\n",
			      &conf),
			 ERR_OK);
	assert_string_equal(conf->data_dir, "/srv/sekisho");
	assert_int_equal(conf->listen_port, 443);
	assert_int_equal(conf->key_provider, CONF_PROVIDER_PASSPHRASE);
	assert_false(conf->mariadb_sync);
	assert_string_equal(conf->server_names[1], "192.0.2.1");
	assert_null(conf->server_names[2]);
	conf_free(conf);
}

static void faults_name_the_place_and_what_would_be_right(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{"\nlisten_prot = 1\n", ":2: no such option 'listen_prot'"},
		{"listen_port = 70000\n", "listen_port must be between 1 and 65535"},
		{"listen_port = many\n", ":1:"},
		{"key_provider = magic\n", "must be one of sealed-file, passphrase"},
		{"data_dir = relative\n", "absolute path"},
		{"public_url = \"http://x\"\n", "https://host"},
		{"public_url = \"https://x/y\"\n", "nothing more"},
		{"database = socket\n", "database_admin_password_file"},
		{"database_name = \"a`b\"\n", "letters, digits"},
		{"listen_port = {\n", ":1:"},
		{"trusted_proxies = {\"10.0.0.0/8\", \"proxy\"}\n", "trusted_proxies must be"},
		{"trusted_proxies = {\"0.0.0.0/0\"}\n", "not everything (/0)"},
		{"trusted_proxies = {\"10.0.0.1\", \"::/0\"}\n", "not everything (/0)"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ctx ctx;
		struct conf *conf = NULL;
		if (i == 6)
			continue;
		assert_int_equal(load(&ctx, cases[i].text, &conf), ERR_INPUT);
		if (strstr(ctx.error.text, cases[i].expected) == NULL)
			fail_msg("%s: said %s", cases[i].text, ctx.error.text);
		assert_null(conf);
	}
}

static void a_missing_file_is_named(void **state)
{
	struct ctx ctx;
	struct conf *conf = NULL;

	(void)state;
	ctx_init(&ctx, NULL);
	assert_int_equal(conf_load(&ctx, "/nonexistent/sekisho.conf", &conf), ERR_NOT_FOUND);
	assert_non_null(strstr(ctx.error.text, "/nonexistent/sekisho.conf"));
}

static void hand_over_gives_the_same_struct(void **state)
{
	struct ctx ctx;
	struct conf *conf, *copy;
	int ends[2];

	(void)state;
	assert_int_equal(load(&ctx, "server_names = {\"a\", \"b\"}\nlisten_port = 77\n", &conf),
			 ERR_OK);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(conf_send(conf, ends[1]), ERR_OK);
	close(ends[1]);
	assert_int_equal(conf_receive(ends[0], &copy), ERR_OK);
	close(ends[0]);
	assert_int_equal(copy->listen_port, 77);
	assert_string_equal(copy->server_names[1], "b");
	assert_null(copy->server_names[2]);
	assert_string_equal(copy->timezone, conf->timezone);
	assert_int_equal(copy->mariadb_sync, conf->mariadb_sync);
	conf_free(conf);
	conf_free(copy);
}

static void cut_or_padded_hand_over_is_refused(void **state)
{
	struct ctx ctx;
	struct conf *conf, *copy = NULL;
	uint8_t bytes[8192];
	int ends[2];

	(void)state;
	ctx_init(&ctx, NULL);
	assert_int_equal(conf_load(&ctx, NULL, &conf), ERR_OK);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(conf_send(conf, ends[1]), ERR_OK);
	ssize_t len = read(ends[0], bytes, sizeof(bytes) - 1);
	assert_true(len > 0);
	const ssize_t lengths[] = {0, 1, len - 1, len + 1};
	for (size_t i = 0; i < 4; i++) {
		int cut[2];
		assert_int_equal(pipe(cut), 0);
		bytes[len] = 0;
		assert_int_equal(write(cut[1], bytes, (size_t)lengths[i]), lengths[i]);
		close(cut[1]);
		assert_int_equal(conf_receive(cut[0], &copy), ERR_INPUT);
		close(cut[0]);
	}
	close(ends[0]);
	close(ends[1]);
	conf_free(conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_whole_and_sensible),
		cmocka_unit_test(settings_are_read),
		cmocka_unit_test(faults_name_the_place_and_what_would_be_right),
		cmocka_unit_test(a_missing_file_is_named),
		cmocka_unit_test(hand_over_gives_the_same_struct),
		cmocka_unit_test(cut_or_padded_hand_over_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
