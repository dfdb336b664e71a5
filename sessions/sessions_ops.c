/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "access/lease_sql.h"
#include "base/arena.h"
#include "base/messages.h"
#include "base/sys.h"
#include "rbac/principal.h"
#include "rbac/write.h"
#include "sessions/sessions_api.h"
#include "sessions/sessions_sql.h"

/* A session nobody attached to, or whose gateway stays away, is given up after this. */
#define OPEN_PER_LEASE_MAX   10
#define EVENTS_COUNT_DEFAULT 100

static const char *object_name(struct ctx *ctx, const char *account, const char *target)
{
	return arena_printf(ctx->arena, "%s@%s", account, target);
}

static enum err unknown_session(struct ctx *ctx)
{
	return err_reason(ctx, ERR_NOT_FOUND, "session.unknown", "There is no such session.");
}

static enum err check_count(struct ctx *ctx, const struct uuid *lease_id)
{
	int64_t open = 0;
	enum err err = session_sql_open_count(ctx, lease_id, &open);

	if (err == ERR_OK && open >= OPEN_PER_LEASE_MAX)
		return err_reason(ctx, ERR_CONFLICT, "session.too_many",
				  "There are too many open sessions on this loan; end one first.");
	return err;
}

static enum err create(struct ctx *ctx, const struct in *in, struct out *out)
{
	const struct uuid *lease_id = in_id(in, SESSION_LEASE);
	const struct uuid id = uuid_v7();
	struct lease lease;
	struct lease_grant grant;
	struct audit audit;
	/* Locked first: of openings at the same moment each sees the one before it. */
	enum err err = lease_sql_lock(ctx, lease_id, &lease);

	if (err == ERR_OK || err == ERR_NOT_FOUND)
		err = lease_check(ctx, lease_id, &ctx->principal->user_id, &grant);
	if (err == ERR_OK)
		err = check_count(ctx, lease_id);
	if (err != ERR_OK)
		return err;
	write_audit(ctx, in, &audit);
	audit_object(&audit, "session", &id, lease_object_name(ctx, &grant.lease));
	audit_data(&audit, "lease", write_uuid(ctx, lease_id));
	audit_data(&audit, "request", grant.lease.request_number);
	if (grant.ticket != NULL && grant.ticket[0] != '\0')
		audit_data(&audit, "ticket", grant.ticket);
	err = session_sql_insert(ctx, &id, &grant.lease, audit.peer ? audit.peer : "",
				 sys_real_us());
	if (err == ERR_OK)
		err = audit_append(ctx, &audit);
	if (err != ERR_OK)
		return err;
	out_id(out, &id, 0);
	out_notify(out, "sessions", &id);
	return ERR_OK;
}

/* Session of the operation as an audit object. */
static enum err name_session(struct ctx *ctx, const struct uuid *id, struct session_row *row,
			     struct audit *audit)
{
	enum err err = session_sql_by_id(ctx, id, row);

	if (err == ERR_NOT_FOUND)
		return unknown_session(ctx);
	if (err == ERR_OK)
		audit_object(audit, "session", id, object_name(ctx, row->account, row->target));
	return err;
}

static enum err terminal(struct ctx *ctx, const struct in *in, struct out *out)
{
	const struct uuid *id = in_id(in, SESSION_ID);
	struct session_row row;
	struct audit audit;
	struct session_locked session;
	struct lease_grant grant;
	enum err err = session_sql_lock(ctx, id, &session);

	if (err == ERR_NOT_FOUND ||
	    (err == ERR_OK && !uuid_equal(&session.user_id, &ctx->principal->user_id)))
		return unknown_session(ctx);
	if (err != ERR_OK)
		return err;
	/* It may have waited for hours: what let it be made is asked again, and first, so that a
	 * person whose session was ended meanwhile hears why. */
	err = lease_check(ctx, &session.lease_id, &session.user_id, &grant);
	if (err != ERR_OK)
		return err;
	if (strcmp(session.state, "waiting") != 0 || session.taken)
		return err_reason(ctx, ERR_CONFLICT, "session.used",
				  "This session has its terminal already, or is over.");
	write_audit(ctx, in, &audit);
	err = name_session(ctx, id, &row, &audit);
	if (err == ERR_OK)
		err = session_sql_go_on(ctx, id, &ctx->principal->session_id);
	if (err == ERR_OK)
		err = audit_append(ctx, &audit);
	if (err == ERR_OK)
		out_effect(out, OUT_EFFECT_START_SESSION, id, NULL);
	return err;
}

static bool is_open(const struct session_row *row)
{
	return strcmp(row->state, "waiting") == 0 || strcmp(row->state, "connecting") == 0 ||
	       strcmp(row->state, "live") == 0;
}

/* Its sign-in ended; its person has just signed in. */
static enum err keep(struct ctx *ctx, const struct in *in, struct out *out)
{
	const struct uuid *id = in_id(in, SESSION_ID);
	struct session_locked session;
	struct session_row row;
	struct audit audit;
	enum err err = session_sql_lock(ctx, id, &session);

	if (err == ERR_NOT_FOUND ||
	    (err == ERR_OK && !uuid_equal(&session.user_id, &ctx->principal->user_id)))
		return unknown_session(ctx);
	if (err != ERR_OK)
		return err;
	write_audit(ctx, in, &audit);
	if ((err = name_session(ctx, id, &row, &audit)) != ERR_OK)
		return err;
	if (!is_open(&row) || session.hold_until == 0 || session.hold_until <= sys_real_us())
		return err_reason(ctx, ERR_CONFLICT, "session.not_held",
				  "The session is over, or not about to end.");
	audit_data(&audit, "sign_in", write_uuid(ctx, &ctx->principal->session_id));
	err = session_sql_go_on(ctx, id, &ctx->principal->session_id);
	if (err == ERR_OK)
		err = audit_append(ctx, &audit);
	if (err != ERR_OK)
		return err;
	out_effect(out, OUT_EFFECT_HOLD_SESSION, id, NULL);
	out->effects[out->effect_count - 1].number = -1;
	out_notify(out, "sessions", id);
	return ERR_OK;
}

static bool may_terminate(const struct ctx *ctx, const struct session_row *row)
{
	return uuid_equal(&row->user_id, &ctx->principal->user_id) ||
	       permission_in(ctx->principal->permissions, PERM_SESSION_TERMINATE);
}

static enum err terminate(struct ctx *ctx, const struct in *in, struct out *out)
{
	const struct uuid *id = in_id(in, SESSION_ID);
	struct session_row row;
	struct audit audit;
	enum err err;

	write_audit(ctx, in, &audit);
	err = name_session(ctx, id, &row, &audit);
	if (err != ERR_OK)
		return err;
	if (!may_terminate(ctx, &row))
		return permission_in(ctx->principal->permissions, PERM_SESSION_VIEW_ALL)
			       ? err_reason(ctx, ERR_DENIED, "permission.missing",
					    "You may see this session but not end it.")
			       : unknown_session(ctx);
	if (!is_open(&row))
		return err_reason(ctx, ERR_CONFLICT, "session.over",
				  "The session is over already.");
	audit_data(&audit, "reason", in_text(in, SESSION_REASON, ""));
	audit_data(&audit, "user", row.login);
	err = audit_append(ctx, &audit);
	if (err != ERR_OK)
		return err;
	out_effect(out, OUT_EFFECT_CUT_SESSION, id, "terminated");
	out_notify(out, "sessions", id);
	return ERR_OK;
}

/* Finds the session, refuses when it has no recording, and records who reads which part. */
static enum err note_reading(struct ctx *ctx, const struct in *in, const char *part)
{
	struct session_row row;
	struct audit audit;
	enum err err;

	write_audit(ctx, in, &audit);
	err = name_session(ctx, in_id(in, RECORDING_SESSION), &row, &audit);
	if (err != ERR_OK)
		return err;
	if (row.recording == NULL || strcmp(row.recording, "lost") == 0)
		return err_reason(ctx, ERR_NOT_FOUND, "recording.none",
				  "There is no recording of this session.");
	audit_data(&audit, "part", part);
	audit_data(&audit, "user", row.login);
	return audit_append(ctx, &audit);
}

static enum err view(struct ctx *ctx, const struct in *in, struct out *out)
{
	(void)out;
	return note_reading(ctx, in, "view");
}

static enum err read_part(struct ctx *ctx, const struct in *in, struct out *out,
			  enum replay_mode mode, const char *part)
{
	enum err err = note_reading(ctx, in, part);

	if (err != ERR_OK)
		return err;
	out_effect(out, OUT_EFFECT_READ_RECORDING, in_id(in, RECORDING_SESSION), part);
	if (out->effect_count == 0)
		return err_set(ctx, ERR_BUG, "No room for an effect.");
	out->effects[out->effect_count - 1].number = mode;
	return ERR_OK;
}

static enum err read_index(struct ctx *ctx, const struct in *in, struct out *out)
{
	return read_part(ctx, in, out, REPLAY_INDEX, "index");
}

static enum err read_events(struct ctx *ctx, const struct in *in, struct out *out)
{
	int64_t first = in_number(in, RECORDING_FIRST, 0);
	int64_t count = in_number(in, RECORDING_COUNT, EVENTS_COUNT_DEFAULT);
	const char *part = arena_printf(ctx->arena, "chunks %lld-%lld", (long long)first,
					(long long)(first + count - 1));
	enum err err = read_part(ctx, in, out, REPLAY_EVENTS, part != NULL ? part : "chunks");

	if (err != ERR_OK)
		return err;
	out->effects[out->effect_count - 1].number2 = first;
	out->effects[out->effect_count - 1].number3 = count;
	return ERR_OK;
}

static enum err read_integrity(struct ctx *ctx, const struct in *in, struct out *out)
{
	return read_part(ctx, in, out, REPLAY_VERIFY, "integrity");
}

static enum err export_file(struct ctx *ctx, const struct in *in, struct out *out,
			    enum replay_mode mode, const char *part, const char *suffix)
{
	char id[UUID_TEXT_SIZE];
	enum err err = read_part(ctx, in, out, mode, part);

	if (err != ERR_OK)
		return err;
	uuid_format(in_id(in, RECORDING_SESSION), id);
	out_text(out, "file_name", arena_printf(ctx->arena, "sekisho-%s.%s", id, suffix));
	return ERR_OK;
}

static enum err read_cast(struct ctx *ctx, const struct in *in, struct out *out)
{
	return export_file(ctx, in, out, REPLAY_CAST, "cast", "cast");
}

static enum err read_raw(struct ctx *ctx, const struct in *in, struct out *out)
{
	return export_file(ctx, in, out, REPLAY_RAW, "raw", "skr");
}

const struct op_write *sessions_writes(void)
{
	static const struct op_write writes[] = {
		{"sessions.create", create},
		{"sessions.terminal", terminal},
		{"sessions.keep", keep},
		{"sessions.terminate", terminate},
		{"recordings.view", view},
		{"recordings.index", read_index},
		{"recordings.events", read_events},
		{"recordings.integrity", read_integrity},
		{"recordings.cast", read_cast},
		{"recordings.raw", read_raw},
		{NULL, NULL},
	};

	return writes;
}
