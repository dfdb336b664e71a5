/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/audit_sql.h"

#include "rbac/principal.h"

static const struct db_stmt insert_event = {
	"audit_insert_event",
	"INSERT INTO audit_event (id, occurred_at, event, is_auth, outcome, actor_id, actor_login, "
	"object_type, object_id, object_name, peer, trace, leaf) "
	"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	13, 0};
static const struct db_stmt insert_pending = {"audit_insert_pending",
					      "INSERT INTO audit_pending (id) VALUES (?)", 1, 0};

static const struct db_stmt *const statements[] = {&insert_event, &insert_pending, NULL};

const struct db_stmt_list *audit_statements(void)
{
	static const struct db_stmt_list list = {"audit", statements};
	return &list;
}

/* The column is for searching; the leaf holds the whole name. Cut between code points. */
static struct db_param short_text(const char *text, size_t max)
{
	if (text == NULL)
		return DB_P_NULL;
	size_t len = strlen(text);
	if (len > max) {
		len = max;
		while (len > 0 && ((unsigned char)text[len] & 0xC0U) == 0x80U)
			len--;
	}
	return (struct db_param){.type = DB_TEXT, .data = text, .len = len};
}

static const char *outcome_text(enum audit_outcome outcome)
{
	static const char *const names[] = {"ok", "refused", "failed"};
	return names[outcome];
}

enum err audit_sql_insert(struct ctx *ctx, const struct audit *audit, int64_t occurred_at,
			  const struct buf *leaf)
{
	const struct principal *who = ctx->principal;
	const struct db_param params[] = {
		DB_P_UUID(&audit->id),
		DB_P_TIME(occurred_at),
		DB_P_TEXT(event_name(audit->event)),
		DB_P_INT(event_is_auth(audit->event)),
		DB_P_TEXT(outcome_text(audit->outcome)),
		DB_P_UUID(who ? &who->user_id : NULL),
		short_text(who ? who->login : NULL, 64),
		DB_P_TEXT(audit->object_type),
		DB_P_UUID(uuid_is_nil(&audit->object_id) ? NULL : &audit->object_id),
		short_text(audit->object_name, 255),
		short_text(audit->peer, 64),
		DB_P_TEXT(ctx->trace),
		DB_P_BYTES(leaf->data, leaf->len),
	};
	enum err err = db_exec(ctx, &insert_event, params, NULL);
	if (err != ERR_OK)
		return err;
	return db_exec(ctx, &insert_pending, (const struct db_param[]){DB_P_UUID(&audit->id)},
		       NULL);
}
