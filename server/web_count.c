/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/web_count.h"

#include <stdatomic.h>
#include <stdlib.h>

const int64_t web_count_bounds[WEB_COUNT_BUCKETS] = {
	5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 10000000, INT64_MAX,
};

struct cells {
	const char *operation;
	atomic_uint_fast64_t classes[WEB_COUNT_CLASSES], buckets[WEB_COUNT_BUCKETS], total_us;
};

/* The operations in the order of their tables, then two more. */
struct web_counts {
	const struct op *const *tables;
	size_t operations;
	struct cells cells[];
};

static size_t count_rows(const struct op *const *tables)
{
	size_t rows = 0;

	for (; *tables != NULL; tables++)
		for (const struct op *op = *tables; op->id != NULL; op++)
			rows++;
	return rows;
}

struct web_counts *web_counts_new(const struct op *const *tables)
{
	size_t rows = count_rows(tables), at = 0;
	struct web_counts *counts =
		calloc(1, sizeof(*counts) + (rows + 2) * sizeof(counts->cells[0]));

	if (counts == NULL)
		return NULL;
	counts->tables = tables;
	counts->operations = rows;
	for (const struct op *const *table = tables; *table != NULL; table++)
		for (const struct op *op = *table; op->id != NULL; op++)
			counts->cells[at++].operation = op->id;
	counts->cells[rows].operation = "portal";
	counts->cells[rows + 1].operation = "none";
	return counts;
}

void web_counts_free(struct web_counts *counts)
{
	free(counts);
}

static size_t index_of(const struct web_counts *counts, const struct op *wanted, bool is_file)
{
	size_t at = 0;

	if (wanted == NULL)
		return counts->operations + (is_file ? 0 : 1);
	for (const struct op *const *table = counts->tables; *table != NULL; table++)
		for (const struct op *op = *table; op->id != NULL; op++, at++)
			if (op == wanted)
				return at;
	return counts->operations + 1;
}

static void add(atomic_uint_fast64_t *cell, uint64_t value)
{
	atomic_fetch_add_explicit(cell, value, memory_order_relaxed);
}

void web_count(struct web_counts *counts, const struct op *op, bool is_file, int status,
	       int64_t took_us)
{
	struct cells *cells = &counts->cells[index_of(counts, op, is_file)];
	int class = status / 100 - 1;
	size_t bucket = 0;

	while (took_us > web_count_bounds[bucket])
		bucket++;
	if (class >= 0 && class < WEB_COUNT_CLASSES)
		add(&cells->classes[class], 1);
	add(&cells->buckets[bucket], 1);
	add(&cells->total_us, took_us > 0 ? (uint64_t)took_us : 0);
}

size_t web_counts_size(const struct web_counts *counts)
{
	return counts->operations + 2;
}

void web_counts_read(const struct web_counts *counts, size_t index, struct web_count_row *out)
{
	const struct cells *cells = &counts->cells[index];

	*out = (struct web_count_row){.operation = cells->operation};
	for (size_t i = 0; i < WEB_COUNT_CLASSES; i++)
		out->classes[i] = atomic_load_explicit(&cells->classes[i], memory_order_relaxed);
	for (size_t i = 0; i < WEB_COUNT_BUCKETS; i++)
		out->buckets[i] = atomic_load_explicit(&cells->buckets[i], memory_order_relaxed);
	out->total_us = atomic_load_explicit(&cells->total_us, memory_order_relaxed);
}
