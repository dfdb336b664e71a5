/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateways/presence.h"

#include "audit/audit.h"
#include "base/arena.h"
#include "base/conf.h"
#include "base/sys.h"
#include "gateways/presence_sql.h"
#include "gateways/proto/beat.h"
#include "gateways/proto/verdict.h"

enum { BEAT_DEFAULT_S = 30, LATE_BEATS = 2, OFFLINE_BEATS = 3, RETRY_S = 30, OVERDUE_MAX = 256 };
#define SECOND_US INT64_C(1000000)

static int64_t beat_seconds(const struct ctx *ctx)
{
	int64_t seconds = ctx->conf ? ctx->conf->gateway_beat_seconds : 0;

	return seconds > 0 ? seconds : BEAT_DEFAULT_S;
}

static const char *text_of(struct ctx *ctx, struct block block)
{
	const char *text = arena_strndup(ctx->arena, (const char *)block.data, block.len);

	return text ? text : "";
}

/* Why this connection may not stay; NULL: it may. */
static const char *judge(const struct msg_gateway_attach *attach, const struct presence_row *row,
			 uint32_t *out_verdict)
{
	*out_verdict = GATEWAY_REVOKED;
	if (!uuid_equal(&row->certificate_of, &attach->gateway_id))
		return "certificate.unknown";
	if (row->revoked_at)
		return "certificate.revoked";
	if (row->not_after <= sys_real_us())
		return "certificate.expired";
	if (strcmp(row->gateway_state, "enrolled") != 0)
		return "gateway.not_enrolled";
	/* Two boot ids at once: a copied state folder, or a restart whose old end is not gone yet.
	 */
	if (row->connections > 0 && row->state && strcmp(row->state, "online") == 0 &&
	    !uuid_equal(&row->boot_id, &attach->boot_id)) {
		*out_verdict = GATEWAY_SECOND;
		return "gateway.second_machine";
	}
	*out_verdict = GATEWAY_GO;
	return NULL;
}

static enum err audit_gateway(struct ctx *ctx, enum event_id event, enum audit_outcome outcome,
			      const struct uuid *id, const char *name, const char *reason,
			      const char *peer, const char *gateway_class)
{
	struct audit audit;

	audit_init(&audit, event);
	audit.outcome = outcome;
	audit.reason = reason;
	audit.peer = peer;
	audit_object(&audit, "gateway", id, name);
	if (gateway_class)
		audit_data(&audit, "class", gateway_class);
	return audit_append(ctx, &audit);
}

static enum err refuse(struct ctx *ctx, const struct msg_gateway_attach *attach, const char *name,
		       const char *reason, const char *peer, struct msg_gateway_verdict *out)
{
	enum err err = audit_gateway(ctx, EVENT_GATEWAY_REFUSED, AUDIT_REFUSED, &attach->gateway_id,
				     name, reason, peer, gateway_class_name(attach->gateway_class));

	if (err == ERR_OK && name)
		err = presence_sql_refuse(ctx, &attach->gateway_id, reason, peer);
	out->text = (struct block){(const uint8_t *)reason, strlen(reason)};
	return err;
}

enum err gateway_attach(struct ctx *ctx, const struct msg_gateway_attach *attach,
			struct msg_gateway_verdict *out, bool *out_go)
{
	const char *peer = text_of(ctx, attach->peer), *reason;
	const struct presence_arrival arrival = {
		.gateway_id = &attach->gateway_id,
		.boot_id = &attach->boot_id,
		.serial = &attach->serial,
		.agent_version = text_of(ctx, attach->version),
		.peer = peer,
		.now = sys_real_us(),
	};
	struct presence_row row;
	enum err err = presence_sql_judge(ctx, &attach->gateway_id, &attach->serial, &row);

	*out = (struct msg_gateway_verdict){.verdict = GATEWAY_REVOKED,
					    .retry_after = RETRY_S,
					    .beat_seconds = (uint32_t)beat_seconds(ctx)};
	*out_go = false;
	if (err == ERR_NOT_FOUND)
		return refuse(ctx, attach, NULL, "gateway.unknown", peer, out);
	if (err)
		return err;
	reason = judge(attach, &row, &out->verdict);
	if (reason)
		return refuse(ctx, attach, row.name, reason, peer, out);
	if ((err = presence_sql_arrive(ctx, &arrival)))
		return err;
	out->retry_after = 0;
	*out_go = true;
	return audit_gateway(ctx, EVENT_GATEWAY_ATTACHED, AUDIT_OK, &attach->gateway_id, row.name,
			     NULL, peer, gateway_class_name(attach->gateway_class));
}

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
	return audit_gateway(ctx, EVENT_GATEWAY_LOST, AUDIT_OK, &detached->gateway_id, row.name,
			     text_of(ctx, detached->reason), NULL, NULL);
}

static enum err store_targets(struct ctx *ctx, const struct uuid *gateway_id,
			      const struct beat_target *targets, size_t count, int64_t now)
{
	for (size_t i = 0; i < count; i++) {
		bool reachable = targets[i].state == BEAT_TARGET_REACHABLE;
		enum err err = presence_sql_target(
			ctx, &targets[i].id, reachable ? "reachable" : "unreachable",
			reachable ? NULL : text_of(ctx, targets[i].reason),
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
		.agent_version = text_of(ctx, head->version),
		.now = now,
		.rtt_us = head->rtt_us,
		.skew_ms = (head->clock - now) / 1000,
		.policy_version = (int64_t)head->policy_version,
	};
	enum err err = presence_sql_policy(ctx, gateway_id, &policy);

	if (err || (err = presence_sql_beat(ctx, &seen)) ||
	    (err = store_targets(ctx, gateway_id, targets, count, now)))
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
	int64_t now = sys_real_us(), beat = beat_seconds(ctx) * SECOND_US;
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
			err = audit_gateway(ctx, EVENT_GATEWAY_LOST, AUDIT_OK, &list[i].id,
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
