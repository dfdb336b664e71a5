/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/handlers.h"
#include "auth/network_sql.h"
#include "auth/words.h"
#include "base/conf.h"
#include "base/json.h"

struct listing {
	struct ctx *ctx;
	struct json *json;
};

static void put_rule(void *arg, const struct network_rule *rule)
{
	static const char *const entrances[] = {"portal", "api", "any"};
	const struct listing *listing = arg;
	struct json *json = listing->json;

	json_object(json, NULL);
	json_text(json, "action", rule->deny ? "deny" : "allow");
	json_text(json, "entrance", entrances[rule->entrance]);
	json_text(json, "role", rule->role);
	json_uuid(json, "user_id", uuid_is_nil(&rule->user_id) ? NULL : &rule->user_id);
	words_put(listing->ctx, json, "networks", rule->networks);
	words_put(listing->ctx, json, "countries", rule->countries);
	words_put(listing->ctx, json, "asns", rule->asns);
	json_text(json, "note", rule->note);
	json_end_object(json);
}

static bool has_file(const char *path)
{
	return path && *path;
}

enum err network_rules_read_get(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct listing listing = {ctx, reply->json};
	int64_t version = 0;
	enum err err = network_sql_version(ctx, false, &version);

	if (err != ERR_OK)
		return err;
	json_object(reply->json, NULL);
	json_array(reply->json, "rules");
	err = network_sql_each(ctx, put_rule, &listing);
	json_end_array(reply->json);
	json_int(reply->json, "version", version);
	json_bool(reply->json, "knows_countries",
		  ctx->conf && has_file(ctx->conf->geo_country_file));
	json_bool(reply->json, "knows_asns", ctx->conf && has_file(ctx->conf->geo_asn_file));
	json_text(reply->json, "your_address",
		  arena_strndup(ctx->arena, (const char *)in->peer.data, in->peer.len));
	json_end_object(reply->json);
	reply->etag = version;
	return err;
}
