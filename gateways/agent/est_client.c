/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateways/agent/est_client.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/cleanup.h"
#include "base/sys.h"
#include "base/text.h"
#include "gateways/proto/verdict.h"

enum { TIMEOUT_S = 20, DER_MAX = 64 * 1024 };
#define EXPORTER_LABEL "EXPORTER-Channel-Binding"

static void est_request_free(X509_REQ **request)
{
	X509_REQ_free(*request);
}

void est_close(struct est_link *link)
{
	SSL_free(link->ssl);
	SSL_CTX_free(link->tls);
	if (link->fd >= 0)
		close(link->fd);
}

void est_certs_free(PKCS7 **p7)
{
	PKCS7_free(*p7);
}

static enum err tcp_connect(struct ctx *ctx, const char *host, uint16_t tcp_port, int *out)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	const struct timeval limit = {.tv_sec = TIMEOUT_S};
	struct addrinfo *found = NULL;
	char port[8];
	int fd = -1;

	(void)snprintf(port, sizeof(port), "%u", tcp_port);
	if (getaddrinfo(host, port, &hints, &found))
		return err_set(ctx, ERR_UNAVAILABLE, "%s: no such host", host);
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
		return err_set(ctx, ERR_UNAVAILABLE, "%s port %u: %s", host, tcp_port,
			       strerror(errno));
	*out = fd;
	return ERR_OK;
}

static enum err reach(struct ctx *ctx, const struct state *state, const struct proxy *proxy,
		      int *out)
{
	bool through = proxy && proxy->host[0];
	enum err err = through ? tcp_connect(ctx, proxy->host, proxy->port, out)
			       : tcp_connect(ctx, state->host, state->port, out);

	return err || !through ? err : proxy_open(ctx, proxy, state->host, state->port, *out);
}

/* Until the CA is known nothing secret is sent, and what comes is compared with the pin; with a
 * wrong clock no certificate can be judged, and nothing secret is sent either. */
enum err est_open(struct ctx *ctx, const struct state *state, const struct proxy *proxy,
		  const char *alpn, struct est_link *link)
{
	enum err err = reach(ctx, state, proxy, &link->fd);

	if (err || (err = state_tls(ctx, state, alpn, &link->tls)))
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

enum err est_read_certs(struct ctx *ctx, struct buf *body, PKCS7 **out)
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

void est_put_head(struct buf *out, const struct state *state)
{
	bool six = strchr(state->host, ':') != NULL;

	buf_printf(out, "Host: %s%s%s", six ? "[" : "", state->host, six ? "]" : "");
	if (state->port != 443)
		buf_printf(out, ":%u", state->port);
	buf_put_text(out, "\r\nUser-Agent: sekisho-gateway/" SEKISHO_VERSION
			  "\r\nConnection: close\r\n");
	put_date(out);
}

enum err est_exporter(struct ctx *ctx, SSL *ssl, uint8_t out[EST_EXPORTER])
{
	return SSL_export_keying_material(ssl, out, EST_EXPORTER, EXPORTER_LABEL,
					  sizeof(EXPORTER_LABEL) - 1, NULL, 0, 0) == 1
		       ? ERR_OK
		       : err_set(ctx, ERR_BUG, "no channel binding");
}

/* PKCS#10 whose challengePassword is the connection's tls-exporter: useless on any other. */
static enum err make_request(struct ctx *ctx, SSL *ssl, EVP_PKEY *key, X509_REQ **out)
{
	X509_REQ *request = X509_REQ_new();
	uint8_t exporter[EST_EXPORTER];
	char challenge[BASE64_SIZE(EST_EXPORTER)];
	enum err err;

	*out = request;
	if (!request)
		return err_set(ctx, ERR_MEMORY, "out of memory");
	if ((err = est_exporter(ctx, ssl, exporter)))
		return err;
	base64_encode(exporter, sizeof(exporter), challenge);
	if (X509_REQ_set_version(request, 0) != 1 || X509_REQ_set_pubkey(request, key) != 1 ||
	    X509_REQ_add1_attr_by_NID(request, NID_pkcs9_challengePassword, MBSTRING_ASC,
				      (const unsigned char *)challenge,
				      (int)strlen(challenge)) != 1 ||
	    X509_REQ_sign(request, key, EVP_sha256()) <= 0)
		return err_set(ctx, ERR_BUG, "the certificate request cannot be made");
	return ERR_OK;
}

enum err est_put_request(struct ctx *ctx, SSL *ssl, EVP_PKEY *key, struct buf *out)
{
	scoped(est_request_free) X509_REQ *csr = NULL;
	scoped(buf_clear) struct buf body;
	unsigned char *der = NULL;
	enum err err = make_request(ctx, ssl, key, &csr);
	int len = err ? 0 : i2d_X509_REQ(csr, &der);
	char *room;

	buf_init(&body, 8192);
	room = len > 0 ? (char *)buf_reserve(&body, BASE64_SIZE((size_t)len)) : NULL;
	if (room) {
		base64_encode(der, (size_t)len, room);
		buf_commit(&body, strlen(room));
	}
	OPENSSL_free(der);
	if (err)
		return err;
	if (!room)
		return err_set(ctx, ERR_BUG, "the certificate request cannot be encoded");
	buf_printf(out,
		   "Content-Type: application/pkcs10\r\nContent-Transfer-Encoding: base64\r\n"
		   "Content-Length: %zu\r\n\r\n",
		   body.len);
	buf_put(out, body.data, body.len);
	return buf_failed(out) ? err_set(ctx, ERR_MEMORY, "out of memory") : ERR_OK;
}
