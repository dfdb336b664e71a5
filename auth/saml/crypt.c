/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/saml/crypt.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <string.h>

#include "auth/saml/xml.h"
#include "base/arena.h"
#include "base/secret.h"
#include "base/text.h"

#define XENC11 "http://www.w3.org/2009/xmlenc11#"

enum { GCM_IV = 12, GCM_TAG = 16, AES_MAX = 32, RSA_BYTES_MAX = 1024 };

static const struct {
	const char *uri;
	const char *cipher;
	size_t key;
} ciphers[] = {{XENC11 "aes128-gcm", "AES-128-GCM", 16}, {XENC11 "aes256-gcm", "AES-256-GCM", 32}};

struct content_key {
	uint8_t bytes[RSA_BYTES_MAX];
	size_t len;
};

static const char *algorithm(struct ctx *ctx, const xmlNode *node, const char *space,
			     const char *name)
{
	const char *uri = saml_xml_attribute(ctx, saml_xml_only(node, space, name), "Algorithm");

	return uri ? uri : "";
}

/* Base64 with line breaks in it. */
static struct block cipher_value(struct ctx *ctx, const xmlNode *of)
{
	const xmlNode *data = saml_xml_only(of, SAML_NS_XENC, "CipherData");
	const char *text = saml_xml_text(ctx, saml_xml_only(data, SAML_NS_XENC, "CipherValue"));
	char *dense = text ? arena_strdup(ctx->arena, text) : NULL;
	size_t len = 0;

	for (size_t i = 0; dense && text[i]; i++)
		if (!strchr(" \t\r\n", text[i]))
			dense[len++] = text[i];
	uint8_t *out = dense ? arena_alloc(ctx->arena, len + 1) : NULL;
	long got = out ? base64_decode(dense, len, out, len) : -1;
	return (struct block){out, got > 0 ? (size_t)got : 0};
}

/* rsa-oaep-mgf1p: SHA-1 inside OAEP, where nothing rests on its collisions, unless it says SHA-2.
 */
static const EVP_MD *oaep_digest(struct ctx *ctx, const xmlNode *method)
{
	const char *uri = algorithm(ctx, method, SAML_NS_DSIG, "DigestMethod");

	if (!uri[0] || strcmp(uri, SAML_NS_DSIG "sha1") == 0)
		return EVP_sha1();
	return strcmp(uri, SAML_NS_XENC "sha256") == 0 ? EVP_sha256() : NULL;
}

/* NULL: not a mask generation we know. */
static const EVP_MD *mask_digest(struct ctx *ctx, const xmlNode *method, const char *uri)
{
	const char *mask = algorithm(ctx, method, XENC11, "MGF");

	if (strcmp(uri, SAML_NS_XENC "rsa-oaep-mgf1p") == 0)
		return EVP_sha1();
	if (strcmp(uri, XENC11 "rsa-oaep") != 0)
		return NULL;
	if (!mask[0] || strcmp(mask, XENC11 "mgf1sha1") == 0)
		return EVP_sha1();
	return strcmp(mask, XENC11 "mgf1sha256") == 0 ? EVP_sha256() : NULL;
}

static bool unwrap_with(EVP_PKEY *pkey, const EVP_MD *oaep, const EVP_MD *mask,
			struct block wrapped, struct content_key *out)
{
	EVP_PKEY_CTX *rsa = EVP_PKEY_CTX_new(pkey, NULL);

	out->len = sizeof(out->bytes);
	bool good = rsa && EVP_PKEY_decrypt_init(rsa) == 1 &&
		    EVP_PKEY_CTX_set_rsa_padding(rsa, RSA_PKCS1_OAEP_PADDING) == 1 &&
		    EVP_PKEY_CTX_set_rsa_oaep_md(rsa, oaep) == 1 &&
		    EVP_PKEY_CTX_set_rsa_mgf1_md(rsa, mask) == 1 &&
		    EVP_PKEY_decrypt(rsa, out->bytes, &out->len, wrapped.data, wrapped.len) == 1;
	EVP_PKEY_CTX_free(rsa);
	return good;
}

static bool unwrap(struct ctx *ctx, const xmlNode *wrapped, struct block key,
		   struct content_key *out)
{
	const xmlNode *method = saml_xml_only(wrapped, SAML_NS_XENC, "EncryptionMethod");
	const char *uri = saml_xml_attribute(ctx, method, "Algorithm");
	const EVP_MD *oaep = oaep_digest(ctx, method);
	const EVP_MD *mask = uri ? mask_digest(ctx, method, uri) : NULL;
	struct block value = cipher_value(ctx, wrapped);
	const unsigned char *at = key.data;

	if (!oaep || !mask || value.len == 0 || value.len > RSA_BYTES_MAX)
		return false;
	EVP_PKEY *pkey = d2i_AutoPrivateKey(NULL, &at, (long)key.len);
	bool good = pkey && EVP_PKEY_get_base_id(pkey) == EVP_PKEY_RSA &&
		    unwrap_with(pkey, oaep, mask, value, out);
	EVP_PKEY_free(pkey);
	return good;
}

static bool open_data(const char *uri, const struct content_key *key, struct block value,
		      struct buf *plain)
{
	EVP_CIPHER_CTX *aes = EVP_CIPHER_CTX_new();
	EVP_CIPHER *cipher = NULL;
	bool good = false;
	int len = 0, rest = 0;

	for (size_t i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++)
		if (strcmp(uri, ciphers[i].uri) == 0 && key->len == ciphers[i].key)
			cipher = EVP_CIPHER_fetch(NULL, ciphers[i].cipher, NULL);
	if (aes && cipher && value.len > GCM_IV + GCM_TAG) {
		size_t body = value.len - GCM_IV - GCM_TAG;
		uint8_t *out = buf_reserve(plain, body);
		uint8_t tag[GCM_TAG];
		memcpy(tag, value.data + GCM_IV + body, GCM_TAG);
		good = out && EVP_DecryptInit_ex2(aes, cipher, key->bytes, value.data, NULL) == 1 &&
		       EVP_DecryptUpdate(aes, out, &len, value.data + GCM_IV, (int)body) == 1 &&
		       EVP_CIPHER_CTX_ctrl(aes, EVP_CTRL_AEAD_SET_TAG, GCM_TAG, tag) == 1 &&
		       EVP_DecryptFinal_ex(aes, out + len, &rest) == 1;
		if (good)
			buf_commit(plain, body);
	}
	EVP_CIPHER_free(cipher);
	EVP_CIPHER_CTX_free(aes);
	return good;
}

/* Within the data's KeyInfo, or beside the data. */
static const xmlNode *wrapped_key(const xmlNode *encrypted, const xmlNode *data)
{
	const xmlNode *info = saml_xml_only(data, SAML_NS_DSIG, "KeyInfo");
	const xmlNode *inside = saml_xml_only(info, SAML_NS_XENC, "EncryptedKey");

	return inside ? inside : saml_xml_only(encrypted, SAML_NS_XENC, "EncryptedKey");
}

const char *saml_decrypt(struct ctx *ctx, const xmlNode *encrypted, struct block key,
			 struct buf *plain)
{
	const xmlNode *data = saml_xml_only(encrypted, SAML_NS_XENC, "EncryptedData");
	const char *uri = algorithm(ctx, data, SAML_NS_XENC, "EncryptionMethod");
	struct content_key content = {.len = 0};
	bool good = data && key.len > 0 &&
		    unwrap(ctx, wrapped_key(encrypted, data), key, &content) &&
		    open_data(uri, &content, cipher_value(ctx, data), plain);

	wipe(&content, sizeof(content));
	return good ? NULL : "saml.encryption";
}
