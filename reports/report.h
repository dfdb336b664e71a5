/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef REPORTS_REPORT_H
#define REPORTS_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/ctx.h"
#include "base/json.h"
#include "base/uuid.h"
#include "reports/zone.h"

/*
 * A report: its columns, how its rows are loaded, how one row is JSON. Renderers work on columns
 * and know no report; adding a report is one file and one row of the table in report.c, adding a
 * format is one function and one row of the table in render.c.
 */
struct report_query {
	int64_t from, to;			/* the period; to is outside */
	const struct uuid *user_id, *target_id; /* NULL: all */
};

/* How it is shown. */
struct report_view {
	struct report_query query;
	const struct zone *zone;
	const char *timezone;
	bool japanese;
	bool byte_order_mark; /* CSV */
	int64_t generated_at;
	const char *generated_by;
};

struct report_column {
	const char *ja, *en;
	/* Text of the row's field in the context's arena or static; NULL: empty. */
	const char *(*text)(struct ctx *ctx, const struct report_view *view, const void *row);
};

struct report_rows {
	const void **row;
	size_t count;
};

struct report {
	const char *id;
	const char *ja, *en;
	const struct report_column *columns; /* ended by ja NULL */
	enum err (*load)(struct ctx *ctx, const struct report_query *query,
			 struct report_rows *out);
	void (*json)(struct json *json, const void *row);
};

/* All reports, ended by NULL. */
const struct report *const *report_table(void);

/* A renderer writes the whole answer. */
struct report_renderer {
	const char *name; /* value of `format` */
	const char *media_type;
	const char *file_end; /* NULL: shown in the browser, else saved as a file */
	enum err (*render)(struct ctx *ctx, const struct report *report,
			   const struct report_view *view, const struct report_rows *rows,
			   struct buf *out);
};
/* By the order of `format` choices: json, html, csv. Ended by name NULL. */
const struct report_renderer *report_renderers(void);

/* Arena text of a moment in the view's zone; NULL for 0. */
const char *report_time(struct ctx *ctx, const struct report_view *view, int64_t real_us);

#endif
