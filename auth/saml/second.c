/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/saml/second.h"

#include <lasso/lasso.h>
#include <lasso/xml/saml-2.0/saml2_name_id.h>
#include <lasso/xml/saml-2.0/samlp2_logout_request.h>
#include <openssl/pem.h>
#include <string.h>

#include "auth/saml/xml.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/text.h"

#define BINDING	 "urn:oasis:names:tc:SAML:2.0:bindings:"
#define SUPPORTS " protocolSupportEnumeration=\"" SAML_NS_PROTOCOL "\">"

enum { METADATA_MAX = 128 * 1024, KEY_MAX = 16 * 1024 };

/* ------------------------------------------------------------------ silence */

/* GLib would write parts of messages to standard error, which is our log. */
static void say_nothing(const gchar *domain, GLogLevelFlags level, const gchar *text, gpointer arg)
{
	(void)domain, (void)level, (void)text, (void)arg;
}

enum err saml_second_init(struct ctx *ctx)
{
	(void)g_log_set_default_handler(say_nothing, NULL);
	return lasso_init() == 0 ? ERR_OK : err_set(ctx, ERR_MEMORY, "lasso does not start.");
}

/* ------------------------------------------------------------------ what it is told of both sides
 */

static void put_entity(struct buf *out, const char *id)
{
	buf_put_text(out, "<EntityDescriptor xmlns=\"" SAML_NS_METADATA "\"");
	saml_xml_put_attribute(out, "entityID", id);
	buf_put_u8(out, '>');
}

static void put_us(struct buf *out, const struct saml_expect *expect)
{
	put_entity(out, expect->entity);
	buf_put_text(out, "<SPSSODescriptor" SUPPORTS "<AssertionConsumerService index=\"0\" "
			  "isDefault=\"true\" Binding=\"" BINDING "HTTP-POST\"");
	saml_xml_put_attribute(out, "Location", expect->acs);
	buf_put_text(out, "/></SPSSODescriptor></EntityDescriptor>");
}

static void put_provider(struct ctx *ctx, struct buf *out, const struct saml_expect *expect)
{
	put_entity(out, expect->issuer);
	buf_put_text(out, "<IDPSSODescriptor" SUPPORTS);
	for (size_t i = 0; i < expect->keys.count; i++) {
		struct block der = expect->keys.der[i];
		char *text = arena_alloc(ctx->arena, BASE64_SIZE(der.len));
		if (!text)
			return;
		base64_encode(der.data, der.len, text);
		buf_put_text(out, "<KeyDescriptor use=\"signing\"><KeyInfo xmlns=\"" SAML_NS_DSIG
				  "\"><X509Data><X509Certificate>");
		buf_put_text(out, text);
		buf_put_text(out, "</X509Certificate></X509Data></KeyInfo></KeyDescriptor>");
	}
	buf_put_text(out, "<SingleSignOnService Binding=\"" BINDING "HTTP-Redirect\" "
			  "Location=\"https://nowhere.invalid/\"/></IDPSSODescriptor>"
			  "</EntityDescriptor>");
}

/* Our key as PEM, which lasso opens sealed assertions with; empty when there is none. */
static bool put_key(struct buf *out, struct block key)
{
	const unsigned char *at = key.data;
	EVP_PKEY *pkey = key.len ? d2i_AutoPrivateKey(NULL, &at, (long)key.len) : NULL;
	BIO *bio = pkey ? BIO_new(BIO_s_secmem()) : NULL;
	char *text = NULL;
	bool good = bio && PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL) == 1;
	long len = good ? BIO_get_mem_data(bio, &text) : 0;

	if (len > 0)
		buf_put(out, text, (size_t)len);
	BIO_free(bio);
	EVP_PKEY_free(pkey);
	return key.len == 0 || (len > 0 && !buf_failed(out));
}

static LassoServer *server_of(struct ctx *ctx, const struct saml_expect *expect)
{
	scoped(buf_clear) struct buf us, provider, key;

	buf_init(&us, METADATA_MAX);
	buf_init(&provider, METADATA_MAX);
	buf_init_wiped(&key, KEY_MAX);
	put_us(&us, expect);
	put_provider(ctx, &provider, expect);
	if (!put_key(&key, expect->key))
		return NULL;
	LassoServer *server = lasso_server_new_from_buffers(
		buf_text(&us), key.len ? buf_text(&key) : NULL, NULL, NULL);
	if (server && !arena_failed(ctx->arena) &&
	    lasso_server_add_provider_from_buffer(server, LASSO_PROVIDER_ROLE_IDP,
						  buf_text(&provider), NULL, NULL) == 0)
		return server;
	if (server)
		lasso_server_destroy(server);
	return NULL;
}

/* ------------------------------------------------------------------ the judgement */

static bool same_name(LassoNode *node, const char *name_id)
{
	if (!LASSO_IS_SAML2_NAME_ID(node) || !LASSO_SAML2_NAME_ID(node)->content)
		return false;
	return strcmp(g_strstrip(LASSO_SAML2_NAME_ID(node)->content), name_id) == 0;
}

static const char *judge(LassoLogin *login, char *base64, const struct saml_said *said)
{
	if (lasso_login_process_authn_response_msg(login, base64) != 0 ||
	    lasso_login_accept_sso(login) != 0)
		return "saml.lasso";
	return same_name(lasso_profile_get_nameIdentifier(LASSO_PROFILE(login)), said->name_id)
		       ? NULL
		       : "saml.lasso_differs";
}

const char *saml_second_check(struct ctx *ctx, const struct saml_expect *expect,
			      struct block message, const struct saml_said *said)
{
	char *base64 = arena_alloc(ctx->arena, BASE64_SIZE(message.len));
	LassoServer *server = base64 ? server_of(ctx, expect) : NULL;
	LassoLogin *login = server ? lasso_login_new(server) : NULL;
	const char *why = "saml.lasso";

	if (login) {
		base64_encode(message.data, message.len, base64);
		why = judge(login, base64, said);
		lasso_login_destroy(login);
	}
	if (server)
		lasso_server_destroy(server);
	return why;
}

/* ------------------------------------------------------------------ logout */

static const char *judge_logout(LassoLogout *logout, const char *text,
				const struct saml_logout *said)
{
	LassoProfile *profile = LASSO_PROFILE(logout);

	lasso_profile_set_signature_verify_hint(profile, LASSO_PROFILE_SIGNATURE_VERIFY_HINT_FORCE);
	if (lasso_logout_process_request_msg(logout, (char *)(uintptr_t)text) != 0 ||
	    profile->signature_status != 0)
		return "saml.lasso";
	if (!LASSO_IS_SAMLP2_LOGOUT_REQUEST(profile->request))
		return "saml.lasso_differs";
	LassoSaml2NameID *name = LASSO_SAMLP2_LOGOUT_REQUEST(profile->request)->NameID;
	return same_name((LassoNode *)name, said->name_id) ? NULL : "saml.lasso_differs";
}

const char *saml_second_check_logout(struct ctx *ctx, const struct saml_expect *expect,
				     struct block message, const struct saml_logout *said)
{
	char *base64 = arena_alloc(ctx->arena, BASE64_SIZE(message.len));
	LassoServer *server = base64 ? server_of(ctx, expect) : NULL;
	LassoLogout *logout = server ? lasso_logout_new(server) : NULL;
	const char *why = "saml.lasso";

	if (logout) {
		base64_encode(message.data, message.len, base64);
		why = judge_logout(logout, said->query ? said->query : base64, said);
		lasso_logout_destroy(logout);
	}
	if (server)
		lasso_server_destroy(server);
	return why;
}
