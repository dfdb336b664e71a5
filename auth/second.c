/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/second.h"

#include <string.h>

#include "auth/user.h"
#include "base/conf.h"
#include "base/sys.h"
#include "rbac/grant.h"
#include "rbac/principal.h"
#include "rbac/role.h"

static const int64_t hour_us = (int64_t)3600 * 1000000;

bool second_is_needed(permission_set theirs)
{
	return role_exceeds_user(theirs);
}

bool second_is_console(const struct ctx *ctx)
{
	return !ctx->principal || uuid_is_nil(&ctx->principal->user_id);
}

static int64_t administrator_hours(const struct ctx *ctx)
{
	return ctx->conf ? ctx->conf->reset_administrator_hours : 24;
}

static enum err is_settled(struct ctx *ctx, const struct uuid *user_id, enum permission permission,
			   bool *out)
{
	permission_set before = 0;
	int64_t hours = administrator_hours(ctx);

	*out = true;
	if (hours == 0)
		return ERR_OK;
	enum err err =
		role_permissions_of_user_at(ctx, user_id, sys_real_us() - hours * hour_us, &before);
	*out = permission_in(before, permission);
	return err;
}

enum err second_refuse_new(struct ctx *ctx, enum permission permission)
{
	bool settled = false;
	enum err err = is_settled(ctx, &ctx->principal->user_id, permission, &settled);

	if (err == ERR_OK && !settled)
		return err_reason(ctx, ERR_CONFLICT, "user.second_too_new",
				  "This takes administrators of %d hours. The owner of the server "
				  "can issue the link.",
				  (int)administrator_hours(ctx));
	return err;
}

/* Roles and accounts end meanwhile, too. */
enum err second_still_asks(struct ctx *ctx, const struct uuid *asked_by, enum permission permission,
			   permission_set theirs, bool *out)
{
	struct user asker;
	permission_set now = 0;
	enum err err = user_by_id(ctx, asked_by, false, &asker);

	if (err == ERR_OK)
		err = role_permissions_of_user(ctx, asked_by, &now);
	if (err == ERR_OK)
		err = is_settled(ctx, asked_by, permission, out);
	if (err == ERR_OK)
		*out = *out && strcmp(asker.state, "active") == 0 &&
		       permission_in(now, permission) && !(theirs & ~now);
	return err;
}
