/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "auth/token_text.h"
#include "base/text.h"
#include "server/web_inner.h"

/* Limits, cookies and the checks against foreign pages. */

/* "name[:port]" or "[address]:port" → length of the host part. */
static size_t host_len(const char *authority)
{
	if (*authority == '[')
		return strcspn(authority, "]") + 1;
	return strcspn(authority, ":");
}

static bool is_our_host(const struct web *web, const char *authority)
{
	size_t whole = strlen(authority), len = host_len(authority);
	size_t port = len <= whole ? whole - len : 7;

	if (len == 0 || port > 6 ||
	    (port > 0 && strspn(authority + len + 1, "0123456789") != port - 1))
		return false;
	if (len == strlen(web->host) && strncasecmp(authority, web->host, len) == 0)
		return true;
	for (const char *const *name = web->params.conf->server_names;
	     name != NULL && *name != NULL; name++) {
		size_t skip = *authority == '[' ? 1 : 0;
		if (strlen(*name) == len - 2 * skip &&
		    strncasecmp(authority + skip, *name, len - 2 * skip) == 0)
			return true;
	}
	return false;
}

static enum err check_host(struct web_request *request)
{
	const char *host = request->header[HEADER_HOST];

	if (host == NULL)
		return err_reason(&request->ctx, ERR_SYNTAX, "host.missing",
				  "the request names no host");
	if (!is_our_host(request->web, host))
		return err_reason(&request->ctx, ERR_SYNTAX, "host.unknown",
				  "this server does not answer for that host; see public_url");
	return ERR_OK;
}

/* The parser below us accepts both lengths at once and takes one: whoever stands in front might
 * take the other. */
static enum err check_framing(struct web_request *request)
{
	const char *length = request->header[HEADER_CONTENT_LENGTH];
	const char *coding = request->header[HEADER_TRANSFER_ENCODING];
	char *end;

	if (length != NULL && coding != NULL)
		return err_reason(&request->ctx, ERR_SYNTAX, "framing.ambiguous",
				  "Content-Length and Transfer-Encoding exclude each other");
	if (coding != NULL && strcasecmp(coding, "chunked") != 0)
		return err_reason(&request->ctx, ERR_SYNTAX, "framing.coding",
				  "only the chunked transfer coding is understood");
	if (length == NULL)
		return ERR_OK;
	if (*length == '\0' || strspn(length, "0123456789") != strlen(length))
		return err_reason(&request->ctx, ERR_SYNTAX, "framing.length",
				  "Content-Length is not a number");
	errno = 0;
	unsigned long long value = strtoull(length, &end, 10);
	uint32_t limit = request->op != NULL ? request->op->max_body : 0;
	if (errno != 0 || value > limit)
		return err_reason(&request->ctx, ERR_TOO_LARGE, "body.limit",
				  "the body may have at most %u bytes", limit);
	return ERR_OK;
}

enum err web_check_headers(struct web_request *request)
{
	enum err err = check_framing(request);

	return err == ERR_OK ? check_host(request) : err;
}

/* Digests are compared: neither length nor content of the right token shows in the time taken. */
static bool is_metrics_token(const struct web_request *request, const char *token)
{
	const uint8_t *wanted = request->web->params.metrics_digest;
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	return wanted != NULL &&
	       EVP_Digest(token, strlen(token), digest, &len, EVP_sha256(), NULL) == 1 &&
	       len == 32 && CRYPTO_memcmp(digest, wanted, 32) == 0;
}

enum err web_check_metrics_token(struct web_request *request)
{
	static const char scheme[] = "Bearer ";
	const char *header = request->header[HEADER_AUTHORIZATION];

	if (header != NULL && strncasecmp(header, scheme, sizeof(scheme) - 1) == 0 &&
	    is_metrics_token(request, header + sizeof(scheme) - 1))
		return ERR_OK;
	web_reply_header(request, MHD_HTTP_HEADER_WWW_AUTHENTICATE,
			 "Bearer realm=\"sekisho-metrics\"");
	return err_reason(&request->ctx, ERR_UNAUTHENTICATED, "metrics.token",
			  "this needs the token of metrics_token_file");
}

static bool is_state_change(const struct web_request *request)
{
	return strcmp(request->method, MHD_HTTP_METHOD_GET) != 0 &&
	       strcmp(request->method, MHD_HTTP_METHOD_HEAD) != 0;
}

static bool is_own_origin(const struct web_request *request, const char *origin)
{
	static const char scheme[] = "https://";
	size_t len = sizeof(scheme) - 1;

	if (strcasecmp(origin, request->web->origin) == 0)
		return true;
	/* the host was found to be one of ours */
	return strncmp(origin, scheme, len) == 0 &&
	       strcasecmp(origin + len, request->header[HEADER_HOST]) == 0;
}

static enum err refuse_foreign(struct web_request *request, const char *why)
{
	return err_reason(&request->ctx, ERR_DENIED, "csrf.refused",
			  "%s: the request does not come from the portal itself", why);
}

enum err web_check_csrf(struct web_request *request)
{
	const char *site = request->header[HEADER_FETCH_SITE];
	const char *origin = request->header[HEADER_ORIGIN];
	const char *mark = request->header[HEADER_SEKISHO];

	if (request->op->body == OP_BODY_PKCS10)
		return ERR_OK; /* no cookie counts there: a gateway shows its token */
	if (request->credential != CREDENTIAL_COOKIE || request->op->flags & OP_FLAG_OAUTH)
		return ERR_OK; /* nor here: a foreign page has no token or secret to send */
	if (request->op->flags & OP_FLAG_FOREIGN)
		return ERR_OK; /* what counts there is bound to the browser that began it */
	if (request->op->flags & OP_FLAG_PAGE && request->op->kind == OP_READ)
		return ERR_OK; /* a link may lead there; no other page reads it or frames it */
	if (site != NULL && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0)
		return refuse_foreign(request, "Sec-Fetch-Site");
	if (request->op->kind == OP_UPGRADE && origin == NULL)
		return refuse_foreign(request, "no Origin");
	if (!is_state_change(request) && request->op->kind != OP_UPGRADE)
		return ERR_OK;
	if (origin != NULL && !is_own_origin(request, origin))
		return refuse_foreign(request, "Origin");
	if (request->op->flags & OP_FLAG_PAGE)
		return ERR_OK; /* web_check_form stands for the mark */
	if (is_state_change(request) && (mark == NULL || strcmp(mark, "1") != 0))
		return refuse_foreign(request, "no X-Sekisho header");
	return ERR_OK;
}

static bool has_media_type(const char *header, const char *type)
{
	size_t len = strlen(type);

	if (header == NULL || strncasecmp(header, type, len) != 0)
		return false;
	header += len;
	header += strspn(header, " \t");
	return *header == '\0' || *header == ';';
}

enum err web_check_media_type(struct web_request *request)
{
	static const char *const types[] = {
		[OP_BODY_JSON] = "application/json",
		[OP_BODY_FORM] = "application/x-www-form-urlencoded",
		[OP_BODY_OCTETS] = "application/octet-stream",
		[OP_BODY_PKCS10] = "application/pkcs10",
		[OP_BODY_CSV] = "text/csv",
	};
	const char *header = request->header[HEADER_CONTENT_TYPE];
	enum op_body body = request->op->body;

	if (body == OP_BODY_NONE ||
	    (header == NULL && request->body.len == 0 && body == OP_BODY_JSON))
		return ERR_OK; /* an action whose fields are all optional needs no body */
	if (!has_media_type(header, types[body]))
		return err_reason(&request->ctx, ERR_MEDIA_TYPE, "media_type.wrong", "send %s here",
				  types[body]);
	return ERR_OK;
}

static enum err read_if_match(struct web_request *request)
{
	const char *text = request->header[HEADER_IF_MATCH];

	request->in.if_match = -1;
	if (text == NULL)
		return request->op->flags & OP_FLAG_IF_MATCH
			       ? err_reason(&request->ctx, ERR_INPUT, "precondition.required",
					    "say in If-Match which version is meant")
			       : ERR_OK;
	size_t len = strlen(text);
	if (len < 3 || len > 20 || text[0] != '"' || text[len - 1] != '"' ||
	    strspn(text + 1, "0123456789") != len - 2)
		return err_reason(&request->ctx, ERR_SYNTAX, "if_match.malformed",
				  "If-Match is a version in quotes, as ETag gave it");
	request->in.if_match = strtoll(text + 1, NULL, 10);
	return ERR_OK;
}

static enum err read_idempotency_key(struct web_request *request)
{
	const char *key = request->header[HEADER_IDEMPOTENCY_KEY];

	request->in.idempotency_key = "";
	if (key == NULL || !(request->op->flags & OP_FLAG_IDEMPOTENT))
		return ERR_OK;
	size_t len = strlen(key);
	for (size_t i = 0; i < len; i++)
		if (key[i] < '!' || key[i] > '~')
			len = 0;
	if (len < 8 || len > 128)
		return err_reason(&request->ctx, ERR_SYNTAX, "idempotency_key.malformed",
				  "Idempotency-Key has 8 to 128 visible ASCII characters");
	request->in.idempotency_key = key;
	return ERR_OK;
}

enum err web_check_conditions(struct web_request *request)
{
	enum err err = read_if_match(request);

	return err == ERR_OK ? read_idempotency_key(request) : err;
}

const char *web_cookie(struct web_request *request, const char *name)
{
	const char *at = request->header[HEADER_COOKIE], *found = NULL;
	size_t name_len = strlen(name), found_len = 0;

	while (at != NULL && *at != '\0') {
		at += strspn(at, " \t;");
		size_t len = strcspn(at, ";");
		if (len > name_len && strncmp(at, name, name_len) == 0 && at[name_len] == '=') {
			if (found != NULL)
				return NULL; /* which one is ours cannot be told */
			found = at + name_len + 1;
			found_len = len - name_len - 1;
		}
		at += len;
	}
	return found != NULL ? arena_strndup(request->arena, found, found_len) : NULL;
}

static bool read_cookie(struct web_request *request, const char *name, uint8_t *out)
{
	const char *text = web_cookie(request, name);

	return text != NULL && strlen(text) == 43 &&
	       base64url_decode(text, 43, out, WEB_SESSION_COOKIE) == WEB_SESSION_COOKIE;
}

void web_read_cookies(struct web_request *request)
{
	request->has_cookie = read_cookie(request, "__Host-sekisho", request->cookie);
	request->has_device = read_cookie(request, "__Host-sekisho-device", request->device);
	request->has_flow = read_cookie(request, "__Host-sekisho-flow", request->flow);
	request->has_form = read_cookie(request, "__Host-sekisho-form", request->form);
}

/* RFC 6750, 2.1. Two answers to "who is it" are one too many. */
enum err web_read_token(struct web_request *request)
{
	static const char scheme[] = "Bearer ";
	const char *header = request->header[HEADER_AUTHORIZATION];
	enum credential kind;

	if (header == NULL || strncasecmp(header, scheme, sizeof(scheme) - 1) != 0)
		return ERR_OK;
	if (request->header[HEADER_COOKIE] != NULL)
		return err_reason(&request->ctx, ERR_SYNTAX, "token.with_cookie",
				  "send an API token or cookies, not both");
	if (!token_read(header + sizeof(scheme) - 1, &kind, request->cookie))
		return err_reason(&request->ctx, ERR_UNAUTHENTICATED, "token.malformed",
				  "this is no API token, or one that was cut or mistyped");
	request->credential = (uint8_t)kind;
	request->has_cookie = true;
	return ERR_OK;
}
