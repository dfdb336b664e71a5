/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_ENROLMENT_SQL_H
#define AUTH_ENROLMENT_SQL_H

#include "auth/enrolment.h"

enum err enrolment_sql_expire_others(struct ctx *ctx, const struct uuid *user_id,
				     int64_t now) ERR_CHECKED;
enum err enrolment_sql_insert(struct ctx *ctx, const struct uuid *id, const struct uuid *user_id,
			      permission_set judged, const uint8_t token_hash[32], int64_t now,
			      int64_t expires) ERR_CHECKED;
/* Unused and not expired at now; locks the row. */
enum err enrolment_sql_find(struct ctx *ctx, const uint8_t token_hash[32], int64_t now,
			    struct enrolment *out) ERR_CHECKED;
enum err enrolment_sql_set_totp(struct ctx *ctx, const struct uuid *id,
				const struct uuid *secret_id) ERR_CHECKED;
/* *out false: somebody was faster. */
enum err enrolment_sql_use(struct ctx *ctx, const struct uuid *id, int64_t now,
			   bool *out) ERR_CHECKED;

#endif
