/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/web_csv.h"

#include <string.h>
#include <strings.h>

#include "base/csv.h"

enum { COLUMNS_MAX = 64, UNUSED = -1 };

/* Which sub-field each cell of a record is. */
struct header {
	int field[COLUMNS_MAX];
	size_t count;
};

/* Words that would make a spreadsheet a list of secrets, in the languages of our users. */
static const char *const secret_words[] = {
	"password", "passwd",	  "passphrase",	  "secret", "private_key", "token",
	"api_key",  "パスワード", "パスフレーズ", "暗証",   "秘密鍵",	   NULL,
};

static bool sounds_secret(const char *name)
{
	for (size_t i = 0; secret_words[i] != NULL; i++)
		for (const char *at = name; *at != '\0'; at++)
			if (strncasecmp(at, secret_words[i], strlen(secret_words[i])) == 0)
				return true;
	return false;
}

static const char *shown_name(const char *name)
{
	return *name != '\0' && strlen(name) < CTX_FIELD_SIZE &&
			       strspn(name,
				      "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-. ") == strlen(name)
		       ? name
		       : "?";
}

static int find_column(const struct field *sub, const char *name)
{
	for (int i = 1; sub[i].name != NULL; i++)
		if (strcmp(sub[i].name, name) == 0)
			return i;
	return UNUSED;
}

static enum err take_name(struct ctx *ctx, const struct field *sub, const char *name,
			  struct header *header)
{
	int at = find_column(sub, name);

	if (at == UNUSED && sounds_secret(name))
		return err_field(ctx, "header", "csv.secret_column",
				 "A column for passwords or keys is refused: secrets do not belong "
				 "into a spreadsheet. Set them for each account afterwards, and "
				 "destroy this file.");
	if (at == UNUSED)
		return err_field(ctx, "header", "csv.unknown_column",
				 "Row 1: there is no column \"%s\" here.", shown_name(name));
	for (size_t i = 0; i < header->count; i++)
		if (header->field[i] == at)
			return err_field(ctx, "header", "csv.repeated_column",
					 "Row 1: the column \"%s\" stands there twice.", name);
	header->field[header->count++] = at;
	return ERR_OK;
}

static enum err read_header(struct ctx *ctx, const struct field *sub, struct csv *csv,
			    struct header *header)
{
	const char *cells[COLUMNS_MAX];
	size_t count = 0;
	enum err err = csv_next(ctx, csv, cells, COLUMNS_MAX, &count);

	if (err == ERR_NOT_FOUND)
		return err_field(ctx, "header", "csv.no_header", "The file is empty.");
	for (size_t i = 0; i < count && err == ERR_OK; i++)
		err = take_name(ctx, sub, cells[i], header);
	for (int i = 1; sub[i].name != NULL && err == ERR_OK; i++) {
		bool found = !(sub[i].flags & FIELD_REQUIRED);
		for (size_t k = 0; k < header->count; k++)
			found = found || header->field[k] == i;
		if (!found)
			err = err_field(ctx, "header", "csv.missing_column",
					"Row 1: the column \"%s\" is missing.", sub[i].name);
	}
	return err;
}

static bool is_empty(const char *const *cells, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (*cells[i] != '\0')
			return false;
	return true;
}

/* The error of one cell, with where it stands. */
static enum err place(struct ctx *ctx, size_t record, const char *column)
{
	struct err_info inner = ctx->error;

	return err_field(ctx, column, inner.reason, "Row %zu: %.180s.", record, inner.text);
}

static enum err read_record(struct ctx *ctx, const struct field *sub, const struct header *header,
			    const struct csv *csv, const char *const *cells, struct value *row)
{
	row[0] = (struct value){.set = true, .number = (int64_t)csv->record};
	for (size_t i = 0; i < header->count; i++) {
		int at = header->field[i];
		if (*cells[i] == '\0')
			continue;
		row[at] = (struct value){.set = true, .text = cells[i]};
		if (field_check(ctx, &sub[at], &row[at]) != ERR_OK)
			return place(ctx, csv->record, sub[at].name);
	}
	for (size_t i = 1; sub[i].name != NULL; i++)
		if (field_check(ctx, &sub[i], &row[i]) != ERR_OK)
			return place(ctx, csv->record, sub[i].name);
	return ERR_OK;
}

static enum err take_record(struct ctx *ctx, const struct field *rows, const struct header *header,
			    const struct csv *csv, const char *const *cells, struct value **kept,
			    int64_t *count)
{
	if (*count == rows->max)
		return err_field(ctx, rows->name, "too_many",
				 "At most %d rows are taken at once; split the file.",
				 (int)rows->max);
	struct value *row = arena_array(ctx->arena, struct value, fields_count(rows->sub));
	if (row == NULL)
		return err_set(ctx, ERR_MEMORY, "No memory for the rows.");
	kept[(*count)++] = row;
	return read_record(ctx, rows->sub, header, csv, cells, row);
}

static enum err read_records(struct ctx *ctx, const struct field *rows, struct csv *csv,
			     const struct header *header, struct value *out)
{
	struct value **kept = arena_array(ctx->arena, struct value *, (size_t)rows->max);
	const char *cells[COLUMNS_MAX];
	size_t count = 0;
	enum err err = kept != NULL ? ERR_OK : err_set(ctx, ERR_MEMORY, "No memory for the rows.");

	while (err == ERR_OK) {
		err = csv_next(ctx, csv, cells, COLUMNS_MAX, &count);
		if (err != ERR_OK || is_empty(cells, count))
			continue;
		if (count != header->count)
			return err_field(ctx, rows->name, "csv.cell_count",
					 "Row %zu has %zu cells, the header has %zu.", csv->record,
					 count, header->count);
		err = take_record(ctx, rows, header, csv, cells, kept, &out->number);
	}
	out->rows = kept;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err web_csv_rows(struct ctx *ctx, const struct field *rows, const void *data, size_t len,
		      struct value *out)
{
	struct value value = {.set = true};
	struct header header = {.count = 0};
	struct csv csv;
	enum err err = csv_init(ctx, &csv, data, len);

	if (err == ERR_OK)
		err = read_header(ctx, rows->sub, &csv, &header);
	if (err == ERR_OK)
		err = read_records(ctx, rows, &csv, &header, &value);
	if (err == ERR_OK && value.number == 0)
		return err_field(ctx, rows->name, "too_few", "There is no row under the header.");
	if (err == ERR_OK)
		*out = value;
	return err;
}
