/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/audit_api.h"
#include "audit/export.h"
#include "audit/read_sql.h"
#include "audit/tree_sql.h"
#include "base/json.h"
#include "base/text.h"

static void json_hash(struct json *json, const char *key, const uint8_t hash[32])
{
	char text[65];
	hex_encode(hash, 32, text);
	json_text(json, key, text);
}

static void put_actor(struct json *json, const struct audit_row *row)
{
	if (uuid_is_nil(&row->actor_id)) {
		json_null(json, "actor");
		return;
	}
	json_object(json, "actor");
	json_uuid(json, "id", &row->actor_id);
	json_text(json, "login", row->actor_login);
	json_end_object(json);
}

static void put_object(struct json *json, const struct audit_row *row)
{
	if (row->object_type == NULL) {
		json_null(json, "object");
		return;
	}
	json_object(json, "object");
	json_text(json, "type", row->object_type);
	json_uuid(json, "id", uuid_is_nil(&row->object_id) ? NULL : &row->object_id);
	json_text(json, "name", row->object_name);
	json_end_object(json);
}

static void put_event(struct json *json, const struct audit_row *row)
{
	json_object(json, NULL);
	json_uuid(json, "id", &row->id);
	if (row->n >= 0)
		json_int(json, "n", row->n);
	else
		json_null(json, "n");
	json_time(json, "time", row->time);
	json_text(json, "event", row->event);
	json_text(json, "outcome", row->outcome);
	put_actor(json, row);
	put_object(json, row);
	json_text(json, "peer", row->peer);
	json_text(json, "trace", row->trace);
	json_raw(json, "leaf", row->leaf != NULL ? row->leaf : "{}");
	json_end_object(json);
}

static const char *choice(const struct in *in, unsigned field, const char *(*name)(int64_t index))
{
	return in->values[field].set ? name(in->values[field].number) : NULL;
}

static void filter_from(const struct in *in, struct audit_filter *out)
{
	*out = (struct audit_filter){
		.q = in_text(in, AL_Q, NULL),
		.event = choice(in, AL_EVENT, audit_event_choice),
		.outcome = choice(in, AL_OUTCOME, audit_outcome_choice),
		.actor = in_text(in, AL_ACTOR, NULL),
		.is_auth = (int)in_number(in, AL_LOG, -1),
		.object = in->values[AL_OBJECT].set ? &in->values[AL_OBJECT].id : NULL,
		.from = in_number(in, AL_FROM, 0),
		.to = in_number(in, AL_TO, 0),
	};
}

static enum err read_list(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct audit_filter filter;
	struct page page;
	struct db_rows *rows = NULL;
	struct page_key last = {.text = ""};
	int64_t count = 0;
	filter_from(in, &filter);
	enum err err = page_from(ctx, in_value(in, AL_LIMIT), in_value(in, AL_CURSOR),
				 PAGE_DESCENDING, &page);
	if (err == ERR_OK)
		err = read_sql_list(ctx, &filter, &page, &rows);
	if (err != ERR_OK)
		return err;
	json_object(reply->json, NULL);
	json_array(reply->json, "items");
	while (db_next(rows) && count++ < page.limit) {
		struct audit_row row;
		read_sql_row(ctx, rows, &row);
		put_event(reply->json, &row);
		last = (struct page_key){.number = row.time, .text = "", .id = row.id};
	}
	json_end_array(reply->json);
	err = db_rows_close(rows);
	page_end(reply->json, ctx, count > page.limit ? &last : NULL, -1);
	json_end_object(reply->json);
	return err;
}

static enum err last_checkpoint(struct ctx *ctx, struct tree_checkpoint *out, bool *out_present)
{
	enum err err = tree_sql_last_checkpoint(ctx, out);
	*out_present = err == ERR_OK;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static void put_proof(struct json *json, const struct uuid *id, const struct audit_place *place,
		      const struct tree_checkpoint *checkpoint, const struct merkle_proof *proof)
{
	json_object(json, NULL);
	json_uuid(json, "id", id);
	json_int(json, "n", place->n);
	json_int(json, "size", (int64_t)checkpoint->size);
	json_hash(json, "leaf_hash", place->leaf_hash);
	json_hash(json, "root", checkpoint->root);
	json_array(json, "path");
	for (size_t i = 0; i < proof->count; i++)
		json_hash(json, NULL, proof->hash[i]);
	json_end_array(json);
	json_text(json, "checkpoint", checkpoint->note);
	json_end_object(json);
}

static enum err read_proof(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	const struct merkle_source source = tree_sql_source(ctx);
	struct audit_place place;
	struct tree_checkpoint checkpoint;
	struct merkle_proof proof;
	bool present = false;
	enum err err = read_sql_place(ctx, in_id(in, 0), &place);
	if (err == ERR_NOT_FOUND)
		return err_reason(ctx, err, "audit.unknown", "There is no such event.");
	if (err == ERR_OK)
		err = last_checkpoint(ctx, &checkpoint, &present);
	if (err != ERR_OK)
		return err;
	if (place.n < 0 || !present || (uint64_t)place.n >= checkpoint.size)
		return err_reason(ctx, ERR_CONFLICT, "audit.not_covered",
				  "No signed checkpoint covers this event yet: try in a second.");
	err = merkle_inclusion(&source, (uint64_t)place.n, checkpoint.size, &proof);
	if (err == ERR_OK)
		put_proof(reply->json, in_id(in, 0), &place, &checkpoint, &proof);
	return err;
}

static enum err read_state(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct tree_checkpoint checkpoint;
	uint64_t size = 0, pending = 0;
	bool present = false;
	(void)in;
	enum err err = tree_sql_size(ctx, &size);
	if (err == ERR_OK)
		err = tree_sql_pending_count(ctx, &pending);
	if (err == ERR_OK)
		err = last_checkpoint(ctx, &checkpoint, &present);
	if (err != ERR_OK)
		return err;
	json_object(reply->json, NULL);
	json_int(reply->json, "size", (int64_t)size);
	if (present) {
		json_object(reply->json, "checkpoint");
		json_int(reply->json, "size", (int64_t)checkpoint.size);
		json_hash(reply->json, "root", checkpoint.root);
		json_time(reply->json, "signed_at", checkpoint.signed_at);
		json_end_object(reply->json);
	} else {
		json_null(reply->json, "checkpoint");
	}
	json_int(reply->json, "pending", (int64_t)pending);
	json_text(reply->json, "vkey", present ? checkpoint.vkey : "");
	json_end_object(reply->json);
	return ERR_OK;
}

static enum err read_export(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	reply->content_type = "application/jsonl";
	reply->file_name = "sekisho-audit.jsonl";
	return export_write(ctx, in_number(in, AE_FROM, 0), in_number(in, AE_TO, 0), reply->body);
}

static const struct op_read reads[] = {
	{"audit.list", read_list},
	{"audit.proof", read_proof},
	{"audit.state", read_state},
	{"audit.export", read_export},
	{.op = NULL},
};

const struct op_read *audit_reads(void)
{
	return reads;
}
