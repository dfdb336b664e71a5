/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/saml/response.h"

#include <string.h>

#include "auth/saml/assertion.h"
#include "auth/saml/crypt.h"
#include "auth/saml/xml.h"
#include "base/arena.h"
#include "base/cleanup.h"

#define SUCCESS "urn:oasis:names:tc:SAML:2.0:status:Success"

/* One response on its way: what came, and what its signatures vouch for. */
struct response {
	const struct saml_expect *expect;
	xmlDoc *came, *whole, *plain, *part; /* whole, part: parsed again from signed bytes */
	struct buf whole_bytes, plain_bytes, part_bytes;
	const xmlNode *envelope;
};

static bool equal(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

static struct block bytes_of(const struct buf *buf)
{
	return (struct block){buf->data, buf->len};
}

/* ------------------------------------------------------------------ where things may stand */

/* One assertion, plain or encrypted, as a child of the response; signatures only as children of
 * these two. What stands anywhere else is not ours to understand. */
static const char *layout(const xmlDoc *doc)
{
	const xmlNode *root = xmlDocGetRootElement(doc);
	const xmlNode *plain = saml_xml_only(root, SAML_NS_ASSERTION, "Assertion");
	const xmlNode *sealed = saml_xml_only(root, SAML_NS_ASSERTION, "EncryptedAssertion");

	if (!saml_xml_is(root, SAML_NS_PROTOCOL, "Response") ||
	    saml_xml_count(doc, SAML_NS_PROTOCOL, "Response") != 1)
		return "saml.not_a_response";
	if (!plain == !sealed ||
	    saml_xml_count(doc, SAML_NS_ASSERTION, "Assertion") +
			    saml_xml_count(doc, SAML_NS_ASSERTION, "EncryptedAssertion") !=
		    1)
		return "saml.assertions";
	if (saml_xml_count(doc, SAML_NS_DSIG, "Object") > 0 ||
	    saml_xml_count(doc, SAML_NS_DSIG, "Signature") !=
		    (saml_xml_only(root, SAML_NS_DSIG, "Signature") != NULL) +
			    (size_t)(saml_xml_only(plain, SAML_NS_DSIG, "Signature") != NULL))
		return "saml.signature_place";
	return NULL;
}

/* ------------------------------------------------------------------ signatures */

/* *out: the signed bytes, parsed. An element without a signature leaves it NULL. */
static const char *open_signed(struct ctx *ctx, const struct response *response, xmlNode *element,
			       struct buf *bytes, xmlDoc **out)
{
	const char *why;

	if (!saml_xml_next(element, NULL, SAML_NS_DSIG, "Signature"))
		return NULL;
	why = saml_signature_check(ctx, element, &response->expect->keys, bytes);
	if (!why)
		*out = saml_xml_parse(bytes_of(bytes), &why);
	return why;
}

static const char *verify(struct ctx *ctx, struct response *response)
{
	xmlNode *root = xmlDocGetRootElement(response->came);
	xmlNode *assertion = saml_xml_only(root, SAML_NS_ASSERTION, "Assertion");
	const char *why =
		open_signed(ctx, response, root, &response->whole_bytes, &response->whole);

	if (!why && assertion)
		why = open_signed(ctx, response, assertion, &response->part_bytes, &response->part);
	response->envelope = response->whole ? xmlDocGetRootElement(response->whole) : root;
	return why;
}

/* The signature within, if there is one, is the assertion's own. */
static const char *decrypt(struct ctx *ctx, struct response *response, const xmlNode *sealed)
{
	const char *why = saml_decrypt(ctx, sealed, response->expect->key, &response->plain_bytes);

	if (!why)
		response->plain = saml_xml_parse(bytes_of(&response->plain_bytes), &why);
	if (why)
		return why;
	xmlNode *root = xmlDocGetRootElement(response->plain);
	if (!saml_xml_is(root, SAML_NS_ASSERTION, "Assertion") ||
	    saml_xml_count(response->plain, SAML_NS_ASSERTION, "Assertion") != 1 ||
	    saml_xml_count(response->plain, SAML_NS_DSIG, "Signature") !=
		    (saml_xml_only(root, SAML_NS_DSIG, "Signature") != NULL))
		return "saml.assertions";
	return open_signed(ctx, response, root, &response->part_bytes, &response->part);
}

/* The assertion as signed, by itself or as part of a signed response; NULL: nobody signed it. */
static const xmlNode *signed_assertion(const struct response *response)
{
	const xmlNode *within =
		response->whole ? saml_xml_only(response->envelope, SAML_NS_ASSERTION, "Assertion")
				: NULL;

	if (response->part)
		return xmlDocGetRootElement(response->part);
	return response->whole && response->plain ? xmlDocGetRootElement(response->plain) : within;
}

/* ------------------------------------------------------------------ the envelope */

static const char *envelope_fits(struct ctx *ctx, const struct response *response)
{
	const struct saml_expect *expect = response->expect;
	const xmlNode *envelope = response->envelope;
	const xmlNode *status = saml_xml_only(envelope, SAML_NS_PROTOCOL, "Status");
	const xmlNode *code = saml_xml_only(status, SAML_NS_PROTOCOL, "StatusCode");
	const char *request = saml_xml_attribute(ctx, envelope, "InResponseTo");
	bool issuer = saml_xml_next(envelope, NULL, SAML_NS_ASSERTION, "Issuer") != NULL;

	if (!equal(saml_xml_attribute(ctx, envelope, "Version"), "2.0"))
		return "saml.version";
	if (!equal(saml_xml_attribute(ctx, envelope, "Destination"), expect->acs))
		return "saml.destination";
	if (issuer && !saml_issuer_fits(ctx, expect, envelope))
		return "saml.issuer";
	if (expect->request ? !equal(request, expect->request) : request != NULL)
		return "saml.in_response_to";
	return equal(saml_xml_attribute(ctx, code, "Value"), SUCCESS) ? NULL : "saml.status";
}

/* A refusal carries no assertion: only whether it is for us is looked at. */
static bool is_refusal(struct ctx *ctx, const xmlDoc *doc)
{
	const xmlNode *root = xmlDocGetRootElement(doc);
	const xmlNode *status = saml_xml_only(root, SAML_NS_PROTOCOL, "Status");
	const xmlNode *code = saml_xml_only(status, SAML_NS_PROTOCOL, "StatusCode");
	const char *value = saml_xml_attribute(ctx, code, "Value");

	return saml_xml_is(root, SAML_NS_PROTOCOL, "Response") && value &&
	       strcmp(value, SUCCESS) != 0;
}

static const char *judge(struct ctx *ctx, struct response *response, struct saml_said *out)
{
	const char *why = layout(response->came);

	if (why)
		return is_refusal(ctx, response->came) ? "saml.status" : why;
	why = verify(ctx, response);
	if (!why)
		why = envelope_fits(ctx, response);
	if (why)
		return why;
	const xmlNode *sealed =
		saml_xml_only(response->envelope, SAML_NS_ASSERTION, "EncryptedAssertion");
	if (sealed && response->expect->key.len == 0)
		return "saml.sealed";
	if (sealed)
		why = decrypt(ctx, response, sealed);
	if (why)
		return why;
	const xmlNode *assertion = signed_assertion(response);
	return assertion ? saml_assertion_check(ctx, response->expect, assertion, out)
			 : "saml.unsigned";
}

static void clear(struct response *response)
{
	saml_xml_free_p(&response->came);
	saml_xml_free_p(&response->whole);
	saml_xml_free_p(&response->plain);
	saml_xml_free_p(&response->part);
	buf_clear(&response->whole_bytes);
	buf_clear(&response->plain_bytes);
	buf_clear(&response->part_bytes);
}

const char *saml_response_check(struct ctx *ctx, const struct saml_expect *expect,
				struct block message, struct saml_said *out)
{
	scoped(clear) struct response response = {.expect = expect};
	const char *why;

	*out = (struct saml_said){.expires_us = 0};
	buf_init(&response.whole_bytes, SAML_XML_MAX);
	buf_init_wiped(&response.plain_bytes, SAML_XML_MAX);
	buf_init_wiped(&response.part_bytes, SAML_XML_MAX);
	response.came = saml_xml_parse(message, &why);
	return response.came ? judge(ctx, &response, out) : why;
}
