/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/edge_tls.h"

#include <pthread.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "base/log.h"
#include "base/messages.h"
#include "base/sys.h"
#include "gateways/proto/verdict.h"
#include "gateways/proto/wire.h"
#include "vault/keeper.h"

enum { KINDS = 2, RSA_BITS = 2048, POINT_SIZE = 65, RETRY_S = 1, PUBLIC_MAX = 512 };
#define SECOND_US INT64_C(1000000)

struct identity {
	uint32_t kind;
	EVP_PKEY *key;
	X509 *certificate; /* NULL: not issued yet */
};

struct edge_tls {
	struct identity identities[KINDS]; /* message id = index + 1 */
	X509 *ca;
	pthread_mutex_t lock; /* guards current */
	SSL_CTX *current;
	struct chan *authority;
	struct loop_timer *timer;
	bool told;
};

struct edge_tls *edge_tls_new(void)
{
	struct edge_tls *tls = calloc(1, sizeof(*tls));

	if (!tls)
		return NULL;
	pthread_mutex_init(&tls->lock, NULL);
	tls->identities[0] = (struct identity){KEEPER_CERT_SERVER_EC, EVP_EC_gen("P-256"), NULL};
	tls->identities[1] = (struct identity){KEEPER_CERT_SERVER_RSA, EVP_RSA_gen(RSA_BITS), NULL};
	if (!tls->identities[0].key || !tls->identities[1].key) {
		edge_tls_free(tls);
		return NULL;
	}
	return tls;
}

void edge_tls_free(struct edge_tls *tls)
{
	if (!tls)
		return;
	for (size_t i = 0; i < KINDS; i++) {
		EVP_PKEY_free(tls->identities[i].key);
		X509_free(tls->identities[i].certificate);
	}
	X509_free(tls->ca);
	SSL_CTX_free(tls->current);
	loop_timer_free(tls->timer);
	pthread_mutex_destroy(&tls->lock);
	free(tls);
}

SSL_CTX *edge_tls_current(struct edge_tls *tls)
{
	SSL_CTX *current;

	pthread_mutex_lock(&tls->lock);
	current = tls->current;
	if (current && SSL_CTX_up_ref(current) != 1)
		current = NULL;
	pthread_mutex_unlock(&tls->lock);
	return current;
}

/* The point of a P-256 key, or the modulus of an RSA key: all the keeper needs to see. */
static bool public_part(EVP_PKEY *key, uint8_t out[PUBLIC_MAX], size_t *out_len)
{
	BIGNUM *modulus = NULL;
	bool ok;

	if (EVP_PKEY_is_a(key, "EC"))
		return EVP_PKEY_get_octet_string_param(key, "encoded-pub-key", out, PUBLIC_MAX,
						       out_len) == 1;
	ok = EVP_PKEY_get_bn_param(key, "n", &modulus) == 1 && BN_num_bytes(modulus) <= PUBLIC_MAX;
	if (ok)
		*out_len = (size_t)BN_bn2bin(modulus, out);
	BN_free(modulus);
	return ok;
}

static void edge_tls_ask(void *arg)
{
	struct edge_tls *tls = arg;

	for (uint32_t i = 0; i < KINDS; i++) {
		struct msg_server_certificate ask = {.kind = tls->identities[i].kind};
		uint8_t part[PUBLIC_MAX];

		if (!public_part(tls->identities[i].key, part, &ask.public_key.len))
			continue;
		ask.public_key.data = part;
		/* A full queue: the timer asks again. */
		if (chan_post_codec(tls->authority, MSG_SERVER_CERTIFICATE, i + 1,
				    &msg_server_certificate_codec, &ask, NULL, 0))
			break;
	}
	loop_timer_set(tls->timer, 5 * RETRY_S * SECOND_US);
}

bool edge_tls_start(struct edge_tls *tls, struct loop *loop, struct chan *authority)
{
	tls->authority = authority;
	tls->timer = loop_timer_new(loop, edge_tls_ask, tls);
	if (!tls->timer)
		return false;
	loop_timer_set(tls->timer, 0);
	return true;
}

/* Only the gateways' protocols ask for a client certificate: browsers never see that dialogue. */
static int choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
		       const unsigned char *offered, unsigned len, void *arg)
{
	static const unsigned char gateway[] = "\x0c" GATEWAY_ALPN "\x0d" GATEWAY_EST_ALPN;
	static const unsigned char http[] = "\x08http/1.1";
	unsigned char *chosen;

	(void)arg;
	if (SSL_select_next_proto(&chosen, out_len, gateway, sizeof(gateway) - 1, offered, len) ==
	    OPENSSL_NPN_NEGOTIATED) {
		SSL_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
		*out = chosen;
		return SSL_TLSEXT_ERR_OK;
	}
	if (SSL_select_next_proto(&chosen, out_len, http, sizeof(http) - 1, offered, len) ==
	    OPENSSL_NPN_NEGOTIATED) {
		*out = chosen;
		return SSL_TLSEXT_ERR_OK;
	}
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static bool context_fill(struct edge_tls *tls, SSL_CTX *context)
{
	static const unsigned char session_id[] = "sekisho-edge";

	if (tls_policy(context) ||
	    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), tls->ca) != 1 ||
	    SSL_CTX_add_client_CA(context, tls->ca) != 1 ||
	    SSL_CTX_set_session_id_context(context, session_id, sizeof(session_id) - 1) != 1)
		return false;
	SSL_CTX_set_mode(context, SSL_MODE_NO_AUTO_CHAIN);
	SSL_CTX_set_options(context, SSL_OP_CLEANSE_PLAINTEXT); /* of what was read */
	SSL_CTX_set_alpn_select_cb(context, choose_alpn, NULL);
	for (size_t i = 0; i < KINDS; i++) {
		const struct identity *one = &tls->identities[i];

		if (SSL_CTX_use_cert_and_key(context, one->certificate, one->key, NULL, 1) != 1)
			return false;
	}
	return true;
}

static enum err context_renew(struct edge_tls *tls)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method()), *old;

	if (!context || !context_fill(tls, context)) {
		SSL_CTX_free(context);
		ERR_clear_error();
		return ERR_BUG;
	}
	pthread_mutex_lock(&tls->lock);
	old = tls->current;
	tls->current = context;
	pthread_mutex_unlock(&tls->lock);
	SSL_CTX_free(old);
	return ERR_OK;
}

/* At two thirds of the time that is left of the certificate that ends first. */
static void plan_renewal(struct edge_tls *tls)
{
	int64_t soonest = INT64_MAX;

	for (size_t i = 0; i < KINDS; i++) {
		int days = 0, seconds = 0;
		int64_t left;

		if (ASN1_TIME_diff(&days, &seconds, NULL,
				   X509_get0_notAfter(tls->identities[i].certificate)) != 1)
			days = seconds = 0;
		left = days * INT64_C(86400) + seconds;
		soonest = left < soonest ? left : soonest;
	}
	if (soonest < 3 * RETRY_S)
		soonest = 3 * RETRY_S;
	loop_timer_set(tls->timer, soonest * 2 / 3 * SECOND_US);
}

static X509 *certificate_of(const struct block *der)
{
	const unsigned char *at = der->data;
	X509 *certificate = d2i_X509(NULL, &at, (long)der->len);

	if (certificate && at != der->data + der->len) {
		X509_free(certificate);
		return NULL;
	}
	return certificate;
}

static void not_issued(struct edge_tls *tls, uint32_t code)
{
	if (!tls->told && !tls->current)
		log_event(LOG_LEVEL_WARN, NULL, "no_certificate", "reason",
			  err_code((enum err)code), NULL);
	tls->told = true;
	loop_timer_set(tls->timer, RETRY_S * SECOND_US);
}

enum err edge_tls_issued(struct edge_tls *tls, uint32_t id, const void *message)
{
	const struct msg_server_certificate_issued *issued = message;
	struct identity *identity;
	X509 *certificate, *ca;

	if (id == 0 || id > KINDS)
		return ERR_DENIED;
	if (issued->err) {
		not_issued(tls, issued->err);
		return ERR_OK;
	}
	identity = &tls->identities[id - 1];
	certificate = certificate_of(&issued->certificate);
	ca = certificate_of(&issued->ca);
	if (!certificate || !ca || X509_check_private_key(certificate, identity->key) != 1) {
		X509_free(certificate);
		X509_free(ca);
		return ERR_INPUT;
	}
	X509_free(identity->certificate);
	identity->certificate = certificate;
	X509_free(tls->ca);
	tls->ca = ca;
	if (!tls->identities[0].certificate || !tls->identities[1].certificate)
		return ERR_OK;
	tls->told = false;
	plan_renewal(tls);
	return context_renew(tls);
}
