/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_DEVICE_READ_SQL_H
#define AUTH_DEVICE_READ_SQL_H

#include "base/ctx.h"
#include "base/uuid.h"

/* What web may see of a person's devices. */
struct device_view {
	struct uuid id;
	int64_t first_seen_at, last_seen_at, key_added_at; /* key_added_at 0: it has no key */
	const char *user_agent, *peer;
	bool current; /* that session's */
};
enum err device_read_list(struct ctx *ctx, const struct uuid *user_id,
			  const struct uuid *session_id,
			  void (*fn)(void *arg, const struct device_view *device),
			  void *arg) ERR_CHECKED;

#endif
