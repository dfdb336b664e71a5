/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit/merkle.h"
#include "base/text.h"

enum { MAX = 300, LEVELS = 10 };

/* Nodes as the database would hold them. */
static struct {
	bool present[LEVELS][MAX];
	uint8_t hash[LEVELS][MAX][MERKLE_HASH];
} nodes;
static uint8_t leaves[MAX][MERKLE_HASH];
static uint8_t roots[MAX + 1][MERKLE_HASH];

static enum err get(void *arg, unsigned level, uint64_t n, uint8_t out[MERKLE_HASH])
{
	(void)arg;
	if (level >= LEVELS || n >= MAX || !nodes.present[level][n])
		return ERR_NOT_FOUND;
	memcpy(out, nodes.hash[level][n], MERKLE_HASH);
	return ERR_OK;
}

static const struct merkle_source source = {get, NULL};

static void put(unsigned level, uint64_t n, const uint8_t *hash)
{
	nodes.present[level][n] = true;
	memcpy(nodes.hash[level][n], hash, MERKLE_HASH);
}

/* MTH of RFC 6962 2.1, as it is written there. */
static void definition(size_t start, size_t count, uint8_t out[MERKLE_HASH])
{
	uint8_t left[MERKLE_HASH], right[MERKLE_HASH];
	size_t k = 1;
	if (count == 0) {
		merkle_empty_root(out);
		return;
	}
	if (count == 1) {
		memcpy(out, leaves[start], MERKLE_HASH);
		return;
	}
	while (k * 2 < count)
		k *= 2;
	definition(start, k, left);
	definition(start + k, count - k, right);
	merkle_node_hash(left, right, out);
}

static int build(void **state)
{
	(void)state;
	struct merkle_frontier frontier = {0};
	struct merkle_node made[MERKLE_LEVELS];
	merkle_root(&frontier, roots[0]);
	for (uint32_t i = 0; i < MAX; i++) {
		merkle_leaf_hash(&i, sizeof(i), leaves[i]);
		put(0, i, leaves[i]);
		size_t count = merkle_append(&frontier, leaves[i], made);
		for (size_t k = 0; k < count; k++)
			put(made[k].level, made[k].n, made[k].hash);
		merkle_root(&frontier, roots[i + 1]);
	}
	return 0;
}

static void known_vectors_come_out(void **state)
{
	(void)state;
	/* The reference leaves of the Certificate Transparency test suite. */
	static const char *const inputs[] = {"",
					     "00",
					     "10",
					     "2021",
					     "3031",
					     "40414243",
					     "5051525354555657",
					     "606162636465666768696a6b6c6d6e6f"};
	static const char *const expected[] = {
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
	struct merkle_frontier frontier = {0};
	struct merkle_node made[MERKLE_LEVELS];
	for (size_t i = 0; i < 8; i++) {
		uint8_t data[16], leaf[MERKLE_HASH], root[MERKLE_HASH];
		char hex[65];
		assert_true(hex_decode(inputs[i], data, strlen(inputs[i]) / 2));
		merkle_leaf_hash(data, strlen(inputs[i]) / 2, leaf);
		merkle_append(&frontier, leaf, made);
		merkle_root(&frontier, root);
		hex_encode(root, 32, hex);
		assert_string_equal(hex, expected[i]);
	}
	char hex[65];
	hex_encode(roots[0], 32, hex);
	assert_string_equal(hex,
			    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void roots_equal_the_definition(void **state)
{
	(void)state;
	for (size_t size = 0; size <= MAX; size++) {
		uint8_t root[MERKLE_HASH];
		definition(0, size, root);
		assert_memory_equal(root, roots[size], MERKLE_HASH);
		assert_int_equal(merkle_root_at(&source, size, root), ERR_OK);
		assert_memory_equal(root, roots[size], MERKLE_HASH);
	}
}

static void inclusion_holds_for_that_leaf_only(void **state)
{
	(void)state;
	struct merkle_proof proof;
	for (uint64_t size = 1; size <= MAX; size++)
		for (uint64_t n = 0; n<size; n += size> 40 ? 7 : 1) {
			assert_int_equal(merkle_inclusion(&source, n, size, &proof), ERR_OK);
			assert_true(merkle_verify_inclusion(leaves[n], n, size, proof.hash[0],
							    proof.count, roots[size]));
			uint64_t other = (n + 1) % size;
			if (other != n)
				assert_false(merkle_verify_inclusion(leaves[other], n, size,
								     proof.hash[0], proof.count,
								     roots[size]));
			assert_false(merkle_verify_inclusion(leaves[n], n, size, proof.hash[0],
							     proof.count, roots[size - 1]));
			if (proof.count > 0) {
				proof.hash[proof.count / 2][3] ^= 4;
				assert_false(merkle_verify_inclusion(leaves[n], n, size,
								     proof.hash[0], proof.count,
								     roots[size]));
				assert_false(merkle_verify_inclusion(leaves[n], n, size,
								     proof.hash[0], proof.count - 1,
								     roots[size]));
			}
		}
}

static void consistency_holds_for_those_trees_only(void **state)
{
	(void)state;
	struct merkle_proof proof;
	for (uint64_t size = 1; size <= MAX; size++)
		for (uint64_t old = 0; old <= size; old += size > 40 ? 5 : 1) {
			assert_int_equal(merkle_consistency(&source, old, size, &proof), ERR_OK);
			assert_true(merkle_verify_consistency(old, roots[old], size, roots[size],
							      proof.hash[0], proof.count));
			if (old == 0 || old == size)
				continue;
			assert_false(merkle_verify_consistency(old, roots[old - 1], size,
							       roots[size], proof.hash[0],
							       proof.count));
			assert_false(merkle_verify_consistency(old, roots[old], size,
							       roots[size - 1], proof.hash[0],
							       proof.count));
			assert_false(merkle_verify_consistency(old, roots[old], size, roots[size],
							       proof.hash[0], proof.count - 1));
			proof.hash[proof.count - 1][31] ^= 1;
			assert_false(merkle_verify_consistency(old, roots[old], size, roots[size],
							       proof.hash[0], proof.count));
		}
}

static void missing_node_is_reported(void **state)
{
	(void)state;
	struct merkle_proof proof;
	nodes.present[5][1] = false;
	assert_int_equal(merkle_inclusion(&source, 0, 64, &proof), ERR_NOT_FOUND);
	nodes.present[5][1] = true;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_vectors_come_out),
		cmocka_unit_test(roots_equal_the_definition),
		cmocka_unit_test(inclusion_holds_for_that_leaf_only),
		cmocka_unit_test(consistency_holds_for_those_trees_only),
		cmocka_unit_test(missing_node_is_reported),
	};
	return cmocka_run_group_tests(tests, build, NULL);
}
