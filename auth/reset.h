/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_RESET_H
#define AUTH_RESET_H

#include "auth/user.h"
#include "rbac/permission.h"

/*
 * A new link for somebody who is enrolled already lets whoever holds it become that person. For a
 * privileged person (one who may more than ask for targets) one administrator asks, and another one
 * issues the link, within a day; the owner of the server (console) needs nobody. Both may manage
 * people, at that moment and `reset_administrator_hours` before it: one made for the purpose is no
 * second one.
 */
enum { RESET_ASK_HOURS = 24 };

/* In the caller's transaction, before the link is made: takes the request. *theirs: what the person
 * may do; made everything when the console asks, which judges by itself. ERR_CONFLICT
 * user.second_needed, user.second_must_differ, user.second_too_new. */
enum err reset_allowed(struct ctx *ctx, const struct user *user,
		       permission_set *theirs) ERR_CHECKED;

#endif
