/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_FIELD_H
#define BASE_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/ctx.h"
#include "base/uuid.h"

/*
 * The input field table of an operation: what a request body or query may hold, each with its
 * bounds. Web parses JSON / query / form against it (unknown names are refused), authority decodes
 * the same values from the message and checks every bound again.
 */
enum field_type {
	FIELD_TEXT, /* UTF-8, min..max code points, one line, no control characters */
	FIELD_NOTE, /* the same, several lines */
	FIELD_NAME, /* 1..max of [a-z0-9._-], starting with a letter or digit: logins, codes */
	FIELD_INT,  /* min..max */
	FIELD_BOOL,
	FIELD_TIME, /* RFC 3339 text; microseconds since 1970 */
	FIELD_UUID,
	FIELD_CHOICE, /* one of choices[]; value is the index */
	FIELD_UUIDS,  /* JSON array, min..max members, no duplicates */
	FIELD_TEXTS,  /* JSON array, min..max members of 1..255 code points */
	FIELD_ROWS,   /* JSON array of objects described by sub[], min..max members */
	FIELD_TOKEN,  /* base64url text, min..max characters: one-time tokens (treated as sensitive:
			 never echoed) */
};

enum field_flag {
	FIELD_REQUIRED = 1,
	FIELD_NULLABLE = 2, /* JSON null is allowed and means "clear" */
	FIELD_QUERY = 4,    /* comes from the query string (reads) */
	FIELD_PATH = 8,	    /* comes from the {name} part of the path */
};

struct field {
	const char *name;
	enum field_type type;
	unsigned flags;
	int64_t min, max;
	const char *const *choices; /* NULL-ended */
	const struct field *sub;    /* FIELD_ROWS; ended by name NULL */
};

struct value {
	bool set;
	bool null;
	int64_t number;	  /* INT, BOOL, TIME, CHOICE; count of list types */
	const char *text; /* NUL-terminated; TEXT, NOTE, NAME, TOKEN */
	struct uuid id;
	const struct uuid *ids;	   /* UUIDS */
	const char *const *texts;  /* TEXTS */
	struct value *const *rows; /* ROWS: rows[i][j], j in the order of sub[] */
};

enum { FIELDS_MAX = 40 };

/* Number of fields of a table ended by name NULL. */
size_t fields_count(const struct field *fields);
/* Checks one textual value (query, path, form) against its field and fills *out (copies into the
 * arena). ERR_INPUT with field and reason set. */
enum err field_from_text(struct ctx *ctx, const struct field *field, const char *text,
			 struct value *out) ERR_CHECKED;
/* Bounds of an already typed value; used by the JSON reader and by the message decoder alike. */
enum err field_check(struct ctx *ctx, const struct field *field,
		     const struct value *value) ERR_CHECKED;
/* Message form of values[0..count): authority's half decodes, checks every bound and that required
 * ones are there. */
void fields_put(struct buf *out, const struct field *fields, const struct value *values);
enum err fields_get(struct ctx *ctx, const struct field *fields, struct rd *rd,
		    struct value *values) ERR_CHECKED;

#endif
