/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUDIT_AUDIT_H
#define AUDIT_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit/event.h"
#include "base/ctx.h"
#include "base/uuid.h"

/*
 * Writing an audit event. The event's exact bytes (its leaf) are a JSON object made here; it is
 * inserted with a random id, together with a row in audit_pending, in the caller's open
 * transaction. Nothing is hashed or ordered here (see sequencer).
 *
 * Leaf: {"v":1,"id":…,"time":…,"event":"request.created","outcome":"ok"|"refused"|"failed",
 *   "actor":{"id":…,"login":…}|null,"session":…|null,"peer":"…","trace":"…",
 *   "object":{"type":"request","id":…,"name":"…"}|null,"ticket":…?, "reason":…?,
 *   "changes":[{"field":…,"before":…,"after":…}],"data":{…}}
 */
enum audit_outcome { AUDIT_OK, AUDIT_REFUSED, AUDIT_FAILED };
enum { AUDIT_CHANGES_MAX = 32, AUDIT_DATA_MAX = 16 };

struct audit_pair {
	const char *name;
	const char *before; /* NULL: none */
	const char *after;  /* NULL: none */
};

struct audit {
	struct uuid id; /* random, made by audit_init: goes into event_id of the rows it changes */
	enum event_id event;
	enum audit_outcome outcome;
	const char *object_type; /* static text: "request", "user", … or NULL */
	struct uuid object_id;
	const char *object_name; /* for people: "R-2026-000012", "root@web-01" */
	const char *reason;	 /* refusal or end reason, stable code */
	const char *peer;	 /* client address text; NULL: none */
	struct audit_pair changes[AUDIT_CHANGES_MAX];
	size_t change_count;
	struct audit_pair data[AUDIT_DATA_MAX]; /* name → after */
	size_t data_count;
	bool failed; /* a bound was exceeded: audit_append refuses */
};

/* Object of the operation. Strings are borrowed until audit_append. */
void audit_init(struct audit *audit, enum event_id event);
void audit_object(struct audit *audit, const char *type, const struct uuid *id, const char *name);
/* Records before/after when they differ. */
void audit_change(struct audit *audit, const char *field, const char *before, const char *after);
void audit_data(struct audit *audit, const char *name, const char *value);

/* Inserts event and pending row with the actor from ctx->principal, in the open transaction (or,
 * outside one, in a transaction of its own: used for refusals). Fails when they cannot be written:
 * the caller's action must then fail too. */
enum err audit_append(struct ctx *ctx, const struct audit *audit) ERR_CHECKED;

/* Exact bytes of the leaf (see above) appended to out; audit_append uses it. */
struct buf;
void audit_leaf(struct buf *out, const struct ctx *ctx, const struct audit *audit,
		int64_t occurred_at);

struct db_stmt_list;
const struct db_stmt_list *audit_statements(void);

/* What this thread has appended since the last audit_watch_reset: the runner proves with it that a
 * handler recorded the event its operation promises. */
void audit_watch_reset(void);
bool audit_watch_seen(enum event_id event);

#endif
