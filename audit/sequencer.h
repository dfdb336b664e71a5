/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUDIT_SEQUENCER_H
#define AUDIT_SEQUENCER_H

#include "audit/merkle.h"
#include "base/ctx.h"

/*
 * Gives committed events dense numbers and extends the tree. One transaction per round: the state
 * row is locked (rivals wait), pending rows are read without a lock (a writer that commits late
 * simply appears in a later round), numbered, deleted by exact key, and all is committed together:
 * a crash rolls the whole round back.
 */
struct sequencer {
	struct merkle_frontier frontier; /* of the last round that surely committed */
	bool known;
};

enum { SEQUENCER_ROUND_MAX = 2000 };

void sequencer_init(struct sequencer *sequencer);
/* One round. *out_count: events numbered (SEQUENCER_ROUND_MAX or close to it: there may be more).
 * ERR_INTEGRITY: a hash came out differently the second time, or the tree is damaged. */
enum err sequencer_run(struct ctx *ctx, struct sequencer *sequencer, size_t *out_count) ERR_CHECKED;

#endif
