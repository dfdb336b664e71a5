/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/field.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { LIST_MAX = 1000, LIST_TEXT_MAX = 255 };

size_t fields_count(const struct field *fields)
{
	size_t count = 0;

	while (fields != NULL && fields[count].name != NULL)
		count++;
	return count;
}

static enum err check_length(struct ctx *ctx, const struct field *field, size_t len)
{
	if ((int64_t)len < field->min)
		return err_field(ctx, field->name, len == 0 ? "empty" : "too_short",
				 "%s needs at least %" PRId64 " characters", field->name,
				 field->min);
	if ((int64_t)len > field->max)
		return err_field(ctx, field->name, "too_long",
				 "%s may have at most %" PRId64 " characters", field->name,
				 field->max);
	return ERR_OK;
}

static enum err check_text(struct ctx *ctx, const struct field *field, const struct value *value)
{
	size_t len = strlen(value->text);

	if (!text_is_utf8(value->text, len))
		return err_field(ctx, field->name, "encoding", "%s is not valid UTF-8",
				 field->name);
	if (!text_is_printable(value->text, len, field->type == FIELD_NOTE))
		return err_field(ctx, field->name, "control_character",
				 "%s contains a control character", field->name);
	/* Four spaces are no purpose, and a name nobody sees is no name. */
	if (field->min > 0 && len > 0 && text_is_blank(value->text))
		return err_field(ctx, field->name, "empty", "%s needs something that can be read",
				 field->name);
	return check_length(ctx, field, text_codepoints(value->text, len));
}

static enum err check_name(struct ctx *ctx, const struct field *field, const struct value *value)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	static const char rest[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";
	const char *text = value->text;

	if (*text == '\0')
		return check_length(ctx, field, 0);
	if (strchr(first, *text) == NULL || strspn(text, rest) != strlen(text))
		return err_field(
			ctx, field->name, "characters",
			"%s may have a-z, 0-9, '.', '_' and '-', and starts with a letter or digit",
			field->name);
	return check_length(ctx, field, strlen(text));
}

static enum err check_token(struct ctx *ctx, const struct field *field, const struct value *value)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

	if (strspn(value->text, alphabet) != strlen(value->text))
		return err_field(ctx, field->name, "characters", "%s is not a valid token",
				 field->name);
	return check_length(ctx, field, strlen(value->text));
}

static enum err check_number(struct ctx *ctx, const struct field *field, const struct value *value)
{
	if (value->number < field->min || value->number > field->max)
		return err_field(ctx, field->name, "range",
				 "%s must be between %" PRId64 " and %" PRId64, field->name,
				 field->min, field->max);
	return ERR_OK;
}

static enum err check_time(struct ctx *ctx, const struct field *field, const struct value *value)
{
	/* 1970 to 9999: what DATETIME and RFC 3339 can both hold */
	if (value->number < 0 || value->number > INT64_C(253402300799999999))
		return err_field(ctx, field->name, "range", "%s is outside 1970 to 9999",
				 field->name);
	return ERR_OK;
}

static enum err check_choice(struct ctx *ctx, const struct field *field, const struct value *value)
{
	int64_t count = 0;

	while (field->choices[count] != NULL)
		count++;
	if (value->number < 0 || value->number >= count)
		return err_field(ctx, field->name, "choice", "%s is not one of the choices",
				 field->name);
	return ERR_OK;
}

static enum err check_count(struct ctx *ctx, const struct field *field, const struct value *value)
{
	if (value->number < field->min)
		return err_field(ctx, field->name, "too_few",
				 "%s needs at least %" PRId64 " members", field->name, field->min);
	if (value->number > field->max || value->number > LIST_MAX)
		return err_field(ctx, field->name, "too_many",
				 "%s may have at most %" PRId64 " members", field->name,
				 field->max);
	return ERR_OK;
}

static enum err check_uuids(struct ctx *ctx, const struct field *field, const struct value *value)
{
	enum err err = check_count(ctx, field, value);

	for (int64_t i = 0; err == ERR_OK && i < value->number; i++)
		for (int64_t k = 0; k < i; k++)
			if (uuid_equal(&value->ids[i], &value->ids[k]))
				return err_field(ctx, field->name, "duplicate",
						 "%s names the same member twice", field->name);
	return err;
}

static enum err check_texts(struct ctx *ctx, const struct field *field, const struct value *value)
{
	const struct field member = {
		.name = field->name, .type = FIELD_TEXT, .min = 1, .max = LIST_TEXT_MAX};
	enum err err = check_count(ctx, field, value);

	for (int64_t i = 0; err == ERR_OK && i < value->number; i++)
		err = check_text(ctx, &member, &(struct value){.text = value->texts[i]});
	return err;
}

static enum err check_present(struct ctx *ctx, const struct field *field, const struct value *value)
{
	if (!value->set)
		return field->flags & FIELD_REQUIRED ? err_field(ctx, field->name, "required",
								 "%s is required", field->name)
						     : ERR_OK;
	if (value->null && !(field->flags & FIELD_NULLABLE))
		return err_field(ctx, field->name, "null", "%s may not be null", field->name);
	return ERR_OK;
}

static enum err check_rows(struct ctx *ctx, const struct field *field, const struct value *value)
{
	enum err err = check_count(ctx, field, value);

	for (int64_t i = 0; err == ERR_OK && i < value->number; i++)
		for (size_t k = 0; err == ERR_OK && field->sub[k].name != NULL; k++)
			err = field_check(ctx, &field->sub[k], &value->rows[i][k]);
	return err;
}

static enum err check_nothing(struct ctx *ctx, const struct field *field, const struct value *value)
{
	(void)ctx;
	(void)field;
	(void)value;
	return ERR_OK;
}

typedef enum err check_fn(struct ctx *ctx, const struct field *field, const struct value *value);
static check_fn *const checks[] = {
	[FIELD_TEXT] = check_text,    [FIELD_NOTE] = check_text,     [FIELD_NAME] = check_name,
	[FIELD_INT] = check_number,   [FIELD_BOOL] = check_nothing,  [FIELD_TIME] = check_time,
	[FIELD_UUID] = check_nothing, [FIELD_CHOICE] = check_choice, [FIELD_UUIDS] = check_uuids,
	[FIELD_TEXTS] = check_texts,  [FIELD_ROWS] = check_rows,     [FIELD_TOKEN] = check_token,
};

enum err field_check(struct ctx *ctx, const struct field *field, const struct value *value)
{
	enum err err = check_present(ctx, field, value);

	if (err != ERR_OK || !value->set || value->null)
		return err;
	return checks[field->type](ctx, field, value);
}

static bool parse_number(const char *text, int64_t *out)
{
	char *end;

	errno = 0;
	long long number = strtoll(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || *text == ' ' || *text == '+')
		return false;
	*out = number;
	return true;
}

static bool parse_bool(const char *text, int64_t *out)
{
	bool yes = strcmp(text, "true") == 0 || strcmp(text, "1") == 0;

	*out = yes;
	return yes || strcmp(text, "false") == 0 || strcmp(text, "0") == 0;
}

static bool parse_choice(const struct field *field, const char *text, int64_t *out)
{
	for (int64_t i = 0; field->choices[i] != NULL; i++)
		if (strcmp(field->choices[i], text) == 0) {
			*out = i;
			return true;
		}
	return false;
}

static bool parse_typed(struct ctx *ctx, const struct field *field, const char *text,
			struct value *value)
{
	switch (field->type) {
	case FIELD_INT: return parse_number(text, &value->number);
	case FIELD_BOOL: return parse_bool(text, &value->number);
	case FIELD_TIME: return time_parse(text, &value->number);
	case FIELD_CHOICE: return parse_choice(field, text, &value->number);
	case FIELD_UUID: return uuid_parse(text, &value->id);
	case FIELD_TEXT:
	case FIELD_NOTE:
	case FIELD_NAME:
	case FIELD_TOKEN: value->text = arena_strdup(ctx->arena, text); return value->text != NULL;
	case FIELD_UUIDS:
	case FIELD_TEXTS:
	case FIELD_ROWS: return false; /* lists come as JSON only */
	}
	return false;
}

enum err field_from_text(struct ctx *ctx, const struct field *field, const char *text,
			 struct value *out)
{
	struct value value = {.set = true};

	if (!parse_typed(ctx, field, text, &value))
		return err_field(ctx, field->name, "format", "%s is not in the right form",
				 field->name);
	enum err err = field_check(ctx, field, &value);
	if (err == ERR_OK)
		*out = value;
	return err;
}

/* Message form of one value: u8 state (0 absent, 1 null, 2 present), then by type. */
static void put_value(struct buf *out, const struct field *field, const struct value *value)
{
	buf_put_u8(out, (uint8_t)(!value->set ? 0 : value->null ? 1 : 2));
	if (!value->set || value->null)
		return;
	switch (field->type) {
	case FIELD_TEXT:
	case FIELD_NOTE:
	case FIELD_NAME:
	case FIELD_TOKEN: buf_put_block(out, value->text, strlen(value->text)); return;
	case FIELD_INT:
	case FIELD_BOOL:
	case FIELD_TIME:
	case FIELD_CHOICE: buf_put_u64(out, (uint64_t)value->number); return;
	case FIELD_UUID: buf_put(out, value->id.b, UUID_SIZE); return;
	case FIELD_UUIDS:
		buf_put_u32(out, (uint32_t)value->number);
		buf_put(out, value->ids, UUID_SIZE * (size_t)value->number);
		return;
	case FIELD_TEXTS:
		buf_put_u32(out, (uint32_t)value->number);
		for (int64_t i = 0; i < value->number; i++)
			buf_put_block(out, value->texts[i], strlen(value->texts[i]));
		return;
	case FIELD_ROWS:
		buf_put_u32(out, (uint32_t)value->number);
		for (int64_t i = 0; i < value->number; i++)
			fields_put(out, field->sub, value->rows[i]);
		return;
	}
}

void fields_put(struct buf *out, const struct field *fields, const struct value *values)
{
	for (size_t i = 0; fields != NULL && fields[i].name != NULL; i++)
		put_value(out, &fields[i], &values[i]);
}

static const char *get_text(struct ctx *ctx, struct rd *rd)
{
	size_t len;
	const uint8_t *bytes = rd_block(rd, 64 * 1024, &len);

	if (bytes == NULL || memchr(bytes, '\0', len) != NULL) {
		rd->failed = true;
		return NULL;
	}
	const char *text = arena_strndup(ctx->arena, (const char *)bytes, len);
	if (text == NULL)
		rd->failed = true;
	return text;
}

/* Count of a list, bounded before anything is allocated for it. */
static size_t get_count(struct rd *rd, const struct field *field)
{
	size_t count = rd_u32(rd);

	if (count > LIST_MAX || (int64_t)count > field->max)
		rd->failed = true;
	return rd->failed ? 0 : count;
}

static void get_uuids(struct ctx *ctx, const struct field *field, struct rd *rd,
		      struct value *value)
{
	size_t count = get_count(rd, field);
	const uint8_t *bytes = rd_bytes(rd, count * UUID_SIZE);
	struct uuid *ids = bytes != NULL ? arena_array(ctx->arena, struct uuid, count) : NULL;

	if (ids == NULL) {
		rd->failed = true;
		return;
	}
	memcpy(ids, bytes, count * UUID_SIZE);
	value->ids = ids;
	value->number = (int64_t)count;
}

static void get_texts(struct ctx *ctx, const struct field *field, struct rd *rd,
		      struct value *value)
{
	size_t count = get_count(rd, field);
	const char **texts = arena_array(ctx->arena, const char *, count);

	if (texts == NULL) {
		rd->failed = true;
		return;
	}
	for (size_t i = 0; i < count; i++)
		texts[i] = get_text(ctx, rd);
	value->texts = texts;
	value->number = (int64_t)count;
}

static void get_values(struct ctx *ctx, const struct field *fields, struct rd *rd,
		       struct value *values);

static void get_rows(struct ctx *ctx, const struct field *field, struct rd *rd, struct value *value)
{
	size_t count = get_count(rd, field), width = fields_count(field->sub);
	struct value **rows = arena_array(ctx->arena, struct value *, count);

	for (size_t i = 0; rows != NULL && i < count && !rd->failed; i++) {
		rows[i] = arena_array(ctx->arena, struct value, width);
		if (rows[i] == NULL)
			rd->failed = true;
		else
			get_values(ctx, field->sub, rd, rows[i]);
	}
	if (rows == NULL)
		rd->failed = true;
	value->rows = rows;
	value->number = (int64_t)count;
}

static void get_present(struct ctx *ctx, const struct field *field, struct rd *rd,
			struct value *value)
{
	const uint8_t *bytes;

	switch (field->type) {
	case FIELD_TEXT:
	case FIELD_NOTE:
	case FIELD_NAME:
	case FIELD_TOKEN: value->text = get_text(ctx, rd); return;
	case FIELD_INT:
	case FIELD_BOOL:
	case FIELD_TIME:
	case FIELD_CHOICE: value->number = (int64_t)rd_u64(rd); return;
	case FIELD_UUID:
		bytes = rd_bytes(rd, UUID_SIZE);
		if (bytes != NULL)
			memcpy(value->id.b, bytes, UUID_SIZE);
		return;
	case FIELD_UUIDS: get_uuids(ctx, field, rd, value); return;
	case FIELD_TEXTS: get_texts(ctx, field, rd, value); return;
	case FIELD_ROWS: get_rows(ctx, field, rd, value); return;
	}
	rd->failed = true;
}

static void get_values(struct ctx *ctx, const struct field *fields, struct rd *rd,
		       struct value *values)
{
	for (size_t i = 0; fields != NULL && fields[i].name != NULL && !rd->failed; i++) {
		uint8_t state = rd_u8(rd);
		if (state > 2)
			rd->failed = true;
		values[i].set = state != 0;
		values[i].null = state == 1;
		if (state == 2)
			get_present(ctx, &fields[i], rd, &values[i]);
	}
}

enum err fields_get(struct ctx *ctx, const struct field *fields, struct rd *rd,
		    struct value *values)
{
	get_values(ctx, fields, rd, values);
	if (rd->failed)
		return err_set(ctx, ERR_SYNTAX, "the message's field values do not decode");
	for (size_t i = 0; fields != NULL && fields[i].name != NULL; i++) {
		enum err err = field_check(ctx, &fields[i], &values[i]);
		if (err != ERR_OK)
			return err;
	}
	return ERR_OK;
}
