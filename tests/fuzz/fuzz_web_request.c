/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "gateways/est.h"
#include "server/ops.h"
#include "server/web_inner.h"
#include "tests/fuzz/fuzz.h"

/*
 * What a browser sends, after libmicrohttpd cut it into lines: every operation's row, the checks
 * of headers, cookies, query and body. First line: METHOD SP target; then "Name: value" lines, an
 * empty line, the body.
 */
static const char *const names[] = {
#define H(constant, text) text,
	WEB_HEADERS(H)
#undef H
};

static void read_header(struct web_request *request, char *line)
{
	char *value = strchr(line, ':');

	if (value == NULL)
		return;
	*value++ = '\0';
	value += strspn(value, " ");
	for (int i = 0; i < HEADER__COUNT; i++)
		if (strcasecmp(names[i], line) == 0 && request->header[i] == NULL)
			request->header[i] = arena_strdup(request->arena, value);
}

static void read_request(struct web_request *request, struct rd *rd)
{
	char *line = fuzz_line(rd);
	char *target = strchr(line, ' ');

	if (target != NULL)
		*target++ = '\0';
	request->method = arena_strdup(request->arena, line);
	request->path = arena_strdup(request->arena, target != NULL ? target : "/");
	free(line);
	for (line = fuzz_line(rd); *line != '\0'; line = fuzz_line(rd)) {
		read_header(request, line);
		free(line);
	}
	free(line);
	if (request->path != NULL && (request->query = strchr(request->path, '?')) != NULL)
		*request->query++ = '\0';
}

/* What authority would be told survives the way there. */
static void check_values(struct web_request *request)
{
	struct value again[FIELDS_MAX];
	struct buf first;

	memset(again, 0, sizeof(again));
	buf_init(&first, 1024 * 1024);
	if (request->op->fields != NULL) {
		fields_put(&first, request->op->fields, request->in.values);
		struct rd rd = rd_of(first.data, first.len);
		assert(buf_failed(&first) ||
		       (fields_get(&request->ctx, request->op->fields, &rd, again) == ERR_OK &&
			rd_done(&rd)));
	}
	buf_clear(&first);
}

static void walk(struct web_request *request, struct rd *rd)
{
	size_t len = rd_left(rd);

	if (request->path == NULL || request->path[0] != '/' || !web_unescape(request->path, false))
		return;
	if (web_match(request) != ERR_OK || request->op == NULL ||
	    web_check_headers(request) != ERR_OK || len > request->op->max_body)
		return;
	buf_init_wiped(&request->body, request->op->max_body + 1);
	buf_put(&request->body, rd_bytes(rd, len), len);
	web_read_cookies(request);
	if (web_check_csrf(request) == ERR_OK && web_check_media_type(request) == ERR_OK &&
	    web_check_conditions(request) == ERR_OK && web_parse(request) == ERR_OK &&
	    web_check_form(request) == ERR_OK) {
		fuzz_accepted();
		check_values(request);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const server_names[] = {"sekisho.test", "192.0.2.1", "2001:db8::1",
						   NULL};
	static struct conf conf = {.server_names = server_names};
	static struct web_peer peer = {.text = "192.0.2.9", .exporter_len = 32};
	struct web web = {
		.params = {.conf = &conf, .ops = op_tables(), .read_enrol = est_read_enrol},
		.host = "sekisho.test",
		.origin = "https://sekisho.test"};
	struct web_request *request = calloc(1, sizeof(*request));
	struct rd rd = rd_of(data, size);

	assert(request != NULL);
	request->web = &web;
	request->peer = &peer;
	request->arena = arena_new(WEB_ARENA_MAX);
	ctx_init(&request->ctx, request->arena);
	web_reply_init(&request->reply);
	buf_init_wiped(&request->body, 0);
	read_request(request, &rd);
	if (request->method != NULL)
		walk(request, &rd);
	web_reply_clear(&request->reply);
	secret_free(request->secret);
	buf_clear(&request->body);
	arena_free(request->arena);
	free(request);
	return 0;
}
