/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/saml_ops.h"
#include "base/log.h"
#include "base/sys.h"
#include "server/authority_inner.h"

/* What is known of identity providers is fetched again when its time has come: one after the other,
 * in a thread that may wait. */

enum { LOOK_TICKS = 4, FETCH_SECONDS = 40 };

struct refresh {
	struct task task;
	bool more;
};

static void work(struct task *task, struct ctx *ctx)
{
	struct refresh *refresh = (struct refresh *)task;

	ctx->deadline_us = sys_mono_us() + (int64_t)FETCH_SECONDS * 1000000;
	if (saml_refresh(ctx, &refresh->more) != ERR_OK && ctx->error.code != ERR_SEALED)
		log_failure(ctx, "metadata_refresh");
}

static void submit(struct authority *authority);

static void done(struct task *task)
{
	struct authority *authority = task->authority;
	bool more = ((struct refresh *)task)->more;

	authority->refresh_running = false;
	task_free(task);
	if (more)
		submit(authority);
}

static void shed(struct job *job)
{
	struct task *task = (struct task *)job;

	task->authority->refresh_running = false;
	task_free(task);
}

static void submit(struct authority *authority)
{
	struct refresh *refresh = task_new(authority, sizeof(*refresh), work, done);

	if (!refresh)
		return;
	refresh->task.job.slow = true;
	refresh->task.job.ahead = true; /* strangers' sign-ins do not keep it out */
	refresh->task.job.shed = shed;
	authority->refresh_running = pool_submit(authority->helped, &refresh->task.job);
	if (!authority->refresh_running)
		task_free(refresh);
}

void refresh_tick(struct authority *authority)
{
	if (authority->ticks % LOOK_TICKS == 0 && authority->vault_ready &&
	    !authority->refresh_running)
		submit(authority);
}
