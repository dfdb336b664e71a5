/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/saml/key.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

enum { BITS = 3072, DER_MAX = 8192, DAY = 86400, SERIAL_BITS = 126 };

static bool set_serial(X509 *certificate)
{
	BIGNUM *serial = BN_new();
	bool good = serial != NULL &&
		    BN_rand(serial, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
		    BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate)) != NULL;

	BN_free(serial);
	return good;
}

static bool fill(X509 *certificate, EVP_PKEY *key, const char *who, int64_t now)
{
	X509_NAME *name = X509_get_subject_name(certificate);
	time_t from = (time_t)(now - DAY), to = (time_t)(now + (int64_t)SAML_KEY_DAYS * DAY);

	return X509_set_version(certificate, X509_VERSION_3) == 1 && set_serial(certificate) &&
	       X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)who, -1,
					  -1, 0) == 1 &&
	       X509_set_issuer_name(certificate, name) == 1 &&
	       ASN1_TIME_set(X509_getm_notBefore(certificate), from) != NULL &&
	       ASN1_TIME_set(X509_getm_notAfter(certificate), to) != NULL &&
	       X509_set_pubkey(certificate, key) == 1 &&
	       X509_sign(certificate, key, EVP_sha256()) > 0;
}

static struct secret *private_half(EVP_PKEY *key)
{
	struct secret *secret = NULL;
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
	int len = info != NULL ? i2d_PKCS8_PRIV_KEY_INFO(info, NULL) : 0;

	if (len > 0 && len <= DER_MAX)
		secret = secret_new((size_t)len);
	if (secret != NULL) {
		uint8_t *at = secret_data(secret);
		(void)i2d_PKCS8_PRIV_KEY_INFO(info, &at);
	}
	PKCS8_PRIV_KEY_INFO_free(info);
	return secret;
}

static bool put_certificate(X509 *certificate, struct buf *out)
{
	unsigned char *der = NULL;
	int len = i2d_X509(certificate, &der);

	if (len > 0)
		buf_put(out, der, (size_t)len);
	OPENSSL_free(der);
	return len > 0 && !buf_failed(out);
}

enum err saml_key_make(struct ctx *ctx, const char *who, int64_t now, struct secret **out,
		       struct buf *certificate)
{
	EVP_PKEY *key = EVP_RSA_gen(BITS);
	X509 *made = X509_new();
	struct secret *secret = NULL;
	bool good = key != NULL && made != NULL && fill(made, key, who, now) &&
		    put_certificate(made, certificate) && (secret = private_half(key)) != NULL;

	X509_free(made);
	EVP_PKEY_free(key);
	if (!good)
		return err_set(ctx, ERR_MEMORY, "The key could not be made.");
	*out = secret;
	return ERR_OK;
}
