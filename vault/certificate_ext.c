/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vault/certificate_ext.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <openssl/x509v3.h>

#include "base/cleanup.h"

enum { USAGE_DIGITAL_SIGNATURE = 0, USAGE_KEY_CERT_SIGN = 5, USAGE_CRL_SIGN = 6 };
enum { NAME_MAX_LEN = 253, NAMES_MAX = 32 };

static void octets_free_p(ASN1_OCTET_STRING **octets)
{
	ASN1_OCTET_STRING_free(*octets);
}
static void bits_free_p(ASN1_BIT_STRING **bits)
{
	ASN1_BIT_STRING_free(*bits);
}
static void names_free_p(GENERAL_NAMES **names)
{
	GENERAL_NAMES_free(*names);
}
static void basic_free_p(BASIC_CONSTRAINTS **basic)
{
	BASIC_CONSTRAINTS_free(*basic);
}
static void usage_free_p(EXTENDED_KEY_USAGE **usage)
{
	EXTENDED_KEY_USAGE_free(*usage);
}
static void authority_free_p(AUTHORITY_KEYID **authority)
{
	AUTHORITY_KEYID_free(*authority);
}

static bool add(X509 *certificate, int nid, void *value, bool critical)
{
	return X509_add1_ext_i2d(certificate, nid, value, critical, X509V3_ADD_APPEND) == 1;
}

static bool add_basic(X509 *certificate, bool ca)
{
	scoped(basic_free_p) BASIC_CONSTRAINTS *basic = BASIC_CONSTRAINTS_new();
	if (basic == NULL)
		return false;
	basic->ca = ca ? 0xFF : 0;
	if (ca) {
		basic->pathlen = ASN1_INTEGER_new();
		if (basic->pathlen == NULL || ASN1_INTEGER_set(basic->pathlen, 0) != 1)
			return false;
	}
	return add(certificate, NID_basic_constraints, basic, true);
}

static bool add_key_usage(X509 *certificate, const int *bits, size_t count)
{
	scoped(bits_free_p) ASN1_BIT_STRING *usage = ASN1_BIT_STRING_new();
	if (usage == NULL)
		return false;
	for (size_t i = 0; i < count; i++)
		if (ASN1_BIT_STRING_set_bit(usage, bits[i], 1) != 1)
			return false;
	return add(certificate, NID_key_usage, usage, true);
}

static bool add_extended_usage(X509 *certificate, int nid)
{
	scoped(usage_free_p) EXTENDED_KEY_USAGE *usage = EXTENDED_KEY_USAGE_new();
	return usage != NULL && sk_ASN1_OBJECT_push(usage, OBJ_nid2obj(nid)) > 0 &&
	       add(certificate, NID_ext_key_usage, usage, false);
}

/* SHA-1 of the key bits, as RFC 5280 suggests: an identifier, not a proof. */
static ASN1_OCTET_STRING *key_id_of(const uint8_t *bits, size_t len)
{
	uint8_t id[EVP_MAX_MD_SIZE];
	unsigned id_len = 0;
	ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();
	if (octets == NULL || EVP_Digest(bits, len, id, &id_len, EVP_sha1(), NULL) != 1 ||
	    ASN1_OCTET_STRING_set(octets, id, (int)id_len) != 1) {
		ASN1_OCTET_STRING_free(octets);
		return NULL;
	}
	return octets;
}

static bool add_subject_key_id(X509 *certificate)
{
	const ASN1_BIT_STRING *bits = X509_get0_pubkey_bitstr(certificate);
	if (bits == NULL)
		return false;
	scoped(octets_free_p) ASN1_OCTET_STRING *id =
		key_id_of(ASN1_STRING_get0_data(bits), (size_t)ASN1_STRING_length(bits));
	return id != NULL && add(certificate, NID_subject_key_identifier, id, false);
}

static bool add_authority_key_id(X509 *certificate, const struct keyring *ring)
{
	scoped(authority_free_p) AUTHORITY_KEYID *authority = AUTHORITY_KEYID_new();
	if (authority == NULL)
		return false;
	authority->keyid = key_id_of(ring->ca_point, sizeof(ring->ca_point));
	return authority->keyid != NULL &&
	       add(certificate, NID_authority_key_identifier, authority, false);
}

bool extension_ca(X509 *certificate)
{
	static const int bits[] = {USAGE_KEY_CERT_SIGN, USAGE_CRL_SIGN};
	return add_basic(certificate, true) && add_key_usage(certificate, bits, 2) &&
	       add_subject_key_id(certificate);
}

static bool push_name(GENERAL_NAMES *names, int type, const void *data, size_t len)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_STRING *value = type == GEN_IPADD ? ASN1_OCTET_STRING_new() : ASN1_IA5STRING_new();
	if (name == NULL || value == NULL || ASN1_STRING_set(value, data, (int)len) != 1) {
		GENERAL_NAME_free(name);
		ASN1_STRING_free(value);
		return false;
	}
	GENERAL_NAME_set0_value(name, type, value);
	if (sk_GENERAL_NAME_push(names, name) > 0)
		return true;
	GENERAL_NAME_free(name);
	return false;
}

/* Letters, digits, hyphens and dots; one leading "*." is allowed; no empty label. */
static bool dns_name_ok(const char *name)
{
	size_t len = strlen(name), label = 0;
	if (strncmp(name, "*.", 2) == 0)
		name += 2;
	if (len == 0 || len > NAME_MAX_LEN || *name == '\0')
		return false;
	for (const char *c = name; *c != '\0'; c++) {
		bool edge = label == 0 || c[1] == '.' || c[1] == '\0';
		if (*c == '.') {
			if (label == 0)
				return false;
			label = 0;
			continue;
		}
		if (!isalnum((unsigned char)*c) && (*c != '-' || edge))
			return false;
		if (++label > 63)
			return false;
	}
	return label > 0;
}

static bool push_server_name(GENERAL_NAMES *names, const char *name)
{
	uint8_t address[16];
	if (inet_pton(AF_INET, name, address) == 1)
		return push_name(names, GEN_IPADD, address, 4);
	if (inet_pton(AF_INET6, name, address) == 1)
		return push_name(names, GEN_IPADD, address, 16);
	return dns_name_ok(name) && push_name(names, GEN_DNS, name, strlen(name));
}

/* Names are separated by NUL bytes; a last NUL is allowed. */
static bool push_server_names(GENERAL_NAMES *names, struct block list)
{
	size_t count = 0;
	if (list.len > 1024)
		return false;
	for (size_t at = 0; at < list.len; count++) {
		char name[NAME_MAX_LEN + 1];
		const uint8_t *start = list.data + at;
		size_t len = strnlen((const char *)start, list.len - at);
		if (len > NAME_MAX_LEN || count == NAMES_MAX)
			return false;
		memcpy(name, start, len);
		name[len] = '\0';
		if (!push_server_name(names, name))
			return false;
		at += len + 1;
	}
	return count > 0;
}

static bool push_uri(GENERAL_NAMES *names, const struct keeper_cert *request)
{
	char id[UUID_TEXT_SIZE], uri[96];
	uuid_format(&request->subject, id);
	if (request->kind == KEEPER_CERT_GATEWAY)
		(void)snprintf(uri, sizeof(uri), "spiffe://sekisho/gw/%s", id);
	else
		(void)snprintf(uri, sizeof(uri), "spiffe://sekisho/signer/grant");
	return push_name(names, GEN_URI, uri, strlen(uri));
}

enum err extension_leaf(struct ctx *ctx, X509 *certificate, const struct keyring *ring,
			const struct keeper_cert *request)
{
	static const int bits[] = {USAGE_DIGITAL_SIGNATURE};
	scoped(names_free_p) GENERAL_NAMES *names = GENERAL_NAMES_new();
	if (names == NULL)
		return err_set(ctx, ERR_MEMORY, "out of memory");
	if (request->names.len > 0 && !push_server_names(names, request->names))
		return err_field(ctx, "names", "cert.names",
				 "each name must be a DNS name or an IP address");
	if (request->names.len == 0 && !push_uri(names, request))
		return err_set(ctx, ERR_MEMORY, "out of memory");
	bool ok = add_basic(certificate, false) && add_key_usage(certificate, bits, 1) &&
		  add(certificate, NID_subject_alt_name, names, false) &&
		  add_subject_key_id(certificate) && add_authority_key_id(certificate, ring);
	if (ok && request->kind == KEEPER_CERT_GATEWAY)
		ok = add_extended_usage(certificate, NID_client_auth);
	else if (ok && request->kind != KEEPER_CERT_SIGNER)
		ok = add_extended_usage(certificate, NID_server_auth);
	return ok ? ERR_OK : err_set(ctx, ERR_BUG, "the certificate's extensions cannot be built");
}
