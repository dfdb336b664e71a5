/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/conf.h"
#include "base/json.h"
#include "server/ops.h"
#include "server/system_sql.h"
#include "tests/support/test_db.h"
#include "tests/unit/cmocka_all.h"

/* Overview and health against the real schema. */

static struct ctx ctx;
static const struct conf conf = {.key_provider = CONF_PROVIDER_PASSPHRASE};
static char text[8192];

static const char *read_op(const char *id)
{
	struct buf body;
	struct json json;
	struct reply reply = {.json = &json, .body = &body, .etag = -1, .stream_fd = -1};
	static const struct in in = {.if_match = -1};
	const struct op_read *read = system_reads();

	while (read->op != NULL && strcmp(read->op, id) != 0)
		read++;
	assert_non_null(read->op);
	buf_init(&body, sizeof(text) - 1);
	json_init(&json, &body);
	assert_int_equal(read->run(&ctx, &in, &reply), ERR_OK);
	assert_false(buf_failed(&body));
	memcpy(text, body.data, body.len);
	text[body.len] = '\0';
	buf_clear(&body);
	return text;
}

static int start(void **state)
{
	(void)state;
	test_db_ctx(&ctx);
	ctx.conf = &conf;
	return 0;
}

static int stop(void **state)
{
	(void)state;
	test_db_ctx_end(&ctx);
	return 0;
}

static void every_statement_fits_the_schema(void **state)
{
	(void)state;
	for (const struct db_stmt *const *stmt = system_statements()->stmts; *stmt != NULL; stmt++)
		assert_int_equal(db_prepare(&ctx, *stmt), ERR_OK);
}

static void a_new_installation_is_told_what_to_do(void **state)
{
	(void)state;
	const char *overview = read_op("system.overview");
	assert_non_null(strstr(overview, "\"seal\":{\"sealed\":true,\"provider\":\"passphrase\"}"));
	assert_non_null(strstr(overview, "\"gateways\":{\"online\":0,\"late\":0,\"offline\":0}"));
	assert_non_null(strstr(overview, "\"checkpoint_age_s\":null"));
	assert_non_null(strstr(overview, "\"todo.unseal\",\"todo.no_gateway\",\"todo.no_target\""));
	assert_non_null(strstr(overview, "\"database\":{\"kind\":\"embedded\",\"version\":\"1"));
}

static void what_authority_wrote_is_shown(void **state)
{
	(void)state;
	test_db_script("INSERT INTO system_state VALUES ('vault.state', 'open', UTC_TIMESTAMP(6)),"
		       " ('sandbox.web', '4 1 0', UTC_TIMESTAMP(6)),"
		       " ('sandbox.odd', 'no numbers', UTC_TIMESTAMP(6))");
	const char *overview = read_op("system.overview");
	assert_non_null(strstr(overview, "\"sealed\":false"));
	assert_null(strstr(overview, "todo.unseal"));
	assert_non_null(strstr(overview, "\"sandbox\":[{\"role\":\"web\",\"landlock_abi\":4,"
					 "\"seccomp\":true,\"identity\":false}]"));
}

static void a_met_limit_on_releases_is_shown_for_a_day(void **state)
{
	(void)state;
	assert_null(strstr(read_op("system.overview"), "todo.release_limit"));
	test_db_script("INSERT INTO system_state VALUES ('release.limit', '', UTC_TIMESTAMP(6))");
	assert_non_null(strstr(read_op("system.overview"), "todo.release_limit"));
	test_db_script("UPDATE system_state SET updated_at = UTC_TIMESTAMP(6) - INTERVAL 25 HOUR"
		       " WHERE name = 'release.limit'");
	assert_null(strstr(read_op("system.overview"), "todo.release_limit"));
}

static void a_campaign_is_shown_while_it_is_on_and_for_a_day(void **state)
{
	(void)state;
	assert_null(strstr(read_op("system.overview"), "todo.campaign"));
	test_db_script("INSERT INTO system_state VALUES ('auth.campaign', 'spray',"
		       " UTC_TIMESTAMP(6) - INTERVAL 2 DAY)");
	assert_non_null(strstr(read_op("system.overview"), "todo.campaign"));
	test_db_script("UPDATE system_state SET value = '', updated_at = UTC_TIMESTAMP(6)"
		       " WHERE name = 'auth.campaign'");
	assert_non_null(strstr(read_op("system.overview"), "todo.campaign"));
	test_db_script("UPDATE system_state SET updated_at = UTC_TIMESTAMP(6) - INTERVAL 25 HOUR"
		       " WHERE name = 'auth.campaign'");
	assert_null(strstr(read_op("system.overview"), "todo.campaign"));
}

static void a_saml_certificate_that_ends_is_shown_from_ninety_days_before(void **state)
{
	static const char todo[] = "todo.saml_key_ends";

	(void)state;
	test_db_script("INSERT INTO secret (id, kind, current_version, created_at) VALUES"
		       " (UNHEX(MD5('k')), 6, 1, UTC_TIMESTAMP(6))");
	test_db_script("INSERT INTO saml_key (slot, id, in_use, secret_id, certificate, created_at,"
		       " expires_at, event_id) VALUES (2, UNHEX(MD5('k')), NULL, UNHEX(MD5('k')),"
		       " 'x', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + INTERVAL 89 DAY,"
		       " UNHEX(MD5('e')))");
	assert_null(strstr(read_op("system.overview"), todo)); /* it is not in use */
	test_db_script("UPDATE saml_key SET in_use = 1");
	assert_non_null(strstr(read_op("system.overview"), todo));
	test_db_script("UPDATE saml_key SET expires_at = UTC_TIMESTAMP(6) + INTERVAL 91 DAY");
	assert_null(strstr(read_op("system.overview"), todo));
	test_db_script("UPDATE saml_key SET expires_at = UTC_TIMESTAMP(6) - INTERVAL 1 DAY");
	assert_non_null(strstr(read_op("system.overview"), todo));
	test_db_script("DELETE FROM saml_key");
	test_db_script("DELETE FROM secret WHERE kind = 6");
}

static void health_names_the_missing_part(void **state)
{
	(void)state;
	system_note_authority(false);
	assert_non_null(strstr(read_op("system.health"), "\"status\":\"degraded\""));
	system_note_authority(true);
	assert_non_null(strstr(read_op("system.health"), "\"status\":\"ok\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_statement_fits_the_schema),
		cmocka_unit_test(a_new_installation_is_told_what_to_do),
		cmocka_unit_test(what_authority_wrote_is_shown),
		cmocka_unit_test(a_met_limit_on_releases_is_shown_for_a_day),
		cmocka_unit_test(a_campaign_is_shown_while_it_is_on_and_for_a_day),
		cmocka_unit_test(a_saml_certificate_that_ends_is_shown_from_ninety_days_before),
		cmocka_unit_test(health_names_the_missing_part),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
