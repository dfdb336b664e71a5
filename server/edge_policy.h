/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_EDGE_POLICY_H
#define SERVER_EDGE_POLICY_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/messages.h"
#include "gateways/proto/stream.h"

/*
 * A large policy bundle (gateways/proto/bundle.h) on its way: authority sends it in parts, which
 * become one body here, and that goes to the gateway as fast as it takes it. Edge understands
 * nothing of it: the gateway verifies.
 */
struct policy_gather {
	struct uuid gateway_id;
	uint32_t total, at; /* total 0: nothing has begun */
	struct buf bytes;
};
void policy_gather_init(struct policy_gather *gather);
void policy_gather_clear(struct policy_gather *gather);
/* A part that begins one drops what was there before. ERR_INPUT for one that does not follow the
 * last, or is of no sound size. *out_whole: bytes now hold all of it, unless memory was short. */
enum err policy_gather_part(struct policy_gather *gather,
			    const struct msg_gateway_policy_part *part,
			    bool *out_whole) ERR_CHECKED;

/* PUT /policy with these bytes, which are taken over. *slot holds it until its stream is gone;
 * false when the tunnel takes no more. */
struct policy_upload;
bool policy_upload_start(struct tunnel *tunnel, struct buf *bytes, struct policy_upload **slot);
/* stream_events' answer: one that is no 204 is logged. */
void put_answered(void *arg, struct stream *stream, int status);

#endif
