/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/oidc/json.h"

#include <string.h>

enum { DEPTH_MAX = 16 };

/* Before the parser, which would follow any depth on its stack. */
static bool is_shallow(const char *text, size_t len)
{
	bool quoted = false;
	int depth = 0;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		if (quoted) {
			if (c == '\\')
				i++;
			else if (c == '"')
				quoted = false;
		} else if (c == '"') {
			quoted = true;
		} else if (c == '{' || c == '[') {
			if (++depth > DEPTH_MAX)
				return false;
		} else if (c == '}' || c == ']') {
			depth--;
		}
	}
	return true;
}

json_t *oidc_json_object(const void *data, size_t len)
{
	json_error_t error;

	if (len == 0 || !is_shallow(data, len))
		return NULL;
	json_t *made = json_loadb(data, len, JSON_REJECT_DUPLICATES, &error);
	if (made && json_is_object(made))
		return made;
	json_decref(made);
	return NULL;
}

const char *oidc_json_text(const json_t *object, const char *member, size_t max)
{
	const json_t *value = json_object_get(object, member);
	size_t len = json_is_string(value) ? json_string_length(value) : 0;

	return len > 0 && len <= max && !memchr(json_string_value(value), 0, len)
		       ? json_string_value(value)
		       : NULL;
}

bool oidc_json_has(const json_t *object, const char *member, const char *text)
{
	const json_t *array = json_object_get(object, member);
	const json_t *value;
	bool found = false;
	size_t i;

	json_array_foreach(array, i, value)
	{
		if (!json_is_string(value))
			return false;
		found = found || strcmp(json_string_value(value), text) == 0;
	}
	return found;
}
