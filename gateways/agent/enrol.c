/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateways/agent/enrol.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <openssl/err.h>
#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>

#include "base/cleanup.h"
#include "base/sys.h"
#include "base/text.h"
#include "gateways/agent/est_client.h"
#include "gateways/agent/http.h"
#include "gateways/agent/identity.h"
#include "gateways/agent/state.h"
#include "gateways/proto/verdict.h"

#define CLOCK_TEXT "this machine's clock is more than five minutes off: set it, then enrol"
#define EST_ALPN   "http/1.1"

/* Which of the certificates has the pinned hash. */
static X509 *pinned(STACK_OF(X509) * list, const uint8_t pin[32])
{
	for (int i = 0; i < sk_X509_num(list); i++) {
		X509 *one = sk_X509_value(list, i);
		uint8_t hash[32];
		unsigned len = sizeof(hash);

		if (X509_digest(one, EVP_sha256(), hash, &len) == 1 && len == sizeof(hash) &&
		    CRYPTO_memcmp(hash, pin, sizeof(hash)) == 0)
			return one;
	}
	return NULL;
}

static enum err accept_cacerts(struct ctx *ctx, const struct enrol *enrol, struct state *state,
			       STACK_OF(X509) * list)
{
	X509 *ca = pinned(list, enrol->ca_sha256);

	if (!ca)
		return err_set(ctx, ERR_INTEGRITY,
			       "the server's CA is not the one with the given SHA-256: wrong "
			       "--ca-sha256, or somebody is in between");
	if (X509_check_ca(ca) <= 0 || X509_up_ref(ca) != 1)
		return err_set(ctx, ERR_INTEGRITY, "the pinned certificate is not a CA");
	state->ca = ca;
	for (int i = 0; i < sk_X509_num(list); i++) {
		X509 *one = sk_X509_value(list, i);

		if (one != ca && state_signer(NULL, ca, one, state->grant_key) == ERR_OK)
			return state_write_pem(ctx, enrol->dir, "signer.pem", one);
	}
	return err_set(ctx, ERR_INTEGRITY, "the server named no grant signer");
}

static enum err fetch_cacerts(struct ctx *ctx, const struct enrol *enrol, struct state *state)
{
	scoped(est_close) struct est_link link = {.fd = -1};
	scoped(http_clear) struct http_answer answer = {0};
	scoped(est_certs_free) PKCS7 *p7 = NULL;
	scoped(buf_clear) struct buf request;
	enum err err;

	buf_init(&request, 4096);
	buf_put_text(&request, "GET /.well-known/est/cacerts HTTP/1.1\r\n");
	est_put_head(&request, state);
	buf_put_text(&request, "\r\n");
	if ((err = est_open(ctx, state, &enrol->proxy, EST_ALPN, &link)) ||
	    (err = http_exchange(ctx, link.ssl, &request, &answer)))
		return err;
	if (answer.status != 200)
		return err_set(ctx, ERR_UNAVAILABLE, "the server answered %d to cacerts",
			       answer.status);
	if ((err = est_read_certs(ctx, &answer.body, &p7)))
		return err;
	state->skew_s = answer.has_date ? sys_real_us() / 1000000 - answer.date : 0;
	return accept_cacerts(ctx, enrol, state, p7->d.sign->cert);
}

static enum err put_basic(struct ctx *ctx, struct buf *out, const struct secret *token)
{
	scoped(buf_clear) struct buf pair;
	char text[BASE64_SIZE(256)];

	buf_init_wiped(&pair, 256);
	buf_put_text(&pair, "gw:");
	buf_put(&pair, secret_bytes(token), secret_len(token));
	if (buf_failed(&pair))
		return err_set(ctx, ERR_INPUT, "the token is too long");
	base64_encode(pair.data, pair.len, text);
	buf_put_text(out, "Authorization: Basic ");
	buf_put_text(out, text);
	buf_put_text(out, "\r\n");
	wipe(text, sizeof(text));
	return ERR_OK;
}

static enum err put_request(struct ctx *ctx, const struct enrol *enrol, const struct state *state,
			    const struct est_link *link, EVP_PKEY *key, struct buf *out)
{
	enum err err;

	buf_put_text(out, "POST /.well-known/est/simpleenroll HTTP/1.1\r\n");
	est_put_head(out, state);
	err = put_basic(ctx, out, enrol->token);
	return err ? err : est_put_request(ctx, link->ssl, key, out);
}

static enum err write_config(struct ctx *ctx, const struct enrol *enrol, const struct uuid *id)
{
	char path[STATE_PATH_MAX], id_text[UUID_TEXT_SIZE];
	scoped(buf_clear) struct buf text;

	uuid_format(id, id_text);
	buf_init(&text, 4096);
	buf_printf(&text, "server=%s\ngateway=%s\n", enrol->server, id_text);
	if (enrol->proxy_text)
		buf_printf(&text, "proxy=%s\n", enrol->proxy_text);
	if (enrol->proxy_login_file)
		buf_printf(&text, "proxy_login_file=%s\n", enrol->proxy_login_file);
	state_path(enrol->dir, "config", path);
	if (buf_failed(&text) || sys_replace_file(path, text.data, text.len, 0600))
		return err_set(ctx, ERR_IO, "%s: cannot be written", path);
	return ERR_OK;
}

/* The certificate must be for our key and from the pinned CA; config comes last: it completes. */
static enum err accept_certificate(struct ctx *ctx, const struct enrol *enrol,
				   const struct state *state, EVP_PKEY *key, PKCS7 *p7)
{
	STACK_OF(X509) *list = p7->d.sign->cert;

	for (int i = 0; i < sk_X509_num(list); i++) {
		X509 *one = sk_X509_value(list, i);
		struct uuid id;
		enum err err;

		if (X509_check_private_key(one, key) != 1)
			continue;
		if (X509_verify(one, X509_get0_pubkey(state->ca)) != 1)
			break;
		if ((err = state_gateway_id(ctx, one, &id)) ||
		    (err = identity_forget(ctx, enrol->dir)) ||
		    (err = state_write_pem(ctx, enrol->dir, "ca.pem", state->ca)) ||
		    (err = state_write_identity(ctx, enrol->dir, key, one)))
			return err;
		return write_config(ctx, enrol, &id);
	}
	ERR_clear_error();
	return err_set(ctx, ERR_INTEGRITY, "the certificate sent is not for our key");
}

/* Which of its rules the server named, RFC 9457 member "reason". */
static enum err refused(struct ctx *ctx, struct buf *body)
{
	const char *text = buf_text(body);

	if (strstr(text, "\"enrol.clock\""))
		return err_set(ctx, ERR_DENIED, CLOCK_TEXT);
	if (strstr(text, "\"enrol.source\""))
		return err_set(ctx, ERR_DENIED,
			       "the server accepts no gateway from this machine's address");
	return err_set(ctx, ERR_DENIED, "the server refused this enrolment");
}

/* The server hears of it, and shows it to its administrators; the token stays here. */
static enum err report_clock(struct ctx *ctx, const struct enrol *enrol, const struct state *state)
{
	scoped(est_close) struct est_link link = {.fd = -1};
	scoped(http_clear) struct http_answer answer = {0};
	scoped(buf_clear) struct buf request;

	buf_init(&request, 4096);
	buf_put_text(&request, "POST /.well-known/est/simpleenroll HTTP/1.1\r\n");
	est_put_head(&request, state);
	buf_put_text(&request, "Content-Type: application/pkcs10\r\nContent-Length: 0\r\n\r\n");
	/* Whatever becomes of it, the enrolment ends here. */
	if (est_open(ctx, state, &enrol->proxy, EST_ALPN, &link) == ERR_OK)
		(void)!http_exchange(ctx, link.ssl, &request, &answer);
	return err_set(ctx, ERR_DENIED, CLOCK_TEXT);
}

static enum err ask_certificate(struct ctx *ctx, const struct enrol *enrol,
				const struct state *state, EVP_PKEY *key)
{
	scoped(est_close) struct est_link link = {.fd = -1};
	scoped(http_clear) struct http_answer answer = {0};
	scoped(est_certs_free) PKCS7 *p7 = NULL;
	scoped(buf_clear) struct buf request;
	enum err err;

	buf_init_wiped(&request, 16384);
	if ((err = est_open(ctx, state, &enrol->proxy, EST_ALPN, &link)) ||
	    (err = put_request(ctx, enrol, state, &link, key, &request)) ||
	    (err = http_exchange(ctx, link.ssl, &request, &answer)))
		return err;
	if (answer.status == 401)
		return err_set(ctx, ERR_DENIED,
			       "the server refused the token: it is wrong, used, or expired");
	if (answer.status == 403)
		return refused(ctx, &answer.body);
	if (answer.status != 200)
		return err_set(ctx, ERR_UNAVAILABLE, "the server answered %d to simpleenroll",
			       answer.status);
	err = est_read_certs(ctx, &answer.body, &p7);
	return err ? err : accept_certificate(ctx, enrol, state, key, p7);
}

static enum err check_clock(struct ctx *ctx, const struct enrol *enrol, const struct state *state)
{
	return llabs(state->skew_s) > GATEWAY_CLOCK_SLACK_S ? report_clock(ctx, enrol, state)
							    : ERR_OK;
}

enum err enrol_run(struct ctx *ctx, const struct enrol *enrol)
{
	struct state state = {.dir = enrol->dir};
	EVP_PKEY *key = NULL;
	enum err err;

	if (mkdir(enrol->dir, 0700) != 0 && errno != EEXIST)
		return err_set(ctx, ERR_IO, "%s: %s", enrol->dir, strerror(errno));
	if ((err = state_server(ctx, enrol->server, &state)) == ERR_OK &&
	    (err = fetch_cacerts(ctx, enrol, &state)) == ERR_OK &&
	    (err = check_clock(ctx, enrol, &state)) == ERR_OK &&
	    (err = state_make_key(ctx, &key)) == ERR_OK)
		err = ask_certificate(ctx, enrol, &state, key);
	EVP_PKEY_free(key);
	state_clear(&state);
	return err;
}
