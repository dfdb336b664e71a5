/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_NETWORK_SQL_H
#define AUTH_NETWORK_SQL_H

#include "auth/network.h"

enum err network_sql_version(struct ctx *ctx, bool lock, int64_t *out) ERR_CHECKED;
/* Texts borrowed while fn runs. */
typedef void network_rule_fn(void *arg, const struct network_rule *rule);
enum err network_sql_each(struct ctx *ctx, network_rule_fn *fn, void *arg) ERR_CHECKED;
enum err network_sql_replace(struct ctx *ctx, const struct network_rule *rules, size_t count,
			     const struct uuid *event_id) ERR_CHECKED;

/* Addresses that people and their API tokens came from since then, each once, by person. */
struct network_seen {
	struct uuid user_id;
	const char *login, *display_name, *peer;
	enum entrance entrance;
};
typedef enum err network_seen_fn(struct ctx *ctx, void *arg, const struct network_seen *seen);
enum err network_sql_seen(struct ctx *ctx, int64_t since, network_seen_fn *fn,
			  void *arg) ERR_CHECKED;

#endif
