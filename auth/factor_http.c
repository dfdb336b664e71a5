/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/factor_read_sql.h"
#include "auth/handlers.h"
#include "base/json.h"
#include "rbac/principal.h"

static void put_totp(void *arg, const struct totp_view *view)
{
	struct json *json = arg;

	json_object(json, NULL);
	json_uuid(json, "id", &view->id);
	json_text(json, "label", view->label);
	json_time(json, "created_at", view->created_at);
	json_time(json, "last_used_at", view->last_used_at);
	json_end_object(json);
}

static void put_passkey(void *arg, const struct passkey_view *view)
{
	struct json *json = arg;

	json_object(json, NULL);
	json_uuid(json, "id", &view->id);
	json_text(json, "label", view->label);
	json_bool(json, "synced", view->synced);
	json_time(json, "created_at", view->created_at);
	json_time(json, "last_used_at", view->last_used_at);
	json_end_object(json);
}

static void put_recovery(struct json *json, const struct recovery_view *view)
{
	if (view->total == 0) {
		json_null(json, "recovery");
		return;
	}
	json_object(json, "recovery");
	json_int(json, "total", view->total);
	json_int(json, "left", view->left);
	json_time(json, "created_at", view->created_at);
	json_time(json, "last_used_at", view->last_used_at);
	json_text(json, "last_used_from", view->last_used_from);
	json_end_object(json);
}

enum err factors_read_list(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	const struct uuid *self = &ctx->principal->user_id;
	struct recovery_view recovery = {0};
	enum err err = factor_read_recovery(ctx, self, &recovery);

	(void)in;
	if (err != ERR_OK)
		return err;
	json_object(reply->json, NULL);
	json_array(reply->json, "totp");
	err = factor_read_totp(ctx, self, put_totp, reply->json);
	json_end_array(reply->json);
	json_array(reply->json, "passkeys");
	if (err == ERR_OK)
		err = factor_read_passkeys(ctx, self, put_passkey, reply->json);
	json_end_array(reply->json);
	put_recovery(reply->json, &recovery);
	json_end_object(reply->json);
	return err;
}
