/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/text.h"
#include "gateways/est.h"
#include "server/web_csv.h"
#include "server/web_inner.h"
#include "server/web_json.h"

/* Query and body into the operation's values. Form bodies stay in wiped memory: they are decoded
 * in place, and the secret member goes straight from there to guarded memory. */

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool web_unescape(char *text, bool plus)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; from++) {
		if (*from == '+' && plus) {
			*to++ = ' ';
		} else if (*from != '%') {
			*to++ = *from;
		} else {
			int high = hex_value(from[1]), low = high < 0 ? -1 : hex_value(from[2]);
			if (low < 0 || (high == 0 && low == 0))
				return false;
			*to++ = (char)(high << 4 | low);
			from += 2;
		}
	}
	*to = '\0';
	return text_is_utf8(text, (size_t)(to - text));
}

static enum err malformed(struct web_request *request)
{
	return err_reason(&request->ctx, ERR_SYNTAX, "encoding.malformed",
			  "names or values are not properly encoded");
}

static const char *shown_name(const char *name)
{
	return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name) &&
			       *name != '\0' && strlen(name) < CTX_FIELD_SIZE
		       ? name
		       : "?";
}

/* One name=value pair, decoded, into the field of that name. */
static enum err take_pair(struct web_request *request, unsigned want, const char *name,
			  const char *value)
{
	const struct field *fields = request->op->fields;

	for (size_t i = 0; fields != NULL && fields[i].name != NULL; i++) {
		if ((fields[i].flags & (FIELD_PATH | FIELD_QUERY)) != want ||
		    strcmp(fields[i].name, name) != 0)
			continue;
		if (request->in.values[i].set)
			return err_field(&request->ctx, fields[i].name, "duplicate",
					 "%s is given twice", fields[i].name);
		return field_from_text(&request->ctx, &fields[i], value, &request->in.values[i]);
	}
	if (request->op->flags & (OP_FLAG_FOREIGN | OP_FLAG_OAUTH))
		return ERR_OK;
	return err_field(&request->ctx, shown_name(name), "unknown",
			 "there is no parameter of that name here");
}

typedef enum err pair_fn(struct web_request *request, const char *name, char *value);

/* Walks "a=b&c=d" in place. */
static enum err each_pair(struct web_request *request, char *text, pair_fn *take)
{
	size_t count = 0;

	while (text != NULL && *text != '\0') {
		char *name = text, *end = strchr(text, '&');
		text = end != NULL ? end + 1 : NULL;
		if (end != NULL)
			*end = '\0';
		char *value = strchr(name, '=');
		if (value == NULL || ++count > WEB_QUERY_MAX)
			return malformed(request);
		*value++ = '\0';
		if (!web_unescape(name, true) || !web_unescape(value, true))
			return malformed(request);
		enum err err = take(request, name, value);
		if (err != ERR_OK)
			return err;
	}
	return ERR_OK;
}

static enum err take_query(struct web_request *request, const char *name, char *value)
{
	return take_pair(request, FIELD_QUERY, name, value);
}

/* Members that never become values: they stay where they are until they are put together. */
struct form_secrets {
	char *password, *first;
};
static _Thread_local struct form_secrets form; /* one request at a time per thread */

/* The form field that goes before the password in the same pipe; NULL: none. */
static const char *first_name(const struct web_request *request)
{
	if (request->op->flags & OP_FLAG_SECRET_PAIR)
		return "current_password";
	return request->op->flags & OP_FLAG_SECRET_RECOVERY ? "recovery_code" : NULL;
}

static const char *secret_name(const struct web_request *request)
{
	return request->op->flags & OP_FLAG_OAUTH ? "client_secret" : "password";
}

static enum err take_form(struct web_request *request, const char *name, char *value)
{
	unsigned flags = request->op->flags;
	char **slot = NULL;

	if (flags & OP_FLAG_OAUTH && *value == '\0')
		return ERR_OK; /* RFC 6749, 3.2: as if it were not there */
	if (flags & OP_FLAG_SECRET_FIELD && strcmp(name, secret_name(request)) == 0)
		slot = &form.password;
	else if (first_name(request) && strcmp(name, first_name(request)) == 0)
		slot = &form.first;
	if (slot == NULL)
		return take_pair(request, 0, name, value);
	if (*slot != NULL)
		return err_field(&request->ctx, name, "duplicate", "%s is given twice", name);
	*slot = value;
	return ERR_OK;
}

static enum err check_secret(struct web_request *request, const char *name, const char *value)
{
	enum { PASSWORD_MAX = 1024 };

	if (value == NULL || *value == '\0')
		return err_field(&request->ctx, name, "required", "%s is required", name);
	if (strlen(value) > PASSWORD_MAX)
		return err_field(&request->ctx, name, "too_long", "%s may have at most %d bytes",
				 name, PASSWORD_MAX);
	return ERR_OK;
}

/* password, or the other secret NUL password. */
static enum err keep_secrets(struct web_request *request)
{
	const char *first = first_name(request);
	enum err err = request->op->flags & OP_FLAG_OAUTH
			       ? web_oauth_client(request, &form.password)
			       : ERR_OK;

	if (err == ERR_OK)
		err = check_secret(request, secret_name(request), form.password);

	if (err == ERR_OK && first)
		err = check_secret(request, first, form.first);
	if (err != ERR_OK)
		return err;
	size_t len = strlen(form.password), before = first ? strlen(form.first) + 1 : 0;
	request->secret = secret_new(before + len);
	if (request->secret == NULL)
		return err_set(&request->ctx, ERR_MEMORY, "no guarded memory for the secret");
	if (first)
		memcpy(secret_data(request->secret), form.first, before);
	memcpy(secret_data(request->secret) + before, form.password, len);
	wipe(form.password, len); /* one that came by a header lies outside the body */
	return ERR_OK;
}

static enum err parse_form(struct web_request *request)
{
	struct buf *body = &request->body;

	form = (struct form_secrets){0};
	if (body->len > 0 && memchr(body->data, '\0', body->len) != NULL)
		return malformed(request);
	buf_put_u8(body, 0);
	if (buf_failed(body))
		return err_set(&request->ctx, ERR_MEMORY, "no memory for the form");
	enum err err = each_pair(request, (char *)body->data, take_form);
	if (err == ERR_OK && request->op->flags & OP_FLAG_SECRET_FIELD)
		err = keep_secrets(request);
	form = (struct form_secrets){0};
	return err;
}

static enum err parse_octets(struct web_request *request)
{
	if (request->body.len == 0)
		return err_field(&request->ctx, "body", "required", "the secret is the body");
	request->secret = secret_from(request->body.data, request->body.len);
	if (request->secret == NULL)
		return err_set(&request->ctx, ERR_MEMORY, "no guarded memory for the secret");
	return ERR_OK;
}

static enum err parse_pkcs10(struct web_request *request)
{
	const struct est_request est = {
		.again = strcmp(request->op->id, "est.simplereenroll") == 0,
		.authorization = request->header[HEADER_AUTHORIZATION],
		.content_type = request->header[HEADER_CONTENT_TYPE],
		.date = request->header[HEADER_DATE],
		.body = {request->body.data, request->body.len},
		.tls_exporter = {request->peer->exporter, request->peer->exporter_len},
	};

	return request->web->params.read_enrol(&request->ctx, &est, request->in.values);
}

static enum err parse_json(struct web_request *request)
{
	return web_json_fields(&request->ctx, request->op->fields, request->body.data,
			       request->body.len, request->in.values);
}

static enum err parse_csv(struct web_request *request)
{
	const struct field *fields = request->op->fields;
	size_t at = 0;

	while (fields[at].name != NULL && fields[at].type != FIELD_ROWS)
		at++;
	if (fields[at].name == NULL)
		return err_set(&request->ctx, ERR_BUG, "%s has no rows", request->op->id);
	return web_csv_rows(&request->ctx, &fields[at], request->body.data, request->body.len,
			    &request->in.values[at]);
}

static enum err parse_nothing(struct web_request *request)
{
	(void)request;
	return ERR_OK;
}

/* Required ones that did not come, whatever they should have come from. */
static enum err check_all(struct web_request *request)
{
	const struct field *fields = request->op->fields;

	for (size_t i = 0; fields != NULL && fields[i].name != NULL; i++) {
		enum err err = field_check(&request->ctx, &fields[i], &request->in.values[i]);
		if (err != ERR_OK)
			return err;
	}
	return ERR_OK;
}

enum err web_parse(struct web_request *request)
{
	static enum err (*const parsers[])(struct web_request *) = {
		[OP_BODY_NONE] = parse_nothing,	 [OP_BODY_JSON] = parse_json,
		[OP_BODY_FORM] = parse_form,	 [OP_BODY_OCTETS] = parse_octets,
		[OP_BODY_PKCS10] = parse_pkcs10, [OP_BODY_CSV] = parse_csv,
	};
	enum err err = each_pair(request, request->query, take_query);

	if (err == ERR_OK)
		err = parsers[request->op->body](request);
	buf_clear(&request->body); /* wiped where it may have held a secret */
	return err == ERR_OK ? check_all(request) : err;
}
