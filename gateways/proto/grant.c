/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateways/proto/grant.h"

#include <openssl/evp.h>

#include "base/cleanup.h"

enum { GRANT_VERSION = 2, PROTOCOL_MAX = 16, LOGIN_MAX = 255, TICKET_MAX = 255 };

#define TIME_MAX_US INT64_C(253402300799999999)

static const char grant_label[] = "sekisho-grant/1";

static const struct codec_field grant_fields[] = {
	CODEC_FIELD(CODEC_UUID, struct grant, tenant, 0),
	CODEC_FIELD(CODEC_UUID, struct grant, gateway_id, 0),
	CODEC_FIELD(CODEC_UUID, struct grant, boot_id, 0),
	CODEC_FIELD(CODEC_UUID, struct grant, target_id, 0),
	CODEC_FIELD(CODEC_UUID, struct grant, session_id, 0),
	CODEC_FIELD(CODEC_UUID, struct grant, user_id, 0),
	CODEC_FIELD(CODEC_UUID, struct grant, nonce, 0),
	CODEC_FIELD(CODEC_U32, struct grant, port, 0),
	CODEC_FIELD(CODEC_TEXT, struct grant, protocol, PROTOCOL_MAX),
	CODEC_FIELD(CODEC_TEXT, struct grant, user, LOGIN_MAX),
	CODEC_FIELD(CODEC_TEXT, struct grant, ticket, TICKET_MAX),
	CODEC_FIELD(CODEC_U64, struct grant, policy_version, 0),
	CODEC_FIELD(CODEC_I64, struct grant, issued, 0),
	CODEC_FIELD(CODEC_I64, struct grant, expires, 0),
};
static const struct codec grant_codec = CODEC("grant", grant_fields);

void grant_put(struct buf *out, const struct grant *grant)
{
	buf_put_u8(out, GRANT_VERSION);
	codec_put(out, &grant_codec, grant);
}

static void digest_free_p(EVP_MD_CTX **digest)
{
	EVP_MD_CTX_free(*digest);
}

static void key_free_p(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}

enum err signed_verify(const char *label, size_t label_size, const void *payload, size_t len,
		       const uint8_t signature[GRANT_SIGNATURE],
		       const uint8_t public_key[GRANT_PUBLIC_KEY])
{
	scoped(buf_clear) struct buf message;
	scoped(key_free_p) EVP_PKEY *key =
		EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, GRANT_PUBLIC_KEY);
	scoped(digest_free_p) EVP_MD_CTX *digest = EVP_MD_CTX_new();

	buf_init(&message, label_size + len);
	buf_put(&message, label, label_size);
	buf_put(&message, payload, len);
	if (!key || !digest || buf_failed(&message))
		return ERR_MEMORY;
	if (EVP_DigestVerifyInit(digest, NULL, NULL, NULL, key) != 1)
		return ERR_BUG;
	if (EVP_DigestVerify(digest, signature, GRANT_SIGNATURE, message.data, message.len) != 1)
		return ERR_INTEGRITY;
	return ERR_OK;
}

bool signed_time_is_sound(int64_t real_us)
{
	return real_us >= 0 && real_us <= TIME_MAX_US;
}

enum err grant_open(const void *data, size_t len, const uint8_t public_key[GRANT_PUBLIC_KEY],
		    struct grant *out)
{
	const uint8_t *bytes = data;
	struct grant grant;
	size_t payload;
	enum err err;

	if (len < 1 + GRANT_SIGNATURE || len > GRANT_SIGNED_MAX || bytes[0] != GRANT_VERSION)
		return ERR_SYNTAX;
	payload = len - GRANT_SIGNATURE;
	err = signed_verify(grant_label, sizeof(grant_label), bytes, payload, bytes + payload,
			    public_key);
	if (err)
		return err;
	if (codec_get(&grant_codec, bytes + 1, payload - 1, &grant))
		return ERR_SYNTAX;
	if (grant.port == 0 || grant.port > 65535 || !signed_time_is_sound(grant.issued) ||
	    !signed_time_is_sound(grant.expires))
		return ERR_SYNTAX;
	*out = grant;
	return ERR_OK;
}
