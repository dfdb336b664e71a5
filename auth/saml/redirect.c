/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/saml/redirect.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>
#include <zlib.h>

#include "auth/saml/xml.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/text.h"

#define METHOD "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"

enum { PACKED_MAX = 16 * 1024, SIGNATURE_MAX = 1024, QUERY_MAX = 512 * 1024 };

/* How queries are escaped in the wild: RFC 3986, 2.3 (all but the unreserved), the same with small
 * digits, and with '+' for a blank. */
enum { ESCAPE_PLAIN, ESCAPE_SMALL, ESCAPE_FORM, ESCAPE_FORM_SMALL, ESCAPES };

static void put_escaped(struct buf *out, const char *text, int way)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~";
	bool small = way == ESCAPE_SMALL || way == ESCAPE_FORM_SMALL;

	for (; *text; text++) {
		if (strchr(plain, *text) && !(*text == '~' && way >= ESCAPE_FORM))
			buf_put_u8(out, (uint8_t)*text);
		else if (*text == ' ' && way >= ESCAPE_FORM)
			buf_put_u8(out, '+');
		else
			buf_printf(out, small ? "%%%02x" : "%%%02X", (unsigned)(uint8_t)*text);
	}
}

/* What is signed, in the order that the binding fixes. */
static void put_query(struct buf *out, const struct saml_query *query, int way)
{
	buf_put_text(out, query->parameter);
	buf_put_u8(out, '=');
	put_escaped(out, query->message, way);
	if (query->relay) {
		buf_put_text(out, "&RelayState=");
		put_escaped(out, query->relay, way);
	}
	buf_put_text(out, "&SigAlg=");
	put_escaped(out, query->algorithm, way);
}

/* ------------------------------------------------------------------ sending */

/* RFC 1951, as saml-bindings 3.4.4.1 has it. */
static enum err deflated(struct ctx *ctx, const struct buf *xml, const char **out_base64)
{
	z_stream stream = {.next_in = xml->data, .avail_in = (uInt)xml->len};
	uint8_t *packed = arena_alloc(ctx->arena, PACKED_MAX);
	char *text = arena_alloc(ctx->arena, BASE64_SIZE(PACKED_MAX));

	if (!packed || !text ||
	    deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return ERR_MEMORY;
	stream.next_out = packed;
	stream.avail_out = PACKED_MAX;
	bool whole = deflate(&stream, Z_FINISH) == Z_STREAM_END;
	size_t len = PACKED_MAX - stream.avail_out;
	(void)deflateEnd(&stream);
	if (!whole)
		return ERR_TOO_LARGE;
	base64_encode(packed, len, text);
	*out_base64 = text;
	return ERR_OK;
}

static bool sign(const struct buf *text, struct block pkcs8, uint8_t *out, size_t *len)
{
	const unsigned char *at = pkcs8.data;
	EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &at, (long)pkcs8.len);
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	bool good = key && md && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA &&
		    EVP_DigestSignInit_ex(md, NULL, "SHA256", NULL, NULL, key, NULL) == 1 &&
		    EVP_DigestSign(md, out, len, text->data, text->len) == 1;

	EVP_MD_CTX_free(md);
	EVP_PKEY_free(key);
	return good;
}

enum err saml_redirect_url(struct ctx *ctx, const struct saml_redirect *redirect,
			   const struct buf *xml, struct buf *url)
{
	scoped(buf_clear) struct buf text;
	struct saml_query query = {
		.parameter = redirect->parameter, .relay = redirect->relay, .algorithm = METHOD};
	uint8_t signature[SIGNATURE_MAX];
	char encoded[BASE64_SIZE(SIGNATURE_MAX)];
	size_t len = sizeof(signature);
	enum err err = deflated(ctx, xml, &query.message);

	buf_init(&text, 3 * BASE64_SIZE(PACKED_MAX));
	if (err == ERR_OK) {
		put_query(&text, &query, ESCAPE_PLAIN);
		err = buf_error(&text);
	}
	if (err != ERR_OK)
		return err_set(ctx, err, "The message could not be made.");
	if (!sign(&text, redirect->key, signature, &len))
		return err_set(ctx, ERR_INTEGRITY, "Our SAML key cannot sign.");
	base64_encode(signature, len, encoded);
	buf_put_text(url, redirect->address);
	buf_put_u8(url, strchr(redirect->address, '?') ? '&' : '?');
	buf_put(url, text.data, text.len);
	buf_put_text(url, "&Signature=");
	put_escaped(url, encoded, ESCAPE_PLAIN);
	return buf_error(url);
}

/* ------------------------------------------------------------------ receiving */

/* No more than there is room for: what would unfold further is no message. */
static const char *inflated(struct ctx *ctx, struct block packed, struct block *out)
{
	uint8_t *xml = arena_alloc(ctx->arena, SAML_XML_MAX);
	z_stream stream = {.next_in = (Bytef *)(uintptr_t)packed.data,
			   .avail_in = (uInt)packed.len,
			   .next_out = xml,
			   .avail_out = SAML_XML_MAX};

	if (!xml || inflateInit2(&stream, -MAX_WBITS) != Z_OK)
		return "saml.memory";
	bool whole = inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.avail_in == 0;
	*out = (struct block){xml, SAML_XML_MAX - stream.avail_out};
	(void)inflateEnd(&stream);
	return whole ? NULL : "saml.encoding";
}

const char *saml_redirect_read(struct ctx *ctx, const char *message, struct block *out)
{
	size_t len = strlen(message);
	uint8_t *packed = arena_alloc(ctx->arena, len + 1);
	long got = packed ? base64_decode(message, len, packed, len) : -1;

	if (got <= 0)
		return "saml.encoding";
	return inflated(ctx, (struct block){packed, (size_t)got}, out);
}

const char *saml_redirect_check(struct ctx *ctx, const struct saml_query *query,
				const struct saml_certificates *keys, const char **out)
{
	uint8_t signature[SIGNATURE_MAX];
	scoped(buf_clear) struct buf text;
	size_t size = query->signature ? strlen(query->signature) : 0;
	const char *why = "saml.signature";

	if (size == 0 || !query->algorithm)
		return "saml.unsigned";
	long len = base64_decode(query->signature, size, signature, sizeof(signature));
	buf_init(&text, QUERY_MAX);
	for (int way = 0; way < ESCAPES && len > 0; way++) {
		buf_reset(&text);
		put_query(&text, query, way);
		if (buf_failed(&text))
			return "saml.size";
		why = saml_signature_check_text((struct block){text.data, text.len},
						query->algorithm,
						(struct block){signature, (size_t)len}, keys);
		if (!why)
			break;
	}
	if (why)
		return why;
	buf_put_text(&text, "&Signature=");
	put_escaped(&text, query->signature, ESCAPE_PLAIN);
	*out = arena_strndup(ctx->arena, (const char *)text.data, text.len);
	return *out ? NULL : "saml.memory";
}
