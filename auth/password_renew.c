/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/password_renew.h"

#include <string.h>

#include "auth/password_cost.h"
#include "auth/password_history_sql.h"
#include "auth/signin_sql.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/conf.h"
#include "base/log.h"
#include "base/sys.h"
#include "sql/db.h"

enum err password_dummy(struct ctx *ctx, char out[PASSWORD_HASH_SIZE])
{
	scoped(secret_free_p) struct secret *password = secret_new(32);

	if (!password)
		return err_set(ctx, ERR_MEMORY, "No guarded memory for a secret.");
	sys_random(secret_data(password), 32);
	return password_hash(ctx, password, out);
}

static struct password_cost choose(const struct ctx *ctx)
{
	int64_t target = ctx->conf ? ctx->conf->password_hash_milliseconds : 100;

	return password_cost_within(target > 0 ? password_cost_measure() : -1, target * 1000);
}

static enum err start(struct ctx *ctx, void *arg)
{
	const struct password_cost *chosen = arg;
	struct password_cost had;
	struct block have;
	char hash[PASSWORD_HASH_SIZE];
	enum err err = signin_sql_setting(ctx, SETTING_DUMMY_HASH, &have);

	password_cost_set(*chosen);
	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err; /* auth_prepare makes the first */
	const char *text = arena_strndup(ctx->arena, (const char *)have.data, have.len);
	if (!text)
		return ERR_MEMORY;
	if (!password_cost_of(text, &had))
		return err_set(ctx, ERR_INTEGRITY, "The hash of unknown names is damaged.");
	if (password_cost_work(had) >= password_cost_work(*chosen)) {
		password_cost_set(had);
		return ERR_OK;
	}
	err = password_dummy(ctx, hash);
	return err == ERR_OK ? signin_sql_set_setting(ctx, SETTING_DUMMY_HASH,
						      (struct block){(uint8_t *)hash, strlen(hash)})
			     : err;
}

enum err password_cost_start(struct ctx *ctx)
{
	struct password_cost chosen = choose(ctx);

	return db_transaction(ctx, start, &chosen);
}

struct renewal {
	const struct uuid *user_id;
	const char *before;
	char after[PASSWORD_HASH_SIZE];
};

static enum err store(struct ctx *ctx, void *arg)
{
	const struct renewal *renewal = arg;

	return password_sql_renew(ctx, renewal->user_id, renewal->before, renewal->after);
}

void password_renew(struct ctx *ctx, const struct uuid *user_id, const char *hash,
		    const struct secret *password)
{
	struct renewal renewal = {.user_id = user_id, .before = hash};

	if (password_cost_left(hash) == 0)
		return;
	enum err err = password_hash(ctx, password, renewal.after);
	if (err == ERR_OK)
		err = db_transaction(ctx, store, &renewal);
	wipe(renewal.after, sizeof(renewal.after));
	if (err != ERR_OK)
		log_failure(ctx, "password_renew");
}
