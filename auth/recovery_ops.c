/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "auth/factor.h"
#include "auth/handlers.h"
#include "auth/recovery_sql.h"
#include "base/cleanup.h"
#include "base/sys.h"
#include "rbac/principal.h"
#include "rbac/write.h"
#include "sql/db.h"

enum { CODE_BYTES = 10, LINE = RECOVERY_TEXT + 1 };

struct fresh_codes {
	const struct in *in;
	struct secret *text; /* RECOVERY_CODES lines */
	uint8_t salt[RECOVERY_SALT];
	uint8_t hashes[RECOVERY_CODES][RECOVERY_HASH];
};

static enum err make_codes(struct ctx *ctx, struct fresh_codes *codes)
{
	uint8_t bytes[CODE_BYTES];
	char *text = (char *)secret_data(codes->text);
	enum err err = ERR_OK;

	sys_random(codes->salt, sizeof(codes->salt));
	for (size_t i = 0; i < RECOVERY_CODES && err == ERR_OK; i++) {
		sys_random(bytes, sizeof(bytes));
		recovery_write(bytes, text + i * LINE);
		text[i * LINE + RECOVERY_TEXT] = '\n';
		scoped(secret_free_p) struct secret *one =
			secret_from(text + i * LINE, RECOVERY_TEXT);
		err = one ? recovery_hash(ctx, one, codes->salt, codes->hashes[i])
			  : err_set(ctx, ERR_MEMORY, "No guarded memory for a secret.");
	}
	wipe(bytes, sizeof(bytes));
	return err;
}

static enum err store_codes(struct ctx *ctx, void *arg)
{
	const struct fresh_codes *codes = arg;
	const struct principal *self = ctx->principal;
	struct audit audit;
	enum err err = factor_lock(ctx);

	if (err == ERR_OK)
		err = recovery_sql_remove_all(ctx, &self->user_id);
	for (size_t i = 0; i < RECOVERY_CODES && err == ERR_OK; i++)
		err = recovery_sql_add(ctx, &self->user_id, codes->salt, codes->hashes[i]);
	if (err != ERR_OK)
		return err;
	write_audit(ctx, codes->in, &audit);
	audit_object(&audit, "user", &self->user_id, self->login);
	audit_data(&audit, "codes", write_int(ctx, RECOVERY_CODES));
	return audit_append(ctx, &audit);
}

enum err recovery_run_create(struct ctx *ctx, const struct in *in, struct out *out)
{
	scoped(secret_free_p) struct secret *text = secret_new((size_t)RECOVERY_CODES * LINE);
	struct fresh_codes codes = {.in = in, .text = text};

	if (!text)
		return err_set(ctx, ERR_MEMORY, "No guarded memory for a secret.");
	enum err err = make_codes(ctx, &codes);
	if (err == ERR_OK)
		err = db_transaction(ctx, store_codes, &codes);
	if (err != ERR_OK)
		return err;
	out_notify(out, "me", &ctx->principal->user_id);
	return secret_pipe(text, &out->secret_fd);
}
