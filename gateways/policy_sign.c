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
#include "targets/bundle.h"
#include "vault/keeper.h"

enum { AUTHORITY_SIZE = 64, SIGNER_SLACK_S = 300 };
#define SECOND_US     INT64_C(1000000)
#define SIGNER_LIFE_S (INT64_C(3650) * 86400)

static enum err signed_form(struct ctx *ctx, enum keeper_sign_label label, struct buf *payload,
			    struct block *out)
{
	uint8_t signature[KEEPER_SIGNATURE];
	enum err err;

	if (buf_failed(payload))
		return buf_tell(ctx, payload, "the gateway's policy");
	err = keeper_sign(ctx, label, (struct block){payload->data, payload->len}, signature);
	if (err)
		return err;
	buf_put(payload, signature, sizeof(signature));
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

static enum err rows_put(struct ctx *ctx, const struct bundle_head *head,
			 const struct target_bundle_row *rows, size_t count, struct buf *out)
{
	struct bundle_target *targets = arena_array(ctx->arena, struct bundle_target, count + 1);

	if (!targets)
		return err_set(ctx, ERR_MEMORY, "No memory for the policy.");
	for (size_t i = 0; i < count; i++) {
		targets[i].id = rows[i].id;
		targets[i].port = rows[i].port;
		for (size_t j = 0; j < rows[i].address_count && j < BUNDLE_ADDRESSES_MAX; j++)
			targets[i].addresses[targets[i].address_count++] = rows[i].addresses[j];
	}
	bundle_put(out, head, targets, count);
	return ERR_OK;
}

enum err gateway_policy_bundle(struct ctx *ctx, const struct uuid *gateway_id, struct block *out)
{
	struct bundle_head head = {.gateway_id = *gateway_id};
	int64_t now = sys_real_us(), ahead;
	struct target_bundle_row *rows = NULL;
	struct presence_policy policy;
	scoped(buf_clear) struct buf payload;
	size_t count = 0;
	enum err err;

	buf_init(&payload, BUNDLE_SIGNED_MAX);
	if ((err = tenant_of(ctx, &head.tenant)) || (err = signed_time(ctx, &ahead)) ||
	    (err = presence_sql_policy(ctx, gateway_id, &policy)) ||
	    (err = target_bundle_rows(ctx, &policy.group_id, &rows, &count)))
		return err;
	head.version = (uint64_t)policy.version;
	head.issued = now + ahead;
	head.refresh_after = head.issued + BUNDLE_REFRESH_US;
	head.stale_after = head.issued + BUNDLE_STALE_US;
	head.expires = head.issued + BUNDLE_EXPIRES_US;
	err = rows_put(ctx, &head, rows, count, &payload);
	return err ? err : signed_form(ctx, KEEPER_SIGN_BUNDLE, &payload, out);
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
