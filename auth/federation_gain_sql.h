/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_FEDERATION_GAIN_SQL_H
#define AUTH_FEDERATION_GAIN_SQL_H

#include "base/uuid.h"
#include "sql/db.h"

/* Memberships and direct role grants that say which provider gave them. Those without, or of
 * another provider, are neither seen nor changed here. */
const struct db_stmt_list *federation_gain_statements(void);

struct federation_gift {
	const char *role; /* NULL: membership of the group */
	struct uuid group_id;
	const char *name; /* for people: of the role or the group */
};
/* Who gave what to whom, in the event that records it. */
struct federation_giver {
	struct uuid provider_id, user_id, event_id;
};

/* Of the provider, in the order of names; no more than fit. */
enum err federation_gain_sql_given(struct ctx *ctx, const struct federation_giver *giver,
				   struct federation_gift *out, size_t max,
				   size_t *out_count) ERR_CHECKED;
/* *out_changed false: they have it already, from whomever; or the group is archived. */
enum err federation_gain_sql_add(struct ctx *ctx, const struct federation_giver *giver,
				 const struct federation_gift *gift, bool *out_changed) ERR_CHECKED;
/* *out_changed false: the provider had not given it. */
enum err federation_gain_sql_remove(struct ctx *ctx, const struct federation_giver *giver,
				    const struct federation_gift *gift,
				    bool *out_changed) ERR_CHECKED;
/* Of everybody: how many people hold something of the provider, and what, with how many each
 * ("crew: 12, night: 3"; NULL: nothing). Arena memory. */
struct federation_given {
	int64_t people;
	const char *groups, *roles;
};
enum err federation_gain_sql_given_all(struct ctx *ctx, const struct uuid *provider_id,
				       struct federation_given *out) ERR_CHECKED;
/* All of that goes, and each of those people and groups has a new version. */
enum err federation_gain_sql_remove_all(struct ctx *ctx, const struct uuid *provider_id,
					const struct uuid *event_id) ERR_CHECKED;
/* The group's version + 1: its members are part of what If-Match protects. */
enum err federation_gain_sql_touch(struct ctx *ctx, const struct federation_giver *giver,
				   const struct federation_gift *gift) ERR_CHECKED;

#endif
