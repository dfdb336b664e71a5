/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>

#include "base/json.h"
#include "server/ops.h"

/* Every operation row as JSON, for check_openapi.py. */

static void put_fields(struct json *json, const char *key, const struct field *fields)
{
	json_array(json, key);
	for (const struct field *f = fields; f != NULL && f->name != NULL; f++) {
		json_object(json, NULL);
		json_text(json, "name", f->name);
		json_int(json, "type", f->type);
		json_int(json, "flags", f->flags);
		json_int(json, "min", f->min);
		json_int(json, "max", f->max);
		json_array(json, "choices");
		for (size_t i = 0; f->choices != NULL && f->choices[i] != NULL; i++)
			json_text(json, NULL, f->choices[i]);
		json_end_array(json);
		put_fields(json, "sub", f->sub);
		json_end_object(json);
	}
	json_end_array(json);
}

static void put_op(struct json *json, const struct op *op)
{
	json_object(json, NULL);
	json_text(json, "id", op->id);
	json_int(json, "auth", op->auth);
	json_int(json, "kind", op->kind);
	json_int(json, "body", op->body);
	json_int(json, "flags", op->flags);
	json_text(json, "permission", permission_name(op->permission));
	json_text(json, "media_type", op->media_type);
	json_bool(json, "token", op_open_to_token(op, ~(permission_set)0));
	put_fields(json, "fields", op->fields);
	json_end_object(json);
}

int main(void)
{
	struct buf out;
	struct json json;

	buf_init(&out, 4 * 1024 * 1024);
	json_init(&json, &out);
	json_array(&json, NULL);
	for (const struct op *const *table = op_tables(); *table != NULL; table++)
		for (const struct op *op = *table; op->id != NULL; op++)
			put_op(&json, op);
	json_end_array(&json);
	puts(buf_text(&out));
	buf_clear(&out);
	return 0;
}
