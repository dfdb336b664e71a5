/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/sys.h"
#include "gateways/gateway_sql.h"
#include "gateways/presence.h"
#include "gateways/proto/bundle.h"
#include "gateways/proto/verdict.h"
#include "gateways/witness.h"
#include "server/authority_inner.h"
#include "vault/keeper.h"

/* What edge may say: server certificates, and the gateways' comings and goings. The rules live in
 * gateways/; here messages become transactions. */

enum { DEADLINE_S = 5, CERTIFICATE_HOURS = 24, NAMES_MAX = 1024, BUSY_RETRY_S = 2 };

/* A gateway with control connections (two while one replaces the other): gets its policy there. */
struct attached {
	struct attached *next;
	struct uuid id;
	unsigned connections;
	uint32_t protocol; /* of its newest connection */
};

struct edge_task {
	struct task task;
	uint32_t type, id; /* of the reply; type 0: none */
	uint32_t opened;   /* of the channel it came by: ids are that edge's */
	struct uuid gateway_id;
	bool control, go, want_policy;
	bool body;	   /* a large policy is wanted whole, not only announced */
	bool large;	   /* policy is the announcement of one */
	uint32_t protocol; /* of the gateway the policy is for */
	struct buf policy;
	enum err (*step)(struct ctx *ctx, struct edge_task *self);
	union {
		struct msg_server_certificate certificate;
		struct msg_gateway_attach attach;
		struct msg_gateway_detached detached;
		struct msg_gateway_beat beat;
		struct msg_gateway_witness witness;
	} in;
	uint8_t *bytes; /* what the blocks of `in` point into */
};

static void edge_free(struct edge_task *self)
{
	buf_clear(&self->policy);
	free(self->bytes);
	task_free(self);
}

static enum err shared_step(struct ctx *ctx, struct task *task)
{
	struct edge_task *self = (struct edge_task *)task;

	buf_reset(&self->task.effects.reply);
	return self->step(ctx, self);
}

static enum err transaction(struct ctx *ctx, void *arg)
{
	return shared_step(ctx, arg);
}

static void work(struct task *task, struct ctx *ctx)
{
	struct edge_task *self = (struct edge_task *)task;

	ctx->deadline_us = sys_mono_us() + (int64_t)DEADLINE_S * 1000000;
	task->effects.err = db_transaction(ctx, transaction, self);
	if (task->effects.err != ERR_OK)
		log_failure(ctx, "edge");
}

static void send_policy(struct authority *authority, const struct uuid *id, bool body);
static void post_policy(struct edge_task *self);

static struct attached **bucket_of(struct authority *authority, const struct uuid *id)
{
	uint32_t hash = 2166136261U;

	for (size_t i = 0; i < UUID_SIZE; i++)
		hash = (hash ^ id->b[i]) * 16777619U;
	return &authority->attached[hash % ATTACHED_BUCKETS];
}

/* Where that gateway stands, or would. */
static struct attached **place_of(struct authority *authority, const struct uuid *id)
{
	struct attached **at = bucket_of(authority, id);

	while (*at && !uuid_equal(&(*at)->id, id))
		at = &(*at)->next;
	return at;
}

static void remember(struct authority *authority, const struct uuid *id, uint32_t protocol)
{
	struct attached **at = place_of(authority, id);

	if (!*at)
		*at = calloc(1, sizeof(**at));
	if (!*at)
		return;
	(*at)->id = *id;
	(*at)->protocol = protocol;
	(*at)->connections++;
}

static void forget(struct authority *authority, const struct uuid *id, bool whole)
{
	struct attached **at = place_of(authority, id), *attached = *at;

	if (!attached || (!whole && --attached->connections))
		return;
	*at = attached->next;
	free(attached);
}

static void forget_all(struct authority *authority)
{
	for (size_t i = 0; i < ATTACHED_BUCKETS; i++) {
		while (authority->attached[i])
			forget(authority, &authority->attached[i]->id, true);
	}
}

/* What was to be said counts only when its transaction was committed. A gateway that could not be
 * judged is told to come again. */
static void take_back(struct edge_task *self)
{
	const struct msg_gateway_verdict busy = {.verdict = GATEWAY_BUSY,
						 .retry_after = BUSY_RETRY_S};

	self->go = self->want_policy = false;
	buf_reset(&self->policy);
	if (self->type == MSG_SERVER_CERTIFICATE_ISSUED)
		return; /* edge asks again */
	buf_reset(&self->task.effects.reply);
	if (self->type == MSG_GATEWAY_VERDICT)
		codec_put(&self->task.effects.reply, &msg_gateway_verdict_codec, &busy);
}

static void done(struct task *task)
{
	struct edge_task *self = (struct edge_task *)task;
	struct authority *authority = task->authority;
	struct chan *edge = authority->peers[PEER_EDGE];
	const struct buf *reply = &task->effects.reply;

	if (task->effects.err != ERR_OK)
		take_back(self);
	bool same = self->id == 0 || self->opened == authority->opened[PEER_EDGE];

	if (same && edge && chan_is_open(edge) && self->type != 0 && reply->len > 0 &&
	    chan_post(edge, self->type, self->id, reply->data, reply->len, NULL, 0) != ERR_OK)
		log_event(LOG_LEVEL_WARN, NULL, "edge_answer_shed", NULL);
	authority_apply(authority, &task->effects);
	if (self->type == MSG_GATEWAY_POLICY && task->effects.err == ERR_OK)
		post_policy(self);
	if (self->go && self->control)
		remember(authority, &self->gateway_id, self->in.attach.protocol);
	if ((self->go && self->control) || self->want_policy)
		send_policy(authority, &self->gateway_id, false);
	if (task->effects.err == ERR_INPUT && self->step && self->bytes && self->type == 0)
		edge_close_gateway(authority, &self->gateway_id, "protocol");
	edge_free(self);
}

static void notify(struct edge_task *self)
{
	struct out out = {.secret_fd = -1};

	out_notify(&out, "gateways", &self->gateway_id);
	self->task.effects.notify_count = 0;
	runner_take_effects(&self->task.effects, &out);
}

static struct edge_task *edge_new(struct authority *authority, const struct chan_msg *msg,
				  enum err (*step)(struct ctx *ctx, struct edge_task *self))
{
	struct edge_task *self = task_new(authority, sizeof(*self), work, done);

	if (!self)
		return NULL;
	self->step = step;
	self->task.step = shared_step;
	self->id = msg ? msg->id : 0;
	self->opened = authority->opened[PEER_EDGE];
	if (!msg)
		return self;
	self->bytes = malloc(msg->len ? msg->len : 1);
	if (!self->bytes) {
		edge_free(self);
		return NULL;
	}
	memcpy(self->bytes, msg->data, msg->len);
	return self;
}

/* Full: edge asks again (certificates), the gateway is told to come again, or a beat is lost. */
static enum err submit(struct edge_task *self)
{
	const uint8_t *id = self->gateway_id.b;
	bool taken = self->type == MSG_SERVER_CERTIFICATE_ISSUED
			     ? task_submit(self)
			     : lane_submit(self->task.authority, id[UUID_SIZE - 1], &self->task);

	if (!taken) {
		self->task.effects.err = ERR_LIMIT;
		done(&self->task);
	}
	return ERR_OK;
}

/* --- server certificates --- */

static size_t join_names(const struct conf *conf, uint8_t out[NAMES_MAX])
{
	size_t len = 0;

	for (const char *const *name = conf->server_names; name && *name; name++) {
		size_t size = strlen(*name);
		if (len + size + 1 > NAMES_MAX)
			break;
		if (len > 0)
			out[len++] = 0;
		memcpy(out + len, *name, size);
		len += size;
	}
	return len;
}

/* For metrics: an end that comes near says that edge is not given a newer one. */
static enum err note_end(struct ctx *ctx, int64_t not_after)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%lld", (long long)not_after);

	return gateway_state_sql_put(ctx, "tls.not_after",
				     (struct block){(const uint8_t *)text, (size_t)len},
				     sys_real_us());
}

static enum err issue(struct ctx *ctx, struct edge_task *self)
{
	uint8_t names[NAMES_MAX];
	int64_t now = sys_real_us() / 1000000;
	struct keeper_public keys;
	struct keeper_cert wish = {.kind = self->in.certificate.kind,
				   .serial = uuid_random(),
				   .not_before = now - 300,
				   .not_after = now + (int64_t)CERTIFICATE_HOURS * 3600,
				   .public_key = self->in.certificate.public_key};
	struct msg_server_certificate_issued answer = {.not_after = wish.not_after * 1000000};

	wish.serial.b[0] &= 0x7f;
	wish.names = (struct block){names, join_names(ctx->conf, names)};
	enum err err = keeper_issue(ctx, &wish, &answer.certificate);
	if (err == ERR_OK)
		err = keeper_public(ctx, &keys);
	enum err noted = err == ERR_OK ? note_end(ctx, wish.not_after) : ERR_OK;
	if (noted != ERR_OK)
		return noted;
	if (err == ERR_OK)
		answer.ca = keys.ca_certificate;
	else
		answer = (struct msg_server_certificate_issued){.err = (uint32_t)err};
	codec_put(&self->task.effects.reply, &msg_server_certificate_issued_codec, &answer);
	return ERR_OK;
}

static enum err on_certificate(void *arg, struct chan *chan, struct chan_msg *msg,
			       const void *message)
{
	struct edge_task *self = edge_new(arg, msg, issue);

	(void)chan;
	(void)message;
	if (!self || codec_get(&msg_server_certificate_codec, self->bytes, msg->len,
			       &self->in.certificate) != ERR_OK)
		return ERR_MEMORY;
	/* Only server certificates: an edge that was taken over must not make itself a gateway. */
	if (self->in.certificate.kind != KEEPER_CERT_SERVER_EC &&
	    self->in.certificate.kind != KEEPER_CERT_SERVER_RSA) {
		edge_free(self);
		return ERR_DENIED;
	}
	self->type = MSG_SERVER_CERTIFICATE_ISSUED;
	return submit(self);
}

/* --- gateways --- */

static enum err attach(struct ctx *ctx, struct edge_task *self)
{
	struct msg_gateway_verdict verdict = {0};
	enum err err = gateway_attach(ctx, &self->in.attach, &verdict, &self->go);

	if (err != ERR_OK)
		return err;
	codec_put(&self->task.effects.reply, &msg_gateway_verdict_codec, &verdict);
	notify(self);
	return ERR_OK;
}

static enum err on_attach(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	struct edge_task *self = edge_new(arg, msg, attach);

	(void)chan;
	(void)message;
	if (!self ||
	    codec_get(&msg_gateway_attach_codec, self->bytes, msg->len, &self->in.attach) != ERR_OK)
		return ERR_MEMORY;
	self->type = MSG_GATEWAY_VERDICT;
	self->gateway_id = self->in.attach.gateway_id;
	self->control = self->in.attach.gateway_class == GATEWAY_CONTROL;
	return submit(self);
}

static enum err detached(struct ctx *ctx, struct edge_task *self)
{
	enum err err = gateway_detached(ctx, &self->in.detached);

	if (err == ERR_OK)
		notify(self);
	return err;
}

static enum err on_detached(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	const struct msg_gateway_detached *gone = message;
	struct edge_task *self = edge_new(arg, msg, detached);

	(void)chan;
	if (gone->gateway_class == GATEWAY_CONTROL)
		forget(arg, &gone->gateway_id, false);
	if (!self || codec_get(&msg_gateway_detached_codec, self->bytes, msg->len,
			       &self->in.detached) != ERR_OK)
		return ERR_MEMORY;
	self->gateway_id = gone->gateway_id;
	return submit(self);
}

static enum err beat(struct ctx *ctx, struct edge_task *self)
{
	return gateway_beat(ctx, &self->in.beat, &self->want_policy);
}

static enum err on_beat(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	struct edge_task *self = edge_new(arg, msg, beat);

	(void)chan;
	(void)message;
	if (!self ||
	    codec_get(&msg_gateway_beat_codec, self->bytes, msg->len, &self->in.beat) != ERR_OK)
		return ERR_MEMORY;
	self->gateway_id = self->in.beat.gateway_id;
	return submit(self);
}

static enum err witness(struct ctx *ctx, struct edge_task *self)
{
	return witness_present(ctx, &self->in.witness);
}

static enum err on_witness(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	struct edge_task *self = edge_new(arg, msg, witness);

	(void)chan;
	(void)message;
	if (!self || codec_get(&msg_gateway_witness_codec, self->bytes, msg->len,
			       &self->in.witness) != ERR_OK)
		return ERR_MEMORY;
	self->gateway_id = self->in.witness.gateway_id;
	return submit(self);
}

/* --- what goes to gateways --- */

static enum err policy(struct ctx *ctx, struct edge_task *self)
{
	uint8_t head[BUNDLE_ANNOUNCEMENT];
	enum err err;

	buf_reset(&self->policy);
	self->large = false;
	err = gateway_policy_bundle(ctx, &self->gateway_id, self->protocol, &self->policy);
	if (err != ERR_OK || self->body || self->policy.len <= BUNDLE_SIGNED_MAX)
		return err;
	/* The body would stay in memory until the whole batch is committed. */
	memcpy(head, self->policy.data, sizeof(head));
	buf_clear(&self->policy);
	buf_put(&self->policy, head, sizeof(head));
	self->large = true;
	return buf_tell(ctx, &self->policy, "the policy");
}

static bool post_parts(struct edge_task *self, struct chan *edge)
{
	struct msg_gateway_policy_part part = {.gateway_id = self->gateway_id,
					       .total = (uint32_t)self->policy.len};
	enum err err = ERR_OK;

	for (size_t at = 0; at < self->policy.len && err == ERR_OK; at += part.bytes.len) {
		size_t left = self->policy.len - at;

		part.offset = (uint32_t)at;
		part.bytes.data = self->policy.data + at;
		part.bytes.len = left < MSG_POLICY_PART ? left : MSG_POLICY_PART;
		err = chan_post_codec(edge, MSG_GATEWAY_POLICY_PART, 0,
				      &msg_gateway_policy_part_codec, &part, NULL, 0);
	}
	return err == ERR_OK;
}

static bool post_one(struct edge_task *self, struct chan *edge, size_t len)
{
	const struct msg_gateway_policy message = {self->gateway_id, {self->policy.data, len}};

	return chan_post_codec(edge, MSG_GATEWAY_POLICY, 0, &msg_gateway_policy_codec, &message,
			       NULL, 0) == ERR_OK;
}

static void post_policy(struct edge_task *self)
{
	struct chan *edge = self->task.authority->peers[PEER_EDGE];
	char id[UUID_TEXT_SIZE];
	bool large = self->large || self->policy.len > BUNDLE_SIGNED_MAX;

	uuid_format(&self->gateway_id, id);
	if (self->policy.len == 0)
		log_event(LOG_LEVEL_WARN, NULL, "gateway_too_old_for_its_policy", "gateway", id,
			  NULL);
	else if (self->body && !large)
		; /* it was sent as a whole, the next beat or minute tells */
	else if (edge && chan_is_open(edge) &&
		 !(large && self->body
			   ? post_parts(self, edge)
			   : post_one(self, edge, large ? BUNDLE_ANNOUNCEMENT : self->policy.len)))
		log_event(LOG_LEVEL_WARN, NULL, "policy_shed", "gateway", id, NULL);
}

static void send_policy(struct authority *authority, const struct uuid *id, bool body)
{
	const struct attached *attached = *place_of(authority, id);
	struct edge_task *self = edge_new(authority, NULL, policy);

	if (!self)
		return;
	self->type = MSG_GATEWAY_POLICY;
	self->gateway_id = *id;
	self->protocol = attached ? attached->protocol : 0;
	self->body = body;
	buf_init(&self->policy, BUNDLE_LARGE_MAX);
	(void)!submit(self);
}

void edge_send_policies(struct authority *authority)
{
	for (size_t i = 0; i < ATTACHED_BUCKETS; i++) {
		for (const struct attached *at = authority->attached[i]; at; at = at->next)
			send_policy(authority, &at->id, false);
	}
}

static enum err on_policy_wanted(void *arg, struct chan *chan, struct chan_msg *msg,
				 const void *message)
{
	const struct msg_gateway_policy_wanted *wanted = message;

	(void)chan;
	(void)msg;
	if (*place_of(arg, &wanted->gateway_id))
		send_policy(arg, &wanted->gateway_id, true);
	return ERR_OK;
}

void edge_close_gateway(struct authority *authority, const struct uuid *gateway_id,
			const char *reason)
{
	struct chan *edge = authority->peers[PEER_EDGE];
	struct msg_gateway_close message = {.gateway_id = *gateway_id,
					    .reason = block_text(reason)};

	forget(authority, gateway_id, true);
	if (edge && chan_is_open(edge) &&
	    chan_post_codec(edge, MSG_GATEWAY_CLOSE, 0, &msg_gateway_close_codec, &message, NULL,
			    0) != ERR_OK)
		log_event(LOG_LEVEL_ERROR, NULL, "gateway_close_shed", NULL);
}

static enum err reset(struct ctx *ctx, struct edge_task *self)
{
	(void)self;
	return gateway_presence_reset(ctx);
}

void edge_lost(struct authority *authority)
{
	struct edge_task *self = edge_new(authority, NULL, reset);

	forget_all(authority);
	lane_drop(authority); /* what it still wanted */
	if (self)
		(void)!submit(self);
}

static enum err on_dialled(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	(void)chan;
	return authority_answered(arg, PEER_EDGE, msg->id, message);
}

static const struct chan_row rows[] = {
	{MSG_SERVER_CERTIFICATE, "server_certificate", &msg_server_certificate_codec,
	 sizeof(struct msg_server_certificate), 0, 0, on_certificate},
	{MSG_GATEWAY_ATTACH, "gateway_attach", &msg_gateway_attach_codec,
	 sizeof(struct msg_gateway_attach), 0, 0, on_attach},
	{MSG_GATEWAY_DETACHED, "gateway_detached", &msg_gateway_detached_codec,
	 sizeof(struct msg_gateway_detached), 0, 0, on_detached},
	{MSG_GATEWAY_BEAT, "gateway_beat", &msg_gateway_beat_codec, sizeof(struct msg_gateway_beat),
	 0, 0, on_beat},
	{MSG_GATEWAY_WITNESS, "gateway_witness", &msg_gateway_witness_codec,
	 sizeof(struct msg_gateway_witness), 0, 0, on_witness},
	{MSG_GATEWAY_POLICY_WANTED, "gateway_policy_wanted", &msg_gateway_policy_wanted_codec,
	 sizeof(struct msg_gateway_policy_wanted), 0, 0, on_policy_wanted},
	{MSG_DIALLED, "dialled", &msg_dialled_codec, sizeof(struct msg_dialled), 0, 0, on_dialled},
};

enum err edge_receive(void *arg, struct chan *chan, struct chan_msg *msg)
{
	return chan_dispatch(rows, sizeof(rows) / sizeof(rows[0]), arg, chan, msg);
}
