/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "auth/auth_api.h"
#include "auth/factor.h"
#include "auth/factor_sql.h"
#include "auth/floor.h"
#include "auth/handlers.h"
#include "auth/secret_store.h"
#include "auth/seed.h"
#include "auth/session.h"
#include "base/sys.h"
#include "rbac/principal.h"
#include "rbac/write.h"
#include "sql/db.h"

enum { PENDING_MINUTES = 15 };
static const int64_t minute_us = (int64_t)60 * 1000000;

static void write_factor_audit(struct ctx *ctx, const struct in *in, const char *label,
			       struct audit *audit)
{
	write_audit(ctx, in, audit);
	audit_object(audit, "user", &ctx->principal->user_id, ctx->principal->login);
	audit_data(audit, "kind", "totp");
	audit_data(audit, "label", label);
}

enum err factor_keep_one(struct ctx *ctx, const struct uuid *user_id)
{
	int64_t left = 0;
	struct factor_standing standing;
	enum err err = factor_sql_count(ctx, user_id, &left);

	if (err == ERR_OK && left == 0)
		return err_reason(ctx, ERR_CONFLICT, "factor.last",
				  "This is the last second factor. Add another one first.");
	if (err == ERR_OK)
		err = factor_standing_of(ctx, user_id, &standing);
	if (err == ERR_OK && standing.best < standing.floor)
		return err_reason(ctx, ERR_CONFLICT, "factor.last_for_floor",
				  "This is the last second factor that your group accepts. Add "
				  "another one first.");
	return err;
}

enum err factor_lock(struct ctx *ctx)
{
	bool due = false;
	enum err err = session_lock_own(ctx, &due);

	if (err == ERR_OK && due)
		return err_reason(ctx, ERR_DENIED, "password.due", "Change your password first.");
	return err;
}

static enum err room_for_one(struct ctx *ctx)
{
	struct totp_device have[TOTP_DEVICES_MAX];
	size_t count = 0;
	enum err err = factor_sql_devices(ctx, &ctx->principal->user_id, have, &count);

	if (err == ERR_OK && count >= TOTP_DEVICES_MAX)
		return err_reason(ctx, ERR_CONFLICT, "factor.too_many",
				  "There are %d devices already. Remove one first.",
				  TOTP_DEVICES_MAX);
	return err;
}

struct begin {
	const struct in *in;
	struct secret_ref ref;
	struct block blob;
};

static enum err begin_step(struct ctx *ctx, void *arg)
{
	struct begin *begin = arg;
	const struct uuid *self = &ctx->principal->user_id;
	struct audit audit;
	enum err err = factor_lock(ctx);

	if (err == ERR_OK)
		err = room_for_one(ctx);
	if (err == ERR_OK)
		err = factor_sql_remove_pending(ctx, self);
	if (err == ERR_OK)
		err = seed_make(ctx, &begin->ref, &begin->blob);
	if (err != ERR_OK)
		return err;
	const struct totp_device device = {
		.id = uuid_v7(), .secret_id = begin->ref.id, .label = begin->in->values[0].text};
	err = factor_sql_add(ctx, self, &device, false);
	if (err != ERR_OK)
		return err;
	write_factor_audit(ctx, begin->in, device.label, &audit);
	return audit_append(ctx, &audit);
}

enum err factors_run_totp_begin(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct begin begin = {.in = in};
	enum err err = db_transaction(ctx, begin_step, &begin);

	return err == ERR_OK ? seed_show(ctx, &begin.ref, begin.blob, ctx->principal->login,
					 &out->secret_fd)
			     : err;
}

/* Between beginning and confirming another one may have been added. */
static enum err find_pending(struct ctx *ctx, int64_t since, struct totp_device *out)
{
	enum err err = factor_lock(ctx);

	if (err == ERR_OK)
		err = room_for_one(ctx);
	if (err != ERR_OK)
		return err;
	err = factor_sql_pending(ctx, &ctx->principal->user_id, since, out);
	if (err == ERR_NOT_FOUND)
		return err_reason(ctx, ERR_CONFLICT, "factor.not_begun",
				  "The device's key is too old or was replaced. Begin again.");
	return err;
}

static enum err check_code(struct ctx *ctx, const struct totp_device *device, const char *code,
			   int64_t now, uint64_t *out_step)
{
	struct secret_ref ref;
	struct block blob;
	enum err err = secret_store_get(ctx, &device->secret_id, &ref, &blob);

	if (err == ERR_OK)
		err = keeper_totp_check(ctx, &ref, blob, code, now / 1000000, 0, out_step);
	if (err == ERR_UNAUTHENTICATED)
		return err_field(ctx, "code", "code.wrong",
				 "The code does not match. Check the clock of your device.");
	return err;
}

enum err factors_run_totp_confirm(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct totp_device device;
	struct audit audit;
	uint64_t step = 0;
	int64_t now = sys_real_us();
	enum err err = find_pending(ctx, now - PENDING_MINUTES * minute_us, &device);

	if (err == ERR_OK)
		err = check_code(ctx, &device, in->values[0].text, now, &step);
	if (err == ERR_OK)
		err = factor_sql_confirm(ctx, &device.id, step);
	if (err != ERR_OK)
		return err;
	out_notify(out, "me", &ctx->principal->user_id);
	write_factor_audit(ctx, in, device.label, &audit);
	return audit_append(ctx, &audit);
}

static enum err find_own(struct ctx *ctx, const struct uuid *id, struct totp_device *out)
{
	enum err err = factor_sql_device(ctx, &ctx->principal->user_id, id, out);

	return err == ERR_NOT_FOUND ? err_set(ctx, ERR_NOT_FOUND, "You have no such device.") : err;
}

enum err factors_run_totp_rename(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct totp_device device;
	struct audit audit;
	const char *label = in->values[RENAME_LABEL].text;
	enum err err = find_own(ctx, &in->values[RENAME_ID].id, &device);

	if (err == ERR_OK)
		err = factor_sql_rename(ctx, &device.id, label);
	if (err != ERR_OK)
		return err;
	out_notify(out, "me", &ctx->principal->user_id);
	write_factor_audit(ctx, in, label, &audit);
	audit_change(&audit, "label", device.label, label);
	return audit_append(ctx, &audit);
}

enum err factors_run_totp_remove(struct ctx *ctx, const struct in *in, struct out *out)
{
	const struct uuid *self = &ctx->principal->user_id;
	struct totp_device device;
	struct audit audit;
	enum err err = factor_lock(ctx);

	if (err == ERR_OK)
		err = find_own(ctx, &in->values[0].id, &device);
	if (err == ERR_OK)
		err = factor_sql_remove(ctx, &device);
	if (err == ERR_OK)
		err = factor_keep_one(ctx, self);
	if (err != ERR_OK)
		return err;
	out_notify(out, "me", self);
	write_factor_audit(ctx, in, device.label, &audit);
	return audit_append(ctx, &audit);
}
