/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/authority_hold.h"

#include <string.h>

#include "auth/session.h"
#include "auth/session_limit.h"
#include "base/arena.h"
#include "base/conf.h"
#include "base/sys.h"
#include "rbac/write.h"
#include "server/authority_hold_sql.h"
#include "sql/db.h"

/* A broker ends by itself at its time, and authority ends those that do not. */
enum { LATE_US = 4000000 };
static const char expired[] = "expired";

/* What its own person did, or nobody, or what they can clear up by signing in: whoever ends a
 * sign-in for any other reason means all of it. */
static bool has_grace(const char *ended)
{
	static const char *const reasons[] = {expired, "signed_out", "replaced", "moved"};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (strcmp(reasons[i], ended) == 0)
			return true;
	return false;
}

static enum err hold(struct ctx *ctx, const struct hold_row *row, const char *ended,
		     struct out *out)
{
	int64_t seconds = has_grace(ended) ? ctx->conf->session_grace_seconds : 0;
	struct audit audit;
	bool changed = false;
	enum err err =
		hold_sql_set(ctx, &row->session_id, sys_real_us() + seconds * 1000000, &changed);

	if (err != ERR_OK || !changed)
		return err;
	audit_init(&audit, EVENT_SESSION_HELD);
	audit_object(&audit, "session", &row->session_id,
		     arena_printf(ctx->arena, "%s@%s", row->account, row->target));
	audit_data(&audit, "user", row->login);
	audit_data(&audit, "sign_in", write_uuid(ctx, &row->sign_in_id));
	audit_data(&audit, "ended", ended);
	audit_data(&audit, "seconds", write_int(ctx, seconds));
	out_effect(out, OUT_EFFECT_HOLD_SESSION, &row->session_id, NULL);
	out->effects[out->effect_count - 1].number = seconds;
	out_notify(out, "sessions", &row->session_id);
	return audit_append(ctx, &audit);
}

/* What was said of a session may have met nobody yet, or have been overtaken by what was said
 * before it: one that is open after its time is ended as often as it takes. */
static enum err end_late(struct ctx *ctx, size_t room, struct out *out)
{
	struct uuid ids[OUT_EFFECTS_MAX];
	size_t count = 0;
	enum err err = hold_sql_late(ctx, sys_real_us() - LATE_US, ids, room, &count);

	for (size_t i = 0; i < count && err == ERR_OK; i++)
		out_effect(out, OUT_EFFECT_HOLD_SESSION, &ids[i], NULL);
	return err;
}

enum err hold_sweep(struct ctx *ctx, size_t room, struct out *out)
{
	struct hold_row rows[OUT_EFFECTS_MAX];
	size_t count = 0;
	enum err err = hold_sql_over(ctx, sys_real_us(), rows, room, &count);

	for (size_t i = 0; i < count && err == ERR_OK; i++)
		err = hold(ctx, &rows[i], rows[i].ended ? rows[i].ended : expired, out);
	return err == ERR_OK ? end_late(ctx, room - count, out) : err;
}

enum err hold_recheck(struct ctx *ctx, const struct uuid *session_id, struct out *out)
{
	struct hold_row row;
	struct session_span span;
	enum err err = hold_sql_one(ctx, session_id, &row);

	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err == ERR_OK)
		err = session_span_of(ctx, &row.user_id, &span);
	if (err != ERR_OK)
		return err;
	session_span_cut(&span, row.created_at, row.last_seen_at, &row.idle_expires_at,
			 &row.expires_at);
	return sys_real_us() >= row.idle_expires_at ? hold(ctx, &row, expired, out) : ERR_OK;
}

static enum err used(struct ctx *ctx, void *arg)
{
	struct hold_row row;
	enum err err = hold_sql_one(ctx, arg, &row);

	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	return err == ERR_OK && !row.ended ? session_used(ctx, &row.sign_in_id) : err;
}

enum err hold_used(struct ctx *ctx, const struct uuid *session_id)
{
	struct uuid id = *session_id;

	return db_transaction(ctx, used, &id);
}
