/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rbac/rbac_api.h"

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

static const char *const effects[] = {"allow", "deny", NULL};

static const struct field list_fields[] = {[LIST_Q] = FIELD_SEARCH,
					   [LIST_LIMIT] = FIELD_LIMIT,
					   [LIST_CURSOR] = FIELD_CURSOR,
					   [LIST_ARCHIVED] = FIELD_ARCHIVED,
					   FIELD_END};
static const struct field rule_list_fields[] = {
	[LIST_Q] = FIELD_SEARCH,
	[LIST_LIMIT] = FIELD_LIMIT,
	[LIST_CURSOR] = FIELD_CURSOR,
	[LIST_ARCHIVED] = FIELD_ARCHIVED,
	[LIST_EFFECT] = {"effect", FIELD_CHOICE, FIELD_QUERY, 0, 0, effects, NULL},
	FIELD_END};
static const struct field id_fields[] = {FIELD_ID, FIELD_END};
static const struct field group_create_fields[] = {
	[GROUP_NAME] = {"name", FIELD_TEXT, FIELD_REQUIRED, 1, 128, NULL, NULL},
	[GROUP_DESCRIPTION] = {"description", FIELD_NOTE, 0, 0, 1000, NULL, NULL},
	[GROUP_PARENT] = {"parent_id", FIELD_UUID, FIELD_NULLABLE, 0, 0, NULL, NULL},
	FIELD_END};
static const struct field group_update_fields[] = {
	[GROUP_NAME] = {"name", FIELD_TEXT, 0, 1, 128, NULL, NULL},
	[GROUP_DESCRIPTION] = {"description", FIELD_NOTE, 0, 0, 1000, NULL, NULL},
	[GROUP_PARENT] = {"parent_id", FIELD_UUID, FIELD_NULLABLE, 0, 0, NULL, NULL},
	[GROUP_ID] = FIELD_ID,
	FIELD_END};
static const struct field members_fields[] = {
	[MEMBERS_ID] = FIELD_ID,
	[MEMBERS_USERS] = {"user_ids", FIELD_UUIDS, FIELD_REQUIRED, 0, 1000, NULL, NULL},
	FIELD_END};
static const struct field roles_fields[] = {
	[ROLES_ID] = FIELD_ID,
	[ROLES_ROLES] = {"roles", FIELD_TEXTS, FIELD_REQUIRED, 0, 5, NULL, NULL},
	FIELD_END};
static const struct field no_fields[] = {FIELD_END};

#define RULE_FIELDS(required, effect_required)                                                     \
	[RULE_F_NAME] = {"name", FIELD_TEXT, (required), 1, 128, NULL, NULL},                      \
	[RULE_F_EFFECT] = {"effect", FIELD_CHOICE, (effect_required), 0, 0, effects, NULL},        \
	[RULE_F_USER] = {"user_id", FIELD_UUID, FIELD_NULLABLE, 0, 0, NULL, NULL},                 \
	[RULE_F_USER_GROUP] = {"user_group_id", FIELD_UUID, FIELD_NULLABLE, 0, 0, NULL, NULL},     \
	[RULE_F_TARGET] = {"target_id", FIELD_UUID, FIELD_NULLABLE, 0, 0, NULL, NULL},             \
	[RULE_F_TARGET_GROUP] = {"target_group_id", FIELD_UUID, FIELD_NULLABLE, 0, 0, NULL, NULL}, \
	[RULE_F_PATTERN] = {"account_pattern", FIELD_TEXT, 0, 1, 64, NULL, NULL},                  \
	[RULE_F_WORKFLOW] = {"workflow_id", FIELD_UUID, FIELD_NULLABLE, 0, 0, NULL, NULL}

static const struct field rule_create_fields[] = {RULE_FIELDS(FIELD_REQUIRED, FIELD_REQUIRED),
						  FIELD_END};
static const struct field rule_update_fields[] = {RULE_FIELDS(0, 0), [RULE_F_ID] = FIELD_ID,
						  FIELD_END};
static const struct field explain_fields[] = {
	[EXPLAIN_USER] = {"user_id", FIELD_UUID, FIELD_QUERY, 0, 0, NULL, NULL},
	[EXPLAIN_ACCOUNT] = {"account_id", FIELD_UUID, FIELD_QUERY | FIELD_REQUIRED, 0, 0, NULL,
			     NULL},
	FIELD_END};

/* id, method, path, auth, permission, event, kind, body, flags, max_body, fields, then */
static const struct op rows[] = {
	OP_ROW("groups.list", "GET", "/api/v1/groups", OP_AUTH_SESSION, PERM_USER_VIEW, EVENT_NONE,
	       OP_READ, OP_BODY_NONE, 0, 0, list_fields, NULL),
	OP_ROW("groups.get", "GET", "/api/v1/groups/{id}", OP_AUTH_SESSION, PERM_USER_VIEW,
	       EVENT_NONE, OP_READ, OP_BODY_NONE, 0, 0, id_fields, NULL),
	OP_ROW("groups.create", "POST", "/api/v1/groups", OP_AUTH_SESSION, PERM_USER_MANAGE,
	       EVENT_GROUP_CREATED, OP_WRITE, OP_BODY_JSON, OP_FLAG_IDEMPOTENT | OP_FLAG_CREATED,
	       JSON_MAX, group_create_fields, "groups.get"),
	OP_ROW("groups.update", "PATCH", "/api/v1/groups/{id}", OP_AUTH_SESSION, PERM_USER_MANAGE,
	       EVENT_GROUP_CHANGED, OP_WRITE, OP_BODY_JSON, OP_FLAG_IF_MATCH, JSON_MAX,
	       group_update_fields, "groups.get"),
	OP_ROW("groups.archive", "DELETE", "/api/v1/groups/{id}", OP_AUTH_SESSION, PERM_USER_MANAGE,
	       EVENT_GROUP_ARCHIVED, OP_WRITE, OP_BODY_NONE, OP_FLAG_IF_MATCH, 0, id_fields, NULL),
	OP_ROW("groups.members", "PUT", "/api/v1/groups/{id}/members", OP_AUTH_SESSION,
	       PERM_USER_MANAGE, EVENT_GROUP_CHANGED, OP_WRITE, OP_BODY_JSON, OP_FLAG_IF_MATCH,
	       JSON_MAX, members_fields, "groups.get"),
	OP_ROW("groups.roles", "PUT", "/api/v1/groups/{id}/roles", OP_AUTH_SESSION,
	       PERM_ROLE_MANAGE, EVENT_ROLE_CHANGED, OP_WRITE, OP_BODY_JSON, OP_FLAG_IF_MATCH,
	       JSON_MAX, roles_fields, "groups.get"),
	OP_ROW("users.roles", "PUT", "/api/v1/users/{id}/roles", OP_AUTH_SESSION, PERM_ROLE_MANAGE,
	       EVENT_ROLE_CHANGED, OP_WRITE, OP_BODY_JSON, OP_FLAG_IF_MATCH, JSON_MAX, roles_fields,
	       "users.get"),
	OP_ROW("roles.list", "GET", "/api/v1/roles", OP_AUTH_SESSION, PERM_USER_VIEW, EVENT_NONE,
	       OP_READ, OP_BODY_NONE, 0, 0, no_fields, NULL),
	OP_ROW("rules.list", "GET", "/api/v1/rules", OP_AUTH_SESSION, PERM_POLICY_VIEW, EVENT_NONE,
	       OP_READ, OP_BODY_NONE, 0, 0, rule_list_fields, NULL),
	OP_ROW("rules.get", "GET", "/api/v1/rules/{id}", OP_AUTH_SESSION, PERM_POLICY_VIEW,
	       EVENT_NONE, OP_READ, OP_BODY_NONE, 0, 0, id_fields, NULL),
	OP_ROW("rules.create", "POST", "/api/v1/rules", OP_AUTH_SESSION, PERM_POLICY_MANAGE,
	       EVENT_RULE_CREATED, OP_WRITE, OP_BODY_JSON, OP_FLAG_IDEMPOTENT | OP_FLAG_CREATED,
	       JSON_MAX, rule_create_fields, "rules.get"),
	OP_ROW("rules.update", "PATCH", "/api/v1/rules/{id}", OP_AUTH_SESSION, PERM_POLICY_MANAGE,
	       EVENT_RULE_CHANGED, OP_WRITE, OP_BODY_JSON, OP_FLAG_IF_MATCH, JSON_MAX,
	       rule_update_fields, "rules.get"),
	OP_ROW("rules.archive", "DELETE", "/api/v1/rules/{id}", OP_AUTH_SESSION, PERM_POLICY_MANAGE,
	       EVENT_RULE_ARCHIVED, OP_WRITE, OP_BODY_NONE, OP_FLAG_IF_MATCH, 0, id_fields, NULL),
	/* One's own access needs target.use, somebody else's policy.view: the handler decides. */
	OP_ROW("access.explain", "GET", "/api/v1/access/explain", OP_AUTH_SESSION, PERM_NONE,
	       EVENT_NONE, OP_READ, OP_BODY_NONE, 0, 0, explain_fields, NULL),
	OP_END,
};

const struct op *rbac_ops(void)
{
	return rows;
}
