/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/saml_inner.h"

#include <string.h>
#include <unistd.h>

#include "auth/federation_sql.h"
#include "auth/handlers.h"
#include "auth/identity_api.h"
#include "auth/notice_meter.h"
#include "auth/saml_sql.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/conf.h"
#include "base/helper.h"
#include "base/messages.h"
#include "base/secret.h"
#include "base/sys.h"
#include "rbac/write.h"
#include "sql/db.h"

enum { HELPER_MS = 10000, FRESH_SKEW_S = 90 };

static struct block block_of(const char *text)
{
	return (struct block){(const uint8_t *)text, text ? strlen(text) : 0};
}

static const char *text_of(struct ctx *ctx, struct block block)
{
	return arena_strndup(ctx->arena, (const char *)block.data, block.len);
}

struct block saml_own(struct ctx *ctx, const char *path)
{
	return block_of(
		arena_printf(ctx->arena, "%s%s", ctx->conf ? ctx->conf->public_url : "", path));
}

struct block saml_request_id(struct ctx *ctx, const char *state)
{
	return block_of(arena_printf(ctx->arena, "_%s", state));
}

enum err saml_decode(struct ctx *ctx, const struct identity_provider *provider,
		     struct msg_saml_idp *out)
{
	struct identity_metadata kept;
	enum err err = identity_metadata_get(ctx, &provider->id, &kept);

	if (err != ERR_OK)
		return err;
	if (kept.bytes.len == 0 ||
	    codec_get(&msg_saml_idp_codec, kept.bytes.data, kept.bytes.len, out) != ERR_OK)
		return err_reason(ctx, ERR_CONFLICT, "federation.no_metadata",
				  "Nothing is known of this provider yet. Hand in its metadata.");
	return ERR_OK;
}

enum err saml_record_key(struct ctx *ctx, const struct identity_provider *provider,
			 enum saml_which which, struct secret_hand *out)
{
	const struct secret_owner owner = {"identity_provider", provider->name,
					   which == SAML_KEY_IN_USE ? "saml" : "saml_other",
					   &provider->id};
	struct saml_own_key keys[SAML_KEYS_OWN];
	size_t count = 0;
	enum err err = saml_sql_keys(ctx, false, keys, &count);

	for (size_t i = 0; err == ERR_OK && i < count; i++)
		if (keys[i].in_use == (which == SAML_KEY_IN_USE))
			return secret_hand_record(ctx, &keys[i].secret_id, &owner, out);
	return err == ERR_OK ? err_set(ctx, ERR_NOT_FOUND, "There is no such key.") : err;
}

enum err saml_ask_sender(struct ctx *ctx, const char *text, bool packed,
			 struct msg_saml_sent_by *out)
{
	const struct msg_saml_sender message = {.message = block_of(text), .packed = packed};
	const struct helper_ask ask = {.kind = HELPER_SAML,
				       .type = MSG_SAML_SENDER,
				       .codec = &msg_saml_sender_codec,
				       .message = &message,
				       .answer_type = MSG_SAML_SENT_BY,
				       .answer_codec = &msg_saml_sent_by_codec,
				       .answer_size = sizeof(*out),
				       .wait_ms = HELPER_MS};

	return helper_call(ctx, &ask, out);
}

/* --- Asking --- */

enum err saml_prepare(struct ctx *ctx, const struct identity_provider *provider,
		      struct saml_asking *out)
{
	struct msg_saml_idp idp;
	enum err err = saml_decode(ctx, provider, &idp);

	if (err != ERR_OK)
		return err;
	out->address = idp.sign_in;
	return saml_record_key(ctx, provider, SAML_KEY_IN_USE, &out->key);
}

enum err saml_begin(struct ctx *ctx, const struct saml_asking *asking,
		    const struct identity_provider *provider, const struct federation_begun *begun,
		    const char **out_location)
{
	scoped(fd_close_p) int key = -1;
	enum err err = secret_hand_open(ctx, &asking->key, &key);

	*out_location = NULL;
	if (err != ERR_OK)
		return err;
	const struct msg_saml_request message = {
		.id = saml_request_id(ctx, begun->state),
		.entity = saml_own(ctx, SAML_ENTITY_PATH),
		.acs = saml_own(ctx, SAML_ACS_PATH),
		.address = asking->address,
		.relay = block_of(begun->state),
		.contexts = block_of(provider->trusts_second ? provider->contexts : ""),
		.force = begun->txn.purpose != FEDERATION_SIGN_IN};
	struct msg_saml_url made = {0};
	const struct helper_ask ask = {.kind = HELPER_SAML,
				       .type = MSG_SAML_REQUEST,
				       .codec = &msg_saml_request_codec,
				       .message = &message,
				       .fds = {key},
				       .nfds = 1,
				       .answer_type = MSG_SAML_URL,
				       .answer_codec = &msg_saml_url_codec,
				       .answer_size = sizeof(made),
				       .wait_ms = HELPER_MS};

	err = helper_call(ctx, &ask, &made);
	*out_location = err == ERR_OK ? text_of(ctx, made.url) : NULL;
	return err == ERR_OK && !*out_location
		       ? err_set(ctx, ERR_MEMORY, "Request memory is used up.")
		       : err;
}

/* --- The way back --- */

struct answer {
	const struct in *in;
	struct federation_txn txn;
	struct identity_provider provider;
	struct msg_saml_idp idp;
	struct msg_saml_verdict verdict;
	struct federated_identity identity;
	const char *why;
	bool broken;
	bool unasked; /* the provider began it */
	struct federation_begun begun;
	enum saml_which which;	       /* of our keys */
	struct secret_hand sealed_for; /* that one, recorded */
	int key;		       /* and opened, or -1 */
};

static const char unsolicited[] = "saml.unsolicited";

/* Of what nobody asked for, in this process. */
static struct source_meter refused = {.lock = PTHREAD_MUTEX_INITIALIZER};

static const char *broken(struct answer *answer)
{
	answer->broken = true;
	return "saml.helper";
}

static enum err look_at_metadata(struct ctx *ctx, struct answer *answer)
{
	enum err err = saml_decode(ctx, &answer->provider, &answer->idp);

	if (err == ERR_OK && answer->idp.valid_until != 0 &&
	    answer->idp.valid_until <= sys_real_us())
		answer->why = "saml.metadata_expired";
	return err;
}

/* Transaction 1: the answer is spent, whatever it is worth. */
static enum err take(struct ctx *ctx, void *arg)
{
	struct answer *answer = arg;
	const char *state = in_text(answer->in, ACS_STATE, "");
	enum err err = federation_take(ctx, state, answer->in->flow, &answer->txn, &answer->why);

	if (err != ERR_OK || answer->why)
		return err;
	err = identity_provider_by_id(ctx, &answer->txn.provider_id, false, &answer->provider);
	if (err == ERR_NOT_FOUND || (err == ERR_OK && answer->provider.kind != FEDERATION_SAML)) {
		answer->why = "federation.disabled";
		return ERR_OK;
	}
	return err == ERR_OK ? look_at_metadata(ctx, answer) : err;
}

/* --- Nobody asked --- */

/* Our states have one length; what comes with another, or with none, answers nothing of ours. */
static bool is_unasked(const struct in *in)
{
	return strlen(in_text(in, ACS_STATE, "")) != FEDERATION_TEXT - 1;
}

/* Where no provider may, nobody looks at the message. */
static enum err may_any(struct ctx *ctx, void *arg)
{
	struct answer *answer = arg;
	bool any = false;
	enum err err = federation_sql_unsolicited(ctx, &any);

	answer->why = err == ERR_OK && !any ? unsolicited : NULL;
	return err;
}

static const char *ask_sender(struct ctx *ctx, struct answer *answer, const char **out_issuer)
{
	struct msg_saml_sent_by sender = {0};
	const char *message = in_text(answer->in, ACS_RESPONSE, "");

	if (saml_ask_sender(ctx, message, false, &sender) != ERR_OK)
		return broken(answer);
	*out_issuer = text_of(ctx, sender.issuer);
	return sender.why.len > 0 ? text_of(ctx, sender.why) : NULL;
}

struct sent {
	struct answer *answer;
	const char *issuer;
};

/* As it says; its keys are what it is then judged by. */
static enum err find_sender(struct ctx *ctx, void *arg)
{
	const struct sent *sent = arg;
	struct answer *answer = sent->answer;
	enum err err = federation_sql_by_issuer(ctx, sent->issuer, &answer->provider);

	if (err == ERR_NOT_FOUND) {
		answer->why = "federation.disabled";
		return ERR_OK;
	}
	if (err != ERR_OK)
		return err;
	answer->txn = (struct federation_txn){.provider_id = answer->provider.id};
	answer->why = answer->provider.unsolicited ? NULL : unsolicited;
	return answer->why ? ERR_OK : look_at_metadata(ctx, answer);
}

static enum err take_unasked(struct ctx *ctx, struct answer *answer)
{
	struct sent sent = {.answer = answer};
	enum err err = db_transaction(ctx, may_any, answer);

	answer->unasked = true;
	if (err == ERR_OK && !answer->why &&
	    !source_meter_open(&refused, answer->in->peer, sys_mono_us()))
		answer->why = "saml.too_many";
	if (err == ERR_OK && !answer->why)
		answer->why = ask_sender(ctx, answer, &sent.issuer);
	return err == ERR_OK && !answer->why ? db_transaction(ctx, find_sender, &sent) : err;
}

/* From here on it is a sign-in of this browser, like one that was begun here. */
static enum err begin_unasked(struct ctx *ctx, struct answer *answer)
{
	const struct identity_provider *provider = &answer->provider;
	struct audit audit;
	enum err err =
		federation_begin(ctx, &provider->id, FEDERATION_SIGN_IN, NULL, &answer->begun);

	if (err != ERR_OK)
		return err;
	answer->txn = answer->begun.txn;
	audit_init(&audit, EVENT_FEDERATION_ASKED);
	audit.peer = arena_strndup(ctx->arena, (const char *)answer->in->peer.data,
				   answer->in->peer.len);
	audit_object(&audit, "identity_provider", &provider->id, provider->name);
	audit_data(&audit, "begun_by", "provider");
	return audit_append(ctx, &audit);
}

/* The second step, if there is one, finds it by the cookie. */
static enum err keep_browser(struct ctx *ctx, struct answer *answer, struct out *out)
{
	if (out->clear_flow)
		return ERR_OK;
	out->set_flow = arena_strdup(ctx->arena, answer->begun.browser);
	out->flow_cross_site = true;
	return out->set_flow ? ERR_OK : err_set(ctx, ERR_MEMORY, "Request memory is used up.");
}

/* --- What it is worth --- */

static enum err ask_verdict(struct ctx *ctx, struct answer *answer)
{
	const struct msg_saml_response message = {
		.entity = saml_own(ctx, SAML_ENTITY_PATH),
		.acs = saml_own(ctx, SAML_ACS_PATH),
		.issuer = block_of(answer->provider.issuer),
		.request = answer->unasked
				   ? block_of(NULL)
				   : saml_request_id(ctx, in_text(answer->in, ACS_STATE, "")),
		.certificates = answer->idp.certificates,
		.message = block_of(in_text(answer->in, ACS_RESPONSE, ""))};
	const struct helper_ask ask = {.kind = HELPER_SAML,
				       .type = answer->key >= 0 ? MSG_SAML_SEALED
								: MSG_SAML_RESPONSE,
				       .codec = &msg_saml_response_codec,
				       .message = &message,
				       .fds = {answer->key},
				       .nfds = answer->key >= 0,
				       .answer_type = MSG_SAML_VERDICT,
				       .answer_codec = &msg_saml_verdict_codec,
				       .answer_size = sizeof(answer->verdict),
				       .wait_ms = HELPER_MS};

	return helper_call(ctx, &ask, &answer->verdict);
}

static enum err release_key(struct ctx *ctx, void *arg)
{
	struct answer *answer = arg;

	return saml_record_key(ctx, &answer->provider, answer->which, &answer->sealed_for);
}

/* Somebody who proves again who they are has just done so. */
static bool is_fresh(const struct answer *answer)
{
	return answer->txn.purpose == FEDERATION_SIGN_IN ||
	       answer->identity.authenticated_at >=
		       answer->txn.created_at - (int64_t)FRESH_SKEW_S * 1000000;
}

/* With that key of ours. */
static const char *judge_with(struct ctx *ctx, struct answer *answer, enum saml_which which)
{
	answer->which = which;
	enum err err = db_transaction(ctx, release_key, answer);
	if (err == ERR_NOT_FOUND && which == SAML_KEY_OTHER)
		return "saml.encryption";
	if (err == ERR_OK)
		err = secret_hand_open(ctx, &answer->sealed_for, &answer->key);
	if (err == ERR_OK)
		err = ask_verdict(ctx, answer);
	fd_close_p(&answer->key);
	answer->key = -1;
	return err == ERR_OK ? text_of(ctx, answer->verdict.why) : broken(answer);
}

/* A provider may not know yet which of our keys is in use. */
static const char *judge_sealed(struct ctx *ctx, struct answer *answer)
{
	const char *why = judge_with(ctx, answer, SAML_KEY_IN_USE);

	return why && strcmp(why, "saml.encryption") == 0 ? judge_with(ctx, answer, SAML_KEY_OTHER)
							  : why;
}

/* No transaction. Our keys go only to a process that has a sealed assertion before it, in an
 * envelope that is for us. */
static const char *judge(struct ctx *ctx, struct answer *answer)
{
	struct rd rd;
	const char *why;

	if (ask_verdict(ctx, answer) != ERR_OK)
		return broken(answer);
	why = text_of(ctx, answer->verdict.why);
	if (why && strcmp(why, "saml.sealed") == 0)
		why = judge_sealed(ctx, answer);
	if (!why || why[0])
		return why ? why : broken(answer);
	rd = rd_of(answer->verdict.identity.data, answer->verdict.identity.len);
	if (!federated_identity_get(ctx->arena, &rd, &answer->identity) || !rd_done(&rd))
		return broken(answer);
	return is_fresh(answer) ? NULL : "saml.not_fresh";
}

/* An assertion counts once, whoever brings it. */
static enum err once(struct ctx *ctx, void *arg)
{
	struct answer *answer = arg;
	bool fresh = false;
	enum err err = federation_once(ctx, &answer->provider.id, answer->verdict.assertion_id,
				       answer->verdict.expires_at, &fresh);

	answer->why = err == ERR_OK && !fresh ? "saml.replayed" : NULL;
	return err == ERR_OK && fresh && answer->unasked ? begin_unasked(ctx, answer) : err;
}

enum err auth_run_saml_acs(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct answer answer = {.in = in, .key = -1};
	enum err err =
		is_unasked(in) ? take_unasked(ctx, &answer) : db_transaction(ctx, take, &answer);

	if (err == ERR_OK && !answer.why)
		answer.why = judge(ctx, &answer);
	if (err == ERR_OK && !answer.why)
		err = db_transaction(ctx, once, &answer);
	if (err != ERR_OK)
		return err;
	if (answer.unasked && answer.why && answer.why != unsolicited)
		source_meter_count(&refused, in->peer, sys_mono_us());
	err = federation_finish(ctx, in, uuid_is_nil(&answer.txn.provider_id) ? NULL : &answer.txn,
				&answer.identity, answer.why, out);
	if (err == ERR_OK && answer.unasked)
		err = keep_browser(ctx, &answer, out);
	wipe(answer.begun.browser, sizeof(answer.begun.browser));
	bool is_refused = err == ERR_UNAUTHENTICATED || err == ERR_SYNTAX;
	if (is_refused && answer.why == unsolicited)
		return err_reason(ctx, err, "federation.unasked",
				  "Nobody here has asked for this sign-in.");
	if (is_refused && answer.broken)
		return err_reason(ctx, ERR_UNAVAILABLE, "federation.unavailable",
				  "The provider's answer cannot be judged at the moment.");
	return err;
}
