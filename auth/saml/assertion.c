/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/saml/assertion.h"

#include <string.h>

#include "auth/saml/xml.h"
#include "base/arena.h"
#include "base/text.h"

#define BEARER	      "urn:oasis:names:tc:SAML:2.0:cm:bearer"
#define ENTITY_FORMAT "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"

static const int64_t skew_us = (int64_t)SAML_SKEW_S * 1000000;

static bool equal(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static const xmlNode *only(const xmlNode *of, const char *name)
{
	return saml_xml_only(of, SAML_NS_ASSERTION, name);
}

bool saml_issuer_fits(struct ctx *ctx, const struct saml_expect *expect, const xmlNode *of)
{
	const xmlNode *issuer = only(of, "Issuer");
	const char *format = saml_xml_attribute(ctx, issuer, "Format");

	return equal(saml_xml_text(ctx, issuer), expect->issuer) &&
	       (!format || equal(format, ENTITY_FORMAT));
}

/* Not yet over. */
static bool before(const struct saml_expect *expect, int64_t end_us)
{
	return expect->now_us < end_us + skew_us;
}

/* An attribute that may be absent (then end_us stays), but not be malformed. */
static bool time_of(struct ctx *ctx, const xmlNode *node, const char *name, int64_t *out)
{
	const char *text = saml_xml_attribute(ctx, node, name);

	return !text || saml_xml_time(text, out);
}

/* ------------------------------------------------------------------ subject */

static const char *confirmation(struct ctx *ctx, const struct saml_expect *expect,
				const xmlNode *subject, struct saml_said *out)
{
	const xmlNode *confirmed = only(subject, "SubjectConfirmation");
	const xmlNode *data = only(confirmed, "SubjectConfirmationData");
	const char *request = saml_xml_attribute(ctx, data, "InResponseTo");

	if (!data || !equal(saml_xml_attribute(ctx, confirmed, "Method"), BEARER))
		return "saml.confirmation";
	if (!equal(saml_xml_attribute(ctx, data, "Recipient"), expect->acs))
		return "saml.recipient";
	if (expect->request ? !equal(request, expect->request) : request != NULL)
		return "saml.in_response_to";
	if (saml_xml_attribute(ctx, data, "NotBefore") ||
	    !saml_xml_time(saml_xml_attribute(ctx, data, "NotOnOrAfter"), &out->expires_us))
		return "saml.confirmation";
	return before(expect, out->expires_us) ? NULL : "saml.expired";
}

static bool fits_in(const char *text)
{
	return text && text[0] && strlen(text) <= SAML_NAME_MAX &&
	       text_is_printable(text, strlen(text), false);
}

static const char *subject_of(struct ctx *ctx, const struct saml_expect *expect,
			      const xmlNode *assertion, struct saml_said *out)
{
	const xmlNode *subject = only(assertion, "Subject");
	const xmlNode *name = only(subject, "NameID");

	out->name_id = saml_xml_text(ctx, name);
	out->name_format = or_empty(saml_xml_attribute(ctx, name, "Format"));
	out->name_qualifier = or_empty(saml_xml_attribute(ctx, name, "NameQualifier"));
	if (!fits_in(out->name_id) || strlen(out->name_format) > SAML_NAME_MAX ||
	    strlen(out->name_qualifier) > SAML_NAME_MAX)
		return "saml.name_id";
	return confirmation(ctx, expect, subject, out);
}

/* ------------------------------------------------------------------ conditions */

static bool names_us(struct ctx *ctx, const struct saml_expect *expect, const xmlNode *restriction)
{
	const xmlNode *audience = NULL;

	while ((audience = saml_xml_next(restriction, audience, SAML_NS_ASSERTION, "Audience")))
		if (equal(saml_xml_text(ctx, audience), expect->entity))
			return true;
	return false;
}

/* Each restriction must name us; a condition that we do not know is not met. */
static const char *restrictions(struct ctx *ctx, const struct saml_expect *expect,
				const xmlNode *conditions)
{
	bool named = false;

	for (const xmlNode *node = conditions->children; node; node = node->next) {
		if (node->type != XML_ELEMENT_NODE)
			continue;
		if (saml_xml_is(node, SAML_NS_ASSERTION, "AudienceRestriction")) {
			if (!names_us(ctx, expect, node))
				return "saml.audience";
			named = true;
		} else if (!saml_xml_is(node, SAML_NS_ASSERTION, "OneTimeUse") &&
			   !saml_xml_is(node, SAML_NS_ASSERTION, "ProxyRestriction")) {
			return "saml.conditions";
		}
	}
	return named ? NULL : "saml.audience";
}

static const char *conditions_of(struct ctx *ctx, const struct saml_expect *expect,
				 const xmlNode *assertion)
{
	const xmlNode *conditions = only(assertion, "Conditions");
	int64_t from = INT64_MIN, until = INT64_MAX - skew_us;

	if (!conditions || !time_of(ctx, conditions, "NotBefore", &from) ||
	    !time_of(ctx, conditions, "NotOnOrAfter", &until))
		return "saml.conditions";
	if (from > expect->now_us + skew_us)
		return "saml.not_yet";
	if (!before(expect, until))
		return "saml.expired";
	return restrictions(ctx, expect, conditions);
}

/* ------------------------------------------------------------------ statements */

static const char *authentication(struct ctx *ctx, const struct saml_expect *expect,
				  const xmlNode *assertion, struct saml_said *out)
{
	const xmlNode *statement = only(assertion, "AuthnStatement");
	const xmlNode *context = only(statement, "AuthnContext");

	if (!saml_xml_time(saml_xml_attribute(ctx, statement, "AuthnInstant"),
			   &out->authenticated_us) ||
	    !time_of(ctx, statement, "SessionNotOnOrAfter", &out->session_until_us))
		return "saml.statement";
	if (out->authenticated_us > expect->now_us + skew_us)
		return "saml.not_yet";
	if (out->session_until_us != 0 && !before(expect, out->session_until_us))
		return "saml.expired";
	out->session_index = or_empty(saml_xml_attribute(ctx, statement, "SessionIndex"));
	out->context = or_empty(saml_xml_text(ctx, only(context, "AuthnContextClassRef")));
	return strlen(out->session_index) > SAML_NAME_MAX || strlen(out->context) > SAML_NAME_MAX
		       ? "saml.statement"
		       : NULL;
}

struct gather {
	struct saml_said *out;
	size_t values;
};

static struct saml_attribute *attribute_named(struct saml_said *out, const char *name)
{
	for (size_t i = 0; i < out->attribute_count; i++)
		if (strcmp(out->attributes[i].name, name) == 0)
			return &out->attributes[i];
	return NULL;
}

static size_t count_values(const xmlNode *attribute)
{
	const xmlNode *value = NULL;
	size_t count = 0;

	while ((value = saml_xml_next(attribute, value, SAML_NS_ASSERTION, "AttributeValue")))
		count++;
	return count;
}

/* Values that are not plain text (a nested NameID) are left out. */
static const char *take_attribute(struct ctx *ctx, struct gather *gather, const xmlNode *attribute)
{
	const char *name = saml_xml_attribute(ctx, attribute, "Name");
	struct saml_attribute *known = name ? attribute_named(gather->out, name) : NULL;
	size_t values = count_values(attribute);
	const xmlNode *value = NULL;

	gather->values += values;
	if (!fits_in(name) || strlen(name) > SAML_ATTRIBUTE_NAME_MAX ||
	    gather->values > SAML_VALUES_MAX || gather->out->attribute_count == SAML_ATTRIBUTES_MAX)
		return "saml.attributes";
	if (known) {
		known->ambiguous = true;
		return NULL;
	}
	struct saml_attribute *made = &gather->out->attributes[gather->out->attribute_count++];
	*made = (struct saml_attribute){
		.name = name, .values = arena_array(ctx->arena, const char *, values + 1)};
	if (!made->values)
		return "saml.attributes";
	while ((value = saml_xml_next(attribute, value, SAML_NS_ASSERTION, "AttributeValue"))) {
		const char *text = saml_xml_text(ctx, value);
		if (fits_in(text))
			made->values[made->count++] = text;
	}
	return NULL;
}

static const char *attributes_of(struct ctx *ctx, const xmlNode *assertion, struct saml_said *out)
{
	struct gather gather = {out, 0};
	const xmlNode *statement = NULL;
	const char *why = NULL;

	out->attributes = arena_array(ctx->arena, struct saml_attribute, SAML_ATTRIBUTES_MAX);
	if (!out->attributes)
		return "saml.attributes";
	while ((statement = saml_xml_next(assertion, statement, SAML_NS_ASSERTION,
					  "AttributeStatement"))) {
		const xmlNode *attribute = NULL;
		while (!why && (attribute = saml_xml_next(statement, attribute, SAML_NS_ASSERTION,
							  "Attribute")))
			why = take_attribute(ctx, &gather, attribute);
	}
	return why;
}

const char *saml_assertion_check(struct ctx *ctx, const struct saml_expect *expect,
				 const xmlNode *assertion, struct saml_said *out)
{
	const char *why = NULL;

	out->assertion_id = saml_xml_attribute(ctx, assertion, "ID");
	if (!fits_in(out->assertion_id) ||
	    !equal(saml_xml_attribute(ctx, assertion, "Version"), "2.0"))
		return "saml.assertion";
	if (!saml_issuer_fits(ctx, expect, assertion))
		return "saml.issuer";
	why = subject_of(ctx, expect, assertion, out);
	if (!why)
		why = conditions_of(ctx, expect, assertion);
	if (!why)
		why = authentication(ctx, expect, assertion, out);
	return why ? why : attributes_of(ctx, assertion, out);
}
