/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/webauthn_key.h"

#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/rs256.h>
#include <string.h>

#include "auth/webauthn_cbor.h"

enum { COSE_KTY = 1, COSE_ALG = 3 };
enum { KTY_OKP = 1, KTY_EC2 = 2, KTY_RSA = 3 };
enum { CURVE_NONE = 0, CURVE_P256 = 1, CURVE_ED25519 = 6 };

/* One row per algorithm: what its key must look like, and how libfido2 takes it. */
struct kind {
	enum webauthn_alg alg;
	int64_t kty, curve;
	struct part {
		int64_t label;
		size_t len;
	} parts[2];
	void *(*load)(const uint8_t *raw, size_t len);
	void (*release)(void *loaded);
};

#define LOADER(name)                                                   \
	static void *load_##name(const uint8_t *raw, size_t len)       \
	{                                                              \
		name##_pk_t *pk = name##_pk_new();                     \
                                                                       \
		if (pk && name##_pk_from_ptr(pk, raw, len) != FIDO_OK) \
			name##_pk_free(&pk);                           \
		return pk;                                             \
	}                                                              \
	static void release_##name(void *loaded)                       \
	{                                                              \
		name##_pk_t *pk = loaded;                              \
                                                                       \
		name##_pk_free(&pk);                                   \
	}
LOADER(es256)
LOADER(eddsa)
LOADER(rs256)

static const struct kind kinds[] = {
	{WEBAUTHN_EDDSA, KTY_OKP, CURVE_ED25519, {{-2, 32}, {0, 0}}, load_eddsa, release_eddsa},
	{WEBAUTHN_ES256, KTY_EC2, CURVE_P256, {{-2, 32}, {-3, 32}}, load_es256, release_es256},
	{WEBAUTHN_RS256, KTY_RSA, CURVE_NONE, {{-1, 256}, {-2, 3}}, load_rs256, release_rs256},
};

static const struct kind *kind_of(int64_t alg)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].alg == alg)
			return &kinds[i];
	return NULL;
}

static bool has_int(struct block map, int64_t key, int64_t wanted)
{
	struct block item;
	int64_t value;

	return ctap_map_int(map, key, &item) && ctap_int(item, &value) && value == wanted;
}

static bool take_part(struct block map, const struct part *part, struct webauthn_key *key)
{
	struct block item, bytes;

	if (!ctap_map_int(map, part->label, &item) || !ctap_bytes(item, &bytes) ||
	    bytes.len != part->len)
		return false;
	memcpy(key->raw + key->len, bytes.data, bytes.len);
	key->len += bytes.len;
	return true;
}

/* kty, alg, perhaps the curve, and the parts: nothing else. */
static bool has_shape(struct block map, const struct kind *kind)
{
	int members = 2 + (kind->curve != CURVE_NONE) + 1 + (kind->parts[1].len > 0);

	return ctap_map_size(map) == members && has_int(map, COSE_KTY, kind->kty) &&
	       (kind->curve == CURVE_NONE || has_int(map, -1, kind->curve));
}

/* RSA with the one exponent in use; that the modulus has 2048 bits is libfido2's own condition. */
static bool is_sound(const struct webauthn_key *key)
{
	static const uint8_t exponent[] = {1, 0, 1};

	return key->alg != WEBAUTHN_RS256 ||
	       memcmp(key->raw + 256, exponent, sizeof(exponent)) == 0;
}

const char *webauthn_key_read(struct block cose, struct webauthn_key *out)
{
	struct rd rd = rd_of(cose.data, cose.len);
	struct block map, item;
	int64_t alg;

	if (!ctap_item(&rd, &map) || !rd_done(&rd) || !ctap_map_int(map, COSE_ALG, &item) ||
	    !ctap_int(item, &alg))
		return "passkey.key";
	const struct kind *kind = kind_of(alg);
	if (!kind)
		return "passkey.algorithm";
	struct webauthn_key key = {.alg = kind->alg};
	if (!has_shape(map, kind) || !take_part(map, &kind->parts[0], &key) ||
	    (kind->parts[1].len > 0 && !take_part(map, &kind->parts[1], &key)) || !is_sound(&key))
		return "passkey.key";
	void *loaded = webauthn_key_load(&key); /* also: is the point on the curve */
	if (!loaded)
		return "passkey.key";
	webauthn_key_free(&key, loaded);
	*out = key;
	return NULL;
}

void *webauthn_key_load(const struct webauthn_key *key)
{
	const struct kind *kind = kind_of(key->alg);

	return kind ? kind->load(key->raw, key->len) : NULL;
}

void webauthn_key_free(const struct webauthn_key *key, void *loaded)
{
	const struct kind *kind = kind_of(key->alg);

	if (kind)
		kind->release(loaded);
}
