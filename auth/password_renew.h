/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_PASSWORD_RENEW_H
#define AUTH_PASSWORD_RENEW_H

#include "auth/password.h"
#include "base/uuid.h"

/* At start, before auth_prepare needs a hash: chooses the cost (password_cost.h), and makes the
 * hash of unknown names anew when that is stronger than the one it has. Own transaction. */
enum err password_cost_start(struct ctx *ctx) ERR_CHECKED;
/* A hash of a password that nobody has, of the present cost. */
enum err password_dummy(struct ctx *ctx, char out[PASSWORD_HASH_SIZE]) ERR_CHECKED;
/* Hashes a password that was just proved anew when its hash is weaker than new ones; whoever set
 * another one meanwhile wins. It is as old as before. Own transaction; outside of one. A failure is
 * logged and left to the next time. */
void password_renew(struct ctx *ctx, const struct uuid *user_id, const char *hash,
		    const struct secret *password);

#endif
