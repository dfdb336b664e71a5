/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "audit/merkle.h"
#include "tests/fuzz/fuzz.h"

/* Proofs as a stranger shows them: numbers and hashes of his choice. And true proofs of a small
 * tree, changed: only the true ones hold. */
enum { LEAVES = 40 };

struct tree {
	uint8_t hash[7][LEAVES][MERKLE_HASH];
	struct merkle_frontier frontier;
	uint8_t roots[LEAVES + 1][MERKLE_HASH];
};

static enum err get(void *arg, unsigned level, uint64_t n, uint8_t out[MERKLE_HASH])
{
	const struct tree *tree = arg;

	assert(level < 7 && n < LEAVES);
	memcpy(out, tree->hash[level][n], MERKLE_HASH);
	return ERR_OK;
}

static struct tree *grown(void)
{
	static struct tree tree;
	struct merkle_node nodes[MERKLE_LEVELS];

	if (tree.frontier.size > 0)
		return &tree;
	merkle_empty_root(tree.roots[0]);
	for (uint8_t i = 0; i < LEAVES; i++) {
		uint8_t leaf[MERKLE_HASH];

		merkle_leaf_hash(&i, 1, leaf);
		memcpy(tree.hash[0][i], leaf, MERKLE_HASH);
		size_t count = merkle_append(&tree.frontier, leaf, nodes);
		for (size_t k = 0; k < count; k++)
			memcpy(tree.hash[nodes[k].level][nodes[k].n], nodes[k].hash, MERKLE_HASH);
		merkle_root(&tree.frontier, tree.roots[i + 1]);
	}
	return &tree;
}

static void true_proofs(struct rd *rd)
{
	struct tree *tree = grown();
	const struct merkle_source source = {get, tree};
	uint64_t size = 1 + rd_u8(rd) % LEAVES, n = rd_u8(rd) % size, old = 1 + rd_u8(rd) % size;
	size_t at = rd_u16(rd);
	uint8_t flip = rd_u8(rd);
	struct merkle_proof inclusion, consistency;

	assert(merkle_inclusion(&source, n, size, &inclusion) == ERR_OK);
	assert(merkle_consistency(&source, old, size, &consistency) == ERR_OK);
	if (inclusion.count > 0)
		inclusion.hash[at % inclusion.count][at / 256 % MERKLE_HASH] ^= flip;
	if (consistency.count > 0)
		consistency.hash[at % consistency.count][at / 256 % MERKLE_HASH] ^= flip;
	assert(merkle_verify_inclusion(tree->hash[0][n], n, size, inclusion.hash[0],
				       inclusion.count,
				       tree->roots[size]) == (flip == 0 || inclusion.count == 0));
	assert(merkle_verify_consistency(old, tree->roots[old], size, tree->roots[size],
					 consistency.hash[0], consistency.count) ==
	       (flip == 0 || consistency.count == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd rd = rd_of(data, size);

	true_proofs(&rd);
	uint64_t n = rd_u64(&rd), old = rd_u64(&rd), total = rd_u64(&rd);
	const uint8_t *hashes = rd_bytes(&rd, 2 * MERKLE_HASH);
	size_t count = rd_left(&rd) / MERKLE_HASH;
	const uint8_t *proof = rd_bytes(&rd, count * MERKLE_HASH);

	if (hashes == NULL || proof == NULL)
		return 0;
	(void)merkle_verify_inclusion(hashes, n, total, proof, count, hashes + MERKLE_HASH);
	(void)merkle_verify_consistency(old, hashes, total, hashes + MERKLE_HASH, proof, count);
	return 0;
}
