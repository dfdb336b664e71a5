/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include <sodium.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/secret.h"
#include "base/sys.h"
#include "base/text.h"
#include "gateways/est.h"
#include "gateways/gateway_sql.h"
#include "gateways/gateways_api.h"
#include "gateways/handlers.h"
#include "gateways/proto/verdict.h"
#include "gateways/source.h"
#include "rbac/write.h"
#include "vault/keeper.h"

enum { HASH_SIZE = 32, ANSWER_MAX = 16 * 1024 };
#define SECOND_US INT64_C(1000000)
#define SLACK_S	  INT64_C(300) /* a gateway whose clock runs behind accepts its certificate */

/* One answer for every token that does not work: nothing is learnt by trying. */
static enum err refused(struct ctx *ctx, const char *reason)
{
	return err_reason(ctx, ERR_UNAUTHENTICATED, reason,
			  "The join token is wrong, used, or expired; issue a new one.");
}

static enum err refused_source(struct ctx *ctx)
{
	return err_reason(ctx, ERR_DENIED, "enrol.source",
			  "Gateways may not enrol from this address.");
}

static enum err spend_token(struct ctx *ctx, const struct in *in, int64_t now, struct uuid *out)
{
	const char *text = in_text(in, ENROL_TOKEN, "");
	const char *peer = arena_strndup(ctx->arena, (const char *)in->peer.data, in->peer.len);
	struct gateway_token_row token;
	uint8_t hash[HASH_SIZE];
	enum err err;

	crypto_hash_sha256(hash, (const uint8_t *)text, strlen(text));
	err = gateway_token_sql_lock(ctx, hash, &token);
	if (err == ERR_NOT_FOUND)
		return refused(ctx, "enrol.token");
	if (err)
		return err;
	if (token.used_at)
		return refused(ctx, "enrol.token_used");
	if (token.expires_at <= now)
		return refused(ctx, "enrol.token_expired");
	*out = token.gateway_id;
	return gateway_token_sql_use(ctx, &token.id, now, peer);
}

static int64_t life_s(const struct ctx *ctx)
{
	enum { DEFAULT_MINUTES = 7 * 24 * 60 };
	int64_t minutes = ctx->conf ? ctx->conf->gateway_certificate_minutes : 0;

	return (minutes > 0 ? minutes : DEFAULT_MINUTES) * 60;
}

static enum err issue(struct ctx *ctx, const struct in *in, const struct uuid *gateway_id,
		      int64_t now, struct uuid *out_serial, struct block *out_der)
{
	const char *text = in_text(in, ENROL_POINT, "");
	uint8_t point[ENROL_POINT_SIZE];
	struct keeper_cert request = {
		.kind = KEEPER_CERT_GATEWAY,
		.subject = *gateway_id,
		.serial = uuid_random(),
		.not_before = now / SECOND_US - SLACK_S,
		.not_after = now / SECOND_US + life_s(ctx),
		.public_key = {point, sizeof(point)},
	};
	enum err err;

	if (base64url_decode(text, strlen(text), point, sizeof(point)) != (long)sizeof(point))
		return err_field(ctx, "point", "enrol.request", "Not a P-256 point.");
	request.serial.b[0] = (uint8_t)((request.serial.b[0] & 0x7f) | 0x40);
	err = keeper_issue(ctx, &request, out_der);
	if (err)
		return err;
	*out_serial = request.serial;
	return gateway_certificate_sql_insert(ctx, &request.serial, gateway_id,
					      request.not_before * SECOND_US,
					      request.not_after * SECOND_US, *out_der);
}

static enum err answer(struct ctx *ctx, struct block der, struct out *out)
{
	scoped(secret_free_p) struct secret *body = NULL;
	scoped(buf_clear) struct buf text;
	enum err err;

	buf_init(&text, ANSWER_MAX);
	err = est_certs_only(ctx, &der, 1, &text);
	if (err)
		return err;
	body = secret_from(text.data, text.len);
	return body ? secret_pipe(body, &out->secret_fd)
		    : err_set(ctx, ERR_MEMORY, "No memory for the answer.");
}

/* The token is spent in the transaction that writes the certificate: neither without the other. */
enum err gateway_enrol(struct ctx *ctx, const struct in *in, struct out *out)
{
	const char *peer = arena_strndup(ctx->arena, (const char *)in->peer.data, in->peer.len);
	int64_t now = sys_real_us();
	struct uuid id, serial;
	struct gateway_row row;
	struct audit audit;
	struct block der;
	enum err err;

	/* Before anything that is shown is looked at. */
	if (!peer || !source_allowed(ctx->conf, NULL, peer))
		return refused_source(ctx);
	if (llabs(in_number(in, ENROL_SKEW, 0)) > GATEWAY_CLOCK_SLACK_S)
		return err_reason(ctx, ERR_DENIED, "enrol.clock",
				  "The gateway's clock is more than five minutes off.");
	if (!in_number(in, ENROL_BOUND, 0))
		return err_reason(ctx, ERR_DENIED, "enrol.not_bound",
				  "The request was not made for this connection.");
	if ((err = spend_token(ctx, in, now, &id)) || (err = gateway_sql_lock(ctx, &id, &row)))
		return err;
	if (strcmp(row.state, "archived") == 0)
		return refused(ctx, "enrol.archived");
	if (!source_allowed(NULL, row.source_ranges, peer))
		return refused_source(ctx);
	/* A gateway has one identity: an earlier certificate ends here. */
	if ((err = gateway_certificate_sql_revoke(ctx, &id, now)) ||
	    (err = gateway_identity_sql_reset(ctx, &id)) ||
	    (err = issue(ctx, in, &id, now, &serial, &der)))
		return err;
	write_audit(ctx, in, &audit);
	audit_object(&audit, "gateway", &id, row.name);
	audit_change(&audit, "state", row.state, "enrolled");
	audit_data(&audit, "serial", write_uuid(ctx, &serial));
	row.state = "enrolled";
	if ((err = gateway_sql_update(ctx, &row, &audit.id, now)) ||
	    (err = audit_append(ctx, &audit)) || (err = answer(ctx, der, out)))
		return err;
	out_effect(out, OUT_EFFECT_GATEWAY_REVOKED, &id, "enrolled again");
	out_notify(out, "gateways", &id);
	return ERR_OK;
}
