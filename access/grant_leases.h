/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ACCESS_GRANT_LEASES_H
#define ACCESS_GRANT_LEASES_H

#include "access/request.h"
#include "rbac/op.h"

/*
 * The last approval: one lease per account of the request, whose row the caller has locked. Each
 * account is locked in order of its id, so two requests for one exclusive account have one winner;
 * the other gets ERR_CONFLICT "lease.exclusive_conflict" and stays as it was. What the asker may
 * use is decided again: "request.no_longer_allowed".
 */
enum err leases_grant(struct ctx *ctx, const struct request *request, int64_t now,
		      struct out *out) ERR_CHECKED;

#endif
