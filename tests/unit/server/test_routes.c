/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rbac/op.h"
#include "rbac/principal.h"
#include "server/authority_ops.h"
#include "server/ops.h"
#include "tests/unit/cmocka_all.h"

/* Walks every operation row: what must hold for all of them, and that docs/openapi.yaml names
 * exactly them. */

static const struct op *all[512];
static size_t count;

static int collect(void **state)
{
	(void)state;
	for (const struct op *const *table = op_tables(); *table != NULL; table++)
		for (const struct op *op = *table; op->id != NULL; op++)
			all[count++] = op;
	assert_in_range(count, 1, 511);
	return 0;
}

#define CHECK(op, condition)                                      \
	do {                                                      \
		if (!(condition))                                 \
			fail_msg("%s: %s", (op)->id, #condition); \
	} while (0)

/* Anybody signed in acts here on what is their own; the handlers look at the owner. */
static const char *const own_data[] = {
	"api_tokens.mine",
	"api_tokens.create",
	"api_tokens.revoke",
	"api_tokens.current",
	"devices.list",
	"devices.remove",
	"auth.sign_out",
	"pages.session",
	"pages.sign_out",
	"auth.me",
	"auth.profile_update",
	"auth.password_change",
	"auth.sessions_list",
	"auth.session_revoke",
	"password_rules.own",
	"factors.list",
	"factors.totp_begin",
	"factors.totp_confirm",
	"factors.totp_rename",
	"factors.totp_remove",
	"factors.recovery_create",
	"auth.step_up_challenge",
	"auth.step_up",
	"auth.step_up_code",
	"auth.step_up_recovery",
	"passkeys.challenge",
	"passkeys.add",
	"passkeys.rename",
	"passkeys.remove",
	"access.explain",
	"identities.own",
	"identities.link",
	"identities.step_up_providers",
	"identities.step_up",
	"identities.unlink",
	"requests.list",
	"requests.get",
	"requests.withdraw",
	"requests.comment",
	"leases.return",
	"sessions.list",
	"sessions.get",
	"sessions.terminate",
	"events.stream",
	"notices.own",
	"sign_ins.own",
	"sign_ins.not_me",
	"sign_ins.me",
	"mail_address.get",
	"mail_address.begin",
	"mail_address.confirm",
};

static bool is_own_data(const struct op *op)
{
	for (size_t i = 0; i < sizeof(own_data) / sizeof(own_data[0]); i++)
		if (strcmp(own_data[i], op->id) == 0)
			return true;
	return false;
}

static void ids_and_addresses_are_unique(void **state)
{
	(void)state;
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < i; k++) {
			CHECK(all[i], strcmp(all[i]->id, all[k]->id) != 0);
			CHECK(all[i], strcmp(all[i]->path, all[k]->path) != 0 ||
					      strcmp(all[i]->method, all[k]->method) != 0);
		}
}

/* There is no person whose permission could be asked for. */
static bool is_for_nobody(const struct op *op)
{
	return op->auth == OP_AUTH_PUBLIC || op->auth == OP_AUTH_METRICS;
}

static void every_row_says_who_may(void **state)
{
	(void)state;
	for (size_t i = 0; i < count; i++) {
		const struct op *op = all[i];
		CHECK(op, op->auth != OP_AUTH_REFUSE && op->auth <= OP_AUTH_METRICS);
		CHECK(op, is_for_nobody(op) || op->permission != PERM_NONE || is_own_data(op));
		CHECK(op, !is_for_nobody(op) || op->permission == PERM_NONE);
		CHECK(op, op->auth != OP_AUTH_METRICS || op->kind == OP_READ);
	}
}

static void what_writes_is_audited(void **state)
{
	(void)state;
	for (size_t i = 0; i < count; i++) {
		const struct op *op = all[i];
		CHECK(op, op->kind == OP_READ || op->event != EVENT_NONE);
		CHECK(op, op->kind != OP_READ || strcmp(op->method, "GET") == 0);
		CHECK(op, op->kind != OP_WRITE || op->flags & OP_FLAG_NAVIGATION ||
				  strcmp(op->method, "GET") != 0);
		/* What another site may send carries its own proof. */
		CHECK(op, !(op->flags & OP_FLAG_FOREIGN) ||
				  ((op->flags & OP_FLAG_NAVIGATION || op->body == OP_BODY_FORM) &&
				   op->auth == OP_AUTH_PUBLIC));
		CHECK(op, op->kind != OP_UPGRADE || strcmp(op->method, "GET") == 0);
	}
}

static void addresses_are_ours(void **state)
{
	static const char methods[] = " GET POST PUT PATCH DELETE ";

	(void)state;
	for (size_t i = 0; i < count; i++) {
		char method[16];
		snprintf(method, sizeof(method), " %s ", all[i]->method);
		CHECK(all[i], strstr(methods, method) != NULL);
		CHECK(all[i], strncmp(all[i]->path, "/api/v1/", 8) == 0 ||
				      strncmp(all[i]->path, "/.well-known/", 13) == 0 ||
				      strcmp(all[i]->path, "/metrics") == 0 ||
				      (all[i]->flags & OP_FLAG_PAGE &&
				       strncmp(all[i]->path, "/plain", 6) == 0));
	}
}

static void bodies_are_bounded(void **state)
{
	(void)state;
	for (size_t i = 0; i < count; i++) {
		const struct op *op = all[i];
		CHECK(op, op->body == OP_BODY_NONE || op->max_body > 0);
		CHECK(op, op->body != OP_BODY_NONE || op->max_body == 0);
		CHECK(op, op->max_body <= (op->body == OP_BODY_CSV ? 96 : 64) * 1024);
		CHECK(op, op->body == OP_BODY_NONE || strcmp(op->method, "GET") != 0);
		CHECK(op, !(op->flags & OP_FLAG_SECRET_FIELD) || op->body == OP_BODY_FORM ||
				  op->body == OP_BODY_OCTETS);
		unsigned pair = op->flags & (OP_FLAG_SECRET_PAIR | OP_FLAG_SECRET_RECOVERY);
		CHECK(op, !pair || op->flags & OP_FLAG_SECRET_FIELD);
		CHECK(op, pair != (OP_FLAG_SECRET_PAIR | OP_FLAG_SECRET_RECOVERY));
		/* Where programs show their secret. */
		CHECK(op, !(op->flags & OP_FLAG_OAUTH) ||
				  (op->body == OP_BODY_FORM && op->flags & OP_FLAG_SECRET_FIELD &&
				   op->auth == OP_AUTH_PUBLIC &&
				   strcmp(op->fields[0].name, "client_id") == 0));
	}
}

static void check_field(const struct op *op, const struct field *field)
{
	bool list = field->type == FIELD_UUIDS || field->type == FIELD_TEXTS ||
		    field->type == FIELD_ROWS;
	bool text = field->type == FIELD_TEXT || field->type == FIELD_NOTE ||
		    field->type == FIELD_NAME || field->type == FIELD_TOKEN;

	CHECK(op, !(text || list) || (field->max > 0 && field->min >= 0));
	/* XML of others, which nothing but a helper process looks at. */
	bool foreign =
		strcmp(field->name, "SAMLResponse") == 0 || strcmp(field->name, "metadata") == 0;
	CHECK(op, !text || field->max <= (foreign ? 60 : 16) * 1024);
	CHECK(op, !list || field->max <= 1000);
	CHECK(op, field->type != FIELD_INT || field->min < field->max);
	CHECK(op, field->type != FIELD_CHOICE || field->choices != NULL);
	CHECK(op, (field->type == FIELD_ROWS) == (field->sub != NULL));
	CHECK(op, !list || !(field->flags & (FIELD_PATH | FIELD_QUERY)));
	for (const struct field *sub = field->sub; sub != NULL && sub->name != NULL; sub++)
		check_field(op, sub);
}

static void fields_are_bounded_and_placed(void **state)
{
	(void)state;
	for (size_t i = 0; i < count; i++) {
		const struct op *op = all[i];
		size_t in_path = 0, braces = 0;
		CHECK(op, fields_count(op->fields) <= FIELDS_MAX);
		for (const struct field *f = op->fields; f != NULL && f->name != NULL; f++) {
			char part[80];
			check_field(op, f);
			snprintf(part, sizeof(part), "{%s}", f->name);
			in_path += (f->flags & FIELD_PATH) != 0;
			CHECK(op, !(f->flags & FIELD_PATH) || strstr(op->path, part) != NULL);
			CHECK(op,
			      f->flags & (FIELD_PATH | FIELD_QUERY) || op->body != OP_BODY_NONE);
		}
		for (const char *c = op->path; *c != '\0'; c++)
			braces += *c == '{';
		CHECK(op, in_path == braces);
	}
}

static const struct op *find(const char *id)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(all[i]->id, id) == 0)
			return all[i];
	return NULL;
}

static void then_names_a_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < count; i++) {
		const struct op *op = all[i];
		const struct op *then = op->then != NULL ? find(op->then) : NULL;
		CHECK(op, op->then == NULL || then != NULL);
		CHECK(op, then == NULL || then->kind == OP_READ);
		CHECK(op, then == NULL || op->kind == OP_WRITE);
		CHECK(op, !(op->flags & OP_FLAG_CREATED) || op->then != NULL);
		CHECK(op, !(op->flags & OP_FLAG_CREATED) || strcmp(op->method, "POST") == 0);
	}
}

static size_t readers_of(const char *id)
{
	size_t found = 0;

	for (const struct op_read *const *table = web_read_tables(); *table != NULL; table++)
		for (const struct op_read *read = *table; read->op != NULL; read++)
			found += strcmp(read->op, id) == 0;
	return found;
}

static void reads_have_one_handler_and_no_handler_is_lost(void **state)
{
	(void)state;
	for (size_t i = 0; i < count; i++) {
		const struct op *op = all[i];
		size_t readers = readers_of(op->id);
		CHECK(op, op->kind != OP_READ || op->flags & OP_FLAG_SSE || readers == 1);
		CHECK(op, op->kind == OP_READ || op->kind == OP_READ_AUDITED || readers == 0);
		CHECK(op, readers <= 1);
	}
	for (const struct op_read *const *table = web_read_tables(); *table != NULL; table++)
		for (const struct op_read *read = *table; read->op != NULL; read++)
			if (find(read->op) == NULL)
				fail_msg("%s is handled but no operation", read->op);
}

static size_t writers_of(const char *id)
{
	size_t found = 0;

	for (const struct op_write *const *table = authority_writes(); *table != NULL; table++)
		for (const struct op_write *write = *table; write->op != NULL; write++)
			found += strcmp(write->op, id) == 0;
	return found;
}

/* An audited read may leave its event to the runner. */
static void writes_have_one_handler_on_authoritys_side(void **state)
{
	(void)state;
	for (size_t i = 0; i < count; i++) {
		const struct op *op = all[i];
		size_t writers = writers_of(op->id);
		CHECK(op, writers <= 1);
		CHECK(op, op->kind != OP_READ || writers == 0);
		CHECK(op, (op->kind != OP_WRITE && op->kind != OP_UPGRADE) || writers == 1);
		CHECK(op, op->kind != OP_READ_AUDITED || writers + readers_of(op->id) >= 1);
	}
	for (const struct op_write *const *table = authority_writes(); *table != NULL; table++)
		for (const struct op_write *write = *table; write->op != NULL; write++)
			if (find(write->op) == NULL)
				fail_msg("%s is handled but no operation", write->op);
}

/* "      operationId: x" lines with the path and the method they stand under. */
static void the_document_names_exactly_these(void **state)
{
	FILE *file = fopen(SEKISHO_SOURCE_DIR "/docs/openapi.yaml", "r");
	char line[1024], path[256] = "", method[16] = "", id[80], wrong[4096] = "";
	bool seen[512] = {false};

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		size_t used = strlen(wrong);
		if (sscanf(line, "  /%250[^:]:", path + 1) == 1 && line[2] == '/') {
			path[0] = '/';
		} else if (strncmp(line, "    ", 4) == 0 && line[4] != ' ' &&
			   sscanf(line, "    %15[a-z]:", method) == 1) {
			continue;
		} else if (sscanf(line, "      operationId: %79s", id) == 1) {
			const struct op *op = find(id);
			if (op == NULL || strcmp(op->path, path) != 0 ||
			    strcasecmp(op->method, method) != 0)
				snprintf(wrong + used, sizeof(wrong) - used, " %s", id);
			for (size_t i = 0; i < count; i++)
				seen[i] = seen[i] || all[i] == op;
		}
	}
	fclose(file);
	for (size_t i = 0; i < count; i++)
		if (!seen[i]) {
			size_t used = strlen(wrong);
			snprintf(wrong + used, sizeof(wrong) - used, " +%s", all[i]->id);
		}
	if (wrong[0] != '\0')
		fail_msg("docs/openapi.yaml and the rows differ (+: only a row):%s", wrong);
}

/* What a sign-in below its person's factor floor may call is written out here once more. */
static void below_the_floor_only_these_are_open(void **state)
{
	static const struct {
		const char *op;
		bool enrol, prove;
	} open[] = {
		{"auth.me", true, true},       {"auth.sign_out", true, true},
		{"auth.step_up", false, true}, {"auth.step_up_challenge", false, true},
		{"passkeys.add", true, false}, {"passkeys.challenge", true, false},
		{"pages.session", true, true}, {"pages.sign_out", true, true},
	};
	const struct principal enrol = {.factor_due = FACTOR_DUE_ENROL};
	const struct principal prove = {.factor_due = FACTOR_DUE_PROVE};
	const struct principal both = {.factor_due = FACTOR_DUE_PROVE, .password_due = true};
	(void)state;
	for (size_t i = 0; i < count; i++) {
		bool wanted[2] = {false, false};
		for (size_t k = 0; k < sizeof(open) / sizeof(open[0]); k++)
			if (strcmp(open[k].op, all[i]->id) == 0) {
				wanted[0] = open[k].enrol;
				wanted[1] = open[k].prove;
			}
		CHECK(all[i], op_open_to(all[i], &enrol) == wanted[0]);
		CHECK(all[i], op_open_to(all[i], &prove) == wanted[1]);
		CHECK(all[i], op_open_to(all[i], &both) == wanted[1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_and_addresses_are_unique),
		cmocka_unit_test(every_row_says_who_may),
		cmocka_unit_test(what_writes_is_audited),
		cmocka_unit_test(addresses_are_ours),
		cmocka_unit_test(bodies_are_bounded),
		cmocka_unit_test(fields_are_bounded_and_placed),
		cmocka_unit_test(then_names_a_read),
		cmocka_unit_test(reads_have_one_handler_and_no_handler_is_lost),
		cmocka_unit_test(writes_have_one_handler_on_authoritys_side),
		cmocka_unit_test(the_document_names_exactly_these),
		cmocka_unit_test(below_the_floor_only_these_are_open),
	};

	return cmocka_run_group_tests(tests, collect, NULL);
}
