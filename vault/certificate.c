/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vault/certificate.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/cleanup.h"
#include "base/secret.h"
#include "base/sys.h"
#include "vault/certificate_ext.h"
#include "vault/checkpoint_text.h"
#include "vault/keyring.h"

enum { DAY = 86400, CA_DAYS = 3653, LEAF_DAYS_MAX = 825, CLOCK_SLACK = 300 };

static void pkey_free_p(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}
static void pkey_ctx_free_p(EVP_PKEY_CTX **context)
{
	EVP_PKEY_CTX_free(*context);
}
static void bn_free_p(BIGNUM **number)
{
	BN_clear_free(*number);
}
static void bld_free_p(OSSL_PARAM_BLD **builder)
{
	OSSL_PARAM_BLD_free(*builder);
}
static void params_free_p(OSSL_PARAM **params)
{
	OSSL_PARAM_free(*params);
}
static void x509_free_p(X509 **certificate)
{
	X509_free(*certificate);
}

static EVP_PKEY *from_params(const char *type, int selection, OSSL_PARAM *params)
{
	scoped(pkey_ctx_free_p) EVP_PKEY_CTX *context =
		EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;
	if (context == NULL || params == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
	    EVP_PKEY_fromdata(context, &key, selection, params) != 1)
		return NULL;
	return key;
}

/* scalar NULL: public half only. */
static EVP_PKEY *p256_key(const uint8_t *point, const uint8_t *scalar)
{
	scoped(bld_free_p) OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	scoped(bn_free_p) BIGNUM *number = NULL;
	if (builder == NULL ||
	    OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) !=
		    1 ||
	    OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, 65) != 1)
		return NULL;
	if (scalar != NULL) {
		number = BN_secure_new();
		if (number == NULL || BN_bin2bn(scalar, 32, number) == NULL ||
		    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, number) != 1)
			return NULL;
	}
	scoped(params_free_p) OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
	return from_params("EC", scalar ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params);
}

static EVP_PKEY *rsa_key(struct block modulus)
{
	scoped(bld_free_p) OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	scoped(bn_free_p) BIGNUM *n = BN_bin2bn(modulus.data, (int)modulus.len, NULL);
	if (builder == NULL || n == NULL ||
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) != 1 ||
	    OSSL_PARAM_BLD_push_ulong(builder, OSSL_PKEY_PARAM_RSA_E, 65537) != 1)
		return NULL;
	scoped(params_free_p) OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
	return from_params("RSA", EVP_PKEY_PUBLIC_KEY, params);
}

/* The key to certify, from its bare numbers; NULL when they are no sound key of that kind. */
static EVP_PKEY *subject_key(const struct keyring *ring, const struct keeper_cert *request)
{
	struct block key = request->public_key;
	if (request->kind == KEEPER_CERT_SIGNER)
		return key.len != 0 ? NULL
				    : EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
								  ring->grant_public, 32);
	if (request->kind == KEEPER_CERT_SERVER_RSA) {
		bool sound = key.len >= 256 && key.len <= 512 && (key.data[0] & 0x80U) &&
			     (key.data[key.len - 1] & 1U);
		return sound ? rsa_key(key) : NULL;
	}
	if (key.len != 65 || key.data[0] != 0x04)
		return NULL;
	EVP_PKEY *made = p256_key(key.data, NULL);
	if (made == NULL)
		return NULL;
	scoped(pkey_ctx_free_p) EVP_PKEY_CTX *check = EVP_PKEY_CTX_new_from_pkey(NULL, made, NULL);
	if (check != NULL && EVP_PKEY_public_check(check) == 1)
		return made;
	EVP_PKEY_free(made);
	return NULL;
}

enum err certificate_ca_key(struct ctx *ctx, uint8_t out_scalar[32], uint8_t out_point[65])
{
	scoped(pkey_free_p) EVP_PKEY *key = EVP_EC_gen("P-256");
	scoped(bn_free_p) BIGNUM *scalar = NULL;
	size_t len = 0;
	if (key == NULL || EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &scalar) != 1 ||
	    BN_bn2binpad(scalar, out_scalar, 32) != 32 ||
	    EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, out_point, 65, &len) !=
		    1 ||
	    len != 65)
		return err_set(ctx, ERR_BUG, "OpenSSL made no P-256 key");
	return ERR_OK;
}

static bool set_times(X509 *certificate, int64_t not_before, int64_t not_after)
{
	/* UTCTime or GeneralizedTime as RFC 5280 wants it, by OpenSSL. */
	return ASN1_TIME_set(X509_getm_notBefore(certificate), not_before) != NULL &&
	       ASN1_TIME_set(X509_getm_notAfter(certificate), not_after) != NULL;
}

static bool set_serial(X509 *certificate, const uint8_t serial[16])
{
	scoped(bn_free_p) BIGNUM *number = BN_bin2bn(serial, 16, NULL);
	return number != NULL && !BN_is_zero(number) &&
	       BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
}

static bool add_cn(X509_NAME *name, const char *text)
{
	return X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_ASC,
					  (const unsigned char *)text, -1, -1, 0) == 1;
}

/* CN of the CA: letters, digits and spaces only. */
static bool add_ca_name(X509_NAME *name, const struct keyring *ring)
{
	char id[CHECKPOINT_ID_SIZE], cn[64];
	checkpoint_installation_id(ring->checkpoint_public, id);
	(void)snprintf(cn, sizeof(cn), "Sekisho CA %.8s", id);
	return add_cn(name, cn);
}

static enum err sign_and_encode(struct ctx *ctx, const struct keyring *ring, X509 *certificate,
				size_t max, uint8_t *out, size_t *out_len)
{
	scoped(pkey_free_p) EVP_PKEY *ca = p256_key(ring->ca_point, secret_bytes(ring->ca_scalar));
	if (ca == NULL || X509_sign(certificate, ca, EVP_sha256()) <= 0)
		return err_set(ctx, ERR_BUG, "the CA key does not sign");
	int len = i2d_X509(certificate, NULL);
	if (len <= 0 || (size_t)len > max)
		return err_set(ctx, ERR_TOO_LARGE, "the certificate has %d bytes", len);
	len = i2d_X509(certificate, &out);
	*out_len = (size_t)len;
	return ERR_OK;
}

enum err certificate_ca(struct ctx *ctx, struct keyring *ring)
{
	scoped(x509_free_p) X509 *certificate = X509_new();
	scoped(pkey_free_p) EVP_PKEY *key = p256_key(ring->ca_point, NULL);
	uint8_t serial[16];
	int64_t now = sys_real_us() / 1000000;
	sys_random(serial, sizeof(serial));
	serial[0] = (uint8_t)((serial[0] & 0x7FU) | 0x40U);
	if (certificate == NULL || key == NULL || X509_set_version(certificate, 2) != 1 ||
	    !set_serial(certificate, serial) ||
	    !set_times(certificate, now - CLOCK_SLACK, now + (int64_t)CA_DAYS * DAY) ||
	    !add_ca_name(X509_get_subject_name(certificate), ring) ||
	    !add_ca_name(X509_get_issuer_name(certificate), ring) ||
	    X509_set_pubkey(certificate, key) != 1 || !extension_ca(certificate))
		return err_set(ctx, ERR_BUG, "the CA certificate cannot be built");
	return sign_and_encode(ctx, ring, certificate, sizeof(ring->ca_certificate),
			       ring->ca_certificate, &ring->ca_certificate_len);
}

static bool set_subject(X509_NAME *name, const struct keeper_cert *request)
{
	char id[UUID_TEXT_SIZE], cn[64];
	switch (request->kind) {
	case KEEPER_CERT_GATEWAY:
		uuid_format(&request->subject, id);
		(void)snprintf(cn, sizeof(cn), "Sekisho gateway %s", id);
		return add_cn(name, cn);
	case KEEPER_CERT_SIGNER: return add_cn(name, "Sekisho grant signer");
	default: /* names are in the subjectAltName only */ return add_cn(name, "Sekisho server");
	}
}

static enum err check_request(struct ctx *ctx, const struct keeper_cert *request)
{
	int64_t life = request->not_after - request->not_before;
	bool server =
		request->kind == KEEPER_CERT_SERVER_EC || request->kind == KEEPER_CERT_SERVER_RSA;
	if (request->kind < KEEPER_CERT_GATEWAY || request->kind > KEEPER_CERT_SIGNER)
		return err_field(ctx, "kind", "cert.kind", "unknown kind of certificate");
	if (request->serial.b[0] & 0x80U)
		return err_field(ctx, "serial", "cert.serial", "the serial must be positive");
	/* The signer statement is kept in every gateway's state: it lives as long as its CA. */
	int days_max = request->kind == KEEPER_CERT_SIGNER ? CA_DAYS : LEAF_DAYS_MAX;
	if (life <= 0 || life > (int64_t)days_max * DAY || request->not_before < 0)
		return err_field(ctx, "not_after", "cert.life", "the life must be 1 s to %d days",
				 days_max);
	if (server != (request->names.len > 0))
		return err_field(ctx, "names", "cert.names",
				 "server certificates need names, others have none");
	if (request->kind == KEEPER_CERT_GATEWAY && uuid_is_nil(&request->subject))
		return err_field(ctx, "subject", "cert.subject", "the gateway id is missing");
	return ERR_OK;
}

enum err certificate_issue(struct ctx *ctx, const struct keyring *ring,
			   const struct keeper_cert *request, uint8_t *out_der, size_t *out_len)
{
	enum err err = check_request(ctx, request);
	if (err != ERR_OK)
		return err;
	scoped(x509_free_p) X509 *certificate = X509_new();
	scoped(pkey_free_p) EVP_PKEY *key = subject_key(ring, request);
	if (key == NULL)
		return err_field(ctx, "public_key", "cert.public_key", "this is no sound key");
	if (certificate == NULL || X509_set_version(certificate, 2) != 1 ||
	    !set_serial(certificate, request->serial.b) ||
	    !set_times(certificate, request->not_before, request->not_after) ||
	    !set_subject(X509_get_subject_name(certificate), request) ||
	    !add_ca_name(X509_get_issuer_name(certificate), ring) ||
	    X509_set_pubkey(certificate, key) != 1)
		return err_set(ctx, ERR_BUG, "the certificate cannot be built");
	err = extension_leaf(ctx, certificate, ring, request);
	if (err != ERR_OK)
		return err;
	return sign_and_encode(ctx, ring, certificate, KEEPER_CERT_MAX, out_der, out_len);
}
