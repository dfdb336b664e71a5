/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_WORKER_WITNESS_H
#define SERVER_WORKER_WITNESS_H

#include "base/buf.h"
#include "base/messages.h"
#include "server/worker_sql.h"

/* Holds what a gateway presented against our tree. out->handed points into handed: the newest
 * checkpoint with its proof; nothing while a loss is not acknowledged.
 * ERR_NOT_FOUND: no checkpoint is signed yet. */
enum err worker_witness_judge(struct ctx *ctx, const struct presented_witness *presented,
			      struct msg_witness_judged *out, struct buf *handed) ERR_CHECKED;

#endif
