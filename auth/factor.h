/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_FACTOR_H
#define AUTH_FACTOR_H

#include "base/ctx.h"
#include "base/uuid.h"

/* Second factors of a person, whatever their kind. Both in the caller's transaction: lock, take
 * something away, and see that something is left. */

/* Whoever changes their factors does so alone, and signed in still (session_lock_own). ERR_DENIED
 * password.due: first the password, which somebody else may know. */
enum err factor_lock(struct ctx *ctx) ERR_CHECKED;
/* ERR_CONFLICT factor.last when no second factor is left: everybody signs in with one;
 * factor.last_for_floor when none that meets the person's floor is. */
enum err factor_keep_one(struct ctx *ctx, const struct uuid *user_id) ERR_CHECKED;

#endif
