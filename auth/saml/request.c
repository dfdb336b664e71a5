/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/saml/request.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>
#include <zlib.h>

#include "auth/saml/xml.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/text.h"

#define METHOD "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"

enum { REQUEST_MAX = 16 * 1024, SIGNATURE_MAX = 1024 };

/* ------------------------------------------------------------------ text */

/* RFC 3986, 2.3: all but the unreserved. */
static void put_encoded(struct buf *out, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~";

	for (; *text; text++) {
		if (strchr(plain, *text))
			buf_put_u8(out, (uint8_t)*text);
		else
			buf_printf(out, "%%%02X", (unsigned)(uint8_t)*text);
	}
}

/* ------------------------------------------------------------------ the message */

static void put_contexts(struct buf *out, const char *contexts)
{
	if (!*contexts)
		return;
	buf_put_text(out, "<samlp:RequestedAuthnContext Comparison=\"exact\">");
	while (*contexts) {
		char one[SAML_URI_MAX + 1];
		size_t len = strcspn(contexts, " ");
		if (len > 0 && len < sizeof(one)) {
			memcpy(one, contexts, len);
			one[len] = '\0';
			buf_put_text(out, "<saml:AuthnContextClassRef>");
			saml_xml_put_text(out, one);
			buf_put_text(out, "</saml:AuthnContextClassRef>");
		}
		contexts += len + (contexts[len] == ' ');
	}
	buf_put_text(out, "</samlp:RequestedAuthnContext>");
}

static void put_message(struct buf *out, const struct saml_request *request)
{
	char when[TIME_TEXT_SIZE];

	time_format(request->now_us, when);
	memcpy(when + sizeof("2026-01-01T00:00:00") - 1, "Z", 2); /* whole seconds */
	buf_put_text(out, "<samlp:AuthnRequest xmlns:samlp=\"" SAML_NS_PROTOCOL
			  "\" xmlns:saml=\"" SAML_NS_ASSERTION "\"");
	saml_xml_put_attribute(out, "ID", request->id);
	saml_xml_put_attribute(out, "Version", "2.0");
	saml_xml_put_attribute(out, "IssueInstant", when);
	saml_xml_put_attribute(out, "Destination", request->address);
	saml_xml_put_attribute(out, "AssertionConsumerServiceURL", request->acs);
	saml_xml_put_attribute(out, "ProtocolBinding",
			       "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST");
	if (request->force)
		saml_xml_put_attribute(out, "ForceAuthn", "true");
	buf_put_text(out, "><saml:Issuer>");
	saml_xml_put_text(out, request->entity);
	buf_put_text(out, "</saml:Issuer><samlp:NameIDPolicy AllowCreate=\"true\"/>");
	put_contexts(out, request->contexts);
	buf_put_text(out, "</samlp:AuthnRequest>");
}

/* ------------------------------------------------------------------ the binding */

/* RFC 1951, as saml-bindings 3.4.4.1 has it. */
static enum err deflated(struct ctx *ctx, const struct buf *xml, const char **out_base64)
{
	z_stream stream = {.next_in = xml->data, .avail_in = (uInt)xml->len};
	uint8_t *packed = arena_alloc(ctx->arena, REQUEST_MAX);
	char *text = arena_alloc(ctx->arena, BASE64_SIZE(REQUEST_MAX));

	if (!packed || !text ||
	    deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return ERR_MEMORY;
	stream.next_out = packed;
	stream.avail_out = REQUEST_MAX;
	bool whole = deflate(&stream, Z_FINISH) == Z_STREAM_END;
	size_t len = REQUEST_MAX - stream.avail_out;
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

/* The query that is signed, in the order that the binding fixes. */
static enum err put_query(struct ctx *ctx, const struct saml_request *request, struct buf *query)
{
	scoped(buf_clear) struct buf xml;
	const char *message = NULL;

	buf_init(&xml, REQUEST_MAX);
	put_message(&xml, request);
	if (buf_failed(&xml))
		return buf_error(&xml);
	enum err err = deflated(ctx, &xml, &message);
	if (err != ERR_OK)
		return err;
	buf_put_text(query, "SAMLRequest=");
	put_encoded(query, message);
	buf_put_text(query, "&RelayState=");
	put_encoded(query, request->relay);
	buf_put_text(query, "&SigAlg=");
	put_encoded(query, METHOD);
	return buf_error(query);
}

enum err saml_request_url(struct ctx *ctx, const struct saml_request *request, struct buf *url)
{
	scoped(buf_clear) struct buf query;
	uint8_t signature[SIGNATURE_MAX];
	char text[BASE64_SIZE(SIGNATURE_MAX)];
	size_t len = sizeof(signature);

	buf_init(&query, 3 * BASE64_SIZE(REQUEST_MAX));
	enum err err = put_query(ctx, request, &query);
	if (err != ERR_OK)
		return err_set(ctx, err, "The request could not be made.");
	if (!sign(&query, request->key, signature, &len))
		return err_set(ctx, ERR_INTEGRITY, "Our SAML key cannot sign.");
	base64_encode(signature, len, text);
	buf_put_text(url, request->address);
	buf_put_u8(url, strchr(request->address, '?') ? '&' : '?');
	buf_put(url, query.data, query.len);
	buf_put_text(url, "&Signature=");
	put_encoded(url, text);
	return buf_error(url);
}
