/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/text.h"
#include "server/web_inner.h"

/* Where the token endpoint differs from the rest of the API: RFC 6749 says how. */

static enum err no_client(struct web_request *request)
{
	return err_reason(&request->ctx, ERR_UNAUTHENTICATED, "program.refused",
			  "send the name and secret of a program, by HTTP Basic or in the form");
}

static enum err two_ways(struct web_request *request)
{
	return err_reason(&request->ctx, ERR_SYNTAX, "oauth.two_ways",
			  "name and secret come by HTTP Basic or in the form, not by both");
}

enum { CLIENT_ID }; /* the first field of these operations (test_routes) */

enum { PAIR_MAX = 1024 };

/* RFC 6749, 2.3.1: both halves are form-encoded within. */
static enum err split_basic(struct web_request *request, const char *coded, char *pair,
			    char **secret)
{
	struct value *id = &request->in.values[CLIENT_ID];
	struct value named = {0};
	long size = base64_decode(coded, strlen(coded), pair, PAIR_MAX);

	if (size <= 0 || memchr(pair, '\0', (size_t)size) != NULL)
		return no_client(request);
	pair[size] = '\0';
	char *colon = strchr(pair, ':');
	if (colon == NULL)
		return no_client(request);
	*colon = '\0';
	*secret = colon + 1;
	if (!web_unescape(pair, true) || !web_unescape(*secret, true) ||
	    field_from_text(&request->ctx, &request->op->fields[CLIENT_ID], pair, &named) != ERR_OK)
		return no_client(request);
	if (id->set && strcmp(id->text, named.text) != 0)
		return two_ways(request);
	*id = named;
	return ERR_OK;
}

static enum err take_basic(struct web_request *request, const char *coded, char **secret)
{
	char *pair = arena_alloc(request->arena, PAIR_MAX + 1);

	if (*secret != NULL)
		return two_ways(request);
	if (pair == NULL)
		return err_set(&request->ctx, ERR_MEMORY, "no memory for the header");
	enum err err = split_basic(request, coded, pair, secret);
	if (err != ERR_OK) {
		wipe(pair, PAIR_MAX + 1);
		*secret = NULL;
	}
	return err;
}

enum err web_oauth_client(struct web_request *request, char **secret)
{
	static const char scheme[] = "Basic ";
	const char *header = request->header[HEADER_AUTHORIZATION];
	enum err err = ERR_OK;

	if (header != NULL && strncasecmp(header, scheme, sizeof(scheme) - 1) != 0)
		return no_client(request);
	if (header != NULL)
		err = take_basic(request, header + sizeof(scheme) - 1, secret);
	if (err != ERR_OK)
		return err;
	return *secret != NULL && **secret != '\0' && request->in.values[CLIENT_ID].set
		       ? ERR_OK
		       : no_client(request);
}

/* Section 5.2 has no word for a server that cannot or will not for the moment; the one of 4.1.2.1
 * is understood. */
static const char *error_word(const struct web_request *request, enum err err)
{
	static const struct {
		const char *reason, *word;
	} words[] = {
		{"oauth.grant_type", "unsupported_grant_type"},
		{"program.scope", "invalid_scope"},
		{"program.network", "unauthorized_client"},
		{"network.refused", "unauthorized_client"},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].reason, request->ctx.error.reason) == 0)
			return words[i].word;
	if (err == ERR_UNAUTHENTICATED)
		return "invalid_client";
	return err == ERR_LIMIT || err_status(err) >= 500 ? "temporarily_unavailable"
							  : "invalid_request";
}

static int status_of(enum err err)
{
	int status = err_status(err);

	return status == 401 || status == 413 || status == 429 || status >= 500 ? status : 400;
}

/* What error_description may hold: printable ASCII but for quotation marks and backslashes. */
static const char *description(struct web_request *request, int status)
{
	const char *from = status >= 500 ? "try again later; the trace id finds it in the log"
					 : request->ctx.error.text;
	char *text = arena_strdup(request->arena, from);

	for (char *at = text; at != NULL && *at != '\0'; at++)
		if (*at < ' ' || *at > '~' || *at == '"' || *at == '\\')
			*at = '?';
	return text;
}

void web_oauth_problem(struct web_request *request, enum err err)
{
	struct web_reply *reply = &request->reply;
	struct json json;

	reply->status = status_of(err);
	reply->content_type = "application/json";
	buf_reset(&reply->body);
	json_init(&json, &reply->body);
	json_object(&json, NULL);
	json_text(&json, "error", error_word(request, err));
	json_text(&json, "error_description", description(request, reply->status));
	json_text(&json, "trace", request->ctx.trace);
	json_end_object(&json);
	web_reply_header(request, "Pragma", "no-cache");
	if (reply->status == 401 && request->header[HEADER_AUTHORIZATION] != NULL)
		web_reply_header(request, MHD_HTTP_HEADER_WWW_AUTHENTICATE,
				 "Basic realm=\"sekisho\"");
}
