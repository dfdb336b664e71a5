/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/attestation_sql.h"
#include "auth/auth_api.h"
#include "auth/floor_sql.h"
#include "auth/handlers.h"
#include "base/arena.h"
#include "base/json.h"
#include "rbac/principal.h"
#include "rbac/write.h"
#include "sql/db.h"

/* Nobody could ever meet it. */
static enum err check_models(struct ctx *ctx, const struct factor_floor *floor)
{
	int64_t models = 1;
	enum err err = ERR_OK;

	if (floor->level == FACTOR_ATTESTED)
		err = attestation_sql_count(ctx, &models);
	return err == ERR_OK && models == 0
		       ? err_reason(ctx, ERR_CONFLICT, "factor_floor.no_models",
				    "List the models that count first.")
		       : err;
}

/* The change itself, as saved and as tried. */
static enum err apply(struct ctx *ctx, const struct in *in, struct audit *audit,
		      struct factor_floor *floor)
{
	const struct for_groups_fields fields = {FLOOR_DEFAULT, FLOOR_GROUPS};
	enum err err = floor_sql_lock(ctx, in_id(in, FLOOR_ID), floor);

	if (err == ERR_OK)
		err = write_if_match(ctx, in, floor->version);
	if (err != ERR_OK)
		return err;
	write_audit(ctx, in, audit);
	audit_object(audit, "factor_floor", &floor->id, factor_level_name(floor->level));
	err = for_groups_change(ctx, in, audit, floor_groups_kind(), fields, &floor->id,
				&floor->is_default);
	if (err == ERR_OK)
		err = check_models(ctx, floor);
	return err == ERR_OK ? floor_sql_store(ctx, floor, &audit->id) : err;
}

static void put_person(void *arg, const struct floor_below *person)
{
	struct json *json = arg;

	json_object(json, NULL);
	json_uuid(json, "id", &person->id);
	json_text(json, "login", person->login);
	json_text(json, "display_name", person->display_name);
	json_text(json, "floor", factor_level_name(person->standing.floor));
	json_text(json, "best", factor_level_name(person->standing.best));
	json_end_object(json);
}

static void put_nobody(void *arg, const struct floor_below *person)
{
	(void)arg;
	(void)person;
}

static enum err list_below(struct ctx *ctx, struct json *json, struct floor_below_sum *out)
{
	json_array(json, NULL);
	enum err err = floor_sql_below(ctx, &ctx->principal->user_id, put_person, json, out);
	json_end_array(json);
	return err;
}

/* Done and taken back: what is shown is what saving would do. */
static enum err try_change(struct ctx *ctx, const struct in *in, struct json *json,
			   struct audit *audit, struct floor_below_sum *out)
{
	struct factor_floor floor;
	enum err err = db_begin(ctx);

	if (err != ERR_OK)
		return err;
	err = apply(ctx, in, audit, &floor);
	if (err == ERR_OK)
		err = list_below(ctx, json, out);
	db_rollback(ctx);
	return err;
}

static enum err append(struct ctx *ctx, void *arg)
{
	return audit_append(ctx, arg);
}

enum err floors_run_preview(struct ctx *ctx, const struct in *in, struct out *out)
{
	enum { LIST_MAX = 128 * 1024 };
	struct audit audit;
	struct floor_below_sum sum;
	struct buf text;
	struct json json;

	buf_init(&text, LIST_MAX);
	json_init(&json, &text);
	enum err err = try_change(ctx, in, &json, &audit, &sum);
	if (err == ERR_OK && buf_failed(&text))
		err = buf_tell(ctx, &text, "the list of people");
	if (err == ERR_OK) {
		audit_data(&audit, "below", write_int(ctx, sum.count));
		err = db_transaction(ctx, append, &audit);
	}
	if (err == ERR_OK) {
		out_int(out, "count", sum.count);
		out_bool(out, "own", sum.own);
		out_json(out, "people", arena_strdup(ctx->arena, buf_text(&text)));
	}
	buf_clear(&text);
	return err;
}

/* Whoever saves has seen how many; and that it binds themselves, they say apart. */
static enum err check_below(struct ctx *ctx, const struct in *in, struct audit *audit)
{
	struct floor_below_sum sum;
	enum err err = floor_sql_below(ctx, &ctx->principal->user_id, put_nobody, NULL, &sum);

	if (err != ERR_OK)
		return err;
	if (sum.count != in_number(in, FLOOR_BELOW, 0))
		return err_reason(ctx, ERR_CONFLICT, "factor_floor.below",
				  "%lld people have no factor that meets their floor then. Look at "
				  "the list again.",
				  (long long)sum.count);
	if (sum.own && !in_number(in, FLOOR_OWN, 0))
		return err_reason(
			ctx, ERR_CONFLICT, "factor_floor.own",
			"You have no factor that meets your floor then. Set one up first, "
			"or confirm that this binds you too.");
	audit_data(audit, "below", write_int(ctx, sum.count));
	return ERR_OK;
}

enum err floors_run_update(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct factor_floor floor;
	struct audit audit;
	enum err err = apply(ctx, in, &audit, &floor);

	if (err == ERR_OK)
		err = check_below(ctx, in, &audit);
	if (err != ERR_OK)
		return err;
	out_id(out, &floor.id, floor.version + 1);
	return audit_append(ctx, &audit);
}
