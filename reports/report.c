/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/report.h"

#include "base/arena.h"
#include "reports/privileged_use.h"

/* A new report: its file and its row here. */
static const struct report *const table[] = {&report_privileged_use, NULL};

const struct report *const *report_table(void)
{
	return table;
}

const char *report_time(struct ctx *ctx, const struct report_view *view, int64_t real_us)
{
	if (real_us == 0)
		return NULL;
	char *text = arena_alloc(ctx->arena, ZONE_TEXT_SIZE);
	if (text != NULL)
		zone_format(view->zone, real_us, text);
	return text;
}
