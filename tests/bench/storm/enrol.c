/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/pem.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "gateways/agent/est_client.h"
#include "gateways/agent/http.h"
#include "storm.h"

enum { TOKEN_MAX = 128, REQUEST_MAX = 16384 };
#define ALPN "http/1.1"

static enum err open_link(struct ctx *ctx, const struct state *server, unsigned n,
			  struct est_link *link)
{
	enum err err = state_tls(ctx, server, ALPN, &link->tls);

	if (err)
		return err;
	SSL_CTX_set_mode(link->tls, SSL_MODE_AUTO_RETRY);
	link->fd = storm_socket(n);
	link->ssl = SSL_new(link->tls);
	if (link->fd < 0 || !link->ssl || storm_connect(link->fd, server) ||
	    SSL_set_fd(link->ssl, link->fd) != 1 || state_tls_name(ctx, server, link->ssl) ||
	    SSL_connect(link->ssl) != 1)
		return err_set(ctx, ERR_UNAVAILABLE, "no connection");
	return ERR_OK;
}

static void put_head(struct buf *out, const struct state *server, const char *token)
{
	char pair[TOKEN_MAX + 4], text[BASE64_SIZE(TOKEN_MAX + 4)];
	int len = snprintf(pair, sizeof(pair), "gw:%s", token);

	base64_encode(pair, (size_t)len, text);
	buf_put_text(out, "POST /.well-known/est/simpleenroll HTTP/1.1\r\n");
	est_put_head(out, server);
	buf_printf(out, "Authorization: Basic %s\r\n", text);
}

/* Its certificate, appended to the file. */
static enum err enrol(struct ctx *ctx, const struct state *server, const char *token, unsigned n,
		      FILE *file)
{
	scoped(est_close) struct est_link link = {.fd = -1};
	scoped(http_clear) struct http_answer answer = {0};
	scoped(est_certs_free) PKCS7 *p7 = NULL;
	scoped(buf_clear) struct buf request;
	enum err err = open_link(ctx, server, n, &link);

	buf_init(&request, REQUEST_MAX);
	if (err)
		return err;
	put_head(&request, server, token);
	if ((err = est_put_request(ctx, link.ssl, server->key, &request)) ||
	    (err = http_exchange(ctx, link.ssl, &request, &answer)))
		return err;
	if (answer.status != 200)
		return err_set(ctx, ERR_DENIED, "the server answered %d", answer.status);
	if ((err = est_read_certs(ctx, &answer.body, &p7)))
		return err;
	return PEM_write_X509(file, sk_X509_value(p7->d.sign->cert, 0)) == 1
		       ? ERR_OK
		       : err_set(ctx, ERR_IO, "not written");
}

int storm_enrol(struct state *server, const char *folder, unsigned part, unsigned parts)
{
	char path[STATE_PATH_MAX], token[TOKEN_MAX];
	unsigned n = 0, failed = 0;
	struct ctx ctx;
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/certificates-%u.pem", folder, part);
	file = fopen(path, "w");
	if (!file)
		return 1;
	for (; fgets(token, sizeof(token), stdin); n++) {
		token[strcspn(token, "\n")] = '\0';
		ctx_init(&ctx, NULL);
		if (n % parts == part && enrol(&ctx, server, token, n, file)) {
			(void)fprintf(stderr, "gateway %u: %s\n", n, ctx.error.text);
			failed++;
		}
	}
	return fclose(file) != 0 || failed > 0;
}
