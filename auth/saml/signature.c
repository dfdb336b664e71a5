/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/saml/signature.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>
#include <xmlsec/xmlsec.h> /* before the next: they need its types */

#include <xmlsec/errors.h>
#include <xmlsec/openssl/app.h>
#include <xmlsec/openssl/crypto.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmltree.h>

#include "auth/saml/second.h"
#include "auth/saml/xml.h"

#define ENVELOPED     SAML_NS_DSIG "enveloped-signature"
#define EXCLUSIVE     "http://www.w3.org/2001/10/xml-exc-c14n#"
#define SIGNATURE_URI "http://www.w3.org/2001/04/xmldsig-more#"

static const struct {
	const char *uri;
	int type; /* EVP_PKEY_RSA or EVP_PKEY_EC */
	const char *digest;
} methods[] = {
	{SIGNATURE_URI "rsa-sha256", EVP_PKEY_RSA, "SHA256"},
	{SIGNATURE_URI "rsa-sha384", EVP_PKEY_RSA, "SHA384"},
	{SIGNATURE_URI "rsa-sha512", EVP_PKEY_RSA, "SHA512"},
	{SIGNATURE_URI "ecdsa-sha256", EVP_PKEY_EC, "SHA256"},
	{SIGNATURE_URI "ecdsa-sha384", EVP_PKEY_EC, "SHA384"},
	{SIGNATURE_URI "ecdsa-sha512", EVP_PKEY_EC, "SHA512"},
};
static const char *const digests[] = {"http://www.w3.org/2001/04/xmlenc#sha256",
				      "http://www.w3.org/2001/04/xmldsig-more#sha384",
				      "http://www.w3.org/2001/04/xmlenc#sha512"};

/* ------------------------------------------------------------------ shape */

static bool is_digest(const char *uri)
{
	for (size_t i = 0; uri && i < sizeof(digests) / sizeof(digests[0]); i++)
		if (strcmp(uri, digests[i]) == 0)
			return true;
	return false;
}

static int method_of(const char *uri)
{
	for (size_t i = 0; uri && i < sizeof(methods) / sizeof(methods[0]); i++)
		if (strcmp(uri, methods[i].uri) == 0)
			return (int)i;
	return -1;
}

static const char *algorithm(struct ctx *ctx, const xmlNode *node)
{
	const char *uri = saml_xml_attribute(ctx, node, "Algorithm");

	return uri ? uri : "";
}

static size_t elements(const xmlNode *node)
{
	size_t count = 0;

	for (const xmlNode *child = node->children; child; child = child->next)
		count += child->type == XML_ELEMENT_NODE;
	return count;
}

static bool transforms_fit(struct ctx *ctx, const xmlNode *reference)
{
	const xmlNode *list = saml_xml_only(reference, SAML_NS_DSIG, "Transforms");
	const xmlNode *first = saml_xml_next(list, NULL, SAML_NS_DSIG, "Transform");
	const xmlNode *second =
		first ? saml_xml_next(list, first, SAML_NS_DSIG, "Transform") : NULL;

	return second && elements(list) == 2 && elements(first) == 0 &&
	       strcmp(algorithm(ctx, first), ENVELOPED) == 0 &&
	       strcmp(algorithm(ctx, second), EXCLUSIVE) == 0 &&
	       elements(second) ==
		       (saml_xml_next(second, NULL, EXCLUSIVE, "InclusiveNamespaces") != NULL);
}

static const char *reference_fits(struct ctx *ctx, const xmlNode *element, const xmlNode *reference)
{
	const char *id = saml_xml_attribute(ctx, element, "ID");
	const char *uri = saml_xml_attribute(ctx, reference, "URI");
	const xmlNode *value = saml_xml_only(reference, SAML_NS_DSIG, "DigestValue");

	if (!reference || !id || !uri || uri[0] != '#' || !id[0] || strcmp(uri + 1, id) != 0)
		return "saml.reference";
	if (!transforms_fit(ctx, reference))
		return "saml.transforms";
	if (!value || elements(value) > 0 || elements(reference) != 3 ||
	    !is_digest(algorithm(ctx, saml_xml_only(reference, SAML_NS_DSIG, "DigestMethod"))))
		return "saml.digest";
	return NULL;
}

static const char *shape(struct ctx *ctx, const xmlNode *element, const xmlNode *signature)
{
	const xmlNode *info = saml_xml_only(signature, SAML_NS_DSIG, "SignedInfo");
	bool key_info = saml_xml_next(signature, NULL, SAML_NS_DSIG, "KeyInfo") != NULL;

	if (!info || !saml_xml_only(signature, SAML_NS_DSIG, "SignatureValue") ||
	    elements(signature) != 2 + (size_t)key_info || elements(info) != 3)
		return "saml.signature_shape";
	const xmlNode *form = saml_xml_only(info, SAML_NS_DSIG, "CanonicalizationMethod");
	const xmlNode *method = saml_xml_only(info, SAML_NS_DSIG, "SignatureMethod");
	if (!form || strcmp(algorithm(ctx, form), EXCLUSIVE) != 0 || elements(form) > 0)
		return "saml.canonicalization";
	if (!method || method_of(algorithm(ctx, method)) < 0 || elements(method) > 0)
		return "saml.algorithm";
	return reference_fits(ctx, element, saml_xml_only(info, SAML_NS_DSIG, "Reference"));
}

/* ------------------------------------------------------------------ keys */

static EVP_PKEY *key_of(struct block certificate)
{
	const unsigned char *at = certificate.data;
	X509 *x509 = d2i_X509(NULL, &at, (long)certificate.len);
	EVP_PKEY *key =
		x509 && at == certificate.data + certificate.len ? X509_get_pubkey(x509) : NULL;

	X509_free(x509);
	return key;
}

bool saml_signature_key_is_fit(struct block certificate)
{
	enum { RSA_MIN = 2048, RSA_MAX = 8192, EC_MIN = 256 };
	EVP_PKEY *key = key_of(certificate);
	int type = key ? EVP_PKEY_get_base_id(key) : 0, bits = key ? EVP_PKEY_get_bits(key) : 0;

	EVP_PKEY_free(key);
	return (type == EVP_PKEY_RSA && bits >= RSA_MIN && bits <= RSA_MAX) ||
	       (type == EVP_PKEY_EC && bits >= EC_MIN);
}

/* ------------------------------------------------------------------ verifying */

static void say_nothing(const char *file, int line, const char *function, const char *object,
			const char *subject, int reason, const char *text)
{
	(void)file, (void)line, (void)function, (void)object, (void)subject, (void)reason;
	(void)text;
}

enum err saml_signature_init(struct ctx *ctx)
{
	enum err err =
		saml_second_init(ctx); /* lasso starts xmlsec, which must not be done twice */

	xmlSecErrorsSetCallback(say_nothing);
	return err;
}

/* What was looked at above, said to xmlsec as well. */
static bool limit(xmlSecDSigCtx *dsig)
{
	static const char *const signatures[] = {SIGNATURE_URI "rsa-sha256",
						 SIGNATURE_URI "rsa-sha384",
						 SIGNATURE_URI "rsa-sha512",
						 SIGNATURE_URI "ecdsa-sha256",
						 SIGNATURE_URI "ecdsa-sha384",
						 SIGNATURE_URI "ecdsa-sha512",
						 EXCLUSIVE};
	static const char *const references[] = {ENVELOPED, EXCLUSIVE};
	bool good = true;
	xmlSecTransformId id;

	for (size_t i = 0; i < sizeof(signatures) / sizeof(signatures[0]) && good; i++) {
		id = xmlSecTransformIdListFindByHref(xmlSecTransformIdsGet(),
						     (const xmlChar *)signatures[i],
						     xmlSecTransformUsageAny);
		good = id && xmlSecDSigCtxEnableSignatureTransform(dsig, id) == 0;
	}
	for (size_t i = 0; i < sizeof(references) / sizeof(references[0]) && good; i++) {
		id = xmlSecTransformIdListFindByHref(xmlSecTransformIdsGet(),
						     (const xmlChar *)references[i],
						     xmlSecTransformUsageAny);
		good = id && xmlSecDSigCtxEnableReferenceTransform(dsig, id) == 0;
	}
	for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]) && good; i++) {
		id = xmlSecTransformIdListFindByHref(xmlSecTransformIdsGet(),
						     (const xmlChar *)digests[i],
						     xmlSecTransformUsageAny);
		good = id && xmlSecDSigCtxEnableReferenceTransform(dsig, id) == 0;
	}
	dsig->enabledReferenceUris = xmlSecTransformUriTypeSameDocument;
	dsig->flags = XMLSEC_DSIG_FLAGS_STORE_SIGNEDINFO_REFERENCES;
	return good;
}

/* The bytes that xmlsec hashed for the one reference. */
static bool keep_bytes(xmlSecDSigCtx *dsig, struct buf *out)
{
	if (xmlSecPtrListGetSize(&dsig->signedInfoReferences) != 1)
		return false;
	xmlSecDSigReferenceCtx *reference = xmlSecPtrListGetItem(&dsig->signedInfoReferences, 0);
	xmlSecBuffer *bytes =
		reference ? xmlSecDSigReferenceCtxGetPreDigestBuffer(reference) : NULL;
	if (!bytes || xmlSecBufferGetSize(bytes) == 0)
		return false;
	buf_put(out, xmlSecBufferGetData(bytes), xmlSecBufferGetSize(bytes));
	return !buf_failed(out);
}

static bool check_with(xmlNode *signature, struct block certificate, struct buf *out)
{
	xmlSecDSigCtx *dsig = xmlSecDSigCtxCreate(NULL);
	bool good = false;

	if (!dsig)
		return false;
	dsig->signKey = xmlSecOpenSSLAppKeyLoadMemory(certificate.data, (xmlSecSize)certificate.len,
						      xmlSecKeyDataFormatCertDer, NULL, NULL, NULL);
	if (dsig->signKey && limit(dsig) && xmlSecDSigCtxVerify(dsig, signature) == 0 &&
	    dsig->status == xmlSecDSigStatusSucceeded)
		good = keep_bytes(dsig, out);
	xmlSecDSigCtxDestroy(dsig);
	return good;
}

const char *saml_signature_check(struct ctx *ctx, xmlNode *element,
				 const struct saml_certificates *keys, struct buf *signed_bytes)
{
	static const xmlChar *const ids[] = {(const xmlChar *)"ID", NULL};
	xmlNode *signature = saml_xml_only(element, SAML_NS_DSIG, "Signature");
	const char *why = signature ? shape(ctx, element, signature) : "saml.unsigned";

	if (why)
		return why;
	/* All IDs of the document are different: saml_xml_parse saw to that. */
	xmlSecAddIDs(element->doc, element, (const xmlChar **)(uintptr_t)ids);
	for (size_t i = 0; i < keys->count; i++)
		if (check_with(signature, keys->der[i], signed_bytes))
			return NULL;
	return "saml.signature";
}

const char *saml_signature_check_text(struct block text, const char *uri, struct block signature,
				      const struct saml_certificates *keys)
{
	int method = method_of(uri);
	bool good = false;

	if (method < 0)
		return "saml.algorithm";
	for (size_t i = 0; i < keys->count && !good; i++) {
		EVP_PKEY *key = key_of(keys->der[i]);
		EVP_MD_CTX *md = EVP_MD_CTX_new();
		good = key && md && EVP_PKEY_get_base_id(key) == methods[method].type &&
		       EVP_DigestVerifyInit_ex(md, NULL, methods[method].digest, NULL, NULL, key,
					       NULL) == 1 &&
		       EVP_DigestVerify(md, signature.data, signature.len, text.data, text.len) ==
			       1;
		EVP_MD_CTX_free(md);
		EVP_PKEY_free(key);
	}
	return good ? NULL : "saml.signature";
}
