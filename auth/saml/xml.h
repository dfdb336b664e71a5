/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_SAML_XML_H
#define AUTH_SAML_XML_H

#include <libxml/tree.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/ctx.h"

/*
 * The one parser of SAML messages and metadata (libxml2, no network, nothing loaded), with what is
 * never let in: other encodings than UTF-8, anything that begins with "<!" (document types, and so
 * entities; comments; CDATA) or "<?" (but the XML declaration), more than SAML_XML_MAX bytes, deep
 * or wide trees, an ID that two elements share. Texts are copied into the context's arena.
 */
enum { SAML_XML_MAX = 128 * 1024, SAML_DEPTH_MAX = 32, SAML_ELEMENTS_MAX = 4000 };

#define SAML_NS_ASSERTION "urn:oasis:names:tc:SAML:2.0:assertion"
#define SAML_NS_PROTOCOL  "urn:oasis:names:tc:SAML:2.0:protocol"
#define SAML_NS_METADATA  "urn:oasis:names:tc:SAML:2.0:metadata"
#define SAML_NS_DSIG	  "http://www.w3.org/2000/09/xmldsig#"
#define SAML_NS_XENC	  "http://www.w3.org/2001/04/xmlenc#"

/* NULL and a reason in *why when it is not let in; free with saml_xml_free_p. */
xmlDoc *saml_xml_parse(struct block bytes, const char **why);
void saml_xml_free_p(xmlDoc **doc);

bool saml_xml_is(const xmlNode *node, const char *space, const char *name);
/* The next element after before (NULL: the first) of that name among node's children, or NULL. */
xmlNode *saml_xml_next(const xmlNode *node, const xmlNode *before, const char *space,
		       const char *name);
/* The only child element of that name; NULL when there is none or more than one. */
xmlNode *saml_xml_only(const xmlNode *node, const char *space, const char *name);
/* How many elements of that name the whole document has. */
size_t saml_xml_count(const xmlDoc *doc, const char *space, const char *name);
/* Text of an element that holds nothing else, without white space around it; NULL otherwise. */
const char *saml_xml_text(struct ctx *ctx, const xmlNode *node);
/* An attribute in no name space; NULL when absent. */
const char *saml_xml_attribute(struct ctx *ctx, const xmlNode *node, const char *name);
/* Writing: text with what has a meaning escaped; name="value" with a blank before. */
void saml_xml_put_text(struct buf *out, const char *text);
void saml_xml_put_attribute(struct buf *out, const char *name, const char *value);
/* In UTC and whole seconds. */
void saml_xml_put_time(struct buf *out, const char *name, int64_t us);
/* xs:dateTime in UTC, microseconds; more digits of a second are cut off. */
bool saml_xml_time(const char *text, int64_t *out_us);

#endif
