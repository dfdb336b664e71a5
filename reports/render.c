/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/arena.h"
#include "base/html.h"
#include "reports/csv.h"
#include "reports/report.h"

static enum err render_json(struct ctx *ctx, const struct report *report,
			    const struct report_view *view, const struct report_rows *rows,
			    struct buf *out)
{
	struct json json;
	(void)ctx;
	json_init(&json, out);
	json_object(&json, NULL);
	json_time(&json, "from", view->query.from);
	json_time(&json, "to", view->query.to);
	json_text(&json, "timezone", view->timezone);
	json_time(&json, "generated_at", view->generated_at);
	json_array(&json, "rows");
	for (size_t i = 0; i < rows->count; i++)
		report->json(&json, rows->row[i]);
	json_end_array(&json);
	json_end_object(&json);
	return ERR_OK;
}

static enum err render_csv(struct ctx *ctx, const struct report *report,
			   const struct report_view *view, const struct report_rows *rows,
			   struct buf *out)
{
	csv_begin(out, view->byte_order_mark);
	for (const struct report_column *c = report->columns; c->ja != NULL; c++)
		csv_field(out, c == report->columns, view->japanese ? c->ja : c->en);
	csv_end_line(out);
	for (size_t i = 0; i < rows->count; i++) {
		for (const struct report_column *c = report->columns; c->ja != NULL; c++)
			csv_field(out, c == report->columns, c->text(ctx, view, rows->row[i]));
		csv_end_line(out);
	}
	return ERR_OK;
}

static void html_pair(struct buf *out, const char *name, const char *value)
{
	buf_put_text(out, "<div><dt>");
	html_lines(out, name);
	buf_put_text(out, "</dt><dd>");
	html_lines(out, value);
	buf_put_text(out, "</dd></div>\n");
}

static void html_head(struct ctx *ctx, const struct report *report, const struct report_view *view,
		      size_t count, struct buf *out)
{
	bool ja = view->japanese;
	const char *title = ja ? report->ja : report->en;
	buf_printf(out,
		   "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
		   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		   "<title>",
		   ja ? "ja" : "en");
	html_lines(out, title);
	buf_put_text(out, "</title>\n<link rel=\"stylesheet\" href=\"/report.css\">\n</head>\n"
			  "<body class=\"report\">\n<header>\n<h1>");
	html_lines(out, title);
	buf_put_text(out, "</h1>\n<dl class=\"facts\">\n");
	html_pair(out, ja ? "対象期間" : "Period",
		  arena_printf(ctx->arena, ja ? "%s から %s まで" : "%s to %s",
			       report_time(ctx, view, view->query.from),
			       report_time(ctx, view, view->query.to)));
	html_pair(out, ja ? "タイムゾーン" : "Time zone", view->timezone);
	html_pair(out, ja ? "作成日時" : "Made at", report_time(ctx, view, view->generated_at));
	html_pair(out, ja ? "作成者" : "Made by", view->generated_by);
	html_pair(out, ja ? "件数" : "Rows", arena_printf(ctx->arena, "%zu", count));
	buf_put_text(out, "</dl>\n</header>\n<main>\n");
}

static void html_row(struct ctx *ctx, const struct report *report, const struct report_view *view,
		     const void *row, struct buf *out)
{
	buf_put_text(out, "<tr>");
	for (const struct report_column *c = report->columns; c->ja != NULL; c++) {
		buf_put_text(out, "<td>");
		html_lines(out, c->text(ctx, view, row));
		buf_put_text(out, "</td>");
	}
	buf_put_text(out, "</tr>\n");
}

static enum err render_html(struct ctx *ctx, const struct report *report,
			    const struct report_view *view, const struct report_rows *rows,
			    struct buf *out)
{
	html_head(ctx, report, view, rows->count, out);
	if (rows->count == 0) {
		buf_printf(out, "<p class=\"empty\">%s</p>\n",
			   view->japanese ? "該当する利用はありません。"
					  : "Nothing was used in this period.");
	} else {
		buf_put_text(out, "<table>\n<thead><tr>");
		for (const struct report_column *c = report->columns; c->ja != NULL; c++) {
			buf_put_text(out, "<th scope=\"col\">");
			html_lines(out, view->japanese ? c->ja : c->en);
			buf_put_text(out, "</th>");
		}
		buf_put_text(out, "</tr></thead>\n<tbody>\n");
		for (size_t i = 0; i < rows->count; i++)
			html_row(ctx, report, view, rows->row[i], out);
		buf_put_text(out, "</tbody>\n</table>\n");
	}
	buf_put_text(out, "</main>\n</body>\n</html>\n");
	return ERR_OK;
}

static const struct report_renderer renderers[] = {
	{"json", "application/json", NULL, render_json},
	{"html", "text/html; charset=utf-8", NULL, render_html},
	{"csv", "text/csv; charset=utf-8", "csv", render_csv},
	{NULL, NULL, NULL, NULL},
};

const struct report_renderer *report_renderers(void)
{
	return renderers;
}
