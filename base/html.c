/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/html.h"

#include <stdbool.h>

static bool is_control(char c)
{
	return ((unsigned char)c < ' ' && c != '\n' && c != '\t') || c == 0x7f;
}

static void put_char(struct buf *out, char c)
{
	switch (c) {
	case '&': HTML(out, "&amp;"); return;
	case '<': HTML(out, "&lt;"); return;
	case '>': HTML(out, "&gt;"); return;
	case '"': HTML(out, "&quot;"); return;
	case '\'': HTML(out, "&#39;"); return;
	default: break;
	}
	if (is_control(c))
		HTML(out, "\xef\xbf\xbd");
	else
		buf_put_u8(out, (uint8_t)c);
}

void html_text(struct buf *out, const char *text)
{
	for (; text && *text; text++)
		put_char(out, *text);
}

void html_lines(struct buf *out, const char *text)
{
	for (; text && *text; text++)
		if (*text == '\n')
			HTML(out, "<br>");
		else
			put_char(out, *text);
}
