/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/text.h"
#include "sessions/broker/line.h"
#include "tests/fuzz/fuzz.h"

/* Output of a target through the small terminal: the cursor stays on the line, its text is text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct line line;
	char text[512];

	if (size == 0)
		return 0;
	line_init(&line, data[0]);
	for (size_t i = 1; i < size; i++) {
		enum line_event event = line_feed(&line, data[i]);

		assert(line.len >= 0 && line.len <= LINE_CELLS);
		assert(line.col >= 0 && line.col <= LINE_CELLS);
		if (event == LINE_NEWLINE || i + 1 == size) {
			size_t len = line_text(&line, data[0] & 7, text, sizeof(text));

			assert(len < sizeof(text) && strlen(text) == len);
			assert(text_is_utf8(text, len));
			if (event == LINE_NEWLINE)
				line_clear(&line);
		}
	}
	return 0;
}
