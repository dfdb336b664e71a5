/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/watch_keep.h"

#include "audit/audit.h"
#include "auth/auth.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/sys.h"
#include "rbac/write.h"
#include "sql/db.h"

enum { SAVED_MAX = 256 * 1024 };

static const struct db_stmt save = {
	"watch.save",
	"INSERT INTO auth_watch (one, value, saved_at) VALUES (1, ?, ?) "
	"ON DUPLICATE KEY UPDATE value = VALUE(value), saved_at = VALUE(saved_at)",
	2, 0};
static const struct db_stmt load = {"watch.load", "SELECT value FROM auth_watch WHERE one = 1", 0,
				    1};
static const struct db_stmt show = {
	"watch.show",
	"INSERT INTO system_state (name, value, updated_at) VALUES ('auth.campaign', ?, ?) "
	"ON DUPLICATE KEY UPDATE value = VALUE(value), updated_at = VALUE(updated_at)",
	2, 0};
static const struct db_stmt *const stmts[] = {&save, &load, &show, NULL};
static const struct db_stmt_list list = {"watch", stmts};

const struct db_stmt_list *watch_statements(void)
{
	return &list;
}

static void read_value(struct db_rows *rows, void *arg)
{
	*(struct block *)arg = db_bytes(rows, 0);
}

static enum err load_step(struct ctx *ctx, void *arg)
{
	enum err err = db_one(ctx, &load, NULL, read_value, arg);

	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err watch_load(struct ctx *ctx)
{
	struct block saved = {0};
	enum err err = db_transaction(ctx, load_step, &saved);

	if (err == ERR_OK && saved.len > 0 && !watch_get(ctx->watch, saved, sys_mono_us()))
		log_event(LOG_LEVEL_WARN, NULL, "sign_in_counts_lost", NULL);
	return err;
}

static enum err save_now(struct ctx *ctx)
{
	scoped(buf_clear) struct buf bytes;

	buf_init(&bytes, SAVED_MAX);
	watch_put(ctx->watch, sys_mono_us(), &bytes);
	if (buf_failed(&bytes))
		return buf_tell(ctx, &bytes, "The copy of the counts of sign-ins");
	const struct db_param params[] = {DB_P_BYTES(bytes.data, bytes.len),
					  DB_P_TIME(sys_real_us())};
	return db_exec(ctx, &save, params, NULL);
}

static const char *kinds_text(struct ctx *ctx, const struct watch_campaign *campaign)
{
	char text[32];

	guess_campaign_text(campaign->kinds, text);
	return arena_strdup(ctx->arena, text);
}

static enum err tell_campaign(struct ctx *ctx, const struct watch_campaign *campaign,
			      enum event_id event)
{
	struct audit audit;
	bool begins = event == EVENT_CAMPAIGN_STARTED;
	const char *kinds = kinds_text(ctx, campaign);
	const struct db_param params[] = {DB_P_TEXT(begins ? kinds : ""), DB_P_TIME(sys_real_us())};

	audit_init(&audit, event);
	audit_object(&audit, "campaign", &campaign->id, kinds);
	audit_data(&audit, "kinds", kinds);
	audit_data(&audit, "attempts", write_int(ctx, campaign->attempts));
	audit_data(&audit, "accepted", write_int(ctx, campaign->accepted));
	audit_data(&audit, "users", write_int(ctx, campaign->users));
	audit_data(&audit, "sources", write_int(ctx, campaign->sources));
	enum err err = audit_append(ctx, &audit);
	return err == ERR_OK ? db_exec(ctx, &show, params, NULL) : err;
}

static enum err tell_ban(struct ctx *ctx, const struct source_ban *ban, uint32_t unsaid)
{
	struct audit audit;

	audit_init(&audit, EVENT_SOURCE_BANNED);
	audit_data(&audit, "prefix", ban->prefix);
	audit_data(&audit, "seconds", write_int(ctx, ban->seconds));
	audit_data(&audit, "attempts", write_int(ctx, ban->seen.attempts));
	audit_data(&audit, "fails", write_int(ctx, ban->seen.fails));
	audit_data(&audit, "unknown_names", write_int(ctx, ban->seen.unknown));
	audit_data(&audit, "users", write_int(ctx, ban->seen.users));
	if (unsaid > 0)
		audit_data(&audit, "unsaid_before", write_int(ctx, unsaid));
	return audit_append(ctx, &audit);
}

enum err watch_tell(struct ctx *ctx, const struct watch_news *news, bool save_too)
{
	enum err err = ERR_OK;

	/* The end of one may come with the start of the next: the next is what is on. */
	if (news->ended)
		err = tell_campaign(ctx, &news->over, EVENT_CAMPAIGN_ENDED);
	if (err == ERR_OK && news->started)
		err = tell_campaign(ctx, &news->campaign, EVENT_CAMPAIGN_STARTED);
	for (int i = 0; err == ERR_OK && i < news->ban_count; i++)
		err = tell_ban(ctx, &news->bans[i], i == 0 ? news->unsaid : 0);
	return err == ERR_OK && (save_too || news->started || news->ended) ? save_now(ctx) : err;
}
