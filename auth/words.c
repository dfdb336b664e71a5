/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/words.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"

bool words_next(const char **at, char out[WORD_MAX])
{
	*at += strspn(*at, " ");
	size_t len = strcspn(*at, " ");
	size_t kept = len < WORD_MAX ? len : 0;

	memcpy(out, *at, kept);
	out[kept] = '\0';
	*at += len;
	return len > 0;
}

static enum err too_many(struct ctx *ctx, const char *field)
{
	return err_field(ctx, field, "too_long", "These are too many.");
}

enum err words_join(struct ctx *ctx, const char *field, const struct value *value, size_t max,
		    const char **out)
{
	char *text = arena_alloc(ctx->arena, max + 1);
	size_t len = 0;

	if (!text)
		return err_set(ctx, ERR_MEMORY, "Request memory is used up.");
	text[0] = '\0';
	for (int64_t i = 0; value && value->set && i < value->number; i++) {
		int more = snprintf(text + len, max + 1 - len, "%s%s", len ? " " : "",
				    value->texts[i]);
		if (more < 0 || (size_t)more > max - len)
			return too_many(ctx, field);
		len += (size_t)more;
	}
	*out = text;
	return ERR_OK;
}

void words_put(struct ctx *ctx, struct json *json, const char *name, const char *words)
{
	json_array(json, name);
	for (const char *at = words; at && *at;) {
		size_t len = strcspn(at, " ");
		json_text(json, NULL, arena_strndup(ctx->arena, at, len));
		at += len + (at[len] == ' ');
	}
	json_end_array(json);
}
