/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/audit_api.h"

#include "rbac/page.h"

static const char *const logs[] = {"operation", "auth", NULL};
static const char *const outcomes[] = {"ok", "refused", "failed", NULL};
static const char *const event_names[] = {
#define E(constant, name, log) name,
	AUDIT_EVENTS(E)
#undef E
		NULL};

const char *audit_event_choice(int64_t index)
{
	return index >= 0 && index < EVENT__COUNT - 1 ? event_names[index] : NULL;
}

const char *audit_outcome_choice(int64_t index)
{
	return index >= 0 && index < 3 ? outcomes[index] : NULL;
}

static const struct field list_fields[] = {
	[AL_LIMIT] = FIELD_LIMIT,
	[AL_CURSOR] = FIELD_CURSOR,
	[AL_Q] = FIELD_SEARCH,
	[AL_LOG] = {"log", FIELD_CHOICE, FIELD_QUERY, 0, 0, logs, NULL},
	[AL_EVENT] = {"event", FIELD_CHOICE, FIELD_QUERY, 0, 0, event_names, NULL},
	[AL_OUTCOME] = {"outcome", FIELD_CHOICE, FIELD_QUERY, 0, 0, outcomes, NULL},
	[AL_ACTOR] = {"actor", FIELD_TEXT, FIELD_QUERY, 1, 64, NULL, NULL},
	[AL_OBJECT] = {"object", FIELD_UUID, FIELD_QUERY, 0, 0, NULL, NULL},
	[AL_FROM] = {"from", FIELD_TIME, FIELD_QUERY, 0, INT64_MAX, NULL, NULL},
	[AL_TO] = {"to", FIELD_TIME, FIELD_QUERY, 0, INT64_MAX, NULL, NULL},
	{.name = NULL}};
static const struct field export_fields[] = {
	[AE_FROM] = {"from", FIELD_TIME, FIELD_QUERY, 0, INT64_MAX, NULL, NULL},
	[AE_TO] = {"to", FIELD_TIME, FIELD_QUERY, 0, INT64_MAX, NULL, NULL},
	{.name = NULL}};
static const struct field id_fields[] = {
	{"id", FIELD_UUID, FIELD_PATH | FIELD_REQUIRED, 0, 0, NULL, NULL}, {.name = NULL}};
static const struct field no_fields[] = {{.name = NULL}};

static const struct op ops[] = {
	{.id = "audit.list",
	 .method = "GET",
	 .path = "/api/v1/audit",
	 .auth = OP_AUTH_SESSION,
	 .permission = PERM_AUDIT_VIEW,
	 .kind = OP_READ,
	 .fields = list_fields},
	{.id = "audit.proof",
	 .method = "GET",
	 .path = "/api/v1/audit/{id}/proof",
	 .auth = OP_AUTH_SESSION,
	 .permission = PERM_AUDIT_VIEW,
	 .kind = OP_READ,
	 .fields = id_fields},
	{.id = "audit.state",
	 .method = "GET",
	 .path = "/api/v1/audit/state",
	 .auth = OP_AUTH_SESSION,
	 .permission = PERM_AUDIT_VIEW,
	 .kind = OP_READ,
	 .fields = no_fields},
	{.id = "audit.export",
	 .method = "GET",
	 .path = "/api/v1/audit/export",
	 .auth = OP_AUTH_SESSION,
	 .permission = PERM_AUDIT_EXPORT,
	 .event = EVENT_AUDIT_EXPORTED,
	 .kind = OP_READ_AUDITED,
	 .flags = OP_FLAG_SLOW,
	 .fields = export_fields},
	{.id = NULL},
};

const struct op *audit_ops(void)
{
	return ops;
}
