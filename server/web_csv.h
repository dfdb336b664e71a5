/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_WEB_CSV_H
#define SERVER_WEB_CSV_H

#include <stddef.h>

#include "base/ctx.h"
#include "base/field.h"

/*
 * A CSV body into the FIELD_ROWS field of an operation. Its sub-table names the columns: the first
 * one is an integer that receives the number of the record (the header is record 1), the others
 * are texts. The header may name them in any order and leave out what is not required; unknown or
 * repeated columns are refused, and so is any column that sounds like a secret. Empty cells are
 * absent values; records without any content are skipped.
 */
enum err web_csv_rows(struct ctx *ctx, const struct field *rows, const void *data, size_t len,
		      struct value *out) ERR_CHECKED;

#endif
