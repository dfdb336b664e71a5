/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_FACTOR_H
#define AUTH_FACTOR_H

#include "base/ctx.h"
#include "base/uuid.h"

/* Second factors of a person, whatever their kind. Both in the caller's transaction: lock, take
 * something away, and see that something is left. */

/* Whoever changes a person's factors does so alone. */
enum err factor_lock(struct ctx *ctx, const struct uuid *user_id) ERR_CHECKED;
/* ERR_CONFLICT factor.last when no second factor is left: everybody signs in with one. */
enum err factor_keep_one(struct ctx *ctx, const struct uuid *user_id) ERR_CHECKED;

#endif
