/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_PAST_UNDO_H
#define AUTH_PAST_UNDO_H

#include "audit/audit.h"
#include "auth/past.h"

/*
 * Takes away what a session that was not its person's added to the account: code devices, passkeys,
 * recovery codes; the mail address becomes, unconfirmed, the one before it, unless the session that
 * asks has set another since. What the session removed does not come back. audit: tells how much,
 * and is the event that the address is of. With the person's row locked.
 */
enum err past_undo(struct ctx *ctx, const struct past *past, struct audit *audit) ERR_CHECKED;

#endif
