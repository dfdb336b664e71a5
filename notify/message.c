/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "notify/message.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "notify/kind.h"

enum {
	BODY_MAX = 16 * 1024,
	WORD_BYTES = 45, /* of an encoded-word: 75 characters with "=?UTF-8?B?" and "?=" */
	LINE_BYTES = 57, /* of a line of 76 base64 characters */
};

/* Words of the frame around what is told. */
static const struct frame {
	const char *subject;  /* in front of each */
	const char *greeting; /* with the name */
	const char *when, *account, *peer, *browser;
	const char *automatic;
} frames[LANGUAGE__COUNT] = {
	[LANGUAGE_JA] = {"[関所 Sekisho] ", "%s 様", "日時", "アカウント", "接続元", "ブラウザー",
			 "このメールは自動送信です。返信いただいてもお答えできません。"},
	[LANGUAGE_EN] = {"[Sekisho] ", "Dear %s,", "Time", "Account", "From", "Browser",
			 "This message was sent automatically; nobody reads replies to it."},
};

void message_host(const char *url, char *out, size_t size)
{
	const char *host = strstr(url, "://");

	host = host != NULL ? host + 3 : url;
	bool bracket = host[0] == '[';
	host += bracket;
	(void)snprintf(out, size, "%.*s", (int)strcspn(host, bracket ? "]" : ":/"), host);
}

/* Bytes of text that make whole characters and are at most max. */
static size_t whole_characters(const char *text, size_t max)
{
	size_t len = strlen(text);

	if (len <= max)
		return len;
	len = max;
	while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--;
	return len > 0 ? len : max;
}

/* RFC 2047: no word ends inside a character; folded between words. */
static void put_encoded(struct buf *out, const char *text)
{
	char word[BASE64_SIZE(WORD_BYTES)];

	for (const char *separator = ""; *text != '\0'; separator = "\r\n ") {
		size_t len = whole_characters(text, WORD_BYTES);
		base64_encode(text, len, word);
		buf_printf(out, "%s=?UTF-8?B?%s?=", separator, word);
		text += len;
	}
}

static void put_date(struct buf *out, int64_t now_us)
{
	static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t seconds = (time_t)(now_us / 1000000);
	struct tm tm = {0};

	(void)gmtime_r(&seconds, &tm);
	buf_printf(out, "Date: %s, %02d %s %d %02d:%02d:%02d +0000\r\n", days[tm.tm_wday],
		   tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
		   tm.tm_sec);
}

static void put_header(struct buf *out, const struct message_origin *origin,
		       const struct message *message, enum language language, int64_t now_us)
{
	const struct notice_words *words = &notice_kind_by_name(message->kind)->words[language];
	char id[UUID_TEXT_SIZE], host[256];
	scoped(buf_clear) struct buf subject;

	uuid_format(&message->id, id);
	message_host(origin->public_url, host, sizeof(host));
	buf_init(&subject, BODY_MAX);
	buf_printf(&subject, "%s%s", frames[language].subject, words->subject);
	put_date(out, now_us);
	buf_printf(out, "From: Sekisho <%s>\r\nTo: <%s>\r\n", origin->sender, message->address);
	buf_printf(out, "Message-ID: <%s@%s>\r\nSubject: ", id, host);
	put_encoded(out, buf_text(&subject));
	buf_put_text(out, "\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
			  "Content-Transfer-Encoding: base64\r\n"
			  "Auto-Submitted: auto-generated\r\n");
	buf_printf(out, "Content-Language: %s\r\n\r\n", message->language);
}

static void put_fact(struct buf *body, const char *name, const char *value)
{
	if (name != NULL && value != NULL && value[0] != '\0')
		buf_printf(body, "%s: %s\n", name, value);
}

static void put_time(struct buf *body, const struct frame *frame, enum language language,
		     int64_t occurred_at)
{
	time_t seconds = (time_t)(occurred_at / 1000000);
	struct tm tm = {0};
	char text[64] = "";

	(void)localtime_r(&seconds, &tm);
	if (language == LANGUAGE_JA)
		(void)strftime(text, sizeof(text), "%Y年%m月%d日 %H:%M (%Z)", &tm);
	else
		(void)strftime(text, sizeof(text), "%d %B %Y, %H:%M (%Z)", &tm);
	put_fact(body, frame->when, text);
}

static void put_greeting(struct buf *body, const struct frame *frame, const char *name)
{
	const char *place = strstr(frame->greeting, "%s");

	buf_put(body, frame->greeting, (size_t)(place - frame->greeting));
	buf_printf(body, "%s%s\n\n", name, place + 2);
}

static void put_text(struct buf *body, const struct message_origin *origin,
		     const struct message *message, enum language language)
{
	const struct frame *frame = &frames[language];
	const struct notice_words *words = &notice_kind_by_name(message->kind)->words[language];

	put_greeting(body, frame, message->display_name);
	buf_printf(body, "%s\n\n", words->happened);
	put_time(body, frame, language, message->occurred_at);
	put_fact(body, frame->account, message->login);
	put_fact(body, frame->peer, message->peer);
	put_fact(body, frame->browser, message->user_agent);
	put_fact(body, words->detail, message->detail);
	buf_printf(body, "\n%s\n\n%s/profile\n\n-- \n%s\n", words->advice, origin->public_url,
		   frame->automatic);
}

static void put_base64(struct buf *out, const struct buf *body)
{
	char line[BASE64_SIZE(LINE_BYTES)];

	for (size_t at = 0; at < body->len; at += LINE_BYTES) {
		size_t left = body->len - at;
		base64_encode(body->data + at, left < LINE_BYTES ? left : LINE_BYTES, line);
		buf_printf(out, "%s\r\n", line);
	}
}

enum err message_write(struct buf *out, const struct message_origin *origin,
		       const struct message *message, int64_t now_us)
{
	enum language language = strcmp(message->language, "en") == 0 ? LANGUAGE_EN : LANGUAGE_JA;
	scoped(buf_clear) struct buf body;

	buf_init(&body, BODY_MAX);
	if (notice_kind_by_name(message->kind) == NULL || !text_is_mail_address(origin->sender) ||
	    !text_is_mail_address(message->address))
		return ERR_INPUT;
	put_text(&body, origin, message, language);
	put_header(out, origin, message, language, now_us);
	put_base64(out, &body);
	return buf_failed(&body) ? buf_error(&body) : buf_error(out);
}
