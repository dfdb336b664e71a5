/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_WEBAUTHN_H
#define AUTH_WEBAUTHN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/codec.h"
#include "base/ctx.h"

/*
 * Judging what an authenticator answered (W3C Web Authentication Level 3, sections 7.1 and 7.2), no
 * data base and no clock. A verdict is NULL (accepted) or the stable reason of the refusal, for the
 * audit log only. Client data is compared as bytes (section 5.8.1.2), never parsed.
 */
enum {
	WEBAUTHN_CHALLENGE = 32,
	WEBAUTHN_ID_MAX = 1023, /* of a credential */
	WEBAUTHN_KEY_MAX = 512, /* a COSE key: RSA of 2048 bits has 272 */
	WEBAUTHN_CLIENT_DATA_MAX = 2048,
	WEBAUTHN_AUTH_DATA_MAX = 2048,
	WEBAUTHN_ASSERTION_MAX = 512, /* the same without a credential */
	WEBAUTHN_ATTESTATION_MAX = 6144,
	WEBAUTHN_SIGNATURE_MAX = 256,
	WEBAUTHN_HOST_MAX = 253,
};

/* COSE algorithms that are offered and accepted, best first. */
enum webauthn_alg { WEBAUTHN_EDDSA = -8, WEBAUTHN_ES256 = -7, WEBAUTHN_RS256 = -257 };

enum webauthn_flag {
	WEBAUTHN_UP = 0x01,
	WEBAUTHN_UV = 0x04,
	WEBAUTHN_BE = 0x08,
	WEBAUTHN_BS = 0x10,
	WEBAUTHN_AT = 0x40,
	WEBAUTHN_ED = 0x80,
};

/* Who asks. origin as browsers write it: https://host[:port], the port only when it is not 443. */
struct webauthn_party {
	char rp_id[WEBAUTHN_HOST_MAX + 1];
	char origin[WEBAUTHN_HOST_MAX + 16];
};
/* From public_url. False: its host is an address, which no browser accepts as RP id. */
bool webauthn_party_of(const char *public_url, struct webauthn_party *out);

struct webauthn_expect {
	const struct webauthn_party *party;
	const uint8_t *challenge; /* WEBAUTHN_CHALLENGE bytes */
	bool verified;		  /* the authenticator must have verified the person */
};

/* Authenticator data, taken apart. */
struct webauthn_data {
	uint8_t rp_hash[32];
	uint8_t flags; /* enum webauthn_flag */
	uint32_t count;
	uint8_t aaguid[16];
	struct block id, key, extensions; /* empty when absent; key: a COSE map */
};
/* False: cut short, bytes left over, or CBOR that is not in its one form. */
bool webauthn_data_read(struct block bytes, struct webauthn_data *out);

struct webauthn_attestation {
	struct block format, statement,
		data; /* statement: the CBOR map; data: authenticator data */
};
bool webauthn_attestation_read(struct block object, struct webauthn_attestation *out);

/* A new credential as its authenticator tells it; blocks borrowed from the answer. */
struct webauthn_new {
	struct webauthn_data data;
	enum webauthn_alg alg;
	const char *format; /* "none", "packed" */
	struct block chain; /* CBOR array of the certificates that signed it; empty: none did */
};
/* ERR_OK with *out_why; anything else: we could not judge. */
enum err webauthn_register(struct ctx *ctx, const struct webauthn_expect *expect,
			   struct block client_data, struct block object, struct webauthn_new *out,
			   const char **out_why) ERR_CHECKED;

/* What is stored of a credential and counts for an assertion. */
struct webauthn_known {
	struct block key;
	uint32_t count;
	bool backup_eligible;
};
struct webauthn_assertion {
	struct block client_data, data, signature;
};
/* passkey.counter comes only after the signature held: it names a copied authenticator. */
enum err webauthn_assert(struct ctx *ctx, const struct webauthn_expect *expect,
			 const struct webauthn_known *known,
			 const struct webauthn_assertion *assertion, struct webauthn_data *out,
			 const char **out_why) ERR_CHECKED;

#endif
