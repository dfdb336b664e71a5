/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Responses as an attacker would send them: each is refused, for the reason that is named, and the
 * honest one of the same shape is taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "auth/saml/response.h"
#include "auth/saml/second.h"
#include "auth/saml/xml.h"
#include "base/arena.h"
#include "base/text.h"
#include "tests/support/saml_idp.h"

#define ENTITY "https://sekisho.example.org/saml"
#define ACS    "https://sekisho.example.org/saml/acs"
#define IDP    "https://idp.example.net/metadata"
#define XMLNS                                                   \
	"xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" " \
	"xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\""
#define ASSERTION                                                                                \
	"<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_a\" "        \
	"Version=\"2.0\" IssueInstant=\"2026-01-01T12:00:00Z\"><saml:Issuer>" IDP                \
	"</saml:Issuer><saml:Subject><saml:NameID "                                              \
	"Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\">hanako</saml:NameID>"   \
	"<saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">"            \
	"<saml:SubjectConfirmationData InResponseTo=\"_q\" Recipient=\"" ACS                     \
	"\" NotOnOrAfter=\"2026-01-01T12:05:00.1234567Z\"/></saml:SubjectConfirmation>"          \
	"</saml:Subject><saml:Conditions NotBefore=\"2026-01-01T11:59:30Z\" "                    \
	"NotOnOrAfter=\"2026-01-01T12:05:00Z\"><saml:AudienceRestriction><saml:Audience>" ENTITY \
	"</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement "     \
	"AuthnInstant=\"2026-01-01T11:58:00Z\" SessionIndex=\"_s1\" "                            \
	"SessionNotOnOrAfter=\"2026-01-01T20:00:00Z\"><saml:AuthnContext>"                       \
	"<saml:AuthnContextClassRef>urn:x:mfa</saml:AuthnContextClassRef></saml:AuthnContext>"   \
	"</saml:AuthnStatement><saml:AttributeStatement><saml:Attribute Name=\"groups\">"        \
	"<saml:AttributeValue>staff</saml:AttributeValue><saml:AttributeValue>ops"               \
	"</saml:AttributeValue></saml:Attribute><saml:Attribute Name=\"mail\">"                  \
	"<saml:AttributeValue>h@example.net</saml:AttributeValue></saml:Attribute>"              \
	"</saml:AttributeStatement></saml:Assertion>"
#define HEAD                                                                      \
	"<samlp:Response " XMLNS " ID=\"_r\" Version=\"2.0\" "                    \
	"IssueInstant=\"2026-01-01T12:00:00Z\" Destination=\"" ACS                \
	"\" InResponseTo=\"_q\"><saml:Issuer>" IDP "</saml:Issuer><samlp:Status>" \
	"<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status>"
#define TAIL	 "</samlp:Response>"
#define RESPONSE HEAD ASSERTION TAIL

enum { NOON = 1767268800 };

static struct idp idp, other, us;
static struct ctx ctx;
static struct saml_expect expect;
static struct saml_said said;

static int begin(void **state)
{
	(void)state;
	ctx_init(&ctx, arena_new(4 << 20));
	expect = (struct saml_expect){.entity = ENTITY,
				      .acs = ACS,
				      .issuer = IDP,
				      .request = "_q",
				      .keys = {.der = {idp.certificate}, .count = 1},
				      .key = {secret_bytes(us.key), secret_len(us.key)},
				      .now_us = (int64_t)NOON * 1000000};
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(ctx.arena);
	return 0;
}

static const char *judge(const char *xml)
{
	return saml_response_check(&ctx, &expect, (struct block){(const uint8_t *)xml, strlen(xml)},
				   &said);
}

static const char *judge_again(const char *xml, const struct saml_said *first)
{
	return saml_second_check(&ctx, &expect, (struct block){(const uint8_t *)xml, strlen(xml)},
				 first);
}

/* Frees xml. reason NULL: taken, by both judges. */
static void expect_of(const char *name, char *xml, const char *reason)
{
	const char *why = judge(xml);

	if (!why)
		why = judge_again(xml, &said);
	if (!why != !reason || (why && strcmp(why, reason) != 0))
		fail_msg("%s: %s instead of %s\n%s", name, why ? why : "taken",
			 reason ? reason : "taken", xml);
	free(xml);
}

static char *sign_both(const char *xml)
{
	char *inner = idp_sign(&idp, xml, "_a", NULL);
	char *outer = idp_sign(&idp, inner, "_r", NULL);

	free(inner);
	return outer;
}

static char *sign_with(const char *xml, const char *id, struct idp_form form)
{
	return idp_sign(&idp, xml, id, &form);
}

/* ------------------------------------------------------------------ what is taken */

static void honest_responses_are_taken_and_say_who(void **state)
{
	(void)state;
	expect_of("assertion signed", idp_sign(&idp, RESPONSE, "_a", NULL), NULL);
	expect_of("response signed", idp_sign(&idp, RESPONSE, "_r", NULL), NULL);
	expect_of("both", sign_both(RESPONSE), NULL);
	expect_of("with the key's certificate",
		  sign_with(RESPONSE, "_a", (struct idp_form){.named = &idp}), NULL);
	expect.keys = (struct saml_certificates){{other.certificate, idp.certificate}, 2};
	expect_of("second of two keys", idp_sign(&idp, RESPONSE, "_a", NULL), NULL);
	assert_string_equal(said.name_id, "hanako");
	assert_string_equal(said.name_format,
			    "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent");
	assert_string_equal(said.session_index, "_s1");
	assert_string_equal(said.assertion_id, "_a");
	assert_string_equal(said.context, "urn:x:mfa");
	assert_int_equal(said.authenticated_us, (int64_t)(NOON - 120) * 1000000);
	assert_int_equal(said.expires_us, (int64_t)(NOON + 300) * 1000000 + 123456);
	assert_int_equal(said.attribute_count, 2);
	assert_string_equal(said.attributes[0].name, "groups");
	assert_int_equal(said.attributes[0].count, 2);
	assert_string_equal(said.attributes[0].values[1], "ops");
	assert_false(said.attributes[0].ambiguous);
}

static void sha2_in_all_sizes_is_taken(void **state)
{
	static const char *const sizes[] = {"256", "384", "512"};
	char method[80];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(method, sizeof(method),
			       "http://www.w3.org/2001/04/xmldsig-more#rsa-sha%s", sizes[i]);
		expect_of(method, sign_with(RESPONSE, "_a", (struct idp_form){.method = method}),
			  NULL);
	}
	expect_of("digest of 512",
		  sign_with(RESPONSE, "_a",
			    (struct idp_form){.digest = "http://www.w3.org/2001/04/xmlenc#sha512"}),
		  NULL);
}

/* ------------------------------------------------------------------ conditions and state */

struct change {
	const char *name, *find, *replacement, *reason;
};

/* Before it is signed: a key that is right says something that is not for us, or not now. */
static const struct change said_wrong[] = {
	{"audience", "<saml:Audience>" ENTITY, "<saml:Audience>https://else.example.org",
	 "saml.audience"},
	{"no audience",
	 "<saml:AudienceRestriction><saml:Audience>" ENTITY
	 "</saml:Audience></saml:AudienceRestriction>",
	 "", "saml.audience"},
	{"second restriction names another", "</saml:AudienceRestriction>",
	 "</saml:AudienceRestriction><saml:AudienceRestriction><saml:Audience>x</saml:Audience>"
	 "</saml:AudienceRestriction>",
	 "saml.audience"},
	{"recipient", "Recipient=\"" ACS, "Recipient=\"https://else.example.org/acs",
	 "saml.recipient"},
	{"recipient longer", "Recipient=\"" ACS, "Recipient=\"" ACS "/", "saml.recipient"},
	{"no recipient", "Recipient=\"" ACS "\"", "", "saml.recipient"},
	{"issuer of the assertion", "11:59:30Z", "11:59:30Z", NULL},
	{"confirmation answers another", "Data InResponseTo=\"_q\"", "Data InResponseTo=\"_p\"",
	 "saml.in_response_to"},
	{"confirmation answers nobody", "Data InResponseTo=\"_q\"", "Data", "saml.in_response_to"},
	{"holder of key", "cm:bearer", "cm:holder-of-key", "saml.confirmation"},
	{"two confirmations", "</saml:SubjectConfirmation>",
	 "</saml:SubjectConfirmation><saml:SubjectConfirmation "
	 "Method=\"urn:oasis:names:tc:SAML:2.0:"
	 "cm:bearer\"/>",
	 "saml.confirmation"},
	{"confirmation has a beginning", "Data InResponseTo",
	 "Data NotBefore=\"2026-01-01T11:00:00Z\" "
	 "InResponseTo",
	 "saml.confirmation"},
	{"confirmation without an end", "NotOnOrAfter=\"2026-01-01T12:05:00.1234567Z\"", "",
	 "saml.confirmation"},
	{"confirmation over", "12:05:00.1234567Z", "11:58:00Z", "saml.expired"},
	{"confirmation over, within the skew", "12:05:00.1234567Z", "11:59:00Z", NULL},
	{"not yet", "NotBefore=\"2026-01-01T11:59:30Z\"", "NotBefore=\"2026-01-01T12:02:00Z\"",
	 "saml.not_yet"},
	{"not yet, within the skew", "NotBefore=\"2026-01-01T11:59:30Z\"",
	 "NotBefore=\"2026-01-01T12:01:00Z\"", NULL},
	{"over", "NotOnOrAfter=\"2026-01-01T12:05:00Z\"", "NotOnOrAfter=\"2026-01-01T11:58:30Z\"",
	 "saml.expired"},
	{"malformed time", "NotOnOrAfter=\"2026-01-01T12:05:00Z\"", "NotOnOrAfter=\"tomorrow\"",
	 "saml.conditions"},
	{"time with an offset", "NotOnOrAfter=\"2026-01-01T12:05:00Z\"",
	 "NotOnOrAfter=\"2026-01-01T12:05:00+00:00\"", "saml.conditions"},
	{"a condition we do not know", "<saml:AudienceRestriction>",
	 "<saml:Condition/><saml:AudienceRestriction>", "saml.conditions"},
	{"session over", "SessionNotOnOrAfter=\"2026-01-01T20:00:00Z\"",
	 "SessionNotOnOrAfter=\"2026-01-01T11:00:00Z\"", "saml.expired"},
	{"signed in tomorrow", "AuthnInstant=\"2026-01-01T11:58:00Z\"",
	 "AuthnInstant=\"2026-01-02T11:58:00Z\"", "saml.not_yet"},
	{"nobody signed in", "AuthnInstant=\"2026-01-01T11:58:00Z\"", "", "saml.statement"},
	{"empty name", ">hanako<", "><", "saml.name_id"},
	{"name with a line break", ">hanako<", ">hana&#10;ko<", "saml.name_id"},
	{"name with an element in it", ">hanako<", ">hana<b/>ko<", "saml.name_id"},
	{"two names", "</saml:NameID>", "</saml:NameID><saml:NameID>admin</saml:NameID>",
	 "saml.name_id"},
	{"old version", "ID=\"_a\" Version=\"2.0\"", "ID=\"_a\" Version=\"1.1\"", "saml.assertion"},
};

static void what_is_not_for_us_or_not_now_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(said_wrong) / sizeof(said_wrong[0]); i++) {
		const struct change *change = &said_wrong[i];
		char *xml = text_with(RESPONSE, change->find, change->replacement);
		expect_of(change->name, idp_sign(&idp, xml, "_a", NULL), change->reason);
		expect_of(change->name, idp_sign(&idp, xml, "_r", NULL), change->reason);
		free(xml);
	}
}

/* Of the envelope, which only a signed response vouches for, but which is looked at always. */
static const struct change envelope_wrong[] = {
	{"destination", "Destination=\"" ACS, "Destination=\"https://else.example.org/acs",
	 "saml.destination"},
	{"no destination", "Destination=\"" ACS "\"", "", "saml.destination"},
	{"answers another", "InResponseTo=\"_q\"><saml:Issuer>",
	 "InResponseTo=\"_p\"><saml:Issuer>", "saml.in_response_to"},
	{"answers nobody", "InResponseTo=\"_q\"><saml:Issuer>", "><saml:Issuer>",
	 "saml.in_response_to"},
	{"issuer", "<saml:Issuer>" IDP, "<saml:Issuer>https://evil.example.net", "saml.issuer"},
	{"issuer with a slash", "<saml:Issuer>" IDP, "<saml:Issuer>" IDP "/", "saml.issuer"},
	{"failed", "status:Success", "status:Responder", "saml.status"},
	{"old version", "ID=\"_r\" Version=\"2.0\"", "ID=\"_r\" Version=\"1.1\"", "saml.version"},
};

static void an_envelope_that_is_not_for_us_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(envelope_wrong) / sizeof(envelope_wrong[0]); i++) {
		const struct change *change = &envelope_wrong[i];
		char *xml = text_with(RESPONSE, change->find, change->replacement);
		expect_of(change->name, idp_sign(&idp, xml, "_a", NULL), change->reason);
		expect_of(change->name, idp_sign(&idp, xml, "_r", NULL), change->reason);
		free(xml);
	}
}

static void the_assertions_own_issuer_counts(void **state)
{
	char *once = text_with(RESPONSE, "Z\"><saml:Issuer>" IDP,
			       "Z\"><saml:Issuer>https://evil.example.net");

	(void)state;
	expect_of("issuer of the assertion", idp_sign(&idp, once, "_a", NULL), "saml.issuer");
	free(once);
}

/* Two providers are configured; each is believed about itself only. */
static void another_providers_answer_is_refused(void **state)
{
	(void)state;
	expect_of("key of another", idp_sign(&other, RESPONSE, "_a", NULL), "saml.signature");
	expect.issuer = "https://other.example.net";
	expect.keys.der[0] = other.certificate;
	expect_of("name of another", idp_sign(&other, RESPONSE, "_a", NULL), "saml.issuer");
}

static void an_unasked_response_is_taken_only_when_nobody_was_asked(void **state)
{
	char *half = text_with(RESPONSE, " InResponseTo=\"_q\"", "");
	char *none = text_with(half, " InResponseTo=\"_q\"", "");

	(void)state;
	expect_of("unasked", idp_sign(&idp, none, "_a", NULL), "saml.in_response_to");
	expect.request = NULL;
	expect_of("unasked, allowed", idp_sign(&idp, none, "_a", NULL), NULL);
	expect_of("an answer to a question of somebody", idp_sign(&idp, RESPONSE, "_a", NULL),
		  "saml.in_response_to");
	expect_of("half an answer", idp_sign(&idp, half, "_a", NULL), "saml.in_response_to");
	free(half);
	free(none);
}

static void an_attribute_that_comes_twice_is_ambiguous(void **state)
{
	char *xml =
		text_with(RESPONSE, "<saml:Attribute Name=\"mail\">",
			  "<saml:Attribute Name=\"groups\"><saml:AttributeValue>admins"
			  "</saml:AttributeValue></saml:Attribute><saml:Attribute Name=\"mail\">");

	(void)state;
	expect_of("twice", idp_sign(&idp, xml, "_a", NULL), NULL);
	assert_true(said.attributes[0].ambiguous);
	assert_false(said.attributes[1].ambiguous);
	free(xml);
}

/* ------------------------------------------------------------------ signatures */

static void unsigned_and_foreign_signatures_are_refused(void **state)
{
	char *good = idp_sign(&idp, RESPONSE, "_a", NULL);
	char *signature = text_part(good, "<Signature", "</Signature>");

	(void)state;
	expect_of("nobody signed", strdup(RESPONSE), "saml.unsigned");
	expect_of("stripped", text_with(good, signature, ""), "saml.unsigned");
	expect_of("tampered", text_with(good, ">hanako<", ">admin<"), "saml.signature");
	expect_of("foreign key, named",
		  sign_with(RESPONSE, "_a", (struct idp_form){.named = &other}), NULL);
	struct idp_form own = {.named = &other};
	expect_of("signed with the key it names", idp_sign(&other, RESPONSE, "_a", &own),
		  "saml.signature");
	free(good);
	free(signature);
}

static void a_good_assertion_does_not_excuse_a_bad_response_signature(void **state)
{
	char *both = sign_both(RESPONSE);

	(void)state;
	expect_of("response tampered",
		  text_with(both, "12:00:00Z\" Destination", "12:00:01Z\" Destination"),
		  "saml.signature");
	free(both);
}

static void weak_and_odd_signatures_are_refused(void **state)
{
#define MORE  "http://www.w3.org/2001/04/xmldsig-more#"
#define BASIC "http://www.w3.org/2000/09/xmldsig#"
	const struct {
		const char *name;
		struct idp_form form;
		const char *reason;
	} cases[] = {
		{"SHA-1", {.method = BASIC "rsa-sha1"}, "saml.algorithm"},
		{"MD5", {.method = MORE "rsa-md5"}, "saml.algorithm"},
		{"digest SHA-1", {.digest = BASIC "sha1"}, "saml.digest"},
		{"HMAC with the certificate",
		 {.method = MORE "hmac-sha256", .hmac = true},
		 "saml.algorithm"},
		{"empty URI", {.uri = ""}, "saml.reference"},
		{"another element", {.uri = "#_r"}, "saml.reference"},
		{"XPointer", {.uri = "#xpointer(/)"}, "saml.reference"},
		{"two references", {.second_reference = true}, "saml.signature_shape"},
		{"XPath",
		 {.transform = "http://www.w3.org/TR/1999/REC-xpath-19991116"},
		 "saml.transforms"},
		{"inclusive",
		 {.transform = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"},
		 "saml.transforms"},
		{"with comments",
		 {.transform = "http://www.w3.org/2001/10/xml-exc-c14n#WithComments"},
		 "saml.transforms"},
		{"not enveloped", {.no_enveloped = true}, "saml.transforms"},
		{"canonicalised otherwise",
		 {.canonicalization = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"},
		 "saml.canonicalization"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_of(cases[i].name, sign_with(RESPONSE, "_a", cases[i].form), cases[i].reason);
}

static const struct change signature_changed[] = {
	{"no URI", " URI=\"#_a\"", "", "saml.reference"},
	{"case of the ID", " URI=\"#_a\"", " URI=\"#_A\"", "saml.reference"},
	{"second digest", "</DigestValue>", "</DigestValue><DigestValue>AAAA</DigestValue>",
	 "saml.digest"},
	{"comment in the digest", "</DigestValue>", "<!-- x --></DigestValue>", "saml.markup"},
	{"element in the digest", "</DigestValue>", "<b/></DigestValue>", "saml.digest"},
	{"XSLT", "<Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>",
	 "<Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"/>",
	 "saml.transforms"},
	{"object", "</Signature>", "<Object/></Signature>", "saml.signature_place"},
	{"second SignedInfo", "<SignatureValue>", "<SignedInfo/><SignatureValue>",
	 "saml.signature_shape"},
	{"comment in the name", ">hanako<", ">admin<!---->hanako<", "saml.markup"},
	{"CDATA in the name", ">hanako<", "><![CDATA[hanako]]><", "saml.markup"},
	{"processing instruction", ">hanako<", ">hanako<?x?><", "saml.markup"},
	{"document type", "<samlp:Response", "<!DOCTYPE x><samlp:Response", "saml.markup"},
	{"entity", "<samlp:Response", "<!DOCTYPE x [<!ENTITY e \"admin\">]><samlp:Response",
	 "saml.markup"},
	{"external entity", "<samlp:Response",
	 "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><samlp:Response", "saml.markup"},
	{"unknown entity", ">hanako<", ">&e;<", "saml.xml"},
	{"same ID twice", "<samlp:Status>", "<samlp:Status ID=\"_a\">", "saml.duplicate_id"},
	{"same ID, other spelling", "<samlp:Status>", "<samlp:Status Id=\"_a\">",
	 "saml.duplicate_id"},
	{"same ID, in a name space", "<samlp:Status>", "<samlp:Status samlp:ID=\"_a\">",
	 "saml.duplicate_id"},
	{"relative name space", "<saml:NameID ", "<saml:NameID xmlns:r=\"1\" r:x=\"1\" ",
	 "saml.signature"},
	{"not XML", "</samlp:Response>", "", "saml.xml"},
};

static void a_changed_signature_or_markup_is_refused(void **state)
{
	char *good = idp_sign(&idp, RESPONSE, "_a", NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(signature_changed) / sizeof(signature_changed[0]); i++) {
		const struct change *change = &signature_changed[i];
		/* dump() has written a declaration; a document type comes behind it */
		expect_of(change->name, text_with(good, change->find, change->replacement),
			  change->reason);
	}
	free(good);
}

/* Before the end of the response: count times one, then as often the other. */
static char *many(const char *good, int count, const char *one, const char *other_one)
{
	struct buf text;

	buf_init(&text, 1 << 20);
	for (int i = 0; i < count; i++)
		buf_put_text(&text, one);
	for (int i = 0; i < count; i++)
		buf_put_text(&text, other_one);
	buf_put_text(&text, TAIL);
	char *made = text_with(good, TAIL, buf_text(&text));
	buf_clear(&text);
	return made;
}

static void other_encodings_and_sizes_are_refused(void **state)
{
	static const uint8_t wide[] = {0xff, 0xfe, '<', 0, 'a', 0, '/', 0, '>', 0};
	char *good = idp_sign(&idp, RESPONSE, "_a", NULL);
	char *bomb = malloc(10 << 20);

	(void)state;
	assert_string_equal(
		saml_response_check(&ctx, &expect, (struct block){wide, sizeof(wide)}, &said),
		"saml.encoding");
	memset(bomb, ' ', 10 << 20);
	assert_string_equal(saml_response_check(&ctx, &expect,
						(struct block){(uint8_t *)bomb, 10 << 20}, &said),
			    "saml.size");
	assert_string_equal(saml_response_check(&ctx, &expect, (struct block){NULL, 0}, &said),
			    "saml.size");
	free(bomb);
	expect_of("deep", many(good, SAML_DEPTH_MAX, "<a>", "</a>"), "saml.depth");
	expect_of("wide", many(good, SAML_ELEMENTS_MAX, "<a/>", ""), "saml.size");
	free(good);
}

/* ------------------------------------------------------------------ wrapping */

/* The parts an attacker has: one response, signed for hanako, and an assertion about admin. */
struct parts {
	char *signed_response; /* its assertion is signed */
	char *assertion;       /* the signed one */
	char *signature;
	char *bare;	   /* the signed one without its signature */
	char *evil;	   /* about admin, ID _e */
	char *evil_signed; /* with the good one's signature in it */
	char *evil_same;   /* about admin, same ID */
};

static struct parts take_apart(void)
{
	struct parts parts = {.signed_response = idp_sign(&idp, RESPONSE, "_a", NULL)};

	parts.assertion = text_part(parts.signed_response, "<saml:Assertion", "</saml:Assertion>");
	parts.signature = text_part(parts.assertion, "<Signature", "</Signature>");
	parts.bare = text_with(parts.assertion, parts.signature, "");
	parts.evil_same = text_with(parts.bare, ">hanako<", ">admin<");
	parts.evil = text_with(parts.evil_same, "ID=\"_a\"", "ID=\"_e\"");
	char *issuer = NULL;
	assert_true(asprintf(&issuer, "%s</saml:Issuer>%s", IDP, parts.signature) > 0);
	parts.evil_signed = text_with(parts.evil, IDP "</saml:Issuer>", issuer);
	free(issuer);
	return parts;
}

static void parts_free(struct parts *parts)
{
	free(parts->signed_response);
	free(parts->assertion);
	free(parts->signature);
	free(parts->bare);
	free(parts->evil);
	free(parts->evil_signed);
	free(parts->evil_same);
}

/* The signed assertion in its response replaced by this text. */
static char *instead(const struct parts *parts, const char *format, const char *one,
		     const char *two)
{
	char *text = NULL;
	const char *at = strstr(format, "%s");

	assert_non_null(at);
	const char *again = strstr(at + 2, "%s");
	assert_true(asprintf(&text, "%.*s%s%.*s%s%s", (int)(at - format), format, one,
			     again ? (int)(again - at - 2) : 0, at + 2, again ? two : "",
			     again ? again + 2 : at + 2) > 0);
	char *whole = text_with(parts->signed_response, parts->assertion, text);
	free(text);
	return whole;
}

static void signed_assertions_wrapped_in_every_way_are_refused(void **state)
{
	struct parts parts = take_apart();
	char *moved =
		text_with(parts.evil_signed, "</Signature>", "<Object>%s</Object></Signature>");
	char *around = text_with(parts.evil, "</saml:Assertion>", "%s</saml:Assertion>");
	char *within = text_with(parts.evil_signed, "</saml:Assertion>", "%s</saml:Assertion>");
	char *advice = text_with(parts.evil_signed, "</saml:Assertion>",
				 "<saml:Advice>%s</saml:Advice></saml:Assertion>");
	const struct {
		const char *name, *format, *one, *two;
	} cases[] = {
		{"XSW3: evil before", "%s%s", parts.evil, parts.assertion},
		{"evil after", "%s%s", parts.assertion, parts.evil},
		{"evil before, same ID", "%s%s", parts.evil_same, parts.assertion},
		{"evil after, same ID", "%s%s", parts.assertion, parts.evil_same},
		{"XSW4: evil around", around, parts.assertion, NULL},
		{"XSW5: signature in evil, original after", "%s%s", parts.evil_signed, parts.bare},
		{"XSW6: original in the signature within evil", within, parts.bare, NULL},
		{"XSW7: evil in Extensions", "<samlp:Extensions>%s</samlp:Extensions>%s",
		 parts.evil, parts.assertion},
		{"original in Extensions", "<samlp:Extensions>%s</samlp:Extensions>%s",
		 parts.assertion, parts.evil},
		{"XSW8: original in Object of the signature", moved, parts.bare, NULL},
		{"original in Advice", advice, parts.bare, NULL},
		{"original in an element of nobody", "<x>%s</x>%s", parts.assertion, parts.evil},
		{"evil alone with the signature", "%s", parts.evil_signed, NULL},
		{"evil in another name space",
		 "%s<Assertion xmlns=\"urn:x\" ID=\"_e\">%s</Assertion>", parts.evil,
		 parts.assertion},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *xml = instead(&parts, cases[i].format, cases[i].one, cases[i].two);
		const char *why = judge(xml);
		if (!why || strcmp(said.name_id ? said.name_id : "", "admin") == 0)
			fail_msg("%s was taken, or read\n%s", cases[i].name, xml);
		/* With the first judge off, what it would have read for the attacker. */
		if (!judge_again(xml, &(struct saml_said){.name_id = "admin"}))
			fail_msg("%s was taken by lasso\n%s", cases[i].name, xml);
		free(xml);
	}
	free(moved);
	free(around);
	free(within);
	free(advice);
	parts_free(&parts);
}

static void signed_responses_wrapped_in_every_way_are_refused(void **state)
{
	char *good = idp_sign(&idp, RESPONSE, "_r", NULL);
	char *response = text_part(good, "<samlp:Response", "</samlp:Response>");
	char *signature = text_part(response, "<Signature", "</Signature>");
	char *bare = text_with(response, signature, "");
	char *evil_same = text_with(bare, ">hanako<", ">admin<");
	char *renamed = text_with(evil_same, "ID=\"_r\"", "ID=\"_e\"");
	char *evil = text_with(renamed, "ID=\"_a\"", "ID=\"_f\"");
	char *wrapped = NULL, *object = NULL, *xml;

	(void)state;
	/* XSW1: evil response around, original in the signature's Object; XSW2: beside it. */
	assert_true(asprintf(&object, "%.*s<Object>%s</Object></Signature>",
			     (int)(strlen(signature) - strlen("</Signature>")), signature,
			     bare) > 0);
	assert_true(asprintf(&wrapped, "</saml:Issuer>%s", object) > 0);
	xml = text_with(evil, "</saml:Issuer>", wrapped);
	expect_of("XSW1", xml, "saml.not_a_response");
	free(wrapped);
	assert_true(asprintf(&wrapped, "</saml:Issuer>%s%s", bare, signature) > 0);
	expect_of("XSW2", text_with(evil, "</saml:Issuer>", wrapped), "saml.not_a_response");
	free(wrapped);
	assert_true(asprintf(&wrapped, "<samlp:Extensions>%s</samlp:Extensions><samlp:Status>",
			     response) > 0);
	expect_of("signed response in Extensions", text_with(evil, "<samlp:Status>", wrapped),
		  "saml.not_a_response");
	free(wrapped);
	assert_true(asprintf(&wrapped, "</saml:Issuer>%s", signature) > 0);
	expect_of("evil with the signature, other ID", text_with(evil, "</saml:Issuer>", wrapped),
		  "saml.reference");
	expect_of("evil with the signature, same ID",
		  text_with(evil_same, "</saml:Issuer>", wrapped), "saml.signature");
	char *assertion = text_part(bare, "<saml:Assertion", "</saml:Assertion>");
	char *other_one = text_with(assertion, "ID=\"_a\"", "ID=\"_e\"");
	char *admin = text_with(other_one, ">hanako<", ">admin<");
	char *added = NULL;
	assert_true(asprintf(&added, "%s</samlp:Response>", admin) > 0);
	expect_of("second assertion", text_with(response, "</samlp:Response>", added),
		  "saml.assertions");
	free(added);
	free(admin);
	free(other_one);
	free(assertion);
	free(wrapped);
	free(object);
	free(evil);
	free(renamed);
	free(evil_same);
	free(bare);
	free(signature);
	free(response);
	free(good);
}

/* Namespaces that another parser would take apart otherwise: what is read was hashed. */
static void what_is_read_was_hashed(void **state)
{
	char *inner = idp_sign(&idp, ASSERTION, "_a", NULL);
	char *assertion = text_part(inner, "<saml:Assertion", "</saml:Assertion>");
	char *renamed = text_with(assertion, "<saml:NameID ", "<saml:NameID xmlns:saml=\"urn:x\" ");
	char *xml = NULL;

	(void)state;
	assert_true(asprintf(&xml, HEAD "%s" TAIL, assertion) > 0);
	expect_of("as signed", xml, NULL);
	assert_true(asprintf(&xml, HEAD "%s" TAIL, renamed) > 0);
	expect_of("prefix bound anew", xml, "saml.signature");
	free(renamed);
	free(assertion);
	free(inner);
}

/* ------------------------------------------------------------------ encryption */

static char *sealed_response(const char *assertion, const char *cipher)
{
	char *sealed = idp_encrypt(us.certificate, assertion, cipher), *xml = NULL;

	assert_true(asprintf(&xml, HEAD "%s" TAIL, sealed) > 0);
	free(sealed);
	return xml;
}

static char *sealed_around(const char *before, const char *assertion, const char *after)
{
	char *text = NULL;

	assert_true(asprintf(&text, "%s%s%s", before, assertion, after) > 0);
	char *xml = sealed_response(text, "aes256-gcm");
	char *both = idp_sign(&idp, xml, "_r", NULL);
	free(text);
	free(xml);
	return both;
}

/* Of the sealed data only so many characters are left, which are 3 bytes for each 4. */
static char *sealed_cut_to(const char *xml, int characters)
{
	const char *data = strstr(strstr(xml, "</xenc:EncryptedKey>"), "<xenc:CipherValue>");
	const char *end;
	char *cut = NULL;

	assert_non_null(data);
	data += strlen("<xenc:CipherValue>");
	end = strchr(data, '<');
	assert_true(end && end - data > characters);
	assert_true(asprintf(&cut, "%.*s%s%s", (int)(data - xml) + characters, xml,
			     characters % 4 ? "==" : "", end) > 0);
	return cut;
}

static void encrypted_assertions_are_opened_and_still_have_to_be_signed(void **state)
{
	char *inner = idp_sign(&idp, ASSERTION, "_a", NULL);
	char *assertion = text_part(inner, "<saml:Assertion", "</saml:Assertion>");
	char *xml;

	(void)state;
	expect_of("signed within", sealed_response(assertion, "aes256-gcm"), NULL);
	assert_string_equal(said.name_id, "hanako");
	expect_of("128 bits", sealed_response(assertion, "aes128-gcm"), NULL);
	expect_of("nobody signed", sealed_response(ASSERTION, "aes256-gcm"), "saml.unsigned");
	xml = sealed_response(ASSERTION, "aes256-gcm");
	expect_of("signed around", idp_sign(&idp, xml, "_r", NULL), NULL);
	free(xml);
	expect_of("CBC", sealed_response(assertion, "aes128-cbc"), "saml.encryption");
	xml = sealed_response(assertion, "aes256-gcm");
	char *changed = strdup(xml);
	char *last = strstr(changed, "</xenc:EncryptedKey>");
	last = strstr(last, "<xenc:CipherValue>") + strlen("<xenc:CipherValue>") + 200;
	*last = *last == 'A' ? 'B' : 'A';
	expect_of("one character of the cipher text", changed, "saml.encryption");
	expect_of("nothing but IV and tag", sealed_cut_to(xml, 38), "saml.encryption");
	expect_of("nothing but an IV", sealed_cut_to(xml, 16), "saml.encryption");
	expect_of("PKCS #1 v1.5", text_with(xml, "rsa-oaep-mgf1p", "rsa-1_5"), "saml.encryption");
	expect.key.len = 0;
	expect_of("no key", xml, "saml.sealed");
	char *twice = NULL;
	assert_true(asprintf(&twice, "%s%s", assertion, assertion) > 0);
	expect.key.len = secret_len(us.key);
	expect_of("two within", sealed_response(twice, "aes256-gcm"), "saml.xml");
	expect_of("document type within", sealed_response("<!DOCTYPE x><x/>", "aes256-gcm"),
		  "saml.markup");
	free(twice);
	expect_of("an element around it",
		  sealed_around("<x xmlns:saml=\"urn:x\">", assertion, "</x>"), "saml.assertions");
	char *evil = text_with(ASSERTION, ">hanako<", ">admin<");
	char *open = text_with(evil, "ID=\"_a\"", "ID=\"_e\"");
	char *cut = text_with(open, "</saml:Assertion>", "<saml:Advice>");
	expect_of("evil around it",
		  sealed_around(cut, assertion, "</saml:Advice></saml:Assertion>"),
		  "saml.assertions");
	free(cut);
	free(open);
	free(evil);
	free(assertion);
	free(inner);
}

/* Each refuses what the other would take. */
static void both_judges_must_accept(void **state)
{
	char *without = text_with(RESPONSE, "<saml:Issuer>" IDP "</saml:Issuer><samlp:Status>",
				  "<samlp:Status>");
	char *one = idp_sign(&idp, without, "_a", NULL);
	char *late = text_with(RESPONSE, "12:05:00.1234567Z", "11:05:00Z");
	char *two = idp_sign(&idp, late, "_a", NULL);

	(void)state;
	assert_null(judge(one));
	assert_string_equal(judge_again(one, &said), "saml.lasso");
	assert_string_equal(judge(two), "saml.expired");
	assert_null(judge_again(two, &(struct saml_said){.name_id = "hanako"}));
	assert_string_equal(judge_again(two, &(struct saml_said){.name_id = "hanak"}),
			    "saml.lasso_differs");
	free(two);
	free(late);
	free(one);
	free(without);
}

/* The second opens what is sealed by itself: its verdict is no echo of the first's. */
static void both_judges_open_what_is_sealed(void **state)
{
	char *inner = idp_sign(&idp, ASSERTION, "_a", NULL);
	char *assertion = text_part(inner, "<saml:Assertion", "</saml:Assertion>");
	char *sealed = sealed_response(assertion, "aes256-gcm");
	char *unsigned_one = sealed_response(ASSERTION, "aes256-gcm");
	char *untyped = text_with(sealed, " Type=\"http://www.w3.org/2001/04/xmlenc#Element\"", "");

	(void)state;
	assert_null(judge_again(sealed, &(struct saml_said){.name_id = "hanako"}));
	assert_string_equal(judge_again(sealed, &(struct saml_said){.name_id = "hanak"}),
			    "saml.lasso_differs");
	assert_string_equal(judge_again(unsigned_one, &(struct saml_said){.name_id = "hanako"}),
			    "saml.lasso");
	expect_of("it does not say that an element is sealed", untyped, "saml.lasso");
	expect.key = (struct block){secret_bytes(other.key), secret_len(other.key)};
	assert_string_equal(judge_again(sealed, &(struct saml_said){.name_id = "hanako"}),
			    "saml.lasso");
	free(unsigned_one);
	free(sealed);
	free(assertion);
	free(inner);
}

static int start(void **state)
{
	(void)state;
	ctx_init(&ctx, NULL);
	assert_int_equal(saml_signature_init(&ctx), ERR_OK);
	idp = idp_new("idp");
	other = idp_new("other");
	us = idp_new("us");
	return 0;
}

static int stop(void **state)
{
	(void)state;
	idp_free(&idp);
	idp_free(&other);
	idp_free(&us);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(honest_responses_are_taken_and_say_who),
		TEST(sha2_in_all_sizes_is_taken),
		TEST(what_is_not_for_us_or_not_now_is_refused),
		TEST(an_envelope_that_is_not_for_us_is_refused),
		TEST(the_assertions_own_issuer_counts),
		TEST(another_providers_answer_is_refused),
		TEST(an_unasked_response_is_taken_only_when_nobody_was_asked),
		TEST(an_attribute_that_comes_twice_is_ambiguous),
		TEST(unsigned_and_foreign_signatures_are_refused),
		TEST(a_good_assertion_does_not_excuse_a_bad_response_signature),
		TEST(weak_and_odd_signatures_are_refused),
		TEST(a_changed_signature_or_markup_is_refused),
		TEST(other_encodings_and_sizes_are_refused),
		TEST(signed_assertions_wrapped_in_every_way_are_refused),
		TEST(signed_responses_wrapped_in_every_way_are_refused),
		TEST(what_is_read_was_hashed),
		TEST(both_judges_must_accept),
		TEST(encrypted_assertions_are_opened_and_still_have_to_be_signed),
		TEST(both_judges_open_what_is_sealed),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
