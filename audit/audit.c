/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/audit.h"

#include "audit/audit_sql.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/sys.h"
#include "rbac/principal.h"

enum { LEAF_MAX = 256 * 1024, WATCH_WORDS = (EVENT__COUNT + 63) / 64 };

static _Thread_local uint64_t watched[WATCH_WORDS];

void audit_watch_reset(void)
{
	memset(watched, 0, sizeof(watched));
}

bool audit_watch_seen(enum event_id event)
{
	return (unsigned)event < EVENT__COUNT && (watched[event / 64] >> (event % 64) & 1U);
}

static void watch_note(enum event_id event)
{
	watched[event / 64] |= UINT64_C(1) << (event % 64);
}

void audit_init(struct audit *audit, enum event_id event)
{
	memset(audit, 0, sizeof(*audit));
	audit->event = event;
	audit->id = uuid_random();
}

void audit_object(struct audit *audit, const char *type, const struct uuid *id, const char *name)
{
	audit->object_type = type;
	if (id != NULL)
		audit->object_id = *id;
	audit->object_name = name;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

void audit_change(struct audit *audit, const char *field, const char *before, const char *after)
{
	if (same_text(before, after))
		return;
	if (audit->change_count == AUDIT_CHANGES_MAX) {
		audit->failed = true;
		return;
	}
	audit->changes[audit->change_count++] = (struct audit_pair){field, before, after};
}

void audit_data(struct audit *audit, const char *name, const char *value)
{
	if (audit->data_count == AUDIT_DATA_MAX) {
		audit->failed = true;
		return;
	}
	audit->data[audit->data_count++] = (struct audit_pair){name, NULL, value};
}

static void leaf_actor(struct json *json, const struct principal *who)
{
	if (who == NULL) {
		json_null(json, "actor");
		json_null(json, "session");
		return;
	}
	json_object(json, "actor");
	json_uuid(json, "id", &who->user_id);
	json_text(json, "login", who->login);
	json_end_object(json);
	json_uuid(json, "session", uuid_is_nil(&who->session_id) ? NULL : &who->session_id);
}

static void leaf_object(struct json *json, const struct audit *audit)
{
	if (audit->object_type == NULL) {
		json_null(json, "object");
		return;
	}
	json_object(json, "object");
	json_text(json, "type", audit->object_type);
	json_uuid(json, "id", uuid_is_nil(&audit->object_id) ? NULL : &audit->object_id);
	json_text(json, "name", audit->object_name);
	json_end_object(json);
}

static void leaf_details(struct json *json, const struct audit *audit, const struct principal *who)
{
	if (audit->reason != NULL)
		json_text(json, "reason", audit->reason);
	json_array(json, "changes");
	for (size_t i = 0; i < audit->change_count; i++) {
		json_object(json, NULL);
		json_text(json, "field", audit->changes[i].name);
		json_text(json, "before", audit->changes[i].before);
		json_text(json, "after", audit->changes[i].after);
		json_end_object(json);
	}
	json_end_array(json);
	json_object(json, "data");
	for (size_t i = 0; i < audit->data_count; i++)
		json_text(json, audit->data[i].name, audit->data[i].after);
	if (who != NULL && !uuid_is_nil(&who->token_id))
		json_uuid(json, who->is_program ? "access_token" : "api_token", &who->token_id);
	json_end_object(json);
}

void audit_leaf(struct buf *out, const struct ctx *ctx, const struct audit *audit,
		int64_t occurred_at)
{
	static const char *const outcomes[] = {"ok", "refused", "failed"};
	struct json json;
	json_init(&json, out);
	json_object(&json, NULL);
	json_int(&json, "v", 1);
	json_uuid(&json, "id", &audit->id);
	json_time(&json, "time", occurred_at);
	json_text(&json, "event", event_name(audit->event));
	json_text(&json, "outcome", outcomes[audit->outcome]);
	leaf_actor(&json, ctx->principal);
	json_text(&json, "peer", audit->peer);
	json_text(&json, "trace", ctx->trace);
	leaf_object(&json, audit);
	leaf_details(&json, audit, ctx->principal);
	json_end_object(&json);
}

struct pending_event {
	const struct audit *audit;
	int64_t occurred_at;
	const struct buf *leaf;
};

static enum err insert(struct ctx *ctx, void *arg)
{
	const struct pending_event *event = arg;
	enum err err = audit_sql_insert(ctx, event->audit, event->occurred_at, event->leaf);
	if (err == ERR_OK && ctx->on_audit != NULL)
		err = ctx->on_audit(ctx, event->audit);
	return err;
}

enum err audit_append(struct ctx *ctx, const struct audit *audit)
{
	if (audit->event <= EVENT_NONE || audit->event >= EVENT__COUNT || audit->failed ||
	    uuid_is_nil(&audit->id))
		return err_set(ctx, ERR_BUG, "audit event %d is unknown or too large",
			       (int)audit->event);
	scoped(buf_clear) struct buf leaf;
	buf_init(&leaf, LEAF_MAX);
	/* The database keeps microseconds; the leaf says the same instant. */
	struct pending_event event = {audit, sys_real_us(), &leaf};
	audit_leaf(&leaf, ctx, audit, event.occurred_at);
	if (buf_failed(&leaf))
		return buf_tell(ctx, &leaf, event_name(audit->event));
	enum err err = db_in_transaction(ctx->db) ? insert(ctx, &event)
						  : db_transaction(ctx, insert, &event);
	if (err == ERR_OK)
		watch_note(audit->event);
	return err;
}
