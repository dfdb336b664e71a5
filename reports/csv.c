/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/csv.h"

#include <stddef.h>
#include <string.h>

void csv_begin(struct buf *out, bool byte_order_mark)
{
	if (byte_order_mark)
		buf_put(out, "\xef\xbb\xbf", 3);
}

void csv_field(struct buf *out, bool first, const char *text)
{
	if (!first)
		buf_put_u8(out, ',');
	buf_put_u8(out, '"');
	if (text != NULL && text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL)
		buf_put_u8(out, '\'');
	for (; text != NULL && *text != '\0'; text++) {
		if (*text == '"')
			buf_put_u8(out, '"');
		buf_put_u8(out, (uint8_t)*text);
	}
	buf_put_u8(out, '"');
}

void csv_end_line(struct buf *out)
{
	buf_put_text(out, "\r\n");
}
