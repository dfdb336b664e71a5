/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/floor_read_sql.h"
#include "auth/handlers.h"
#include "base/json.h"

static enum err put_floor(struct ctx *ctx, struct json *json, const struct factor_floor *floor)
{
	json_object(json, NULL);
	json_uuid(json, "id", &floor->id);
	json_text(json, "level", factor_level_name(floor->level));
	json_bool(json, "is_default", floor->is_default);
	enum err err = for_groups_put(ctx, json, floor_sql_groups, &floor->id);
	json_int(json, "version", floor->version);
	json_end_object(json);
	return err;
}

enum err floors_read_list(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct factor_floor floors[FACTOR_LEVELS];
	size_t count = 0;
	enum err err = floor_sql_list(ctx, floors, &count);

	(void)in;
	json_object(reply->json, NULL);
	json_array(reply->json, "items");
	for (size_t i = 0; i < count && err == ERR_OK; i++)
		err = put_floor(ctx, reply->json, &floors[i]);
	json_end_array(reply->json);
	json_end_object(reply->json);
	return err;
}

enum err floors_read_get(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct factor_floor floor;
	enum err err = floor_sql_get(ctx, in_id(in, 0), &floor);

	if (err == ERR_NOT_FOUND)
		return err_set(ctx, ERR_NOT_FOUND, "There is no such floor.");
	if (err != ERR_OK)
		return err;
	reply->etag = floor.version;
	return put_floor(ctx, reply->json, &floor);
}
