/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/csv.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"

static const char byte_order_mark[] = "\xEF\xBB\xBF";
enum { MARK_LEN = 3 };

enum err csv_init(struct ctx *ctx, struct csv *csv, const void *data, size_t len)
{
	*csv = (struct csv){.data = data, .len = len};
	if (len >= MARK_LEN && memcmp(data, byte_order_mark, MARK_LEN) == 0)
		csv->at = MARK_LEN;
	if (!text_is_utf8(csv->data + csv->at, len - csv->at))
		return err_reason(ctx, ERR_SYNTAX, "csv.not_utf8",
				  "The file is not UTF-8 text. Save it as \"CSV UTF-8\", or "
				  "convert it from Shift_JIS (CP932) first.");
	return ERR_OK;
}

static enum err malformed(struct ctx *ctx, const struct csv *csv, const char *what)
{
	return err_reason(ctx, ERR_SYNTAX, "csv.malformed", "Row %zu: %s.", csv->record, what);
}

static bool at_end(const struct csv *csv)
{
	return csv->at == csv->len;
}

/* Length of the line break here: 0, 1 or 2. */
static size_t line_break(const struct csv *csv)
{
	const char *at = csv->data + csv->at;
	size_t left = csv->len - csv->at;

	if (left > 0 && at[0] == '\n')
		return 1;
	return left > 1 && at[0] == '\r' && at[1] == '\n' ? 2 : 0;
}

static bool ends_cell(const struct csv *csv)
{
	return at_end(csv) || csv->data[csv->at] == ',' || line_break(csv) > 0;
}

static enum err plain_cell(struct ctx *ctx, struct csv *csv, const char **out)
{
	size_t start = csv->at;

	for (; !ends_cell(csv); csv->at++)
		if (csv->data[csv->at] == '"')
			return malformed(ctx, csv, "a quote stands inside a cell without quotes");
		else if (csv->data[csv->at] == '\r')
			return malformed(ctx, csv, "a carriage return without its line feed");
	*out = arena_strndup(ctx->arena, csv->data + start, csv->at - start);
	return *out != NULL ? ERR_OK : err_set(ctx, ERR_MEMORY, "No memory for the cell.");
}

/* Doubled quotes become one; false at the closing quote. */
static bool quoted_char(struct csv *csv, char *out)
{
	if (csv->data[csv->at] == '"') {
		if (csv->at + 1 == csv->len || csv->data[csv->at + 1] != '"')
			return false;
		csv->at++;
	} else if (line_break(csv) == 2) {
		csv->at++;
	}
	*out = csv->data[csv->at++];
	return true;
}

/* What is decoded is never longer than what stands there. */
static size_t quoted_span(const struct csv *csv)
{
	const char *at = csv->data + csv->at;
	size_t left = csv->len - csv->at, len = 0;

	while (len < left && (at[len] != '"' || (len + 1 < left && at[len + 1] == '"')))
		len += at[len] == '"' ? 2 : 1;
	return len;
}

static enum err quoted_cell(struct ctx *ctx, struct csv *csv, const char **out)
{
	csv->at++;
	char *text = arena_alloc(ctx->arena, quoted_span(csv) + 1);
	size_t len = 0;

	if (text == NULL)
		return err_set(ctx, ERR_MEMORY, "No memory for the cell.");
	while (!at_end(csv) && quoted_char(csv, &text[len]))
		len++;
	if (at_end(csv))
		return malformed(ctx, csv, "a quoted cell has no closing quote");
	csv->at++;
	if (!ends_cell(csv))
		return malformed(ctx, csv, "something follows a closing quote");
	text[len] = '\0';
	*out = text;
	return ERR_OK;
}

static enum err one_cell(struct ctx *ctx, struct csv *csv, const char **out)
{
	bool quoted = !at_end(csv) && csv->data[csv->at] == '"';

	return quoted ? quoted_cell(ctx, csv, out) : plain_cell(ctx, csv, out);
}

enum err csv_next(struct ctx *ctx, struct csv *csv, const char **cells, size_t max,
		  size_t *out_count)
{
	size_t count = 0;
	bool more = true;

	if (at_end(csv))
		return ERR_NOT_FOUND;
	csv->record++;
	while (more) {
		if (count == max)
			return err_reason(ctx, ERR_TOO_LARGE, "csv.too_many_cells",
					  "Row %zu has more than %zu cells.", csv->record, max);
		enum err err = one_cell(ctx, csv, &cells[count]);
		if (err != ERR_OK)
			return err;
		count++;
		more = !at_end(csv) && csv->data[csv->at] == ',';
		csv->at += more ? 1 : line_break(csv);
	}
	*out_count = count;
	return ERR_OK;
}
