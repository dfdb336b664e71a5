/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/identity_api.h"

#include "auth/mail_code.h"
#include "rbac/op_row.h"

#define PATH_ID                                                                 \
	{                                                                       \
		"id", FIELD_UUID, FIELD_PATH | FIELD_REQUIRED, 0, 0, NULL, NULL \
	}
#define END                                  \
	{                                    \
		NULL, 0, 0, 0, 0, NULL, NULL \
	}

enum {
	SAML_FORM_MAX = 60 * 1024,
	SAML_BODY_MAX = 64 * 1024,
	SLO_MAX = 12 * 1024,
	SLO_FORM_MAX = 16 * 1024
};
enum { LOGOUT_TOKEN_MAX = 16 * 1024, LOGOUT_BODY_MAX = 20 * 1024 };
enum { SMALL = 4096, WITH_PASSKEY = 16 * 1024, SETTINGS = 64 * 1024 };
static const char *const kinds[] = {"oidc", "saml", NULL}; /* enum federation_kind */
static const char *const sign_outs[] = {"here", "provider", NULL};
static const char *const mapping_applies[] = {"created", "sign_in", NULL};
static const char *const second_factors[] = {"ask", "trust", NULL};

static const struct field none[] = {END};
static const struct field only_id[] = {PATH_ID, END};
static const struct field code[] = {{"code", FIELD_TEXT, FIELD_REQUIRED, 6, 6, NULL, NULL}, END};
static const struct field mail_code[] = {
	{"code", FIELD_TEXT, FIELD_REQUIRED, MAIL_CODE_DIGITS, MAIL_CODE_DIGITS, NULL, NULL}, END};
/* In the order of enum passkey_field. */
static const struct field passkey[] = {
	{"token", FIELD_TOKEN, FIELD_REQUIRED, 43, 43, NULL, NULL},
	{"credential_id", FIELD_TOKEN, FIELD_REQUIRED, 1, 1364, NULL, NULL},
	{"client_data", FIELD_TOKEN, FIELD_REQUIRED, 1, 2731, NULL, NULL},
	{"authenticator_data", FIELD_TOKEN, FIELD_REQUIRED, 1, 683, NULL, NULL},
	{"signature", FIELD_TOKEN, FIELD_REQUIRED, 1, 342, NULL, NULL},
	{"user_handle", FIELD_TOKEN, 0, 1, 86, NULL, NULL},
	END};
static const struct field callback[] = {
	[CALLBACK_STATE] = {"state", FIELD_TEXT, FIELD_QUERY | FIELD_REQUIRED, 1, 64, NULL, NULL},
	[CALLBACK_CODE] = {"code", FIELD_TEXT, FIELD_QUERY, 1, 2048, NULL, NULL},
	[CALLBACK_ISS] = {"iss", FIELD_TEXT, FIELD_QUERY, 1, 512, NULL, NULL},
	[CALLBACK_ERROR] = {"error", FIELD_TEXT, FIELD_QUERY, 1, 255, NULL, NULL},
	END};
static const struct field acs[] = {
	[ACS_RESPONSE] = {"SAMLResponse", FIELD_NOTE, FIELD_REQUIRED, 1, SAML_FORM_MAX, NULL, NULL},
	[ACS_STATE] = {"RelayState", FIELD_TEXT, 0, 0, 1024, NULL, NULL},
	END};
static const struct field logout[] = {[LOGOUT_TOKEN] = {"logout_token", FIELD_TEXT, FIELD_REQUIRED,
							1, LOGOUT_TOKEN_MAX, NULL, NULL},
				      [LOGOUT_ID] = PATH_ID,
				      END};
static const struct field signed_out[] = {
	[SIGNED_OUT_STATE] = {"state", FIELD_TEXT, FIELD_QUERY, 0, 64, NULL, NULL}, END};
static const struct field slo[] = {
	[SLO_REQUEST] = {"SAMLRequest", FIELD_TEXT, FIELD_QUERY, 1, SLO_MAX, NULL, NULL},
	[SLO_RESPONSE] = {"SAMLResponse", FIELD_TEXT, FIELD_QUERY, 1, SLO_MAX, NULL, NULL},
	[SLO_RELAY] = {"RelayState", FIELD_TEXT, FIELD_QUERY, 0, 1024, NULL, NULL},
	[SLO_ALGORITHM] = {"SigAlg", FIELD_TEXT, FIELD_QUERY, 1, 255, NULL, NULL},
	[SLO_SIGNATURE] = {"Signature", FIELD_TEXT, FIELD_QUERY, 1, 2048, NULL, NULL},
	END};
static const struct field slo_form[] = {
	[SLO_REQUEST] = {"SAMLRequest", FIELD_NOTE, 0, 1, SLO_FORM_MAX, NULL, NULL},
	[SLO_RESPONSE] = {"SAMLResponse", FIELD_NOTE, 0, 1, SLO_FORM_MAX, NULL, NULL},
	[SLO_RELAY] = {"RelayState", FIELD_TEXT, 0, 0, 1024, NULL, NULL},
	END};
static const struct field metadata[] = {
	[METADATA_XML] = {"metadata", FIELD_NOTE, FIELD_REQUIRED, 1, SAML_FORM_MAX, NULL, NULL},
	[METADATA_ID] = PATH_ID,
	END};
static const struct field own_metadata[] = {
	[OWN_METADATA_SEALING] = {"encryption", FIELD_BOOL, FIELD_QUERY, 0, 0, NULL, NULL}, END};
static const struct field create[] = {
	[NEW_KIND] = {"kind", FIELD_CHOICE, FIELD_REQUIRED, 0, 0, kinds, NULL},
	[NEW_NAME] = {"name", FIELD_TEXT, FIELD_REQUIRED, 1, 64, NULL, NULL},
	[NEW_ISSUER] = {"issuer", FIELD_TEXT, FIELD_REQUIRED, 9, 512, NULL, NULL},
	[NEW_CLIENT_ID] = {"client_id", FIELD_TEXT, 0, 0, 255, NULL, NULL},
	END};
static const struct field map_row[] = {
	[MAP_ATTRIBUTE] = {"attribute", FIELD_TEXT, FIELD_REQUIRED, 1, 255, NULL, NULL},
	[MAP_VALUE] = {"value", FIELD_TEXT, FIELD_REQUIRED, 1, 255, NULL, NULL},
	[MAP_GROUP] = {"group_id", FIELD_UUID, FIELD_NULLABLE, 0, 0, NULL, NULL},
	[MAP_ROLE] = {"role", FIELD_TEXT, FIELD_NULLABLE, 1, 32, NULL, NULL},
	[MAP_PRIVILEGED] = {"privileged", FIELD_BOOL, 0, 0, 0, NULL, NULL},
	END};
static const struct field update[] = {
	[PROVIDER_NAME] = {"name", FIELD_TEXT, 0, 1, 64, NULL, NULL},
	[PROVIDER_CLIENT_ID] = {"client_id", FIELD_TEXT, 0, 1, 255, NULL, NULL},
	[PROVIDER_ADDRESSES] = {"addresses", FIELD_TEXT, 0, 0, 1000, NULL, NULL},
	[PROVIDER_TRUST] = {"trust", FIELD_NOTE, 0, 0, 16000, NULL, NULL},
	[PROVIDER_LINK_ATTRIBUTE] = {"link_attribute", FIELD_TEXT, 0, 0, 255, NULL, NULL},
	[PROVIDER_PROVISION] = {"provision", FIELD_BOOL, 0, 0, 0, NULL, NULL},
	[PROVIDER_LOGIN_ATTRIBUTE] = {"login_attribute", FIELD_TEXT, 0, 0, 255, NULL, NULL},
	[PROVIDER_LOGIN_SUFFIX] = {"login_suffix", FIELD_TEXT, 0, 0, 128, NULL, NULL},
	[PROVIDER_DISPLAY_ATTRIBUTE] = {"display_attribute", FIELD_TEXT, 0, 0, 255, NULL, NULL},
	[PROVIDER_SECOND_FACTOR] = {"second_factor", FIELD_CHOICE, 0, 0, 0, second_factors, NULL},
	[PROVIDER_CONTEXTS] = {"contexts", FIELD_TEXT, 0, 0, 1000, NULL, NULL},
	[PROVIDER_ENABLED] = {"enabled", FIELD_BOOL, 0, 0, 0, NULL, NULL},
	[PROVIDER_SIGN_OUT] = {"sign_out", FIELD_CHOICE, 0, 0, 0, sign_outs, NULL},
	[PROVIDER_METADATA_URL] = {"metadata_url", FIELD_TEXT, 0, 0, 1024, NULL, NULL},
	[PROVIDER_MAPPING_APPLIES] = {"mapping_applies", FIELD_CHOICE, 0, 0, 0, mapping_applies,
				      NULL},
	[PROVIDER_UNSOLICITED] = {"unsolicited", FIELD_BOOL, 0, 0, 0, NULL, NULL},
	[PROVIDER_STEP_UP] = {"step_up", FIELD_BOOL, 0, 0, 0, NULL, NULL},
	[PROVIDER_MAPPING] = {"mapping", FIELD_ROWS, 0, 0, 100, NULL, map_row},
	[PROVIDER_ID] = PATH_ID,
	END};
static const struct field result[] = {
	[RESULT_PROVIDER] = PATH_ID,
	[RESULT_TEST] = {"test_id", FIELD_UUID, FIELD_PATH | FIELD_REQUIRED, 0, 0, NULL, NULL},
	END};
static const struct field theirs[] = {[THEIRS_USER] = PATH_ID,
				      [THEIRS_IDENTITY] = {"identity_id", FIELD_UUID,
							   FIELD_PATH | FIELD_REQUIRED, 0, 0, NULL,
							   NULL},
				      END};

#define SIGN_IN "/api/v1/sign-in"
#define OWN	"/api/v1/me/identities"
#define STEP_UP "/api/v1/me/step-up"
#define THEIRS	"/api/v1/users/{id}/identities"
#define ALL	"/api/v1/identity-providers"
#define KEYS	"/api/v1/saml-keys"
#define VIEW(id_, path_, fields_)                                                         \
	OP_ROW(id_, "GET", path_, OP_AUTH_SESSION, PERM_POLICY_VIEW, EVENT_NONE, OP_READ, \
	       OP_BODY_NONE, 0, 0, fields_, NULL)
#define MANAGE(id_, method_, path_, event_, body_, flags_, max_, fields_, then_)                \
	OP_ROW(id_, method_, path_, OP_AUTH_FRESH, PERM_POLICY_MANAGE, event_, OP_WRITE, body_, \
	       flags_, max_, fields_, then_)
#define PUBLIC(id_, method_, path_, event_, body_, flags_, max_, fields_, then_)                \
	OP_ROW(id_, method_, path_, OP_AUTH_PUBLIC, PERM_NONE, event_, OP_WRITE, body_, flags_, \
	       max_, fields_, then_)

static const struct op rows[] = {
	OP_ROW("identities.providers", "GET", SIGN_IN "/providers", OP_AUTH_PUBLIC, PERM_NONE,
	       EVENT_NONE, OP_READ, OP_BODY_NONE, 0, 0, none, NULL),
	PUBLIC("identities.begin", "GET", SIGN_IN "/with/{id}", EVENT_FEDERATION_ASKED,
	       OP_BODY_NONE, OP_FLAG_NAVIGATION, 0, only_id, NULL),
	PUBLIC("identities.oidc_callback", "GET", SIGN_IN "/oidc/callback",
	       EVENT_FEDERATION_ANSWERED, OP_BODY_NONE,
	       OP_FLAG_NAVIGATION | OP_FLAG_FOREIGN | OP_FLAG_SLOW, 0, callback, NULL),
	PUBLIC("identities.oidc_logout", "POST", SIGN_IN "/with/{id}/logout",
	       EVENT_FEDERATION_SIGNED_OUT, OP_BODY_FORM, OP_FLAG_FOREIGN | OP_FLAG_SLOW,
	       LOGOUT_BODY_MAX, logout, NULL),
	PUBLIC("identities.signed_out", "GET", SIGN_IN "/signed-out", EVENT_FEDERATION_SIGNED_OUT,
	       OP_BODY_NONE, OP_FLAG_NAVIGATION | OP_FLAG_FOREIGN, 0, signed_out, NULL),
	PUBLIC("identities.saml_acs", "POST", SIGN_IN "/saml/acs", EVENT_FEDERATION_ANSWERED,
	       OP_BODY_FORM, OP_FLAG_NAVIGATION | OP_FLAG_FOREIGN | OP_FLAG_SLOW, SAML_BODY_MAX,
	       acs, NULL),
	PUBLIC("identities.saml_slo", "GET", SIGN_IN "/saml/slo", EVENT_FEDERATION_SIGNED_OUT,
	       OP_BODY_NONE, OP_FLAG_NAVIGATION | OP_FLAG_FOREIGN | OP_FLAG_SLOW, 0, slo, NULL),
	PUBLIC("identities.saml_slo_form", "POST", SIGN_IN "/saml/slo", EVENT_FEDERATION_SIGNED_OUT,
	       OP_BODY_FORM, OP_FLAG_NAVIGATION | OP_FLAG_FOREIGN | OP_FLAG_SLOW, SAML_BODY_MAX,
	       slo_form, NULL),
	PUBLIC("identities.saml_leave", "GET", SIGN_IN "/saml/leave", EVENT_FEDERATION_ASKED,
	       OP_BODY_NONE, OP_FLAG_NAVIGATION | OP_FLAG_SLOW, 0, signed_out, NULL),
	OP_ROW("identities.saml_metadata", "GET", SIGN_IN "/saml/metadata", OP_AUTH_PUBLIC,
	       PERM_NONE, EVENT_NONE, OP_READ, OP_BODY_NONE, 0, 0, own_metadata, NULL),
	PUBLIC("identities.second_code", "POST", SIGN_IN "/second", EVENT_SIGN_IN, OP_BODY_FORM,
	       OP_FLAG_DEVICE, SMALL, code, "auth.me"),
	PUBLIC("identities.second_passkey", "POST", SIGN_IN "/second/passkey", EVENT_SIGN_IN,
	       OP_BODY_JSON, OP_FLAG_DEVICE, WITH_PASSKEY, passkey, "auth.me"),
	PUBLIC("identities.second_mail_code", "POST", SIGN_IN "/second/mail-code",
	       EVENT_MAIL_CODE_SENT, OP_BODY_NONE, OP_FLAG_DEVICE, 0, none, NULL),
	PUBLIC("identities.second_mail", "POST", SIGN_IN "/second/mail", EVENT_SIGN_IN,
	       OP_BODY_FORM, OP_FLAG_DEVICE, SMALL, mail_code, "auth.me"),
	OP_ROW("identities.own", "GET", OWN, OP_AUTH_SESSION, PERM_NONE, EVENT_NONE, OP_READ,
	       OP_BODY_NONE, 0, 0, none, NULL),
	OP_ROW("identities.link", "POST", OWN "/link/{id}", OP_AUTH_FRESH, PERM_NONE,
	       EVENT_FEDERATION_ASKED, OP_WRITE, OP_BODY_NONE, 0, 0, only_id, NULL),
	OP_ROW("identities.step_up_providers", "GET", STEP_UP "/providers", OP_AUTH_SESSION,
	       PERM_NONE, EVENT_NONE, OP_READ, OP_BODY_NONE, 0, 0, none, NULL),
	OP_ROW("identities.step_up", "POST", STEP_UP "/with/{id}", OP_AUTH_SESSION, PERM_NONE,
	       EVENT_FEDERATION_ASKED, OP_WRITE, OP_BODY_NONE, 0, 0, only_id, NULL),
	OP_ROW("identities.unlink", "DELETE", OWN "/{id}", OP_AUTH_FRESH, PERM_NONE,
	       EVENT_IDENTITY_UNLINKED, OP_WRITE, OP_BODY_NONE, 0, 0, only_id, NULL),
	OP_ROW("users.identities", "GET", THEIRS, OP_AUTH_SESSION, PERM_USER_VIEW, EVENT_NONE,
	       OP_READ, OP_BODY_NONE, 0, 0, only_id, NULL),
	OP_ROW("users.unlink_identity", "DELETE", THEIRS "/{identity_id}", OP_AUTH_FRESH,
	       PERM_USER_MANAGE, EVENT_IDENTITY_UNLINKED, OP_WRITE, OP_BODY_NONE, 0, 0, theirs,
	       NULL),
	VIEW("identity_providers.list", ALL, none),
	VIEW("identity_providers.get", ALL "/{id}", only_id),
	VIEW("identity_providers.test_result", ALL "/{id}/tests/{test_id}", result),
	MANAGE("identity_providers.create", "POST", ALL, EVENT_PROVIDER_CREATED, OP_BODY_JSON,
	       OP_FLAG_IDEMPOTENT | OP_FLAG_CREATED, SMALL, create, "identity_providers.get"),
	MANAGE("identity_providers.update", "PATCH", ALL "/{id}", EVENT_PROVIDER_CHANGED,
	       OP_BODY_JSON, OP_FLAG_IF_MATCH, SETTINGS, update, "identity_providers.get"),
	MANAGE("identity_providers.secret", "PUT", ALL "/{id}/secret", EVENT_PROVIDER_CHANGED,
	       OP_BODY_OCTETS, OP_FLAG_SECRET_FIELD, SMALL, only_id, "identity_providers.get"),
	MANAGE("identity_providers.fetch", "POST", ALL "/{id}/fetch", EVENT_PROVIDER_FETCHED,
	       OP_BODY_NONE, OP_FLAG_SLOW, 0, only_id, "identity_providers.get"),
	MANAGE("identity_providers.metadata", "PUT", ALL "/{id}/metadata", EVENT_PROVIDER_FETCHED,
	       OP_BODY_JSON, OP_FLAG_SLOW, SAML_BODY_MAX, metadata, "identity_providers.get"),
	VIEW("saml_keys.list", KEYS, none),
	MANAGE("saml_keys.create", "POST", KEYS, EVENT_SAML_KEY_MADE, OP_BODY_NONE, OP_FLAG_SLOW, 0,
	       none, "saml_keys.list"),
	MANAGE("saml_keys.use", "POST", KEYS "/{id}/use", EVENT_SAML_KEY_USED, OP_BODY_NONE, 0, 0,
	       only_id, "saml_keys.list"),
	MANAGE("saml_keys.remove", "DELETE", KEYS "/{id}", EVENT_SAML_KEY_REMOVED, OP_BODY_NONE, 0,
	       0, only_id, "saml_keys.list"),
	MANAGE("identity_providers.test", "POST", ALL "/{id}/test", EVENT_FEDERATION_ASKED,
	       OP_BODY_NONE, 0, 0, only_id, NULL),
	MANAGE("identity_providers.archive", "DELETE", ALL "/{id}", EVENT_PROVIDER_ARCHIVED,
	       OP_BODY_NONE, OP_FLAG_IF_MATCH, 0, only_id, NULL),
	OP_END,
};

const struct op *identity_ops(void)
{
	return rows;
}
