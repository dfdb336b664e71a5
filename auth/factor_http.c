/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/factor_read_sql.h"
#include "auth/floor.h"
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
	json_bool(json, "device_bound", view->device_bound);
	if (uuid_is_nil(&view->model))
		json_null(json, "model");
	else
		json_uuid(json, "model", &view->model);
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

static enum err put_factors(struct ctx *ctx, const struct uuid *user_id, struct json *json)
{
	struct recovery_view recovery = {0};
	enum err err = factor_read_recovery(ctx, user_id, &recovery);

	if (err != ERR_OK)
		return err;
	json_array(json, "totp");
	err = factor_read_totp(ctx, user_id, put_totp, json);
	json_end_array(json);
	json_array(json, "passkeys");
	if (err == ERR_OK)
		err = factor_read_passkeys(ctx, user_id, put_passkey, json);
	json_end_array(json);
	put_recovery(json, &recovery);
	return err;
}

enum err factors_read_list(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	(void)in;
	json_object(reply->json, NULL);
	enum err err = put_factors(ctx, &ctx->principal->user_id, reply->json);
	json_end_object(reply->json);
	return err;
}

/* The same for an administrator, and whether it is enough. */
enum err factors_read_of_user(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct factor_standing standing;
	enum err err = factor_standing_of(ctx, in_id(in, 0), &standing);

	if (err != ERR_OK)
		return err;
	json_object(reply->json, NULL);
	json_text(reply->json, "floor", factor_level_name(standing.floor));
	json_text(reply->json, "best", factor_level_name(standing.best));
	err = put_factors(ctx, in_id(in, 0), reply->json);
	json_end_object(reply->json);
	return err;
}
