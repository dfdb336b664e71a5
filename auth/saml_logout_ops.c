/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "auth/federation_session.h"
#include "auth/federation_sql.h"
#include "auth/handlers.h"
#include "auth/identity_api.h"
#include "auth/saml_inner.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/helper.h"
#include "base/sys.h"
#include "base/text.h"
#include "rbac/write.h"
#include "sql/db.h"

/* Single logout: a provider that asks for it, one that has done what we asked, and our asking. */
enum { HELPER_MS = 10000 };

struct arrival {
	const struct in *in;
	struct out *out;
	bool answers, packed;
	struct federation_txn txn; /* that is answered */
	struct identity_provider provider;
	struct msg_saml_idp idp;
	struct msg_saml_sent_by sender;
	struct msg_saml_logged_out got;
	struct secret_hand key; /* to answer with */
	bool replies, broken, recorded;
	const char *why, *location;
};

static struct block block_of(const char *text)
{
	return (struct block){(const uint8_t *)(text ? text : ""), text ? strlen(text) : 0};
}

static const char *text_of(struct ctx *ctx, struct block block)
{
	return arena_strndup(ctx->arena, (const char *)block.data, block.len);
}

static const char *message_of(const struct arrival *arrival)
{
	return in_text(arrival->in, arrival->answers ? SLO_RESPONSE : SLO_REQUEST, "");
}

static const char *broken(struct arrival *arrival)
{
	arrival->broken = true;
	return "saml.helper";
}

/* ------------------------------------------------------------------ who */

static const char *find_sender(struct ctx *ctx, struct arrival *arrival)
{
	if (saml_ask_sender(ctx, message_of(arrival), arrival->packed, &arrival->sender) != ERR_OK)
		return broken(arrival);
	return arrival->sender.why.len > 0 ? text_of(ctx, arrival->sender.why) : NULL;
}

/* A request says who sends it, which is verified with that provider's keys; an answer is of whom we
 * asked. */
static enum err find_provider(struct ctx *ctx, struct arrival *arrival)
{
	if (!arrival->answers)
		return federation_sql_by_issuer(ctx, text_of(ctx, arrival->sender.issuer),
						&arrival->provider);
	enum err err = federation_take_sign_out(ctx, in_text(arrival->in, SLO_RELAY, ""),
						arrival->in->flow, &arrival->txn, &arrival->why);
	if (err != ERR_OK || uuid_is_nil(&arrival->txn.provider_id))
		return err;
	return identity_provider_by_id(ctx, &arrival->txn.provider_id, false, &arrival->provider);
}

static enum err look(struct ctx *ctx, void *arg)
{
	struct arrival *arrival = arg;
	enum err err = find_provider(ctx, arrival);

	if (err == ERR_NOT_FOUND ||
	    (err == ERR_OK && !arrival->why && arrival->provider.kind != FEDERATION_SAML)) {
		arrival->why = "federation.disabled";
		return ERR_OK;
	}
	if (err != ERR_OK || arrival->why)
		return err;
	err = saml_decode(ctx, &arrival->provider, &arrival->idp);
	if (err == ERR_OK && arrival->idp.valid_until != 0 &&
	    arrival->idp.valid_until <= sys_real_us())
		arrival->why = "saml.metadata_expired";
	return err;
}

/* ------------------------------------------------------------------ what */

static const char *judge(struct ctx *ctx, struct arrival *arrival)
{
	const char *relay = in_text(arrival->in, SLO_RELAY, NULL);
	const struct msg_saml_logout message = {
		.entity = saml_own(ctx, SAML_ENTITY_PATH),
		.address = saml_own(ctx, SAML_SLO_PATH),
		.issuer = block_of(arrival->provider.issuer),
		.request = arrival->answers ? saml_request_id(ctx, relay) : block_of(NULL),
		.certificates = arrival->idp.certificates,
		.message = block_of(message_of(arrival)),
		.packed = arrival->packed,
		.relay = block_of(relay),
		.has_relay = relay != NULL,
		.algorithm = block_of(in_text(arrival->in, SLO_ALGORITHM, NULL)),
		.signature = block_of(in_text(arrival->in, SLO_SIGNATURE, NULL))};
	const struct helper_ask ask = {.kind = HELPER_SAML,
				       .type = MSG_SAML_LOGOUT,
				       .codec = &msg_saml_logout_codec,
				       .message = &message,
				       .answer_type = MSG_SAML_LOGGED_OUT,
				       .answer_codec = &msg_saml_logged_out_codec,
				       .answer_size = sizeof(arrival->got),
				       .wait_ms = HELPER_MS};

	if (helper_call(ctx, &ask, &arrival->got) != ERR_OK)
		return broken(arrival);
	return arrival->got.why.len > 0 ? text_of(ctx, arrival->got.why) : NULL;
}

/* Of one session after the other, or of all. */
static enum err end_sessions(struct ctx *ctx, struct arrival *arrival)
{
	struct rd rd = rd_of(arrival->got.indexes.data, arrival->got.indexes.len);
	struct federation_whom whom = {text_of(ctx, arrival->got.subject), ""};
	enum err err = ERR_OK;

	if (!whom.subject || !whom.subject[0])
		return err_set(ctx, ERR_BUG, "A logout of nobody was accepted.");
	do {
		struct block index = {NULL, 0};
		if (rd_left(&rd) > 0)
			index.data = rd_block(&rd, SAML_INDEXES_BYTES, &index.len);
		if (index.len > 0)
			whom.session = text_of(ctx, index);
		if (rd.failed || !whom.session)
			return err_set(ctx, ERR_BUG, "The sessions of a logout are malformed.");
		err = federation_sign_out(ctx, arrival->in, &arrival->provider, &whom,
					  arrival->out);
	} while (err == ERR_OK && rd_left(&rd) > 0);
	return err;
}

static enum err accept(struct ctx *ctx, struct arrival *arrival)
{
	if (arrival->answers)
		return federation_confirm_sign_out(ctx, arrival->in, &arrival->provider,
						   &arrival->txn.session_id);
	enum err err = end_sessions(ctx, arrival);

	arrival->replies = arrival->idp.sign_out.len > 0;
	return err == ERR_OK && arrival->replies
		       ? saml_record_key(ctx, &arrival->provider, SAML_KEY_IN_USE, &arrival->key)
		       : err;
}

/* A request counts once, whoever brings it. */
static enum err settle(struct ctx *ctx, void *arg)
{
	struct arrival *arrival = arg;
	bool is_new = true;
	enum err err = ERR_OK;

	if (!arrival->why && !arrival->answers)
		err = federation_once(ctx, &arrival->provider.id, arrival->got.id,
				      arrival->got.expires_at, &is_new);
	if (err != ERR_OK)
		return err;
	if (!is_new)
		arrival->why = "saml.replayed";
	return arrival->why ? federation_refuse_sign_out(ctx, arrival->in, &arrival->provider,
							 arrival->why, &arrival->recorded)
			    : accept(ctx, arrival);
}

/* ------------------------------------------------------------------ saying it */

static enum err say(struct ctx *ctx, const struct msg_saml_leave *message,
		    const struct secret_hand *hand, const char **out_location)
{
	scoped(fd_close_p) int key = -1;
	struct msg_saml_url made = {0};
	enum err err = secret_hand_open(ctx, hand, &key);

	if (err != ERR_OK)
		return err;
	const struct helper_ask ask = {.kind = HELPER_SAML,
				       .type = MSG_SAML_LEAVE,
				       .codec = &msg_saml_leave_codec,
				       .message = message,
				       .fds = {key},
				       .nfds = 1,
				       .answer_type = MSG_SAML_URL,
				       .answer_codec = &msg_saml_url_codec,
				       .answer_size = sizeof(made),
				       .wait_ms = HELPER_MS};
	err = helper_call(ctx, &ask, &made);
	if (err == ERR_OK && !(*out_location = text_of(ctx, made.url)))
		err = err_set(ctx, ERR_MEMORY, "Request memory is used up.");
	return err;
}

static enum err reply(struct ctx *ctx, struct arrival *arrival)
{
	const char *relay = in_text(arrival->in, SLO_RELAY, NULL);
	uint8_t bytes[16];
	char id[BASE64_SIZE(16)];

	sys_random(bytes, sizeof(bytes));
	base64url_encode(bytes, sizeof(bytes), id);
	const struct msg_saml_leave message = {.id = saml_request_id(ctx, id),
					       .entity = saml_own(ctx, SAML_ENTITY_PATH),
					       .address = arrival->idp.sign_out,
					       .answers = arrival->got.id,
					       .relay = block_of(relay),
					       .has_relay = relay != NULL};
	return say(ctx, &message, &arrival->key, &arrival->location);
}

/* Exactly one of the two. */
static bool is_one_message(const struct in *in)
{
	return !in_text(in, SLO_REQUEST, NULL) != !in_text(in, SLO_RESPONSE, NULL);
}

enum err saml_run_slo(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct arrival arrival = {.in = in,
				  .out = out,
				  .answers = in_text(in, SLO_RESPONSE, NULL) != NULL,
				  .packed = strcmp(in->op->method, "GET") == 0,
				  .location = "/signin"};
	enum err err = ERR_OK;

	if (!is_one_message(in))
		return err_field(ctx, "SAMLRequest", "required",
				 "Send one message, a request or an answer.");
	if (!arrival.answers)
		arrival.why = find_sender(ctx, &arrival);
	if (!arrival.why)
		err = db_transaction(ctx, look, &arrival);
	if (err == ERR_OK && !arrival.why)
		arrival.why = judge(ctx, &arrival);
	if (err == ERR_OK)
		err = db_transaction(ctx, settle, &arrival);
	if (err == ERR_OK && arrival.replies)
		err = reply(ctx, &arrival);
	if (err != ERR_OK)
		return err;
	if (arrival.why && (!arrival.answers || !arrival.recorded))
		return arrival.broken ? err_reason(ctx, ERR_UNAVAILABLE, "federation.unavailable",
						   "The logout cannot be judged at the moment.")
				      : federation_logout_refused(ctx);
	out_text(out, "location", arrival.location);
	out->clear_flow = arrival.answers;
	return ERR_OK;
}

/* ------------------------------------------------------------------ asking */

struct leaving {
	const struct in *in;
	struct federation_txn txn;
	struct federation_session kept;
	struct identity_provider provider;
	struct msg_saml_idp idp;
	struct secret_hand key;
	const char *why;
	bool recorded;
};

static enum err prepare(struct ctx *ctx, struct leaving *leaving)
{
	struct audit audit;
	enum err err =
		identity_provider_by_id(ctx, &leaving->txn.provider_id, false, &leaving->provider);

	if (err == ERR_OK)
		err = federation_session_get(ctx, &leaving->txn.session_id, &leaving->kept);
	if (err == ERR_OK)
		err = saml_decode(ctx, &leaving->provider, &leaving->idp);
	if (err == ERR_OK && leaving->idp.sign_out.len == 0)
		err = ERR_NOT_FOUND;
	if (err == ERR_OK)
		err = saml_record_key(ctx, &leaving->provider, SAML_KEY_IN_USE, &leaving->key);
	if (err != ERR_OK)
		return err;
	write_audit(ctx, leaving->in, &audit);
	audit_object(&audit, "identity_provider", &leaving->provider.id, leaving->provider.name);
	return audit_append(ctx, &audit);
}

static enum err look_at_leaving(struct ctx *ctx, void *arg)
{
	struct leaving *leaving = arg;
	enum err err = federation_peek_sign_out(ctx, in_text(leaving->in, SIGNED_OUT_STATE, ""),
						leaving->in->flow, &leaving->txn, &leaving->why);

	if (err == ERR_OK && !leaving->why)
		err = prepare(ctx, leaving);
	if (err == ERR_NOT_FOUND || err == ERR_CONFLICT)
		leaving->why = "federation.disabled";
	else if (err != ERR_OK)
		return err;
	return leaving->why ? federation_refuse_sign_out(ctx, leaving->in, &leaving->provider,
							 leaving->why, &leaving->recorded)
			    : ERR_OK;
}

enum err saml_run_leave(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct leaving leaving = {.in = in};
	const char *state = in_text(in, SIGNED_OUT_STATE, ""), *location = "/signin";
	enum err err = db_transaction(ctx, look_at_leaving, &leaving);

	if (err == ERR_OK && leaving.why && !leaving.recorded)
		return federation_logout_refused(ctx);
	if (err == ERR_OK && !leaving.why) {
		const struct msg_saml_leave message = {.id = saml_request_id(ctx, state),
						       .entity = saml_own(ctx, SAML_ENTITY_PATH),
						       .address = leaving.idp.sign_out,
						       .relay = block_of(state),
						       .has_relay = true,
						       .subject = block_of(leaving.kept.subject),
						       .index = block_of(leaving.kept.session)};
		err = say(ctx, &message, &leaving.key, &location);
	}
	if (err == ERR_OK)
		out_text(out, "location", location);
	return err;
}

enum err saml_sign_out(struct ctx *ctx, const struct identity_provider *provider,
		       const struct federation_begun *begun, const char **out_location)
{
	struct msg_saml_idp idp;
	enum err err = saml_decode(ctx, provider, &idp);

	*out_location = NULL;
	if (err != ERR_OK || idp.sign_out.len == 0)
		return err == ERR_CONFLICT ? ERR_OK : err; /* nothing is known of it */
	*out_location = arena_printf(ctx->arena, "%s?state=%s", SAML_LEAVE_PATH, begun->state);
	return *out_location ? ERR_OK : err_set(ctx, ERR_MEMORY, "Request memory is used up.");
}
