/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "sessions/broker/echo.h"
#include "tests/fuzz/fuzz.h"

/*
 * What a person typed and what a target showed, in turns: {u8 what, u8 length, bytes}. Whatever the
 * target sends, recorded input is what was typed or the mask, and a command is text.
 */
struct record {
	struct buf typed;
	size_t input;
};

static void on_input(void *arg, const char *text, size_t len)
{
	struct record *record = arg;
	bool mask = len == sizeof(ECHO_MASK) - 1 && memcmp(text, ECHO_MASK, len) == 0;

	assert(len > 0 && (mask || (record->typed.len >= len &&
				    memmem(record->typed.data, record->typed.len, text, len))));
	record->input += len;
}

static void on_command(void *arg, const char *text, size_t len)
{
	(void)arg;
	assert(len > 0 && text_is_utf8(text, len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record record = {.input = 0};
	const struct echo_sink sink = {&record, on_input, on_command};
	struct echo *echo = echo_new(&sink, 80);
	struct rd rd = rd_of(data, size);
	int64_t now = 1;

	assert(echo != NULL);
	buf_init(&record.typed, 1024 * 1024);
	while (rd_left(&rd) > 1) {
		uint8_t what = rd_u8(&rd), len = rd_u8(&rd);
		const uint8_t *bytes =
			rd_bytes(&rd, len < rd_left(&rd) ? len : (len = (uint8_t)rd_left(&rd)));

		if (bytes == NULL)
			break;
		if ((what & 3) == 0) {
			buf_put(&record.typed, bytes, len);
			echo_typed(echo, bytes, len, now);
		} else if ((what & 3) == 3) {
			echo_resize(echo, len);
		} else {
			echo_shown(echo, bytes, len, now);
		}
		now += (what >> 2) * 20000;
		assert(echo_due_us(echo, now) >= -1);
		echo_tick(echo, now);
	}
	echo_end(echo);
	assert(record.input <= 3 * (record.typed.len + 1));
	echo_free(echo);
	buf_clear(&record.typed);
	return 0;
}
