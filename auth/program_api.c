/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/program_api.h"

#include "auth/program.h"
#include "rbac/page.h"

static const char *const states[] = {"active", "disabled", "deleted", NULL};
static const char *const switchable[] = {"active", "disabled", NULL};

#define PATH_ID(name)                                                             \
	{                                                                         \
		(name), FIELD_UUID, FIELD_PATH | FIELD_REQUIRED, 0, 0, NULL, NULL \
	}
#define END                                  \
	{                                    \
		NULL, 0, 0, 0, 0, NULL, NULL \
	}
#define RIGHTS(flags)                                                                           \
	[PROGRAM_DISPLAY_NAME] = {"display_name", FIELD_TEXT, (flags), 1, 128, NULL, NULL},     \
	[PROGRAM_ROLE_NAMES] = {"roles", FIELD_TEXTS, (flags), 1, 16, NULL, NULL},              \
	[PROGRAM_SCOPES] = {"scopes", FIELD_TEXTS, (flags), 1, PERM__COUNT - 1, NULL, NULL},    \
	[PROGRAM_NETWORKS] = {"networks", FIELD_TEXTS, 0, 0, PROGRAM_NETWORKS_MAX, NULL, NULL}, \
	[PROGRAM_TOKEN_SECONDS] = {"token_seconds",	FIELD_INT, 0,	PROGRAM_SECONDS_MIN,    \
				   PROGRAM_SECONDS_MAX, NULL,	   NULL}

static const struct field create[] = {
	[PROGRAM_NAME] = {"name", FIELD_NAME, FIELD_REQUIRED, 1, PROGRAM_NAME_MAX, NULL, NULL},
	RIGHTS(FIELD_REQUIRED),
	END};
static const struct field update[] = {
	[PROGRAM_ID] = PATH_ID("id"),
	RIGHTS(0),
	[PROGRAM_STATE] = {"state", FIELD_CHOICE, 0, 0, 0, switchable, NULL},
	END};
static const struct field list[] = {FIELD_LIMIT,
				    FIELD_CURSOR,
				    FIELD_SEARCH,
				    {"state", FIELD_CHOICE, FIELD_QUERY, 0, 0, states, NULL},
				    END};
static const struct field only_id[] = {PATH_ID("id"), END};
static const struct field none[] = {END};
static const struct field add_secret[] = {
	[SECRET_PROGRAM] = PATH_ID("id"),
	[SECRET_DAYS] = {"days", FIELD_INT, FIELD_REQUIRED, 1, 1096, NULL, NULL},
	END};
static const struct field end_secret[] = {
	[END_PROGRAM] = PATH_ID("id"), [END_SECRET] = PATH_ID("secret_id"), END};
/* client_id may come by HTTP Basic; without it nobody is known. */
static const struct field token[] = {
	[OAUTH_CLIENT_ID] = {"client_id", FIELD_TEXT, 0, 1, 64, NULL, NULL},
	[OAUTH_GRANT_TYPE] = {"grant_type", FIELD_TEXT, FIELD_REQUIRED, 1, 128, NULL, NULL},
	[OAUTH_SCOPE] = {"scope", FIELD_TEXT, 0, 1, PROGRAM_LIST, NULL, NULL},
	[OAUTH_NETWORKS] = {"networks", FIELD_TEXT, 0, 1, PROGRAM_LIST, NULL, NULL},
	END};
static const struct field revoke[] = {
	[REVOKE_CLIENT_ID] = {"client_id", FIELD_TEXT, 0, 1, 64, NULL, NULL},
	[REVOKE_TOKEN] = {"token", FIELD_TEXT, FIELD_REQUIRED, 1, 1024, NULL, NULL},
	[REVOKE_HINT] = {"token_type_hint", FIELD_TEXT, 0, 1, 128, NULL, NULL},
	END};

enum { SMALL = 8192 };

static const struct op rows[] = {
	{.id = "oauth.token",
	 .method = "POST",
	 .path = "/api/v1/oauth/token",
	 .auth = OP_AUTH_PUBLIC,
	 .event = EVENT_PROGRAM_TOKEN,
	 .kind = OP_WRITE,
	 .body = OP_BODY_FORM,
	 .flags = OP_FLAG_OAUTH | OP_FLAG_SECRET_FIELD,
	 .max_body = SMALL,
	 .fields = token,
	 .media_type = "application/json"},
	{.id = "oauth.revoke",
	 .method = "POST",
	 .path = "/api/v1/oauth/revoke",
	 .auth = OP_AUTH_PUBLIC,
	 .event = EVENT_PROGRAM_TOKEN_REVOKED,
	 .kind = OP_WRITE,
	 .body = OP_BODY_FORM,
	 .flags = OP_FLAG_OAUTH | OP_FLAG_SECRET_FIELD,
	 .max_body = SMALL,
	 .fields = revoke},
	{.id = "oauth.metadata",
	 .method = "GET",
	 .path = "/.well-known/oauth-authorization-server",
	 .auth = OP_AUTH_PUBLIC,
	 .kind = OP_READ,
	 .fields = none},
	{.id = "programs.list",
	 .method = "GET",
	 .path = "/api/v1/programs",
	 .auth = OP_AUTH_SESSION,
	 .permission = PERM_USER_VIEW,
	 .kind = OP_READ,
	 .fields = list},
	{.id = "programs.get",
	 .method = "GET",
	 .path = "/api/v1/programs/{id}",
	 .auth = OP_AUTH_SESSION,
	 .permission = PERM_USER_VIEW,
	 .kind = OP_READ,
	 .fields = only_id},
	{.id = "programs.create",
	 .method = "POST",
	 .path = "/api/v1/programs",
	 .auth = OP_AUTH_FRESH,
	 .permission = PERM_USER_MANAGE,
	 .event = EVENT_PROGRAM_CREATED,
	 .kind = OP_WRITE,
	 .body = OP_BODY_JSON,
	 .flags = OP_FLAG_IDEMPOTENT | OP_FLAG_CREATED,
	 .max_body = SMALL,
	 .fields = create,
	 .then = "programs.get"},
	{.id = "programs.update",
	 .method = "PATCH",
	 .path = "/api/v1/programs/{id}",
	 .auth = OP_AUTH_FRESH,
	 .permission = PERM_USER_MANAGE,
	 .event = EVENT_PROGRAM_CHANGED,
	 .kind = OP_WRITE,
	 .body = OP_BODY_JSON,
	 .flags = OP_FLAG_IF_MATCH,
	 .max_body = SMALL,
	 .fields = update,
	 .then = "programs.get"},
	{.id = "programs.delete",
	 .method = "DELETE",
	 .path = "/api/v1/programs/{id}",
	 .auth = OP_AUTH_SESSION,
	 .permission = PERM_USER_MANAGE,
	 .event = EVENT_PROGRAM_DELETED,
	 .kind = OP_WRITE,
	 .flags = OP_FLAG_IF_MATCH,
	 .fields = only_id},
	{.id = "programs.add_secret",
	 .method = "POST",
	 .path = "/api/v1/programs/{id}/secrets",
	 .auth = OP_AUTH_FRESH,
	 .permission = PERM_USER_MANAGE,
	 .event = EVENT_PROGRAM_SECRET,
	 .kind = OP_WRITE,
	 .body = OP_BODY_JSON,
	 .max_body = SMALL,
	 .fields = add_secret,
	 .media_type = "text/plain; charset=utf-8"},
	{.id = "programs.end_secret",
	 .method = "DELETE",
	 .path = "/api/v1/programs/{id}/secrets/{secret_id}",
	 .auth = OP_AUTH_SESSION,
	 .permission = PERM_USER_MANAGE,
	 .event = EVENT_PROGRAM_SECRET_ENDED,
	 .kind = OP_WRITE,
	 .fields = end_secret},
	{.id = NULL},
};

const struct op *program_ops(void)
{
	return rows;
}
