/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A spreadsheet of targets and accounts, from its bytes to the database. */
#include "tests/unit/access/fixture.h"

#include <string.h>

#include "base/arena.h"
#include "server/web_csv.h"
#include "targets/targets_api.h"

#define HEADER                                                                               \
	"target,kind,target_group,gateway_group,port,addresses,account,lendable,concurrent," \
	"target_description\r\n"

static int set_up(void **state)
{
	(void)state;
	organisation();
	return 0;
}

static enum err import(struct ctx *ctx, const char *csv, bool dry_run, struct out *out)
{
	struct in in;

	input(&in, "targets.import");
	enum err err = web_csv_rows(ctx, &in.op->fields[IMPORT_ROWS], csv, strlen(csv),
				    &in.values[IMPORT_ROWS]);
	if (err != ERR_OK)
		return err;
	input_number(&in, IMPORT_DRY_RUN, dry_run);
	return act(ctx, &in, out);
}

static int64_t out_number(const struct out *out, const char *name)
{
	for (size_t i = 0; i < out->field_count; i++)
		if (strcmp(out->fields[i].name, name) == 0)
			return out->fields[i].number;
	fail_msg("no %s in the answer", name);
	return -1;
}

static const char *errors_of(const struct out *out)
{
	for (size_t i = 0; i < out->field_count; i++)
		if (strcmp(out->fields[i].name, "errors") == 0)
			return out->fields[i].text;
	return "";
}

static int64_t count_of(struct ctx *ctx, const char *what)
{
	if (strcmp(what, "targets") == 0)
		return number_of(ctx, "SELECT COUNT(*) FROM target");
	if (strcmp(what, "accounts") == 0)
		return number_of(ctx, "SELECT COUNT(*) FROM account");
	return number_of(ctx, "SELECT COUNT(*) FROM audit_event");
}

static const char good[] =
	HEADER "db-01,linux_ssh,all,site,2222,db-01.example.jp; "
	       "192.0.2.7,root,TRUE,,\"主\r\n系\"\r\n"
	       "db-01,linux_ssh,all,site,2222,DB-01.example.jp 192.0.2.7,app,false,true,\r\n"
	       ",,,,,,,,,\r\n"
	       "db-02,linux_ssh,all,site,,db-02,,,,\r\n"
	       "web-01,,,,,,backup,,,\r\n";

static void rows_become_targets_and_accounts(void **state)
{
	struct ctx ctx;
	struct out out;

	(void)state;
	actor_begin(&ctx, &admin);
	int64_t targets = count_of(&ctx, "targets"), accounts = count_of(&ctx, "accounts"),
		events = count_of(&ctx, "events");
	assert_int_equal(import(&ctx, good, true, &out), ERR_OK);
	assert_int_equal(out_number(&out, "error_count"), 0);
	assert_int_equal(out_number(&out, "targets"), 2);
	assert_int_equal(out.effect_count, 0);
	assert_int_equal(count_of(&ctx, "targets"), targets); /* a rehearsal */
	assert_int_equal(count_of(&ctx, "events"), events + 1);

	assert_int_equal(import(&ctx, good, false, &out), ERR_OK);
	assert_int_equal(out_number(&out, "rows"), 4);
	assert_int_equal(out_number(&out, "accounts"), 3);
	assert_int_equal(out.effect_count, 1);
	assert_int_equal(count_of(&ctx, "targets"), targets + 2);
	assert_int_equal(count_of(&ctx, "accounts"), accounts + 3);
	assert_int_equal(count_of(&ctx, "events"), events + 2 + 5);
	assert_int_equal(number_of(&ctx,
				   "SELECT COUNT(*) FROM target t JOIN account a ON"
				   " a.target_id = t.id WHERE t.name = 'db-01' AND t.port = 2222"
				   " AND a.lendable = (a.name = 'root') AND a.concurrent ="
				   " (a.name = 'app')"),
			 2);
	assert_int_equal(number_of(&ctx, "SELECT port FROM target WHERE name = 'db-02'"), 22);
	/* again: nothing is doubled */
	assert_int_equal(import(&ctx, good, false, &out), ERR_INPUT);
	assert_string_equal(ctx.error.reason, "import.refused");
	assert_int_equal(count_of(&ctx, "accounts"), accounts + 3);
	actor_end(&ctx);
}

static const char bad[] = HEADER "n-01,linux_ssh,all,site,,n-01,root,,,\r\n"
				 "n-02,linux_ssh,Nowhere,Gateways,,n-02,,,,\r\n"
				 "n-03,windows,all,site,,n-03,,,,\r\n"
				 "n-04,linux_ssh,all,site,99999,n-04,,,,\r\n"
				 "n-05,linux_ssh,all,site,,not an address!,,,,\r\n"
				 "n-06,,all,site,,n-06,,,,\r\n"
				 "n-07,linux_ssh,all,site,,n-07,root,perhaps,,\r\n"
				 "n-08,linux_ssh,all,site,,n-08,,true,,\r\n"
				 "web-01,,,,4711,,root2,,,\r\n"
				 "web-01,,,,,,root,,,\r\n"
				 "web-01,,,,,,,,,\r\n";

static void each_bad_row_says_why_and_nothing_is_kept(void **state)
{
	static const char *const wanted[] = {
		"{\"row\":3,\"column\":\"target_group\",\"reason\":\"target_group.unknown\"",
		"{\"row\":4,\"column\":\"kind\",\"reason\":\"format\"",
		"{\"row\":5,\"column\":\"port\",\"reason\":\"range\"",
		"{\"row\":6,\"column\":\"addresses\",\"reason\":\"address.invalid\"",
		"{\"row\":7,\"column\":\"kind\",\"reason\":\"required\"",
		"{\"row\":8,\"column\":\"lendable\",\"reason\":\"format\"",
		"{\"row\":9,\"column\":\"account\",\"reason\":\"required\"",
		"{\"row\":10,\"column\":\"port\",\"reason\":\"import.target_differs\"",
		"{\"row\":11,\"column\":\"account\",\"reason\":\"account.name_taken\"",
		"{\"row\":12,\"column\":\"target\",\"reason\":\"target.name_taken\"",
	};
	struct ctx ctx;
	struct out out;

	(void)state;
	actor_begin(&ctx, &admin);
	int64_t targets = count_of(&ctx, "targets"), events = count_of(&ctx, "events");
	assert_int_equal(import(&ctx, bad, true, &out), ERR_OK);
	assert_int_equal(out_number(&out, "error_count"), 10);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (strstr(errors_of(&out), wanted[i]) == NULL)
			fail_msg("missing %s in %s", wanted[i], errors_of(&out));
	assert_int_equal(import(&ctx, bad, false, &out), ERR_INPUT);
	assert_non_null(strstr(ctx.error.text, "10 of 11 rows"));
	assert_int_equal(count_of(&ctx, "targets"), targets);
	assert_int_equal(count_of(&ctx, "events"), events + 1); /* of the rehearsal */
	actor_end(&ctx);
}

static void a_file_that_cannot_be_read_is_refused_as_a_whole(void **state)
{
	static const struct {
		const char *csv, *reason;
	} cases[] = {
		{"target,password\r\nx,hunter2\r\n", "csv.secret_column"},
		{"target,Root Password\r\nx,y\r\n", "csv.secret_column"},
		{"target,パスワード\r\nx,y\r\n", "csv.secret_column"},
		{"target,colour\r\nx,red\r\n", "csv.unknown_column"},
		{"target,target\r\nx,y\r\n", "csv.repeated_column"},
		{"account\r\nroot\r\n", "csv.missing_column"},
		{"target,account\r\nx\r\n", "csv.cell_count"},
		{"target\r\n", "too_few"},
		{"", "csv.no_header"},
		{"target,account\r\n,root\r\n", "required"},
		{"target\r\n\x83\x5e\r\n", "csv.not_utf8"},
		{"target\r\na\x01z\r\n", "control_character"},
	};
	struct ctx ctx;
	struct out out;

	(void)state;
	actor_begin(&ctx, &admin);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_not_equal(import(&ctx, cases[i].csv, false, &out), ERR_OK);
		assert_string_equal(ctx.error.reason, cases[i].reason);
		assert_null(strstr(ctx.error.text, "hunter2"));
	}
	actor_end(&ctx);
}

static void a_thousand_rows_are_one_transaction(void **state)
{
	static char csv[96 * 1024];
	struct ctx ctx;
	struct out out;
	size_t at = 0;

	(void)state;
	at += (size_t)snprintf(csv, sizeof(csv), "%s", HEADER);
	for (int i = 0; i < 1000; i++)
		at += (size_t)snprintf(csv + at, sizeof(csv) - at,
				       "many-%04d,linux_ssh,all,site,,many-%04d,root,,,\r\n", i, i);
	actor_begin(&ctx, &admin);
	int64_t targets = count_of(&ctx, "targets");
	assert_int_equal(import(&ctx, csv, false, &out), ERR_OK);
	assert_int_equal(count_of(&ctx, "targets"), targets + 1000);
	(void)snprintf(csv + at, sizeof(csv) - at, "one-more,,,,,,,,,\r\n");
	assert_int_equal(import(&ctx, csv, false, &out), ERR_INPUT);
	assert_string_equal(ctx.error.reason, "too_many");
	actor_end(&ctx);
}

static void the_template_names_every_column(void **state)
{
	const struct op *const tables[] = {targets_ops(), NULL};
	const struct field *sub = op_by_id(tables, "targets.import")->fields[IMPORT_ROWS].sub;
	struct ctx ctx;
	struct in in;
	struct out out;

	(void)state;
	actor_begin(&ctx, &admin);
	const struct op_read *read = targets_reads();
	while (strcmp(read->op, "targets.import_template") != 0)
		read++;
	struct buf body;
	buf_init(&body, 4096);
	struct reply reply = {.body = &body};
	input(&in, "targets.import_template");
	assert_int_equal(read->run(&ctx, &in, &reply), ERR_OK);
	for (size_t i = 1; sub[i].name != NULL; i++)
		assert_non_null(strstr(buf_text(&body), sub[i].name));
	/* the file itself is a header that the import knows, without rows */
	assert_int_not_equal(import(&ctx, buf_text(&body), false, &out), ERR_OK);
	assert_string_equal(ctx.error.reason, "too_few");
	buf_clear(&body);
	actor_end(&ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(rows_become_targets_and_accounts, set_up),
		cmocka_unit_test_setup(each_bad_row_says_why_and_nothing_is_kept, set_up),
		cmocka_unit_test_setup(a_file_that_cannot_be_read_is_refused_as_a_whole, set_up),
		cmocka_unit_test_setup(a_thousand_rows_are_one_transaction, set_up),
		cmocka_unit_test(the_template_names_every_column),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
