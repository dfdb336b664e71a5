/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VAULT_MERKLE_PROOF_H
#define VAULT_MERKLE_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * RFC 6962 hashes and the verification of its proofs (algorithms of RFC 9162, 2.1.3.2 and 2.1.4.2).
 * No allocation, no input or output: the keeper, the audit log and the stand-alone verifier share
 * it. A proof is `count` hashes one behind the other.
 */
enum { MERKLE_HASH = 32, MERKLE_PROOF_MAX = 65 };

void merkle_empty_root(uint8_t out[MERKLE_HASH]);
void merkle_leaf_hash(const void *leaf, size_t len, uint8_t out[MERKLE_HASH]);
void merkle_node_hash(const uint8_t left[MERKLE_HASH], const uint8_t right[MERKLE_HASH],
		      uint8_t out[MERKLE_HASH]);

/* Leaf number n (from 0) with this hash is in the tree of that size and root. */
bool merkle_verify_inclusion(const uint8_t leaf_hash[MERKLE_HASH], uint64_t n, uint64_t size,
			     const uint8_t *proof, size_t count, const uint8_t root[MERKLE_HASH]);

/* The tree (size, root) begins with all leaves of the tree (old_size, old_root), in order. For
 * old_size 0 the proof must be empty and old_root is not looked at. */
bool merkle_verify_consistency(uint64_t old_size, const uint8_t old_root[MERKLE_HASH],
			       uint64_t size, const uint8_t root[MERKLE_HASH], const uint8_t *proof,
			       size_t count);

#endif
