/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "rbac/op.h"

/* Other tokens, programs, and the browser's terminal: nothing for a program. (Links, resets and
 * whatever else is a way in ask for a fresh sign-in, which no token is.) */
static const char *const closed[] = {"api_tokens.end",	"programs.update",
				     "programs.delete", "programs.end_secret",
				     "sessions.create", "sign_in_policy.preview"};

#define BIT(permission) ((permission_set)1 << (permission))
static const permission_set any = ~(permission_set)0;

/* About one's own, and what a token must be able to do besides to be let in. */
static const struct {
	const char *op;
	permission_set one_of;
} own[] = {
	{"api_tokens.current", any},
	{"requests.list",
	 BIT(PERM_TARGET_USE) | BIT(PERM_REQUEST_APPROVE) | BIT(PERM_REQUEST_VIEW_ALL)},
	{"requests.get",
	 BIT(PERM_TARGET_USE) | BIT(PERM_REQUEST_APPROVE) | BIT(PERM_REQUEST_VIEW_ALL)},
	{"requests.comment", BIT(PERM_TARGET_USE) | BIT(PERM_REQUEST_APPROVE)},
	{"requests.withdraw", BIT(PERM_TARGET_USE)},
	{"leases.return", BIT(PERM_TARGET_USE)},
	{"sessions.list", BIT(PERM_TARGET_USE) | BIT(PERM_SESSION_VIEW_ALL)},
	{"sessions.get", BIT(PERM_TARGET_USE) | BIT(PERM_SESSION_VIEW_ALL)},
	{"sessions.terminate", BIT(PERM_TARGET_USE) | BIT(PERM_SESSION_TERMINATE)},
	{"access.explain", BIT(PERM_TARGET_USE) | BIT(PERM_POLICY_VIEW)},
};

static bool is_closed(const struct op *op)
{
	for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++) {
		if (strcmp(closed[i], op->id) == 0)
			return true;
	}
	return op->auth != OP_AUTH_SESSION || op->kind == OP_UPGRADE || op->flags & OP_FLAG_SSE;
}

bool op_open_to_token(const struct op *op, permission_set permissions)
{
	if (is_closed(op))
		return false;
	if (op->permission != PERM_NONE)
		return true; /* the permission itself is asked for elsewhere */
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (strcmp(own[i].op, op->id) == 0)
			return own[i].one_of == any || (permissions & own[i].one_of) != 0;
	}
	return false;
}
