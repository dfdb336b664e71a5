/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/sys.h"
#include "gateways/gateway_sql.h"
#include "gateways/presence.h"
#include "gateways/presence_sql.h"
#include "gateways/proto/bundle.h"
#include "gateways/proto/grant.h"
#include "gateways/proto/verdict.h"
#include "targets/bundle.h"
#include "vault/keeper.h"

enum { AUTHORITY_SIZE = 64, SIGNER_SLACK_S = 300 };
#define SECOND_US     INT64_C(1000000)
#define SIGNER_LIFE_S (INT64_C(3650) * 86400)

static enum err sign_onto(struct ctx *ctx, enum keeper_sign_label label, struct buf *payload)
{
	uint8_t signature[KEEPER_SIGNATURE];
	enum err err;

	if (buf_failed(payload))
		return buf_tell(ctx, payload, "the gateway's policy");
	err = keeper_sign(ctx, label, (struct block){payload->data, payload->len}, signature);
	if (err == ERR_OK)
		buf_put(payload, signature, sizeof(signature));
	return err;
}

static enum err signed_form(struct ctx *ctx, enum keeper_sign_label label, struct buf *payload,
			    struct block *out)
{
	enum err err = sign_onto(ctx, label, payload);

	if (err)
		return err;
	out->data = arena_memdup(ctx->arena, payload->data, payload->len);
	out->len = payload->len;
	return out->data && !buf_failed(payload) ? ERR_OK
						 : err_set(ctx, ERR_MEMORY, "No memory to sign.");
}

/* The installation's own name in grants and bundles: made once. */
static enum err tenant_of(struct ctx *ctx, struct uuid *out)
{
	struct block value;
	enum err err = gateway_state_sql_get(ctx, "gateway.tenant", &value);

	if (err == ERR_NOT_FOUND)
		return err_set(ctx, ERR_SEALED, "The vault was never opened.");
	if (err)
		return err;
	if (value.len != UUID_SIZE)
		return err_set(ctx, ERR_INTEGRITY, "The stored tenant id is damaged.");
	memcpy(out->b, value.data, UUID_SIZE);
	return ERR_OK;
}

static const char signed_ahead[] = "gateway.signed_ahead"; /* microseconds, big-endian */

static enum err signed_time(struct ctx *ctx, int64_t *out_ahead)
{
	struct block value;
	enum err err = gateway_state_sql_get(ctx, signed_ahead, &value);

	*out_ahead = 0;
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err)
		return err;
	struct rd rd = rd_of(value.data, value.len);
	*out_ahead = (int64_t)rd_u64(&rd);
	return rd_done(&rd) ? ERR_OK : err_set(ctx, ERR_INTEGRITY, "The signed time is damaged.");
}

enum err gateway_signed_time_add(struct ctx *ctx, int64_t us)
{
	scoped(buf_clear) struct buf value;
	int64_t ahead;
	enum err err = signed_time(ctx, &ahead);

	if (err)
		return err;
	buf_init(&value, sizeof(ahead));
	buf_put_u64(&value, (uint64_t)(ahead + us));
	if (buf_failed(&value))
		return err_set(ctx, ERR_MEMORY, "No memory for the signed time.");
	return gateway_state_sql_put(ctx, signed_ahead, (struct block){value.data, value.len},
				     sys_real_us());
}

static void row_put(void *arg, const struct target_bundle_row *row)
{
	struct bundle_target target = {.id = row->id, .port = row->port};

	while (target.address_count < row->address_count &&
	       target.address_count < BUNDLE_ADDRESSES_MAX) {
		target.addresses[target.address_count] = row->addresses[target.address_count];
		target.address_count++;
	}
	bundle_body_add(arg, &target);
}

static enum err body_of(struct ctx *ctx, const struct uuid *group_id, struct buf *out)
{
	struct bundle_writer writer;
	enum err err;

	bundle_body_begin(&writer, out);
	err = target_bundle_rows(ctx, group_id, row_put, &writer);
	if (err)
		return err;
	if (writer.count > BUNDLE_LARGE_TARGETS_MAX)
		return err_reason(ctx, ERR_LIMIT, "bundle.too_many",
				  "More targets than fit into one gateway's policy.");
	bundle_body_end(&writer);
	return buf_failed(out) ? buf_tell(ctx, out, "the gateway's policy") : ERR_OK;
}

static enum err head_of(struct ctx *ctx, const struct uuid *gateway_id, struct bundle_head *out,
			struct uuid *out_group_id)
{
	struct presence_policy policy;
	int64_t ahead;
	enum err err;

	if ((err = tenant_of(ctx, &out->tenant)) || (err = signed_time(ctx, &ahead)) ||
	    (err = presence_sql_policy(ctx, gateway_id, &policy)))
		return err;
	out->gateway_id = *gateway_id;
	out->version = (uint64_t)policy.version;
	out->issued = sys_real_us() + ahead;
	out->refresh_after = out->issued + BUNDLE_REFRESH_US;
	out->stale_after = out->issued + BUNDLE_STALE_US;
	out->expires = out->issued + BUNDLE_EXPIRES_US;
	*out_group_id = policy.group_id;
	return ERR_OK;
}

static enum err bundle_sign(struct ctx *ctx, const struct bundle_head *head, struct block body,
			    struct buf *out)
{
	bool small = bundle_body_is_small(body);
	enum err err;

	if (small)
		bundle_put_small(out, head, body);
	else
		bundle_put_announcement(out, head, body);
	err = sign_onto(ctx, KEEPER_SIGN_BUNDLE, out);
	if (err)
		return err;
	if (!small)
		buf_put(out, body.data, body.len);
	return buf_failed(out) ? buf_tell(ctx, out, "the gateway's policy") : ERR_OK;
}

enum err gateway_policy_bundle(struct ctx *ctx, const struct uuid *gateway_id, uint32_t protocol,
			       struct buf *out)
{
	scoped(buf_clear) struct buf body;
	struct bundle_head head;
	struct uuid group_id;
	enum err err = head_of(ctx, gateway_id, &head, &group_id);

	buf_init(&body, BUNDLE_LARGE_MAX - BUNDLE_ANNOUNCEMENT);
	if (err || (err = body_of(ctx, &group_id, &body)))
		return err;
	const struct block bytes = {body.data, body.len};
	if (!bundle_body_is_small(bytes) && protocol < GATEWAY_PROTOCOL_LARGE)
		return ERR_OK;
	return bundle_sign(ctx, &head, bytes, out);
}

static struct block text_block(const char *text)
{
	return (struct block){(const uint8_t *)text, text ? strlen(text) : 0};
}

static enum err authority_text(struct ctx *ctx, const struct uuid *target_id, int64_t port,
			       struct block *out)
{
	char id[UUID_TEXT_SIZE];
	const char *text;

	uuid_format(target_id, id);
	text = arena_printf(ctx->arena, "%s.target:%lld", id, (long long)port);
	*out = text_block(text);
	return text ? ERR_OK : err_set(ctx, ERR_MEMORY, "No memory for the grant.");
}

enum err gateway_grant(struct ctx *ctx, const struct uuid *gateway_id, const struct uuid *target_id,
		       const struct uuid *session_id, int64_t ends_at, struct block *out_grant,
		       struct block *out_authority)
{
	struct presence_session session = {.login = ""};
	int64_t now = sys_real_us(), port = 0, ahead;
	struct grant grant = {
		.gateway_id = *gateway_id,
		.target_id = *target_id,
		.session_id = *session_id,
		.nonce = uuid_random(),
		.protocol = text_block(GRANT_PROTOCOL),
	};
	struct presence_policy policy;
	scoped(buf_clear) struct buf payload;
	enum err err;

	buf_init(&payload, GRANT_SIGNED_MAX);
	err = presence_sql_session(ctx, session_id, &session);
	if (err && err != ERR_NOT_FOUND) /* a connection test has no session row */
		return err;
	if ((err = tenant_of(ctx, &grant.tenant)) || (err = signed_time(ctx, &ahead)) ||
	    (err = presence_sql_policy(ctx, gateway_id, &policy)) ||
	    (err = presence_sql_port(ctx, target_id, &port)) ||
	    (err = authority_text(ctx, target_id, port, out_authority)))
		return err;
	grant.issued = now + ahead;
	grant.expires = grant.issued + GRANT_LIFE_US;
	if (ends_at && ends_at < now + GRANT_LIFE_US)
		grant.expires = ends_at + ahead;
	grant.user_id = session.user_id;
	grant.user = text_block(session.login);
	grant.ticket = text_block(session.ticket);
	grant.boot_id = policy.boot_id;
	grant.policy_version = (uint64_t)policy.version;
	grant.port = (uint32_t)port;
	grant_put(&payload, &grant);
	return signed_form(ctx, KEEPER_SIGN_GRANT, &payload, out_grant);
}

static enum err publish(struct ctx *ctx, const char *name, struct block value, int64_t now)
{
	struct block stored;
	enum err err = gateway_state_sql_get(ctx, name, &stored);

	if (err == ERR_OK && stored.len == value.len &&
	    memcmp(stored.data, value.data, value.len) == 0)
		return ERR_OK;
	if (err && err != ERR_NOT_FOUND)
		return err;
	return gateway_state_sql_put(ctx, name, value, now);
}

/* Ten years, as the key behind it; issued again only when the CA changed or it is missing. */
static enum err publish_signer(struct ctx *ctx, bool ca_changed, int64_t now)
{
	const struct keeper_cert request = {
		.kind = KEEPER_CERT_SIGNER,
		.serial = {.b = {0x40, (uint8_t)(now >> 48), (uint8_t)(now >> 40),
				 (uint8_t)(now >> 32), (uint8_t)(now >> 24), (uint8_t)(now >> 16),
				 (uint8_t)(now >> 8), (uint8_t)now}},
		.not_before = now / SECOND_US - SIGNER_SLACK_S,
		.not_after = now / SECOND_US + SIGNER_LIFE_S,
	};
	struct block stored, signer;
	enum err err = gateway_state_sql_get(ctx, "gateway.signer", &stored);

	if (err == ERR_OK && !ca_changed)
		return ERR_OK;
	if (err && err != ERR_NOT_FOUND)
		return err;
	err = keeper_issue(ctx, &request, &signer);
	return err ? err : gateway_state_sql_put(ctx, "gateway.signer", signer, now);
}

enum err gateway_publish_trust(struct ctx *ctx)
{
	int64_t now = sys_real_us();
	struct uuid tenant = uuid_random();
	struct keeper_public keys;
	struct block stored;
	bool changed;
	enum err err = keeper_public(ctx, &keys);

	if (err)
		return err;
	err = gateway_state_sql_get(ctx, "gateway.ca", &stored);
	if (err && err != ERR_NOT_FOUND)
		return err;
	changed = err == ERR_NOT_FOUND || stored.len != keys.ca_certificate.len ||
		  memcmp(stored.data, keys.ca_certificate.data, stored.len) != 0;
	if ((err = publish(ctx, "gateway.ca", keys.ca_certificate, now)) ||
	    (err = publish_signer(ctx, changed, now)))
		return err;
	err = gateway_state_sql_get(ctx, "gateway.tenant", &stored);
	if (err != ERR_NOT_FOUND)
		return err;
	return gateway_state_sql_put(ctx, "gateway.tenant", (struct block){tenant.b, UUID_SIZE},
				     now);
}
