/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef GATEWAYS_WITNESS_H
#define GATEWAYS_WITNESS_H

#include "base/messages.h"
#include "rbac/op.h"
#include "sql/db.h"

/* Gateways as witnesses, authority's half: what they present is kept until the worker has held it
 * against the tree; one that our tree does not hold is an alarm until a person acknowledges it.
 * All run in the caller's transaction. */

/* ERR_INPUT when the record does not parse: close that gateway. */
enum err witness_present(struct ctx *ctx, const struct msg_gateway_witness *presented) ERR_CHECKED;
/* *out_alarm: an alarm began. */
enum err witness_judge(struct ctx *ctx, const struct msg_witness_judged *judged,
		       bool *out_alarm) ERR_CHECKED;

const struct db_stmt_list *witness_statements(void);
/* Operation witnesses.acknowledge. */
enum err witness_acknowledge(struct ctx *ctx, const struct in *in, struct out *out) ERR_CHECKED;

#endif
