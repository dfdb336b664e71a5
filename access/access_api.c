/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "access/access_api.h"

#include "rbac/op_row.h"
#include "rbac/page.h"

#define FIELD_ID                                                                \
	{                                                                       \
		"id", FIELD_UUID, FIELD_REQUIRED | FIELD_PATH, 0, 0, NULL, NULL \
	}
#define FIELD_END                                     \
	{                                             \
		NULL, FIELD_TEXT, 0, 0, 0, NULL, NULL \
	}
#define JSON_MAX (64 * 1024)

static const char *const kinds[] = {"linux_ssh", NULL};
static const char *const scopes[] = {"mine", "approvals", "all", NULL};
/* enum request_state, in order */
static const char *const states[] = {"pending", "approved", "rejected", "withdrawn",
				     "expired", "finished", NULL};

static const struct field id_fields[] = {FIELD_ID, FIELD_END};
static const struct field workflow_list_fields[] = {[WL_Q] = FIELD_SEARCH,
						    [WL_LIMIT] = FIELD_LIMIT,
						    [WL_CURSOR] = FIELD_CURSOR,
						    [WL_ARCHIVED] = FIELD_ARCHIVED,
						    FIELD_END};
static const struct field stage_fields[] = {
	[STAGE_GROUP] = {"group_id", FIELD_UUID, FIELD_REQUIRED, 0, 0, NULL, NULL},
	[STAGE_NEEDED] = {"needed", FIELD_INT, FIELD_REQUIRED, 0, 100, NULL, NULL},
	FIELD_END};
#define WORKFLOW_FIELDS(flag)                                                        \
	[W_NAME] = {"name", FIELD_TEXT, (flag), 1, 128, NULL, NULL},                 \
	[W_DESCRIPTION] = {"description", FIELD_NOTE, 0, 0, 1000, NULL, NULL},       \
	[W_SELF_APPROVAL] = {"self_approval", FIELD_BOOL, 0, 0, 1, NULL, NULL},      \
	[W_TICKET_REQUIRED] = {"ticket_required", FIELD_BOOL, 0, 0, 1, NULL, NULL},  \
	[W_MAX_MINUTES] = {"max_minutes", FIELD_INT, 0, 1, MINUTES_MAX, NULL, NULL}, \
	[W_MAX_AHEAD_DAYS] = {"max_ahead_days", FIELD_INT, 0, 0, 365, NULL, NULL},   \
	[W_STAGES] = {"stages", FIELD_ROWS, (flag), 0, 8, NULL, stage_fields}
static const struct field workflow_create_fields[] = {WORKFLOW_FIELDS(FIELD_REQUIRED), FIELD_END};
static const struct field workflow_update_fields[] = {WORKFLOW_FIELDS(0), [W_ID] = FIELD_ID,
						      FIELD_END};
static const struct field my_targets_fields[] = {
	[MT_Q] = FIELD_SEARCH,
	[MT_LIMIT] = FIELD_LIMIT,
	[MT_CURSOR] = FIELD_CURSOR,
	[MT_KIND] = {"kind", FIELD_CHOICE, FIELD_QUERY, 0, 0, kinds, NULL},
	[MT_GROUP] = {"group_id", FIELD_UUID, FIELD_QUERY, 0, 0, NULL, NULL},
	FIELD_END};
static const struct field my_leases_fields[] = {
	[ML_LIMIT] = FIELD_LIMIT, [ML_CURSOR] = FIELD_CURSOR, FIELD_END};
static const struct field request_create_fields[] = {
	[RC_ACCOUNTS] = {"account_ids", FIELD_UUIDS, FIELD_REQUIRED, 1, REQUEST_ACCOUNTS_MAX, NULL,
			 NULL},
	[RC_PURPOSE] = {"purpose", FIELD_NOTE, FIELD_REQUIRED, 1, 1000, NULL, NULL},
	[RC_TICKET] = {"ticket", FIELD_TEXT, 0, 0, 64, NULL, NULL},
	[RC_STARTS_AT] = {"starts_at", FIELD_TIME, 0, 0, 0, NULL, NULL},
	[RC_MINUTES] = {"minutes", FIELD_INT, FIELD_REQUIRED, 1, MINUTES_MAX, NULL, NULL},
	FIELD_END};
static const struct field request_list_fields[] = {
	[RL_Q] = FIELD_SEARCH,
	[RL_LIMIT] = FIELD_LIMIT,
	[RL_CURSOR] = FIELD_CURSOR,
	[RL_SCOPE] = {"scope", FIELD_CHOICE, FIELD_QUERY, 0, 0, scopes, NULL},
	[RL_STATE] = {"state", FIELD_CHOICE, FIELD_QUERY, 0, 0, states, NULL},
	FIELD_END};
static const struct field approve_fields[] = {
	[R_ID] = FIELD_ID, [R_TEXT] = {"comment", FIELD_NOTE, 0, 0, 1000, NULL, NULL}, FIELD_END};
static const struct field reject_fields[] = {
	[R_ID] = FIELD_ID,
	[R_TEXT] = {"comment", FIELD_NOTE, FIELD_REQUIRED, 1, 1000, NULL, NULL},
	FIELD_END};
static const struct field comment_fields[] = {
	[R_ID] = FIELD_ID,
	[R_TEXT] = {"text", FIELD_NOTE, FIELD_REQUIRED, 1, 1000, NULL, NULL},
	FIELD_END};
static const struct field revoke_fields[] = {
	[R_ID] = FIELD_ID,
	[R_TEXT] = {"reason", FIELD_TEXT, FIELD_REQUIRED, 1, 255, NULL, NULL},
	FIELD_END};

/* id, method, path, auth, permission, event, kind, body, flags, max_body, fields, then */
static const struct op rows[] = {
	OP_ROW("workflows.list", "GET", "/api/v1/workflows", OP_AUTH_SESSION, PERM_POLICY_VIEW,
	       EVENT_NONE, OP_READ, OP_BODY_NONE, 0, 0, workflow_list_fields, NULL),
	OP_ROW("workflows.get", "GET", "/api/v1/workflows/{id}", OP_AUTH_SESSION, PERM_POLICY_VIEW,
	       EVENT_NONE, OP_READ, OP_BODY_NONE, 0, 0, id_fields, NULL),
	OP_ROW("workflows.create", "POST", "/api/v1/workflows", OP_AUTH_SESSION, PERM_POLICY_MANAGE,
	       EVENT_WORKFLOW_CREATED, OP_WRITE, OP_BODY_JSON, OP_FLAG_IDEMPOTENT | OP_FLAG_CREATED,
	       JSON_MAX, workflow_create_fields, "workflows.get"),
	OP_ROW("workflows.update", "PATCH", "/api/v1/workflows/{id}", OP_AUTH_SESSION,
	       PERM_POLICY_MANAGE, EVENT_WORKFLOW_CHANGED, OP_WRITE, OP_BODY_JSON, OP_FLAG_IF_MATCH,
	       JSON_MAX, workflow_update_fields, "workflows.get"),
	OP_ROW("workflows.archive", "DELETE", "/api/v1/workflows/{id}", OP_AUTH_SESSION,
	       PERM_POLICY_MANAGE, EVENT_WORKFLOW_ARCHIVED, OP_WRITE, OP_BODY_NONE,
	       OP_FLAG_IF_MATCH, 0, id_fields, NULL),
	OP_ROW("my.targets", "GET", "/api/v1/my/targets", OP_AUTH_SESSION, PERM_TARGET_USE,
	       EVENT_NONE, OP_READ, OP_BODY_NONE, 0, 0, my_targets_fields, NULL),
	OP_ROW("my.leases", "GET", "/api/v1/my/leases", OP_AUTH_SESSION, PERM_TARGET_USE,
	       EVENT_NONE, OP_READ, OP_BODY_NONE, 0, 0, my_leases_fields, NULL),
	OP_ROW("requests.create", "POST", "/api/v1/requests", OP_AUTH_SESSION, PERM_TARGET_USE,
	       EVENT_REQUEST_CREATED, OP_WRITE, OP_BODY_JSON, OP_FLAG_IDEMPOTENT | OP_FLAG_CREATED,
	       JSON_MAX, request_create_fields, "requests.get"),
	/* What one may see of requests depends on the request: the handlers decide. */
	OP_ROW("requests.list", "GET", "/api/v1/requests", OP_AUTH_SESSION, PERM_NONE, EVENT_NONE,
	       OP_READ, OP_BODY_NONE, 0, 0, request_list_fields, NULL),
	OP_ROW("requests.get", "GET", "/api/v1/requests/{id}", OP_AUTH_SESSION, PERM_NONE,
	       EVENT_NONE, OP_READ, OP_BODY_NONE, 0, 0, id_fields, NULL),
	OP_ROW("requests.approve", "POST", "/api/v1/requests/{id}/approve", OP_AUTH_SESSION,
	       PERM_REQUEST_APPROVE, EVENT_REQUEST_APPROVED, OP_WRITE, OP_BODY_JSON, 0, JSON_MAX,
	       approve_fields, "requests.get"),
	OP_ROW("requests.reject", "POST", "/api/v1/requests/{id}/reject", OP_AUTH_SESSION,
	       PERM_REQUEST_APPROVE, EVENT_REQUEST_REJECTED, OP_WRITE, OP_BODY_JSON, 0, JSON_MAX,
	       reject_fields, "requests.get"),
	OP_ROW("requests.withdraw", "POST", "/api/v1/requests/{id}/withdraw", OP_AUTH_SESSION,
	       PERM_NONE, EVENT_REQUEST_WITHDRAWN, OP_WRITE, OP_BODY_NONE, 0, 0, id_fields,
	       "requests.get"),
	OP_ROW("requests.comment", "POST", "/api/v1/requests/{id}/comment", OP_AUTH_SESSION,
	       PERM_NONE, EVENT_REQUEST_COMMENTED, OP_WRITE, OP_BODY_JSON, 0, JSON_MAX,
	       comment_fields, "requests.get"),
	OP_ROW("leases.return", "POST", "/api/v1/leases/{id}/return", OP_AUTH_SESSION, PERM_NONE,
	       EVENT_LEASE_RETURNED, OP_WRITE, OP_BODY_NONE, 0, 0, id_fields, NULL),
	OP_ROW("leases.revoke", "POST", "/api/v1/leases/{id}/revoke", OP_AUTH_SESSION,
	       PERM_SESSION_TERMINATE, EVENT_LEASE_REVOKED, OP_WRITE, OP_BODY_JSON, 0, JSON_MAX,
	       revoke_fields, NULL),
	OP_END,
};

const struct op *access_ops(void)
{
	return rows;
}
