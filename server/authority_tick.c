/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "access/tick.h"

#include "base/log.h"
#include "base/sys.h"
#include "gateways/presence.h"
#include "server/authority_idempotency.h"
#include "server/authority_inner.h"
#include "server/authority_live.h"

/* Time passing: a quarter of a second apart, so that a lease's end is felt within the second. */

enum { TICK_MS = 250, SECOND_TICKS = 4, MINUTE_TICKS = 240, DAY_TICKS = 345600, ROUNDS_MAX = 16 };

struct tick {
	struct task task;
	bool second, minute, day, more;
	struct out out;
};

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

static enum err forget(struct ctx *ctx, void *arg)
{
	struct tick *tick = arg;

	tick->out = (struct out){.secret_fd = -1};
	return idempotency_forget(ctx);
}

static enum err trust(struct ctx *ctx, void *arg)
{
	struct tick *tick = arg;

	tick->out = (struct out){.secret_fd = -1};
	return gateway_publish_trust(ctx);
}

static void round_of(struct tick *tick, struct ctx *ctx, const char *name,
		     enum err (*step)(struct ctx *ctx, void *arg))
{
	ctx->deadline_us = sys_mono_us() + (int64_t)5 * 1000000;
	if (db_transaction(ctx, step, tick) == ERR_OK) {
		tick->more = tick->out.effect_count == OUT_EFFECTS_MAX;
		runner_take_effects(&tick->task.effects, &tick->out);
		return;
	}
	tick->more = false;
	/* Once a second is enough for the log of a database that is away. */
	if (tick->second && ctx->error.code != ERR_SEALED)
		log_failure(ctx, name);
}

static void work(struct task *task, struct ctx *ctx)
{
	struct tick *tick = (struct tick *)task;

	round_of(tick, ctx, "tick_leases", leases);
	if (tick->more)
		return; /* effects are full: they are applied, then the next tick comes at once */
	if (tick->second) {
		round_of(tick, ctx, "tick_presence", presence);
		round_of(tick, ctx, "tick_waiting", waiting);
	}
	if (tick->minute)
		round_of(tick, ctx, "tick_idempotency", forget);
	if (tick->day)
		round_of(tick, ctx, "tick_trust", trust);
	tick->more = false;
}

static void submit(struct authority *authority);

static void done(struct task *task)
{
	struct tick *tick = (struct tick *)task;
	struct authority *authority = task->authority;
	bool more = tick->more;

	authority->tick_running = false;
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
	authority->tick_running = task_submit(tick);
	if (!authority->tick_running)
		task_free(tick);
}

static void on_timer(void *arg)
{
	struct authority *authority = arg;

	authority->ticks++;
	loop_timer_set(authority->tick, TICK_MS * 1000);
	live_tick(authority);
	authority_expire_pending(authority);
	submit(authority);
	if (authority->ticks % MINUTE_TICKS == 0)
		edge_send_policies(authority);
}

void tick_start(struct authority *authority)
{
	authority->tick = loop_timer_new(authority->loop, on_timer, authority);
	if (authority->tick)
		loop_timer_set(authority->tick, TICK_MS * 1000);
}
