/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sessions/sessions_api.h"

#include "rbac/page.h"

#define FIELD_END            \
	{                    \
		.name = NULL \
	}
#define JSON_MAX (4 * 1024)

const char *const session_states[] = {"waiting", "connecting", "live", "ended",
				      "failed",	 "broken",     NULL};
static const char *const scopes[] = {"mine", "all", NULL};

static const struct field create_fields[] = {
	[SESSION_LEASE] = {.name = "lease_id", .type = FIELD_UUID, .flags = FIELD_REQUIRED},
	FIELD_END};
static const struct field id_fields[] = {
	[SESSION_ID] = {.name = "id", .type = FIELD_UUID, .flags = FIELD_REQUIRED | FIELD_PATH},
	FIELD_END};
static const struct field terminate_fields[] = {
	[SESSION_ID] = {.name = "id", .type = FIELD_UUID, .flags = FIELD_REQUIRED | FIELD_PATH},
	[SESSION_REASON] = {.name = "reason",
			    .type = FIELD_TEXT,
			    .flags = FIELD_REQUIRED,
			    .min = 1,
			    .max = 255},
	FIELD_END};
static const struct field list_fields[] = {
	[SESSIONS_Q] = FIELD_SEARCH,
	[SESSIONS_LIMIT] = FIELD_LIMIT,
	[SESSIONS_CURSOR] = FIELD_CURSOR,
	[SESSIONS_SCOPE] = {.name = "scope",
			    .type = FIELD_CHOICE,
			    .flags = FIELD_QUERY,
			    .choices = scopes},
	[SESSIONS_STATE] = {.name = "state",
			    .type = FIELD_CHOICE,
			    .flags = FIELD_QUERY,
			    .choices = session_states},
	[SESSIONS_FROM] = {.name = "from", .type = FIELD_TIME, .flags = FIELD_QUERY},
	[SESSIONS_TO] = {.name = "to", .type = FIELD_TIME, .flags = FIELD_QUERY},
	FIELD_END};
static const struct field recording_fields[] = {
	[RECORDING_SESSION] = {.name = "session_id",
			       .type = FIELD_UUID,
			       .flags = FIELD_REQUIRED | FIELD_PATH},
	FIELD_END};
static const struct field events_fields[] = {
	[RECORDING_SESSION] = {.name = "session_id",
			       .type = FIELD_UUID,
			       .flags = FIELD_REQUIRED | FIELD_PATH},
	[RECORDING_FIRST] = {.name = "first",
			     .type = FIELD_INT,
			     .flags = FIELD_QUERY,
			     .min = 0,
			     .max = 1000000000},
	[RECORDING_COUNT] =
		{.name = "count", .type = FIELD_INT, .flags = FIELD_QUERY, .min = 1, .max = 10000},
	FIELD_END};

/* Reading a recording opens its key: each time is recorded first. */
#define RECORDING_READ(id_, path_, event_, fields_, media_)                                     \
	{                                                                                       \
		.id = (id_), .method = "GET", .path = "/api/v1/recordings/{session_id}/" path_, \
		.auth = OP_AUTH_SESSION, .permission = PERM_RECORDING_VIEW, .event = (event_),  \
		.kind = OP_READ_AUDITED, .flags = OP_FLAG_SLOW, .fields = (fields_),            \
		.media_type = (media_)                                                          \
	}

static const struct op rows[] = {
	{.id = "sessions.create",
	 .method = "POST",
	 .path = "/api/v1/sessions",
	 .auth = OP_AUTH_SESSION,
	 .permission = PERM_TARGET_USE,
	 .event = EVENT_SESSION_REQUESTED,
	 .kind = OP_WRITE,
	 .body = OP_BODY_JSON,
	 .flags = OP_FLAG_IDEMPOTENT | OP_FLAG_CREATED,
	 .max_body = JSON_MAX,
	 .fields = create_fields,
	 .then = "sessions.get"},
	{.id = "sessions.terminal",
	 .method = "GET",
	 .path = "/api/v1/sessions/{id}/terminal",
	 .auth = OP_AUTH_SESSION,
	 .permission = PERM_TARGET_USE,
	 .event = EVENT_SESSION_ATTACHED,
	 .kind = OP_UPGRADE,
	 .fields = id_fields},
	/* Own sessions are everybody's to see and to end; the handlers look at the rest. */
	{.id = "sessions.list",
	 .method = "GET",
	 .path = "/api/v1/sessions",
	 .auth = OP_AUTH_SESSION,
	 .kind = OP_READ,
	 .fields = list_fields},
	{.id = "sessions.get",
	 .method = "GET",
	 .path = "/api/v1/sessions/{id}",
	 .auth = OP_AUTH_SESSION,
	 .kind = OP_READ,
	 .fields = id_fields},
	{.id = "sessions.terminate",
	 .method = "POST",
	 .path = "/api/v1/sessions/{id}/terminate",
	 .auth = OP_AUTH_SESSION,
	 .event = EVENT_SESSION_TERMINATED,
	 .kind = OP_WRITE,
	 .body = OP_BODY_JSON,
	 .max_body = JSON_MAX,
	 .fields = terminate_fields},
	{.id = "sessions.keep",
	 .method = "POST",
	 .path = "/api/v1/sessions/{id}/keep",
	 .auth = OP_AUTH_FRESH,
	 .permission = PERM_TARGET_USE,
	 .event = EVENT_SESSION_KEPT,
	 .kind = OP_WRITE,
	 .fields = id_fields},
	{.id = "recordings.view",
	 .method = "POST",
	 .path = "/api/v1/recordings/{session_id}/views",
	 .auth = OP_AUTH_SESSION,
	 .permission = PERM_RECORDING_VIEW,
	 .event = EVENT_RECORDING_VIEWED,
	 .kind = OP_WRITE,
	 .fields = recording_fields},
	RECORDING_READ("recordings.index", "index", EVENT_RECORDING_VIEWED, recording_fields,
		       "application/json"),
	RECORDING_READ("recordings.events", "events", EVENT_RECORDING_VIEWED, events_fields,
		       "application/x-ndjson"),
	RECORDING_READ("recordings.integrity", "integrity", EVENT_RECORDING_VIEWED,
		       recording_fields, "application/json"),
	RECORDING_READ("recordings.cast", "cast", EVENT_RECORDING_EXPORTED, recording_fields,
		       "application/x-asciicast"),
	RECORDING_READ("recordings.raw", "raw", EVENT_RECORDING_EXPORTED, recording_fields,
		       "application/octet-stream"),
	{.id = NULL},
};

const struct op *sessions_ops(void)
{
	return rows;
}
