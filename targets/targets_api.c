/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "targets/targets_api.h"

#include "rbac/op_row.h"
#include "rbac/page.h"
#include "targets/address.h"

#define FIELD_ID                                                                \
	{                                                                       \
		"id", FIELD_UUID, FIELD_REQUIRED | FIELD_PATH, 0, 0, NULL, NULL \
	}
#define FIELD_END                                     \
	{                                             \
		NULL, FIELD_TEXT, 0, 0, 0, NULL, NULL \
	}
#define JSON_MAX (64 * 1024)
#define CSV_MAX	 (96 * 1024)

/* The kinds of targets/kind.c in its order (test_kind compares): field tables are constant data. */
static const char *const kinds[] = {"linux_ssh", NULL};
static const char *const secret_kinds[] = {"password", "ssh_key", NULL};

static const struct field id_fields[] = {FIELD_ID, FIELD_END};
static const struct field group_list_fields[] = {[TG_LIST_Q] = FIELD_SEARCH,
						 [TG_LIST_LIMIT] = FIELD_LIMIT,
						 [TG_LIST_CURSOR] = FIELD_CURSOR,
						 [TG_LIST_ARCHIVED] = FIELD_ARCHIVED,
						 FIELD_END};
#define GROUP_FIELDS(name_flag)                                                 \
	[TG_NAME] = {"name", FIELD_TEXT, (name_flag), 1, 128, NULL, NULL},      \
	[TG_DESCRIPTION] = {"description", FIELD_NOTE, 0, 0, 1000, NULL, NULL}, \
	[TG_PARENT] = {"parent_id", FIELD_UUID, FIELD_NULLABLE, 0, 0, NULL, NULL}
static const struct field group_create_fields[] = {GROUP_FIELDS(FIELD_REQUIRED), FIELD_END};
static const struct field group_update_fields[] = {GROUP_FIELDS(0), [TG_ID] = FIELD_ID, FIELD_END};

static const struct field list_fields[] = {
	[TL_Q] = FIELD_SEARCH,
	[TL_LIMIT] = FIELD_LIMIT,
	[TL_CURSOR] = FIELD_CURSOR,
	[TL_ARCHIVED] = FIELD_ARCHIVED,
	[TL_GROUP] = {"group_id", FIELD_UUID, FIELD_QUERY, 0, 0, NULL, NULL},
	[TL_KIND] = {"kind", FIELD_CHOICE, FIELD_QUERY, 0, 0, kinds, NULL},
	FIELD_END};
#define TARGET_FIELDS(flag)                                                                      \
	[T_NAME] = {"name", FIELD_TEXT, (flag), 1, 128, NULL, NULL},                             \
	[T_DESCRIPTION] = {"description", FIELD_NOTE, 0, 0, 1000, NULL, NULL},                   \
	[T_GROUP] = {"group_id", FIELD_UUID, (flag), 0, 0, NULL, NULL},                          \
	[T_GATEWAY_GROUP] = {"gateway_group_id", FIELD_UUID, (flag), 0, 0, NULL, NULL},          \
	[T_PORT] = {"port", FIELD_INT, 0, 1, 65535, NULL, NULL}, [T_ADDRESSES] = {"addresses",   \
										  FIELD_TEXTS,   \
										  (flag),        \
										  1,             \
										  ADDRESSES_MAX, \
										  NULL,          \
										  NULL}
static const struct field create_fields[] = {
	TARGET_FIELDS(FIELD_REQUIRED),
	[T_KIND_OR_ID] = {"kind", FIELD_CHOICE, FIELD_REQUIRED, 0, 0, kinds, NULL}, FIELD_END};
static const struct field update_fields[] = {TARGET_FIELDS(0), [T_KIND_OR_ID] = FIELD_ID,
					     FIELD_END};
/* Texts, whatever they mean: the import checks them with the fields above, row by row. */
#define IMPORT_TEXT(name, flags)                                 \
	{                                                        \
		(name), FIELD_NOTE, (flags), 0, 2000, NULL, NULL \
	}
static const struct field import_row_fields[] = {
	[IMPORT_ROW] = {"row", FIELD_INT, FIELD_REQUIRED, 1, 1000000, NULL, NULL},
	[IMPORT_TARGET] = IMPORT_TEXT("target", FIELD_REQUIRED),
	[IMPORT_KIND] = IMPORT_TEXT("kind", 0),
	[IMPORT_DESCRIPTION] = IMPORT_TEXT("target_description", 0),
	[IMPORT_GROUP] = IMPORT_TEXT("target_group", 0),
	[IMPORT_GATEWAY_GROUP] = IMPORT_TEXT("gateway_group", 0),
	[IMPORT_PORT] = IMPORT_TEXT("port", 0),
	[IMPORT_ADDRESSES] = IMPORT_TEXT("addresses", 0),
	[IMPORT_ACCOUNT] = IMPORT_TEXT("account", 0),
	[IMPORT_ACCOUNT_DESCRIPTION] = IMPORT_TEXT("account_description", 0),
	[IMPORT_LENDABLE] = IMPORT_TEXT("lendable", 0),
	[IMPORT_CONCURRENT] = IMPORT_TEXT("concurrent", 0),
	FIELD_END};
static const struct field import_fields[] = {
	[IMPORT_DRY_RUN] = {"dry_run", FIELD_BOOL, FIELD_QUERY, 0, 1, NULL, NULL},
	[IMPORT_ROWS] = {"rows", FIELD_ROWS, FIELD_REQUIRED, 1, 1000, NULL, import_row_fields},
	FIELD_END};
static const struct field no_fields[] = {FIELD_END};
static const struct field test_fields[] = {
	[TEST_ID] = FIELD_ID,
	[TEST_ACCOUNT] = {"account_id", FIELD_UUID, 0, 0, 0, NULL, NULL},
	FIELD_END};
static const struct field host_key_fields[] = {
	[HOST_KEY_ID] = FIELD_ID,
	[HOST_KEY_TYPE] = {"type", FIELD_TEXT, FIELD_REQUIRED | FIELD_PATH, 1, 64, NULL, NULL},
	FIELD_END};
#define ACCOUNT_FIELDS(name_flag)                                                           \
	[A_ID] = FIELD_ID, [A_NAME] = {"name", FIELD_TEXT, (name_flag), 1, 64, NULL, NULL}, \
	[A_DESCRIPTION] = {"description", FIELD_NOTE, 0, 0, 1000, NULL, NULL},              \
	[A_LENDABLE] = {"lendable", FIELD_BOOL, 0, 0, 1, NULL, NULL},                       \
	[A_CONCURRENT] = {"concurrent", FIELD_BOOL, 0, 0, 1, NULL, NULL}
static const struct field account_create_fields[] = {ACCOUNT_FIELDS(FIELD_REQUIRED), FIELD_END};
static const struct field account_update_fields[] = {ACCOUNT_FIELDS(0), FIELD_END};
static const struct field secret_fields[] = {[SECRET_ID] = FIELD_ID,
					     [SECRET_KIND] = {"kind", FIELD_CHOICE,
							      FIELD_QUERY | FIELD_REQUIRED, 0, 0,
							      secret_kinds, NULL},
					     FIELD_END};

/* id, method, path, auth, permission, event, kind, body, flags, max_body, fields, then */
static const struct op rows[] = {
	OP_ROW("target_groups.list", "GET", "/api/v1/target-groups", OP_AUTH_SESSION,
	       PERM_TARGET_VIEW, EVENT_NONE, OP_READ, OP_BODY_NONE, 0, 0, group_list_fields, NULL),
	OP_ROW("target_groups.get", "GET", "/api/v1/target-groups/{id}", OP_AUTH_SESSION,
	       PERM_TARGET_VIEW, EVENT_NONE, OP_READ, OP_BODY_NONE, 0, 0, id_fields, NULL),
	OP_ROW("target_groups.create", "POST", "/api/v1/target-groups", OP_AUTH_SESSION,
	       PERM_TARGET_MANAGE, EVENT_TARGET_GROUP_CREATED, OP_WRITE, OP_BODY_JSON,
	       OP_FLAG_IDEMPOTENT | OP_FLAG_CREATED, JSON_MAX, group_create_fields,
	       "target_groups.get"),
	OP_ROW("target_groups.update", "PATCH", "/api/v1/target-groups/{id}", OP_AUTH_SESSION,
	       PERM_TARGET_MANAGE, EVENT_TARGET_GROUP_CHANGED, OP_WRITE, OP_BODY_JSON,
	       OP_FLAG_IF_MATCH, JSON_MAX, group_update_fields, "target_groups.get"),
	OP_ROW("target_groups.archive", "DELETE", "/api/v1/target-groups/{id}", OP_AUTH_SESSION,
	       PERM_TARGET_MANAGE, EVENT_TARGET_GROUP_ARCHIVED, OP_WRITE, OP_BODY_NONE,
	       OP_FLAG_IF_MATCH, 0, id_fields, NULL),
	OP_ROW("targets.list", "GET", "/api/v1/targets", OP_AUTH_SESSION, PERM_TARGET_VIEW,
	       EVENT_NONE, OP_READ, OP_BODY_NONE, 0, 0, list_fields, NULL),
	OP_ROW("targets.import", "POST", "/api/v1/targets/import", OP_AUTH_SESSION,
	       PERM_TARGET_MANAGE, EVENT_TARGET_IMPORT, OP_WRITE, OP_BODY_CSV, OP_FLAG_SLOW,
	       CSV_MAX, import_fields, NULL),
	OP_ROW("targets.import_template", "GET", "/api/v1/targets/import/template", OP_AUTH_SESSION,
	       PERM_TARGET_MANAGE, EVENT_NONE, OP_READ, OP_BODY_NONE, 0, 0, no_fields, NULL),
	OP_ROW("targets.get", "GET", "/api/v1/targets/{id}", OP_AUTH_SESSION, PERM_TARGET_VIEW,
	       EVENT_NONE, OP_READ, OP_BODY_NONE, 0, 0, id_fields, NULL),
	OP_ROW("targets.create", "POST", "/api/v1/targets", OP_AUTH_SESSION, PERM_TARGET_MANAGE,
	       EVENT_TARGET_CREATED, OP_WRITE, OP_BODY_JSON, OP_FLAG_IDEMPOTENT | OP_FLAG_CREATED,
	       JSON_MAX, create_fields, "targets.get"),
	OP_ROW("targets.update", "PATCH", "/api/v1/targets/{id}", OP_AUTH_SESSION,
	       PERM_TARGET_MANAGE, EVENT_TARGET_CHANGED, OP_WRITE, OP_BODY_JSON, OP_FLAG_IF_MATCH,
	       JSON_MAX, update_fields, "targets.get"),
	OP_ROW("targets.archive", "DELETE", "/api/v1/targets/{id}", OP_AUTH_SESSION,
	       PERM_TARGET_MANAGE, EVENT_TARGET_ARCHIVED, OP_WRITE, OP_BODY_NONE, OP_FLAG_IF_MATCH,
	       0, id_fields, NULL),
	OP_ROW("targets.test", "POST", "/api/v1/targets/{id}/test", OP_AUTH_SESSION,
	       PERM_TARGET_MANAGE, EVENT_TARGET_TESTED, OP_WRITE, OP_BODY_JSON, OP_FLAG_SLOW,
	       JSON_MAX, test_fields, NULL),
	OP_ROW("targets.host_key_clear", "DELETE", "/api/v1/targets/{id}/host-keys/{type}",
	       OP_AUTH_SESSION, PERM_TARGET_MANAGE, EVENT_HOST_KEY_CLEARED, OP_WRITE, OP_BODY_NONE,
	       0, 0, host_key_fields, NULL),
	OP_ROW("accounts.get", "GET", "/api/v1/accounts/{id}", OP_AUTH_SESSION, PERM_TARGET_VIEW,
	       EVENT_NONE, OP_READ, OP_BODY_NONE, 0, 0, id_fields, NULL),
	OP_ROW("accounts.create", "POST", "/api/v1/targets/{id}/accounts", OP_AUTH_SESSION,
	       PERM_TARGET_MANAGE, EVENT_ACCOUNT_CREATED, OP_WRITE, OP_BODY_JSON,
	       OP_FLAG_IDEMPOTENT | OP_FLAG_CREATED, JSON_MAX, account_create_fields,
	       "accounts.get"),
	OP_ROW("accounts.update", "PATCH", "/api/v1/accounts/{id}", OP_AUTH_SESSION,
	       PERM_TARGET_MANAGE, EVENT_ACCOUNT_CHANGED, OP_WRITE, OP_BODY_JSON, OP_FLAG_IF_MATCH,
	       JSON_MAX, account_update_fields, "accounts.get"),
	OP_ROW("accounts.archive", "DELETE", "/api/v1/accounts/{id}", OP_AUTH_SESSION,
	       PERM_TARGET_MANAGE, EVENT_ACCOUNT_ARCHIVED, OP_WRITE, OP_BODY_NONE, OP_FLAG_IF_MATCH,
	       0, id_fields, NULL),
	OP_ROW("accounts.secret", "PUT", "/api/v1/accounts/{id}/secret", OP_AUTH_FRESH,
	       PERM_SECRET_SET, EVENT_SECRET_STORED, OP_WRITE, OP_BODY_OCTETS, OP_FLAG_SECRET_FIELD,
	       64 * 1024, secret_fields, "accounts.get"),
	OP_END,
};

const struct op *targets_ops(void)
{
	return rows;
}
