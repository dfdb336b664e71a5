/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateways/gateways_api.h"

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
#define JSON_MAX (16 * 1024)
#define CSR_MAX	 (16 * 1024)
#define SKEW_MAX (INT64_C(1) << 40)

static const char *const kinds[] = {"internet", NULL};
static const char *const states[] = {"waiting", "enrolled", "revoked", "archived", "held", NULL};

static const struct field id_fields[] = {FIELD_ID, FIELD_END};
static const struct field no_fields[] = {FIELD_END};
static const struct field group_list_fields[] = {[GG_LIST_Q] = FIELD_SEARCH,
						 [GG_LIST_LIMIT] = FIELD_LIMIT,
						 [GG_LIST_CURSOR] = FIELD_CURSOR,
						 [GG_LIST_ARCHIVED] = FIELD_ARCHIVED,
						 FIELD_END};
#define GROUP_FIELDS(flag)                                                                   \
	[GG_NAME] = {"name", FIELD_TEXT, (flag), 1, 128, NULL, NULL}, [GG_DESCRIPTION] = {   \
									      "description", \
									      FIELD_NOTE,    \
									      0,             \
									      0,             \
									      1000,          \
									      NULL,          \
									      NULL}
static const struct field group_create_fields[] = {GROUP_FIELDS(FIELD_REQUIRED), FIELD_END};
static const struct field group_update_fields[] = {GROUP_FIELDS(0), [GG_ID] = FIELD_ID, FIELD_END};
static const struct field list_fields[] = {
	[GL_Q] = FIELD_SEARCH,
	[GL_LIMIT] = FIELD_LIMIT,
	[GL_CURSOR] = FIELD_CURSOR,
	[GL_GROUP] = {"group_id", FIELD_UUID, FIELD_QUERY, 0, 0, NULL, NULL},
	[GL_STATE] = {"state", FIELD_CHOICE, FIELD_QUERY, 0, 0, states, NULL},
	FIELD_END};
#define GATEWAY_FIELDS(flag)                                                                  \
	[G_NAME] = {"name", FIELD_TEXT, (flag), 1, 128, NULL, NULL}, [G_GROUP] = {"group_id", \
										  FIELD_UUID, \
										  (flag),     \
										  0,          \
										  0,          \
										  NULL,       \
										  NULL}
#define FIELD_SOURCES                                                               \
	{                                                                           \
		"source_ranges", FIELD_TEXTS, 0, 0, GATEWAY_SOURCES_MAX, NULL, NULL \
	}
static const struct field create_fields[] = {
	GATEWAY_FIELDS(FIELD_REQUIRED),
	[G_KIND_OR_ID] = {"kind", FIELD_CHOICE, 0, 0, 0, kinds, NULL}, [G_SOURCES] = FIELD_SOURCES,
	FIELD_END};
static const struct field update_fields[] = {
	GATEWAY_FIELDS(0), [G_KIND_OR_ID] = FIELD_ID, [G_SOURCES] = FIELD_SOURCES, FIELD_END};
/* Filled by est_read_enrol from the HTTP form of RFC 7030; point: base64url of 65 bytes. */
#define ENROL_FIELDS                                                                              \
	[ENROL_POINT] = {"point", FIELD_TOKEN, FIELD_REQUIRED, 87, 87, NULL, NULL},               \
	[ENROL_BOUND] = {"bound", FIELD_BOOL, FIELD_REQUIRED, 0, 1,                               \
			 NULL,	  NULL}, /* Seconds its clock (header Date) is ahead of ours; not \
					    given: 0. */                                          \
		[ENROL_SKEW] = {"skew", FIELD_INT, 0, -SKEW_MAX, SKEW_MAX, NULL, NULL}
static const struct field enrol_fields[] = {
	[ENROL_TOKEN] = {"token", FIELD_TOKEN, FIELD_REQUIRED, 43, 43, NULL, NULL},
	ENROL_FIELDS,
	FIELD_END};
/* proof: ECDSA of the present key, base64url (proto/verdict.h). */
static const struct field reenrol_fields[] = {
	[ENROL_PROOF] = {"proof", FIELD_TOKEN, FIELD_REQUIRED, 1, ENROL_PROOF_MAX, NULL, NULL},
	ENROL_FIELDS,
	[ENROL_SERIAL] = {"serial", FIELD_UUID, FIELD_REQUIRED, 0, 0, NULL, NULL},
	FIELD_END};

/* One more expansion, for the words below that stand for several columns. */
#define ROW(...) OP_ROW(__VA_ARGS__)
#define VIEW	 OP_AUTH_SESSION, PERM_GATEWAY_VIEW, EVENT_NONE, OP_READ, OP_BODY_NONE, 0, 0
#define MANAGE	 OP_AUTH_SESSION, PERM_GATEWAY_MANAGE
#define ADDED	 OP_FLAG_IDEMPOTENT | OP_FLAG_CREATED

/* id, method, path, auth, permission, event, kind, body, flags, max_body, fields, then */
static const struct op rows[] = {
	ROW("gateway_groups.list", "GET", "/api/v1/gateway-groups", VIEW, group_list_fields, NULL),
	ROW("gateway_groups.get", "GET", "/api/v1/gateway-groups/{id}", VIEW, id_fields, NULL),
	ROW("gateway_groups.create", "POST", "/api/v1/gateway-groups", MANAGE,
	    EVENT_GATEWAY_CHANGED, OP_WRITE, OP_BODY_JSON, ADDED, JSON_MAX, group_create_fields,
	    "gateway_groups.get"),
	ROW("gateway_groups.update", "PATCH", "/api/v1/gateway-groups/{id}", MANAGE,
	    EVENT_GATEWAY_CHANGED, OP_WRITE, OP_BODY_JSON, OP_FLAG_IF_MATCH, JSON_MAX,
	    group_update_fields, "gateway_groups.get"),
	ROW("gateway_groups.archive", "DELETE", "/api/v1/gateway-groups/{id}", MANAGE,
	    EVENT_GATEWAY_CHANGED, OP_WRITE, OP_BODY_NONE, OP_FLAG_IF_MATCH, 0, id_fields, NULL),
	ROW("gateways.list", "GET", "/api/v1/gateways", VIEW, list_fields, NULL),
	ROW("gateways.get", "GET", "/api/v1/gateways/{id}", VIEW, id_fields, NULL),
	ROW("gateways.create", "POST", "/api/v1/gateways", MANAGE, EVENT_GATEWAY_CREATED, OP_WRITE,
	    OP_BODY_JSON, ADDED, JSON_MAX, create_fields, "gateways.get"),
	ROW("gateways.update", "PATCH", "/api/v1/gateways/{id}", MANAGE, EVENT_GATEWAY_CHANGED,
	    OP_WRITE, OP_BODY_JSON, OP_FLAG_IF_MATCH, JSON_MAX, update_fields, "gateways.get"),
	ROW("gateways.archive", "DELETE", "/api/v1/gateways/{id}", MANAGE, EVENT_GATEWAY_CHANGED,
	    OP_WRITE, OP_BODY_NONE, OP_FLAG_IF_MATCH, 0, id_fields, NULL),
	ROW("gateways.token", "POST", "/api/v1/gateways/{id}/token", MANAGE, EVENT_GATEWAY_TOKEN,
	    OP_WRITE, OP_BODY_NONE, 0, 0, id_fields, NULL),
	ROW("gateways.revoke", "POST", "/api/v1/gateways/{id}/revoke", MANAGE,
	    EVENT_GATEWAY_REVOKED, OP_WRITE, OP_BODY_NONE, 0, 0, id_fields, "gateways.get"),
	ROW("gateways.release", "POST", "/api/v1/gateways/{id}/release", MANAGE,
	    EVENT_GATEWAY_RELEASED, OP_WRITE, OP_BODY_NONE, 0, 0, id_fields, "gateways.get"),
	ROW("witnesses.acknowledge", "POST", "/api/v1/witnesses/acknowledge", OP_AUTH_SESSION,
	    PERM_ROLE_MANAGE, EVENT_ROLLBACK_ACKNOWLEDGED, OP_WRITE, OP_BODY_NONE, 0, 0, no_fields,
	    NULL),
	{.id = "est.cacerts",
	 .method = "GET",
	 .path = "/.well-known/est/cacerts",
	 .auth = OP_AUTH_PUBLIC,
	 .kind = OP_READ,
	 .media_type = "application/pkcs7-mime",
	 .fields = no_fields},
	{.id = "est.simpleenroll",
	 .method = "POST",
	 .path = "/.well-known/est/simpleenroll",
	 .auth = OP_AUTH_PUBLIC,
	 .event = EVENT_GATEWAY_ENROLLED,
	 .kind = OP_WRITE,
	 .body = OP_BODY_PKCS10,
	 .media_type = "application/pkcs7-mime; smime-type=certs-only",
	 .max_body = CSR_MAX,
	 .fields = enrol_fields},
	{.id = "est.simplereenroll",
	 .method = "POST",
	 .path = "/.well-known/est/simplereenroll",
	 .auth = OP_AUTH_PUBLIC,
	 .event = EVENT_GATEWAY_RENEWED,
	 .kind = OP_WRITE,
	 .body = OP_BODY_PKCS10,
	 .media_type = "application/pkcs7-mime; smime-type=certs-only",
	 .max_body = CSR_MAX,
	 .fields = reenrol_fields},
	OP_END,
};

const struct op *gateways_ops(void)
{
	return rows;
}
