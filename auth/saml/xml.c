/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/saml/xml.h"

#include <ctype.h>
#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"

enum { OPTIONS = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING, IDS_MAX = 256 };

static const char *const id_names[] = {"ID", "Id", "id", "iD", "AssertionID"};

/* ------------------------------------------------------------------ what is let in */

static const uint8_t *find(const uint8_t *at, const uint8_t *end, const char *text)
{
	return at < end ? memmem(at, (size_t)(end - at), text, strlen(text)) : NULL;
}

/* Outside of markup "<" is always escaped, so these two say all, before the parser sees a byte. */
static const char *first_look(struct block bytes)
{
	static const char declaration[] = "<?xml ";

	if (bytes.len == 0 || bytes.len > SAML_XML_MAX)
		return "saml.size";
	const uint8_t *at = bytes.data, *end = at + bytes.len;
	if (!text_is_utf8((const char *)bytes.data, bytes.len))
		return "saml.encoding";
	if (find(at, end, "<!"))
		return "saml.markup";
	if (bytes.len > sizeof(declaration) &&
	    memcmp(at, declaration, sizeof(declaration) - 1) == 0)
		at += 2;
	return find(at, end, "<?") ? "saml.markup" : NULL;
}

struct walk {
	size_t elements, id_count;
	const xmlChar *ids[IDS_MAX];
};

static bool is_id(const xmlAttr *attribute)
{
	for (size_t i = 0; i < sizeof(id_names) / sizeof(id_names[0]); i++)
		if (strcmp((const char *)attribute->name, id_names[i]) == 0)
			return true;
	return false;
}

/* The parser has resolved character references; the value is one text. */
static bool keep_id(struct walk *walk, const xmlAttr *attribute)
{
	const xmlNode *text = attribute->children;

	if (!text || text->next || text->type != XML_TEXT_NODE || !text->content ||
	    walk->id_count == IDS_MAX)
		return false;
	for (size_t i = 0; i < walk->id_count; i++)
		if (xmlStrEqual(walk->ids[i], text->content))
			return false;
	walk->ids[walk->id_count++] = text->content;
	return true;
}

static const char *look_at(struct walk *walk, const xmlNode *node)
{
	if (node->type == XML_TEXT_NODE)
		return NULL;
	if (node->type != XML_ELEMENT_NODE)
		return "saml.markup";
	if (++walk->elements > SAML_ELEMENTS_MAX)
		return "saml.size";
	for (const xmlAttr *attribute = node->properties; attribute; attribute = attribute->next)
		if (is_id(attribute) && !keep_id(walk, attribute))
			return "saml.duplicate_id";
	return NULL;
}

/* In document order, without recursion. */
static const xmlNode *following(const xmlNode *node, int *depth)
{
	if (node->type == XML_ELEMENT_NODE && node->children) {
		(*depth)++;
		return node->children;
	}
	while (node && !node->next) {
		node = node->parent;
		(*depth)--;
		if (!node || node->type != XML_ELEMENT_NODE)
			return NULL;
	}
	return node ? node->next : NULL;
}

static const char *second_look(const xmlDoc *doc)
{
	struct walk walk = {0};
	const char *why = NULL;
	int depth = 1;

	if (doc->intSubset || doc->extSubset)
		return "saml.markup";
	for (const xmlNode *node = doc->children; node && !why; node = following(node, &depth))
		why = depth > SAML_DEPTH_MAX ? "saml.depth" : look_at(&walk, node);
	return why;
}

static void say_nothing(void *arg, xmlErrorPtr error)
{
	(void)arg;
	(void)error;
}

xmlDoc *saml_xml_parse(struct block bytes, const char **why)
{
	*why = first_look(bytes);
	if (*why)
		return NULL;
	xmlSetStructuredErrorFunc(NULL, say_nothing);
	xmlDoc *doc =
		xmlReadMemory((const char *)bytes.data, (int)bytes.len, NULL, "UTF-8", OPTIONS);
	*why = doc && xmlDocGetRootElement(doc) ? second_look(doc) : "saml.xml";
	if (*why)
		saml_xml_free_p(&doc);
	return doc;
}

void saml_xml_free_p(xmlDoc **doc)
{
	if (*doc)
		xmlFreeDoc(*doc);
	*doc = NULL;
}

/* ------------------------------------------------------------------ reading */

bool saml_xml_is(const xmlNode *node, const char *space, const char *name)
{
	return node && node->type == XML_ELEMENT_NODE && node->ns && node->ns->href &&
	       strcmp((const char *)node->name, name) == 0 &&
	       strcmp((const char *)node->ns->href, space) == 0;
}

xmlNode *saml_xml_next(const xmlNode *node, const xmlNode *before, const char *space,
		       const char *name)
{
	if (!node)
		return NULL;
	for (xmlNode *child = before ? before->next : node->children; child; child = child->next)
		if (saml_xml_is(child, space, name))
			return child;
	return NULL;
}

xmlNode *saml_xml_only(const xmlNode *node, const char *space, const char *name)
{
	xmlNode *first = saml_xml_next(node, NULL, space, name);

	return first && !saml_xml_next(node, first, space, name) ? first : NULL;
}

size_t saml_xml_count(const xmlDoc *doc, const char *space, const char *name)
{
	size_t count = 0;
	int depth = 1;

	for (const xmlNode *node = doc->children; node; node = following(node, &depth))
		count += saml_xml_is(node, space, name);
	return count;
}

static const char *trimmed(struct ctx *ctx, const char *text)
{
	size_t len;

	while (isspace((unsigned char)*text))
		text++;
	for (len = strlen(text); len > 0 && isspace((unsigned char)text[len - 1]); len--)
		;
	return arena_strndup(ctx->arena, text, len);
}

const char *saml_xml_text(struct ctx *ctx, const xmlNode *node)
{
	if (!node)
		return NULL;
	for (const xmlNode *child = node->children; child; child = child->next)
		if (child->type != XML_TEXT_NODE)
			return NULL;
	xmlChar *content = xmlNodeGetContent(node);
	const char *text = content ? trimmed(ctx, (const char *)content) : NULL;
	xmlFree(content);
	return text;
}

const char *saml_xml_attribute(struct ctx *ctx, const xmlNode *node, const char *name)
{
	xmlChar *value = node ? xmlGetNoNsProp(node, (const xmlChar *)name) : NULL;
	const char *text = value ? arena_strdup(ctx->arena, (const char *)value) : NULL;

	xmlFree(value);
	return text;
}

bool saml_xml_time(const char *text, int64_t *out_us)
{
	enum { WHOLE = 19, DIGITS = 6, TEXT = 40 };
	char kept[TEXT];
	size_t len = text ? strlen(text) : 0;

	if (len <= WHOLE || len >= sizeof(kept) || text[len - 1] != 'Z')
		return false;
	if (len > WHOLE + 2 + DIGITS && text[WHOLE] == '.' &&
	    strspn(text + WHOLE + 1, "0123456789") == len - WHOLE - 2)
		len = WHOLE + 1 + DIGITS + 1;
	memcpy(kept, text, len - 1);
	kept[len - 1] = 'Z';
	kept[len] = '\0';
	return time_parse(kept, out_us);
}

/* ------------------------------------------------------------------ writing */

void saml_xml_put_text(struct buf *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&': buf_put_text(out, "&amp;"); break;
		case '<': buf_put_text(out, "&lt;"); break;
		case '>': buf_put_text(out, "&gt;"); break;
		case '"': buf_put_text(out, "&quot;"); break;
		default: buf_put_u8(out, (uint8_t)*text);
		}
	}
}

void saml_xml_put_attribute(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, " %s=\"", name);
	saml_xml_put_text(out, value);
	buf_put_u8(out, '"');
}

void saml_xml_put_time(struct buf *out, const char *name, int64_t us)
{
	char when[TIME_TEXT_SIZE];

	time_format(us, when);
	memcpy(when + sizeof("2026-01-01T00:00:00") - 1, "Z", 2);
	saml_xml_put_attribute(out, name, when);
}
