/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/secret_store.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/secret.h"
#include "base/sys.h"
#include "rbac/write.h"
#include "targets/account_sql.h"
#include "targets/handlers.h"
#include "targets/kind.h"
#include "targets/target_sql.h"
#include "targets/targets_api.h"
#include "vault/keeper.h"

enum { SECRET_WAIT_MS = 500 };

static const char *full_name(struct ctx *ctx, const struct account_row *row)
{
	return arena_printf(ctx->arena, "%s@%s", row->name, row->target_name);
}

static enum err lock_account(struct ctx *ctx, const struct in *in, struct account_row *out)
{
	enum err err = account_sql_lock(ctx, in_id(in, A_ID), out);
	if (err == ERR_NOT_FOUND || (err == ERR_OK && (out->archived || out->target_archived)))
		return err_reason(ctx, ERR_NOT_FOUND, "account.unknown",
				  "There is no such account.");
	return err != ERR_OK ? err : write_if_match(ctx, in, out->version);
}

static void overlay(const struct in *in, struct account_row *row)
{
	row->name = in_text(in, A_NAME, row->name);
	row->description = in_text(in, A_DESCRIPTION, row->description);
	row->lendable = in_number(in, A_LENDABLE, row->lendable) != 0;
	row->concurrent = in_number(in, A_CONCURRENT, row->concurrent) != 0;
}

static void note_changes(struct ctx *ctx, struct audit *audit, const struct account_row *before,
			 const struct account_row *after)
{
	audit_object(audit, "account", &after->id, full_name(ctx, after));
	audit_change(audit, "name", before ? before->name : NULL, after->name);
	audit_change(audit, "description", before ? before->description : NULL, after->description);
	audit_change(audit, "lendable", before ? write_bool(before->lendable) : NULL,
		     write_bool(after->lendable));
	audit_change(audit, "concurrent", before ? write_bool(before->concurrent) : NULL,
		     write_bool(after->concurrent));
}

static enum err finish(struct ctx *ctx, struct out *out, const struct audit *audit,
		       const struct account_row *row, int64_t version)
{
	enum err err = audit_append(ctx, audit);
	if (err != ERR_OK)
		return err;
	out_id(out, &row->id, version);
	out_notify(out, "accounts", &row->id);
	out_notify(out, "targets", &row->target_id);
	return ERR_OK;
}

enum err account_create(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct target_row target;
	enum err err = target_sql_lock(ctx, in_id(in, A_ID), &target);
	if (err == ERR_NOT_FOUND || (err == ERR_OK && target.archived))
		return err_reason(ctx, ERR_NOT_FOUND, "target.unknown", "There is no such target.");
	if (err != ERR_OK)
		return err;
	struct account_row row = {.id = uuid_v7(),
				  .target_id = target.id,
				  .target_name = target.name,
				  .name = "",
				  .description = "",
				  .lendable = true};
	overlay(in, &row);
	struct audit audit;
	write_audit(ctx, in, &audit);
	note_changes(ctx, &audit, NULL, &row);
	err = account_sql_insert(ctx, &row, &audit.id, sys_real_us());
	return err != ERR_OK ? err : finish(ctx, out, &audit, &row, 1);
}

enum err account_update(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct account_row before;
	enum err err = lock_account(ctx, in, &before);
	if (err != ERR_OK)
		return err;
	struct account_row row = before;
	overlay(in, &row);
	struct audit audit;
	write_audit(ctx, in, &audit);
	note_changes(ctx, &audit, &before, &row);
	err = account_sql_update(ctx, &row, &audit.id, sys_real_us());
	return err != ERR_OK ? err : finish(ctx, out, &audit, &row, row.version + 1);
}

enum err account_archive(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct account_row row;
	int64_t leases = 0;
	enum err err = lock_account(ctx, in, &row);
	if (err == ERR_OK)
		err = account_sql_open_leases(ctx, &row.id, &leases);
	if (err != ERR_OK)
		return err;
	if (leases > 0)
		return err_reason(ctx, ERR_CONFLICT, "account.leased",
				  "%d loans of the account are open; end them first.", (int)leases);
	struct audit audit;
	write_audit(ctx, in, &audit);
	audit_object(&audit, "account", &row.id, full_name(ctx, &row));
	audit_change(&audit, "archived", write_bool(false), write_bool(true));
	row.archived = true;
	err = account_sql_update(ctx, &row, &audit.id, sys_real_us());
	return err != ERR_OK ? err : finish(ctx, out, &audit, &row, row.version + 1);
}

static enum err check_shape(struct ctx *ctx, const struct target_secret_kind *kind,
			    const struct secret *secret)
{
	if (secret_len(secret) == 0)
		return err_reason(ctx, ERR_INPUT, "secret.empty", "The body is empty.");
	if (secret_len(secret) > kind->max)
		return err_reason(ctx, ERR_TOO_LARGE, "secret.too_large",
				  "At most %zu bytes are kept for this kind.", kind->max);
	const char *reason = kind->refuse == NULL
				     ? NULL
				     : kind->refuse(secret_bytes(secret), secret_len(secret));
	if (reason == NULL)
		return ERR_OK;
	return err_reason(ctx, ERR_INPUT, reason,
			  "This does not look like a %s that can be used here.", kind->name);
}

/* Another kind of secret is another secret: kind and id are bound into the sealed form. */
static enum err choose_ref(struct ctx *ctx, const struct account_row *row, enum secret_kind kind,
			   struct secret_ref *out)
{
	*out = (struct secret_ref){.id = row->secret_id, .version = 1, .kind = kind};
	int64_t stored = 0;
	if (!uuid_is_nil(&row->secret_id)) {
		enum err err = account_sql_secret_kind(ctx, &row->secret_id, &stored);
		if (err != ERR_OK)
			return err;
	}
	if (stored != (int64_t)kind) {
		out->id = uuid_v7();
		return ERR_OK;
	}
	return secret_store_next_version(ctx, &out->id, &out->version);
}

/* The plain text goes from the caller's pipe through guarded memory into the keeper's. */
static enum err seal(struct ctx *ctx, const struct in *in, const struct target_secret_kind *kind,
		     const struct secret_ref *ref, struct block *out)
{
	scoped(secret_free_p) struct secret *plain = NULL;
	scoped(fd_close_p) int pipe_fd = -1;
	enum err err = secret_read_fd(in->secret_fd, SECRET_MAX, SECRET_WAIT_MS, &plain);
	if (err != ERR_OK)
		return err_set(ctx, err, "The secret did not arrive whole.");
	err = check_shape(ctx, kind, plain);
	if (err != ERR_OK)
		return err;
	err = secret_pipe(plain, &pipe_fd);
	if (err != ERR_OK)
		return err_set(ctx, err, "No pipe for the secret.");
	return keeper_seal(ctx, ref, pipe_fd, out);
}

enum err account_secret(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct account_row row;
	struct secret_ref ref;
	struct block blob;
	enum err err = lock_account(ctx, in, &row);
	if (err != ERR_OK)
		return err;
	const char *name = in->op->fields[SECRET_KIND].choices[in_number(in, SECRET_KIND, 0)];
	const struct target_kind *target_kind = target_kind_by_name(row.target_kind);
	const struct target_secret_kind *kind =
		target_kind == NULL ? NULL : target_secret_kind_by_name(target_kind, name);
	if (kind == NULL)
		return err_field(ctx, "kind", "secret.kind_unfit",
				 "Targets of this kind do not use such a secret.");
	err = choose_ref(ctx, &row, kind->kind, &ref);
	if (err == ERR_OK)
		err = seal(ctx, in, kind, &ref, &blob);
	if (err == ERR_OK)
		err = secret_store_put(ctx, &ref, blob);
	if (err != ERR_OK)
		return err;
	int64_t now = sys_real_us();
	struct audit audit;
	write_audit(ctx, in, &audit);
	audit_object(&audit, "account", &row.id, full_name(ctx, &row));
	audit_data(&audit, "kind", kind->name);
	audit_data(&audit, "version", write_int(ctx, ref.version));
	row.secret_id = ref.id;
	row.secret_set_at = now;
	err = account_sql_update(ctx, &row, &audit.id, now);
	if (err == ERR_OK)
		err = account_sql_unverified(ctx, &row.id, now);
	return err != ERR_OK ? err : finish(ctx, out, &audit, &row, row.version + 1);
}
