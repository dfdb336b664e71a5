/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sql/migrate.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/ctx.h"
#include "base/log.h"
#include "base/role.h"
#include "base/sys.h"
#include "sql/db.h"

/* Role migrate: brings schema and service accounts up to date, then ends. */
enum { ARENA_SIZE = 1 << 20, LIMIT_US = 300 * 1000000, EXIT_LATER = 75 };

static const struct sandbox_spec spec = {.role = "migrate", .allow = SANDBOX_UNIX_CONNECT};

static struct db *connection(const struct conf *conf, const struct secret *password, bool named)
{
	struct db_params params = db_params_of(conf, conf->database_admin, password);

	if (!named)
		params.database = NULL;
	struct db *db = db_new(&params);
	if (db != NULL)
		db_allow_scripts(db);
	return db;
}

static enum err database_create(struct ctx *ctx, const struct conf *conf,
				const struct secret *password)
{
	ctx->db = connection(conf, password, false);
	if (ctx->db == NULL)
		return err_set(ctx, ERR_MEMORY, "Memory is short");
	enum err code = migrate_check_server(ctx);
	if (code == ERR_OK)
		code = migrate_create_database(ctx, conf->database_name);
	db_free(ctx->db);
	ctx->db = NULL;
	return code;
}

static enum err schema_update(struct ctx *ctx, const struct conf *conf,
			      const struct secret *password, const struct secret *accounts)
{
	unsigned applied = 0;
	char text[12];

	ctx->db = connection(conf, password, true);
	if (ctx->db == NULL)
		return err_set(ctx, ERR_MEMORY, "Memory is short");
	enum err code = migrate_apply(ctx, conf->database_name, migrations, &applied);
	if (code == ERR_OK)
		code = migrate_accounts(ctx, conf->database_name,
					conf->database == CONF_DATABASE_HOST, accounts);
	db_free(ctx->db);
	ctx->db = NULL;
	(void)snprintf(text, sizeof(text), "%u", applied);
	if (code == ERR_OK)
		log_event(LOG_LEVEL_INFO, ctx, "schema_current", "applied", text, NULL);
	return code;
}

int main(int argc, char **argv)
{
	struct role role;
	struct ctx ctx;

	role_start(&role, "migrate", argc, argv);
	struct secret *password = role_secret("db"), *accounts = role_secret("accounts");
	struct arena *arena = arena_new(ARENA_SIZE);
	if (role.conf == NULL || password == NULL || accounts == NULL || arena == NULL)
		return EXIT_FAILURE;
	struct sandbox_path paths[ROLE_PATHS];
	struct sandbox_spec confined = spec;
	role_add_database(role.conf, &confined, paths);
	role_confine(&role, &confined);
	role_lock(&role, &confined);
	ctx_init(&ctx, arena);
	ctx.deadline_us = sys_mono_us() + LIMIT_US;
	enum err code = database_create(&ctx, role.conf, password);
	if (code == ERR_OK)
		code = schema_update(&ctx, role.conf, password, accounts);
	if (code != ERR_OK)
		log_failure(&ctx, "migration_failed");
	secret_free(password);
	secret_free(accounts);
	arena_free(arena);
	conf_free(role.conf);
	/* A certificate that does not hold now will not hold in a minute. */
	bool later = code == ERR_UNAVAILABLE && strcmp(ctx.error.reason, "database.tls") != 0;
	return code == ERR_OK ? 0 : later ? EXIT_LATER : EXIT_FAILURE;
}
