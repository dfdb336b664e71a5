/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/oidc/metadata.h"

enum { URL_MAX = 1024, JWKS_MAX = 48 * 1024 };

static const struct codec_field fields[] = {
	CODEC_FIELD(CODEC_TEXT, struct oidc_metadata, issuer, URL_MAX),
	CODEC_FIELD(CODEC_TEXT, struct oidc_metadata, authorization, URL_MAX),
	CODEC_FIELD(CODEC_TEXT, struct oidc_metadata, token, URL_MAX),
	CODEC_FIELD(CODEC_TEXT, struct oidc_metadata, end_session, URL_MAX),
	CODEC_FIELD(CODEC_TEXT, struct oidc_metadata, jwks_uri, URL_MAX),
	CODEC_FIELD(CODEC_TEXT, struct oidc_metadata, jwks, JWKS_MAX),
	CODEC_FIELD(CODEC_U32, struct oidc_metadata, auth, 0),
	CODEC_FIELD(CODEC_U8, struct oidc_metadata, says_issuer, 0),
};
const struct codec oidc_metadata_codec = CODEC("oidc_metadata", fields);
