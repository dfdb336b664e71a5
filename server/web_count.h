/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_WEB_COUNT_H
#define SERVER_WEB_COUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rbac/op.h"

/*
 * What web answered since its start: by operation, status class and time. A row for each operation,
 * one for the portal's files and one for everything else, so that nobody's input makes a new one.
 * Counting is lock-free, from any thread.
 */
struct web_counts;

enum { WEB_COUNT_CLASSES = 5, WEB_COUNT_BUCKETS = 11 };
/* Upper bounds in microseconds, ascending; the last is INT64_MAX. */
extern const int64_t web_count_bounds[WEB_COUNT_BUCKETS];

struct web_count_row {
	const char *operation;
	uint64_t classes[WEB_COUNT_CLASSES]; /* 1xx to 5xx */
	uint64_t buckets[WEB_COUNT_BUCKETS]; /* each alone, not added up */
	uint64_t total_us;
};

/* tables: borrowed for life. NULL when memory is short. */
struct web_counts *web_counts_new(const struct op *const *tables);
void web_counts_free(struct web_counts *counts);
/* One answer. op NULL: a file of the portal (is_file), or an address that is nothing. */
void web_count(struct web_counts *counts, const struct op *op, bool is_file, int status,
	       int64_t took_us);
size_t web_counts_size(const struct web_counts *counts);
void web_counts_read(const struct web_counts *counts, size_t index, struct web_count_row *out);

#endif
