/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateways/presence.h"

#include "audit/audit.h"
#include "base/arena.h"
#include "base/sys.h"
#include "gateways/presence_inner.h"
#include "gateways/presence_sql.h"
#include "gateways/proto/beat.h"

enum { LATE_BEATS = 2, OFFLINE_BEATS = 3, OVERDUE_MAX = 256 };
#define SECOND_US INT64_C(1000000)

/* A connection the gateway was refused on was never counted: edge reports only those that were. */
enum err gateway_detached(struct ctx *ctx, const struct msg_gateway_detached *detached)
{
	struct uuid none = {{0}};
	struct presence_row row;
	enum err err = presence_sql_judge(ctx, &detached->gateway_id, &none, &row);

	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err == ERR_OK)
		err = presence_sql_leave(ctx, &detached->gateway_id);
	if (err || row.connections != 1)
		return err;
	return presence_audit(ctx, EVENT_GATEWAY_LOST, AUDIT_OK, &detached->gateway_id, row.name,
			      presence_text(ctx, detached->reason), NULL, NULL);
}

static enum err store_targets(struct ctx *ctx, const struct uuid *gateway_id,
			      const struct beat_target *targets, size_t count, int64_t now)
{
	for (size_t i = 0; i < count; i++) {
		bool reachable = targets[i].state == BEAT_TARGET_REACHABLE;
		enum err err = presence_sql_target(
			ctx, &targets[i].id, reachable ? "reachable" : "unreachable",
			reachable ? NULL : presence_text(ctx, targets[i].reason),
			now - targets[i].age_ms * INT64_C(1000), gateway_id);

		if (err)
			return err;
	}
	return ERR_OK;
}

static enum err beat_store(struct ctx *ctx, const struct uuid *gateway_id,
			   const struct beat_head *head, const struct beat_target *targets,
			   size_t count, bool *out_want_policy)
{
	int64_t now = sys_real_us();
	struct presence_policy policy;
	const struct presence_beat seen = {
		.gateway_id = gateway_id,
		.agent_version = presence_text(ctx, head->version),
		.now = now,
		.rtt_us = head->rtt_us,
		.skew_ms = (head->clock - now) / 1000,
		.policy_version = (int64_t)head->policy_version,
		.locked = head->locked,
	};
	enum err err = presence_sql_policy(ctx, gateway_id, &policy);

	if (err || (err = presence_sql_beat(ctx, &seen)) ||
	    (err = store_targets(ctx, gateway_id, targets, count, now)) ||
	    (err = presence_confirm(ctx, gateway_id, &policy, head)))
		return err;
	*out_want_policy = head->policy_version != (uint64_t)policy.version;
	return ERR_OK;
}

enum err gateway_beat(struct ctx *ctx, const struct msg_gateway_beat *beat, bool *out_want_policy)
{
	struct beat_target *targets = NULL;
	struct beat_head head;
	size_t count = 0;
	enum err err = beat_get(beat->record.data, beat->record.len, &head, &targets, &count);

	if (err)
		return err_set(ctx, err == ERR_MEMORY ? err : ERR_INPUT,
			       "The heartbeat does not parse.");
	err = beat_store(ctx, &beat->gateway_id, &head, targets, count, out_want_policy);
	free(targets);
	return err;
}

struct overdue {
	struct uuid id;
	const char *name, *state;
	int64_t beat_at;
};

static enum err overdue_list(struct ctx *ctx, int64_t late_before, int64_t offline_before,
			     struct overdue *list, size_t *out_count)
{
	struct db_rows *rows;
	enum err err = presence_sql_overdue(ctx, late_before, offline_before, &rows);

	*out_count = 0;
	if (err)
		return err;
	while (*out_count < OVERDUE_MAX && db_next(rows))
		list[(*out_count)++] = (struct overdue){db_uuid(rows, 0), db_text(rows, 1),
							db_text(rows, 2), db_time(rows, 3)};
	return db_rows_close(rows);
}

/* Whatever was cut off in the database is cut off here, also when the end of that transaction was
 * never learnt. */
static enum err close_unwanted(struct ctx *ctx, struct out *out)
{
	struct db_rows *rows;
	enum err err = presence_sql_unwanted(ctx, OUT_EFFECTS_MAX, &rows);

	if (err)
		return err;
	while (out->effect_count < OUT_EFFECTS_MAX && db_next(rows)) {
		struct uuid id = db_uuid(rows, 0);

		out_effect(out, OUT_EFFECT_GATEWAY_REVOKED, &id, "revoked");
	}
	return db_rows_close(rows);
}

enum err gateway_presence_tick(struct ctx *ctx, struct out *out)
{
	int64_t now = sys_real_us(), beat = presence_beat_seconds(ctx) * SECOND_US;
	int64_t offline_before = now - OFFLINE_BEATS * beat;
	struct overdue *list = arena_array(ctx->arena, struct overdue, OVERDUE_MAX);
	size_t count = 0;
	enum err err =
		list ? overdue_list(ctx, now - LATE_BEATS * beat, offline_before, list, &count)
		     : err_set(ctx, ERR_MEMORY, "No memory for the list.");

	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		bool offline = list[i].beat_at < offline_before;

		err = presence_sql_state(ctx, &list[i].id, offline ? "offline" : "late");
		if (err == ERR_OK && offline)
			err = presence_audit(ctx, EVENT_GATEWAY_LOST, AUDIT_OK, &list[i].id,
					     list[i].name, "gateway.silent", NULL, NULL);
		if (err == ERR_OK)
			out_notify(out, "gateways", &list[i].id);
	}
	return err ? err : close_unwanted(ctx, out);
}

enum err gateway_presence_reset(struct ctx *ctx)
{
	return presence_sql_reset(ctx);
}

enum err gateway_choose(struct ctx *ctx, const struct uuid *target_id, struct uuid *out_ids,
			size_t max, size_t *out_count)
{
	struct db_rows *rows;
	size_t count = 0;
	enum err err = presence_sql_choose(ctx, target_id, max, &rows);

	if (err)
		return err;
	while (count < max && db_next(rows))
		out_ids[count++] = db_uuid(rows, 0);
	*out_count = count;
	return db_rows_close(rows);
}
