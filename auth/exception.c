/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/exception.h"

#include "audit/audit.h"
#include "auth/user.h"
#include "base/range.h"
#include "base/sys.h"
#include "rbac/write.h"

enum err exception_find(struct ctx *ctx, const struct uuid *user_id, const char *peer,
			bool privileged, struct uuid *out)
{
	struct exception held[EXCEPTION_PERSON_MAX];
	size_t count = 0;
	enum err err = exception_sql_holding(ctx, user_id, held, &count);

	*out = (struct uuid){{0}};
	for (size_t i = 0; i < count; i++) {
		struct ranges ranges = {.count = 0};
		/* Somebody may have become privileged since. */
		if (privileged && uuid_is_nil(&held[i].approved_by))
			continue;
		if (range_add(&ranges, held[i].network) && range_allows_text(&ranges, peer))
			*out = held[i].id;
	}
	return err;
}

static enum err end_one(struct ctx *ctx, const struct exception *one, const char *reason)
{
	struct audit audit;
	struct user user;
	enum err err = exception_sql_end(ctx, &one->id, reason);

	if (err == ERR_OK)
		err = user_by_id(ctx, &one->user_id, false, &user);
	if (err != ERR_OK)
		return err;
	audit_init(&audit, EVENT_EXCEPTION_ENDED);
	audit_object(&audit, "user", &user.id, user.login);
	audit_data(&audit, "exception", write_uuid(ctx, &one->id));
	audit_data(&audit, "network", one->network);
	audit_data(&audit, "ended", reason);
	return audit_append(ctx, &audit);
}

enum err exception_end_of(struct ctx *ctx, const struct uuid *user_id, const char *reason)
{
	struct exception open[EXCEPTION_PERSON_MAX];
	size_t count = 0;
	enum err err = exception_sql_to_end(ctx, user_id, open, &count);

	for (size_t i = 0; i < count && err == ERR_OK; i++)
		err = end_one(ctx, &open[i], reason);
	return err;
}

enum err exception_sweep(struct ctx *ctx)
{
	struct exception over[EXCEPTION_PERSON_MAX];
	size_t count = 0;
	enum err err = exception_sql_to_end(ctx, NULL, over, &count);

	for (size_t i = 0; i < count && err == ERR_OK; i++)
		err = end_one(ctx, &over[i],
			      over[i].until <= sys_real_us() ? "over" : "not_approved");
	return err;
}
