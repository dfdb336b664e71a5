/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/oidc_ops.h"

#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "auth/handlers.h"
#include "auth/identity_api.h"
#include "auth/oidc/metadata.h"
#include "auth/secret_hand.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/conf.h"
#include "base/helper.h"
#include "base/messages.h"
#include "base/secret.h"
#include "base/sys.h"
#include "base/text.h"
#include "rbac/write.h"
#include "sql/db.h"

static const int64_t second_us = 1000000;
enum { OLD_SECONDS = 24 * 3600, REFETCH_SECONDS = 60, HELPER_MS = 15000, URL_BYTES = 8192 };
static const char callback[] = "/api/v1/sign-in/oidc/callback";
static const char signed_out[] = "/api/v1/sign-in/signed-out";

static struct block block_of(const char *text)
{
	return (struct block){(const uint8_t *)(text ? text : ""), text ? strlen(text) : 0};
}

static const char *own(struct ctx *ctx, const char *path)
{
	return arena_printf(ctx->arena, "%s%s", ctx->conf ? ctx->conf->public_url : "", path);
}

static char *text_of(struct ctx *ctx, const uint8_t bytes[FEDERATION_BYTES])
{
	char text[FEDERATION_TEXT];

	base64url_encode(bytes, FEDERATION_BYTES, text);
	return arena_strdup(ctx->arena, text);
}

/* --- The way there --- */

static void put_pair(struct buf *out, const char *name, const char *value)
{
	buf_put_text(out, name);
	buf_put_u8(out, '=');
	for (; *value; value++) {
		unsigned char c = (unsigned char)*value;
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~", c))
			buf_put_u8(out, c);
		else
			buf_printf(out, "%%%02X", c);
	}
}

/* RFC 7636, S256: the only way there is here. */
static void put_challenge(struct ctx *ctx, struct buf *out, const struct federation_txn *txn)
{
	uint8_t hash[32];
	const char *verifier = text_of(ctx, txn->verifier);

	crypto_hash_sha256(hash, (const uint8_t *)verifier, strlen(verifier));
	put_pair(out, "&code_challenge", text_of(ctx, hash));
	put_pair(out, "&code_challenge_method", "S256");
}

static enum err decode(struct ctx *ctx, const struct identity_provider *provider,
		       struct identity_metadata *kept, struct oidc_metadata *out)
{
	enum err err = identity_metadata_get(ctx, &provider->id, kept);

	if (err != ERR_OK)
		return err;
	if (kept->bytes.len == 0 ||
	    codec_get(&oidc_metadata_codec, kept->bytes.data, kept->bytes.len, out) != ERR_OK)
		return err_reason(ctx, ERR_CONFLICT, "federation.no_metadata",
				  "Nothing is known of this provider yet. Fetch its metadata.");
	return ERR_OK;
}

/* With the first parameter. */
static void put_endpoint(struct buf *url, struct block endpoint,
			 const struct identity_provider *provider)
{
	buf_put(url, endpoint.data, endpoint.len);
	buf_put_u8(url, memchr(endpoint.data, '?', endpoint.len) ? '&' : '?');
	put_pair(url, "client_id", provider->client_id);
}

static enum err keep_url(struct ctx *ctx, struct buf *url, const char **out_location)
{
	if (buf_failed(url))
		return buf_tell(ctx, url, "the address of the provider");
	*out_location = arena_strdup(ctx->arena, buf_text(url));
	return *out_location ? ERR_OK : err_set(ctx, ERR_MEMORY, "Request memory is used up.");
}

enum err oidc_begin(struct ctx *ctx, const struct identity_provider *provider,
		    const struct federation_begun *begun, const char **out_location)
{
	struct identity_metadata kept;
	struct oidc_metadata metadata;
	scoped(buf_clear) struct buf url;
	enum err err = decode(ctx, provider, &kept, &metadata);

	buf_init(&url, URL_BYTES);
	if (err != ERR_OK)
		return err;
	put_endpoint(&url, metadata.authorization, provider);
	put_pair(&url, "&response_type", "code");
	put_pair(&url, "&redirect_uri", own(ctx, callback));
	put_pair(&url, "&scope", "openid profile email");
	put_pair(&url, "&state", begun->state);
	put_pair(&url, "&nonce", text_of(ctx, begun->txn.nonce));
	put_challenge(ctx, &url, &begun->txn);
	/* Who links or tests is asked for their proofs again, and the token says when they gave
	 * them: a session that somebody left open there is not enough. max_age makes the token say
	 * it; as much as clocks may differ, because some providers refuse 0. */
	if (begun->txn.purpose != FEDERATION_SIGN_IN) {
		put_pair(&url, "&prompt", "login");
		put_pair(&url, "&max_age", "60");
	}
	return keep_url(ctx, &url, out_location);
}

/* --- The way out --- */

enum err oidc_sign_out(struct ctx *ctx, const struct identity_provider *provider,
		       const struct federation_begun *begun, const char *hint,
		       const char **out_location)
{
	struct identity_metadata kept;
	struct oidc_metadata metadata;
	scoped(buf_clear) struct buf url;
	enum err err = decode(ctx, provider, &kept, &metadata);

	*out_location = NULL;
	buf_init(&url, URL_BYTES);
	if (err != ERR_OK || metadata.end_session.len == 0)
		return err == ERR_CONFLICT ? ERR_OK : err; /* nothing is known of it */
	put_endpoint(&url, metadata.end_session, provider);
	put_pair(&url, "&logout_hint", hint);
	put_pair(&url, "&post_logout_redirect_uri", own(ctx, signed_out));
	put_pair(&url, "&state", begun->state);
	return keep_url(ctx, &url, out_location);
}

/* --- What is known of it --- */

enum err oidc_fetch(struct ctx *ctx, const struct identity_provider *provider,
		    struct block *out_metadata, const char **out_why)
{
	const struct msg_oidc_discover message = {.issuer = block_of(provider->issuer),
						  .addresses = block_of(provider->addresses),
						  .trust = block_of(provider->trust)};
	struct msg_oidc_discovered found = {0};
	const struct helper_ask ask = {.kind = HELPER_OIDC,
				       .type = MSG_OIDC_DISCOVER,
				       .codec = &msg_oidc_discover_codec,
				       .message = &message,
				       .answer_type = MSG_OIDC_DISCOVERED,
				       .answer_codec = &msg_oidc_discovered_codec,
				       .answer_size = sizeof(found),
				       .wait_ms = HELPER_MS};
	enum err err = helper_call(ctx, &ask, &found);

	*out_why = NULL;
	if (err == ERR_OK && found.reason.len > 0)
		*out_why = arena_strndup(ctx->arena, (const char *)found.reason.data,
					 found.reason.len);
	*out_metadata = found.metadata;
	return err;
}

/* --- The way back --- */

struct answer {
	const struct in *in;
	struct federation_txn txn;
	struct identity_provider provider;
	struct identity_metadata kept;
	struct oidc_metadata metadata;
	const char *why;
	struct secret_hand secret; /* the client's, recorded */
	int secret_fd;		   /* and opened; an empty pipe when there is none */
	bool has_secret, broken;
	struct block fresh; /* metadata that came along */
	struct federated_identity identity;
};

/* Which provider answered, as far as it says (RFC 9207): an answer of one must not be taken to
 * another. */
static const char *check_issuer(const struct answer *answer)
{
	const char *said = in_text(answer->in, CALLBACK_ISS, NULL);

	if (said && strcmp(said, answer->provider.issuer) != 0)
		return "oidc.mix_up";
	return !said && answer->metadata.says_issuer ? "oidc.mix_up" : NULL;
}

static const char *check_parameters(const struct answer *answer)
{
	const char *why = check_issuer(answer);

	if (why)
		return why;
	if (in_text(answer->in, CALLBACK_ERROR, NULL))
		return "oidc.provider_refused";
	return in_text(answer->in, CALLBACK_CODE, NULL) ? NULL : "oidc.no_code";
}

static enum err record_secret(struct ctx *ctx, struct answer *answer)
{
	const struct identity_provider *provider = &answer->provider;
	const struct secret_owner owner = {"identity_provider", provider->name, "oidc",
					   &provider->id};

	answer->has_secret = !uuid_is_nil(&provider->secret_id);
	return answer->has_secret
		       ? secret_hand_record(ctx, &provider->secret_id, &owner, &answer->secret)
		       : ERR_OK;
}

/* A public client's is an empty pipe. */
static enum err open_secret(struct ctx *ctx, struct answer *answer)
{
	int ends[2];

	if (answer->has_secret)
		return secret_hand_open(ctx, &answer->secret, &answer->secret_fd);
	if (secret_pipe_empty(ends) != ERR_OK)
		return err_set(ctx, ERR_UNAVAILABLE, "No pipe for the client's secret.");
	close(ends[1]);
	answer->secret_fd = ends[0];
	return ERR_OK;
}

/* Transaction 1: the answer is spent, whatever it is worth. */
static enum err take(struct ctx *ctx, void *arg)
{
	struct answer *answer = arg;
	const char *state = in_text(answer->in, CALLBACK_STATE, "");
	enum err err = federation_take(ctx, state, answer->in->flow, &answer->txn, &answer->why);

	if (err != ERR_OK || answer->why)
		return err;
	err = identity_provider_by_id(ctx, &answer->txn.provider_id, false, &answer->provider);
	if (err == ERR_NOT_FOUND || answer->provider.kind != FEDERATION_OIDC) {
		answer->why = "federation.disabled";
		return ERR_OK;
	}
	if (err == ERR_OK)
		err = decode(ctx, &answer->provider, &answer->kept, &answer->metadata);
	if (err != ERR_OK)
		return err;
	answer->why = check_parameters(answer);
	return answer->why ? ERR_OK : record_secret(ctx, answer);
}

/* How long ago they may have signed in there: any time, or since this was begun. */
static int64_t max_age_of(const struct federation_txn *txn)
{
	if (txn->purpose == FEDERATION_SIGN_IN)
		return -1;
	int64_t age = (sys_real_us() - txn->created_at) / second_us;
	return age > 0 ? age : 0;
}

static struct msg_oidc_redeem question_of(struct ctx *ctx, const struct answer *answer)
{
	const struct identity_provider *provider = &answer->provider;
	int64_t age = (sys_real_us() - answer->kept.fetched_at) / second_us;
	int64_t tried = (sys_real_us() - answer->kept.tried_at) / second_us;

	return (struct msg_oidc_redeem){.issuer = block_of(provider->issuer),
					.addresses = block_of(provider->addresses),
					.trust = block_of(provider->trust),
					.client_id = block_of(provider->client_id),
					.redirect_uri = block_of(own(ctx, callback)),
					.code = block_of(in_text(answer->in, CALLBACK_CODE, "")),
					.verifier = block_of(text_of(ctx, answer->txn.verifier)),
					.nonce = block_of(text_of(ctx, answer->txn.nonce)),
					.metadata = answer->kept.bytes,
					.has_secret = answer->has_secret,
					.is_old = age >= OLD_SECONDS && tried >= REFETCH_SECONDS,
					.may_refetch = tried >= REFETCH_SECONDS,
					.max_age_s = max_age_of(&answer->txn)};
}

static const char *broken(struct answer *answer, const char *why)
{
	answer->broken = true;
	return why;
}

static const char *judge(struct ctx *ctx, struct answer *answer,
			 const struct msg_oidc_redeemed *got)
{
	struct rd rd = rd_of(got->identity.data, got->identity.len);

	answer->fresh = got->metadata;
	answer->broken = got->broken != 0;
	if (got->reason.len > 0)
		return arena_strndup(ctx->arena, (const char *)got->reason.data, got->reason.len);
	if (!federated_identity_get(ctx->arena, &rd, &answer->identity) || !rd_done(&rd))
		return broken(answer, "oidc.helper");
	return NULL;
}

/* No transaction: the provider may be slow. */
static const char *redeem(struct ctx *ctx, struct answer *answer)
{
	const struct msg_oidc_redeem message = question_of(ctx, answer);
	struct msg_oidc_redeemed got = {0};
	const struct helper_ask ask = {.kind = HELPER_OIDC,
				       .type = MSG_OIDC_REDEEM,
				       .codec = &msg_oidc_redeem_codec,
				       .message = &message,
				       .fds = {answer->secret_fd},
				       .nfds = 1,
				       .answer_type = MSG_OIDC_REDEEMED,
				       .answer_codec = &msg_oidc_redeemed_codec,
				       .answer_size = sizeof(got),
				       .wait_ms = HELPER_MS};

	if (helper_call(ctx, &ask, &got) != ERR_OK)
		return broken(answer, "oidc.helper");
	return judge(ctx, answer, &got);
}

static enum err keep_metadata(struct ctx *ctx, void *arg)
{
	const struct answer *answer = arg;

	return identity_metadata_put(ctx, &answer->provider.id, answer->fresh);
}

enum err auth_run_oidc_callback(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct answer answer = {.in = in, .secret_fd = -1};
	enum err err = db_transaction(ctx, take, &answer);

	if (err == ERR_OK && !answer.why)
		err = open_secret(ctx, &answer);
	if (err == ERR_OK && !answer.why)
		answer.why = redeem(ctx, &answer);
	fd_close_p(&answer.secret_fd);
	if (err == ERR_OK && answer.fresh.len > 0)
		err = db_transaction(ctx, keep_metadata, &answer);
	if (err != ERR_OK)
		return err;
	err = federation_finish(ctx, in, uuid_is_nil(&answer.txn.id) ? NULL : &answer.txn,
				&answer.identity, answer.why, out);
	if ((err == ERR_UNAUTHENTICATED || err == ERR_SYNTAX) && answer.broken)
		return err_reason(ctx, ERR_UNAVAILABLE, "federation.unavailable",
				  "The provider cannot be asked at the moment.");
	return err;
}
