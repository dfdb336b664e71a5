/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/text.h"
#include "server/web_inner.h"

void web_reply_init(struct web_reply *reply)
{
	*reply = (struct web_reply){.status = 200, .stream_fd = -1};
	buf_init_wiped(&reply->body, WEB_ANSWER_MAX);
}

void web_reply_clear(struct web_reply *reply)
{
	buf_clear(&reply->body);
	if (reply->stream_fd >= 0)
		close(reply->stream_fd);
	reply->stream_fd = -1;
}

void web_reply_header(struct web_request *request, const char *name, const char *value)
{
	struct web_reply *reply = &request->reply;

	if (value != NULL && reply->header_count < WEB_ANSWER_HEADERS)
		reply->headers[reply->header_count++] = (struct web_pair){name, value};
}

static const char *title_of(int status)
{
	const char *title = MHD_get_reason_phrase_for((unsigned)status);

	return title != NULL ? title : "Error";
}

static void put_field_problem(struct json *json, const struct err_info *error)
{
	if (error->field[0] == '\0')
		return;
	json_array(json, "fields");
	json_object(json, NULL);
	json_text(json, "name", error->field);
	json_text(json, "reason", error->reason);
	json_text(json, "detail", error->text);
	json_end_object(json);
	json_end_array(json);
}

/* Our own mistakes are told with the trace id, not with their insides. */
static const char *shown_text(const struct err_info *error, int status)
{
	return status == 500 ? "something went wrong here; the trace id finds it in the log"
			     : error->text;
}

static void note_retry(struct web_request *request)
{
	if (request->retry_after > 0)
		web_reply_header(request, MHD_HTTP_HEADER_RETRY_AFTER,
				 arena_printf(request->arena, "%d", request->retry_after));
}

enum err web_navigate(struct web_request *request, const char *location)
{
	if (location == NULL)
		return err_set(&request->ctx, ERR_BUG, "%s leads nowhere", request->op->id);
	request->reply.status = 303;
	web_reply_header(request, MHD_HTTP_HEADER_LOCATION, location);
	return ERR_OK;
}

/* Which rule refused it is nobody's business; that a sign-in is over is no rule. */
static const char *failed_place(const struct web_request *request, enum err err)
{
	bool over = strcmp(request->ctx.error.reason, "federation.expired") == 0;

	if (err_status(err) >= 500)
		return "/signin?failed=unavailable";
	if (err == ERR_LIMIT)
		return "/signin?failed=wait";
	if (strcmp(request->ctx.error.reason, "federation.unasked") == 0)
		return "/signin?failed=unasked";
	if (request->has_cookie)
		return over ? "/profile?failed=expired" : "/profile?failed=provider";
	return over ? "/signin?failed=expired" : "/signin?failed=provider";
}

void web_render_problem(struct web_request *request, enum err err, int status, const char *code)
{
	const struct err_info *error = &request->ctx.error;
	struct web_reply *reply = &request->reply;
	struct json json;

	if (request->op != NULL && request->op->flags & OP_FLAG_PAGE) {
		web_page_problem(request, err);
		note_retry(request);
		return;
	}
	if (request->op != NULL && request->op->flags & OP_FLAG_NAVIGATION) {
		buf_reset(&reply->body);
		(void)web_navigate(request, failed_place(request, err));
		return;
	}
	if (request->op != NULL && request->op->flags & OP_FLAG_OAUTH) {
		web_oauth_problem(request, err);
		note_retry(request);
		return;
	}
	reply->status = status != 0 ? status : err_status(err);
	reply->content_type = "application/problem+json";
	reply->events = reply->upgrade = false;
	buf_reset(&reply->body);
	json_init(&json, &reply->body);
	json_object(&json, NULL);
	json_text(&json, "type", "about:blank");
	json_text(&json, "title", title_of(reply->status));
	json_int(&json, "status", reply->status);
	json_text(&json, "code", code != NULL ? code : err_code(err));
	if (error->reason[0] != '\0' && error->field[0] == '\0')
		json_text(&json, "reason", error->reason);
	json_text(&json, "detail", shown_text(error, reply->status));
	json_text(&json, "trace", request->ctx.trace);
	put_field_problem(&json, error);
	json_end_object(&json);
	note_retry(request);
	if (err == ERR_UNAUTHENTICATED && request->op != NULL &&
	    request->op->body == OP_BODY_PKCS10)
		web_reply_header(request, MHD_HTTP_HEADER_WWW_AUTHENTICATE,
				 "Basic realm=\"sekisho-est\"");
}

/* One {u8 type, block name, value} of MSG_RESULT.fields. */
struct result_field {
	enum out_type type;
	const char *name;
	size_t name_len;
	bool present;
	const char *text;
	size_t text_len;
	int64_t number;
	struct uuid id;
};

enum { NAME_MAX_LEN = 64, FIELDS_BYTES_MAX = 32 * 1024 };

static bool next_field(struct rd *rd, struct result_field *out)
{
	const uint8_t *bytes;

	*out = (struct result_field){.type = rd_u8(rd)};
	out->name = (const char *)rd_block(rd, NAME_MAX_LEN, &out->name_len);
	switch (out->type) {
	case OUT_TEXT:
	case OUT_JSON:
		out->present = rd_u8(rd) == 1;
		if (out->present)
			out->text = (const char *)rd_block(rd, FIELDS_BYTES_MAX, &out->text_len);
		break;
	case OUT_INT:
	case OUT_TIME: out->number = (int64_t)rd_u64(rd); break;
	case OUT_BOOL: out->number = rd_u8(rd); break;
	case OUT_UUID:
		bytes = rd_bytes(rd, UUID_SIZE);
		if (bytes != NULL)
			memcpy(out->id.b, bytes, UUID_SIZE);
		break;
	default: return false;
	}
	return !rd->failed;
}

static void put_result_field(struct json *json, const struct result_field *field, const char *name,
			     const char *raw)
{
	switch (field->type) {
	case OUT_TEXT:
		if (field->present)
			json_text_n(json, name, field->text, field->text_len);
		else
			json_null(json, name);
		return;
	case OUT_JSON:
		if (raw != NULL)
			json_raw(json, name, raw);
		else
			json_null(json, name);
		return;
	case OUT_INT: json_int(json, name, field->number); return;
	case OUT_BOOL: json_bool(json, name, field->number != 0); return;
	case OUT_UUID: json_uuid(json, name, uuid_is_nil(&field->id) ? NULL : &field->id); return;
	case OUT_TIME: json_time(json, name, field->number); return;
	}
}

bool web_render_fields(struct buf *out, const struct block *fields)
{
	struct rd rd = rd_of(fields->data, fields->len);
	struct json json;
	struct buf raw;
	bool whole = true;

	buf_init_wiped(&raw, FIELDS_BYTES_MAX + 1);
	json_init(&json, out);
	json_object(&json, NULL);
	while (whole && rd_left(&rd) > 0) {
		struct result_field field;
		char name[NAME_MAX_LEN + 1];
		whole = next_field(&rd, &field);
		if (!whole)
			break;
		snprintf(name, sizeof(name), "%.*s", (int)field.name_len, field.name);
		buf_reset(&raw);
		buf_put(&raw, field.text, field.text_len);
		put_result_field(&json, &field, name, field.present ? buf_text(&raw) : NULL);
	}
	json_end_object(&json);
	buf_clear(&raw);
	return whole && rd_done(&rd);
}

const char *web_result_text(struct web_request *request, const struct block *fields,
			    const char *name)
{
	struct rd rd = rd_of(fields->data, fields->len);
	struct result_field field;

	while (rd_left(&rd) > 0 && next_field(&rd, &field))
		if (field.name_len == strlen(name) &&
		    memcmp(field.name, name, field.name_len) == 0 && field.type == OUT_TEXT &&
		    field.present)
			return arena_strndup(request->arena, field.text, field.text_len);
	return NULL;
}
