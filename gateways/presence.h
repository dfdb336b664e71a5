/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef GATEWAYS_PRESENCE_H
#define GATEWAYS_PRESENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/ctx.h"
#include "base/messages.h"
#include "rbac/op.h"

/*
 * What authority knows about live gateways: who may attach, who is there, how each is told what it
 * may dial. All run inside a transaction the caller opens and commits, with ctx->db and
 * ctx->keeper; memory comes from ctx->arena. A refusal of a gateway is ERR_OK too: its audit event
 * has to be committed.
 */

/* Verdict on one connection: certificate and gateway state, second machine; presence and audit.
 * *out_go: the connection may stay. */
enum err gateway_attach(struct ctx *ctx, const struct msg_gateway_attach *message,
			struct msg_gateway_verdict *out, bool *out_go) ERR_CHECKED;
enum err gateway_detached(struct ctx *ctx, const struct msg_gateway_detached *detached) ERR_CHECKED;
/* Heartbeat: presence and target states. *out_want_policy: the gateway's policy version is not what
 * it would be sent now. ERR_INPUT when the record does not parse: close that gateway. */
enum err gateway_beat(struct ctx *ctx, const struct msg_gateway_beat *beat,
		      bool *out_want_policy) ERR_CHECKED;
/* Late after two intervals without a beat, offline after three; notifies "gateways";
 * closes connected ones that may not be. Every second. */
enum err gateway_presence_tick(struct ctx *ctx, struct out *out) ERR_CHECKED;
/* Nobody is attached: authority started, or edge is gone. */
enum err gateway_presence_reset(struct ctx *ctx) ERR_CHECKED;

/* Keeps the CA's and the grant signer's certificate, and the installation's tenant id, in
 * system_state, where EST and tokens read them. After each unsealing. */
enum err gateway_publish_trust(struct ctx *ctx) ERR_CHECKED;
/* A fresh signed bundle (proto/bundle.h) appended to out, whose limit is BUNDLE_LARGE_MAX; nothing
 * when only a large one holds the group's targets and the gateway's protocol does not know that. It
 * carries the gateway's signed clock, so send one, or its announcement, at least each
 * BUNDLE_REFRESH_US. */
enum err gateway_policy_bundle(struct ctx *ctx, const struct uuid *gateway_id, uint32_t protocol,
			       struct buf *out) ERR_CHECKED;
/* Bundles and grants carry a time of their own, the wall clock plus what was added here: gateways
 * believe no signed time that went back. */
enum err gateway_signed_time_add(struct ctx *ctx, int64_t us) ERR_CHECKED;
/* Online gateways of the target's group, quickest first. */
enum err gateway_choose(struct ctx *ctx, const struct uuid *target_id, struct uuid *out_ids,
			size_t max, size_t *out_count) ERR_CHECKED;
/* Signed grant and "<target uuid>.target:<port>" for MSG_DIAL. ends_at: the session's end; the
 * grant lives a minute at most. */
enum err gateway_grant(struct ctx *ctx, const struct uuid *gateway_id, const struct uuid *target_id,
		       const struct uuid *session_id, int64_t ends_at, struct block *out_grant,
		       struct block *out_authority) ERR_CHECKED;

#endif
