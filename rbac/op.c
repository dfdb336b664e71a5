/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rbac/op.h"

#include <assert.h>
#include <string.h>

#include "rbac/principal.h"

const struct op *op_by_id(const struct op *const *tables, const char *id)
{
	for (; *tables != NULL; tables++)
		for (const struct op *op = *tables; op->id != NULL; op++)
			if (strcmp(op->id, id) == 0)
				return op;
	return NULL;
}

bool op_open_to(const struct op *op, const struct principal *principal)
{
	switch (principal->factor_due) {
	case FACTOR_DUE_NONE: return true;
	case FACTOR_DUE_ENROL:
		return op->flags & OP_FLAG_WHILE_ENROL ||
		       (principal->password_due && op->flags & OP_FLAG_PASSWORD_FIRST);
	case FACTOR_DUE_PROVE: return op->flags & OP_FLAG_WHILE_PROVE;
	}
	return false;
}

const struct value *in_value(const struct in *in, unsigned index)
{
	assert(index < FIELDS_MAX);
	const struct value *value = &in->values[index];
	return value->set && !value->null ? value : NULL;
}

const char *in_text(const struct in *in, unsigned index, const char *fallback)
{
	const struct value *value = in_value(in, index);
	return value != NULL ? value->text : fallback;
}

int64_t in_number(const struct in *in, unsigned index, int64_t fallback)
{
	const struct value *value = in_value(in, index);
	return value != NULL ? value->number : fallback;
}

const struct uuid *in_id(const struct in *in, unsigned index)
{
	const struct value *value = in_value(in, index);
	return value != NULL ? &value->id : NULL;
}

/* A full table is our own bug: handlers have a fixed number of results. */
static struct out_field *add(struct out *out, const char *name, enum out_type type)
{
	assert(out->field_count < OUT_FIELDS_MAX);
	struct out_field *field = &out->fields[out->field_count++];
	*field = (struct out_field){.name = name, .type = type};
	return field;
}

void out_text(struct out *out, const char *name, const char *text)
{
	add(out, name, OUT_TEXT)->text = text;
}

void out_int(struct out *out, const char *name, int64_t value)
{
	add(out, name, OUT_INT)->number = value;
}

void out_bool(struct out *out, const char *name, bool value)
{
	add(out, name, OUT_BOOL)->number = value;
}

void out_uuid(struct out *out, const char *name, const struct uuid *id)
{
	struct out_field *field = add(out, name, OUT_UUID);
	if (id != NULL)
		field->id = *id;
}

void out_time(struct out *out, const char *name, int64_t real_us)
{
	add(out, name, OUT_TIME)->number = real_us;
}

void out_json(struct out *out, const char *name, const char *json)
{
	add(out, name, OUT_JSON)->text = json;
}

void out_id(struct out *out, const struct uuid *id, int64_t version)
{
	out->id = *id;
	out->has_id = true;
	out->version = version;
}

/* A hint for open pages, not a promise: the same one is sent once, and a full list stays as it is
 * (pages refresh on their own as well). */
void out_notify(struct out *out, const char *topic, const struct uuid *id)
{
	static const struct uuid nobody;
	const struct uuid *about = id != NULL ? id : &nobody;
	for (size_t i = 0; i < out->notify_count; i++)
		if (strcmp(out->notify[i].topic, topic) == 0 &&
		    uuid_equal(&out->notify[i].id, about))
			return;
	if (out->notify_count == OUT_NOTIFY_MAX)
		return;
	out->notify[out->notify_count].topic = topic;
	out->notify[out->notify_count++].id = *about;
}

void out_effect(struct out *out, enum out_effect_kind kind, const struct uuid *id, const char *text)
{
	assert(out->effect_count < OUT_EFFECTS_MAX);
	struct out_effect *effect = &out->effects[out->effect_count++];
	*effect = (struct out_effect){.kind = kind, .text = text};
	if (id != NULL)
		effect->id = *id;
}
