/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_CONF_INNER_H
#define BASE_CONF_INNER_H

#include <stddef.h>
#include <stdint.h>

#include "base/conf.h"

/* The table of settings, shared by the parser (conf_file.c) and the hand-over (conf.c). */
enum conf_type {
	CONF_TEXT,   /* const char * */
	CONF_INT,    /* int64_t */
	CONF_BOOL,   /* bool */
	CONF_CHOICE, /* int64_t: index into choices */
	CONF_LIST,   /* const char *const *, NULL-ended */
};

enum { CONF_ROWS_MAX = 64, CONF_LIST_MAX = 32, CONF_TEXT_MAX = 1024 };

struct conf_row {
	const char *name; /* NULL ends the table */
	enum conf_type type;
	size_t offset;
	const char *fallback; /* default as written in a file; lists: "" */
	int64_t min, max;     /* numbers; length of texts */
	const char *const *choices;
	const char *help;
};
extern const struct conf_row conf_rows[];

struct conf_text {
	const char *data;
	size_t len;
};

/* A struct conf whose texts live in its own memory; setters copy. NULL when memory is short. */
struct conf *conf_new(void);
bool conf_set_text(struct conf *conf, const struct conf_row *row, const char *text, size_t len);
void conf_set_number(struct conf *conf, const struct conf_row *row, int64_t value);
bool conf_set_list(struct conf *conf, const struct conf_row *row, const struct conf_text *items,
		   size_t count);

#endif
