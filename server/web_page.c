/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "auth/page_api.h"
#include "base/sys.h"
#include "base/text.h"
#include "server/plain.h"
#include "server/web_inner.h"

/*
 * The pages for browsers without scripts: what their forms must show, what is answered, and where
 * one goes on. Nothing of a request is shown again, but a few words of our own choice.
 */

enum { TOKEN_TEXT = 44, MAC = 32 };

#define FORM_COOKIE  "__Host-sekisho-form"
#define PLAIN_COOKIE "__Host-sekisho-plain"
#define ENDED	     "; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"

/* Bound to the sign-in that it would end, before one to a cookie of its own, and to its address. */
static bool make_token(const struct web_request *request, char out[TOKEN_TEXT])
{
	bool own = request->op->auth == OP_AUTH_PUBLIC;
	const char *path = request->op->path;
	uint8_t mac[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (!(own ? request->has_form : request->has_cookie) ||
	    HMAC(EVP_sha256(), own ? request->form : request->cookie, WEB_SESSION_COOKIE,
		 (const unsigned char *)path, strlen(path), mac, &len) == NULL ||
	    len != MAC)
		return false;
	base64url_encode(mac, MAC, out);
	return true;
}

static const char *sent_token(const struct web_request *request)
{
	const struct field *fields = request->op->fields;

	for (size_t i = 0; fields[i].name != NULL; i++)
		if (strcmp(fields[i].name, "form") == 0 && request->in.values[i].set)
			return request->in.values[i].text;
	return "";
}

enum err web_check_form(struct web_request *request)
{
	char wanted[TOKEN_TEXT];
	const char *sent;

	if (!(request->op->flags & OP_FLAG_PAGE) || request->op->body != OP_BODY_FORM)
		return ERR_OK;
	sent = sent_token(request);
	if (make_token(request, wanted) && strlen(sent) == TOKEN_TEXT - 1 &&
	    CRYPTO_memcmp(sent, wanted, TOKEN_TEXT - 1) == 0)
		return ERR_OK;
	return err_reason(&request->ctx, ERR_DENIED, "csrf.refused",
			  "the form is too old, or not one of ours");
}

/* A new one where there is none; the same again, so that two open pages do not end each other. */
static const char *form_token(struct web_request *request)
{
	char token[TOKEN_TEXT], cookie[TOKEN_TEXT];

	if (request->op->auth == OP_AUTH_PUBLIC && !request->has_form) {
		sys_random(request->form, sizeof(request->form));
		request->has_form = true;
		base64url_encode(request->form, sizeof(request->form), cookie);
		web_reply_header(request, MHD_HTTP_HEADER_SET_COOKIE,
				 arena_printf(request->arena,
					      FORM_COOKIE
					      "=%s; Path=/; Secure; HttpOnly; SameSite=Strict",
					      cookie));
	}
	return make_token(request, token) ? arena_strdup(request->arena, token) : NULL;
}

static enum plain_kind kind_of(const struct web_request *request)
{
	static const struct {
		const char *op;
		enum plain_kind kind;
	} kinds[] = {
		{"pages.sign_in_form", PLAIN_SIGN_IN}, {"pages.recovery_form", PLAIN_RECOVERY},
		{"pages.mail_form", PLAIN_MAIL},       {"pages.mail_code_form", PLAIN_MAIL_CODE},
		{"pages.second_form", PLAIN_SECOND},   {"pages.session", PLAIN_SESSION},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].op, request->op->id) == 0)
			return kinds[i].kind;
	return PLAIN_REFUSED;
}

static struct plain plain_of(struct web_request *request, enum plain_kind kind)
{
	return (struct plain){.kind = kind,
			      .japanese = strcmp(web_language(request), "ja") == 0,
			      .theme = web_theme(request),
			      .path = request->op->path,
			      .told = TOLD_NOTHING};
}

static enum err render(struct web_request *request, const struct plain *plain, const char *json)
{
	struct web_reply *reply = &request->reply;

	buf_reset(&reply->body);
	plain_render(plain, json, json != NULL ? strlen(json) : 0, &reply->body);
	reply->content_type = "text/html; charset=utf-8";
	reply->page = true;
	web_reply_header(request, MHD_HTTP_HEADER_VARY, "Cookie, Accept-Language");
	return buf_failed(&reply->body) ? err_set(&request->ctx, ERR_MEMORY, "no memory for a page")
					: ERR_OK;
}

/* Chosen by its link; kept as the portal keeps it. */
static void choose_language(struct web_request *request, struct plain *plain)
{
	const struct value *value = in_value(&request->in, PAGE_LANGUAGE);

	if (value == NULL)
		return;
	plain->japanese = value->number == 0;
	web_reply_header(
		request, MHD_HTTP_HEADER_SET_COOKIE,
		plain->japanese
			? "sekisho-lang=ja; Path=/; Max-Age=31536000; SameSite=Lax; Secure"
			: "sekisho-lang=en; Path=/; Max-Age=31536000; SameSite=Lax; Secure");
}

enum err web_page_show(struct web_request *request)
{
	struct plain plain = plain_of(request, kind_of(request));
	const char *json = arena_strdup(request->arena, buf_text(&request->reply.body));

	choose_language(request, &plain);
	plain.told = (enum page_told)in_number(&request->in, PAGE_TOLD, TOLD_NOTHING);
	plain.seconds = in_number(&request->in, PAGE_SECONDS, 0);
	plain.self = request->ctx.principal;
	plain.token = form_token(request);
	if (plain.token == NULL || json == NULL)
		return err_set(&request->ctx, ERR_MEMORY, "no memory for a page");
	return render(request, &plain, json);
}

bool web_page_is_behind(const struct web_request *request)
{
	return kind_of(request) == PLAIN_SIGN_IN && request->has_cookie &&
	       !request->in.values[PAGE_TOLD].set && !request->in.values[PAGE_LANGUAGE].set;
}

/* Signed out here; a form's answer may not lead to another site by itself (form-action), so that a
 * link does. */
static enum err show_left(struct web_request *request, const char *location)
{
	struct plain plain = plain_of(request, PLAIN_LEFT);

	if (location[0] != '/' && strncmp(location, "https://", 8) != 0)
		return err_set(&request->ctx, ERR_BUG, "a sign-out leads to no web page");
	plain.onward = location;
	return render(request, &plain, NULL);
}

enum err web_page_done(struct web_request *request, const struct op *then, const char *location)
{
	const struct op *op = request->op;

	if (location != NULL)
		web_reply_header(request, MHD_HTTP_HEADER_SET_COOKIE,
				 PLAIN_COOKIE
				 "=1; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=900");
	if (op->flags & OP_FLAG_NAVIGATION)
		return web_navigate(request, location);
	if (location != NULL)
		return show_left(request, location);
	if (op->auth != OP_AUTH_PUBLIC)
		return web_navigate(request, PAGE_SIGN_IN_PATH "?told=left");
	web_reply_header(request, MHD_HTTP_HEADER_SET_COOKIE, FORM_COOKIE "=" ENDED);
	return web_navigate(request, then != NULL ? then->path : NULL);
}

static enum page_told told_of(const struct web_request *request, enum err err)
{
	static const struct {
		const char *reason;
		enum page_told told;
	} reasons[] = {
		{"csrf.refused", TOLD_FORM},
		{"federation.expired", TOLD_EXPIRED},
		{"sign_in.needs_passkey", TOLD_PASSKEY},
		{"mail_code.off", TOLD_MAIL},
		{"sign_in.wait", TOLD_WAIT},
		{"sign_in.failed", TOLD_WRONG},
	};
	const char *reason = request->ctx.error.reason;

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (strcmp(reasons[i].reason, reason) == 0)
			return reasons[i].told;
	if (err_status(err) >= 500)
		return TOLD_UNAVAILABLE;
	if (err == ERR_LIMIT)
		return TOLD_BUSY;
	if (request->op->flags & OP_FLAG_NAVIGATION)
		return TOLD_PROVIDER;
	return err == ERR_UNAUTHENTICATED ? TOLD_SESSION : TOLD_INPUT;
}

/* Back to the form, which says what was wrong. */
static const char *place_of(struct web_request *request, enum page_told told)
{
	bool elsewhere = request->op->flags & OP_FLAG_NAVIGATION || told == TOLD_SESSION;
	const char *path = elsewhere ? PAGE_SIGN_IN_PATH : request->op->path;
	int wait = request->retry_after;

	if (wait <= 0 || wait > PAGE_SECONDS_MAX)
		return arena_printf(request->arena, "%s?told=%s", path, page_told_names[told]);
	return arena_printf(request->arena, "%s?told=%s&seconds=%d", path, page_told_names[told],
			    wait);
}

/* A page cannot lead to itself: what keeps it from being shown would do so again. */
static void show_refused(struct web_request *request, enum err err)
{
	struct plain plain = plain_of(request, PLAIN_REFUSED);

	plain.trace = request->ctx.trace;
	request->reply.status = err_status(err);
	if (render(request, &plain, NULL) != ERR_OK)
		buf_reset(&request->reply.body);
}

void web_page_problem(struct web_request *request, enum err err)
{
	const struct op *op = request->op;
	enum page_told told = told_of(request, err);

	buf_reset(&request->reply.body);
	if (op->kind == OP_READ && told != TOLD_SESSION) {
		show_refused(request, err);
		return;
	}
	const char *place = place_of(request, told);
	(void)web_navigate(request, place != NULL ? place : PAGE_SIGN_IN_PATH "?told=unavailable");
}

const char *web_page_instead(struct web_request *request)
{
	static const struct {
		const char *path, *query, *instead;
	} places[] = {
		{"/", NULL, PAGE_SESSION_PATH},
		{"/signin/second", NULL, PAGE_SECOND_PATH},
		{"/signin", "failed=provider", PAGE_SIGN_IN_PATH "?told=provider"},
		{"/signin", "failed=expired", PAGE_SIGN_IN_PATH "?told=expired"},
		{"/signin", "failed=unavailable", PAGE_SIGN_IN_PATH "?told=unavailable"},
		{"/signin", "failed=wait", PAGE_SIGN_IN_PATH "?told=busy"},
		{"/signin", NULL, PAGE_SIGN_IN_PATH "?told=left"},
		{"/profile", "failed=provider", PAGE_SIGN_IN_PATH "?told=provider"},
		{"/profile", "failed=expired", PAGE_SIGN_IN_PATH "?told=expired"},
	};
	const char *came = web_cookie(request, PLAIN_COOKIE);
	const char *query = request->query != NULL ? request->query : "";

	for (size_t i = 0; came != NULL && i < sizeof(places) / sizeof(places[0]); i++) {
		if (strcmp(places[i].path, request->path) != 0 ||
		    strcmp(places[i].query != NULL ? places[i].query : "", query) != 0)
			continue;
		web_reply_header(request, MHD_HTTP_HEADER_SET_COOKIE, PLAIN_COOKIE "=" ENDED);
		return places[i].instead;
	}
	return NULL;
}
