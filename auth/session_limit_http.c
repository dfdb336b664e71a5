/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/handlers.h"
#include "auth/session_limit.h"
#include "base/conf.h"
#include "base/json.h"

static enum err put_limit(struct ctx *ctx, struct json *json, const struct session_limit *limit)
{
	json_object(json, NULL);
	json_uuid(json, "id", &limit->id);
	json_text(json, "profile", limit->profile);
	json_bool(json, "is_default", limit->is_default);
	json_int(json, "idle_minutes", limit->idle_minutes);
	json_int(json, "max_hours", limit->max_hours);
	enum err err = for_groups_put(ctx, json, session_limit_sql_groups, &limit->id);
	json_int(json, "version", limit->version);
	json_end_object(json);
	return err;
}

/* What the configuration allows at most. */
static void put_ceiling(struct ctx *ctx, struct json *json)
{
	json_object(json, "ceiling");
	json_int(json, "idle_minutes", ctx->conf->session_idle_minutes);
	json_int(json, "max_hours", ctx->conf->session_max_hours);
	json_end_object(json);
}

enum err session_limits_read_list(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct session_limit limits[SESSION_LIMITS_MAX];
	size_t count = 0;
	enum err err = session_limit_sql_list(ctx, limits, &count);

	(void)in;
	json_object(reply->json, NULL);
	put_ceiling(ctx, reply->json);
	json_array(reply->json, "items");
	for (size_t i = 0; i < count && err == ERR_OK; i++)
		err = put_limit(ctx, reply->json, &limits[i]);
	json_end_array(reply->json);
	json_end_object(reply->json);
	return err;
}

enum err session_limits_read_get(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct session_limit limit;
	enum err err = session_limit_sql_get(ctx, in_id(in, 0), &limit);

	if (err == ERR_NOT_FOUND)
		return err_set(ctx, ERR_NOT_FOUND, "There is no such limit.");
	if (err != ERR_OK)
		return err;
	reply->etag = limit.version;
	return put_limit(ctx, reply->json, &limit);
}
