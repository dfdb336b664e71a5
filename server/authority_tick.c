/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "access/tick.h"

#include "auth/adaptive_tune.h"
#include "auth/exception.h"
#include "auth/watch_keep.h"
#include "base/log.h"
#include "base/sys.h"
#include "gateways/presence.h"
#include "rbac/grant.h"
#include "rbac/rules.h"
#include "server/authority_hold.h"
#include "server/authority_idempotency.h"
#include "server/authority_inner.h"
#include "server/authority_live.h"
#include "server/authority_live_sql.h"
#include "server/authority_rotate.h"
#include "vault/keeper.h"

/* Time passing: a quarter of a second apart, so that a lease's end is felt within the second. */

enum { TICK_MS = 250, SECOND_TICKS = 4, MINUTE_TICKS = 240, DAY_TICKS = 345600, RECHECK_MAX = 64 };

struct tick {
	struct task task;
	bool second, minute, day, more, recheck, rechecked, rotate;
	bool clock_first, clock_done;
	int64_t clock_back_us, clock_applied_us;
	unsigned recheck_round;
	struct uuid recheck_after; /* nil: the walk is over */
	struct out out;
	struct watch_news news;
};

static enum err clock_round(struct ctx *ctx, void *arg)
{
	struct tick *tick = arg;

	tick->out = (struct out){.secret_fd = -1};
	return clock_settle(ctx, tick->clock_first, tick->clock_back_us, &tick->clock_applied_us);
}

static enum err leases(struct ctx *ctx, void *arg)
{
	struct tick *tick = arg;

	tick->out = (struct out){.secret_fd = -1};
	return access_tick(ctx, &tick->out);
}

static enum err presence(struct ctx *ctx, void *arg)
{
	struct tick *tick = arg;

	tick->out = (struct out){.secret_fd = -1};
	return gateway_presence_tick(ctx, &tick->out);
}

static enum err waiting(struct ctx *ctx, void *arg)
{
	struct tick *tick = arg;

	tick->out = (struct out){.secret_fd = -1};
	return live_sweep_waiting(ctx, &tick->out);
}

static enum err held(struct ctx *ctx, void *arg)
{
	struct tick *tick = arg;

	tick->out = (struct out){.secret_fd = -1};
	return hold_sweep(ctx, OUT_EFFECTS_MAX - tick->task.effects.effect_count, &tick->out);
}

static enum err forget(struct ctx *ctx, void *arg)
{
	struct tick *tick = arg;

	tick->out = (struct out){.secret_fd = -1};
	return idempotency_forget(ctx);
}

static enum err watched(struct ctx *ctx, void *arg)
{
	struct tick *tick = arg;

	tick->out = (struct out){.secret_fd = -1};
	return watch_tell(ctx, &tick->news, tick->minute);
}

static enum err trust(struct ctx *ctx, void *arg)
{
	struct tick *tick = arg;

	tick->out = (struct out){.secret_fd = -1};
	return gateway_publish_trust(ctx);
}

static enum err tune(struct ctx *ctx, void *arg)
{
	struct tick *tick = arg;

	tick->out = (struct out){.secret_fd = -1};
	return adaptive_tune(ctx, sys_real_us());
}

static enum err except(struct ctx *ctx, void *arg)
{
	struct tick *tick = arg;

	tick->out = (struct out){.secret_fd = -1};
	return exception_sweep(ctx);
}

/* Why the session may not go on, or NULL: a role taken away and a deny rule win at once. An allow
 * rule taken away does not: the approval stands until its end or its revocation. */
static enum err refusal_of(struct ctx *ctx, const struct live_open *session, const char **out)
{
	permission_set permissions = 0;
	struct rule_answer answer;
	enum err err = ERR_OK;

	/* Whoever ended the loan told the broker, unless its commit was never answered. */
	*out = session->allowed ? NULL : "lease.not_active";
	if (!session->allowed)
		return ERR_OK;
	err = role_permissions_of_user(ctx, &session->user_id, &permissions);
	if (err == ERR_OK && !permission_in(permissions, PERM_TARGET_USE))
		*out = "permission.missing";
	if (err != ERR_OK || *out != NULL)
		return err;
	err = rules_check(ctx, &session->user_id, &session->account_id, &answer);
	if (err == ERR_NOT_FOUND)
		*out = "account.archived";
	else if (err == ERR_OK && answer.verdict == RULE_DENY)
		*out = "access.denied_by_rule";
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* The next handful of open sessions. */
static enum err recheck(struct ctx *ctx, void *arg)
{
	struct tick *tick = arg;
	struct live_open sessions[RECHECK_MAX];
	struct uuid at = tick->recheck_after;
	size_t count = 0, done = 0;
	enum err err = live_sql_open_after(ctx, &at, sessions, RECHECK_MAX, &count);

	tick->out = (struct out){.secret_fd = -1};
	/* What the other rounds of this tick want done takes up room too. */
	size_t room = OUT_EFFECTS_MAX - tick->task.effects.effect_count;
	for (; err == ERR_OK && done < count && tick->out.effect_count < room; done++) {
		const char *refusal;
		err = refusal_of(ctx, &sessions[done], &refusal);
		if (err == ERR_OK && refusal != NULL)
			out_effect(&tick->out, OUT_EFFECT_CUT_SESSION, &sessions[done].id, refusal);
		else if (err == ERR_OK)
			err = hold_recheck(ctx, &sessions[done].id, &tick->out);
		at = sessions[done].id;
	}
	if (err == ERR_OK && done == count && count < RECHECK_MAX)
		at = (struct uuid){{0}};
	if (err == ERR_OK) {
		tick->recheck_after = at;
		tick->rechecked = true;
	}
	return err;
}

/* True when it was committed. */
static bool round_of(struct tick *tick, struct ctx *ctx, const char *name,
		     enum err (*step)(struct ctx *ctx, void *arg))
{
	ctx->deadline_us = sys_mono_us() + (int64_t)5 * 1000000;
	if (db_transaction(ctx, step, tick) == ERR_OK) {
		tick->more = tick->out.effect_count == OUT_EFFECTS_MAX;
		runner_take_effects(&tick->task.effects, &tick->out);
		return true;
	}
	tick->more = false;
	/* Once a second is enough for the log of a database that is away. */
	if (tick->second && ctx->error.code != ERR_SEALED)
		log_failure(ctx, name);
	return false;
}

static void rotate(const struct tick *tick, struct ctx *ctx)
{
	ctx->deadline_us = sys_mono_us() + (int64_t)5 * 1000000;
	if (rotate_step(ctx) != ERR_OK && tick->minute && ctx->error.code != ERR_SEALED)
		log_failure(ctx, "key_rotation");
}

static void watch(struct tick *tick, struct ctx *ctx)
{
	bool is_news = watch_news(ctx->watch, sys_mono_us(), &tick->news);

	if ((is_news || tick->minute) && round_of(tick, ctx, "tick_watch", watched))
		watch_told(ctx->watch, &tick->news);
}

static void work(struct task *task, struct ctx *ctx)
{
	struct tick *tick = (struct tick *)task;

	if (tick->clock_first || tick->clock_back_us > 0 || tick->minute)
		tick->clock_done = round_of(tick, ctx, "tick_clock", clock_round);
	(void)round_of(tick, ctx, "tick_leases", leases);
	if (tick->more)
		return; /* effects are full: they are applied, then the next tick comes at once */
	if (tick->second) {
		(void)round_of(tick, ctx, "tick_presence", presence);
		(void)round_of(tick, ctx, "tick_waiting", waiting);
		(void)round_of(tick, ctx, "tick_held", held);
	}
	if (tick->second)
		watch(tick, ctx);
	if (tick->second && tick->rotate)
		rotate(tick, ctx);
	if (tick->recheck)
		(void)round_of(tick, ctx, "tick_recheck", recheck);
	if (tick->minute)
		(void)round_of(tick, ctx, "tick_idempotency", forget);
	if (tick->minute)
		(void)round_of(tick, ctx, "tick_thresholds", tune);
	if (tick->minute)
		(void)round_of(tick, ctx, "tick_exceptions", except);
	if (tick->day)
		(void)round_of(tick, ctx, "tick_trust", trust);
	tick->more = false;
}

static void submit(struct authority *authority);

static void done(struct task *task)
{
	struct tick *tick = (struct tick *)task;
	struct authority *authority = task->authority;
	bool more = tick->more;

	authority->tick_running = false;
	if (tick->clock_done) {
		authority->clock_settled = true;
		authority->clock_back_us -= tick->clock_back_us;
		live_set_back(authority, tick->clock_applied_us);
	}
	if (tick->rechecked && tick->recheck_round == authority->recheck_round) {
		authority->recheck_after = tick->recheck_after;
		authority->recheck = !uuid_is_nil(&tick->recheck_after);
	}
	authority_apply(authority, &task->effects);
	task_free(tick);
	if (more)
		submit(authority);
}

static void submit(struct authority *authority)
{
	struct tick *tick;

	if (authority->tick_running)
		return;
	tick = task_new(authority, sizeof(*tick), work, done);
	if (!tick)
		return;
	tick->second = authority->ticks % SECOND_TICKS == 0;
	tick->minute = authority->ticks % MINUTE_TICKS == 0;
	tick->day = authority->ticks % DAY_TICKS == 0 && authority->vault_ready;
	tick->clock_first = !authority->clock_settled;
	tick->clock_back_us = authority->clock_back_us;
	tick->recheck = authority->recheck;
	tick->rotate = authority->vault_ready;
	tick->recheck_round = authority->recheck_round;
	tick->recheck_after = authority->recheck_after;
	authority->tick_running = task_submit(tick);
	if (!authority->tick_running)
		task_free(tick);
}

static void watch_clock(struct authority *authority)
{
	int64_t back = clock_look(&authority->clock, sys_real_us(), sys_mono_us());

	if (back > 0)
		authority->clock_back_us += back;
	if (back < 0) /* to gateways their policy looks old, perhaps too old */
		edge_send_policies(authority);
}

static void on_timer(void *arg)
{
	struct authority *authority = arg;

	if (authority_leave_broken_keeper(authority))
		return;
	authority->ticks++;
	loop_timer_set(authority->tick, TICK_MS * 1000);
	watch_clock(authority);
	live_tick(authority);
	lane_tick(authority);
	authority_expire_pending(authority);
	submit(authority);
	refresh_tick(authority);
	if (authority->ticks % MINUTE_TICKS == 0)
		edge_send_policies(authority);
	if (authority->ticks % MINUTE_TICKS == 0 && !authority->recheck)
		tick_recheck(authority); /* membership that changed without telling */
}

bool authority_leave_broken_keeper(struct authority *authority)
{
	if (!keeper_client_broken(authority->keeper))
		return false;
	log_event(LOG_LEVEL_ERROR, NULL, "keeper_broken", "next", "all roles start anew", NULL);
	loop_stop(authority->loop);
	return true;
}

void tick_recheck(struct authority *authority)
{
	authority->recheck = true;
	authority->recheck_round++;
	authority->recheck_after = (struct uuid){{0}};
}

void tick_start(struct authority *authority)
{
	authority->tick = loop_timer_new(authority->loop, on_timer, authority);
	if (authority->tick)
		loop_timer_set(authority->tick, TICK_MS * 1000);
}
