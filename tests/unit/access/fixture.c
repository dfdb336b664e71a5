/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/access/fixture.h"

#include <string.h>

#include "access/access_api.h"
#include "audit/audit.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "rbac/rbac_api.h"
#include "rbac/role.h"
#include "targets/targets_api.h"
#include "tests/support/test_db.h"

enum { ALL = -2 }; /* every permission but none */

const struct principal admin = {.user_id = {{1, 1}}, .login = "admin", .permissions = ALL},
		       alice = {.user_id = {{1, 2}},
				.login = "alice",
				.permissions = (permission_set)1 << PERM_TARGET_USE},
		       bob = {.user_id = {{1, 3}},
			      .login = "bob",
			      .permissions = (permission_set)1 << PERM_REQUEST_APPROVE |
					     (permission_set)1 << PERM_TARGET_USE},
		       carol = {.user_id = {{1, 4}},
				.login = "carol",
				.permissions = (permission_set)1 << PERM_REQUEST_APPROVE},
		       dave = {.user_id = {{1, 5}},
			       .login = "dave",
			       .permissions = (permission_set)1 << PERM_TARGET_USE};
const struct uuid group_approvers = {{2, 1}}, group_staff = {{2, 2}}, group_admins = {{2, 3}},
		  target_group_top = {{4, 1}}, target_web = {{3, 1}}, account_root = {{6, 1}},
		  account_app = {{6, 2}}, workflow_one = {{5, 1}}, workflow_two = {{5, 2}};

static const char *const tables[] = {
	"recording",	   "session",		"lease",	  "request_comment",
	"approval",	   "request_account",	"request_stage",  "request",
	"request_counter", "access_rule",	"workflow_stage", "workflow",
	"account_state",   "account",		"secret_version", "secret",
	"target_host_key", "target_address",	"target_state",	  "target",
	"target_group",	   "gateway_presence",	"gateway",	  "gateway_group",
	"role_grant",	   "user_group_member", "user_group",	  "user",
	"audit_pending",   "audit_event"};

/* The ids above, by name, for the rows below. */
static const char names[] = "SET @now = UTC_TIMESTAMP(6),"
			    " @event = X'09090000000000000000000000000000',"
			    " @admin = X'01010000000000000000000000000000',"
			    " @alice = X'01020000000000000000000000000000',"
			    " @bob = X'01030000000000000000000000000000',"
			    " @carol = X'01040000000000000000000000000000',"
			    " @dave = X'01050000000000000000000000000000',"
			    " @approvers = X'02010000000000000000000000000000',"
			    " @staff = X'02020000000000000000000000000000',"
			    " @admins = X'02030000000000000000000000000000',"
			    " @web01 = X'03010000000000000000000000000000',"
			    " @targets = X'04010000000000000000000000000000',"
			    " @one = X'05010000000000000000000000000000',"
			    " @two = X'05020000000000000000000000000000',"
			    " @root = X'06010000000000000000000000000000',"
			    " @app = X'06020000000000000000000000000000',"
			    " @gateways = X'07010000000000000000000000000000',"
			    " @secret1 = X'07070000000000000000000000000000',"
			    " @grant1 = X'08010000000000000000000000000000',"
			    " @rule1 = X'08080000000000000000000000000000';";

static const char people[] =
	"INSERT INTO user (id, login, display_name, state, created_at, updated_at, event_id)"
	" VALUES"
	" (@admin, 'admin', 'Admin', 'active', @now, @now, @event),"
	" (@alice, 'alice', 'Alice', 'active', @now, @now, @event),"
	" (@bob, 'bob', 'Bob', 'active', @now, @now, @event),"
	" (@carol, 'carol', 'Carol', 'active', @now, @now, @event),"
	" (@dave, 'dave', 'Dave', 'active', @now, @now, @event);"
	"INSERT INTO user_group (id, parent_id, name, created_at, updated_at, event_id) VALUES"
	" (@approvers, NULL, 'approvers', @now, @now, @event),"
	" (@staff, NULL, 'staff', @now, @now, @event),"
	" (@admins, NULL, 'admins', @now, @now, @event);"
	"INSERT INTO user_group_member (group_id, user_id, event_id) VALUES"
	" (@approvers, @bob, @event),"
	" (@approvers, @carol, @event),"
	" (@staff, @alice, @event),"
	" (@staff, @dave, @event);"
	"INSERT INTO role_grant (id, role, user_id, group_id, event_id) VALUES"
	" (@grant1, 'administrator', @admin, NULL, @event);";

static const char things[] =
	"INSERT INTO gateway_group (id, name, created_at, updated_at, event_id) VALUES"
	" (@gateways, 'site', @now, @now, @event);"
	"INSERT INTO target_group (id, name, created_at, updated_at, event_id) VALUES"
	" (@targets, 'all', @now, @now, @event);"
	"INSERT INTO target (id, group_id, gateway_group_id, name, kind, port, created_at,"
	" updated_at, event_id) VALUES"
	" (@web01, @targets, @gateways, 'web-01', 'linux_ssh', 22, @now, @now, @event);"
	"INSERT INTO secret VALUES"
	" (@secret1, 1, 1, @now);"
	"INSERT INTO account (id, target_id, name, secret_id, concurrent, created_at,"
	" updated_at, event_id) VALUES"
	" (@root, @web01, 'root', @secret1, FALSE, @now, @now, @event),"
	" (@app, @web01, 'app', @secret1, TRUE, @now, @now, @event);"
	"INSERT INTO workflow (id, name, max_minutes, max_ahead_days, created_at, updated_at,"
	" event_id) VALUES"
	" (@one, 'one', 120, 7, @now, @now, @event),"
	" (@two, 'two', 120, 7, @now, @now, @event);"
	"INSERT INTO workflow_stage VALUES"
	" (@one, 1, @approvers, 1, @event),"
	" (@two, 1, @approvers, 0, @event),"
	" (@two, 2, @approvers, 1, @event);"
	"INSERT INTO access_rule (id, name, effect, user_group_id, target_group_id,"
	" workflow_id, created_at, updated_at, event_id) VALUES"
	" (@rule1, 'staff', 'allow', @staff, @targets, @one, @now, @now, @event);";

void organisation(void)
{
	static const char end[] = "SET FOREIGN_KEY_CHECKS = 1;";
	char text[16384] = "SET FOREIGN_KEY_CHECKS = 0;";
	size_t at = strlen(text);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "DELETE FROM %s;", tables[i]);
	assert_in_range(at + sizeof(names) + sizeof(people) + sizeof(things) + sizeof(end), 0,
			sizeof(text));
	snprintf(text + at, sizeof(text) - at, "%s%s%s%s", end, names, people, things);
	test_db_script(text);
}

void actor_begin(struct ctx *ctx, const struct principal *who)
{
	test_db_ctx(ctx);
	ctx->principal = who;
}

void actor_end(struct ctx *ctx)
{
	test_db_ctx_end(ctx);
}

void input(struct in *in, const char *op)
{
	const struct op *const modules[] = {access_ops(), rbac_ops(), targets_ops(), NULL};

	*in = (struct in){.op = op_by_id(modules, op), .if_match = -1, .secret_fd = -1};
	assert_non_null(in->op);
}

void input_text(struct in *in, unsigned index, const char *text)
{
	in->values[index] = (struct value){.set = true, .text = text};
}

void input_number(struct in *in, unsigned index, int64_t number)
{
	in->values[index] = (struct value){.set = true, .number = number};
}

void input_id(struct in *in, unsigned index, const struct uuid *id)
{
	in->values[index] = (struct value){.set = true, .id = *id};
}

void input_ids(struct in *in, unsigned index, const struct uuid *ids, int64_t count)
{
	in->values[index] = (struct value){.set = true, .ids = ids, .number = count};
}

static op_write_fn *write_of(const char *op)
{
	const struct op_write *const writes[] = {access_writes(), rbac_writes(), targets_writes()};
	for (size_t i = 0; i < 3; i++)
		for (const struct op_write *row = writes[i]; row->op != NULL; row++)
			if (strcmp(row->op, op) == 0)
				return row->run;
	fail_msg("no handler for %s", op);
	return NULL;
}

static op_read_fn *read_of(const char *op)
{
	const struct op_read *const reads[] = {access_reads(), rbac_reads(), targets_reads()};
	for (size_t i = 0; i < 3; i++)
		for (const struct op_read *row = reads[i]; row->op != NULL; row++)
			if (strcmp(row->op, op) == 0)
				return row->run;
	fail_msg("no handler for %s", op);
	return NULL;
}

struct job {
	const struct in *in;
	struct out *out;
};

static enum err run(struct ctx *ctx, void *arg)
{
	const struct job *job = arg;
	*job->out = (struct out){.secret_fd = -1};
	audit_watch_reset();
	enum err err = write_of(job->in->op->id)(ctx, job->in, job->out);
	if (err == ERR_OK)
		assert_true(audit_watch_seen(job->in->op->event));
	return err;
}

enum err act(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct job job = {in, out};
	for (unsigned i = 0; in->op->fields[i].name != NULL; i++)
		assert_int_equal(field_check(ctx, &in->op->fields[i], &in->values[i]), ERR_OK);
	return db_transaction(ctx, run, &job);
}

enum err look(struct ctx *ctx, const struct in *in, const char **out_json)
{
	struct buf buf;
	struct json json;
	buf_init(&buf, 1 << 20);
	json_init(&json, &buf);
	struct reply reply = {.json = &json, .etag = -1, .stream_fd = -1};
	enum err err = read_of(in->op->id)(ctx, in, &reply);
	*out_json = arena_strdup(ctx->arena, buf_text(&buf));
	assert_int_equal(json.depth, 0);
	buf_clear(&buf);
	return err;
}

static void read_number(struct db_rows *rows, void *arg)
{
	*(int64_t *)arg = db_int(rows, 0);
}

int64_t number_of(struct ctx *ctx, const char *query)
{
	/* A connection remembers statements by their address: each text gets one of its own. */
	static struct db_stmt stmts[32];
	int64_t number = -1;
	size_t i = 0;
	while (stmts[i].text != NULL && strcmp(stmts[i].text, query) != 0)
		i++;
	assert_in_range(i, 0, 31);
	stmts[i] = (struct db_stmt){query, query, 0, 1};
	assert_int_equal(db_one(ctx, &stmts[i], NULL, read_number, &number), ERR_OK);
	return number;
}
