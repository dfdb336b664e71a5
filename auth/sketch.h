/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_SKETCH_H
#define AUTH_SKETCH_H

#include <stdint.h>

/*
 * How many different ones were seen, in constant memory: HyperLogLog (Flajolet, Fusy, Gandouet,
 * Meunier 2007) with 64 registers. About 13 % off, nearly exact below a dozen. Items are 64-bit
 * hashes under a key that no outsider has.
 */
enum { HLL_REGISTERS = 64 };
struct hll {
	uint8_t rank[HLL_REGISTERS];
};
void hll_add(struct hll *hll, uint64_t item);
void hll_merge(struct hll *into, const struct hll *from);
uint32_t hll_count(const struct hll *hll);

#endif
