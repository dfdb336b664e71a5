/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_SECOND_H
#define AUTH_SECOND_H

#include "base/ctx.h"
#include "base/uuid.h"
#include "rbac/permission.h"

/*
 * What takes two administrators: one asks, another one does it. Both may do so at that moment and
 * `reset_administrator_hours` before it: one made for the purpose is no second one.
 */

/* For whom it takes two: who may do more than ask for targets. */
bool second_is_needed(permission_set theirs);
/* The owner of the server acts, who needs nobody. */
bool second_is_console(const struct ctx *ctx);
/* ERR_CONFLICT user.second_too_new unless whoever acts has been permitted that for so long. */
enum err second_refuse_new(struct ctx *ctx, enum permission permission) ERR_CHECKED;
/* Whether whoever asked could ask now: active, settled, not above theirs. */
enum err second_still_asks(struct ctx *ctx, const struct uuid *asked_by, enum permission permission,
			   permission_set theirs, bool *out) ERR_CHECKED;

#endif
