/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef REPORTS_CSV_H
#define REPORTS_CSV_H

#include <stdbool.h>

#include "base/buf.h"

/*
 * RFC 4180 in UTF-8: CRLF, every field quoted. A field that a spreadsheet would run as a formula
 * (first character = + - @ TAB CR) gets a leading apostrophe.
 */
void csv_begin(struct buf *out, bool byte_order_mark);
/* One field; first: of its line. NULL is empty. */
void csv_field(struct buf *out, bool first, const char *text);
void csv_end_line(struct buf *out);

#endif
