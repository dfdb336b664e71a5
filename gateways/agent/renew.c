/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateways/agent/renew.h"

#include <pthread.h>
#include <stdlib.h>

#include <openssl/err.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "gateways/agent/est_client.h"
#include "gateways/agent/http.h"
#include "gateways/proto/verdict.h"

enum { POINT_SIZE = 65, SIGNATURE_MAX = 128 };
#define SECOND_US   INT64_C(1000000)
#define RETRY_MAX_S 3600

struct renewer {
	struct loop *loop;
	struct loop_timer *timer;
	const char *dir;
	const struct proxy *proxy;
	void (*done)(void *arg);
	void *arg;
	pthread_t thread;
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t wake;
	bool wanted, stopping;
	/* loop thread */
	int64_t begins, expires;
};

int64_t renew_delay_us(int64_t begins, int64_t expires, int64_t now, unsigned random)
{
	int64_t life = expires - (begins + GATEWAY_CLOCK_SLACK_S * SECOND_US);
	int64_t at = expires - life / 3 - life / 20 + life / 10 * (int64_t)random / 1000;

	return at > now ? at - now : 0;
}

/* Signed by the present key: this connection, and the key that is to follow it. */
static enum err put_proof(struct ctx *ctx, const struct state *state, SSL *ssl, EVP_PKEY *next,
			  struct buf *out)
{
	uint8_t message[sizeof(RENEW_LABEL) + EST_EXPORTER + POINT_SIZE], proof[SIGNATURE_MAX];
	uint8_t *at = message + sizeof(RENEW_LABEL);
	char id[UUID_TEXT_SIZE], text[BASE64_SIZE(SIGNATURE_MAX)];
	size_t point = 0, len = sizeof(proof);
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	struct uuid serial;
	enum err err = state_serial(ctx, state->certificate, &serial);
	bool ok;

	if (err == ERR_OK)
		err = est_exporter(ctx, ssl, at);
	memcpy(message, RENEW_LABEL, sizeof(RENEW_LABEL));
	ok = err == ERR_OK && digest &&
	     EVP_PKEY_get_octet_string_param(next, "encoded-pub-key", at + EST_EXPORTER, POINT_SIZE,
					     &point) == 1 &&
	     point == POINT_SIZE &&
	     EVP_DigestSignInit(digest, NULL, EVP_sha256(), NULL, state->key) == 1 &&
	     EVP_DigestSign(digest, proof, &len, message, sizeof(message)) == 1;
	EVP_MD_CTX_free(digest);
	if (err)
		return err;
	if (!ok)
		return err_set(ctx, ERR_BUG, "the present key does not sign");
	uuid_format(&serial, id);
	base64url_encode(proof, len, text);
	buf_printf(out, "Authorization: Gateway %s:%s\r\n", id, text);
	return ERR_OK;
}

static enum err put_request(struct ctx *ctx, const struct state *state, SSL *ssl, EVP_PKEY *next,
			    struct buf *out)
{
	enum err err;

	buf_put_text(out, "POST /.well-known/est/simplereenroll HTTP/1.1\r\n");
	est_put_head(out, state);
	err = put_proof(ctx, state, ssl, next, out);
	return err ? err : est_put_request(ctx, ssl, next, out);
}

/* The certificate must be ours, for the new key and from the pinned CA. */
static enum err keep(struct ctx *ctx, const struct state *state, EVP_PKEY *next, PKCS7 *p7)
{
	STACK_OF(X509) *list = p7->d.sign->cert;

	for (int i = 0; i < sk_X509_num(list); i++) {
		X509 *one = sk_X509_value(list, i);
		struct uuid id;

		if (X509_check_private_key(one, next) == 1 &&
		    X509_verify(one, X509_get0_pubkey(state->ca)) == 1 &&
		    state_gateway_id(ctx, one, &id) == ERR_OK &&
		    uuid_equal(&id, &state->gateway_id))
			return state_write_identity(ctx, state->dir, next, one);
	}
	ERR_clear_error();
	return err_set(ctx, ERR_INTEGRITY, "the certificate sent is not for our key");
}

static enum err exchange(struct ctx *ctx, const struct state *state, const struct proxy *proxy,
			 EVP_PKEY *next)
{
	scoped(est_close) struct est_link link = {.fd = -1};
	scoped(http_clear) struct http_answer answer = {0};
	scoped(est_certs_free) PKCS7 *p7 = NULL;
	scoped(buf_clear) struct buf request;
	enum err err;

	buf_init(&request, 16384);
	if ((err = est_open(ctx, state, proxy, GATEWAY_EST_ALPN, &link)) ||
	    (err = put_request(ctx, state, link.ssl, next, &request)) ||
	    (err = http_exchange(ctx, link.ssl, &request, &answer)))
		return err;
	if (answer.status != 200)
		return err_set(ctx, answer.status == 403 ? ERR_DENIED : ERR_UNAVAILABLE,
			       "the server answered %d to simplereenroll", answer.status);
	err = est_read_certs(ctx, &answer.body, &p7);
	return err ? err : keep(ctx, state, next, p7);
}

static enum err renew(struct ctx *ctx, const char *dir, const struct proxy *proxy)
{
	struct state state;
	EVP_PKEY *next = NULL;
	enum err err = state_load(ctx, dir, &state);

	if (err)
		return err;
	err = state_make_key(ctx, &next);
	if (err == ERR_OK)
		err = exchange(ctx, &state, proxy, next);
	EVP_PKEY_free(next);
	state_clear(&state);
	return err;
}

static void renewed(void *arg)
{
	struct renewer *renewer = arg;

	log_event(LOG_LEVEL_INFO, NULL, "certificate_renewed", NULL);
	renewer->done(renewer->arg);
}

/* Soon enough to try often before the end, seldom enough not to be a burden. */
static void failed(void *arg)
{
	struct renewer *renewer = arg;
	int64_t wait = (renewer->expires - renewer->begins) / 20;

	if (wait > RETRY_MAX_S * SECOND_US)
		wait = RETRY_MAX_S * SECOND_US;
	loop_timer_set(renewer->timer, wait);
}

static void *work(void *arg)
{
	struct renewer *renewer = arg;

	pthread_mutex_lock(&renewer->lock);
	while (!renewer->stopping) {
		struct ctx ctx;
		enum err err;

		if (!renewer->wanted) {
			pthread_cond_wait(&renewer->wake, &renewer->lock);
			continue;
		}
		renewer->wanted = false;
		pthread_mutex_unlock(&renewer->lock);
		ctx_init(&ctx, NULL);
		err = renew(&ctx, renewer->dir, renewer->proxy);
		if (err)
			log_failure(&ctx, "certificate_not_renewed");
		(void)!loop_call(renewer->loop, err ? failed : renewed, renewer);
		pthread_mutex_lock(&renewer->lock);
	}
	pthread_mutex_unlock(&renewer->lock);
	return NULL;
}

static void due(void *arg)
{
	renewer_now(arg);
}

struct renewer *renewer_new(struct loop *loop, const char *dir, const struct proxy *proxy,
			    void (*done)(void *arg), void *arg)
{
	struct renewer *renewer = calloc(1, sizeof(*renewer));

	if (!renewer)
		return NULL;
	*renewer = (struct renewer){
		.loop = loop, .dir = dir, .proxy = proxy, .done = done, .arg = arg};
	renewer->timer = loop_timer_new(loop, due, renewer);
	pthread_mutex_init(&renewer->lock, NULL);
	pthread_cond_init(&renewer->wake, NULL);
	if (renewer->timer && pthread_create(&renewer->thread, NULL, work, renewer) == 0)
		return renewer;
	loop_timer_free(renewer->timer);
	free(renewer);
	return NULL;
}

void renewer_free(struct renewer *renewer)
{
	if (!renewer)
		return;
	pthread_mutex_lock(&renewer->lock);
	renewer->stopping = true;
	pthread_cond_signal(&renewer->wake);
	pthread_mutex_unlock(&renewer->lock);
	pthread_join(renewer->thread, NULL);
	loop_timer_free(renewer->timer);
	pthread_cond_destroy(&renewer->wake);
	pthread_mutex_destroy(&renewer->lock);
	free(renewer);
}

void renewer_plan(struct renewer *renewer, int64_t begins, int64_t expires)
{
	uint32_t random;

	sys_random(&random, sizeof(random));
	renewer->begins = begins;
	renewer->expires = expires;
	loop_timer_set(renewer->timer,
		       renew_delay_us(begins, expires, sys_real_us(), random % 1000));
}

void renewer_now(struct renewer *renewer)
{
	pthread_mutex_lock(&renewer->lock);
	renewer->wanted = true;
	pthread_cond_signal(&renewer->wake);
	pthread_mutex_unlock(&renewer->lock);
}
