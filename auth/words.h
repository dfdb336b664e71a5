/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_WORDS_H
#define AUTH_WORDS_H

#include <stdbool.h>

#include "base/json.h"
#include "rbac/op.h"

/* Lists as they are stored: words with a blank between. */
enum { WORD_MAX = 64 };
/* The next word from *at, which moves on; false at the end. One that is too long comes as "". */
bool words_next(const char **at, char out[WORD_MAX]);
/* Texts of a list value (NULL: none), of max characters at most; ERR_INPUT for the field named. */
enum err words_join(struct ctx *ctx, const char *field, const struct value *value, size_t max,
		    const char **out) ERR_CHECKED;
/* As an array of texts. */
void words_put(struct ctx *ctx, struct json *json, const char *name, const char *words);

#endif
