/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "notify/notify.h"

#include <string.h>

#include "base/arena.h"
#include "base/sys.h"
#include "rbac/group_cte.h"
#include "rbac/principal.h"
#include "sql/db.h"

enum { MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR };
enum { CODE_PATIENCE = 10 * MINUTE }; /* then the code is too old */
enum { FORMERS_MAX = 5 };
static const int64_t second_us = 1000000;
/* Later than any row, whatever the clock did: the last second of the year 9999. */
static const int64_t never = 253402300799 * (int64_t)1000000;

/*
 * Which events are told of. data: the event must carry it, with that value (NULL: any). What
 * strangers can cause at will is told at most once in quiet_s: nobody floods a person's mailbox
 * from outside. A wrong code is mostly one's own: it waits, and a sign-in from the same place takes
 * it back.
 */
static const struct rule {
	enum event_id event;
	const char *data, *value;
	const char *kind;
	const char *detail; /* data that is shown; ACTOR: who did it */
	int hold_s, quiet_s;
} rules[] = {
#define ACTOR  "@"
#define REASON "#" /* in place of data: the reason of the refusal */
	{EVENT_SIGN_IN, "new_device", "true", "new_device", NULL, 0, 0},
	{EVENT_SIGN_IN_REFUSED, "password", "right", "second_failed", NULL, 3 * MINUTE, HOUR},
	{EVENT_SIGN_IN_REFUSED, "slowed", "true", "slowed", NULL, 0, DAY},
	{EVENT_SIGN_IN_REFUSED, "disabled", NULL, "disabled", "disabled", 0, DAY},
	{EVENT_PASSWORD_CHANGED, NULL, NULL, "password_changed", NULL, 0, 0},
	{EVENT_FACTOR_ADDED, NULL, NULL, "factor_added", "label", 0, 0},
	{EVENT_FACTOR_REMOVED, NULL, NULL, "factor_removed", "label", 0, 0},
	{EVENT_RECOVERY_MADE, NULL, NULL, "recovery_made", NULL, 0, 0},
	{EVENT_RECOVERY_USED, NULL, NULL, "recovery_used", "left", 0, 0},
	{EVENT_PASSKEY_COPIED, NULL, NULL, "passkey_copied", NULL, 0, HOUR},
	{EVENT_RESET_ASKED, NULL, NULL, "reset_asked", ACTOR, 0, 0},
	{EVENT_USER_LINK_ISSUED, NULL, NULL, "link_issued", ACTOR, 0, 0},
	{EVENT_ENROLLED, NULL, NULL, "enrolled", NULL, 0, 0},
	{EVENT_SIGN_INS_ENDED, NULL, NULL, "sign_ins_ended", ACTOR, 0, 0},
	{EVENT_SESSION_COPIED, REASON, "session.copied", "session_copied", NULL, 0, HOUR},
	{EVENT_SESSION_COPIED, REASON, "session.moved", "session_moved", NULL, 0, DAY},
	{EVENT_SIGN_IN_REFUSED, REASON, "sign_in.unusual", "unusual", NULL, 0, HOUR},
	{EVENT_EXCEPTION_GRANTED, NULL, NULL, "sign_in_exception", "network", 0, 0},
	{EVENT_SIGN_IN_CONFIRMED, NULL, NULL, "sign_in_confirmed", ACTOR, 0, 0},
	{EVENT_PASSWORD_REQUIRED, NULL, NULL, "password_required", ACTOR, 0, 0},
};

static const struct db_stmt insert = {
	"notify.insert",
	"INSERT INTO mail_outbox (id, user_id, kind, language, login, display_name, address, "
	"occurred_at, peer, user_agent, detail, state, next_at, give_up_at) "
	"SELECT ?, u.id, ?, u.language, u.login, u.display_name, COALESCE(?, u.email), ?, ?, ?, ?, "
	"IF(m.host = '' OR COALESCE(?, u.email) IS NULL, 'unsent', 'waiting'), ?, ? "
	"FROM user u JOIN mail_server m ON m.one = 1 WHERE u.id = ? AND u.state <> 'archived' "
	"AND NOT EXISTS (SELECT 1 FROM mail_outbox o WHERE o.user_id = u.id AND o.kind = ? "
	"AND o.occurred_at > ? AND o.state <> 'dropped')",
	13, 0};
/* Only while nobody has tried to send it, and nobody else's: same person, address and browser. */
static const struct db_stmt drop = {
	"notify.drop",
	"UPDATE mail_outbox SET state = 'dropped', done_at = ? WHERE user_id = ? "
	"AND kind = 'second_failed' AND state IN ('waiting', 'unsent') AND attempts = 0 "
	"AND occurred_at > ? AND peer <=> ? AND user_agent <=> ?",
	5, 0};

static const struct db_stmt reaches = {"notify.reaches",
				       "SELECT email IS NOT NULL FROM user WHERE id = ?", 1, 1};

/* Addresses the person replaced, first those they had longest ago: a thief's own come last. */
static const struct db_stmt formers = {
	"notify.formers",
	"SELECT c.former FROM mail_address_change c JOIN user u ON u.id = c.user_id WHERE "
	"c.user_id = ? AND c.changed_at > ? AND c.former IS NOT NULL AND NOT (c.former <=> "
	"u.email) GROUP BY c.former ORDER BY MIN(c.changed_at) LIMIT 5",
	2, 1};

static const struct db_stmt administrators = {
	"notify.administrators",
	"WITH RECURSIVE d (id, depth) AS (SELECT r.group_id, CAST(0 AS SIGNED) FROM role_grant r "
	"JOIN user_group g ON g.id = r.group_id AND NOT g.archived WHERE r.role = 'administrator' "
	"UNION SELECT c.id, d.depth + 1 FROM d JOIN user_group c ON c.parent_id = d.id AND NOT "
	"c.archived WHERE d.depth < 16) "
	"SELECT u.id FROM user u WHERE u.state = 'active' AND (EXISTS (SELECT 1 FROM role_grant r "
	"WHERE r.user_id = u.id AND r.role = 'administrator' AND " GIFT_COUNTS(
		"r") ") OR EXISTS (SELECT 1 FROM "
		     "user_group_member m WHERE m.user_id = u.id AND m.group_id IN (SELECT id FROM "
		     "d) AND " GIFT_COUNTS("m") ")) "
						"ORDER BY u.login LIMIT 64",
	0, 1};

static const struct db_stmt *const stmts[] = {&insert,	&drop,		 &reaches,
					      &formers, &administrators, NULL};
static const struct db_stmt_list list = {"notify", stmts};

const struct db_stmt_list *notify_statements(void)
{
	return &list;
}

static enum err add(struct ctx *ctx, const struct notice *notice, uint64_t *out_count)
{
	struct uuid id = uuid_is_nil(&notice->id) ? uuid_v7() : notice->id;
	int64_t now = sys_real_us(), next = now + notice->hold_us;
	int64_t patience =
		notice->patience_us ? notice->patience_us : NOTICE_GIVE_UP_HOURS * HOUR * second_us;
	const struct db_param params[] = {
		DB_P_UUID(&id),
		DB_P_TEXT(notice->kind),
		DB_P_TEXT(notice->address),
		DB_P_TIME(now),
		DB_P_TEXT(notice->peer),
		DB_P_TEXT(notice->user_agent),
		DB_P_TEXT(notice->detail),
		DB_P_TEXT(notice->address),
		DB_P_TIME(next),
		DB_P_TIME(next + patience),
		DB_P_UUID(&notice->user_id),
		DB_P_TEXT(notice->kind),
		DB_P_TIME(notice->quiet_us ? now - notice->quiet_us : never)};

	return db_exec(ctx, &insert, params, out_count);
}

enum err notify_add(struct ctx *ctx, const struct notice *notice)
{
	return add(ctx, notice, NULL);
}

/* The same to the addresses that the person had until lately: whoever took the account over may
 * have put their own in its place. */
static enum err add_for_formers(struct ctx *ctx, const struct notice *notice)
{
	const struct db_param params[] = {
		DB_P_UUID(&notice->user_id),
		DB_P_TIME(sys_real_us() - NOTICE_FORMER_DAYS * DAY * second_us)};
	struct notice copy = *notice;
	const char *found[FORMERS_MAX];
	struct db_rows *rows = NULL;
	size_t count = 0;
	enum err err = db_query(ctx, &formers, params, &rows);

	if (err != ERR_OK)
		return err;
	while (count < FORMERS_MAX && db_next(rows))
		found[count++] = arena_strdup(ctx->arena, db_text(rows, 0));
	err = db_rows_close(rows);
	copy.quiet_us = 0;
	for (size_t i = 0; i < count && err == ERR_OK; i++) {
		if (found[i] && notice->address && strcmp(found[i], notice->address) == 0)
			continue;
		copy.address = found[i];
		err = found[i] ? notify_add(ctx, &copy)
			       : err_set(ctx, ERR_MEMORY, "Request memory is used up.");
	}
	return err;
}

/* To the person, wherever they read it. Nobody has no former address, and is asked for them. */
static enum err add_everywhere(struct ctx *ctx, const struct notice *notice)
{
	static const struct uuid nobody;
	struct notice copy = *notice;
	uint64_t count = 0;
	enum err err = add(ctx, notice, &count);

	if (count == 0) /* kept quiet */
		copy.user_id = nobody;
	return err == ERR_OK ? add_for_formers(ctx, &copy) : err;
}

static void read_flag(struct db_rows *rows, void *arg)
{
	*(bool *)arg = db_int(rows, 0) != 0;
}

enum err notify_reaches(struct ctx *ctx, const struct uuid *user_id, bool *out)
{
	const struct db_param params[] = {DB_P_UUID(user_id)};
	enum err err = db_one(ctx, &reaches, params, read_flag, out);

	return err == ERR_NOT_FOUND ? ERR_OK : err; /* the console is nobody */
}

static const char *data_of(const struct audit *audit, const char *name)
{
	for (size_t i = 0; i < audit->data_count; i++)
		if (strcmp(audit->data[i].name, name) == 0)
			return audit->data[i].after ? audit->data[i].after : "";
	return NULL;
}

/* Whose account it is about; nil: nobody's. */
static struct uuid owner_of(const struct audit *audit)
{
	static const struct uuid nobody;
	const char *named = audit->event == EVENT_PASSKEY_COPIED ? data_of(audit, "user") : NULL;
	struct uuid id;

	if (named != NULL)
		return uuid_parse(named, &id) ? id : nobody;
	if (audit->object_type != NULL && strcmp(audit->object_type, "user") == 0)
		return audit->object_id;
	return nobody;
}

static bool applies(const struct rule *rule, const struct audit *audit)
{
	if (rule->event != audit->event)
		return false;
	if (rule->data == NULL)
		return true;
	const char *value =
		strcmp(rule->data, REASON) == 0 ? audit->reason : data_of(audit, rule->data);
	return value != NULL && (rule->value == NULL || strcmp(value, rule->value) == 0);
}

static enum err tell(struct ctx *ctx, const struct audit *audit, const struct rule *rule)
{
	const char *detail = rule->detail;

	if (detail != NULL && strcmp(detail, ACTOR) == 0)
		detail = ctx->principal ? ctx->principal->login : NULL;
	else if (detail != NULL)
		detail = data_of(audit, detail);
	const struct notice notice = {.kind = rule->kind,
				      .user_id = owner_of(audit),
				      .peer = audit->peer,
				      .user_agent = data_of(audit, "user_agent"),
				      .detail = detail,
				      .hold_us = rule->hold_s * second_us,
				      .quiet_us = rule->quiet_s * second_us};
	return add_everywhere(ctx, &notice);
}

static bool is_own_doing(const struct ctx *ctx, const struct audit *audit)
{
	return ctx->principal && uuid_equal(&ctx->principal->user_id, &audit->object_id);
}

/* Those that were replaced before it are told of this one too. */
static enum err tell_replaced(struct ctx *ctx, const struct notice *notice)
{
	enum err err = add_for_formers(ctx, notice);

	return err == ERR_OK ? notify_add(ctx, notice) : err;
}

/* What an administrator corrects may have been a stranger's: it gets this notice and no other. What
 * the person replaced, or a thief in their place, gets the next ones as well. */
static enum err tell_old_address(struct ctx *ctx, const struct audit *audit)
{
	for (size_t i = 0; i < audit->change_count; i++) {
		const struct audit_pair *change = &audit->changes[i];
		if (strcmp(change->name, "email") != 0 || change->before == NULL)
			continue;
		bool own = is_own_doing(ctx, audit);
		const struct notice notice = {.kind = own ? "address_replaced" : "address_changed",
					      .user_id = audit->object_id,
					      .address = change->before,
					      .peer = audit->peer};
		if (own)
			return tell_replaced(ctx, &notice);
		return notify_add(ctx, &notice);
	}
	return ERR_OK;
}

/* The message that carries a code: authority hands it to sekisho-mail under this id. */
static enum err send_code(struct ctx *ctx, const struct audit *audit)
{
	struct notice notice = {.kind = data_of(audit, "notice"),
				.user_id = audit->object_id,
				.address = data_of(audit, "address"),
				.peer = audit->peer,
				.user_agent = data_of(audit, "user_agent"),
				.patience_us = CODE_PATIENCE * second_us};
	const char *id = data_of(audit, "code");

	if (notice.kind == NULL || id == NULL || !uuid_parse(id, &notice.id))
		return err_set(ctx, ERR_BUG, "A code is to be sent that nobody made.");
	return notify_add(ctx, &notice);
}

static enum err drop_own_mistakes(struct ctx *ctx, const struct audit *audit)
{
	struct uuid id = owner_of(audit);
	int64_t now = sys_real_us();
	const struct db_param params[] = {
		DB_P_TIME(now), DB_P_UUID(&id), DB_P_TIME(now - 3 * MINUTE * second_us),
		DB_P_TEXT(audit->peer), DB_P_TEXT(data_of(audit, "user_agent"))};

	return db_exec(ctx, &drop, params, NULL);
}

/* Not its owner: everybody who can look into it. */
static enum err tell_administrators(struct ctx *ctx, const struct audit *audit, const char *kind,
				    const char *detail)
{
	enum { TOLD_MAX = 64 };
	struct uuid ids[TOLD_MAX];
	struct db_rows *rows = NULL;
	size_t count = 0;
	enum err err = db_query(ctx, &administrators, NULL, &rows);

	if (err != ERR_OK)
		return err;
	while (count < TOLD_MAX && db_next(rows))
		ids[count++] = db_uuid(rows, 0);
	err = db_rows_close(rows);
	for (size_t i = 0; i < count && err == ERR_OK; i++) {
		const struct notice notice = {.kind = kind,
					      .user_id = ids[i],
					      .peer = audit->peer,
					      .user_agent = data_of(audit, "user_agent"),
					      .detail = detail};
		err = notify_add(ctx, &notice);
	}
	return err;
}

/* --- What a provider's answers are verified with --- */

static const struct audit_pair *change_of(const struct audit *audit, const char *name)
{
	for (size_t i = 0; i < audit->change_count; i++)
		if (strcmp(audit->changes[i].name, name) == 0)
			return &audit->changes[i];
	return NULL;
}

/* "; name: before -> after", where it changed. */
static const char *with_change(struct ctx *ctx, const char *text, const struct audit *audit,
			       const char *name)
{
	const struct audit_pair *change = change_of(audit, name);

	return text && change ? arena_printf(ctx->arena, "%s; %s: %s -> %s", text, name,
					     change->before ? change->before : "",
					     change->after ? change->after : "")
			      : text;
}

static const char *with_keys(struct ctx *ctx, const char *text, const char *sign, const char *keys)
{
	return text && keys ? arena_printf(ctx->arena, "%s; %s %s", text, sign, keys) : text;
}

/* The first metadata of a provider change nothing: nobody has signed in with it. */
static enum err tell_new_keys(struct ctx *ctx, const struct audit *audit)
{
	const char *added = data_of(audit, "certificates_added");
	const char *removed = data_of(audit, "certificates_removed");
	const struct audit_pair *sign_in = change_of(audit, "sign_in");

	if (audit->outcome != AUDIT_OK || (sign_in && !sign_in->before) ||
	    !(added || removed || sign_in || change_of(audit, "sign_out")))
		return ERR_OK;
	const char *text = with_keys(ctx, audit->object_name, "+", added);
	text = with_keys(ctx, text, "-", removed);
	text = with_change(ctx, text, audit, "sign_in");
	text = with_change(ctx, text, audit, "sign_out");
	return text ? tell_administrators(ctx, audit, "provider_keys", text)
		    : err_set(ctx, ERR_MEMORY, "Request memory is used up.");
}

enum err notify_on_audit(struct ctx *ctx, const struct audit *audit)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]) && err == ERR_OK; i++)
		if (applies(&rules[i], audit))
			err = tell(ctx, audit, &rules[i]);
	if (err == ERR_OK && audit->event == EVENT_BREAK_GLASS)
		err = tell_administrators(ctx, audit, "break_glass", audit->object_name);
	if (err == ERR_OK && audit->event == EVENT_SIGN_IN_REPORTED)
		err = tell_administrators(ctx, audit, "sign_in_reported", audit->object_name);
	if (err == ERR_OK && audit->event == EVENT_PROVIDER_FETCHED)
		err = tell_new_keys(ctx, audit);
	if (err == ERR_OK && audit->event == EVENT_MAIL_CODE_SENT)
		err = send_code(ctx, audit);
	if (err == ERR_OK && audit->event == EVENT_SIGN_IN)
		err = drop_own_mistakes(ctx, audit);
	if (err == ERR_OK &&
	    (audit->event == EVENT_USER_CHANGED || audit->event == EVENT_PROFILE_CHANGED))
		err = tell_old_address(ctx, audit);
	return err;
}
