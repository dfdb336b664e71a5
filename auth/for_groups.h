/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_FOR_GROUPS_H
#define AUTH_FOR_GROUPS_H

#include "base/ctx.h"
#include "base/json.h"
#include "base/uuid.h"
#include "rbac/op.h"

/*
 * Policies of a kind (passwords, second factors, how long a sign-in lasts): one is the default,
 * each may be for groups of people, and a group is under one of a kind at most.
 */
struct db_stmt;
struct audit;
typedef void for_groups_fn(void *arg, const struct uuid *group, const char *name);
typedef enum err for_groups_read_fn(struct ctx *ctx, const struct uuid *policy, for_groups_fn *fn,
				    void *arg);

/* One call for each row (group id, name) of a statement whose parameter is the policy. */
enum err for_groups_read(struct ctx *ctx, const struct db_stmt *stmt, const struct uuid *policy,
			 for_groups_fn *fn, void *arg) ERR_CHECKED;
/* The same as an array "groups". */
enum err for_groups_put(struct ctx *ctx, struct json *json, for_groups_read_fn *read,
			const struct uuid *policy) ERR_CHECKED;

/* What changing one of a kind takes; parameters of the statements in that order. */
struct for_groups_kind {
	for_groups_read_fn *read;
	const struct db_stmt *only_default; /* event, policy: the others are not it any more */
	const struct db_stmt *free_groups;  /* policy */
	const struct db_stmt *free_group;   /* group */
	const struct db_stmt *take_group;   /* policy, event, group; no row: no such group */
	const char *needs_default; /* reason when the default would be ended without another */
};
/* Fields of the operation. */
struct for_groups_fields {
	unsigned is_default, group_ids;
};
/* In a transaction that has locked all policies of the kind. */
enum err for_groups_change(struct ctx *ctx, const struct in *in, struct audit *audit,
			   const struct for_groups_kind *kind, struct for_groups_fields fields,
			   const struct uuid *policy, bool *is_default) ERR_CHECKED;

#endif
