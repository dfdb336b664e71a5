/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/saml/request.h"

#include <string.h>

#include "auth/saml/redirect.h"
#include "auth/saml/xml.h"
#include "base/cleanup.h"
#include "base/text.h"

enum { REQUEST_MAX = 16 * 1024 };

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
	buf_put_text(out, "<samlp:AuthnRequest xmlns:samlp=\"" SAML_NS_PROTOCOL
			  "\" xmlns:saml=\"" SAML_NS_ASSERTION "\"");
	saml_xml_put_attribute(out, "ID", request->id);
	saml_xml_put_attribute(out, "Version", "2.0");
	saml_xml_put_time(out, "IssueInstant", request->now_us);
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

enum err saml_request_url(struct ctx *ctx, const struct saml_request *request, struct buf *url)
{
	scoped(buf_clear) struct buf xml;
	const struct saml_redirect redirect = {.parameter = "SAMLRequest",
					       .address = request->address,
					       .relay = request->relay,
					       .key = request->key};

	buf_init(&xml, REQUEST_MAX);
	put_message(&xml, request);
	if (buf_failed(&xml))
		return err_set(ctx, buf_error(&xml), "The request could not be made.");
	return saml_redirect_url(ctx, &redirect, &xml, url);
}
