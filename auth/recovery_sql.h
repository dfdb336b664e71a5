/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_RECOVERY_SQL_H
#define AUTH_RECOVERY_SQL_H

#include <stdbool.h>

#include "auth/recovery.h"
#include "base/codec.h"
#include "base/uuid.h"

/* The salt of a person's codes; ERR_NOT_FOUND: none were ever made. */
enum err recovery_sql_salt(struct ctx *ctx, const struct uuid *user_id,
			   uint8_t out[RECOVERY_SALT]) ERR_CHECKED;
enum err recovery_sql_add(struct ctx *ctx, const struct uuid *user_id,
			  const uint8_t salt[RECOVERY_SALT],
			  const uint8_t hash[RECOVERY_HASH]) ERR_CHECKED;
enum err recovery_sql_remove_all(struct ctx *ctx, const struct uuid *user_id) ERR_CHECKED;
/* Uses a code up. *out_used: it was not used before; *out_known: it is one of this person's. */
enum err recovery_sql_use(struct ctx *ctx, const struct uuid *user_id,
			  const uint8_t hash[RECOVERY_HASH], struct block peer, bool *out_used,
			  bool *out_known) ERR_CHECKED;
enum err recovery_sql_left(struct ctx *ctx, const struct uuid *user_id, int64_t *out) ERR_CHECKED;

#endif
