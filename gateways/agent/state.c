/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateways/agent/state.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdio.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/sys.h"
#include "gateways/proto/wire.h"

enum { FILE_MAX = 64 * 1024, DEFAULT_PORT = 443 };

static void bio_free_p(BIO **bio)
{
	BIO_free(*bio);
}

static void x509_free_p(X509 **certificate)
{
	X509_free(*certificate);
}

static void names_free_p(GENERAL_NAMES **names)
{
	GENERAL_NAMES_free(*names);
}

static void free_p(uint8_t **data)
{
	free(*data);
}

void state_path(const char *dir, const char *name, char out[STATE_PATH_MAX])
{
	(void)snprintf(out, STATE_PATH_MAX, "%s/%s", dir, name);
}

static enum err port_of(struct ctx *ctx, const char *text, uint16_t *out)
{
	char *end;
	unsigned long port = strtoul(text, &end, 10);

	if (end == text || *end || port == 0 || port > 65535)
		return err_set(ctx, ERR_INPUT, "port %s: expected 1 to 65535", text);
	*out = (uint16_t)port;
	return ERR_OK;
}

enum err state_server(struct ctx *ctx, const char *text, struct state *state)
{
	const char *host = text, *colon = strrchr(text, ':');
	const char *end = text + strlen(text);

	state->port = DEFAULT_PORT;
	if (*text == '[') {
		host = text + 1;
		end = strchr(text, ']');
		colon = end && end[1] == ':' ? end + 1 : NULL;
	} else if (colon && strchr(text, ':') == colon) {
		end = colon;
	} else {
		colon = NULL; /* a bare IPv6 address */
	}
	if (!end || end == host || end - host >= STATE_HOST_MAX)
		return err_set(ctx, ERR_INPUT, "server %s: expected HOST or HOST:PORT", text);
	memcpy(state->host, host, (size_t)(end - host));
	state->host[end - host] = '\0';
	return colon ? port_of(ctx, colon + 1, &state->port) : ERR_OK;
}

static enum err file_bio(struct ctx *ctx, const char *dir, const char *name, uint8_t **data,
			 BIO **out)
{
	char path[STATE_PATH_MAX];
	size_t len;
	enum err err;

	state_path(dir, name, path);
	err = sys_read_file(path, FILE_MAX, data, &len);
	if (err)
		return err_set(ctx, err, "%s: cannot be read; run `sekisho-gateway enrol` first",
			       path);
	*out = BIO_new_mem_buf(*data, (int)len);
	return *out ? ERR_OK : err_set(ctx, ERR_MEMORY, "out of memory");
}

static enum err read_certificate(struct ctx *ctx, const char *dir, const char *name, X509 **out)
{
	scoped(free_p) uint8_t *data = NULL;
	scoped(bio_free_p) BIO *bio = NULL;
	enum err err = file_bio(ctx, dir, name, &data, &bio);

	if (err)
		return err;
	*out = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	return *out ? ERR_OK : err_set(ctx, ERR_SYNTAX, "%s/%s: not a certificate", dir, name);
}

static enum err read_key(struct ctx *ctx, const char *dir, EVP_PKEY **out)
{
	scoped(free_p) uint8_t *data = NULL;
	scoped(bio_free_p) BIO *bio = NULL;
	enum err err = file_bio(ctx, dir, "identity.pem", &data, &bio);
	size_t len;
	char *text;

	if (err)
		return err;
	*out = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	len = (size_t)BIO_get_mem_data(bio, &text);
	OPENSSL_cleanse(text, len);
	return *out ? ERR_OK : err_set(ctx, ERR_SYNTAX, "%s/identity.pem: no private key", dir);
}

static enum err read_config(struct ctx *ctx, const char *dir, struct state *state)
{
	scoped(free_p) uint8_t *data = NULL;
	char path[STATE_PATH_MAX], server[STATE_HOST_MAX + 16] = "", id[UUID_TEXT_SIZE] = "";
	struct buf text;
	size_t len;
	enum err err;

	state_path(dir, "config", path);
	err = sys_read_file(path, FILE_MAX, &data, &len);
	if (err)
		return err_set(ctx, err, "%s: cannot be read; run `sekisho-gateway enrol` first",
			       path);
	buf_init(&text, FILE_MAX + 1);
	buf_put(&text, data, len);
	if (sscanf(buf_text(&text), "server=%269[^\n]\ngateway=%36[0-9a-f-]\n", server, id) != 2 ||
	    !uuid_parse(id, &state->gateway_id))
		err = err_set(ctx, ERR_SYNTAX, "%s: expected server=… and gateway=…", path);
	buf_clear(&text);
	return err ? err : state_server(ctx, server, state);
}

/* True when the URI name ends in suffix; *out_tail then points at what follows mark. */
static bool uri_name(X509 *certificate, const char *mark, char out_tail[STATE_HOST_MAX])
{
	scoped(names_free_p) GENERAL_NAMES *names =
		X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);

	for (int i = 0; names && i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
		char uri[STATE_HOST_MAX];
		const char *at;
		int len;

		if (name->type != GEN_URI)
			continue;
		len = ASN1_STRING_length(name->d.uniformResourceIdentifier);
		if (len <= 0 || len >= STATE_HOST_MAX)
			continue;
		memcpy(uri, ASN1_STRING_get0_data(name->d.uniformResourceIdentifier), (size_t)len);
		uri[len] = '\0';
		at = strstr(uri, mark);
		if (strncmp(uri, "spiffe://", 9) == 0 && at && strlen(uri) == (size_t)len) {
			memcpy(out_tail, at + strlen(mark), strlen(at + strlen(mark)) + 1);
			return true;
		}
	}
	return false;
}

enum err state_gateway_id(struct ctx *ctx, X509 *certificate, struct uuid *out)
{
	char tail[STATE_HOST_MAX];

	if (!uri_name(certificate, "/gw/", tail) || !uuid_parse(tail, out))
		return err_set(ctx, ERR_SYNTAX, "the certificate names no gateway");
	return ERR_OK;
}

enum err state_serial(struct ctx *ctx, X509 *certificate, struct uuid *out)
{
	BIGNUM *serial = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
	bool ok = serial && BN_bn2binpad(serial, out->b, UUID_SIZE) == UUID_SIZE;

	BN_free(serial);
	return ok ? ERR_OK : err_set(ctx, ERR_SYNTAX, "the certificate has no serial of ours");
}

enum err state_signer(struct ctx *ctx, X509 *ca, X509 *signer, uint8_t out_key[GRANT_PUBLIC_KEY])
{
	EVP_PKEY *key = X509_get0_pubkey(signer);
	size_t len = GRANT_PUBLIC_KEY;
	char tail[STATE_HOST_MAX];

	if (X509_verify(signer, X509_get0_pubkey(ca)) != 1 ||
	    X509_check_issued(ca, signer) != X509_V_OK)
		return err_set(ctx, ERR_INTEGRITY, "the grant signer is not certified by our CA");
	if (!uri_name(signer, "/signer/grant", tail) || tail[0])
		return err_set(ctx, ERR_INTEGRITY, "the certificate is not a grant signer's");
	if (!key || EVP_PKEY_id(key) != EVP_PKEY_ED25519 ||
	    EVP_PKEY_get_raw_public_key(key, out_key, &len) != 1 || len != GRANT_PUBLIC_KEY)
		return err_set(ctx, ERR_INTEGRITY, "the grant signer's key is not Ed25519");
	return ERR_OK;
}

static enum err times_of(struct ctx *ctx, struct state *state)
{
	struct tm from, to;

	if (ASN1_TIME_to_tm(X509_get0_notBefore(state->certificate), &from) != 1 ||
	    ASN1_TIME_to_tm(X509_get0_notAfter(state->certificate), &to) != 1)
		return err_set(ctx, ERR_SYNTAX, "the certificate has no times");
	state->certificate_begins = (int64_t)timegm(&from) * 1000000;
	state->certificate_expires = (int64_t)timegm(&to) * 1000000;
	return ERR_OK;
}

static enum err load_parts(struct ctx *ctx, struct state *state)
{
	scoped(x509_free_p) X509 *signer = NULL;
	struct uuid id;
	enum err err;

	if ((err = read_config(ctx, state->dir, state)) ||
	    (err = read_certificate(ctx, state->dir, "ca.pem", &state->ca)) ||
	    (err = read_certificate(ctx, state->dir, "identity.pem", &state->certificate)) ||
	    (err = read_certificate(ctx, state->dir, "signer.pem", &signer)) ||
	    (err = read_key(ctx, state->dir, &state->key)) ||
	    (err = state_signer(ctx, state->ca, signer, state->grant_key)) ||
	    (err = state_gateway_id(ctx, state->certificate, &id)) || (err = times_of(ctx, state)))
		return err;
	if (!uuid_equal(&id, &state->gateway_id))
		return err_set(ctx, ERR_INTEGRITY, "config and certificate name two gateways");
	if (X509_check_private_key(state->certificate, state->key) != 1)
		return err_set(ctx, ERR_INTEGRITY,
			       "the key in identity.pem does not belong to its certificate");
	return ERR_OK;
}

enum err state_load(struct ctx *ctx, const char *dir, struct state *out)
{
	struct state state = {.dir = dir};
	enum err err = load_parts(ctx, &state);

	if (err) {
		state_clear(&state);
		return err;
	}
	*out = state;
	return ERR_OK;
}

void state_clear(struct state *state)
{
	X509_free(state->ca);
	X509_free(state->certificate);
	EVP_PKEY_free(state->key);
	*state = (struct state){0};
}

enum err state_make_key(struct ctx *ctx, EVP_PKEY **out)
{
	*out = EVP_EC_gen("P-256");
	return *out ? ERR_OK : err_set(ctx, ERR_MEMORY, "the key cannot be made");
}

enum err state_write_identity(struct ctx *ctx, const char *dir, EVP_PKEY *key, X509 *certificate)
{
	scoped(bio_free_p) BIO *bio = BIO_new(BIO_s_secmem());
	char path[STATE_PATH_MAX];
	enum err err = ERR_OK;
	char *text = NULL;
	long len;

	state_path(dir, "identity.pem", path);
	if (!bio || PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1 ||
	    PEM_write_bio_X509(bio, certificate) != 1)
		return err_set(ctx, ERR_MEMORY, "out of memory");
	len = BIO_get_mem_data(bio, &text);
	if (sys_replace_file(path, text, (size_t)len, 0600))
		err = err_set(ctx, ERR_IO, "%s: cannot be written", path);
	OPENSSL_cleanse(text, (size_t)len);
	return err;
}

enum err state_write_pem(struct ctx *ctx, const char *dir, const char *name, X509 *certificate)
{
	scoped(bio_free_p) BIO *bio = BIO_new(BIO_s_mem());
	char path[STATE_PATH_MAX];
	char *text;
	long len;

	state_path(dir, name, path);
	if (!bio || PEM_write_bio_X509(bio, certificate) != 1)
		return err_set(ctx, ERR_MEMORY, "out of memory");
	len = BIO_get_mem_data(bio, &text);
	if (sys_replace_file(path, text, (size_t)len, 0600))
		return err_set(ctx, ERR_IO, "%s: cannot be written", path);
	return ERR_OK;
}

static bool alpn_set(SSL_CTX *tls, const char *alpn)
{
	unsigned char list[64];
	size_t len = strlen(alpn);

	list[0] = (unsigned char)len;
	memcpy(list + 1, alpn, len);
	return SSL_CTX_set_alpn_protos(tls, list, (unsigned)len + 1) == 0;
}

enum err state_tls(struct ctx *ctx, const struct state *state, const char *alpn, SSL_CTX **out)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_client_method());

	if (!tls || tls_policy(tls) || !alpn_set(tls, alpn))
		goto fail;
	SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
	if (state->ca && X509_STORE_add_cert(SSL_CTX_get_cert_store(tls), state->ca) != 1)
		goto fail;
	if (state->certificate && (SSL_CTX_use_certificate(tls, state->certificate) != 1 ||
				   SSL_CTX_use_PrivateKey(tls, state->key) != 1))
		goto fail;
	*out = tls;
	return ERR_OK;
fail:
	SSL_CTX_free(tls);
	return err_set(ctx, ERR_BUG, "TLS cannot be set up");
}

enum err state_tls_name(struct ctx *ctx, const struct state *state, SSL *ssl)
{
	uint8_t address[16];
	/* OpenSSL's macro drops the const; it copies the name. */
	char *name = (char *)(uintptr_t)state->host;
	bool numeric = inet_pton(AF_INET, state->host, address) == 1 ||
		       inet_pton(AF_INET6, state->host, address) == 1;
	int ok = numeric ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), state->host)
			 : SSL_set1_host(ssl, state->host) && SSL_set_tlsext_host_name(ssl, name);

	return ok ? ERR_OK : err_set(ctx, ERR_INPUT, "server name %s is not usable", state->host);
}
