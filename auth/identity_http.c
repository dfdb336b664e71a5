/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/floor.h"
#include "auth/handlers.h"
#include "auth/identity_api.h"
#include "base/json.h"
#include "rbac/principal.h"

#define ROW                                                                                        \
	"p.id, p.kind, p.name, p.state, p.issuer, p.client_id, p.secret_id IS NOT NULL, "          \
	"p.addresses, p.trust, p.link_attribute, p.provision, p.login_attribute, p.login_suffix, " \
	"p.display_attribute, p.second_factor, p.contexts, p.version, m.fetched_at, m.tried_at, "  \
	"m.problem, p.sign_out, p.metadata_url, m.next_at, m.valid_until, p.mapping_applies, "     \
	"p.unsolicited, p.step_up "                                                                \
	"FROM identity_provider p "                                                                \
	"LEFT JOIN identity_provider_metadata m ON m.provider_id = p.id "
enum { ROW_COLUMNS = 27 };

static const struct db_stmt shown = {
	"identity_read.shown",
	"SELECT p.id, p.kind, p.name FROM identity_provider p "
	"JOIN identity_provider_metadata m ON m.provider_id = p.id AND m.fetched_at IS NOT NULL "
	"WHERE p.state = 'enabled' ORDER BY p.name, p.id",
	0, 3};
static const struct db_stmt mail = {"identity_read.mail_code",
				    "SELECT p.mail_code AND m.host <> '' FROM adaptive_policy p "
				    "JOIN mail_server m ON m.one = 1 WHERE p.id = 1",
				    0, 1};
static const struct db_stmt all = {
	"identity_read.list", "SELECT " ROW "WHERE p.state <> 'archived' ORDER BY p.name, p.id", 0,
	ROW_COLUMNS};
static const struct db_stmt one = {"identity_read.get",
				   "SELECT " ROW "WHERE p.id = ? AND p.state <> 'archived'", 1,
				   ROW_COLUMNS};
static const struct db_stmt maps = {
	"identity_read.maps",
	"SELECT m.attribute, m.value, m.role, m.group_id, g.name, m.privileged FROM identity_map m "
	"LEFT JOIN user_group g ON g.id = m.group_id WHERE m.provider_id = ? "
	"ORDER BY m.attribute, m.value, m.id",
	1, 6};
static const struct db_stmt given = {
	"identity_read.given",
	"SELECT COUNT(*) FROM (SELECT user_id FROM role_grant WHERE provider_id = ? UNION "
	"SELECT user_id FROM user_group_member WHERE provider_id = ?) h",
	2, 1};
static const struct db_stmt own = {
	"identity_read.own",
	"SELECT f.id, p.id, p.kind, p.name, f.display, f.created_at, f.last_used_at "
	"FROM federated_identity f JOIN identity_provider p ON p.id = f.provider_id "
	"WHERE f.user_id = ? AND p.state <> 'archived' ORDER BY p.name",
	1, 7};
/* Where the session came from, if it can be renewed there. */
static const struct db_stmt step_up = {
	"identity_read.step_up",
	"SELECT p.id, p.kind, p.name FROM federation_session f "
	"JOIN identity_provider p ON p.id = f.provider_id "
	"JOIN federated_identity i ON i.provider_id = p.id AND i.user_id = ? "
	"WHERE f.session_id = ? AND p.state = 'enabled' AND p.step_up "
	"AND p.second_factor = 'trust'",
	2, 3};
/* What a test has shown is for whoever made it, in the same session. */
static const struct db_stmt test = {
	"identity_read.test",
	"SELECT result FROM federation_txn WHERE id = ? AND provider_id = ? AND session_id = ? "
	"AND purpose = 'test' AND finished_at IS NOT NULL",
	3, 1};

static const struct db_stmt *const stmts[] = {&shown, &mail, &all,     &one,  &maps,
					      &given, &own,  &step_up, &test, NULL};
static const struct db_stmt_list list = {"identity_read", stmts};

const struct db_stmt_list *identity_read_statements(void)
{
	return &list;
}

typedef void put_fn(struct json *json, struct db_rows *rows);

static enum err put_rows(struct ctx *ctx, struct json *json, const char *name,
			 const struct db_stmt *stmt, const struct db_param *params, put_fn *put)
{
	struct db_rows *rows = NULL;
	enum err err = db_query(ctx, stmt, params, &rows);

	if (err != ERR_OK)
		return err;
	json_array(json, name);
	while (db_next(rows)) {
		json_object(json, NULL);
		put(json, rows);
		json_end_object(json);
	}
	json_end_array(json);
	return db_rows_close(rows);
}

static enum err put_items(struct ctx *ctx, struct reply *reply, const struct db_stmt *stmt,
			  const struct db_param *params, put_fn *put)
{
	json_object(reply->json, NULL);
	enum err err = put_rows(ctx, reply->json, "items", stmt, params, put);
	json_end_object(reply->json);
	return err;
}

static void put_id(struct json *json, const char *name, struct db_rows *rows, unsigned column)
{
	struct uuid id = db_uuid(rows, column);

	json_uuid(json, name, uuid_is_nil(&id) ? NULL : &id);
}

static void put_shown(struct json *json, struct db_rows *rows)
{
	put_id(json, "id", rows, 0);
	json_text(json, "kind", db_text(rows, 1));
	json_text(json, "name", db_text(rows, 2));
}

static void put_map(struct json *json, struct db_rows *rows)
{
	json_text(json, "attribute", db_text(rows, 0));
	json_text(json, "value", db_text(rows, 1));
	json_text(json, "role", db_text(rows, 2));
	put_id(json, "group_id", rows, 3);
	json_text(json, "group_name", db_text(rows, 4));
	json_bool(json, "privileged", db_int(rows, 5) != 0);
}

static void put_own(struct json *json, struct db_rows *rows)
{
	put_id(json, "id", rows, 0);
	put_id(json, "provider_id", rows, 1);
	json_text(json, "kind", db_text(rows, 2));
	json_text(json, "provider", db_text(rows, 3));
	json_text(json, "display", db_text(rows, 4));
	json_time(json, "created_at", db_time(rows, 5));
	json_time(json, "last_used_at", db_time(rows, 6));
}

static void put_settings(struct json *json, struct db_rows *rows)
{
	static const char *const texts[] = {"link_attribute",	 "login_attribute", "login_suffix",
					    "display_attribute", "second_factor",   "contexts"};
	static const unsigned columns[] = {9, 11, 12, 13, 14, 15};
	const char *trust = db_text(rows, 8);

	json_text(json, "addresses", db_text(rows, 7));
	json_text(json, "trust", trust ? trust : "");
	json_bool(json, "provision", db_int(rows, 10) != 0);
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		json_text(json, texts[i], db_text(rows, columns[i]));
}

static void put_provider(struct json *json, struct db_rows *rows)
{
	put_shown(json, rows);
	json_bool(json, "enabled", db_text(rows, 3)[0] == 'e');
	json_text(json, "issuer", db_text(rows, 4));
	json_text(json, "client_id", db_text(rows, 5));
	json_bool(json, "has_secret", db_int(rows, 6) != 0);
	put_settings(json, rows);
	json_text(json, "sign_out", db_text(rows, 20));
	json_text(json, "mapping_applies", db_text(rows, 24));
	json_int(json, "version", db_int(rows, 16));
	json_time(json, "fetched_at", db_time(rows, 17));
	json_time(json, "tried_at", db_time(rows, 18));
	json_text(json, "problem", db_text(rows, 19));
	json_text(json, "metadata_url", db_text(rows, 21));
	json_time(json, "next_fetch_at", db_time(rows, 22));
	json_time(json, "valid_until", db_time(rows, 23));
	json_bool(json, "unsolicited", db_int(rows, 25) != 0);
	json_bool(json, "step_up", db_int(rows, 26) != 0);
}

static void read_flag(struct db_rows *rows, void *arg)
{
	*(bool *)arg = db_int(rows, 0) != 0;
}

/* And whether a code by mail may be the second step at all. */
static enum err read_shown(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	bool mailed = false;
	enum err err = db_one(ctx, &mail, NULL, read_flag, &mailed);

	(void)in;
	if (err != ERR_OK)
		return err;
	json_object(reply->json, NULL);
	err = put_rows(ctx, reply->json, "items", &shown, NULL, put_shown);
	json_bool(reply->json, "mail_code", mailed);
	json_end_object(reply->json);
	return err;
}

static enum err read_own(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	const struct db_param params[] = {DB_P_UUID(&ctx->principal->user_id)};

	(void)in;
	return put_items(ctx, reply, &own, params, put_own);
}

/* None where a passkey is asked for: no provider's word stands for one. */
static enum err read_step_up(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	const struct principal *self = ctx->principal;
	const struct db_param params[] = {DB_P_UUID(&self->user_id), DB_P_UUID(&self->session_id)};

	(void)in;
	if (self->factor_floor == FACTOR_ANY)
		return put_items(ctx, reply, &step_up, params, put_shown);
	json_object(reply->json, NULL);
	json_array(reply->json, "items");
	json_end_array(reply->json);
	json_end_object(reply->json);
	return ERR_OK;
}

static enum err read_theirs(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	const struct db_param params[] = {DB_P_UUID(in_id(in, 0))};

	return put_items(ctx, reply, &own, params, put_own);
}

static enum err read_list(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	(void)in;
	return put_items(ctx, reply, &all, NULL, put_provider);
}

struct one {
	struct json *json;
	int64_t version;
};

static void put_one(struct db_rows *rows, void *arg)
{
	struct one *found = arg;

	put_provider(found->json, rows);
	found->version = db_int(rows, 16);
}

static void put_given(struct db_rows *rows, void *arg)
{
	json_int(arg, "given_people", db_int(rows, 0));
}

static enum err read_get(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	const struct db_param params[] = {DB_P_UUID(&in->values[0].id)};
	struct one found = {.json = reply->json};

	json_object(reply->json, NULL);
	enum err err = db_one(ctx, &one, params, put_one, &found);
	if (err == ERR_NOT_FOUND)
		return err_set(ctx, ERR_NOT_FOUND, "There is no such identity provider.");
	if (err == ERR_OK)
		err = put_rows(ctx, reply->json, "mapping", &maps, params, put_map);
	if (err == ERR_OK)
		err = db_one(ctx, &given, (struct db_param[]){params[0], params[0]}, put_given,
			     reply->json);
	json_end_object(reply->json);
	reply->etag = found.version;
	return err;
}

static void take_result(struct db_rows *rows, void *arg)
{
	*(const char **)arg = db_text(rows, 0);
}

static enum err read_test(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	const char *result = NULL;
	const struct db_param params[] = {DB_P_UUID(in_id(in, RESULT_TEST)),
					  DB_P_UUID(in_id(in, RESULT_PROVIDER)),
					  DB_P_UUID(&ctx->principal->session_id)};
	enum err err = db_one(ctx, &test, params, take_result, &result);

	if (err == ERR_NOT_FOUND)
		return err_set(ctx, ERR_NOT_FOUND, "There is no such test.");
	if (err == ERR_OK)
		json_raw(reply->json, NULL, result);
	return err;
}

static const struct op_read reads[] = {
	{"identities.providers", read_shown},
	{"pages.sign_in_form", read_shown},
	{"identities.own", read_own},
	{"identities.step_up_providers", read_step_up},
	{"users.identities", read_theirs},
	{"identity_providers.list", read_list},
	{"identity_providers.get", read_get},
	{"identity_providers.test_result", read_test},
	{"identities.saml_metadata", saml_read_metadata},
	{"saml_keys.list", saml_keys_read_list},
	{NULL, NULL},
};

const struct op_read *identity_reads(void)
{
	return reads;
}
