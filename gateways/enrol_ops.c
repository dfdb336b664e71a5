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
#include "gateways/renew_proof.h"
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

/* Before anything that is shown is looked at. */
static enum err check_origin(struct ctx *ctx, const struct in *in, const char **out_peer)
{
	*out_peer = arena_strndup(ctx->arena, (const char *)in->peer.data, in->peer.len);
	if (!*out_peer || !source_allowed(ctx->conf, NULL, *out_peer))
		return refused_source(ctx);
	if (llabs(in_number(in, ENROL_SKEW, 0)) > GATEWAY_CLOCK_SLACK_S)
		return err_reason(ctx, ERR_DENIED, "enrol.clock",
				  "The gateway's clock is more than five minutes off.");
	if (!in_number(in, ENROL_BOUND, 0))
		return err_reason(ctx, ERR_DENIED, "enrol.not_bound",
				  "The request was not made for this connection.");
	return ERR_OK;
}

/* The token is spent in the transaction that writes the certificate: neither without the other. */
enum err gateway_enrol(struct ctx *ctx, const struct in *in, struct out *out)
{
	int64_t now = sys_real_us();
	struct uuid id, serial;
	struct gateway_row row;
	struct audit audit;
	struct block der;
	const char *peer;
	enum err err = check_origin(ctx, in, &peer);

	if (err)
		return err;
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

static enum err refused_proof(struct ctx *ctx, const char *reason)
{
	return err_reason(ctx, ERR_DENIED, reason,
			  "This certificate renews nothing; enrol with a new token.");
}

/* The certificate that signs must be one that may connect now, of a gateway that may. */
static enum err check_present(struct ctx *ctx, const struct in *in, const char *peer, int64_t now,
			      struct uuid *out_gateway, const char **out_name)
{
	struct gateway_certificate_row present;
	struct gateway_row row;
	enum err err = gateway_certificate_sql_lock(ctx, in_id(in, ENROL_SERIAL), &present);

	if (err == ERR_NOT_FOUND)
		return refused_proof(ctx, "certificate.unknown");
	if (err || (err = gateway_sql_lock(ctx, &present.gateway_id, &row)))
		return err;
	if (!source_allowed(NULL, row.source_ranges, peer))
		return refused_source(ctx);
	if (present.revoked_at)
		return refused_proof(ctx, "certificate.revoked");
	if (present.not_after <= now)
		return refused_proof(ctx, "certificate.expired");
	if (strcmp(row.state, "enrolled") != 0)
		return refused_proof(ctx, "gateway.not_enrolled");
	*out_gateway = row.id;
	*out_name = row.name;
	return renew_proof_holds(present.certificate, in->tls_exporter,
				 in_text(in, ENROL_POINT, ""), in_text(in, ENROL_PROOF, ""))
		       ? ERR_OK
		       : refused_proof(ctx, "enrol.proof");
}

/* At most two are good at a time: the one that asks, until the new one has been used (attach.c),
 * and the new one. An earlier new one, whose answer was lost, ends here. */
enum err gateway_renew(struct ctx *ctx, const struct in *in, struct out *out)
{
	int64_t now = sys_real_us();
	const char *peer = NULL, *name = NULL;
	struct uuid id, serial;
	struct audit audit;
	struct block der;
	enum err err;

	if ((err = check_origin(ctx, in, &peer)) ||
	    (err = check_present(ctx, in, peer, now, &id, &name)) ||
	    (err = gateway_certificate_sql_keep(ctx, &id, in_id(in, ENROL_SERIAL), now)) ||
	    (err = issue(ctx, in, &id, now, &serial, &der)))
		return err;
	write_audit(ctx, in, &audit);
	audit_object(&audit, "gateway", &id, name);
	audit_change(&audit, "serial", write_uuid(ctx, in_id(in, ENROL_SERIAL)),
		     write_uuid(ctx, &serial));
	if ((err = audit_append(ctx, &audit)) || (err = answer(ctx, der, out)))
		return err;
	out_notify(out, "gateways", &id);
	return ERR_OK;
}
