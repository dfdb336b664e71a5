/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/json.h"
#include "base/text.h"
#include "gateways/est.h"
#include "gateways/gateway_sql.h"
#include "gateways/gateways_api.h"

static void group_json(struct json *json, const struct gateway_group_row *row)
{
	json_object(json, NULL);
	json_uuid(json, "id", &row->id);
	json_text(json, "name", row->name);
	json_text(json, "description", row->description);
	json_int(json, "gateway_count", row->gateway_count);
	json_bool(json, "archived", row->archived);
	json_int(json, "version", row->version);
	json_time(json, "created_at", row->created_at);
	json_time(json, "updated_at", row->updated_at);
	json_end_object(json);
}

static enum err groups_list(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	const char *q = in_text(in, GG_LIST_Q, NULL);
	bool archived = in_number(in, GG_LIST_ARCHIVED, false) != 0;
	struct gateway_group_row row;
	struct page_key last = {.text = ""};
	int64_t total = 0, count = 0;
	struct db_rows *rows;
	struct page page;
	enum err err;

	if ((err = page_from(ctx, in_value(in, GG_LIST_LIMIT), in_value(in, GG_LIST_CURSOR),
			     PAGE_ASCENDING, &page)) ||
	    (err = gateway_group_sql_count(ctx, q, archived, &total)) ||
	    (err = gateway_group_sql_list(ctx, q, archived, &page, &rows)))
		return err;
	json_object(reply->json, NULL);
	json_array(reply->json, "items");
	while (db_next(rows) && count++ < page.limit) {
		gateway_group_sql_row(rows, &row);
		group_json(reply->json, &row);
		last = (struct page_key){.text = row.name, .id = row.id};
	}
	json_end_array(reply->json);
	err = db_rows_close(rows);
	page_end(reply->json, ctx, count > page.limit ? &last : NULL, total);
	json_end_object(reply->json);
	return err;
}

static enum err groups_get(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct gateway_group_row row;
	enum err err = gateway_group_sql_by_id(ctx, in_id(in, 0), &row);

	if (err == ERR_NOT_FOUND)
		return err_reason(ctx, err, "gateway_group.unknown",
				  "There is no such gateway group.");
	if (err)
		return err;
	reply->etag = row.version;
	group_json(reply->json, &row);
	return ERR_OK;
}

static void optional_int(struct json *json, const char *key, bool has, int64_t value)
{
	if (has)
		json_int(json, key, value);
	else
		json_null(json, key);
}

static void presence_json(struct json *json, const struct gateway_row *row)
{
	json_object(json, "presence");
	json_text(json, "state", row->presence ? row->presence : "offline");
	json_int(json, "connections", row->connections);
	json_text(json, "agent_version", row->agent_version ? row->agent_version : "");
	json_text(json, "peer", row->peer ? row->peer : "");
	json_time(json, "attached_at", row->attached_at);
	json_time(json, "last_beat_at", row->last_beat_at);
	optional_int(json, "rtt_us", row->has_rtt, row->rtt_us);
	optional_int(json, "clock_skew_ms", row->has_skew, row->clock_skew_ms);
	optional_int(json, "policy_version", row->has_policy, row->policy_version);
	json_text(json, "refused_reason", row->refused_reason);
	json_bool(json, "locked", row->locked);
	json_end_object(json);
}

/* Somebody uses a copy of this gateway's identity, until a person says what is what. */
static void alarm_json(struct json *json, const struct gateway_row *row)
{
	if (!row->alarm_reason) {
		json_null(json, "alarm");
		return;
	}
	json_object(json, "alarm");
	json_text(json, "reason", row->alarm_reason);
	json_text(json, "peer", row->alarm_peer);
	json_time(json, "at", row->alarm_at);
	json_end_object(json);
}

static void sources_json(struct json *json, const char *list)
{
	json_array(json, "source_ranges");
	for (const char *at = list; at && *at;) {
		size_t len = strcspn(at, ",");

		json_text_n(json, NULL, at, len);
		at += len + (at[len] == ',');
	}
	json_end_array(json);
}

static void gateway_json(struct json *json, const struct gateway_row *row)
{
	char serial[2 * UUID_SIZE + 1];

	json_object(json, NULL);
	json_uuid(json, "id", &row->id);
	json_text(json, "name", row->name);
	json_object(json, "group");
	json_uuid(json, "id", &row->group_id);
	json_text(json, "name", row->group_name);
	json_end_object(json);
	json_text(json, "kind", row->kind);
	json_text(json, "state", row->state);
	presence_json(json, row);
	alarm_json(json, row);
	sources_json(json, row->source_ranges);
	if (uuid_is_nil(&row->serial)) {
		json_null(json, "certificate");
	} else {
		hex_encode(row->serial.b, UUID_SIZE, serial);
		json_object(json, "certificate");
		json_text(json, "serial", serial);
		json_time(json, "not_after", row->not_after);
		json_end_object(json);
	}
	json_int(json, "version", row->version);
	json_time(json, "created_at", row->created_at);
	json_time(json, "updated_at", row->updated_at);
	json_end_object(json);
}

static const char *state_text(const struct in *in)
{
	static const char *const states[] = {"waiting", "enrolled", "revoked", "archived", "held"};
	const struct value *value = in_value(in, GL_STATE);

	return value ? states[(size_t)value->number % 5] : NULL;
}

static enum err gateways_list(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	const char *q = in_text(in, GL_Q, NULL), *state = state_text(in);
	const struct uuid *group = in_id(in, GL_GROUP);
	struct page_key last = {.text = ""};
	int64_t total = 0, count = 0;
	struct gateway_row row;
	struct db_rows *rows;
	struct page page;
	enum err err;

	if ((err = page_from(ctx, in_value(in, GL_LIMIT), in_value(in, GL_CURSOR), PAGE_ASCENDING,
			     &page)) ||
	    (err = gateway_sql_count(ctx, q, group, state, &total)) ||
	    (err = gateway_sql_list(ctx, q, group, state, &page, &rows)))
		return err;
	json_object(reply->json, NULL);
	json_array(reply->json, "items");
	while (db_next(rows) && count++ < page.limit) {
		gateway_sql_row(rows, &row);
		gateway_json(reply->json, &row);
		last = (struct page_key){.text = row.name, .id = row.id};
	}
	json_end_array(reply->json);
	err = db_rows_close(rows);
	page_end(reply->json, ctx, count > page.limit ? &last : NULL, total);
	json_end_object(reply->json);
	return err;
}

static enum err gateways_get(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct gateway_row row;
	enum err err = gateway_sql_by_id(ctx, in_id(in, 0), &row);

	if (err == ERR_NOT_FOUND)
		return err_reason(ctx, err, "gateway.unknown", "There is no such gateway.");
	if (err)
		return err;
	reply->etag = row.version;
	gateway_json(reply->json, &row);
	return ERR_OK;
}

/* The private CA and the grant signer: public, and pinned by who reads them. */
static enum err cacerts(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct block certificates[2];
	enum err err = gateway_state_sql_get(ctx, "gateway.ca", &certificates[0]);

	(void)in;
	if (err == ERR_OK)
		err = gateway_state_sql_get(ctx, "gateway.signer", &certificates[1]);
	if (err == ERR_NOT_FOUND)
		return err_set(ctx, ERR_SEALED, "The private CA is not open yet.");
	if (err)
		return err;
	reply->content_type = "application/pkcs7-mime";
	return est_certs_only(ctx, certificates, 2, reply->body);
}

static const struct op_read reads[] = {
	{"gateway_groups.list", groups_list},
	{"gateway_groups.get", groups_get},
	{"gateways.list", gateways_list},
	{"gateways.get", gateways_get},
	{"est.cacerts", cacerts},
	{NULL, NULL},
};

const struct op_read *gateways_reads(void)
{
	return reads;
}
