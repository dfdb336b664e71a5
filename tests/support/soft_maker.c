/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/soft_maker.h"

#include <assert.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

static void put_name(X509_NAME *name, const char *field, const char *text)
{
	assert(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, (const uint8_t *)text, -1, -1,
					  0) == 1);
}

static void put_extension(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *made = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert(made && X509_add_ext(cert, made, -1) == 1);
	X509_EXTENSION_free(made);
}

static void put_aaguid(X509 *cert, const struct soft_maker_say *say)
{
	uint8_t bytes[18] = {4, 16};
	ASN1_OBJECT *oid = OBJ_txt2obj("1.3.6.1.4.1.45724.1.1.4", 1);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();

	memcpy(bytes + 2, say->aaguid, 16);
	assert(ASN1_OCTET_STRING_set(value, bytes, sizeof(bytes)) == 1);
	X509_EXTENSION *made = X509_EXTENSION_create_by_OBJ(NULL, oid, say->critical, value);
	assert(made && X509_add_ext(cert, made, -1) == 1);
	X509_EXTENSION_free(made);
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(oid);
}

static X509 *begin(EVP_PKEY *key, const char *unit, bool ca, long days)
{
	X509 *cert = X509_new();
	X509_NAME *name = X509_get_subject_name(cert);

	assert(cert && X509_set_version(cert, X509_VERSION_3) == 1);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), ca ? 1 : 2);
	X509_gmtime_adj(X509_getm_notBefore(cert), -90L * 86400);
	X509_gmtime_adj(X509_getm_notAfter(cert), days * 86400);
	put_name(name, "C", "JP");
	put_name(name, "O", "Soft Maker");
	put_name(name, "OU", unit);
	put_name(name, "CN", ca ? "Soft Root" : "Soft Attestation");
	assert(X509_set_pubkey(cert, key) == 1);
	put_extension(cert, NID_basic_constraints, ca ? "critical,CA:TRUE" : "CA:FALSE");
	return cert;
}

void soft_maker_make(struct soft_maker *maker, const struct soft_maker_say *say)
{
	EVP_PKEY *stranger = EVP_EC_gen("P-256");
	const EVP_MD *digest = say->weak_digest ? EVP_sha1() : EVP_sha256();

	*maker = (struct soft_maker){EVP_EC_gen("P-256"), EVP_EC_gen("P-256"), NULL, NULL};
	maker->root = begin(maker->root_key, "Authority", true, 3650);
	assert(X509_set_issuer_name(maker->root, X509_get_subject_name(maker->root)) == 1);
	assert(X509_sign(maker->root, maker->root_key, EVP_sha256()) > 0);
	maker->leaf = begin(maker->key, say->unit ? say->unit : "Authenticator Attestation",
			    say->leaf_is_ca, say->days ? say->days : 30);
	assert(X509_set_issuer_name(maker->leaf, X509_get_subject_name(maker->root)) == 1);
	if (say->aaguid)
		put_aaguid(maker->leaf, say);
	assert(X509_sign(maker->leaf, say->other_issuer ? stranger : maker->root_key, digest) > 0);
	EVP_PKEY_free(stranger);
}

void soft_maker_clear(struct soft_maker *maker)
{
	X509_free(maker->root);
	X509_free(maker->leaf);
	EVP_PKEY_free(maker->root_key);
	EVP_PKEY_free(maker->key);
}

void soft_maker_x5c(const struct soft_maker *maker, struct buf *out)
{
	uint8_t *der = NULL;
	int len = i2d_X509(maker->leaf, &der);

	assert(len > 255);
	buf_put(out, "\x81\x59", 2);
	buf_put_u16(out, (uint16_t)len);
	buf_put(out, der, (size_t)len);
	OPENSSL_free(der);
}

char *soft_maker_pem(const struct soft_maker *maker)
{
	BIO *text = BIO_new(BIO_s_mem());
	char *bytes = NULL;

	assert(PEM_write_bio_X509(text, maker->root) == 1);
	long len = BIO_get_mem_data(text, &bytes);
	char *made = strndup(bytes, (size_t)len);
	BIO_free(text);
	return made;
}

void soft_maker_sign(const struct soft_maker *maker, struct block bytes, struct buf *out)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	uint8_t signature[128];
	size_t len = sizeof(signature);

	assert(EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, maker->key) == 1);
	assert(EVP_DigestSign(md, signature, &len, bytes.data, bytes.len) == 1);
	EVP_MD_CTX_free(md);
	buf_put(out, signature, len);
}
