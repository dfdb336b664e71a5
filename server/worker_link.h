/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_WORKER_LINK_H
#define SERVER_WORKER_LINK_H

#include "audit/checkpoint.h"
#include "base/buf.h"
#include "base/messages.h"

/* Worker's questions to authority: one at a time, each answered or given up. */
struct worker_link {
	int fd;
	uint32_t last_id;
	bool lost; /* the peer is gone: the role ends */
	struct buf scratch;
};

void worker_link_init(struct worker_link *link, int fd);
void worker_link_clear(struct worker_link *link);
/* Signs through authority; arg of the signer is the link. */
struct checkpoint_signer worker_link_signer(struct worker_link *link);
enum err worker_link_head(struct ctx *ctx, struct worker_link *link,
			  const struct msg_recording_head *head) ERR_CHECKED;
enum err worker_link_judged(struct ctx *ctx, struct worker_link *link,
			    const struct msg_witness_judged *judged) ERR_CHECKED;
/* Waits, and notices when the peer goes. */
void worker_link_wait(struct worker_link *link, int timeout_ms);

#endif
