/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "server/web_inner.h"

bool web_is_api(const char *path)
{
	return strncmp(path, "/api/", 5) == 0 || strncmp(path, "/.well-known/", 13) == 0 ||
	       strcmp(path, "/api") == 0 || strcmp(path, "/.well-known") == 0 ||
	       strcmp(path, "/metrics") == 0 || strcmp(path, "/plain") == 0 ||
	       strncmp(path, "/plain/", 7) == 0;
}

/* Text of each {name} in the order of the pattern. */
struct parts {
	size_t count;
	struct {
		const char *name, *text;
		size_t name_len, len;
	} part[4];
};

static bool match_path(const char *pattern, const char *path, struct parts *out)
{
	out->count = 0;
	while (*pattern != '\0') {
		if (*pattern != '{') {
			if (*pattern++ != *path++)
				return false;
			continue;
		}
		size_t name_len = strcspn(++pattern, "}"), len = strcspn(path, "/");
		if (len == 0 || out->count == sizeof(out->part) / sizeof(out->part[0]))
			return false;
		out->part[out->count].name = pattern;
		out->part[out->count].name_len = name_len;
		out->part[out->count].text = path;
		out->part[out->count++].len = len;
		pattern += name_len + 1;
		path += len;
	}
	return *path == '\0';
}

/* The path's own values; a malformed id names nothing that exists. */
static enum err take_parts(struct web_request *request, const struct parts *parts)
{
	const struct field *fields = request->op->fields;

	for (size_t i = 0; i < parts->count; i++) {
		const char *text =
			arena_strndup(request->arena, parts->part[i].text, parts->part[i].len);
		size_t k = 0, count = fields_count(fields);
		while (k < count &&
		       (!(fields[k].flags & FIELD_PATH) ||
			strlen(fields[k].name) != parts->part[i].name_len ||
			memcmp(fields[k].name, parts->part[i].name, parts->part[i].name_len) != 0))
			k++;
		if (k == count)
			return err_set(&request->ctx, ERR_BUG, "%s has no field for its path",
				       request->op->id);
		if (text == NULL)
			return err_set(&request->ctx, ERR_MEMORY, "no memory for the path");
		if (field_from_text(&request->ctx, &fields[k], text, &request->in.values[k]) !=
		    ERR_OK)
			return err_reason(&request->ctx, ERR_NOT_FOUND, "path.unknown",
					  "there is nothing at this address");
	}
	return ERR_OK;
}

static void note_method(char *allow, size_t size, const char *method)
{
	size_t len = strlen(allow);

	if (strstr(allow, method) == NULL)
		snprintf(allow + len, size - len, "%s%s", len > 0 ? ", " : "", method);
}

static enum err refuse_method(struct web_request *request, const char *allow)
{
	web_reply_header(request, MHD_HTTP_HEADER_ALLOW, arena_strdup(request->arena, allow));
	return err_reason(&request->ctx, ERR_METHOD, "method.unknown", "this address allows %s",
			  allow);
}

static enum err match_op(struct web_request *request)
{
	char allow[64] = "";

	for (const struct op *const *table = request->web->params.ops; *table != NULL; table++)
		for (const struct op *op = *table; op->id != NULL; op++) {
			struct parts parts;
			if (op->path == NULL || !match_path(op->path, request->path, &parts))
				continue;
			note_method(allow, sizeof(allow), op->method);
			if (strcmp(op->method, request->method) != 0)
				continue;
			request->op = op;
			request->in.op = op;
			return take_parts(request, &parts);
		}
	if (allow[0] != '\0')
		return refuse_method(request, allow);
	return err_reason(&request->ctx, ERR_NOT_FOUND, "path.unknown",
			  "there is nothing at this address");
}

enum err web_match(struct web_request *request)
{
	if (web_is_api(request->path))
		return match_op(request);
	if (strcmp(request->method, MHD_HTTP_METHOD_GET) != 0 &&
	    strcmp(request->method, MHD_HTTP_METHOD_HEAD) != 0)
		return refuse_method(request, "GET, HEAD");
	return ERR_OK;
}

const struct op_read *web_read_of(const struct web *web, const char *op)
{
	for (const struct op_read *const *table = web->params.reads; *table != NULL; table++)
		for (const struct op_read *read = *table; read->op != NULL; read++)
			if (strcmp(read->op, op) == 0)
				return read;
	return NULL;
}
