/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUDIT_MERKLE_H
#define AUDIT_MERKLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "vault/merkle_proof.h"

/*
 * RFC 6962 tree over stored nodes. Node (level, n) is the hash of the complete subtree over the
 * leaves [n * 2^level, (n + 1) * 2^level); level 0 are leaf hashes. Every root and proof is made of
 * at most a few dozen of them.
 */
enum { MERKLE_LEVELS = 64 };

/* Right edge of a tree: the complete subtrees its size is the sum of. */
struct merkle_frontier {
	uint64_t size;
	uint8_t hash[MERKLE_LEVELS][MERKLE_HASH]; /* valid where size has that bit */
};

struct merkle_node {
	uint8_t level;
	uint64_t n;
	uint8_t hash[MERKLE_HASH];
};

/* Adds one leaf. Nodes above level 0 that are complete now go to out_nodes (room for 64); returns
 * how many. */
size_t merkle_append(struct merkle_frontier *frontier, const uint8_t leaf_hash[MERKLE_HASH],
		     struct merkle_node out_nodes[MERKLE_LEVELS]);
void merkle_root(const struct merkle_frontier *frontier, uint8_t out[MERKLE_HASH]);

/* Where nodes are read from. */
struct merkle_source {
	enum err (*get)(void *arg, unsigned level, uint64_t n, uint8_t out[MERKLE_HASH]);
	void *arg;
};

enum err merkle_load(const struct merkle_source *source, uint64_t size,
		     struct merkle_frontier *out) ERR_CHECKED;
/* Of the tree as it was at that size. */
enum err merkle_root_at(const struct merkle_source *source, uint64_t size,
			uint8_t out[MERKLE_HASH]) ERR_CHECKED;

struct merkle_proof {
	size_t count;
	uint8_t hash[MERKLE_PROOF_MAX][MERKLE_HASH];
};
/* Leaf n in the tree of that size; n < size. */
enum err merkle_inclusion(const struct merkle_source *source, uint64_t n, uint64_t size,
			  struct merkle_proof *out) ERR_CHECKED;
/* Empty for old_size 0 and for old_size == size; old_size <= size. */
enum err merkle_consistency(const struct merkle_source *source, uint64_t old_size, uint64_t size,
			    struct merkle_proof *out) ERR_CHECKED;

#endif
