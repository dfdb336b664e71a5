/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/merkle.h"

#include <assert.h>

size_t merkle_append(struct merkle_frontier *frontier, const uint8_t leaf_hash[MERKLE_HASH],
		     struct merkle_node out_nodes[MERKLE_LEVELS])
{
	uint8_t carry[MERKLE_HASH];
	uint64_t n = frontier->size;
	unsigned level = 0;
	size_t made = 0;
	memcpy(carry, leaf_hash, MERKLE_HASH);
	while (n & 1) {
		merkle_node_hash(frontier->hash[level], carry, carry);
		level++;
		n >>= 1;
		out_nodes[made].level = (uint8_t)level;
		out_nodes[made].n = n;
		memcpy(out_nodes[made].hash, carry, MERKLE_HASH);
		made++;
	}
	memcpy(frontier->hash[level], carry, MERKLE_HASH);
	frontier->size++;
	return made;
}

void merkle_root(const struct merkle_frontier *frontier, uint8_t out[MERKLE_HASH])
{
	bool begun = false;
	merkle_empty_root(out);
	for (unsigned level = 0; level < MERKLE_LEVELS; level++) {
		if (!(frontier->size >> level & 1))
			continue;
		if (begun)
			merkle_node_hash(frontier->hash[level], out, out);
		else
			memcpy(out, frontier->hash[level], MERKLE_HASH);
		begun = true;
	}
}

enum err merkle_load(const struct merkle_source *source, uint64_t size, struct merkle_frontier *out)
{
	out->size = size;
	for (unsigned level = 0; level < MERKLE_LEVELS; level++) {
		uint64_t count = size >> level;
		if (!(count & 1))
			continue;
		enum err err = source->get(source->arg, level, count - 1, out->hash[level]);
		if (err != ERR_OK)
			return err;
	}
	return ERR_OK;
}

enum err merkle_root_at(const struct merkle_source *source, uint64_t size, uint8_t out[MERKLE_HASH])
{
	struct merkle_frontier frontier;
	enum err err = merkle_load(source, size, &frontier);
	if (err == ERR_OK)
		merkle_root(&frontier, out);
	return err;
}

static unsigned log2_of(uint64_t power)
{
	return (unsigned)__builtin_ctzll(power);
}

/* Largest power of two below count (count >= 2). */
static uint64_t split(uint64_t count)
{
	return UINT64_C(1) << (63 - __builtin_clzll(count - 1));
}

/* Hash of the leaves [start, start + count). Ranges that arise in RFC 6962 begin at a multiple of
 * the power of two that covers them, so each is a handful of complete subtrees. count >= 1. */
static enum err range_hash(const struct merkle_source *source, uint64_t start, uint64_t count,
			   uint8_t out[MERKLE_HASH])
{
	uint8_t parts[MERKLE_LEVELS][MERKLE_HASH];
	size_t made = 0;
	do {
		uint64_t whole = (count & (count - 1)) == 0 ? count : split(count);
		unsigned level = log2_of(whole);
		assert(made < MERKLE_LEVELS); /* each round removes the highest bit of count */
		enum err err = source->get(source->arg, level, start >> level, parts[made++]);
		if (err != ERR_OK)
			return err;
		start += whole;
		count -= whole;
	} while (count > 0);
	memcpy(out, parts[made - 1], MERKLE_HASH);
	for (size_t i = made - 1; i > 0; i--)
		merkle_node_hash(parts[i - 1], out, out);
	return ERR_OK;
}

/* A proof is found from the root down and written from the leaf up: what to hash is noted first. */
struct ranges {
	size_t count;
	struct {
		uint64_t start, count;
	} range[MERKLE_PROOF_MAX];
};

static void note(struct ranges *ranges, uint64_t start, uint64_t count)
{
	ranges->range[ranges->count].start = start;
	ranges->range[ranges->count].count = count;
	ranges->count++;
}

static enum err collect(const struct merkle_source *source, const struct ranges *ranges,
			struct merkle_proof *out)
{
	out->count = ranges->count;
	for (size_t i = 0; i < ranges->count; i++) {
		size_t from = ranges->count - 1 - i;
		enum err err = range_hash(source, ranges->range[from].start,
					  ranges->range[from].count, out->hash[i]);
		if (err != ERR_OK)
			return err;
	}
	return ERR_OK;
}

enum err merkle_inclusion(const struct merkle_source *source, uint64_t n, uint64_t size,
			  struct merkle_proof *out)
{
	struct ranges ranges = {0};
	uint64_t start = 0, count = size;
	if (n >= size)
		return ERR_BUG;
	while (count > 1) {
		uint64_t k = split(count);
		if (n - start < k) {
			note(&ranges, start + k, count - k);
			count = k;
		} else {
			note(&ranges, start, k);
			start += k;
			count -= k;
		}
	}
	return collect(source, &ranges, out);
}

enum err merkle_consistency(const struct merkle_source *source, uint64_t old_size, uint64_t size,
			    struct merkle_proof *out)
{
	struct ranges ranges = {0};
	uint64_t start = 0, count = size;
	bool whole = true; /* the old tree is the left subtree itself so far */
	out->count = 0;
	if (old_size > size)
		return ERR_BUG;
	if (old_size == 0 || old_size == size)
		return ERR_OK;
	while (old_size - start != count) {
		uint64_t k = split(count);
		if (old_size - start <= k) {
			note(&ranges, start + k, count - k);
			count = k;
		} else {
			note(&ranges, start, k);
			start += k;
			count -= k;
			whole = false;
		}
	}
	if (!whole)
		note(&ranges, start, count);
	return collect(source, &ranges, out);
}
