/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/handlers.h"
#include "auth/past_read_sql.h"
#include "base/json.h"
#include "rbac/principal.h"

static void put_past(void *arg, const struct past_view *past)
{
	struct json *json = arg;

	json_object(json, NULL);
	json_uuid(json, "id", &past->id);
	json_time(json, "occurred_at", past->at);
	json_text(json, "peer", past->peer);
	json_text(json, "user_agent", past->user_agent);
	json_text(json, "reason", past->reason);
	json_bool(json, "current", past->current);
	json_text(json, "verdict", past->verdict);
	json_time(json, "judged_at", past->judged_at);
	json_end_object(json);
}

static enum err read_of(struct ctx *ctx, const struct uuid *user_id, struct reply *reply)
{
	json_object(reply->json, NULL);
	json_array(reply->json, "items");
	enum err err = past_read(ctx, user_id, &ctx->principal->session_id, put_past, reply->json);
	json_end_array(reply->json);
	json_null(reply->json, "next_cursor");
	json_end_object(reply->json);
	return err;
}

enum err sign_ins_read_own(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	(void)in;
	return read_of(ctx, &ctx->principal->user_id, reply);
}

enum err sign_ins_read_of_user(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	return read_of(ctx, in_id(in, 0), reply);
}
