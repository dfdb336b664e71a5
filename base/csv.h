/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include <stddef.h>

#include "base/ctx.h"

/*
 * Reader of comma-separated values, RFC 4180 and strict: UTF-8 with or without a byte order mark,
 * no NUL, quotes only around whole cells, CRLF or LF behind each record (not needed behind the
 * last). Other encodings are refused, never guessed. A line break inside a quoted cell is given as
 * one LF.
 */
struct csv {
	const char *data; /* borrowed */
	size_t len, at;
	size_t record; /* number of the record read last, from 1, as a spreadsheet counts rows */
};

/* ERR_SYNTAX: not UTF-8. */
enum err csv_init(struct ctx *ctx, struct csv *csv, const void *data, size_t len) ERR_CHECKED;
/* The next record's cells, NUL-terminated in the context's arena. ERR_NOT_FOUND: there is none;
 * ERR_SYNTAX names the record; ERR_TOO_LARGE: more than max cells. */
enum err csv_next(struct ctx *ctx, struct csv *csv, const char **cells, size_t max,
		  size_t *out_count) ERR_CHECKED;

#endif
