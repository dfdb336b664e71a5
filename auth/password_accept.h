/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_PASSWORD_ACCEPT_H
#define AUTH_PASSWORD_ACCEPT_H

#include "auth/password.h"
#include "base/uuid.h"

/*
 * Whether a person may take this password: their policy, and their former passwords. Wherever one
 * is set (enrolment, reset, change, forced change) it went through here. Each former one costs a
 * whole hash: only on a password thread, never inside a transaction. at_least: so many former ones
 * are refused even when the policy says fewer (1 where the present one is to be replaced).
 * ERR_INPUT, field "password".
 */
enum err password_accept(struct ctx *ctx, const struct uuid *user_id, const char *login,
			 const char *display_name, const struct secret *password,
			 int64_t at_least) ERR_CHECKED;

#endif
