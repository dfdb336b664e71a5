/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/password_accept.h"

#include "auth/password_history_sql.h"
#include "auth/password_policy_read_sql.h"
#include "sql/db.h"

struct work {
	const struct uuid *user_id;
	int64_t at_least;
	struct password_policy policy;
	const char *former[PASSWORD_HISTORY_MAX];
	size_t count;
};

static enum err load(struct ctx *ctx, void *arg)
{
	struct work *work = arg;
	enum err err = password_policy_of_user(ctx, work->user_id, &work->policy);
	int64_t want =
		work->policy.history > work->at_least ? work->policy.history : work->at_least;
	if (err != ERR_OK || want == 0)
		return err;
	return password_history_sql_last(ctx, work->user_id, (size_t)want, work->former,
					 &work->count);
}

enum err password_accept(struct ctx *ctx, const struct uuid *user_id, const char *login,
			 const char *display_name, const struct secret *password, int64_t at_least)
{
	struct work work = {.user_id = user_id, .at_least = at_least};
	enum err err = db_transaction(ctx, load, &work);

	if (err == ERR_OK)
		err = password_check(ctx, &work.policy, password, login, display_name);
	for (size_t i = 0; i < work.count && err == ERR_OK; i++) {
		if (password_matches(ctx, work.former[i], password))
			err = err_field(ctx, "password", "password.reused",
					"This is one of your last passwords. Choose another one.");
	}
	return err;
}
