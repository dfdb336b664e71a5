/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_SUPPORT_SOFT_KEY_H
#define TESTS_SUPPORT_SOFT_KEY_H

#include <openssl/evp.h>

#include "auth/webauthn.h"
#include "base/buf.h"
#include "tests/support/soft_maker.h"

/* An authenticator and its browser in one, for tests: it says whatever it is told to say, and signs
 * that with OpenSSL. */
struct soft_key {
	EVP_PKEY *pkey;
	enum webauthn_alg alg;
	uint8_t id[32], aaguid[16];
};
void soft_key_make(struct soft_key *key, enum webauthn_alg alg);
void soft_key_clear(struct soft_key *key);
/* The COSE key appended to out. */
void soft_key_cose(const struct soft_key *key, struct buf *out);

/* What it is told to say; NULL and 0 as a truthful one would. */
struct soft_say {
	const char *type, *origin, *rp_id, *tail; /* tail: behind the origin, `}` included */
	uint8_t challenge[WEBAUTHN_CHALLENGE];
	uint8_t flags;
	uint32_t count;
	struct block extensions;
	bool no_credential, packed, signature_off, byte_behind;
	const struct soft_maker *maker; /* packed, signed by its certificate */
};
struct soft_answer {
	struct buf client_data, data, attestation, signature;
};
void soft_create(const struct soft_key *key, const struct soft_say *say, struct soft_answer *out);
void soft_get(const struct soft_key *key, const struct soft_say *say, struct soft_answer *out);
void soft_answer_clear(struct soft_answer *answer);
struct block soft_block(const struct buf *buf);

#endif
