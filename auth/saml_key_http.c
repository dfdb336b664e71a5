/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/handlers.h"
#include "auth/identity_api.h"
#include "auth/saml_ops.h"
#include "base/arena.h"
#include "base/conf.h"
#include "base/json.h"
#include "base/text.h"
#include "rbac/principal.h"

/* Our keys for SAML, as administrators and as providers see them: the one in use first. */

static const struct db_stmt keys = {
	"saml_key_read.list",
	"SELECT id, in_use IS NOT NULL, SHA2(certificate, 256), created_at, expires_at, "
	"created_at > (SELECT k.created_at FROM saml_key k WHERE k.in_use IS NOT NULL) "
	"FROM saml_key ORDER BY in_use IS NULL, slot",
	0, 6};
static const struct db_stmt certificates = {
	"saml_key_read.certificates",
	"SELECT certificate FROM saml_key ORDER BY in_use IS NULL, slot", 0, 1};

static const struct db_stmt *const stmts[] = {&keys, &certificates, NULL};
static const struct db_stmt_list list = {"saml_key_read", stmts};

const struct db_stmt_list *saml_key_read_statements(void)
{
	return &list;
}

static void put_key(struct json *json, struct db_rows *rows)
{
	struct uuid id = db_uuid(rows, 0);
	bool in_use = db_int(rows, 1) != 0, is_newer = db_int(rows, 5) != 0;

	json_object(json, NULL);
	json_uuid(json, "id", &id);
	json_text(json, "state", in_use ? "in_use" : is_newer ? "next" : "old");
	json_text(json, "fingerprint", db_text(rows, 2));
	json_time(json, "created_at", db_time(rows, 3));
	json_time(json, "expires_at", db_time(rows, 4));
	json_end_object(json);
}

enum err saml_keys_read_list(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct db_rows *rows = NULL;
	enum err err = db_query(ctx, &keys, NULL, &rows);

	(void)in;
	if (err != ERR_OK)
		return err;
	json_object(reply->json, NULL);
	json_array(reply->json, "items");
	while (db_next(rows))
		put_key(reply->json, rows);
	json_end_array(reply->json);
	json_end_object(reply->json);
	return db_rows_close(rows);
}

/* ------------------------------------------------------------------ metadata */

enum { CERTIFICATES_MAX = 2 };

/* As text, in the arena. */
static enum err read_certificates(struct ctx *ctx, const char *out[CERTIFICATES_MAX],
				  size_t *out_count)
{
	struct db_rows *rows = NULL;
	enum err err = db_query(ctx, &certificates, NULL, &rows);

	*out_count = 0;
	if (err != ERR_OK)
		return err;
	while (*out_count < CERTIFICATES_MAX && db_next(rows)) {
		struct block der = db_bytes(rows, 0);
		char *text = arena_alloc(ctx->arena, BASE64_SIZE(der.len));
		if (text)
			base64_encode(der.data, der.len, text);
		out[(*out_count)++] = text ? text : "";
	}
	return db_rows_close(rows);
}

static void put_descriptor(struct buf *out, const char *use, const char *certificate,
			   const char *more)
{
	buf_printf(out,
		   "<KeyDescriptor use=\"%s\"><KeyInfo "
		   "xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><X509Data><X509Certificate>%s"
		   "</X509Certificate></X509Data></KeyInfo>%s</KeyDescriptor>",
		   use, certificate, more);
}

/* Keys for sealing only for who asks: most would seal in a way that is refused here, some without
 * looking at the methods, and TLS carries the assertion anyway. */
static void put_keys(struct buf *out, const char *const texts[], size_t count, bool sealing)
{
	static const char methods[] =
		"<EncryptionMethod Algorithm=\"http://www.w3.org/2009/xmlenc11#aes256-gcm\"/>"
		"<EncryptionMethod Algorithm=\"http://www.w3.org/2009/xmlenc11#aes128-gcm\"/>"
		"<EncryptionMethod "
		"Algorithm=\"http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p\"/>";

	for (size_t i = 0; i < count; i++)
		put_descriptor(out, "signing", texts[i], "");
	for (size_t i = 0; sealing && i < count; i++)
		put_descriptor(out, "encryption", texts[i], methods);
}

/* What an identity provider is to know of us (saml-metadata 2.0). */
enum err saml_read_metadata(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	const char *texts[CERTIFICATES_MAX], *url = ctx->conf ? ctx->conf->public_url : "";
	size_t count = 0;
	enum err err = read_certificates(ctx, texts, &count);

	if (err != ERR_OK)
		return err;
	if (arena_failed(ctx->arena))
		return err_set(ctx, ERR_MEMORY, "Request memory is used up.");
	if (count == 0)
		return err_set(ctx, ERR_NOT_FOUND, "No identity provider of SAML is set up.");
	buf_printf(reply->body,
		   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<EntityDescriptor "
		   "xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"%s" SAML_ENTITY_PATH
		   "\"><SPSSODescriptor AuthnRequestsSigned=\"true\" WantAssertionsSigned=\"true\" "
		   "protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">",
		   url);
	put_keys(reply->body, texts, count, in_number(in, OWN_METADATA_SEALING, 0) != 0);
	buf_printf(reply->body,
		   "<SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:"
		   "HTTP-Redirect\" Location=\"%s" SAML_SLO_PATH "\"/>"
		   "<SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:"
		   "HTTP-POST\" Location=\"%s" SAML_SLO_PATH "\"/>"
		   "<AssertionConsumerService index=\"0\" isDefault=\"true\" "
		   "Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" "
		   "Location=\"%s" SAML_ACS_PATH "\"/></SPSSODescriptor></EntityDescriptor>\n",
		   url, url, url);
	reply->content_type = "application/samlmetadata+xml";
	return ERR_OK;
}
