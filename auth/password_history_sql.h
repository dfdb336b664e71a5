/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_PASSWORD_HISTORY_SQL_H
#define AUTH_PASSWORD_HISTORY_SQL_H

#include "auth/password_policy.h"

/* Hashes of the last passwords, the present one first; texts in the arena. */
enum err password_history_sql_last(struct ctx *ctx, const struct uuid *user_id, size_t want,
				   const char *out[PASSWORD_HISTORY_MAX],
				   size_t *out_count) ERR_CHECKED;
/* Sets the password: present hash, history, time; whoever had to change it has. */
enum err password_sql_set(struct ctx *ctx, const struct uuid *user_id,
			  const char *hash) ERR_CHECKED;
/* The same password, hashed anew: present and history. Nothing happens when it is another by now.
 */
enum err password_sql_renew(struct ctx *ctx, const struct uuid *user_id, const char *before,
			    const char *after) ERR_CHECKED;
/* When it was set, and whether somebody asked for a new one. ERR_NOT_FOUND: there is none. */
struct password_age {
	int64_t set_at;
	bool must_change;
};
enum err password_sql_age(struct ctx *ctx, const struct uuid *user_id,
			  struct password_age *out) ERR_CHECKED;
/* From the next step on, in every sign-in of that person. ERR_NOT_FOUND: there is no password. */
enum err password_sql_must_change(struct ctx *ctx, const struct uuid *user_id) ERR_CHECKED;

#endif
