/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/soft_key.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <sodium.h>
#include <string.h>

#include "base/sys.h"
#include "base/text.h"

enum { ROOM = 8192 };

void soft_key_make(struct soft_key *key, enum webauthn_alg alg)
{
	*key = (struct soft_key){.alg = alg};
	key->pkey = alg == WEBAUTHN_ES256   ? EVP_EC_gen("P-256")
		    : alg == WEBAUTHN_EDDSA ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")
					    : EVP_RSA_gen(2048);
	assert(key->pkey);
	sys_random(key->id, sizeof(key->id));
	memset(key->aaguid, 0xa5, sizeof(key->aaguid));
}

void soft_key_clear(struct soft_key *key)
{
	EVP_PKEY_free(key->pkey);
	key->pkey = NULL;
}

struct block soft_block(const struct buf *buf)
{
	return (struct block){buf->data, buf->len};
}

static void put_number(struct buf *out, const struct soft_key *key, const char *name, size_t size)
{
	uint8_t bytes[256];
	BIGNUM *number = NULL;

	assert(EVP_PKEY_get_bn_param(key->pkey, name, &number) == 1);
	assert(BN_bn2binpad(number, bytes, (int)size) == (int)size);
	BN_free(number);
	buf_put(out, bytes, size);
}

static void cose_es256(const struct soft_key *key, struct buf *out)
{
	/* {1: 2, 3: -7, -1: 1, -2: x, -3: y} */
	buf_put(out, "\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20", 10);
	put_number(out, key, OSSL_PKEY_PARAM_EC_PUB_X, 32);
	buf_put(out, "\x22\x58\x20", 3);
	put_number(out, key, OSSL_PKEY_PARAM_EC_PUB_Y, 32);
}

static void cose_eddsa(const struct soft_key *key, struct buf *out)
{
	uint8_t raw[32];
	size_t len = sizeof(raw);

	assert(EVP_PKEY_get_raw_public_key(key->pkey, raw, &len) == 1);
	/* {1: 1, 3: -8, -1: 6, -2: x} */
	buf_put(out, "\xa4\x01\x01\x03\x27\x20\x06\x21\x58\x20", 10);
	buf_put(out, raw, sizeof(raw));
}

static void cose_rs256(const struct soft_key *key, struct buf *out)
{
	/* {1: 3, 3: -257, -1: n, -2: e} */
	buf_put(out, "\xa4\x01\x03\x03\x39\x01\x00\x20\x59\x01\x00", 11);
	put_number(out, key, OSSL_PKEY_PARAM_RSA_N, 256);
	buf_put(out, "\x21\x43", 2);
	put_number(out, key, OSSL_PKEY_PARAM_RSA_E, 3);
}

void soft_key_cose(const struct soft_key *key, struct buf *out)
{
	switch (key->alg) {
	case WEBAUTHN_ES256: cose_es256(key, out); break;
	case WEBAUTHN_EDDSA: cose_eddsa(key, out); break;
	case WEBAUTHN_RS256: cose_rs256(key, out); break;
	}
}

static void init(struct soft_answer *out)
{
	buf_init(&out->client_data, ROOM);
	buf_init(&out->data, ROOM);
	buf_init(&out->attestation, ROOM);
	buf_init(&out->signature, ROOM);
}

void soft_answer_clear(struct soft_answer *answer)
{
	buf_clear(&answer->client_data);
	buf_clear(&answer->data);
	buf_clear(&answer->attestation);
	buf_clear(&answer->signature);
}

static void put_client_data(struct buf *out, const struct soft_say *say, const char *type)
{
	char challenge[BASE64_SIZE(WEBAUTHN_CHALLENGE)];

	base64url_encode(say->challenge, WEBAUTHN_CHALLENGE, challenge);
	buf_printf(out, "{\"type\":\"%s\",\"challenge\":\"%s\",\"origin\":\"%s\"%s",
		   say->type ? say->type : type, challenge,
		   say->origin ? say->origin : "https://sekisho.example",
		   say->tail ? say->tail : ",\"crossOrigin\":false}");
}

static void put_data(struct buf *out, const struct soft_key *key, const struct soft_say *say,
		     uint8_t flags)
{
	const char *rp_id = say->rp_id ? say->rp_id : "sekisho.example";
	uint8_t hash[32];

	crypto_hash_sha256(hash, (const uint8_t *)rp_id, strlen(rp_id));
	buf_put(out, hash, sizeof(hash));
	if (say->extensions.len)
		flags |= WEBAUTHN_ED;
	buf_put_u8(out, flags);
	buf_put_u32(out, say->count);
	if (flags & WEBAUTHN_AT && !say->no_credential) {
		buf_put(out, key->aaguid, sizeof(key->aaguid));
		buf_put_u16(out, sizeof(key->id));
		buf_put(out, key->id, sizeof(key->id));
		soft_key_cose(key, out);
	}
	buf_put(out, say->extensions.data, say->extensions.len);
	if (say->byte_behind)
		buf_put_u8(out, 0);
}

/* The authenticator data and the hash of the client data. */
static void put_signed(const struct soft_answer *answer, struct buf *out)
{
	uint8_t hash[32];

	crypto_hash_sha256(hash, answer->client_data.data, answer->client_data.len);
	buf_put(out, answer->data.data, answer->data.len);
	buf_put(out, hash, sizeof(hash));
}

static void sign(const struct soft_key *key, const struct soft_answer *answer, struct buf *out)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	uint8_t signature[512];
	size_t len = sizeof(signature);
	struct buf signed_bytes;

	buf_init(&signed_bytes, ROOM);
	put_signed(answer, &signed_bytes);
	assert(EVP_DigestSignInit(md, NULL, key->alg == WEBAUTHN_EDDSA ? NULL : EVP_sha256(), NULL,
				  key->pkey) == 1);
	assert(EVP_DigestSign(md, signature, &len, signed_bytes.data, signed_bytes.len) == 1);
	EVP_MD_CTX_free(md);
	buf_clear(&signed_bytes);
	buf_put(out, signature, len);
}

static void put_head(struct buf *out, uint8_t major, size_t value)
{
	if (value < 24) {
		buf_put_u8(out, (uint8_t)(major << 5 | value));
	} else if (value < 256) {
		buf_put_u8(out, (uint8_t)(major << 5 | 24));
		buf_put_u8(out, (uint8_t)value);
	} else {
		buf_put_u8(out, (uint8_t)(major << 5 | 25));
		buf_put_u16(out, (uint16_t)value);
	}
}

static void put_made(struct buf *out, const struct soft_say *say, const struct soft_answer *answer)
{
	struct buf signature, signed_bytes;

	buf_init(&signature, ROOM);
	buf_init(&signed_bytes, ROOM);
	put_signed(answer, &signed_bytes);
	soft_maker_sign(say->maker, soft_block(&signed_bytes), &signature);
	buf_put(out, "\x63\x66mt\x66packed\x67\x61ttStmt\xa3\x63\x61lg\x26\x63sig", 29);
	put_head(out, 2, signature.len);
	buf_put(out, signature.data, signature.len);
	buf_put(out, "\x63x5c", 4);
	soft_maker_x5c(say->maker, out);
	buf_clear(&signature);
	buf_clear(&signed_bytes);
}

static void put_statement(struct buf *out, const struct soft_key *key, const struct soft_say *say,
			  const struct soft_answer *answer)
{
	struct buf signature;

	if (say->maker) {
		put_made(out, say, answer);
		return;
	}
	if (!say->packed) {
		buf_put(out, "\x63\x66mt\x64none\x67\x61ttStmt\xa0", 18);
		return;
	}
	buf_init(&signature, ROOM);
	sign(key, answer, &signature);
	if (say->signature_off)
		signature.data[signature.len - 1] ^= 1;
	buf_put(out, "\x63\x66mt\x66packed\x67\x61ttStmt\xa2\x63\x61lg", 24);
	put_head(out, 1, (size_t)(-1 - (int)key->alg));
	buf_put(out, "\x63sig", 4);
	put_head(out, 2, signature.len);
	buf_put(out, signature.data, signature.len);
	buf_clear(&signature);
}

void soft_create(const struct soft_key *key, const struct soft_say *say, struct soft_answer *out)
{
	init(out);
	put_client_data(&out->client_data, say, "webauthn.create");
	put_data(&out->data, key, say,
		 say->flags ? say->flags : WEBAUTHN_UP | WEBAUTHN_UV | WEBAUTHN_AT);
	buf_put_u8(&out->attestation, 0xa3);
	put_statement(&out->attestation, key, say, out);
	buf_put(&out->attestation, "\x68\x61uthData", 9);
	put_head(&out->attestation, 2, out->data.len);
	buf_put(&out->attestation, out->data.data, out->data.len);
}

void soft_get(const struct soft_key *key, const struct soft_say *say, struct soft_answer *out)
{
	init(out);
	put_client_data(&out->client_data, say, "webauthn.get");
	put_data(&out->data, key, say, say->flags ? say->flags : WEBAUTHN_UP | WEBAUTHN_UV);
	sign(key, out, &out->signature);
	if (say->signature_off)
		out->signature.data[out->signature.len - 1] ^= 1;
}
