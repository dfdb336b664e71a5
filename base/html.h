/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_HTML_H
#define BASE_HTML_H

#include "base/buf.h"

/*
 * The two doors to a page that is made here: markup is a literal of the program (anything else does
 * not compile), and every text goes through html_text.
 */
#define HTML(out, literal) buf_put_text((out), "" literal "")

/* Text content, and the inside of an attribute in double quotes: no character of it is markup.
 * Control characters but tab and newline become U+FFFD. NULL: nothing. */
void html_text(struct buf *out, const char *text);
/* The same for text content of several lines: a newline becomes a line break. */
void html_lines(struct buf *out, const char *text);

#endif
