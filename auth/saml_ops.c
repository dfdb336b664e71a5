/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/saml_inner.h"

#include <string.h>
#include <unistd.h>

#include "auth/handlers.h"
#include "auth/identity_api.h"
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

enum { HELPER_MS = 10000, KEY_BYTES = 8192, KEY_MS = 2000, FRESH_SKEW_S = 90 };

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
			 struct secret_hand *out)
{
	const struct secret_owner owner = {"identity_provider", provider->name, "saml",
					   &provider->id};
	struct uuid secret_id;
	enum err err = saml_sql_key(ctx, false, &secret_id);

	return err == ERR_OK ? secret_hand_record(ctx, &secret_id, &owner, out) : err;
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
	return saml_record_key(ctx, provider, &out->key);
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

/* --- Metadata handed in --- */

struct import {
	const struct in *in;
	struct out *out;
	struct identity_provider provider;
	struct msg_saml_idp idp;
	struct msg_saml_certificate certificate; /* of the key that is made beside the first */
	struct secret *key;
	bool has_key;
};

static enum err look_up(struct ctx *ctx, void *arg)
{
	struct import *import = arg;
	struct uuid secret_id;
	enum err err = identity_provider_by_id(ctx, in_id(import->in, METADATA_ID), false,
					       &import->provider);

	if (err == ERR_OK && import->provider.kind != FEDERATION_SAML)
		return err_reason(ctx, ERR_CONFLICT, "provider.other_kind",
				  "This provider does not speak SAML.");
	if (err != ERR_OK)
		return err;
	err = saml_sql_key(ctx, false, &secret_id);
	import->has_key = err == ERR_OK;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err read_metadata(struct ctx *ctx, struct import *import)
{
	const struct msg_saml_metadata message = {
		.xml = block_of(in_text(import->in, METADATA_XML, "")),
		.entity = block_of(import->provider.issuer)};
	const struct helper_ask ask = {.kind = HELPER_SAML,
				       .type = MSG_SAML_METADATA,
				       .codec = &msg_saml_metadata_codec,
				       .message = &message,
				       .answer_type = MSG_SAML_IDP,
				       .answer_codec = &msg_saml_idp_codec,
				       .answer_size = sizeof(import->idp),
				       .wait_ms = HELPER_MS};
	enum err err = helper_call(ctx, &ask, &import->idp);

	if (err != ERR_OK)
		return err;
	if (import->idp.why.len > 0)
		return err_field(ctx, "metadata", "provider.metadata",
				 "This metadata cannot be used: %s.",
				 text_of(ctx, import->idp.why));
	if (import->idp.entity.len != strlen(import->provider.issuer) ||
	    memcmp(import->idp.entity.data, import->provider.issuer, import->idp.entity.len) != 0)
		return err_field(ctx, "metadata", "provider.metadata_entity",
				 "This metadata is of another provider.");
	return ERR_OK;
}

static enum err make_key(struct ctx *ctx, struct import *import)
{
	const struct msg_saml_key message = {.who = block_of("Sekisho")};
	int ends[2];

	if (secret_pipe_empty(ends) != ERR_OK)
		return err_set(ctx, ERR_UNAVAILABLE, "No pipe for the key.");
	const struct helper_ask ask = {.kind = HELPER_SAML,
				       .type = MSG_SAML_KEY,
				       .codec = &msg_saml_key_codec,
				       .message = &message,
				       .fds = {ends[1]},
				       .nfds = 1,
				       .answer_type = MSG_SAML_CERTIFICATE,
				       .answer_codec = &msg_saml_certificate_codec,
				       .answer_size = sizeof(import->certificate),
				       .wait_ms = HELPER_MS};
	enum err err = helper_call(ctx, &ask, &import->certificate);
	close(ends[1]);
	if (err == ERR_OK && secret_read_fd(ends[0], KEY_BYTES, KEY_MS, &import->key) != ERR_OK)
		err = err_set(ctx, ERR_UNAVAILABLE, "The key did not arrive.");
	close(ends[0]);
	return err;
}

/* Unless somebody else's came first. */
static enum err keep_key(struct ctx *ctx, const struct import *import, const struct uuid *event_id)
{
	struct secret_ref ref = {.id = uuid_v7(), .version = 1, .kind = SECRET_SAML_KEY};
	scoped(fd_close_p) int plain = -1;
	struct uuid known;
	struct block blob;
	enum err err = saml_sql_key(ctx, true, &known);

	if (err != ERR_NOT_FOUND)
		return err;
	err = secret_store_next_version(ctx, &ref.id, &ref.version);
	if (err == ERR_OK && secret_pipe(import->key, &plain) != ERR_OK)
		return err_set(ctx, ERR_UNAVAILABLE, "No pipe for the key.");
	if (err == ERR_OK)
		err = keeper_seal(ctx, &ref, plain, &blob);
	if (err == ERR_OK)
		err = secret_store_put(ctx, &ref, blob);
	return err == ERR_OK
		       ? saml_sql_add_key(ctx, &ref.id, import->certificate.certificate, event_id)
		       : err;
}

static enum err keep(struct ctx *ctx, void *arg)
{
	struct import *import = arg;
	const struct uuid *id = &import->provider.id;
	scoped(buf_clear) struct buf bytes;
	struct audit audit;

	buf_init(&bytes, CHAN_PAYLOAD_MAX);
	codec_put(&bytes, &msg_saml_idp_codec, &import->idp);
	if (buf_failed(&bytes))
		return buf_tell(ctx, &bytes, "the metadata");
	write_audit(ctx, import->in, &audit);
	enum err err = identity_metadata_put(ctx, id, (struct block){bytes.data, bytes.len});
	if (err == ERR_OK && !import->has_key)
		err = keep_key(ctx, import, &audit.id);
	if (err != ERR_OK)
		return err;
	audit_object(&audit, "identity_provider", id, import->provider.name);
	audit_data(&audit, "sign_in", text_of(ctx, import->idp.sign_in));
	out_id(import->out, id, import->provider.version);
	return audit_append(ctx, &audit);
}

enum err saml_run_metadata(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct import import = {.in = in, .out = out};
	enum err err = db_transaction(ctx, look_up, &import);

	if (err == ERR_OK)
		err = read_metadata(ctx, &import);
	if (err == ERR_OK && !import.has_key)
		err = make_key(ctx, &import);
	if (err == ERR_OK)
		err = db_transaction(ctx, keep, &import);
	secret_free(import.key);
	return err;
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
	struct secret_hand sealed_for; /* our key, recorded */
	int key;		       /* and opened, or -1 */
};

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
	if (err == ERR_OK)
		err = saml_decode(ctx, &answer->provider, &answer->idp);
	if (err == ERR_OK && answer->idp.valid_until != 0 &&
	    answer->idp.valid_until <= sys_real_us())
		answer->why = "saml.metadata_expired";
	return err;
}

static enum err ask_verdict(struct ctx *ctx, struct answer *answer)
{
	const struct msg_saml_response message = {
		.entity = saml_own(ctx, SAML_ENTITY_PATH),
		.acs = saml_own(ctx, SAML_ACS_PATH),
		.issuer = block_of(answer->provider.issuer),
		.request = saml_request_id(ctx, in_text(answer->in, ACS_STATE, "")),
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

	return saml_record_key(ctx, &answer->provider, &answer->sealed_for);
}

static const char *broken(struct answer *answer)
{
	answer->broken = true;
	return "saml.helper";
}

/* Somebody who proves again who they are has just done so. */
static bool is_fresh(const struct answer *answer)
{
	return answer->txn.purpose == FEDERATION_SIGN_IN ||
	       answer->identity.authenticated_at >=
		       answer->txn.created_at - (int64_t)FRESH_SKEW_S * 1000000;
}

/* No transaction. Our key goes only to a process that has a sealed assertion before it, in an
 * envelope that is for us. */
static const char *judge(struct ctx *ctx, struct answer *answer)
{
	struct rd rd;
	const char *why;

	if (ask_verdict(ctx, answer) != ERR_OK)
		return broken(answer);
	why = text_of(ctx, answer->verdict.why);
	if (why && strcmp(why, "saml.sealed") == 0) {
		if (db_transaction(ctx, release_key, answer) != ERR_OK ||
		    secret_hand_open(ctx, &answer->sealed_for, &answer->key) != ERR_OK ||
		    ask_verdict(ctx, answer) != ERR_OK)
			return broken(answer);
		why = text_of(ctx, answer->verdict.why);
	}
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
	return err;
}

enum err auth_run_saml_acs(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct answer answer = {.in = in, .key = -1};
	enum err err = db_transaction(ctx, take, &answer);

	if (err == ERR_OK && !answer.why)
		answer.why = judge(ctx, &answer);
	fd_close_p(&answer.key);
	if (err == ERR_OK && !answer.why)
		err = db_transaction(ctx, once, &answer);
	if (err != ERR_OK)
		return err;
	err = federation_finish(ctx, in, uuid_is_nil(&answer.txn.id) ? NULL : &answer.txn,
				&answer.identity, answer.why, out);
	if (err == ERR_UNAUTHENTICATED && answer.broken)
		return err_reason(ctx, ERR_UNAVAILABLE, "federation.unavailable",
				  "The provider's answer cannot be judged at the moment.");
	return err;
}
