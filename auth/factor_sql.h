/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_FACTOR_SQL_H
#define AUTH_FACTOR_SQL_H

#include <stdbool.h>

#include "base/ctx.h"
#include "base/uuid.h"

enum { TOTP_DEVICES_MAX = 5 };

/* One device of a person that shows one-time codes, with its own counter of the codes it used. */
struct totp_device {
	struct uuid id, secret_id;
	const char *label; /* "": the one of the enrolment */
	uint64_t last_step;
};

/* The confirmed ones, in the order they were added. */
enum err factor_sql_devices(struct ctx *ctx, const struct uuid *user_id,
			    struct totp_device out[TOTP_DEVICES_MAX],
			    size_t *out_count) ERR_CHECKED;
/* A confirmed one of this person; locks it. ERR_NOT_FOUND. */
enum err factor_sql_device(struct ctx *ctx, const struct uuid *user_id, const struct uuid *id,
			   struct totp_device *out) ERR_CHECKED;
/* What was shown since then and is not confirmed; locks it. ERR_NOT_FOUND. */
enum err factor_sql_pending(struct ctx *ctx, const struct uuid *user_id, int64_t since,
			    struct totp_device *out) ERR_CHECKED;
enum err factor_sql_add(struct ctx *ctx, const struct uuid *user_id,
			const struct totp_device *device, bool confirmed) ERR_CHECKED;
enum err factor_sql_confirm(struct ctx *ctx, const struct uuid *id, uint64_t step) ERR_CHECKED;
/* Moves the last accepted step forward; *out false: somebody used this or a later one. */
enum err factor_sql_step(struct ctx *ctx, const struct uuid *id, uint64_t step,
			 bool *out) ERR_CHECKED;
enum err factor_sql_rename(struct ctx *ctx, const struct uuid *id, const char *label) ERR_CHECKED;
/* The row and its seed. */
enum err factor_sql_remove(struct ctx *ctx, const struct totp_device *device) ERR_CHECKED;
/* Those that were shown and never confirmed; all of a person. With their seeds. */
enum err factor_sql_remove_pending(struct ctx *ctx, const struct uuid *user_id) ERR_CHECKED;
/* Those that were added in that session, with their seeds. */
enum err factor_sql_remove_of(struct ctx *ctx, const struct uuid *user_id,
			      const struct uuid *session_id, uint64_t *out_count) ERR_CHECKED;
enum err factor_sql_remove_all(struct ctx *ctx, const struct uuid *user_id) ERR_CHECKED;
/* Second factors of a person that a sign-in may use, of whatever kind; recovery codes are none. */
enum err factor_sql_count(struct ctx *ctx, const struct uuid *user_id, int64_t *out) ERR_CHECKED;

#endif
