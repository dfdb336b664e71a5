/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/sys.h"
#include "server/authority_inner.h"
#include "server/authority_live.h"

static void task_run(struct job *job, struct ctx *ctx)
{
	struct task *task = (struct task *)job;

	task->work(task, ctx);
}

static void task_done(struct job *job)
{
	struct task *task = (struct task *)job;

	task->then(task);
}

void *task_new(struct authority *authority, size_t size,
	       void (*work)(struct task *task, struct ctx *ctx), void (*then)(struct task *task))
{
	struct task *task = calloc(1, size);

	if (!task)
		return NULL;
	task->job.run = task_run;
	task->job.done = task_done;
	task->authority = authority;
	task->work = work;
	task->then = then ? then : (void (*)(struct task *))task_free;
	runner_result_init(&task->effects);
	return task;
}

void task_free(void *task)
{
	struct task *self = task;

	if (!self)
		return;
	runner_result_clear(&self->effects);
	free(self);
}

bool task_submit(void *task)
{
	struct task *self = task;

	if (pool_submit(self->authority->general, &self->job))
		return true;
	log_event(LOG_LEVEL_WARN, NULL, "queue_full", NULL);
	return false;
}

void authority_notify(struct authority *authority, const char *topic, const struct uuid *id)
{
	struct msg_notify message = {.topic = block_text(topic), .id = *id};
	struct chan *web = authority->peers[PEER_WEB];

	if (strcmp(topic, "me") == 0)
		message.user_id = *id; /* nobody else's business */
	/* A full queue sheds it: browsers refresh when they reconnect. */
	if (web && chan_is_open(web) &&
	    chan_post_codec(web, MSG_NOTIFY, 0, &msg_notify_codec, &message, NULL, 0) != ERR_OK)
		log_event(LOG_LEVEL_WARN, NULL, "notification_shed", "topic", topic, NULL);
}

/* Topics of what access rules and roles are made of. */
static bool decides_access(const char *topic)
{
	static const char *const topics[] = {"rules",	"users",    "groups",
					     "targets", "accounts", "target_groups"};

	for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++)
		if (strcmp(topics[i], topic) == 0)
			return true;
	return false;
}

void authority_apply(struct authority *authority, struct runner_result *result)
{
	for (size_t i = 0; i < result->effect_count; i++) {
		const struct out_effect *effect = &result->effects[i];
		const char *text = result->effect_text[i];
		switch (effect->kind) {
		case OUT_EFFECT_CUT_LEASE:
			live_cut(authority, LIVE_BY_LEASE, &effect->id, text);
			break;
		case OUT_EFFECT_CUT_SESSION:
			live_cut(authority, LIVE_BY_SESSION, &effect->id, text);
			break;
		case OUT_EFFECT_HOLD_SESSION:
			live_hold(authority, &effect->id, effect->number);
			break;
		case OUT_EFFECT_CUT_USER:
			live_cut(authority, LIVE_BY_USER, &effect->id, text);
			break;
		case OUT_EFFECT_POLICY: edge_send_policies(authority); break;
		case OUT_EFFECT_GATEWAY_REVOKED:
			edge_close_gateway(authority, &effect->id, "revoked");
			break;
		default: break; /* those that answer later: execute_done */
		}
	}
	for (size_t i = 0; i < result->notify_count; i++) {
		authority_notify(authority, result->notify[i].topic, &result->notify[i].id);
		if (decides_access(result->notify[i].topic))
			tick_recheck(authority);
	}
	result->effect_count = result->notify_count = 0;
}

struct pending {
	struct pending *next;
	enum peer peer;
	uint32_t id;
	int64_t expires_us;
	pending_fn *fn;
	void *arg;
};

bool authority_ask(struct authority *authority, enum peer peer, uint32_t type,
		   const struct codec *codec, const void *message, const int *fds, int nfds,
		   pending_fn *fn, void *arg)
{
	struct chan *chan = authority->peers[peer];
	struct pending *pending = calloc(1, sizeof(*pending));

	if (!chan || !chan_is_open(chan) || !pending)
		goto fail;
	if (++authority->next_id == 0)
		authority->next_id = 1;
	if (chan_post_codec(chan, type, authority->next_id, codec, message, fds, nfds) != ERR_OK)
		goto fail;
	*pending = (struct pending){authority->pendings,
				    peer,
				    authority->next_id,
				    sys_mono_us() + (int64_t)PENDING_SECONDS * 1000000,
				    fn,
				    arg};
	authority->pendings = pending;
	return true;
fail:
	free(pending);
	return false;
}

enum err authority_answered(struct authority *authority, enum peer peer, uint32_t id,
			    const void *answer)
{
	for (struct pending **at = &authority->pendings; *at; at = &(*at)->next) {
		struct pending *pending = *at;
		if (pending->peer != peer || pending->id != id)
			continue;
		*at = pending->next;
		pending->fn(authority, pending->arg, answer);
		free(pending);
		return ERR_OK;
	}
	/* Late: we gave up on it. Ids are ours, so an unknown one below the last is just that. */
	return id != 0 && id <= authority->next_id ? ERR_OK : ERR_DENIED;
}

static void fail_where(struct authority *authority, bool all, enum peer peer, int64_t now)
{
	for (struct pending **at = &authority->pendings; *at;) {
		struct pending *pending = *at;
		if (all ? pending->peer != peer : pending->expires_us > now) {
			at = &pending->next;
			continue;
		}
		*at = pending->next;
		pending->fn(authority, pending->arg, NULL);
		free(pending);
		at = &authority->pendings;
	}
}

void authority_fail_pending(struct authority *authority, enum peer peer)
{
	fail_where(authority, true, peer, 0);
}

void authority_expire_pending(struct authority *authority)
{
	fail_where(authority, false, PEER_WEB, sys_mono_us());
}
