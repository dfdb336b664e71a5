/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/saml/logout.h"

#include <string.h>

#include "auth/saml/assertion.h"
#include "auth/saml/xml.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/text.h"

#define SUCCESS "urn:oasis:names:tc:SAML:2.0:status:Success"

enum { LEAVE_MAX = 8 * 1024, LEAVE_S = 300, ID_MAX = 255 };
static const int64_t second_us = 1000000;

/* One message on its way: what came, and, of a form, what its signature vouches for. */
struct notice {
	const struct saml_expect *expect;
	xmlDoc *came, *signed_part;
	struct buf bytes;
	const xmlNode *root; /* to be read */
	const char *query;
};

static bool equal(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

static bool is_name(const char *text, size_t max)
{
	return text && text[0] && strlen(text) <= max &&
	       text_is_printable(text, strlen(text), false);
}

/* ------------------------------------------------------------------ signature */

/* A form's is within, as the child of the message; an address has it beside, and none within. */
static const char *layout(const xmlDoc *doc, const char *name, bool is_form)
{
	const xmlNode *root = xmlDocGetRootElement(doc);

	if (!saml_xml_is(root, SAML_NS_PROTOCOL, name) ||
	    saml_xml_count(doc, SAML_NS_PROTOCOL, name) != 1)
		return "saml.not_a_logout";
	if (saml_xml_count(doc, SAML_NS_DSIG, "Object") > 0 ||
	    saml_xml_count(doc, SAML_NS_DSIG, "Signature") !=
		    (is_form && saml_xml_only(root, SAML_NS_DSIG, "Signature")))
		return "saml.signature_place";
	return NULL;
}

static const char *verify_form(struct ctx *ctx, struct notice *notice)
{
	xmlNode *root = xmlDocGetRootElement(notice->came);
	const char *why = saml_signature_check(ctx, root, &notice->expect->keys, &notice->bytes);

	if (!why)
		notice->signed_part =
			saml_xml_parse((struct block){notice->bytes.data, notice->bytes.len}, &why);
	notice->root = notice->signed_part ? xmlDocGetRootElement(notice->signed_part) : NULL;
	return why;
}

static const char *verify(struct ctx *ctx, struct notice *notice,
			  const struct saml_arrival *arrival, const char *name)
{
	const char *why;

	notice->came = saml_xml_parse(arrival->message, &why);
	if (!notice->came)
		return why;
	why = layout(notice->came, name, !arrival->query);
	if (why)
		return why;
	if (!arrival->query)
		return verify_form(ctx, notice);
	notice->root = xmlDocGetRootElement(notice->came);
	return saml_redirect_check(ctx, arrival->query, &notice->expect->keys, &notice->query);
}

static void clear(struct notice *notice)
{
	saml_xml_free_p(&notice->came);
	saml_xml_free_p(&notice->signed_part);
	buf_clear(&notice->bytes);
}

/* ------------------------------------------------------------------ what it says */

static const char *envelope_fits(struct ctx *ctx, const struct notice *notice, int64_t *out_issued)
{
	const struct saml_expect *expect = notice->expect;
	const int64_t skew_us = SAML_SKEW_S * second_us;

	if (!equal(saml_xml_attribute(ctx, notice->root, "Version"), "2.0"))
		return "saml.version";
	if (!equal(saml_xml_attribute(ctx, notice->root, "Destination"), expect->acs))
		return "saml.destination";
	if (!saml_issuer_fits(ctx, expect, notice->root))
		return "saml.issuer";
	if (!saml_xml_time(saml_xml_attribute(ctx, notice->root, "IssueInstant"), out_issued) ||
	    *out_issued > expect->now_us + skew_us)
		return "saml.not_yet";
	if (*out_issued < expect->now_us - SAML_LOGOUT_AGE_S * second_us - skew_us)
		return "saml.expired";
	return NULL;
}

static const char *not_over(struct ctx *ctx, const struct notice *notice)
{
	const char *text = saml_xml_attribute(ctx, notice->root, "NotOnOrAfter");
	int64_t end = 0;

	if (!text)
		return NULL;
	return saml_xml_time(text, &end) && notice->expect->now_us < end + SAML_SKEW_S * second_us
		       ? NULL
		       : "saml.expired";
}

static const char *read_name(struct ctx *ctx, const xmlNode *root, struct saml_logout *out)
{
	const xmlNode *name = saml_xml_only(root, SAML_NS_ASSERTION, "NameID");
	const char *format = saml_xml_attribute(ctx, name, "Format");

	if (saml_xml_next(root, NULL, SAML_NS_ASSERTION, "EncryptedID"))
		return "saml.encryption";
	out->name_id = saml_xml_text(ctx, name);
	out->name_format = format ? format : "";
	return is_name(out->name_id, SAML_NAME_MAX) && strlen(out->name_format) <= SAML_NAME_MAX
		       ? NULL
		       : "saml.name_id";
}

static const char *read_indexes(struct ctx *ctx, const xmlNode *root, struct saml_logout *out)
{
	const xmlNode *node = NULL;

	while ((node = saml_xml_next(root, node, SAML_NS_PROTOCOL, "SessionIndex"))) {
		const char *index = saml_xml_text(ctx, node);
		if (out->index_count == SAML_INDEXES_MAX || !is_name(index, SAML_INDEX_MAX))
			return "saml.session_index";
		out->indexes[out->index_count++] = index;
	}
	return NULL;
}

static const char *read_request(struct ctx *ctx, const struct notice *notice,
				struct saml_logout *out)
{
	int64_t issued = 0;
	const char *why = envelope_fits(ctx, notice, &issued);

	if (!why)
		why = not_over(ctx, notice);
	out->id = saml_xml_attribute(ctx, notice->root, "ID");
	if (!why && !is_name(out->id, ID_MAX))
		why = "saml.id";
	if (!why)
		why = read_name(ctx, notice->root, out);
	if (!why)
		why = read_indexes(ctx, notice->root, out);
	out->expires_us = issued + (SAML_LOGOUT_AGE_S + 2 * SAML_SKEW_S) * second_us;
	out->query = notice->query;
	return why;
}

const char *saml_logout_check(struct ctx *ctx, const struct saml_expect *expect,
			      const struct saml_arrival *arrival, struct saml_logout *out)
{
	scoped(clear) struct notice notice = {.expect = expect};

	*out = (struct saml_logout){.id = NULL};
	buf_init(&notice.bytes, SAML_XML_MAX);
	const char *why = verify(ctx, &notice, arrival, "LogoutRequest");
	return why ? why : read_request(ctx, &notice, out);
}

const char *saml_logout_check_response(struct ctx *ctx, const struct saml_expect *expect,
				       const struct saml_arrival *arrival)
{
	scoped(clear) struct notice notice = {.expect = expect};
	int64_t issued = 0;

	buf_init(&notice.bytes, SAML_XML_MAX);
	const char *why = verify(ctx, &notice, arrival, "LogoutResponse");
	if (!why)
		why = envelope_fits(ctx, &notice, &issued);
	if (why)
		return why;
	const xmlNode *status = saml_xml_only(notice.root, SAML_NS_PROTOCOL, "Status");
	const xmlNode *code = saml_xml_only(status, SAML_NS_PROTOCOL, "StatusCode");
	if (!equal(saml_xml_attribute(ctx, notice.root, "InResponseTo"), expect->request))
		return "saml.in_response_to";
	return equal(saml_xml_attribute(ctx, code, "Value"), SUCCESS) ? NULL : "saml.status";
}

const char *saml_logout_sender(struct ctx *ctx, struct block message, const char **out)
{
	const char *why;
	scoped(saml_xml_free_p) xmlDoc *doc = saml_xml_parse(message, &why);

	if (!doc)
		return why;
	*out = saml_xml_text(ctx,
			     saml_xml_only(xmlDocGetRootElement(doc), SAML_NS_ASSERTION, "Issuer"));
	return is_name(*out, SAML_NAME_MAX) ? NULL : "saml.issuer";
}

/* ------------------------------------------------------------------ what we say */

static void put_head(struct buf *out, const struct saml_leave *leave)
{
	buf_put_text(out, "<samlp:");
	buf_put_text(out, leave->answers ? "LogoutResponse" : "LogoutRequest");
	buf_put_text(out,
		     " xmlns:samlp=\"" SAML_NS_PROTOCOL "\" xmlns:saml=\"" SAML_NS_ASSERTION "\"");
	saml_xml_put_attribute(out, "ID", leave->id);
	saml_xml_put_attribute(out, "Version", "2.0");
	saml_xml_put_time(out, "IssueInstant", leave->now_us);
	saml_xml_put_attribute(out, "Destination", leave->address);
	if (leave->answers)
		saml_xml_put_attribute(out, "InResponseTo", leave->answers);
	else
		saml_xml_put_time(out, "NotOnOrAfter", leave->now_us + LEAVE_S * second_us);
	buf_put_text(out, "><saml:Issuer>");
	saml_xml_put_text(out, leave->entity);
	buf_put_text(out, "</saml:Issuer>");
}

static void put_whom(struct buf *out, const struct saml_leave *leave)
{
	buf_put_text(out, "<saml:NameID");
	if (leave->name_format[0])
		saml_xml_put_attribute(out, "Format", leave->name_format);
	buf_put_u8(out, '>');
	saml_xml_put_text(out, leave->name_id);
	buf_put_text(out, "</saml:NameID>");
	if (!leave->index[0])
		return;
	buf_put_text(out, "<samlp:SessionIndex>");
	saml_xml_put_text(out, leave->index);
	buf_put_text(out, "</samlp:SessionIndex>");
}

enum err saml_logout_url(struct ctx *ctx, const struct saml_leave *leave, struct buf *url)
{
	scoped(buf_clear) struct buf xml;
	const struct saml_redirect redirect = {.parameter = leave->answers ? "SAMLResponse"
									   : "SAMLRequest",
					       .address = leave->address,
					       .relay = leave->relay,
					       .key = leave->key};

	buf_init(&xml, LEAVE_MAX);
	put_head(&xml, leave);
	if (leave->answers)
		buf_put_text(&xml, "<samlp:Status><samlp:StatusCode Value=\"" SUCCESS
				   "\"/></samlp:Status></samlp:LogoutResponse>");
	else
		put_whom(&xml, leave);
	if (!leave->answers)
		buf_put_text(&xml, "</samlp:LogoutRequest>");
	if (buf_failed(&xml))
		return err_set(ctx, buf_error(&xml), "The message could not be made.");
	return saml_redirect_url(ctx, &redirect, &xml, url);
}
