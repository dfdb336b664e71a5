/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateways/agent/enrol.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>

#include "base/cleanup.h"
#include "base/sys.h"
#include "base/text.h"
#include "gateways/agent/http.h"
#include "gateways/agent/identity.h"
#include "gateways/agent/state.h"
#include "gateways/proto/verdict.h"

enum { EXPORTER_SIZE = 32, TIMEOUT_S = 20, DER_MAX = 64 * 1024 };
#define CLOCK_TEXT     "this machine's clock is more than five minutes off: set it, then enrol"
#define EXPORTER_LABEL "EXPORTER-Channel-Binding"

struct link {
	SSL_CTX *tls;
	SSL *ssl;
	int fd;
};

static void link_close(struct link *link)
{
	SSL_free(link->ssl);
	SSL_CTX_free(link->tls);
	if (link->fd >= 0)
		close(link->fd);
}

static void pkcs7_free_p(PKCS7 **p7)
{
	PKCS7_free(*p7);
}

static void request_free_p(X509_REQ **request)
{
	X509_REQ_free(*request);
}

static enum err tcp_connect(struct ctx *ctx, const struct state *state, int *out)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	const struct timeval limit = {.tv_sec = TIMEOUT_S};
	struct addrinfo *found = NULL;
	char port[8];
	int fd = -1;

	(void)snprintf(port, sizeof(port), "%u", state->port);
	if (getaddrinfo(state->host, port, &hints, &found))
		return err_set(ctx, ERR_UNAVAILABLE, "%s: no such host", state->host);
	for (struct addrinfo *at = found; at && fd < 0; at = at->ai_next) {
		fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd < 0)
			continue;
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
		if (connect(fd, at->ai_addr, at->ai_addrlen) != 0) {
			close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(found);
	if (fd < 0)
		return err_set(ctx, ERR_UNAVAILABLE, "%s port %u: %s", state->host, state->port,
			       strerror(errno));
	*out = fd;
	return ERR_OK;
}

/* Until the CA is known nothing secret is sent, and what comes is compared with the pin; with a
 * wrong clock no certificate can be judged, and nothing secret is sent either. */
static enum err link_open(struct ctx *ctx, const struct state *state, struct link *link)
{
	enum err err = tcp_connect(ctx, state, &link->fd);

	if (err || (err = state_tls(ctx, state, "http/1.1", &link->tls)))
		return err;
	if (!state->ca || llabs(state->skew_s) > GATEWAY_CLOCK_SLACK_S)
		SSL_CTX_set_verify(link->tls, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_mode(link->tls, SSL_MODE_AUTO_RETRY);
	SSL_CTX_clear_mode(link->tls, SSL_MODE_ENABLE_PARTIAL_WRITE);
	link->ssl = SSL_new(link->tls);
	if (!link->ssl || SSL_set_fd(link->ssl, link->fd) != 1)
		return err_set(ctx, ERR_MEMORY, "out of memory");
	if ((err = state_tls_name(ctx, state, link->ssl)))
		return err;
	if (SSL_connect(link->ssl) != 1) {
		long verify = SSL_get_verify_result(link->ssl);

		return err_set(ctx, ERR_UNAVAILABLE, "TLS with %s failed: %s", state->host,
			       verify ? X509_verify_cert_error_string(verify)
				      : "not a Sekisho server, or it is still sealed");
	}
	return ERR_OK;
}

/* Certs-only PKCS#7 in base64 (line breaks allowed), RFC 7030 4.1.3. */
static enum err read_pkcs7(struct ctx *ctx, struct buf *body, PKCS7 **out)
{
	scoped(buf_clear) struct buf text, der;
	const uint8_t *at;
	long len = -1;

	buf_init(&text, DER_MAX * 2);
	buf_init(&der, DER_MAX);
	for (size_t i = 0; i < body->len; i++) {
		if (body->data[i] > ' ')
			buf_put_u8(&text, body->data[i]);
	}
	if (buf_reserve(&der, text.len))
		len = base64_decode(buf_text(&text), text.len, der.data, text.len);
	at = der.data;
	*out = len > 0 ? d2i_PKCS7(NULL, &at, len) : NULL;
	if (!*out || at != der.data + len || !PKCS7_type_is_signed(*out) || !(*out)->d.sign->cert ||
	    sk_X509_num((*out)->d.sign->cert) == 0)
		return err_set(ctx, ERR_SYNTAX, "the server sent no certificates");
	return ERR_OK;
}

/* So that the server can tell a clock that is off before it looks at a token. */
static void put_date(struct buf *out)
{
	time_t now = (time_t)(sys_real_us() / 1000000);
	char text[64];
	struct tm tm;

	if (gmtime_r(&now, &tm) &&
	    strftime(text, sizeof(text), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &tm))
		buf_put_text(out, text);
}

static void put_host(struct buf *out, const struct state *state)
{
	bool six = strchr(state->host, ':') != NULL;

	buf_printf(out, "Host: %s%s%s", six ? "[" : "", state->host, six ? "]" : "");
	if (state->port != 443)
		buf_printf(out, ":%u", state->port);
	buf_put_text(out, "\r\nUser-Agent: sekisho-gateway/" SEKISHO_VERSION
			  "\r\nConnection: close\r\n");
	put_date(out);
}

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
	scoped(link_close) struct link link = {.fd = -1};
	scoped(http_clear) struct http_answer answer = {0};
	scoped(pkcs7_free_p) PKCS7 *p7 = NULL;
	scoped(buf_clear) struct buf request;
	enum err err;

	buf_init(&request, 4096);
	buf_put_text(&request, "GET /.well-known/est/cacerts HTTP/1.1\r\n");
	put_host(&request, state);
	buf_put_text(&request, "\r\n");
	if ((err = link_open(ctx, state, &link)) ||
	    (err = http_exchange(ctx, link.ssl, &request, &answer)))
		return err;
	if (answer.status != 200)
		return err_set(ctx, ERR_UNAVAILABLE, "the server answered %d to cacerts",
			       answer.status);
	if ((err = read_pkcs7(ctx, &answer.body, &p7)))
		return err;
	state->skew_s = answer.has_date ? sys_real_us() / 1000000 - answer.date : 0;
	return accept_cacerts(ctx, enrol, state, p7->d.sign->cert);
}

/* PKCS#10 whose challengePassword is the connection's tls-exporter: useless on any other. */
static enum err make_request(struct ctx *ctx, SSL *ssl, EVP_PKEY *key, X509_REQ **out)
{
	X509_REQ *request = X509_REQ_new();
	uint8_t exporter[EXPORTER_SIZE];
	char challenge[BASE64_SIZE(EXPORTER_SIZE)];

	*out = request;
	if (!request || SSL_export_keying_material(ssl, exporter, sizeof(exporter), EXPORTER_LABEL,
						   sizeof(EXPORTER_LABEL) - 1, NULL, 0, 0) != 1)
		return err_set(ctx, ERR_BUG, "no channel binding");
	base64_encode(exporter, sizeof(exporter), challenge);
	if (X509_REQ_set_version(request, 0) != 1 || X509_REQ_set_pubkey(request, key) != 1 ||
	    X509_REQ_add1_attr_by_NID(request, NID_pkcs9_challengePassword, MBSTRING_ASC,
				      (const unsigned char *)challenge,
				      (int)strlen(challenge)) != 1 ||
	    X509_REQ_sign(request, key, EVP_sha256()) <= 0)
		return err_set(ctx, ERR_BUG, "the certificate request cannot be made");
	return ERR_OK;
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
			    X509_REQ *csr, struct buf *out)
{
	unsigned char *der = NULL;
	int len = i2d_X509_REQ(csr, &der);
	scoped(buf_clear) struct buf body;
	enum err err;
	char *room;

	buf_init(&body, 8192);
	room = len > 0 ? (char *)buf_reserve(&body, BASE64_SIZE((size_t)len)) : NULL;
	if (!room) {
		OPENSSL_free(der);
		return err_set(ctx, ERR_BUG, "the certificate request cannot be encoded");
	}
	base64_encode(der, (size_t)len, room);
	buf_commit(&body, strlen(room));
	OPENSSL_free(der);
	buf_put_text(out, "POST /.well-known/est/simpleenroll HTTP/1.1\r\n");
	put_host(out, state);
	if ((err = put_basic(ctx, out, enrol->token)))
		return err;
	buf_printf(out,
		   "Content-Type: application/pkcs10\r\nContent-Transfer-Encoding: base64\r\n"
		   "Content-Length: %zu\r\n\r\n",
		   body.len);
	buf_put(out, body.data, body.len);
	return buf_failed(out) ? err_set(ctx, ERR_MEMORY, "out of memory") : ERR_OK;
}

static enum err write_config(struct ctx *ctx, const struct enrol *enrol, const struct uuid *id)
{
	char path[STATE_PATH_MAX], text[512], id_text[UUID_TEXT_SIZE];
	int len;

	uuid_format(id, id_text);
	len = snprintf(text, sizeof(text), "server=%s\ngateway=%s\n", enrol->server, id_text);
	state_path(enrol->dir, "config", path);
	if (len >= (int)sizeof(text) || sys_replace_file(path, text, (size_t)len, 0600))
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
static enum err report_clock(struct ctx *ctx, const struct state *state)
{
	scoped(link_close) struct link link = {.fd = -1};
	scoped(http_clear) struct http_answer answer = {0};
	scoped(buf_clear) struct buf request;

	buf_init(&request, 4096);
	buf_put_text(&request, "POST /.well-known/est/simpleenroll HTTP/1.1\r\n");
	put_host(&request, state);
	buf_put_text(&request, "Content-Type: application/pkcs10\r\nContent-Length: 0\r\n\r\n");
	/* Whatever becomes of it, the enrolment ends here. */
	if (link_open(ctx, state, &link) == ERR_OK)
		(void)!http_exchange(ctx, link.ssl, &request, &answer);
	return err_set(ctx, ERR_DENIED, CLOCK_TEXT);
}

static enum err ask_certificate(struct ctx *ctx, const struct enrol *enrol,
				const struct state *state, EVP_PKEY *key)
{
	scoped(link_close) struct link link = {.fd = -1};
	scoped(http_clear) struct http_answer answer = {0};
	scoped(request_free_p) X509_REQ *csr = NULL;
	scoped(pkcs7_free_p) PKCS7 *p7 = NULL;
	scoped(buf_clear) struct buf request;
	enum err err;

	buf_init_wiped(&request, 16384);
	if ((err = link_open(ctx, state, &link)) ||
	    (err = make_request(ctx, link.ssl, key, &csr)) ||
	    (err = put_request(ctx, enrol, state, csr, &request)) ||
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
	err = read_pkcs7(ctx, &answer.body, &p7);
	return err ? err : accept_certificate(ctx, enrol, state, key, p7);
}

static enum err check_clock(struct ctx *ctx, struct state *state)
{
	return llabs(state->skew_s) > GATEWAY_CLOCK_SLACK_S ? report_clock(ctx, state) : ERR_OK;
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
	    (err = check_clock(ctx, &state)) == ERR_OK &&
	    (err = state_make_key(ctx, &key)) == ERR_OK)
		err = ask_certificate(ctx, enrol, &state, key);
	EVP_PKEY_free(key);
	state_clear(&state);
	return err;
}
