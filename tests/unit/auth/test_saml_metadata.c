/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is taken from an identity provider's metadata, and what we ask it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <zlib.h>

#include "auth/saml/metadata.h"
#include "auth/saml/request.h"
#include "auth/saml/xml.h"
#include "base/arena.h"
#include "base/text.h"
#include "tests/support/saml_idp.h"

#define REDIRECT "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
#define ROLE                                                                                       \
	"<IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">"   \
	"<KeyDescriptor use=\"signing\"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>@KEY@"        \
	"</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>"                         \
	"<SingleLogoutService Binding=\"" REDIRECT "\" Location=\"https://idp.example.net/slo\"/>" \
	"<SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" "         \
	"Location=\"https://idp.example.net/post\"/><SingleSignOnService Binding=\"" REDIRECT      \
	"\" Location=\"https://idp.example.net/sso?x=1\"/></IDPSSODescriptor>"
#define XMLNS                                             \
	"xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" " \
	"xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\""
#define ENTITY                                                                   \
	"<EntityDescriptor " XMLNS " entityID=\"https://idp.example.net\">" ROLE \
	"</EntityDescriptor>"
#define SECOND                                                                   \
	"<EntityDescriptor " XMLNS " entityID=\"https://two.example.net\">" ROLE \
	"</EntityDescriptor>"
#define MANY "<EntitiesDescriptor " XMLNS ">" ENTITY SECOND "</EntitiesDescriptor>"

static const int64_t now_us = (int64_t)1767268800 * 1000000;
static struct idp idp, second;
static struct ctx ctx;
static struct saml_idp known;

static int begin(void **state)
{
	(void)state;
	ctx_init(&ctx, arena_new(4 << 20));
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(ctx.arena);
	return 0;
}

/* @KEY@ for a certificate, in lines. */
static char *with_key(const char *xml, const struct idp *of)
{
	static char dense[16384], lines[20000];
	size_t at = 0;

	base64_encode(of->certificate.data, of->certificate.len, dense);
	for (size_t i = 0; dense[i]; i++) {
		if (i % 64 == 0)
			lines[at++] = '\n';
		lines[at++] = dense[i];
	}
	lines[at] = '\0';
	return text_with(xml, "@KEY@", lines);
}

static const char *read_xml(const char *xml, const char *entity)
{
	return saml_metadata_read(&ctx, (struct block){(const uint8_t *)xml, strlen(xml)}, entity,
				  now_us, &known);
}

static void what_is_needed_of_an_identity_provider_is_found(void **state)
{
	char *xml = with_key(ENTITY, &idp);

	(void)state;
	assert_null(read_xml(xml, NULL));
	assert_string_equal(known.entity, "https://idp.example.net");
	assert_string_equal(known.sign_in, "https://idp.example.net/sso?x=1");
	assert_string_equal(known.sign_out, "https://idp.example.net/slo");
	assert_int_equal(known.keys.count, 1);
	assert_int_equal(known.keys.der[0].len, idp.certificate.len);
	assert_memory_equal(known.keys.der[0].data, idp.certificate.data, idp.certificate.len);
	assert_int_equal(known.valid_until_us, 0);
	free(xml);
}

/* Old and new key side by side: that is how identity providers change them. */
static void several_keys_are_pinned_and_one_of_a_federation_is_named(void **state)
{
	char *one = with_key(MANY, &idp), *both = with_key(one, &second);
	char *twice = text_with(ENTITY, "<SingleLogout",
				"<KeyDescriptor><ds:KeyInfo><ds:X509Data><ds:X509Certificate>@KEY@"
				"</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>"
				"<KeyDescriptor use=\"encryption\"><ds:KeyInfo/></KeyDescriptor>"
				"<SingleLogout");
	char *first = with_key(twice, &idp), *two_keys = with_key(first, &second);

	(void)state;
	assert_string_equal(read_xml(both, NULL), "saml.metadata_entity");
	assert_null(read_xml(both, "https://two.example.net"));
	assert_memory_equal(known.keys.der[0].data, second.certificate.data,
			    second.certificate.len);
	assert_string_equal(read_xml(both, "https://three.example.net"), "saml.metadata_entity");
	assert_null(read_xml(two_keys, NULL));
	assert_int_equal(known.keys.count, 2);
	free(one), free(both), free(twice), free(first), free(two_keys);
}

static void metadata_that_cannot_be_used_says_why(void **state)
{
	static const struct {
		const char *name, *find, *replacement, *reason;
	} cases[] = {
		{"expired", " entityID", " validUntil=\"2026-01-01T11:59:59Z\" entityID",
		 "saml.metadata_expired"},
		{"role expired", "<IDPSSODescriptor ",
		 "<IDPSSODescriptor validUntil=\"2025-01-01T11:59:59Z\" ", "saml.metadata_expired"},
		{"valid for ever and a day", " entityID", " validUntil=\"whenever\" entityID",
		 "saml.metadata"},
		{"not well-formed", "IDPSSODescriptor", "SPSSODescriptor", "saml.xml"},
		{"of SAML 1.1", "SAML:2.0:protocol", "SAML:1.1:protocol", "saml.metadata"},
		{"no name", "entityID=\"https://idp.example.net\"", "", "saml.metadata"},
		{"no address", "\" Location=\"https://idp.example.net/sso?x=1\"", "\"",
		 "saml.metadata_address"},
		{"address without TLS", "https://idp.example.net/sso", "http://idp.example.net/sso",
		 "saml.metadata_address"},
		{"address of a script", "https://idp.example.net/sso", "javascript:alert",
		 "saml.metadata_address"},
		{"address with a fragment", "sso?x=1", "sso#x", "saml.metadata_address"},
		{"no key", "use=\"signing\"", "use=\"encryption\"", "saml.metadata_key"},
		{"not a key", "@KEY@", "AAAA", "saml.metadata_key"},
		{"document type", "<EntityDescriptor", "<!DOCTYPE x><EntityDescriptor",
		 "saml.markup"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *changed = text_with(ENTITY, cases[i].find, cases[i].replacement);
		char *xml = strstr(changed, "@KEY@") ? with_key(changed, &idp) : strdup(changed);
		const char *why = read_xml(xml, NULL);
		if (!why || strcmp(why, cases[i].reason) != 0)
			fail_msg("%s: %s", cases[i].name, why ? why : "taken");
		free(changed);
		free(xml);
	}
}

static void a_weak_key_is_not_pinned(void **state)
{
	EVP_PKEY *weak = EVP_RSA_gen(1024);
	X509 *x509 = X509_new();
	unsigned char *der = NULL;

	(void)state;
	X509_set_pubkey(x509, weak);
	ASN1_TIME_set(X509_getm_notBefore(x509), 0);
	ASN1_TIME_set(X509_getm_notAfter(x509), 4000000000);
	assert_true(X509_sign(x509, weak, EVP_sha256()) > 0);
	int len = i2d_X509(x509, &der);
	assert_false(saml_signature_key_is_fit((struct block){der, (size_t)len}));
	assert_true(saml_signature_key_is_fit(idp.certificate));
	OPENSSL_free(der);
	X509_free(x509);
	EVP_PKEY_free(weak);
}

/* ------------------------------------------------------------------ requests */

/* The value of a parameter, decoded; in the arena. */
static const char *parameter(const char *url, const char *name)
{
	const char *at = strstr(url, name);
	char *out, *to;

	assert_non_null(at);
	at += strlen(name);
	to = out = arena_alloc(ctx.arena, strlen(at) + 1);
	for (; *at && *at != '&'; at++) {
		unsigned value = (unsigned char)*at;
		if (*at == '%') {
			assert_int_equal(sscanf(at + 1, "%2x", &value), 1);
			at += 2;
		}
		*to++ = (char)value;
	}
	return out;
}

static const char *inflated(const char *base64)
{
	uint8_t *packed = arena_alloc(ctx.arena, strlen(base64) + 1);
	char *out = arena_alloc(ctx.arena, 32768);
	long len = base64_decode(base64, strlen(base64), packed, strlen(base64));
	z_stream stream = {.next_in = packed,
			   .avail_in = (uInt)len,
			   .next_out = (Bytef *)out,
			   .avail_out = 32767};

	assert_true(len > 0);
	assert_int_equal(inflateInit2(&stream, -MAX_WBITS), Z_OK);
	assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
	inflateEnd(&stream);
	return out;
}

static void a_request_is_signed_over_its_very_query(void **state)
{
	const struct saml_request request = {.id = "_abc",
					     .entity = "https://sekisho.example.org/saml?a=1&b=2",
					     .acs = "https://sekisho.example.org/acs",
					     .address = "https://idp.example.net/sso?x=1",
					     .relay = "state+/=",
					     .contexts = "urn:x:mfa urn:x:\"other\"",
					     .force = true,
					     .now_us = now_us,
					     .key = {secret_bytes(idp.key), secret_len(idp.key)}};
	const struct saml_certificates keys = {.der = {idp.certificate}, .count = 1};
	struct buf url;
	const char *why;

	(void)state;
	buf_init(&url, 65536);
	assert_int_equal(saml_request_url(&ctx, &request, &url), ERR_OK);
	const char *text = arena_strdup(ctx.arena, buf_text(&url));
	buf_clear(&url);
	assert_int_equal(strncmp(text, "https://idp.example.net/sso?x=1&SAMLRequest=", 44), 0);
	assert_string_equal(parameter(text, "&RelayState="), "state+/=");

	const char *query = strstr(text, "SAMLRequest="), *stop = strstr(text, "&Signature=");
	const char *signature64 = parameter(text, "&Signature=");
	uint8_t signature[1024];
	long len = base64_decode(signature64, strlen(signature64), signature, sizeof(signature));
	struct block signed_text = {(const uint8_t *)query, (size_t)(stop - query)};
	assert_null(saml_signature_check_text(signed_text, parameter(text, "&SigAlg="),
					      (struct block){signature, (size_t)len}, &keys));
	assert_string_equal(
		saml_signature_check_text(signed_text, "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
					  (struct block){signature, (size_t)len}, &keys),
		"saml.algorithm");
	signed_text.len--;
	assert_string_equal(saml_signature_check_text(signed_text, parameter(text, "&SigAlg="),
						      (struct block){signature, (size_t)len},
						      &keys),
			    "saml.signature");

	const char *xml = inflated(parameter(text, "SAMLRequest="));
	xmlDoc *doc = saml_xml_parse((struct block){(const uint8_t *)xml, strlen(xml)}, &why);
	assert_non_null(doc);
	const xmlNode *root = xmlDocGetRootElement(doc);
	assert_true(saml_xml_is(root, SAML_NS_PROTOCOL, "AuthnRequest"));
	assert_string_equal(saml_xml_attribute(&ctx, root, "ID"), "_abc");
	assert_string_equal(saml_xml_attribute(&ctx, root, "ForceAuthn"), "true");
	assert_string_equal(saml_xml_attribute(&ctx, root, "IssueInstant"), "2026-01-01T12:00:00Z");
	assert_string_equal(saml_xml_attribute(&ctx, root, "Destination"), request.address);
	assert_string_equal(saml_xml_text(&ctx, saml_xml_only(root, SAML_NS_ASSERTION, "Issuer")),
			    request.entity);
	const xmlNode *wanted = saml_xml_only(root, SAML_NS_PROTOCOL, "RequestedAuthnContext");
	const xmlNode *context =
		saml_xml_next(wanted, NULL, SAML_NS_ASSERTION, "AuthnContextClassRef");
	context = saml_xml_next(wanted, context, SAML_NS_ASSERTION, "AuthnContextClassRef");
	assert_string_equal(saml_xml_text(&ctx, context), "urn:x:\"other\"");
	saml_xml_free_p(&doc);
}

static int start(void **state)
{
	(void)state;
	ctx_init(&ctx, NULL);
	assert_int_equal(saml_signature_init(&ctx), ERR_OK);
	idp = idp_new("idp");
	second = idp_new("second");
	return 0;
}

static int stop_all(void **state)
{
	(void)state;
	idp_free(&idp);
	idp_free(&second);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_needed_of_an_identity_provider_is_found),
		TEST(several_keys_are_pinned_and_one_of_a_federation_is_named),
		TEST(metadata_that_cannot_be_used_says_why),
		TEST(a_weak_key_is_not_pinned),
		TEST(a_request_is_signed_over_its_very_query),
	};

	return cmocka_run_group_tests(tests, start, stop_all);
}
