/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/webauthn_chain.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sodium.h>
#include <string.h>
#include <time.h>

#include "auth/webauthn_cbor.h"

enum { AAGUID = 16, SECURITY_LEVEL = 2 }; /* 112 bits: no SHA-1, RSA from 2048 bits */

struct chain {
	X509 *leaf;
	STACK_OF(X509) * others;
};

static X509 *decode(struct block der)
{
	const uint8_t *at = der.data;
	X509 *made = der.len <= CHAIN_DER_MAX ? d2i_X509(NULL, &at, (long)der.len) : NULL;

	if (made && at != der.data + der.len) {
		X509_free(made);
		made = NULL;
	}
	return made;
}

static X509 *take(struct block x5c, unsigned index)
{
	struct block item, der;

	return ctap_array_at(x5c, index, &item) && ctap_bytes(item, &der) ? decode(der) : NULL;
}

static bool read_chain(struct block x5c, struct chain *out)
{
	int count = ctap_array_size(x5c);

	if (count < 1 || count > CHAIN_CERTIFICATES)
		return false;
	out->leaf = take(x5c, 0);
	for (int i = 1; i < count && out->leaf; i++) {
		X509 *other = take(x5c, (unsigned)i);
		if (!other || !sk_X509_push(out->others, other)) {
			X509_free(other);
			return false;
		}
	}
	return out->leaf != NULL;
}

/* Exactly one, and (wanted not NULL) exactly that text. */
static bool names(const X509 *leaf, int nid, const char *wanted)
{
	const X509_NAME *subject = X509_get_subject_name(leaf);
	int at = X509_NAME_get_index_by_NID(subject, nid, -1);

	if (at < 0 || X509_NAME_get_index_by_NID(subject, nid, at) >= 0)
		return false;
	const ASN1_STRING *text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
	size_t len = (size_t)ASN1_STRING_length(text);
	return len > 0 && (!wanted || (len == strlen(wanted) &&
				       memcmp(ASN1_STRING_get0_data(text), wanted, len) == 0));
}

/* Section 8.2.1. */
static bool leaf_is_sound(X509 *leaf)
{
	return X509_get_version(leaf) == X509_VERSION_3 && names(leaf, NID_countryName, NULL) &&
	       names(leaf, NID_organizationName, NULL) && names(leaf, NID_commonName, NULL) &&
	       names(leaf, NID_organizationalUnitName, "Authenticator Attestation") &&
	       X509_get_ext_by_NID(leaf, NID_basic_constraints, -1) >= 0 && !X509_check_ca(leaf);
}

/* id-fido-gen-ce-aaguid: absent, that model (an OCTET STRING in the extension's own), or not so. */
enum named { NAMES_NONE, NAMES_IT, NAMES_ANOTHER };

static enum named named_model(const X509 *leaf, const uint8_t aaguid[AAGUID])
{
	ASN1_OBJECT *oid = OBJ_txt2obj("1.3.6.1.4.1.45724.1.1.4", 1);
	int at = X509_get_ext_by_OBJ(leaf, oid, -1);
	bool twice = at >= 0 && X509_get_ext_by_OBJ(leaf, oid, at) >= 0;

	ASN1_OBJECT_free(oid);
	if (!oid || twice)
		return NAMES_ANOTHER;
	if (at < 0)
		return NAMES_NONE;
	X509_EXTENSION *extension = X509_get_ext(leaf, at);
	const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(extension);
	const uint8_t *bytes = ASN1_STRING_get0_data(value);
	bool it = !X509_EXTENSION_get_critical(extension) &&
		  ASN1_STRING_length(value) == AAGUID + 2 && bytes[0] == V_ASN1_OCTET_STRING &&
		  bytes[1] == AAGUID && memcmp(bytes + 2, aaguid, AAGUID) == 0;
	return it ? NAMES_IT : NAMES_ANOTHER;
}

static bool verify(X509_STORE_CTX *run, X509_STORE *store, const struct chain *chain,
		   int64_t now_us)
{
	if (X509_STORE_CTX_init(run, store, chain->leaf, chain->others) != 1)
		return false;
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(run);
	X509_VERIFY_PARAM_set_time(param, (time_t)(now_us / 1000000));
	X509_VERIFY_PARAM_set_auth_level(param, SECURITY_LEVEL);
	X509_VERIFY_PARAM_set_depth(param, CHAIN_CERTIFICATES);
	/* What an administrator has entered ends a chain, whoever signed it. */
	return X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN) == 1 &&
	       X509_verify_cert(run) == 1;
}

static bool leads_to(const struct chain *chain, struct block anchor, int64_t now_us)
{
	X509 *trusted = decode(anchor);
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *run = X509_STORE_CTX_new();
	bool good = trusted && store && run && X509_STORE_add_cert(store, trusted) == 1 &&
		    verify(run, store, chain, now_us);

	X509_STORE_CTX_free(run);
	X509_STORE_free(store);
	X509_free(trusted);
	return good;
}

static const char *judge(const struct chain *chain, const uint8_t aaguid[AAGUID],
			 const struct chain_anchor *anchors, size_t count, int64_t now_us,
			 size_t *out_anchor)
{
	enum named named = named_model(chain->leaf, aaguid);

	if (!leaf_is_sound(chain->leaf))
		return "passkey.attestation_leaf";
	if (named == NAMES_ANOTHER)
		return "passkey.attestation_model";
	for (size_t i = 0; i < count; i++) {
		if (!leads_to(chain, anchors[i].der, now_us))
			continue;
		if (named == NAMES_NONE && !anchors[i].alone)
			return "passkey.attestation_model";
		*out_anchor = i;
		return NULL;
	}
	return "passkey.attestation_chain";
}

const char *webauthn_chain_judge(struct block x5c, const uint8_t aaguid[AAGUID],
				 const struct chain_anchor *anchors, size_t count, int64_t now_us,
				 size_t *out_anchor)
{
	struct chain chain = {NULL, sk_X509_new_null()};
	const char *why = "passkey.attestation_leaf";

	if (chain.others && read_chain(x5c, &chain))
		why = judge(&chain, aaguid, anchors, count, now_us, out_anchor);
	X509_free(chain.leaf);
	sk_X509_pop_free(chain.others, X509_free);
	return why;
}

/* --- What an administrator enters --- */

static bool end_of(const X509 *root, int64_t *out_us)
{
	struct tm end;

	if (ASN1_TIME_to_tm(X509_get0_notAfter(root), &end) != 1)
		return false;
	*out_us = (int64_t)timegm(&end) * 1000000;
	return true;
}

static bool describe(X509 *root, struct chain_root *out)
{
	int len = i2d_X509(root, NULL);
	uint8_t *at = out->der;

	if (len <= 0 || len > CHAIN_DER_MAX || X509_check_ca(root) != 1)
		return false;
	out->len = (size_t)i2d_X509(root, &at);
	crypto_hash_sha256(out->fingerprint, out->der, out->len);
	X509_NAME_oneline(X509_get_subject_name(root), out->subject, sizeof(out->subject));
	return end_of(root, &out->not_after);
}

bool webauthn_chain_root(const char *pem, struct chain_root *out)
{
	BIO *text = BIO_new_mem_buf(pem, -1);
	X509 *root = text ? PEM_read_bio_X509(text, NULL, NULL, NULL) : NULL;
	X509 *more = root ? PEM_read_bio_X509(text, NULL, NULL, NULL) : NULL;
	struct chain_root made = {0};
	bool good = root && !more && describe(root, &made);

	if (good)
		*out = made;
	X509_free(root);
	X509_free(more);
	BIO_free(text);
	return good;
}
