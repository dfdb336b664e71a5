/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_AUTHORITY_HOLD_H
#define SERVER_AUTHORITY_HOLD_H

#include "rbac/op.h"

/*
 * Privileged sessions whose sign-in has ended: they end with it. At once where somebody took it
 * away or it was copied; when it ran out or its person signed out, they are held (nothing typed
 * reaches the target) for conf session_grace_seconds, in which their person may sign in and keep
 * them (sessions.keep). Each is said with session.held.
 */
/* In the tick's transaction, each second; at most room of them. */
enum err hold_sweep(struct ctx *ctx, size_t room, struct out *out) ERR_CHECKED;
/* The same for one open session, by the limits that hold for its person now. */
enum err hold_recheck(struct ctx *ctx, const struct uuid *session_id, struct out *out) ERR_CHECKED;
/* Somebody has typed into it: that is use of their sign-in. Own transaction. */
enum err hold_used(struct ctx *ctx, const struct uuid *session_id) ERR_CHECKED;

struct db_stmt_list;
const struct db_stmt_list *hold_statements(void);

#endif
