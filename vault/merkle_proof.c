/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vault/merkle_proof.h"

#include <sodium.h>

void merkle_empty_root(uint8_t out[MERKLE_HASH])
{
	crypto_hash_sha256(out, (const uint8_t *)"", 0);
}

void merkle_leaf_hash(const void *leaf, size_t len, uint8_t out[MERKLE_HASH])
{
	static const uint8_t prefix = 0x00;
	crypto_hash_sha256_state state;
	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, &prefix, 1);
	crypto_hash_sha256_update(&state, leaf, len);
	crypto_hash_sha256_final(&state, out);
}

void merkle_node_hash(const uint8_t left[MERKLE_HASH], const uint8_t right[MERKLE_HASH],
		      uint8_t out[MERKLE_HASH])
{
	static const uint8_t prefix = 0x01;
	crypto_hash_sha256_state state;
	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, &prefix, 1);
	crypto_hash_sha256_update(&state, left, MERKLE_HASH);
	crypto_hash_sha256_update(&state, right, MERKLE_HASH);
	crypto_hash_sha256_final(&state, out);
}

static bool same(const uint8_t a[MERKLE_HASH], const uint8_t b[MERKLE_HASH])
{
	return memcmp(a, b, MERKLE_HASH) == 0;
}

bool merkle_verify_inclusion(const uint8_t leaf_hash[MERKLE_HASH], uint64_t n, uint64_t size,
			     const uint8_t *proof, size_t count, const uint8_t root[MERKLE_HASH])
{
	if (n >= size || count > MERKLE_PROOF_MAX)
		return false;
	uint64_t fn = n, sn = size - 1;
	uint8_t hash[MERKLE_HASH];
	memcpy(hash, leaf_hash, MERKLE_HASH);
	for (size_t i = 0; i < count; i++) {
		const uint8_t *step = proof + i * MERKLE_HASH;
		if (sn == 0)
			return false;
		if ((fn & 1) || fn == sn) {
			merkle_node_hash(step, hash, hash);
			while (!(fn & 1) && fn != 0) {
				fn >>= 1;
				sn >>= 1;
			}
		} else {
			merkle_node_hash(hash, step, hash);
		}
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0 && same(hash, root);
}

/* Climbs from the old tree's right edge; both roots must come out. */
static bool climb(uint64_t fn, uint64_t sn, const uint8_t *proof, size_t count,
		  uint8_t old_hash[MERKLE_HASH], uint8_t new_hash[MERKLE_HASH])
{
	for (size_t i = 0; i < count; i++) {
		const uint8_t *step = proof + i * MERKLE_HASH;
		if (sn == 0)
			return false;
		if ((fn & 1) || fn == sn) {
			merkle_node_hash(step, old_hash, old_hash);
			merkle_node_hash(step, new_hash, new_hash);
			while (!(fn & 1) && fn != 0) {
				fn >>= 1;
				sn >>= 1;
			}
		} else {
			merkle_node_hash(new_hash, step, new_hash);
		}
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0;
}

bool merkle_verify_consistency(uint64_t old_size, const uint8_t old_root[MERKLE_HASH],
			       uint64_t size, const uint8_t root[MERKLE_HASH], const uint8_t *proof,
			       size_t count)
{
	if (old_size > size || count > MERKLE_PROOF_MAX)
		return false;
	if (old_size == 0)
		return count == 0;
	if (old_size == size)
		return count == 0 && same(old_root, root);
	uint64_t fn = old_size - 1, sn = size - 1;
	while (fn & 1) {
		fn >>= 1;
		sn >>= 1;
	}
	/* A whole old tree is itself the first node and is left out of the proof. */
	const uint8_t *first = old_root;
	if (fn != 0) {
		if (count == 0)
			return false;
		first = proof;
		proof += MERKLE_HASH;
		count--;
	}
	uint8_t old_hash[MERKLE_HASH], new_hash[MERKLE_HASH];
	memcpy(old_hash, first, MERKLE_HASH);
	memcpy(new_hash, first, MERKLE_HASH);
	return climb(fn, sn, proof, count, old_hash, new_hash) && same(old_hash, old_root) &&
	       same(new_hash, root);
}
