/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <sodium.h>

#include "base/arena.h"
#include "base/conf.h"
#include "base/secret.h"
#include "base/sys.h"
#include "base/text.h"
#include "gateways/gateway_sql.h"
#include "gateways/gateways_api.h"
#include "gateways/handlers.h"
#include "gateways/source.h"
#include "rbac/write.h"

enum { TOKEN_BYTES = 32, HASH_SIZE = 32 };
#define TOKEN_LIFE_US (15 * 60 * INT64_C(1000000))

static enum err lock_gateway(struct ctx *ctx, const struct in *in, unsigned id_field,
			     struct gateway_row *out)
{
	enum err err = gateway_sql_lock(ctx, in_id(in, id_field), out);

	if (err == ERR_NOT_FOUND || (err == ERR_OK && strcmp(out->state, "archived") == 0))
		return err_reason(ctx, ERR_NOT_FOUND, "gateway.unknown",
				  "There is no such gateway.");
	return err ? err : write_if_match(ctx, in, out->version);
}

static enum err check_group(struct ctx *ctx, const struct uuid *id)
{
	struct gateway_group_row group;
	enum err err = gateway_group_sql_lock(ctx, id, &group);

	if (err == ERR_NOT_FOUND || (err == ERR_OK && group.archived))
		return err_field(ctx, "group_id", "gateway_group.unknown",
				 "There is no such gateway group.");
	return err;
}

static enum err finish(struct ctx *ctx, struct out *out, const struct audit *audit,
		       const struct uuid *id, int64_t version)
{
	enum err err = audit_append(ctx, audit);

	if (err)
		return err;
	out_id(out, id, version);
	out_notify(out, "gateways", id);
	return ERR_OK;
}

/* Kept as one text; NULL: not given. */
static enum err read_sources(struct ctx *ctx, const struct in *in, const char **out)
{
	const struct value *value = in_value(in, G_SOURCES);
	const char *list = "";

	*out = NULL;
	if (!value)
		return ERR_OK;
	for (int64_t i = 0; list && i < value->number; i++) {
		if (!source_is_range(value->texts[i]))
			return err_field(ctx, "source_ranges", "source.range",
					 "Expected ranges like 192.0.2.0/24.");
		list = arena_printf(ctx->arena, "%s%s%s", list, i ? "," : "", value->texts[i]);
	}
	if (!list || strlen(list) > GATEWAY_SOURCES_TEXT)
		return err_field(ctx, "source_ranges", "too_long", "Too many ranges.");
	*out = list;
	return ERR_OK;
}

enum err gateway_create(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct gateway_row row = {.id = uuid_v7(),
				  .group_id = *in_id(in, G_GROUP),
				  .name = in_text(in, G_NAME, ""),
				  .kind = "internet"};
	struct audit audit;
	enum err err = check_group(ctx, &row.group_id);

	if (err || (err = read_sources(ctx, in, &row.source_ranges)))
		return err;
	row.source_ranges = row.source_ranges ? row.source_ranges : "";
	write_audit(ctx, in, &audit);
	audit_object(&audit, "gateway", &row.id, row.name);
	audit_change(&audit, "name", NULL, row.name);
	audit_change(&audit, "group_id", NULL, write_uuid(ctx, &row.group_id));
	audit_change(&audit, "kind", NULL, row.kind);
	audit_change(&audit, "source_ranges", NULL, row.source_ranges);
	err = gateway_sql_insert(ctx, &row, &audit.id, sys_real_us());
	return err ? err : finish(ctx, out, &audit, &row.id, 1);
}

enum err gateway_update(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct gateway_row before, row;
	const char *sources;
	struct audit audit;
	enum err err = lock_gateway(ctx, in, G_KIND_OR_ID, &before);
	bool moved;

	if (err || (err = read_sources(ctx, in, &sources)))
		return err;
	row = before;
	row.source_ranges = sources ? sources : before.source_ranges;
	row.name = in_text(in, G_NAME, before.name);
	if (in_id(in, G_GROUP))
		row.group_id = *in_id(in, G_GROUP);
	moved = !uuid_equal(&row.group_id, &before.group_id);
	if (moved && (err = check_group(ctx, &row.group_id)))
		return err;
	write_audit(ctx, in, &audit);
	audit_object(&audit, "gateway", &row.id, row.name);
	audit_change(&audit, "name", before.name, row.name);
	audit_change(&audit, "group_id", write_uuid(ctx, &before.group_id),
		     write_uuid(ctx, &row.group_id));
	audit_change(&audit, "source_ranges", before.source_ranges, row.source_ranges);
	err = gateway_sql_update(ctx, &row, &audit.id, sys_real_us());
	if (err)
		return err;
	if (moved)
		out_effect(out, OUT_EFFECT_POLICY, &row.id, NULL);
	return finish(ctx, out, &audit, &row.id, row.version + 1);
}

/* Nothing of its identity works any more; its live tunnels are closed after the commit. */
static enum err cut_off(struct ctx *ctx, struct gateway_row *row, const char *state,
			const struct audit *audit, struct out *out)
{
	int64_t now = sys_real_us();
	enum err err;

	row->state = state;
	if ((err = gateway_token_sql_void(ctx, &row->id)) ||
	    (err = gateway_certificate_sql_revoke(ctx, &row->id, now)) ||
	    (err = gateway_sql_update(ctx, row, &audit->id, now)))
		return err;
	out_effect(out, OUT_EFFECT_GATEWAY_REVOKED, &row->id, state);
	return finish(ctx, out, audit, &row->id, row->version + 1);
}

enum err gateway_archive(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct gateway_row row;
	struct audit audit;
	enum err err = lock_gateway(ctx, in, 0, &row);

	if (err)
		return err;
	write_audit(ctx, in, &audit);
	audit_object(&audit, "gateway", &row.id, row.name);
	audit_change(&audit, "state", row.state, "archived");
	return cut_off(ctx, &row, "archived", &audit, out);
}

enum err gateway_revoke(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct gateway_row row;
	struct audit audit;
	enum err err = lock_gateway(ctx, in, 0, &row);

	if (err)
		return err;
	if (strcmp(row.state, "enrolled") != 0 && strcmp(row.state, "held") != 0)
		return err_reason(ctx, ERR_CONFLICT, "gateway.not_enrolled",
				  "The gateway holds no certificate that could be revoked.");
	write_audit(ctx, in, &audit);
	audit_object(&audit, "gateway", &row.id, row.name);
	audit_change(&audit, "state", row.state, "revoked");
	return cut_off(ctx, &row, "revoked", &audit, out);
}

/* Somebody has looked: the copy is gone, whoever attaches next is the gateway. */
enum err gateway_release(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct gateway_row row;
	struct audit audit;
	enum err err = lock_gateway(ctx, in, 0, &row);

	if (err)
		return err;
	if (strcmp(row.state, "held") != 0 && !row.alarm_reason)
		return err_reason(ctx, ERR_CONFLICT, "gateway.not_held",
				  "Nothing holds this gateway.");
	write_audit(ctx, in, &audit);
	audit_object(&audit, "gateway", &row.id, row.name);
	audit_data(&audit, "alarm", row.alarm_reason ? row.alarm_reason : "");
	if (strcmp(row.state, "held") == 0) {
		audit_change(&audit, "state", row.state, "enrolled");
		row.state = "enrolled";
	}
	if ((err = gateway_identity_sql_reset(ctx, &row.id)) ||
	    (err = gateway_sql_update(ctx, &row, &audit.id, sys_real_us())))
		return err;
	return finish(ctx, out, &audit, &row.id, row.version + 1);
}

/* What an administrator pastes on the gateway's machine; the token itself is asked for there. */
static const char *command_text(struct ctx *ctx, const char *pin)
{
	const char *host = ctx->conf ? ctx->conf->public_url : "";

	if (strncmp(host, "https://", 8) == 0)
		host += 8;
	return arena_printf(ctx->arena,
			    "sekisho-gateway enrol --server %s --ca-sha256 %s --token-stdin "
			    "--state /var/lib/sekisho-gateway",
			    host, pin);
}

static enum err read_pin(struct ctx *ctx, char out[2 * HASH_SIZE + 1])
{
	uint8_t hash[HASH_SIZE];
	struct block ca;
	enum err err = gateway_state_sql_get(ctx, "gateway.ca", &ca);

	if (err == ERR_NOT_FOUND)
		return err_set(ctx, ERR_SEALED, "The private CA is not open yet.");
	if (err)
		return err;
	crypto_hash_sha256(hash, ca.data, ca.len);
	hex_encode(hash, sizeof(hash), out);
	return ERR_OK;
}

/* 256 random bits, shown once; only their hash is kept. An older unused one stops working. */
static enum err make_token(struct ctx *ctx, const struct uuid *gateway_id, int64_t now,
			   const char **out)
{
	char text[BASE64_SIZE(TOKEN_BYTES)];
	uint8_t token[TOKEN_BYTES], hash[HASH_SIZE];
	enum err err;

	sys_random(token, sizeof(token));
	base64url_encode(token, sizeof(token), text);
	crypto_hash_sha256(hash, (const uint8_t *)text, strlen(text));
	wipe(token, sizeof(token));
	err = gateway_token_sql_void(ctx, gateway_id);
	if (err == ERR_OK)
		err = gateway_token_sql_insert(ctx, gateway_id, hash, now + TOKEN_LIFE_US, now);
	if (err == ERR_OK)
		*out = arena_strdup(ctx->arena, text);
	wipe(text, sizeof(text));
	return err;
}

enum err gateway_token(struct ctx *ctx, const struct in *in, struct out *out)
{
	char pin[2 * HASH_SIZE + 1], expires[TIME_TEXT_SIZE];
	int64_t now = sys_real_us();
	const char *token = NULL;
	struct gateway_row row;
	struct audit audit;
	enum err err;

	if ((err = lock_gateway(ctx, in, 0, &row)) || (err = read_pin(ctx, pin)) ||
	    (err = make_token(ctx, &row.id, now, &token)))
		return err;
	write_audit(ctx, in, &audit);
	audit_object(&audit, "gateway", &row.id, row.name);
	time_format(now + TOKEN_LIFE_US, expires);
	audit_data(&audit, "expires_at", expires);
	if ((err = finish(ctx, out, &audit, &row.id, row.version)))
		return err;
	out_text(out, "token", token);
	out_time(out, "expires_at", now + TOKEN_LIFE_US);
	out_text(out, "ca_sha256", arena_strdup(ctx->arena, pin));
	out_text(out, "command", command_text(ctx, pin));
	return ERR_OK;
}
