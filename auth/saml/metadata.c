/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/saml/metadata.h"

#include <string.h>

#include "auth/saml/xml.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/text.h"

#define REDIRECT "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"

/* ------------------------------------------------------------------ which one */

static const xmlNode *role_of(const xmlNode *entity)
{
	return saml_xml_only(entity, SAML_NS_METADATA, "IDPSSODescriptor");
}

/* Among the entities of a federation, at most one may fit. */
static const xmlNode *choose(struct ctx *ctx, const xmlNode *root, const char *wanted)
{
	const xmlNode *entity = NULL, *found = NULL;

	if (saml_xml_is(root, SAML_NS_METADATA, "EntityDescriptor"))
		return role_of(root) ? root : NULL;
	if (!saml_xml_is(root, SAML_NS_METADATA, "EntitiesDescriptor"))
		return NULL;
	while ((entity = saml_xml_next(root, entity, SAML_NS_METADATA, "EntityDescriptor"))) {
		const char *id = saml_xml_attribute(ctx, entity, "entityID");
		if (!role_of(entity) || (wanted && (!id || strcmp(id, wanted) != 0)))
			continue;
		if (found)
			return NULL;
		found = entity;
	}
	return found;
}

/* ------------------------------------------------------------------ what of it */

static const char *still_valid(struct ctx *ctx, const xmlNode *node, int64_t now_us, int64_t *until)
{
	const char *text = saml_xml_attribute(ctx, node, "validUntil");
	int64_t end;

	if (!text)
		return NULL;
	if (!saml_xml_time(text, &end))
		return "saml.metadata";
	if (end <= now_us)
		return "saml.metadata_expired";
	if (*until == 0 || end < *until)
		*until = end;
	return NULL;
}

static bool is_address(const char *url)
{
	static const char scheme[] = "https://";
	size_t len = url ? strlen(url) : 0;

	if (len < sizeof(scheme) || len > SAML_URL_MAX ||
	    strncmp(url, scheme, sizeof(scheme) - 1) != 0)
		return false;
	for (size_t i = 0; i < len; i++)
		if (url[i] <= ' ' || url[i] > '~' || strchr("\"<>\\^`{|}#", url[i]))
			return false;
	return true;
}

/* The first service of that name with the Redirect binding; "" when there is none. */
static const char *service(struct ctx *ctx, const xmlNode *role, const char *name)
{
	const xmlNode *node = NULL;

	while ((node = saml_xml_next(role, node, SAML_NS_METADATA, name))) {
		const char *binding = saml_xml_attribute(ctx, node, "Binding");
		const char *location = saml_xml_attribute(ctx, node, "Location");
		if (binding && strcmp(binding, REDIRECT) == 0 && is_address(location))
			return location;
	}
	return "";
}

static struct block certificate_of(struct ctx *ctx, const xmlNode *node)
{
	const char *text = saml_xml_text(ctx, node);
	size_t size = text ? strlen(text) : 0, len = 0;
	char *dense = arena_alloc(ctx->arena, size + 1);
	uint8_t *der = arena_alloc(ctx->arena, size + 1);

	for (size_t i = 0; dense && i < size; i++)
		if (!strchr(" \t\r\n", text[i]))
			dense[len++] = text[i];
	long got = dense && der ? base64_decode(dense, len, der, size) : -1;
	return (struct block){der, got > 0 ? (size_t)got : 0};
}

static bool has(const struct saml_certificates *keys, struct block der)
{
	for (size_t i = 0; i < keys->count; i++)
		if (keys->der[i].len == der.len &&
		    memcmp(keys->der[i].data, der.data, der.len) == 0)
			return true;
	return false;
}

static const char *keys_of(struct ctx *ctx, const xmlNode *role, struct saml_certificates *out)
{
	const xmlNode *key = NULL;

	while ((key = saml_xml_next(role, key, SAML_NS_METADATA, "KeyDescriptor"))) {
		const char *use = saml_xml_attribute(ctx, key, "use");
		const xmlNode *info = saml_xml_only(key, SAML_NS_DSIG, "KeyInfo");
		const xmlNode *data = saml_xml_next(info, NULL, SAML_NS_DSIG, "X509Data");
		if (use && strcmp(use, "signing") != 0)
			continue;
		struct block der =
			certificate_of(ctx, saml_xml_only(data, SAML_NS_DSIG, "X509Certificate"));
		if (der.len == 0 || !saml_signature_key_is_fit(der))
			return "saml.metadata_key";
		if (has(out, der))
			continue;
		if (out->count == SAML_CERTIFICATES_MAX)
			return "saml.metadata_key";
		out->der[out->count++] = der;
	}
	return out->count > 0 ? NULL : "saml.metadata_key";
}

static const char *read_entity(struct ctx *ctx, const xmlNode *entity, int64_t now_us,
			       struct saml_idp *out)
{
	const xmlNode *role = role_of(entity);
	const char *protocols = saml_xml_attribute(ctx, role, "protocolSupportEnumeration");
	const char *why = still_valid(ctx, entity, now_us, &out->valid_until_us);

	if (!why)
		why = still_valid(ctx, role, now_us, &out->valid_until_us);
	if (why)
		return why;
	out->entity = saml_xml_attribute(ctx, entity, "entityID");
	out->sign_in = service(ctx, role, "SingleSignOnService");
	out->sign_out = service(ctx, role, "SingleLogoutService");
	if (!out->entity || !out->entity[0] || strlen(out->entity) > SAML_URL_MAX ||
	    !text_is_printable(out->entity, strlen(out->entity), false) || !protocols ||
	    !strstr(protocols, SAML_NS_PROTOCOL))
		return "saml.metadata";
	if (!out->sign_in[0])
		return "saml.metadata_address";
	return keys_of(ctx, role, &out->keys);
}

const char *saml_metadata_read(struct ctx *ctx, struct block xml, const char *wanted,
			       int64_t now_us, struct saml_idp *out)
{
	const char *why;
	scoped(saml_xml_free_p) xmlDoc *doc = saml_xml_parse(xml, &why);
	const xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;
	const xmlNode *entity = root ? choose(ctx, root, wanted) : NULL;

	*out = (struct saml_idp){.valid_until_us = 0};
	if (!doc)
		return why;
	if (!entity)
		return "saml.metadata_entity";
	if (entity != root)
		why = still_valid(ctx, root, now_us, &out->valid_until_us);
	return why ? why : read_entity(ctx, entity, now_us, out);
}
