/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "access/tick.h"

#include "access/lease_sql.h"
#include "access/request_sql.h"
#include "audit/audit.h"
#include "base/sys.h"

enum { TICK_MAX = OUT_EFFECTS_MAX };

struct due {
	struct uuid ids[TICK_MAX];
	size_t count;
};

typedef enum err due_query(struct ctx *ctx, int64_t now, int64_t limit, struct db_rows **out);

static enum err collect(struct ctx *ctx, due_query *query, int64_t now, struct due *out)
{
	struct db_rows *rows;
	out->count = 0;
	enum err err = query(ctx, now, TICK_MAX, &rows);
	if (err != ERR_OK)
		return err;
	while (out->count < TICK_MAX && db_next(rows))
		out->ids[out->count++] = db_uuid(rows, 0);
	return db_rows_close(rows);
}

static enum err audit_lease(struct ctx *ctx, const struct lease *lease, enum event_id event,
			    const char *reason)
{
	struct audit audit;
	audit_init(&audit, event);
	audit_object(&audit, "lease", &lease->id, lease_object_name(ctx, lease));
	audit.reason = reason;
	audit_data(&audit, "request", lease->request_number);
	return audit_append(ctx, &audit);
}

static enum err end_lease(struct ctx *ctx, const struct uuid *id, int64_t now, struct out *out)
{
	struct lease lease;
	enum err err = lease_sql_by_id(ctx, id, &lease);
	if (err == ERR_OK)
		err = lease_apply(ctx, &lease, LEASE_END, "time", now);
	if (err == ERR_OK)
		err = audit_lease(ctx, &lease, EVENT_LEASE_ENDED, "time");
	if (err != ERR_OK)
		return err;
	out_effect(out, OUT_EFFECT_CUT_LEASE, id, "lease_ended");
	out_notify(out, "leases", id);
	out_notify(out, "requests", &lease.request_id);
	return ERR_OK;
}

static enum err start_lease(struct ctx *ctx, const struct uuid *id, int64_t now, struct out *out)
{
	struct lease lease;
	enum err err = lease_sql_by_id(ctx, id, &lease);
	if (err == ERR_OK)
		err = lease_apply(ctx, &lease, LEASE_START, NULL, now);
	if (err == ERR_OK)
		err = audit_lease(ctx, &lease, EVENT_LEASE_STARTED, NULL);
	if (err == ERR_OK)
		out_notify(out, "leases", id);
	return err;
}

static enum err expire_request(struct ctx *ctx, const struct uuid *id, int64_t now, struct out *out)
{
	struct request request;
	enum err err = request_sql_by_id(ctx, id, &request);
	if (err != ERR_OK || !request_next(request.state, REQUEST_EXPIRE, &request.state))
		return err;
	request.decided_at = now;
	struct audit audit;
	audit_init(&audit, EVENT_REQUEST_EXPIRED);
	audit_object(&audit, "request", id, request.number);
	err = request_sql_update(ctx, &request, now);
	if (err == ERR_OK)
		err = audit_append(ctx, &audit);
	if (err == ERR_OK)
		out_notify(out, "requests", id);
	return err;
}

static const struct {
	due_query *query;
	enum err (*act)(struct ctx *ctx, const struct uuid *id, int64_t now, struct out *out);
} rounds[] = {
	{lease_sql_to_end, end_lease},
	{lease_sql_to_start, start_lease},
	{request_sql_overdue, expire_request},
};

enum err access_tick(struct ctx *ctx, struct out *out)
{
	int64_t now = sys_real_us();
	for (size_t r = 0; r < sizeof(rounds) / sizeof(rounds[0]); r++) {
		struct due due;
		enum err err = collect(ctx, rounds[r].query, now, &due);
		for (size_t i = 0; err == ERR_OK && i < due.count; i++)
			err = rounds[r].act(ctx, &due.ids[i], now, out);
		if (err != ERR_OK)
			return err;
	}
	return ERR_OK;
}
