/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sessions/replay/screen_watch.h"

#include <stdlib.h>
#include <string.h>

enum { ESCAPE = 0x1b, CANCEL = 0x18, SUBSTITUTE = 0x1a };

static void show(struct screen_watch *watch, bool alternate)
{
	if (watch->alternate != alternate)
		watch->switched = true;
	watch->alternate = alternate;
}

/* "?1049" or "?25;1049" with final h (set) or l (reset). */
static void on_control(struct screen_watch *watch, unsigned char final)
{
	char *at = watch->params;

	if (watch->len >= sizeof(watch->params) || at[0] != '?' || (final != 'h' && final != 'l'))
		return;
	at[watch->len] = '\0';
	do {
		unsigned long mode = strtoul(at + 1, &at, 10);
		if (mode == 47 || mode == 1047 || mode == 1049)
			show(watch, final == 'h');
	} while (*at == ';');
}

static void take_control(struct screen_watch *watch, unsigned char c)
{
	if (c >= 0x40) {
		if (c < 0x7f)
			on_control(watch, c);
		watch->state = WATCH_TEXT;
	} else if (c >= ' ') {
		if (watch->len < sizeof(watch->params))
			watch->params[watch->len++] = (char)c;
	} else if (c == CANCEL || c == SUBSTITUTE) {
		watch->state = WATCH_TEXT;
	}
}

static void take(struct screen_watch *watch, unsigned char c)
{
	if (c == ESCAPE) {
		watch->state = WATCH_ESCAPE;
	} else if (watch->state == WATCH_CONTROL) {
		take_control(watch, c);
	} else if (watch->state == WATCH_ESCAPE) {
		if (c == 'c')
			show(watch, false);
		watch->len = 0;
		watch->state = c == '[' ? WATCH_CONTROL : WATCH_TEXT;
	}
}

/* A control character as \u001b; all others that are written so are text to us. */
static unsigned char escaped(const char *hex)
{
	char text[5] = {hex[0], hex[1], hex[2], hex[3], '\0'};
	unsigned long value = strtoul(text, NULL, 16);

	return value < 0x80 ? (unsigned char)value : 0x80;
}

void screen_watch_output(struct screen_watch *watch, const char *json, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (watch->state == WATCH_TEXT) { /* ends at an escape only, which is escaped */
			const char *next = memchr(json + i, '\\', len - i);
			if (next == NULL)
				return;
			i = (size_t)(next - json);
		}
		if (json[i] != '\\' || i + 1 >= len) {
			take(watch, (unsigned char)json[i]);
		} else if (json[i + 1] == 'u' && i + 5 < len) {
			take(watch, escaped(json + i + 2));
			i += 5;
		} else {
			/* \n and its like end nothing; \" \\ \/ are no part of ours */
			take(watch, strchr("\"\\/", json[++i]) != NULL ? '"' : '\n');
		}
	}
}
