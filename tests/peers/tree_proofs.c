/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tree_proofs ENTRIES PROOFS SEED: builds a tree of made-up entries with the log's own code and
 * writes roots, inclusion and consistency proofs between random sizes, each with the verdict of the
 * log's own verifier; a third of them is damaged first. A second verifier (tests/peers/tlog.py)
 * must come to the same verdict on every line. Figures go to standard error.
 */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "audit/merkle.h"
#include "base/sys.h"

/* Nodes of a level lie one behind the other. */
struct store {
	uint64_t entries;
	uint8_t *level[MERKLE_LEVELS];
};

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	(void)fprintf(stderr, "tree_proofs: %s failed\n", what);
	exit(1);
}

static enum err stored(void *arg, unsigned level, uint64_t n, uint8_t out[MERKLE_HASH])
{
	const struct store *store = arg;
	must(level < MERKLE_LEVELS && n < store->entries >> level, "reading a node");
	memcpy(out, store->level[level] + n * MERKLE_HASH, MERKLE_HASH);
	return ERR_OK;
}

static void build(struct store *store, struct merkle_frontier *frontier)
{
	struct merkle_node nodes[MERKLE_LEVELS];
	char text[40];
	for (unsigned level = 0; level < MERKLE_LEVELS && store->entries >> level > 0; level++) {
		store->level[level] = malloc((store->entries >> level) * MERKLE_HASH);
		must(store->level[level] != NULL, "memory");
	}
	for (uint64_t n = 0; n < store->entries; n++) {
		uint8_t *leaf = store->level[0] + n * MERKLE_HASH;
		int len = snprintf(text, sizeof(text), "entry %" PRIu64, n);
		merkle_leaf_hash(text, (size_t)len, leaf);
		size_t made = merkle_append(frontier, leaf, nodes);
		for (size_t i = 0; i < made; i++)
			memcpy(store->level[nodes[i].level] + nodes[i].n * MERKLE_HASH,
			       nodes[i].hash, MERKLE_HASH);
	}
}

/* splitmix64 */
static uint64_t draw(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* Sizes of every magnitude, not only near the whole. */
static uint64_t draw_size(uint64_t *seed, uint64_t max)
{
	unsigned bits = 1 + (unsigned)(draw(seed) % (64 - (unsigned)__builtin_clzll(max)));
	uint64_t size = draw(seed) & (UINT64_MAX >> (64 - bits));
	return draw(seed) % 2 == 0 && size <= max ? size : draw(seed) % (max + 1);
}

static void damage(struct merkle_proof *proof, uint64_t *seed)
{
	uint64_t how = draw(seed) % 4, at = proof->count > 0 ? draw(seed) % proof->count : 0;
	if (how == 0 && proof->count > 0)
		proof->count--;
	else if (how == 1 && proof->count > 1)
		memcpy(proof->hash[at], proof->hash[(at + 1) % proof->count], MERKLE_HASH);
	else if (how == 2 && proof->count < MERKLE_PROOF_MAX)
		memset(proof->hash[proof->count++], (int)at, MERKLE_HASH);
	else
		proof->hash[at][draw(seed) % MERKLE_HASH] ^= (uint8_t)(1U << draw(seed) % 8);
}

static void put(const char *kind, bool holds, uint64_t a, uint64_t b,
		const struct merkle_proof *proof)
{
	char hex[2 * MERKLE_HASH + 1];
	(void)printf("%s %s %" PRIu64 " %" PRIu64, kind, holds ? "holds" : "fails", a, b);
	for (size_t i = 0; i < proof->count; i++)
		(void)printf(" %s", sodium_bin2hex(hex, sizeof(hex), proof->hash[i], MERKLE_HASH));
	(void)putchar('\n');
}

struct figures {
	size_t longest;
	int64_t prove_us, verify_us;
};

static void inclusion(const struct merkle_source *source, uint64_t *seed, uint64_t max,
		      bool break_it, struct figures *figures)
{
	struct merkle_proof proof = {0};
	uint8_t leaf[MERKLE_HASH], root[MERKLE_HASH];
	uint64_t size = 1 + draw_size(seed, max - 1), n = draw(seed) % size;
	must(source->get(source->arg, 0, n, leaf) == ERR_OK, "leaf");
	must(merkle_root_at(source, size, root) == ERR_OK, "root");
	int64_t start = sys_mono_us();
	must(merkle_inclusion(source, n, size, &proof) == ERR_OK, "inclusion");
	int64_t made = sys_mono_us();
	if (proof.count > figures->longest)
		figures->longest = proof.count;
	must(merkle_verify_inclusion(leaf, n, size, proof.hash[0], proof.count, root),
	     "a true proof");
	figures->verify_us += sys_mono_us() - made;
	figures->prove_us += made - start;
	if (break_it)
		damage(&proof, seed);
	put("inclusion", merkle_verify_inclusion(leaf, n, size, proof.hash[0], proof.count, root),
	    n, size, &proof);
}

static void consistency(const struct merkle_source *source, uint64_t *seed, uint64_t max,
			bool break_it)
{
	struct merkle_proof proof = {0};
	uint8_t old_root[MERKLE_HASH], root[MERKLE_HASH];
	uint64_t size = draw_size(seed, max), old_size = draw_size(seed, size > 0 ? size : 1);
	if (old_size > size)
		old_size = size;
	must(merkle_root_at(source, size, root) == ERR_OK, "root");
	must(merkle_root_at(source, old_size, old_root) == ERR_OK, "old root");
	must(merkle_consistency(source, old_size, size, &proof) == ERR_OK, "consistency");
	if (break_it)
		damage(&proof, seed);
	bool holds = merkle_verify_consistency(old_size, old_root, size, root, proof.hash[0],
					       proof.count);
	must(break_it || holds, "a true consistency proof");
	put("consistency", holds, old_size, size, &proof);
}

static void put_root(const struct merkle_source *source, uint64_t size)
{
	char hex[2 * MERKLE_HASH + 1];
	uint8_t root[MERKLE_HASH];
	must(merkle_root_at(source, size, root) == ERR_OK, "root");
	(void)printf("root %" PRIu64 " %s\n", size,
		     sodium_bin2hex(hex, sizeof(hex), root, MERKLE_HASH));
}

static void report(uint64_t entries, uint64_t proofs, int64_t built_us,
		   const struct figures *figures)
{
	struct rusage usage;
	(void)getrusage(RUSAGE_SELF, &usage);
	(void)fprintf(stderr,
		      "%" PRIu64 " entries in %.2f s (%.0f a second), %ld MiB; inclusion: at most "
		      "%zu hashes, %.1f us to make, %.1f us to verify\n",
		      entries, (double)built_us / 1e6,
		      (double)entries * 1e6 / (double)(built_us > 0 ? built_us : 1),
		      usage.ru_maxrss / 1024, figures->longest,
		      (double)figures->prove_us / (double)proofs,
		      (double)figures->verify_us / (double)proofs);
}

int main(int argc, char **argv)
{
	struct store store = {.entries = argc == 4 ? strtoull(argv[1], NULL, 10) : 0};
	uint64_t proofs = argc == 4 ? strtoull(argv[2], NULL, 10) : 0;
	uint64_t seed = argc == 4 ? strtoull(argv[3], NULL, 10) : 0;
	const struct merkle_source source = {stored, &store};
	struct merkle_frontier frontier = {0};
	struct figures figures = {0};
	uint8_t root[MERKLE_HASH], again[MERKLE_HASH];
	if (store.entries < 2 || proofs == 0 || sodium_init() < 0) {
		(void)fputs("usage: tree_proofs ENTRIES PROOFS SEED\n", stderr);
		return 2;
	}
	int64_t start = sys_mono_us();
	build(&store, &frontier);
	int64_t built_us = sys_mono_us() - start;
	merkle_root(&frontier, root);
	must(merkle_root_at(&source, store.entries, again) == ERR_OK &&
		     memcmp(root, again, MERKLE_HASH) == 0,
	     "the root by the frontier and by the nodes");
	(void)printf("tree %" PRIu64 "\n", store.entries);
	put_root(&source, store.entries);
	for (uint64_t i = 0; i < proofs; i++) {
		put_root(&source, draw_size(&seed, store.entries));
		inclusion(&source, &seed, store.entries, i % 3 == 2, &figures);
		consistency(&source, &seed, store.entries, i % 3 == 2);
	}
	report(store.entries, proofs, built_us, &figures);
	for (unsigned level = 0; level < MERKLE_LEVELS; level++)
		free(store.level[level]);
	return 0;
}
