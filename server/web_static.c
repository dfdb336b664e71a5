/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "server/web_asset.h"
#include "server/web_inner.h"

/* The portal's files, from memory. Every address that is no file and no API is the portal's own
 * business: it gets the page that starts it. */

static const char not_built[] = "<!doctype html><html lang=\"en\"><head><meta "
				"charset=\"utf-8\"><title>Sekisho</title></head>"
				"<body><h1>Sekisho</h1><p>This server was built without its portal "
				"(SEKISHO_PORTAL=OFF). The API is at /api/v1.</p></body></html>\n";
static const char placeholder[] = "<html lang=\"ja\" class=\"\">";

static const struct web_asset *find_asset(const char *path)
{
	for (const struct web_asset *asset = web_assets; asset->path != NULL; asset++)
		if (strcmp(asset->path, path) == 0)
			return asset;
	return NULL;
}

/* "gzip;q=0" means no; anything else that names it means yes. */
static bool accepts(const char *header, const char *coding)
{
	size_t want = strlen(coding);

	while (header != NULL && *header != '\0') {
		header += strspn(header, " \t,");
		size_t len = strcspn(header, ","), name = strcspn(header, ",; \t");
		if (name == want && strncasecmp(header, coding, want) == 0) {
			const char *q = memchr(header, '=', len);
			return q == NULL || strtod(q + 1, NULL) > 0;
		}
		header += len;
	}
	return false;
}

static enum web_asset_form choose_form(const struct web_request *request,
				       const struct web_asset *asset)
{
	const char *header = request->header[HEADER_ACCEPT_ENCODING];

	if (asset->forms[ASSET_BROTLI].data != NULL && accepts(header, "br"))
		return ASSET_BROTLI;
	if (asset->forms[ASSET_GZIP].data != NULL && accepts(header, "gzip"))
		return ASSET_GZIP;
	return ASSET_PLAIN;
}

static void send_asset(struct web_request *request, const struct web_asset *asset)
{
	static const char *const codings[] = {NULL, "gzip", "br"};
	struct web_reply *reply = &request->reply;
	const char *known = request->header[HEADER_IF_NONE_MATCH];
	enum web_asset_form form = choose_form(request, asset);

	reply->content_type = asset->type;
	reply->cacheable = asset->immutable;
	web_reply_header(request, MHD_HTTP_HEADER_ETAG, asset->etag);
	web_reply_header(request, MHD_HTTP_HEADER_VARY, MHD_HTTP_HEADER_ACCEPT_ENCODING);
	reply->asset = asset;
	if (known != NULL && strstr(known, asset->etag) != NULL) {
		reply->status = MHD_HTTP_NOT_MODIFIED;
		return;
	}
	web_reply_header(request, MHD_HTTP_HEADER_CONTENT_ENCODING, codings[form]);
	reply->fixed = asset->forms[form].data;
	reply->fixed_len = asset->forms[form].len;
}

const char *web_language(struct web_request *request)
{
	const char *cookie = web_cookie(request, "sekisho-lang");
	const char *header = request->header[HEADER_ACCEPT_LANGUAGE];

	if (cookie != NULL && strcmp(cookie, "ja") == 0)
		return "ja";
	if (cookie != NULL && strcmp(cookie, "en") == 0)
		return "en";
	return header != NULL && strncasecmp(header, "ja", 2) != 0 && *header != '*' ? "en" : "ja";
}

const char *web_theme(struct web_request *request)
{
	const char *cookie = web_cookie(request, "sekisho-theme");

	if (cookie != NULL && strcmp(cookie, "dark") == 0)
		return "dark";
	return cookie != NULL && strcmp(cookie, "light") == 0 ? "light" : "";
}

/* The page in the visitor's language and theme from its first byte: no flash, no inline script. */
static void send_index(struct web_request *request, const struct web_asset *index)
{
	struct buf *out = &request->reply.body;
	const char *text = (const char *)index->forms[ASSET_PLAIN].data;
	size_t len = index->forms[ASSET_PLAIN].len, mark = sizeof(placeholder) - 1;
	const char *at = memmem(text, len, placeholder, mark);

	request->reply.content_type = index->type;
	web_reply_header(request, MHD_HTTP_HEADER_VARY, "Cookie, Accept-Language");
	if (at == NULL) {
		buf_put(out, text, len);
		return;
	}
	buf_put(out, text, (size_t)(at - text));
	buf_printf(out, "<html lang=\"%s\" class=\"%s\">", web_language(request),
		   strcmp(web_theme(request), "dark") == 0 ? "pf-v6-theme-dark" : "");
	buf_put(out, at + mark, len - (size_t)(at - text) - mark);
}

enum err web_static(struct web_request *request)
{
	const char *path = request->path, *name = strrchr(path, '/');
	const struct web_asset *asset = find_asset(path);
	const struct web_asset *index = find_asset("/index.html");
	const char *instead = web_page_instead(request);

	if (instead != NULL)
		return web_navigate(request, instead);
	if (asset != NULL && asset != index) {
		send_asset(request, asset);
		return ERR_OK;
	}
	if (name != NULL && strchr(name, '.') != NULL && asset == NULL)
		return err_reason(&request->ctx, ERR_NOT_FOUND, "path.unknown",
				  "there is nothing at this address");
	if (index != NULL) {
		send_index(request, index);
		return ERR_OK;
	}
	request->reply.content_type = "text/html; charset=utf-8";
	buf_put_text(&request->reply.body, not_built);
	return ERR_OK;
}
