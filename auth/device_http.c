/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/device_read_sql.h"
#include "auth/handlers.h"
#include "base/json.h"
#include "rbac/principal.h"

static void put_device(void *arg, const struct device_view *device)
{
	struct json *json = arg;

	json_object(json, NULL);
	json_uuid(json, "id", &device->id);
	json_time(json, "first_seen_at", device->first_seen_at);
	json_time(json, "last_seen_at", device->last_seen_at);
	json_text(json, "user_agent", device->user_agent);
	json_text(json, "peer", device->peer);
	json_bool(json, "has_key", device->key_added_at != 0);
	json_bool(json, "current", device->current);
	json_end_object(json);
}

enum err device_read_own(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	const struct principal *self = ctx->principal;

	(void)in;
	json_object(reply->json, NULL);
	json_array(reply->json, "items");
	enum err err =
		device_read_list(ctx, &self->user_id, &self->session_id, put_device, reply->json);
	json_end_array(reply->json);
	json_null(reply->json, "next_cursor");
	json_end_object(reply->json);
	return err;
}
