/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ACCESS_TICK_H
#define ACCESS_TICK_H

#include "base/ctx.h"
#include "rbac/op.h"

/*
 * One round of time, in the caller's transaction: leases whose window is over end (effect
 * OUT_EFFECT_CUT_LEASE), leases whose window began become active, pending requests whose window
 * passed expire; each with its audit event. Takes at most OUT_EFFECTS_MAX of each: when it filled
 * out->effects the caller commits and calls again at once. Rows another node holds are skipped.
 */
enum err access_tick(struct ctx *ctx, struct out *out) ERR_CHECKED;

#endif
