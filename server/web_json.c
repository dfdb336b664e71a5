/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/web_json.h"

#include <jansson.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/secret.h"
#include "base/text.h"

enum { DEPTH_MAX = 4, MEMBERS_MAX = 1000 };

static void json_decref_p(json_t **json)
{
	json_decref(*json);
}

/* Brackets outside strings, before the recursive parser sees them. */
static bool is_shallow(const char *text, size_t len)
{
	int depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < len; i++) {
		if (quoted) {
			if (text[i] == '\\')
				i++;
			else if (text[i] == '"')
				quoted = false;
		} else if (text[i] == '"') {
			quoted = true;
		} else if (text[i] == '{' || text[i] == '[') {
			if (++depth > DEPTH_MAX)
				return false;
		} else if (text[i] == '}' || text[i] == ']') {
			depth--;
		}
	}
	return true;
}

static enum err wrong_type(struct ctx *ctx, const struct field *field, const char *wanted)
{
	return err_field(ctx, field->name, "type", "%s must be %s", field->name, wanted);
}

/* jansson may drop a character it has no room for and go on: whether memory was short while a body
 * was read is asked of the allocator, not of the parser. */
static _Thread_local bool starved;

static void *noted_malloc(size_t size)
{
	void *memory = malloc(size);

	starved |= memory == NULL;
	return memory;
}

static enum err no_memory(struct ctx *ctx)
{
	return err_set(ctx, ERR_MEMORY, "memory is short for the request");
}

static enum err text_value(struct ctx *ctx, const struct field *field, const json_t *json,
			   struct value *out)
{
	const char *text = json_string_value(json);

	if (text == NULL)
		return wrong_type(ctx, field, "text");
	if (field->type == FIELD_TIME || field->type == FIELD_UUID || field->type == FIELD_CHOICE)
		return field_from_text(ctx, field, text, out);
	out->text = arena_strdup(ctx->arena, text);
	return out->text != NULL ? ERR_OK : no_memory(ctx);
}

static enum err int_value(struct ctx *ctx, const struct field *field, const json_t *json,
			  struct value *out)
{
	if (!json_is_integer(json))
		return wrong_type(ctx, field, "a whole number");
	out->number = json_integer_value(json);
	return ERR_OK;
}

static enum err bool_value(struct ctx *ctx, const struct field *field, const json_t *json,
			   struct value *out)
{
	if (!json_is_boolean(json))
		return wrong_type(ctx, field, "true or false");
	out->number = json_is_true(json);
	return ERR_OK;
}

/* Length of a list, bounded before anything is allocated for it. */
static enum err list_len(struct ctx *ctx, const struct field *field, const json_t *json,
			 size_t *out)
{
	if (!json_is_array(json))
		return wrong_type(ctx, field, "a list");
	*out = json_array_size(json);
	if (*out > MEMBERS_MAX || (int64_t)*out > field->max)
		return err_field(ctx, field->name, "too_many", "%s may have at most %d members",
				 field->name,
				 field->max < MEMBERS_MAX ? (int)field->max : MEMBERS_MAX);
	return ERR_OK;
}

static enum err uuids_value(struct ctx *ctx, const struct field *field, const json_t *json,
			    struct value *out)
{
	size_t count = 0;
	enum err err = list_len(ctx, field, json, &count);
	if (err != ERR_OK)
		return err;
	struct uuid *ids = arena_array(ctx->arena, struct uuid, count + 1);
	if (ids == NULL)
		return no_memory(ctx);
	for (size_t i = 0; i < count; i++) {
		const char *text = json_string_value(json_array_get(json, i));
		if (text == NULL || !uuid_parse(text, &ids[i]))
			return err_field(ctx, field->name, "format", "%s must be a list of ids",
					 field->name);
	}
	out->ids = ids;
	out->number = (int64_t)count;
	return ERR_OK;
}

static enum err texts_value(struct ctx *ctx, const struct field *field, const json_t *json,
			    struct value *out)
{
	size_t count = 0;
	enum err err = list_len(ctx, field, json, &count);
	if (err != ERR_OK)
		return err;
	const char **texts = arena_array(ctx->arena, const char *, count + 1);
	if (texts == NULL)
		return no_memory(ctx);
	for (size_t i = 0; i < count; i++) {
		const char *text = json_string_value(json_array_get(json, i));
		if (text == NULL)
			return wrong_type(ctx, field, "a list of texts");
		texts[i] = arena_strdup(ctx->arena, text);
		if (texts[i] == NULL)
			return no_memory(ctx);
	}
	out->texts = texts;
	out->number = (int64_t)count;
	return ERR_OK;
}

static enum err object_values(struct ctx *ctx, const struct field *fields, json_t *object,
			      struct value *values);

/* A fault inside a row is reported under the list's own name. */
static enum err rows_value(struct ctx *ctx, const struct field *field, const json_t *json,
			   struct value *out)
{
	size_t count = 0, width = fields_count(field->sub);
	enum err err = list_len(ctx, field, json, &count);
	if (err != ERR_OK)
		return err;
	struct value **rows = arena_array(ctx->arena, struct value *, count + 1);
	for (size_t i = 0; rows != NULL && i < count && err == ERR_OK; i++) {
		json_t *row = json_array_get(json, i);
		rows[i] = arena_array(ctx->arena, struct value, width);
		if (rows[i] == NULL)
			return no_memory(ctx);
		if (!json_is_object(row))
			return wrong_type(ctx, field, "a list of objects");
		err = object_values(ctx, field->sub, row, rows[i]);
	}
	out->rows = rows;
	out->number = (int64_t)count;
	return rows != NULL ? err : no_memory(ctx);
}

typedef enum err value_fn(struct ctx *ctx, const struct field *field, const json_t *json,
			  struct value *out);
static value_fn *const readers[] = {
	[FIELD_TEXT] = text_value,   [FIELD_NOTE] = text_value,	  [FIELD_NAME] = text_value,
	[FIELD_INT] = int_value,     [FIELD_BOOL] = bool_value,	  [FIELD_TIME] = text_value,
	[FIELD_UUID] = text_value,   [FIELD_CHOICE] = text_value, [FIELD_UUIDS] = uuids_value,
	[FIELD_TEXTS] = texts_value, [FIELD_ROWS] = rows_value,	  [FIELD_TOKEN] = text_value,
};

static enum err member_value(struct ctx *ctx, const struct field *field, const json_t *json,
			     struct value *out)
{
	struct value value = {.set = true, .null = json_is_null(json)};
	enum err err = value.null ? ERR_OK : readers[field->type](ctx, field, json, &value);

	if (err == ERR_OK)
		err = field_check(ctx, field, &value);
	if (err == ERR_OK)
		*out = value;
	return err;
}

/* Foreign names are echoed only when they are harmless. */
static const char *shown_name(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < len; i++)
		if (name[i] <= ' ' || name[i] > '~')
			return "?";
	return len > 0 && len < CTX_FIELD_SIZE ? name : "?";
}

static bool is_known(const struct field *fields, const char *name)
{
	for (size_t i = 0; fields != NULL && fields[i].name != NULL; i++)
		if (!(fields[i].flags & (FIELD_PATH | FIELD_QUERY)) &&
		    strcmp(fields[i].name, name) == 0)
			return true;
	return false;
}

static enum err object_values(struct ctx *ctx, const struct field *fields, json_t *object,
			      struct value *values)
{
	const char *name;
	json_t *member;

	json_object_foreach(object, name, member) if (!is_known(fields, name)) return err_field(
		ctx, shown_name(name), "unknown", "there is no member of that name here");
	for (size_t i = 0; fields != NULL && fields[i].name != NULL; i++) {
		if (fields[i].flags & (FIELD_PATH | FIELD_QUERY))
			continue;
		member = json_object_get(object, fields[i].name);
		enum err err = member != NULL ? member_value(ctx, &fields[i], member, &values[i])
					      : field_check(ctx, &fields[i], &values[i]);
		if (err != ERR_OK)
			return err;
	}
	return ERR_OK;
}

enum err web_json_fields(struct ctx *ctx, const struct field *fields, const void *data, size_t len,
			 struct value *values)
{
	json_error_t where;

	if (len == 0) {
		data = "{}";
		len = 2;
	}
	if (!is_shallow(data, len))
		return err_reason(ctx, ERR_SYNTAX, "json.deep", "the JSON is nested too deeply");
	starved = false;
	scoped(json_decref_p) json_t *json = json_loadb(data, len, JSON_REJECT_DUPLICATES, &where);
	if (starved)
		return no_memory(ctx);
	if (json == NULL)
		return err_reason(ctx, ERR_SYNTAX, "json.malformed",
				  "the body is not JSON (near byte %d)", where.position);
	if (!json_is_object(json))
		return err_reason(ctx, ERR_SYNTAX, "json.not_object", "the body is not an object");
	return object_values(ctx, fields, json, values);
}

/* Passwords have no place in JSON, but nothing keeps people from sending one. */
static void free_wiped(void *memory)
{
	if (memory != NULL)
		wipe(memory, malloc_usable_size(memory));
	free(memory);
}

void web_json_start(void)
{
	json_set_alloc_funcs(noted_malloc, free_wiped);
}
