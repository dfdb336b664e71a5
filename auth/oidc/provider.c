/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/oidc/provider.h"

#include <stdio.h>
#include <string.h>

#include "auth/oidc/json.h"
#include "base/arena.h"
#include "base/cleanup.h"

enum { BODY_MAX = 16 * 1024, ACCESS_TOKEN_MAX = 32 * 1024, CODE_MAX = 2048 };

bool oidc_is_broken(const char *why)
{
	static const char *const broken[] = {"oidc.url",	 "oidc.name",	  "oidc.address",
					     "oidc.tls",	 "oidc.slow",	  "oidc.too_large",
					     "oidc.unreachable", "oidc.redirect", "oidc.status",
					     "oidc.document",	 "oidc.memory"};

	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		if (strcmp(broken[i], why) == 0)
			return true;
	return false;
}

static struct block block_of(const char *text)
{
	return (struct block){(const uint8_t *)(text ? text : ""), text ? strlen(text) : 0};
}

static const char *get(const struct oidc_client *client, const char *url, json_t **out)
{
	scoped(buf_clear) struct buf body;
	long status = 0;

	buf_init(&body, OIDC_ANSWER_MAX);
	const char *why = oidc_request(client, url, NULL, NULL, &body, &status);
	if (!why && status != 200)
		why = "oidc.status";
	if (!why && !(*out = oidc_json_object(body.data, body.len)))
		why = "oidc.document";
	return why;
}

const char *oidc_document(struct ctx *ctx, const struct oidc_client *client, const char *url,
			  size_t max, struct block *out)
{
	scoped(buf_clear) struct buf body;
	long status = 0;

	buf_init(&body, max);
	const char *why = oidc_request(client, url, NULL, NULL, &body, &status);
	if (why || status != 200)
		return why ? why : "oidc.status";
	out->data = arena_memdup(ctx->arena, body.data, body.len);
	out->len = body.len;
	return out->data || body.len == 0 ? NULL : "oidc.memory";
}

static const char *get_keys(struct ctx *ctx, const struct oidc_client *client, const char *url,
			    struct block *out)
{
	const char *why = oidc_document(ctx, client, url, OIDC_ANSWER_MAX, out);

	if (why)
		return why;
	json_t *set = oidc_json_object(out->data, out->len);
	if (!set || !json_is_array(json_object_get(set, "keys")))
		why = "oidc.document";
	json_decref(set);
	return why;
}

/* --- Discovery --- */

static const char *url_member(struct ctx *ctx, const json_t *document, const char *member,
			      struct block *out)
{
	const char *url = oidc_json_text(document, member, OIDC_URL_MAX);

	if (!url || !oidc_url_valid(url, false))
		return "oidc.document";
	*out = block_of(arena_strdup(ctx->arena, url));
	return out->data ? NULL : "oidc.memory";
}

static bool offers_algorithm(const json_t *document)
{
	static const char member[] = "id_token_signing_alg_values_supported";

	return oidc_json_has(document, member, "RS256") ||
	       oidc_json_has(document, member, "PS256") || oidc_json_has(document, member, "ES256");
}

/* Basic is what a provider takes that says nothing (Discovery, section 3). */
static uint32_t auth_of(const json_t *document)
{
	static const char member[] = "token_endpoint_auth_methods_supported";

	if (!json_object_get(document, member))
		return OIDC_AUTH_BASIC;
	return (oidc_json_has(document, member, "client_secret_basic") ? OIDC_AUTH_BASIC : 0) |
	       (oidc_json_has(document, member, "client_secret_post") ? OIDC_AUTH_POST : 0) |
	       (oidc_json_has(document, member, "none") ? OIDC_AUTH_NONE : 0);
}

static const char *check_document(const json_t *document, const char *issuer)
{
	const char *said = oidc_json_text(document, "issuer", 512);
	const json_t *challenge = json_object_get(document, "code_challenge_methods_supported");

	if (!said || strcmp(said, issuer) != 0)
		return "oidc.other_issuer";
	if (!oidc_json_has(document, "response_types_supported", "code"))
		return "oidc.no_code_flow";
	if (challenge && !oidc_json_has(document, "code_challenge_methods_supported", "S256"))
		return "oidc.no_pkce";
	return offers_algorithm(document) ? NULL : "oidc.algorithm";
}

static const char *read_document(struct ctx *ctx, const json_t *document, const char *issuer,
				 struct oidc_metadata *out)
{
	const char *why = check_document(document, issuer);

	*out = (struct oidc_metadata){.issuer = block_of(issuer)};
	if (!why)
		why = url_member(ctx, document, "authorization_endpoint", &out->authorization);
	if (!why)
		why = url_member(ctx, document, "token_endpoint", &out->token);
	if (!why)
		why = url_member(ctx, document, "jwks_uri", &out->jwks_uri);
	if (!why && json_object_get(document, "end_session_endpoint"))
		why = url_member(ctx, document, "end_session_endpoint", &out->end_session);
	out->auth = auth_of(document);
	out->says_issuer = json_is_true(
		json_object_get(document, "authorization_response_iss_parameter_supported"));
	return why;
}

static const char *encode(struct ctx *ctx, const struct oidc_metadata *metadata, struct block *out)
{
	scoped(buf_clear) struct buf bytes;

	buf_init(&bytes, OIDC_METADATA_MAX);
	codec_put(&bytes, &oidc_metadata_codec, metadata);
	if (buf_failed(&bytes))
		return "oidc.too_large";
	out->data = arena_memdup(ctx->arena, bytes.data, bytes.len);
	out->len = bytes.len;
	return out->data ? NULL : "oidc.memory";
}

const char *oidc_discover(struct ctx *ctx, const struct oidc_client *client, const char *issuer,
			  struct block *out_metadata)
{
	static const char path[] = "/.well-known/openid-configuration";
	struct oidc_metadata metadata;
	json_t *document = NULL;
	size_t len = strlen(issuer);

	if (!oidc_url_valid(issuer, true))
		return "oidc.url";
	if (issuer[len - 1] == '/')
		len--;
	const char *why =
		get(client, arena_printf(ctx->arena, "%.*s%s", (int)len, issuer, path), &document);
	if (!why)
		why = read_document(ctx, document, issuer, &metadata);
	json_decref(document);
	if (!why)
		why = get_keys(ctx, client, (const char *)metadata.jwks_uri.data, &metadata.jwks);
	return why ? why : encode(ctx, &metadata, out_metadata);
}

/* --- Token endpoint --- */

/* application/x-www-form-urlencoded, every byte that could mean something escaped. */
static void put_escaped(struct buf *out, const char *text, size_t len)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < len; i++) {
		uint8_t c = (uint8_t)text[i];
		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    c == '-' || c == '.' || c == '_') {
			buf_put_u8(out, c);
			continue;
		}
		buf_put_u8(out, '%');
		buf_put_u8(out, (uint8_t)hex[c >> 4]);
		buf_put_u8(out, (uint8_t)hex[c & 15]);
	}
}

static void put_pair(struct buf *out, const char *name, const char *value)
{
	if (out->len > 0)
		buf_put_u8(out, '&');
	buf_put_text(out, name);
	buf_put_u8(out, '=');
	put_escaped(out, value, strlen(value));
}

static void put_secret(struct buf *out, const struct secret *secret)
{
	put_escaped(out, (const char *)secret_bytes(secret), secret_len(secret));
}

/* With its NUL, which curl wants. */
static struct secret *as_secret(struct buf *bytes)
{
	buf_put_u8(bytes, 0);
	struct secret *made = buf_failed(bytes) ? NULL : secret_from(bytes->data, bytes->len);
	if (made)
		secret_truncate(made, bytes->len - 1);
	return made;
}

/* RFC 6749 2.3.1: both halves are form-encoded before they are joined. */
static struct secret *basic_of(const struct oidc_redeem *redeem)
{
	scoped(buf_clear) struct buf text;

	buf_init_wiped(&text, BODY_MAX);
	put_escaped(&text, redeem->client_id, strlen(redeem->client_id));
	buf_put_u8(&text, ':');
	put_secret(&text, redeem->secret);
	return as_secret(&text);
}

static struct secret *body_of(const struct oidc_redeem *redeem, bool with_secret)
{
	scoped(buf_clear) struct buf text;

	buf_init_wiped(&text, BODY_MAX);
	put_pair(&text, "grant_type", "authorization_code");
	put_pair(&text, "code", redeem->code);
	put_pair(&text, "redirect_uri", redeem->redirect_uri);
	put_pair(&text, "code_verifier", redeem->verifier);
	put_pair(&text, "client_id", redeem->client_id);
	if (with_secret) {
		put_pair(&text, "client_secret", "");
		put_secret(&text, redeem->secret);
	}
	return as_secret(&text);
}

/* What RFC 6749, section 5.2, calls an error has status 400 or 401; there are providers that say
 * 403. */
static const char *judge_error(const char *error, long status)
{
	if (!error || (status != 400 && status != 401 && status != 403))
		return "oidc.status";
	bool client =
		strcmp(error, "invalid_client") == 0 || strcmp(error, "unauthorized_client") == 0;
	return client ? "oidc.client_refused" : "oidc.code_refused";
}

/* An error that is one: the provider has an opinion; anything else is no answer. */
static const char *judge_answer(const struct buf *body, long status, json_t **out)
{
	json_t *answer = oidc_json_object(body->data, body->len);

	if (status == 200 && answer) {
		*out = answer;
		return NULL;
	}
	const char *why = status == 200 ? "oidc.document"
					: judge_error(oidc_json_text(answer, "error", 64), status);
	json_decref(answer);
	return why;
}

static const char *ask_token(const struct oidc_client *client, const struct oidc_redeem *redeem,
			     const struct oidc_metadata *metadata, json_t **out)
{
	scoped(buf_clear) struct buf answer;
	bool basic = redeem->secret && (metadata->auth & OIDC_AUTH_BASIC);
	bool post = redeem->secret && !basic;
	scoped(secret_free_p) struct secret *body = body_of(redeem, post);
	scoped(secret_free_p) struct secret *login = basic ? basic_of(redeem) : NULL;
	long status = 0;

	if (!body || (basic && !login))
		return "oidc.memory";
	buf_init_wiped(&answer, OIDC_ANSWER_MAX);
	const char *why = oidc_request(client, (const char *)metadata->token.data, body, login,
				       &answer, &status);
	return why ? why : judge_answer(&answer, status, out);
}

static const char *check(struct ctx *ctx, const struct oidc_redeem *redeem, const json_t *answer,
			 struct block jwks, struct federated_identity *out)
{
	const char *token = oidc_json_text(answer, "id_token", OIDC_TOKEN_MAX);
	const struct oidc_expected expected = {
		.issuer = redeem->issuer,
		.client_id = redeem->client_id,
		.nonce = redeem->nonce,
		.access_token = oidc_json_text(answer, "access_token", ACCESS_TOKEN_MAX),
		.code = redeem->code,
		.now_s = redeem->now_s,
		.max_age_s = redeem->max_age_s};

	if (!token)
		return "oidc.no_token";
	return oidc_token_check(ctx->arena, block_of(token), jwks, &expected, out);
}

/* The token names a key that is not there: the set may have been changed meanwhile. */
static const char *refetch(struct ctx *ctx, const struct oidc_client *client,
			   struct oidc_metadata *metadata, struct block *out_metadata)
{
	struct block jwks;
	const char *why = get_keys(ctx, client, (const char *)metadata->jwks_uri.data, &jwks);

	if (why)
		return why;
	metadata->jwks = jwks;
	return encode(ctx, metadata, out_metadata);
}

struct kept {
	const char *issuer;
	struct block metadata;
	bool is_old;
};

/* Blocks of a message have no NUL behind them. */
static bool terminate(struct ctx *ctx, struct oidc_metadata *metadata)
{
	struct block *const texts[] = {&metadata->issuer, &metadata->authorization,
				       &metadata->token, &metadata->end_session,
				       &metadata->jwks_uri};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		texts[i]->data = (const uint8_t *)arena_strndup(
			ctx->arena, (const char *)texts[i]->data, texts[i]->len);
	return !arena_failed(ctx->arena);
}

static const char *decode(struct ctx *ctx, const struct oidc_client *client,
			  const struct kept *kept, struct oidc_metadata *out,
			  struct block *out_metadata)
{
	struct block fresh = {0};

	if (kept->is_old && !oidc_discover(ctx, client, kept->issuer, &fresh))
		*out_metadata = fresh;
	const struct block *use = fresh.len ? &fresh : &kept->metadata;
	if (codec_get(&oidc_metadata_codec, use->data, use->len, out) != ERR_OK)
		return "oidc.document";
	return terminate(ctx, out) ? NULL : "oidc.memory";
}

const char *oidc_redeem(struct ctx *ctx, const struct oidc_client *client,
			const struct oidc_redeem *redeem, struct federated_identity *out,
			struct block *out_metadata)
{
	struct oidc_metadata metadata;
	json_t *answer = NULL;
	const struct kept kept = {redeem->issuer, redeem->metadata, redeem->is_old};
	const char *why = decode(ctx, client, &kept, &metadata, out_metadata);

	if (!why)
		why = ask_token(client, redeem, &metadata, &answer);
	if (!why)
		why = check(ctx, redeem, answer, metadata.jwks, out);
	if (why && strcmp(why, OIDC_KEY_UNKNOWN) == 0 && redeem->may_refetch &&
	    !refetch(ctx, client, &metadata, out_metadata))
		why = check(ctx, redeem, answer, metadata.jwks, out);
	json_decref(answer);
	return why;
}

/* Whoever sends the notice has shown nothing yet: a provider that does not answer is told apart, so
 * that it is not asked again at once. */
const char *oidc_judge_logout(struct ctx *ctx, const struct oidc_client *client,
			      const struct oidc_notice *notice, struct oidc_logout *out,
			      struct block *out_metadata)
{
	const struct oidc_expected expected = {.issuer = notice->issuer,
					       .client_id = notice->client_id,
					       .now_s = notice->now_s,
					       .max_age_s = -1};
	const struct kept kept = {notice->issuer, notice->metadata, notice->is_old};
	struct oidc_metadata metadata;
	const char *why = decode(ctx, client, &kept, &metadata, out_metadata);

	if (!why)
		why = oidc_logout_check(ctx->arena, notice->token, metadata.jwks, &expected, out);
	if (!why || strcmp(why, OIDC_KEY_UNKNOWN) != 0 || !notice->may_refetch)
		return why;
	why = refetch(ctx, client, &metadata, out_metadata);
	return why ? why
		   : oidc_logout_check(ctx->arena, notice->token, metadata.jwks, &expected, out);
}
