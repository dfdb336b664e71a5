/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/saml_idp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <xmlsec/openssl/app.h>
#include <xmlsec/openssl/crypto.h>
#include <xmlsec/openssl/evp.h>
#include <xmlsec/templates.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmltree.h>

#include "auth/saml/key.h"
#include "base/text.h"

#define DSIG  "http://www.w3.org/2000/09/xmldsig#"
#define XENC  "http://www.w3.org/2001/04/xmlenc#"
#define XENC2 "http://www.w3.org/2009/xmlenc11#"
#define C14N  "http://www.w3.org/2001/10/xml-exc-c14n#"

struct idp idp_new(const char *who)
{
	struct buf der;
	struct idp idp;
	struct ctx ctx;

	ctx_init(&ctx, NULL);
	buf_init(&der, 8192);
	assert_int_equal(saml_key_make(&ctx, who, 1767225600, &idp.key, &der), ERR_OK);
	idp.certificate = (struct block){der.data, der.len};
	return idp;
}

void idp_free(struct idp *idp)
{
	secret_free(idp->key);
	free((void *)(uintptr_t)idp->certificate.data);
}

/* ------------------------------------------------------------------ signing */

static xmlSecTransformId transform(const char *uri)
{
	xmlSecTransformId id = xmlSecTransformIdListFindByHref(
		xmlSecTransformIdsGet(), (const xmlChar *)uri, xmlSecTransformUsageAny);

	assert_non_null(id);
	return id;
}

static xmlNode *find_id(xmlNode *node, const char *id)
{
	for (; node; node = node->next) {
		xmlChar *value = node->type == XML_ELEMENT_NODE
					 ? xmlGetNoNsProp(node, (const xmlChar *)"ID")
					 : NULL;
		bool here = value && strcmp((const char *)value, id) == 0;
		xmlFree(value);
		xmlNode *found = here ? node : find_id(node->children, id);
		if (found)
			return found;
	}
	return NULL;
}

static void add_reference(xmlNode *signature, const char *uri, const struct idp_form *form)
{
	xmlNode *reference = xmlSecTmplSignatureAddReference(
		signature, transform(form->digest ? form->digest : XENC "sha256"), NULL,
		(const xmlChar *)uri, NULL);

	assert_non_null(reference);
	if (!form->no_enveloped)
		xmlSecTmplReferenceAddTransform(reference, transform(DSIG "enveloped-signature"));
	xmlSecTmplReferenceAddTransform(reference, transform(C14N));
	if (!form->transform)
		return;
	xmlNode *third = xmlSecTmplReferenceAddTransform(reference, transform(form->transform));
	if (strstr(form->transform, "xpath"))
		xmlNewTextChild(third, third->ns, (const xmlChar *)"XPath",
				(const xmlChar *)"not(ancestor-or-self::saml:NameID)");
}

static void name_key(xmlNode *signature, const struct idp *named)
{
	static char text[16384];

	base64_encode(named->certificate.data, named->certificate.len, text);
	xmlNode *info = xmlSecTmplSignatureEnsureKeyInfo(signature, NULL);
	xmlNode *data = xmlNewChild(info, info->ns, (const xmlChar *)"X509Data", NULL);
	xmlNewTextChild(data, info->ns, (const xmlChar *)"X509Certificate", (const xmlChar *)text);
}

static xmlSecKey *signing_key(const struct idp *idp, const struct idp_form *form)
{
	const unsigned char *at = secret_bytes(idp->key);
	xmlSecKey *key = xmlSecKeyCreate();
	xmlSecKeyData *data;

	if (form->hmac) {
		data = xmlSecKeyDataCreate(xmlSecOpenSSLKeyDataHmacId);
		xmlSecOpenSSLKeyDataHmacSet(data, idp->certificate.data,
					    (xmlSecSize)idp->certificate.len);
	} else {
		data = xmlSecOpenSSLEvpKeyAdopt(
			d2i_AutoPrivateKey(NULL, &at, (long)secret_len(idp->key)));
	}
	xmlSecKeySetValue(key, data);
	return key;
}

static char *dump(xmlDoc *doc)
{
	xmlChar *text = NULL;
	int len = 0;

	xmlDocDumpMemory(doc, &text, &len);
	char *copy = strdup((const char *)text);
	xmlFree(text);
	xmlFreeDoc(doc);
	return copy;
}

char *idp_sign(const struct idp *idp, const char *xml, const char *id, const struct idp_form *form)
{
	static const struct idp_form plain = {0};
	static const xmlChar *ids[] = {(const xmlChar *)"ID", NULL};
	char uri[128];

	form = form ? form : &plain;
	xmlDoc *doc = xmlReadMemory(xml, (int)strlen(xml), NULL, NULL, 0);
	assert_non_null(doc);
	xmlNode *element = find_id(xmlDocGetRootElement(doc), id);
	assert_non_null(element);
	(void)snprintf(uri, sizeof(uri), "#%s", id);
	xmlNode *signature = xmlSecTmplSignatureCreate(
		doc, transform(form->canonicalization ? form->canonicalization : C14N),
		transform(form->method ? form->method
				       : "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"),
		NULL);
	xmlAddNextSibling(element->children, signature);
	add_reference(signature, form->uri ? form->uri : uri, form);
	if (form->second_reference)
		add_reference(signature, uri, form);
	if (form->named)
		name_key(signature, form->named);
	xmlSecAddIDs(doc, xmlDocGetRootElement(doc), ids);
	xmlSecDSigCtx *dsig = xmlSecDSigCtxCreate(NULL);
	dsig->signKey = signing_key(idp, form);
	assert_non_null(dsig->signKey);
	assert_int_equal(xmlSecDSigCtxSign(dsig, signature), 0);
	xmlSecDSigCtxDestroy(dsig);
	return dump(doc);
}

/* ------------------------------------------------------------------ encrypting */

static void wrap(struct block certificate, const uint8_t *key, size_t len, uint8_t *out,
		 size_t *out_len)
{
	const unsigned char *at = certificate.data;
	X509 *x509 = d2i_X509(NULL, &at, (long)certificate.len);
	EVP_PKEY *pkey = X509_get_pubkey(x509);
	EVP_PKEY_CTX *rsa = EVP_PKEY_CTX_new(pkey, NULL);

	assert_int_equal(EVP_PKEY_encrypt_init(rsa), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(rsa, RSA_PKCS1_OAEP_PADDING), 1);
	assert_int_equal(EVP_PKEY_encrypt(rsa, out, out_len, key, len), 1);
	EVP_PKEY_CTX_free(rsa);
	EVP_PKEY_free(pkey);
	X509_free(x509);
}

/* IV, cipher text, tag (GCM). */
static size_t encrypt(const char *cipher, const uint8_t *key, const char *xml, uint8_t *out)
{
	bool gcm = strstr(cipher, "gcm") != NULL;
	size_t iv = gcm ? 12 : 16;
	int len = 0, rest = 0;
	EVP_CIPHER_CTX *aes = EVP_CIPHER_CTX_new();
	const EVP_CIPHER *type = strcmp(cipher, "aes256-gcm") == 0   ? EVP_aes_256_gcm()
				 : strcmp(cipher, "aes128-gcm") == 0 ? EVP_aes_128_gcm()
								     : EVP_aes_128_cbc();
	memset(out, 7, iv);
	assert_int_equal(EVP_EncryptInit_ex(aes, type, NULL, key, out), 1);
	EVP_EncryptUpdate(aes, out + iv, &len, (const uint8_t *)xml, (int)strlen(xml));
	EVP_EncryptFinal_ex(aes, out + iv + len, &rest);
	size_t total = iv + (size_t)len + (size_t)rest;
	if (gcm) {
		EVP_CIPHER_CTX_ctrl(aes, EVP_CTRL_AEAD_GET_TAG, 16, out + total);
		total += 16;
	}
	EVP_CIPHER_CTX_free(aes);
	return total;
}

char *idp_encrypt(struct block certificate, const char *xml, const char *cipher)
{
	static uint8_t bytes[65536], key[32] = {9, 8, 7}, wrapped[1024];
	static char data_text[90000], key_text[2048];
	size_t wrapped_len = sizeof(wrapped);
	char *out = NULL;

	size_t len = encrypt(cipher, key, xml, bytes);
	wrap(certificate, key, strstr(cipher, "256") ? 32 : 16, wrapped, &wrapped_len);
	base64_encode(bytes, len, data_text);
	base64_encode(wrapped, wrapped_len, key_text);
	assert_true(
		asprintf(&out,
			 "<saml:EncryptedAssertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:"
			 "assertion\"><xenc:EncryptedData Type=\"" XENC
			 "Element\" xmlns:xenc=\"" XENC
			 "\"><xenc:EncryptionMethod Algorithm=\"%s%s\"/><ds:KeyInfo "
			 "xmlns:ds=\"" DSIG
			 "\"><xenc:EncryptedKey><xenc:EncryptionMethod Algorithm=\"" XENC
			 "rsa-oaep-mgf1p\"/><xenc:CipherData><xenc:CipherValue>%s"
			 "</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo>"
			 "<xenc:CipherData><xenc:CipherValue>%s</xenc:CipherValue>"
			 "</xenc:CipherData></xenc:EncryptedData></saml:EncryptedAssertion>",
			 strstr(cipher, "cbc") ? XENC : XENC2, cipher, key_text, data_text) > 0);
	return out;
}

/* ------------------------------------------------------------------ text */

char *text_with(const char *text, const char *find, const char *replacement)
{
	const char *at = strstr(text, find);
	char *out = NULL;

	if (!at)
		fail_msg("not in the text: %s", find);
	assert_true(asprintf(&out, "%.*s%s%s", (int)(at - text), text, replacement,
			     at + strlen(find)) >= 0);
	return out;
}

char *text_part(const char *text, const char *begin, const char *end)
{
	const char *from = strstr(text, begin);
	const char *to = from ? strstr(from, end) : NULL;

	if (!to)
		fail_msg("not in the text: %s … %s", begin, end);
	return strndup(from, (size_t)(to - from) + strlen(end));
}
