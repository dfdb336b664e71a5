/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_IDENTITY_API_H
#define AUTH_IDENTITY_API_H

#include "rbac/op.h"
#include "sql/db.h"

/* Sign-in with identity providers, and their administration: what the collecting tables take. */
const struct op *identity_ops(void);
const struct op_write *identity_writes(void);
const struct op_read *identity_reads(void);
const struct db_stmt_list *identity_read_statements(void);
const struct db_stmt_list *saml_key_read_statements(void);

/* Places of the fields that handlers ask for by name; identity_api.c has the tables. */
enum { CALLBACK_STATE, CALLBACK_CODE, CALLBACK_ISS, CALLBACK_ERROR };
enum {
	PROVIDER_NAME,
	PROVIDER_CLIENT_ID,
	PROVIDER_ADDRESSES,
	PROVIDER_TRUST,
	PROVIDER_LINK_ATTRIBUTE,
	PROVIDER_PROVISION,
	PROVIDER_LOGIN_ATTRIBUTE,
	PROVIDER_LOGIN_SUFFIX,
	PROVIDER_DISPLAY_ATTRIBUTE,
	PROVIDER_SECOND_FACTOR,
	PROVIDER_CONTEXTS,
	PROVIDER_ENABLED,
	PROVIDER_SIGN_OUT,
	PROVIDER_METADATA_URL,
	PROVIDER_MAPPING_APPLIES,
	PROVIDER_UNSOLICITED,
	PROVIDER_STEP_UP,
	PROVIDER_MAPPING,
	PROVIDER_ID
};
enum { LOGOUT_TOKEN, LOGOUT_ID };
enum { SIGNED_OUT_STATE };
enum { SLO_REQUEST, SLO_RESPONSE, SLO_RELAY, SLO_ALGORITHM, SLO_SIGNATURE };
enum { METADATA_XML, METADATA_ID };
enum { OWN_METADATA_SEALING };
enum { ACS_RESPONSE, ACS_STATE };
enum { NEW_KIND, NEW_NAME, NEW_ISSUER, NEW_CLIENT_ID };
enum { MAP_ATTRIBUTE, MAP_VALUE, MAP_GROUP, MAP_ROLE, MAP_PRIVILEGED };
enum { RESULT_PROVIDER, RESULT_TEST };
enum { THEIRS_USER, THEIRS_IDENTITY };

#endif
