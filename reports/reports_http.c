/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/sys.h"
#include "rbac/principal.h"
#include "reports/privileged_use.h"
#include "reports/reports_api.h"

static enum err reports_list(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct json *json = reply->json;
	(void)ctx;
	(void)in;
	json_object(json, NULL);
	json_array(json, "items");
	for (const struct report *const *report = report_table(); *report != NULL; report++) {
		json_object(json, NULL);
		json_text(json, "id", (*report)->id);
		json_array(json, "formats");
		for (const struct report_renderer *r = report_renderers(); r->name != NULL; r++)
			json_text(json, NULL, r->name);
		json_end_array(json);
		json_end_object(json);
	}
	json_end_array(json);
	json_end_object(json);
	return ERR_OK;
}

static enum err read_view(struct ctx *ctx, const struct in *in, struct report_view *out)
{
	*out = (struct report_view){
		.query = {in_number(in, RU_FROM, 0), in_number(in, RU_TO, 0), in_id(in, RU_USER),
			  in_id(in, RU_TARGET)},
		.timezone = in_text(in, RU_TIMEZONE, ctx->principal->timezone),
		.japanese = strcmp(ctx->principal->language, "ja") == 0,
		.byte_order_mark = in_number(in, RU_BOM, false) != 0,
		.generated_at = sys_real_us(),
		.generated_by = ctx->principal->display_name,
	};
	if (out->query.from >= out->query.to)
		return err_field(ctx, "to", "report.empty_period",
				 "The end of the period must come after its beginning.");
	out->zone = zone_find(out->timezone);
	if (out->zone == NULL)
		return err_field(ctx, "timezone", "timezone.unknown",
				 "This is not the name of a time zone, like Asia/Tokyo.");
	return ERR_OK;
}

/* "privileged-use_20261101_20261201.csv", dates of the period in the report's zone. */
static const char *file_name(struct ctx *ctx, const struct report *report,
			     const struct report_view *view, const char *file_end)
{
	struct zone_time from, to;
	zone_convert(view->zone, view->query.from, &from);
	zone_convert(view->zone, view->query.to, &to);
	return arena_printf(ctx->arena, "%s_%04d%02d%02d_%04d%02d%02d.%s", report->id, from.year,
			    from.month, from.day, to.year, to.month, to.day, file_end);
}

static enum err reports_use(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	const struct report *report = &report_privileged_use;
	const struct report_renderer *renderer = &report_renderers()[in_number(in, RU_FORMAT, 0)];
	struct report_view view;
	struct report_rows rows;
	enum err err = read_view(ctx, in, &view);
	if (err == ERR_OK)
		err = report->load(ctx, &view.query, &rows);
	if (err == ERR_OK)
		err = renderer->render(ctx, report, &view, &rows, reply->body);
	if (err != ERR_OK)
		return err;
	reply->content_type = renderer->media_type;
	if (renderer->file_end != NULL)
		reply->file_name = file_name(ctx, report, &view, renderer->file_end);
	return arena_failed(ctx->arena)
		       ? err_reason(ctx, ERR_TOO_LARGE, "report.too_large",
				    "The report is too large; ask for a shorter period.")
		       : ERR_OK;
}

static const struct op_read rows_of_reads[] = {
	{"reports.list", reports_list},
	{"reports.use", reports_use},
	{NULL, NULL},
};

const struct op_read *reports_reads(void)
{
	return rows_of_reads;
}
