/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/plain.h"

#include <jansson.h>
#include <string.h>

#include "base/html.h"
#include "base/text.h"
#include "reports/zone.h"

/* Markup is written here and nowhere else; whatever is not of this program goes through html_text
 * (base/html.h). */

enum { SIGN_INS_SHOWN = 20 };

static void say(struct buf *out, const struct plain *plain, enum plain_word word)
{
	html_text(out, plain_word(plain, word));
}

static void put_paragraph(struct buf *out, const struct plain *plain, enum plain_word word)
{
	HTML(out, "<p>");
	say(out, plain, word);
	HTML(out, "</p>\n");
}

static void put_link(struct buf *out, const char *to, const char *text)
{
	HTML(out, "<p><a href=\"");
	html_text(out, to);
	HTML(out, "\">");
	html_text(out, text);
	HTML(out, "</a></p>\n");
}

static enum plain_word title_of(const struct plain *plain)
{
	static const enum plain_word titles[PLAIN__COUNT] = {
		[PLAIN_SIGN_IN] = WORD_SIGN_IN,	    [PLAIN_RECOVERY] = WORD_RECOVERY_TITLE,
		[PLAIN_MAIL] = WORD_MAIL_TITLE,	    [PLAIN_MAIL_CODE] = WORD_MAIL_TITLE,
		[PLAIN_SECOND] = WORD_SECOND_TITLE, [PLAIN_SESSION] = WORD_SESSION_TITLE,
		[PLAIN_LEFT] = WORD_LEFT_TITLE,	    [PLAIN_REFUSED] = WORD_REFUSED_TITLE,
	};

	return titles[plain->kind];
}

static bool is_error(const struct plain *plain)
{
	return plain->told != TOLD_NOTHING && plain->told != TOLD_LEFT;
}

static void put_head(struct buf *out, const struct plain *plain)
{
	HTML(out, "<!doctype html>\n<html lang=\"");
	html_text(out, plain->japanese ? "ja" : "en");
	HTML(out, "\" class=\"");
	html_text(out, plain->theme);
	HTML(out, "\">\n<head>\n<meta charset=\"utf-8\">\n"
		  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		  "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
	if (is_error(plain)) { /* what is read out first */
		say(out, plain, WORD_ERROR);
		HTML(out, ": ");
	}
	say(out, plain, title_of(plain));
	HTML(out, " – ");
	say(out, plain, WORD_APP);
	HTML(out, "</title>\n<link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\">\n"
		  "<link rel=\"stylesheet\" href=\"/plain.css\">\n</head>\n");
}

/* The same page in the other language, saying the same. */
static void put_language(struct buf *out, const struct plain *plain)
{
	const char *other = plain->japanese ? "en" : "ja";

	if (plain->kind == PLAIN_LEFT || plain->kind == PLAIN_REFUSED)
		return; /* these have no address of their own */
	HTML(out, "<a href=\"");
	html_text(out, plain->path);
	HTML(out, "?lang=");
	html_text(out, other);
	if (plain->told != TOLD_NOTHING) {
		HTML(out, "&amp;told=");
		html_text(out, page_told_names[plain->told]);
	}
	HTML(out, "\" lang=\"");
	html_text(out, other);
	HTML(out, "\" hreflang=\"");
	html_text(out, other);
	HTML(out, "\">");
	say(out, plain, WORD_OTHER_LANGUAGE);
	HTML(out, "</a>");
}

static void put_told(struct buf *out, const struct plain *plain)
{
	const char *text = plain_told(plain);

	if (*text == '\0')
		return;
	if (is_error(plain))
		HTML(out, "<p class=\"told\" role=\"alert\">");
	else
		HTML(out, "<p class=\"told\" role=\"status\">");
	html_text(out, text);
	if (plain->seconds > 0) {
		HTML(out, " ");
		say(out, plain, WORD_SECONDS_BEFORE);
		buf_printf(out, "%lld", (long long)plain->seconds);
		say(out, plain, WORD_SECONDS_AFTER);
	}
	HTML(out, "</p>\n");
}

static void put_begin(struct buf *out, const struct plain *plain)
{
	put_head(out, plain);
	HTML(out, "<body>\n<header>\n<span class=\"brand\">");
	say(out, plain, WORD_APP);
	HTML(out, "</span>\n");
	put_language(out, plain);
	HTML(out, "\n</header>\n<main>\n<h1>");
	say(out, plain, title_of(plain));
	HTML(out, "</h1>\n");
	put_told(out, plain);
}

static void put_form(struct buf *out, const struct plain *plain)
{
	HTML(out, "<form method=\"post\" action=\"");
	html_text(out, plain->path);
	HTML(out, "\">\n<input type=\"hidden\" name=\"form\" value=\"");
	html_text(out, plain->token);
	HTML(out, "\">\n");
}

static void put_submit(struct buf *out, const struct plain *plain, enum plain_word word)
{
	HTML(out, "<p><button type=\"submit\">");
	say(out, plain, word);
	HTML(out, "</button></p>\n</form>\n");
}

struct input {
	const char *name, *type, *complete, *max;
	enum plain_word label, help; /* help WORD__COUNT: none */
	bool digits;
};
static const struct input login = {"login",    "text",	    "username", "64",
				   WORD_LOGIN, WORD__COUNT, false};
static const struct input password = {
	"password", "password", "current-password", "1024", WORD_PASSWORD, WORD__COUNT, false};
static const struct input code = {"code",	  "text", "one-time-code", "6", WORD_CODE,
				  WORD_CODE_HELP, true};
static const struct input mail_code = {
	"code", "text", "one-time-code", "8", WORD_MAIL_CODE, WORD_MAIL_CODE_HELP, true};
static const struct input recovery = {"recovery_code",	  "text", "off", "64", WORD_RECOVERY,
				      WORD_RECOVERY_HELP, false};

static void put_attribute(struct buf *out, const char *name, const char *value)
{
	HTML(out, " ");
	html_text(out, name);
	HTML(out, "=\"");
	html_text(out, value);
	HTML(out, "\"");
}

static void put_help(struct buf *out, const struct plain *plain, const struct input *input)
{
	HTML(out, "<span class=\"help\"");
	put_attribute(out, "id", "help");
	HTML(out, ">");
	say(out, plain, input->help);
	HTML(out, "</span>\n");
}

static void put_input(struct buf *out, const struct plain *plain, const struct input *input)
{
	HTML(out, "<p><label");
	put_attribute(out, "for", input->name);
	HTML(out, ">");
	say(out, plain, input->label);
	HTML(out, "</label>\n<input");
	put_attribute(out, "id", input->name);
	put_attribute(out, "name", input->name);
	put_attribute(out, "type", input->type);
	put_attribute(out, "autocomplete", input->complete);
	put_attribute(out, "maxlength", input->max);
	if (input->digits) {
		put_attribute(out, "inputmode", "numeric");
		put_attribute(out, "pattern", input->max[0] == '8' ? "[0-9]{8}" : "[0-9]{6}");
	}
	if (input->help != WORD__COUNT)
		put_attribute(out, "aria-describedby", "help");
	HTML(out, " autocapitalize=\"none\" spellcheck=\"false\" required>\n");
	if (input->help != WORD__COUNT)
		put_help(out, plain, input);
	HTML(out, "</p>\n");
}

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

static bool is_id(const char *text)
{
	struct uuid id;

	return uuid_parse(text, &id);
}

static void put_provider(struct buf *out, const struct plain *plain, const json_t *provider)
{
	if (!is_id(text_of(provider, "id")))
		return;
	HTML(out, "<li><a class=\"button\" href=\"/plain/with/");
	html_text(out, text_of(provider, "id"));
	HTML(out, "\">");
	say(out, plain, WORD_WITH_BEFORE);
	html_text(out, text_of(provider, "name"));
	say(out, plain, WORD_WITH_AFTER);
	HTML(out, "</a></li>\n");
}

static void put_providers(struct buf *out, const struct plain *plain, const json_t *data)
{
	const json_t *items = json_object_get(data, "items");

	if (!json_is_array(items)) {
		put_paragraph(out, plain, WORD_PROVIDERS_UNKNOWN);
		return;
	}
	if (json_array_size(items) == 0)
		return;
	HTML(out, "<h2>");
	say(out, plain, WORD_PROVIDERS);
	HTML(out, "</h2>\n<ul>\n");
	for (size_t i = 0; i < json_array_size(items); i++)
		put_provider(out, plain, json_array_get(items, i));
	HTML(out, "</ul>\n");
}

static void put_sign_in(struct buf *out, const struct plain *plain, const json_t *data)
{
	put_form(out, plain);
	put_input(out, plain, &login);
	put_input(out, plain, &password);
	put_input(out, plain, &code);
	put_submit(out, plain, WORD_SIGN_IN);
	put_link(out, "/plain/recovery", plain_word(plain, WORD_USE_RECOVERY));
	if (json_is_true(json_object_get(data, "mail_code")))
		put_link(out, "/plain/mail", plain_word(plain, WORD_USE_MAIL));
	put_providers(out, plain, data);
	put_paragraph(out, plain, WORD_SIGN_IN_HELP);
	put_paragraph(out, plain, WORD_NO_SCRIPT);
	put_link(out, "/signin", plain_word(plain, WORD_PORTAL));
}

static void put_recovery(struct buf *out, const struct plain *plain, const json_t *data)
{
	(void)data;
	put_form(out, plain);
	put_input(out, plain, &login);
	put_input(out, plain, &password);
	put_input(out, plain, &recovery);
	put_submit(out, plain, WORD_SIGN_IN);
	put_link(out, PAGE_SIGN_IN_PATH, plain_word(plain, WORD_USE_CODE));
}

static void put_mail(struct buf *out, const struct plain *plain, const json_t *data)
{
	(void)data;
	put_paragraph(out, plain, WORD_MAIL_BODY);
	put_form(out, plain);
	put_input(out, plain, &login);
	put_input(out, plain, &password);
	put_submit(out, plain, WORD_MAIL_SEND);
	put_link(out, PAGE_SIGN_IN_PATH, plain_word(plain, WORD_USE_CODE));
}

/* Says the same whether one was sent. */
static void put_mail_code(struct buf *out, const struct plain *plain, const json_t *data)
{
	(void)data;
	put_paragraph(out, plain, WORD_MAIL_SENT);
	put_form(out, plain);
	put_input(out, plain, &login);
	put_input(out, plain, &password);
	put_input(out, plain, &mail_code);
	put_submit(out, plain, WORD_SIGN_IN);
	put_link(out, "/plain/mail", plain_word(plain, WORD_MAIL_SEND));
	put_link(out, PAGE_SIGN_IN_PATH, plain_word(plain, WORD_USE_CODE));
}

static void put_second(struct buf *out, const struct plain *plain, const json_t *data)
{
	(void)data;
	put_paragraph(out, plain, WORD_SECOND_BODY);
	put_form(out, plain);
	put_input(out, plain, &code);
	put_submit(out, plain, WORD_SIGN_IN);
	put_paragraph(out, plain, WORD_SECOND_HELP);
	put_link(out, PAGE_SIGN_IN_PATH, plain_word(plain, WORD_BACK));
}

/* In the person's own time zone; "2026-11-22 10:03:00+09:00". */
static void put_time(struct buf *out, const struct plain *plain, int64_t real_us)
{
	char text[ZONE_TEXT_SIZE];
	const struct zone *zone = zone_find(plain->self->timezone ? plain->self->timezone : "UTC");

	zone_format(zone ? zone : zone_find("UTC"), real_us, text);
	html_text(out, text);
}

static void put_fact(struct buf *out, const struct plain *plain, enum plain_word name,
		     int64_t real_us)
{
	HTML(out, "<dt>");
	say(out, plain, name);
	HTML(out, "</dt><dd>");
	put_time(out, plain, real_us);
	HTML(out, "</dd>\n");
}

static void put_self(struct buf *out, const struct plain *plain)
{
	const struct principal *self = plain->self;

	HTML(out, "<dl>\n<dt>");
	say(out, plain, WORD_WHO);
	HTML(out, "</dt><dd>");
	html_text(out, self->display_name);
	HTML(out, " (");
	html_text(out, self->login);
	HTML(out, ")</dd>\n");
	put_fact(out, plain, WORD_SINCE, self->authenticated_at);
	put_fact(out, plain, WORD_IDLE, self->idle_expires_at);
	put_fact(out, plain, WORD_UNTIL, self->expires_at);
	HTML(out, "</dl>\n");
}

static void put_due(struct buf *out, const struct plain *plain, enum plain_word word)
{
	HTML(out, "<p class=\"told\" role=\"alert\">");
	say(out, plain, word);
	HTML(out, "</p>\n");
}

static void put_json_time(struct buf *out, const struct plain *plain, const char *text)
{
	int64_t real_us = 0;

	HTML(out, "<td>");
	if (time_parse(text, &real_us))
		put_time(out, plain, real_us);
	HTML(out, "</td>");
}

static void put_row(struct buf *out, const struct plain *plain, const json_t *item)
{
	HTML(out, "<tr><td>");
	html_text(out, text_of(item, "user_agent"));
	if (json_is_true(json_object_get(item, "current"))) {
		HTML(out, " <strong>");
		say(out, plain, WORD_THIS);
		HTML(out, "</strong>");
	}
	HTML(out, "</td><td>");
	html_text(out, text_of(item, "peer"));
	HTML(out, "</td>");
	put_json_time(out, plain, text_of(item, "created_at"));
	put_json_time(out, plain, text_of(item, "last_seen_at"));
	HTML(out, "</tr>\n");
}

static void put_column(struct buf *out, const struct plain *plain, enum plain_word word)
{
	HTML(out, "<th scope=\"col\">");
	say(out, plain, word);
	HTML(out, "</th>");
}

static void put_sign_ins(struct buf *out, const struct plain *plain, const json_t *data)
{
	const json_t *items = json_object_get(data, "items");

	if (json_array_size(items) == 0)
		return;
	HTML(out, "<h2>");
	say(out, plain, WORD_SIGN_INS);
	HTML(out, "</h2>\n<div class=\"wide\" role=\"region\" tabindex=\"0\"");
	put_attribute(out, "aria-label", plain_word(plain, WORD_SIGN_INS));
	HTML(out, ">\n<table>\n<thead><tr>");
	put_column(out, plain, WORD_BROWSER);
	put_column(out, plain, WORD_ADDRESS);
	put_column(out, plain, WORD_SINCE);
	put_column(out, plain, WORD_USED);
	HTML(out, "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < json_array_size(items) && i < SIGN_INS_SHOWN; i++)
		put_row(out, plain, json_array_get(items, i));
	HTML(out, "</tbody>\n</table>\n</div>\n");
}

static void put_session(struct buf *out, const struct plain *plain, const json_t *data)
{
	static const enum plain_word due[] = {
		[FACTOR_DUE_ENROL] = WORD_ENROL_DUE, [FACTOR_DUE_PROVE] = WORD_PROVE_DUE};

	put_self(out, plain);
	if (plain->self->password_due)
		put_due(out, plain, WORD_PASSWORD_DUE);
	if (plain->self->factor_due != FACTOR_DUE_NONE)
		put_due(out, plain, due[plain->self->factor_due]);
	put_paragraph(out, plain, WORD_SESSION_BODY);
	put_link(out, "/", plain_word(plain, WORD_PORTAL));
	put_form(out, plain);
	put_submit(out, plain, WORD_SIGN_OUT);
	put_sign_ins(out, plain, data);
}

static void put_left(struct buf *out, const struct plain *plain, const json_t *data)
{
	(void)data;
	put_paragraph(out, plain, WORD_LEFT_BODY);
	put_link(out, plain->onward, plain_word(plain, WORD_LEFT_THERE));
	put_link(out, PAGE_SIGN_IN_PATH, plain_word(plain, WORD_BACK));
}

static void put_refused(struct buf *out, const struct plain *plain, const json_t *data)
{
	(void)data;
	put_paragraph(out, plain, WORD_REFUSED_BODY);
	HTML(out, "<p>");
	say(out, plain, WORD_TRACE);
	HTML(out, ": ");
	html_text(out, plain->trace);
	HTML(out, "</p>\n");
	put_link(out, PAGE_SIGN_IN_PATH, plain_word(plain, WORD_BACK));
}

void plain_render(const struct plain *plain, const char *json, size_t len, struct buf *out)
{
	typedef void part_fn(struct buf * out, const struct plain *plain, const json_t *data);
	static part_fn *const parts[PLAIN__COUNT] = {
		[PLAIN_SIGN_IN] = put_sign_in, [PLAIN_RECOVERY] = put_recovery,
		[PLAIN_MAIL] = put_mail,       [PLAIN_MAIL_CODE] = put_mail_code,
		[PLAIN_SECOND] = put_second,   [PLAIN_SESSION] = put_session,
		[PLAIN_LEFT] = put_left,       [PLAIN_REFUSED] = put_refused,
	};
	json_t *data = json_loadb(json ? json : "", json ? len : 0, JSON_REJECT_DUPLICATES, NULL);

	put_begin(out, plain);
	parts[plain->kind](out, plain, data);
	HTML(out, "</main>\n</body>\n</html>\n");
	json_decref(data);
}
