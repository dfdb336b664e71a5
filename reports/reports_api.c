/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/reports_api.h"

#include "rbac/op_row.h"

#define FIELD_END                                     \
	{                                             \
		NULL, FIELD_TEXT, 0, 0, 0, NULL, NULL \
	}

/* The order of report_renderers(). */
static const char *const formats[] = {"json", "html", "csv", NULL};

static const struct field no_fields[] = {FIELD_END};
static const struct field use_fields[] = {
	[RU_FROM] = {"from", FIELD_TIME, FIELD_QUERY | FIELD_REQUIRED, 0, 0, NULL, NULL},
	[RU_TO] = {"to", FIELD_TIME, FIELD_QUERY | FIELD_REQUIRED, 0, 0, NULL, NULL},
	[RU_TIMEZONE] = {"timezone", FIELD_TEXT, FIELD_QUERY, 1, 64, NULL, NULL},
	[RU_FORMAT] = {"format", FIELD_CHOICE, FIELD_QUERY, 0, 0, formats, NULL},
	[RU_BOM] = {"bom", FIELD_BOOL, FIELD_QUERY, 0, 1, NULL, NULL},
	[RU_USER] = {"user_id", FIELD_UUID, FIELD_QUERY, 0, 0, NULL, NULL},
	[RU_TARGET] = {"target_id", FIELD_UUID, FIELD_QUERY, 0, 0, NULL, NULL},
	FIELD_END};

static const struct op rows[] = {
	OP_ROW("reports.list", "GET", "/api/v1/reports", OP_AUTH_SESSION, PERM_REPORT_VIEW,
	       EVENT_NONE, OP_READ, OP_BODY_NONE, 0, 0, no_fields, NULL),
	OP_ROW("reports.use", "GET", "/api/v1/reports/privileged-use", OP_AUTH_SESSION,
	       PERM_REPORT_VIEW, EVENT_REPORT_MADE, OP_READ_AUDITED, OP_BODY_NONE, OP_FLAG_SLOW, 0,
	       use_fields, NULL),
	OP_END,
};

const struct op *reports_ops(void)
{
	return rows;
}
