/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sessions/broker/echo.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/secret.h"
#include "sessions/broker/line.h"
#include "sessions/recording.h"

enum key_kind { KEY_TEXT, KEY_CONTROL, KEY_ENTER };
enum input_state { INPUT_GROUND, INPUT_ESCAPE, INPUT_CSI, INPUT_SS3 };
enum { MARK_NONE = -1, MARK_UNKNOWN = -2 }; /* no key yet; pressed before the prompt came */
enum { COMMAND_BYTES = 4 * RECORDING_COMMAND_MAX + 4 };

struct key {
	uint8_t byte;
	uint8_t kind;
	bool echoed;
	bool hidden; /* never recorded as typed */
	int64_t at;
};

struct echo {
	struct echo_sink sink;
	struct line line;
	struct key keys[ECHO_KEYS]; /* oldest first */
	size_t count;
	enum input_state input;
	bool masked;	   /* the rest of this line is masked */
	bool bullet;	   /* its "•" was written already */
	int mark;	   /* column of the first key of this line, or MARK_… */
	size_t enters;	   /* Enter keys waiting for their newline */
	bool burst_over;   /* no more matching in this burst */
	bool maybe_margin; /* a space came where another byte was awaited */
};

struct echo *echo_new(const struct echo_sink *sink, uint16_t cols)
{
	struct echo *echo = calloc(1, sizeof(*echo));

	if (echo == NULL)
		return NULL;
	echo->sink = *sink;
	echo->mark = MARK_NONE;
	line_init(&echo->line, cols);
	return echo;
}

void echo_free(struct echo *echo)
{
	if (echo == NULL)
		return;
	wipe(echo, sizeof(*echo));
	free(echo);
}

void echo_resize(struct echo *echo, uint16_t cols)
{
	echo->line.width = cols > 0 ? cols : 80;
}

/* The prompt on the line asks for something that must not be written down. */
static bool asks_for_secret(const struct echo *echo)
{
	static const char *const words[] = {
		"password",
		"passphrase",
		"passcode",
		"pin",
		"secret",
		"verification code",
		"one-time",
		"otp",
		"token",
		"\xe3\x83\x91\xe3\x82\xb9\xe3\x83\xaf\xe3\x83\xbc\xe3\x83\x89",
		"\xe3\x83\x91\xe3\x82\xb9\xe3\x83\x95\xe3\x83\xac\xe3\x83\xbc\xe3\x82\xba",
		"\xe6\x9a\x97\xe8\xa8\xbc"};
	char text[512];
	size_t len = line_text(&echo->line, 0, text, sizeof(text));
	bool colon = (len >= 1 && text[len - 1] == ':') ||
		     (len >= 3 && memcmp(text + len - 3, "\xef\xbc\x9a", 3) == 0);

	if (!colon)
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasestr(text, words[i]) != NULL)
			return true;
	return false;
}

static void emit(struct echo *echo, const struct key *keys, size_t count)
{
	char text[256];
	size_t len = 0;

	for (size_t i = 0; i < count; i++) {
		text[len++] = (char)keys[i].byte;
		/* Cut between characters only. */
		bool whole = i + 1 == count || (keys[i + 1].byte & 0xc0) != 0x80;
		if (len >= sizeof(text) - 4 && whole) {
			echo->sink.input(echo->sink.arg, text, len);
			len = 0;
		}
		if (len == sizeof(text))
			len = 0;
	}
	if (len > 0)
		echo->sink.input(echo->sink.arg, text, len);
	wipe(text, sizeof(text));
}

static void emit_mask(struct echo *echo)
{
	echo->masked = true;
	if (!echo->bullet)
		echo->sink.input(echo->sink.arg, ECHO_MASK, strlen(ECHO_MASK));
	echo->bullet = true;
}

static void drop(struct echo *echo, size_t count)
{
	memmove(echo->keys, echo->keys + count, sizeof(echo->keys[0]) * (echo->count - count));
	wipe(echo->keys + echo->count - count, sizeof(echo->keys[0]) * count);
	echo->count -= count;
}

static size_t run_length(const struct echo *echo, uint8_t kind)
{
	size_t count = 0;

	while (count < echo->count && echo->keys[count].kind == kind)
		count++;
	return count;
}

static void end_line(struct echo *echo)
{
	echo->masked = false;
	echo->bullet = false;
	echo->mark = MARK_NONE;
}

static bool run_shown(const struct echo *echo, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!echo->keys[i].echoed || echo->keys[i].hidden)
			return false;
	return !echo->masked;
}

/* Decides the run at the front if that is possible; force: now, whatever it takes. */
static bool decide_text(struct echo *echo, int64_t now, bool force)
{
	size_t count = run_length(echo, KEY_TEXT);
	bool followed = count < echo->count;
	int64_t age = now - echo->keys[count - 1].at;
	bool shown = run_shown(echo, count);

	if (shown && (followed || force || age >= ECHO_SETTLE_US)) {
		emit(echo, echo->keys, count);
	} else if (force || echo->masked || (!shown && age >= ECHO_WINDOW_US)) {
		emit_mask(echo);
	} else {
		return false;
	}
	drop(echo, count);
	return true;
}

static bool decide_enter(struct echo *echo, int64_t now, bool force)
{
	if (!force && now - echo->keys[0].at < ECHO_WINDOW_US)
		return false;
	/* No newline came: the program took the key without showing it. */
	emit(echo, echo->keys, 1);
	drop(echo, 1);
	if (echo->enters > 0)
		echo->enters--;
	end_line(echo);
	return true;
}

static bool decide_front(struct echo *echo, int64_t now, bool force)
{
	size_t count;

	switch (echo->keys[0].kind) {
	case KEY_TEXT: return decide_text(echo, now, force);
	case KEY_ENTER: return decide_enter(echo, now, force);
	default:
		count = run_length(echo, KEY_CONTROL);
		emit(echo, echo->keys, count);
		drop(echo, count);
		return true;
	}
}

void echo_tick(struct echo *echo, int64_t now)
{
	while (echo->count > 0 && decide_front(echo, now, false))
		;
}

void echo_end(struct echo *echo)
{
	while (echo->count > 0)
		(void)decide_front(echo, INT64_MAX / 2, true);
}

int64_t echo_due_us(const struct echo *echo, int64_t now)
{
	int64_t wait, due;
	size_t count;

	if (echo->count == 0)
		return -1;
	count = echo->keys[0].kind == KEY_TEXT ? run_length(echo, KEY_TEXT) : 1;
	wait = echo->keys[0].kind == KEY_TEXT && run_shown(echo, count) ? ECHO_SETTLE_US
									: ECHO_WINDOW_US;
	due = echo->keys[count - 1].at + wait - now;
	return due > 0 ? due : 0;
}

static void push(struct echo *echo, uint8_t byte, uint8_t kind, bool hidden, int64_t now)
{
	if (echo->count == ECHO_KEYS)
		(void)decide_front(echo, now, true);
	echo->keys[echo->count++] =
		(struct key){.byte = byte, .kind = kind, .hidden = hidden, .at = now};
	if (kind == KEY_ENTER)
		echo->enters++;
}

/* Remembers where this line's typing began, and what its prompt asks. */
static void begin_line(struct echo *echo)
{
	if (echo->mark != MARK_NONE || echo->enters > 0)
		return;
	echo->mark = echo->line.touched ? echo->line.col : MARK_UNKNOWN;
	if (asks_for_secret(echo))
		echo->masked = true;
}

static void typed_ground(struct echo *echo, uint8_t byte, int64_t now)
{
	if (byte == '\r' || byte == '\n') {
		push(echo, byte, KEY_ENTER, false, now);
	} else if (byte < 0x20 || byte == 0x7f) {
		push(echo, byte, KEY_CONTROL, false, now);
		if (byte == 0x1b)
			echo->input = INPUT_ESCAPE;
	} else {
		push(echo, byte, KEY_TEXT, false, now);
	}
}

static void typed_byte(struct echo *echo, uint8_t byte, int64_t now)
{
	switch (echo->input) {
	case INPUT_ESCAPE:
		echo->input = byte == '[' ? INPUT_CSI : byte == 'O' ? INPUT_SS3 : INPUT_GROUND;
		if (echo->input != INPUT_GROUND)
			push(echo, byte, KEY_CONTROL, false, now);
		else if (byte >= 0x20 && byte != 0x7f)
			push(echo, byte, KEY_TEXT, true, now);
		else
			typed_ground(echo, byte, now);
		break;
	case INPUT_CSI:
		push(echo, byte, KEY_CONTROL, false, now);
		if (byte >= 0x40 && byte <= 0x7e)
			echo->input = INPUT_GROUND;
		break;
	case INPUT_SS3:
		push(echo, byte, KEY_CONTROL, false, now);
		echo->input = INPUT_GROUND;
		break;
	default: typed_ground(echo, byte, now); break;
	}
}

void echo_typed(struct echo *echo, const uint8_t *data, size_t len, int64_t now)
{
	for (size_t i = 0; i < len; i++) {
		begin_line(echo);
		typed_byte(echo, data[i], now);
	}
	echo_tick(echo, now);
}

/* First text key that waits for its echo, not looking past an Enter; NULL: none. */
static struct key *awaited(struct echo *echo)
{
	for (size_t i = 0; i < echo->count && echo->keys[i].kind != KEY_ENTER; i++)
		if (echo->keys[i].kind == KEY_TEXT && !echo->keys[i].echoed &&
		    !echo->keys[i].hidden)
			return &echo->keys[i];
	return NULL;
}

static void match(struct echo *echo, uint8_t byte)
{
	struct key *key = echo->burst_over ? NULL : awaited(echo);

	if (key != NULL && echo->maybe_margin)
		echo->burst_over = true; /* NOLINT(bugprone-branch-clone): the order matters */
	else if (key != NULL && key->byte == byte)
		key->echoed = true;
	else if (byte == ' ')
		echo->maybe_margin = true;
	else
		echo->burst_over = true;
}

/* Where the command begins on a line whose first key came before its prompt. */
static int after_prompt(const struct echo *echo)
{
	for (int i = 0; i + 1 < echo->line.len && i < 160; i++) {
		uint32_t c = echo->line.cells[i];
		if ((c == '$' || c == '#' || c == '%' || c == '>') &&
		    echo->line.cells[i + 1] == ' ')
			return i + 2;
	}
	return 0;
}

/* Length of text cut to RECORDING_COMMAND_MAX code points. */
static size_t cut_command(const char *text, size_t len)
{
	size_t points = 0;

	for (size_t i = 0; i < len; i++)
		if (((uint8_t)text[i] & 0xc0) != 0x80 && ++points > RECORDING_COMMAND_MAX)
			return i;
	return len;
}

static void take_command(struct echo *echo)
{
	char text[COMMAND_BYTES];
	int from = echo->mark >= 0 ? echo->mark : after_prompt(echo);
	size_t len = line_text(&echo->line, from, text, sizeof(text));
	size_t skip = strspn(text, " ");

	len = cut_command(text + skip, len - skip);
	if (len > 0)
		echo->sink.command(echo->sink.arg, text + skip, len);
}

/* Everything typed up to and including the first Enter is decided by its newline. */
static void newline_for_enter(struct echo *echo, int64_t now)
{
	while (echo->count > 0 && echo->keys[0].kind != KEY_ENTER)
		(void)decide_front(echo, now, true);
	if (!echo->masked && !echo->line.alternate)
		take_command(echo);
	if (echo->count > 0) {
		emit(echo, echo->keys, 1);
		drop(echo, 1);
	}
	echo->enters--;
	end_line(echo);
}

void echo_shown(struct echo *echo, const uint8_t *data, size_t len, int64_t now)
{
	echo->burst_over = false;
	echo->maybe_margin = false;
	for (size_t i = 0; i < len; i++) {
		enum line_event event = line_feed(&echo->line, data[i]);
		if (event == LINE_PRINT)
			match(echo, data[i]);
		else if (data[i] == '\r')
			echo->maybe_margin = false;
		if (event != LINE_NEWLINE)
			continue;
		if (echo->enters > 0)
			newline_for_enter(echo, now);
		else
			echo->mark = MARK_NONE;
		echo->burst_over = false;
		echo->maybe_margin = false;
		line_clear(&echo->line);
	}
	echo_tick(echo, now);
}
