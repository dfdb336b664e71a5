/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/authority_vault.h"
#include "audit/audit.h"
#include "auth/auth.h"
#include "auth/password_cost.h"
#include "base/log.h"
#include "base/sys.h"
#include "gateways/presence.h"
#include "server/authority_inner.h"
#include "sql/db.h"
#include "vault/keeper.h"

static const struct db_stmt select_state = {"vault.state",
					    "SELECT blob_ FROM vault_state WHERE one = 1", 0, 1};
static const struct db_stmt store_state = {
	"vault.store_state",
	"INSERT INTO vault_state (one, blob_, updated_at) VALUES (1, ?, ?) "
	"ON DUPLICATE KEY UPDATE blob_ = VALUE(blob_), updated_at = VALUE(updated_at)",
	2, 0};
static const struct db_stmt tell_state = {
	"vault.tell_state",
	"INSERT INTO system_state (name, value, updated_at) VALUES ('vault.state', ?, ?) "
	"ON DUPLICATE KEY UPDATE value = VALUE(value), updated_at = VALUE(updated_at)",
	2, 0};
static const struct db_stmt *const stmts[] = {&select_state, &store_state, &tell_state, NULL};
static const struct db_stmt_list list = {"vault", stmts};

const struct db_stmt_list *vault_statements(void)
{
	return &list;
}

struct opening {
	struct block before, after;
};

static void read_state(struct db_rows *rows, void *arg)
{
	((struct opening *)arg)->before = db_bytes(rows, 0);
}

static enum err load(struct ctx *ctx, void *arg)
{
	enum err err = db_one(ctx, &select_state, NULL, read_state, arg);

	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* For the overview page and the health check. */
static enum err tell(struct ctx *ctx, void *arg)
{
	const struct db_param params[] = {DB_P_TEXT((const char *)arg), DB_P_TIME(sys_real_us())};

	return db_exec(ctx, &tell_state, params, NULL);
}

enum err vault_note_sealed(struct ctx *ctx)
{
	static char sealed[] = "sealed";

	return db_transaction(ctx, tell, sealed);
}

/* The key hierarchy exists only in this row: it is stored, with its event, before anything uses
 * it. */
static enum err keep(struct ctx *ctx, void *arg)
{
	struct opening *opening = arg;
	struct audit audit;
	enum err err = ERR_OK;

	if (opening->after.len > 0) {
		const struct db_param params[] = {
			DB_P_BYTES(opening->after.data, opening->after.len),
			DB_P_TIME(sys_real_us())};
		err = db_exec(ctx, &store_state, params, NULL);
	}
	if (err == ERR_OK && opening->before.len == 0) {
		audit_init(&audit, EVENT_VAULT_INITIALISED);
		err = audit_append(ctx, &audit);
	}
	if (err != ERR_OK)
		return err;
	audit_init(&audit, EVENT_VAULT_UNSEALED);
	return audit_append(ctx, &audit);
}

static enum err publish(struct ctx *ctx, void *arg)
{
	static char open[] = "open";
	enum err err = gateway_publish_trust(ctx);

	(void)arg;
	return err == ERR_OK ? tell(ctx, open) : err;
}

static void log_cost(const struct ctx *ctx)
{
	char passes[16], kib[16];
	struct password_cost cost = password_cost();

	(void)snprintf(passes, sizeof(passes), "%u", cost.passes);
	(void)snprintf(kib, sizeof(kib), "%u", cost.kib);
	log_event(LOG_LEVEL_INFO, ctx, "password_cost", "passes", passes, "memory_kib", kib, NULL);
}

enum err vault_open(struct ctx *ctx, int passphrase_fd)
{
	struct opening opening = {0};
	enum err err = db_transaction(ctx, load, &opening);

	if (err == ERR_OK)
		err = keeper_unseal(ctx, passphrase_fd, opening.before, &opening.after);
	if (err == ERR_OK)
		err = db_transaction(ctx, keep, &opening);
	if (err == ERR_OK)
		err = auth_prepare(ctx);
	if (err == ERR_OK)
		log_cost(ctx);
	if (err == ERR_OK)
		err = db_transaction(ctx, publish, NULL);
	return err;
}
