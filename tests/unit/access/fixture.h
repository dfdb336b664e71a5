/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_ACCESS_FIXTURE_H
#define TESTS_UNIT_ACCESS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/ctx.h"
#include "rbac/op.h"
#include "rbac/principal.h"

/*
 * A small organisation: alice and dave (staff) ask, bob and carol (approvers) decide, everybody may
 * reach the accounts root (exclusive) and app (concurrent) of web-01 by one rule and one workflow
 * of one stage. Handlers run as the server runs them, in a transaction that is repeated on
 * ERR_RETRY.
 */
extern const struct principal alice, bob, carol, dave, admin;
extern const struct uuid account_root, account_app, workflow_one, workflow_two, group_approvers,
	group_staff, group_admins, target_web, target_group_top;

/* Empties what tests write and puts the organisation there. */
void organisation(void);
/* One ctx per thread: own connection, own arena. */
void actor_begin(struct ctx *ctx, const struct principal *who);
void actor_end(struct ctx *ctx);

/* Input of an operation: values by their place. */
void input(struct in *in, const char *op);
void input_text(struct in *in, unsigned index, const char *text);
void input_number(struct in *in, unsigned index, int64_t number);
void input_id(struct in *in, unsigned index, const struct uuid *id);
void input_ids(struct in *in, unsigned index, const struct uuid *ids, int64_t count);
/* Runs and commits when ERR_OK. The event of the operation must have been appended. */
enum err act(struct ctx *ctx, const struct in *in, struct out *out);
/* Runs a read and returns its JSON (arena). */
enum err look(struct ctx *ctx, const struct in *in, const char **out_json);

/* One number from the database, by SQL text. */
int64_t number_of(struct ctx *ctx, const char *query);

#endif
