/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/goals.h"

#include <math.h>
#include <stdio.h>

static double student(int seeds)
{
	static const double table[] = {12.706, 4.303, 3.182, 2.776, 2.571,
				       2.447,  2.365, 2.306, 2.262};

	return seeds < 2 ? 0 : seeds < 11 ? table[seeds - 2] : 2.1;
}

struct range range_of(const void *records, size_t size, size_t offset, int count)
{
	struct range range = {.low = INFINITY, .high = -INFINITY};
	double squares = 0;

	for (int i = 0; i < count; i++) {
		double value = *(const double *)((const char *)records + (size_t)i * size + offset);
		range.mean += value / count;
		squares += value * value / count;
		range.low = fmin(range.low, value);
		range.high = fmax(range.high, value);
	}
	double deviation =
		sqrt(fmax(0, squares - range.mean * range.mean) * count / fmax(1, count - 1));
	range.half = student(count) * deviation / sqrt(count);
	return range;
}

bool goal_print(const struct goal *goal, int seeds)
{
	struct range range = range_of(goal->records, goal->size, goal->offset, seeds);
	double worst = goal->kind == AT_LEAST ? range.low : range.high;
	double sign = goal->kind == AT_LEAST ? -1 : 1;

	printf("%-4s %-66s %8.2f ± %-6.2f", goal->id, goal->text, range.mean, range.half);
	if (goal->kind != FIGURE)
		printf(" worst %7.2f, goal %s %g: %s", worst,
		       goal->kind == AT_LEAST ? "at least" : "at most", goal->goal,
		       sign * worst <= sign * goal->goal ? "kept" : "MISSED");
	printf("\n");
	if (goal->kind == FIGURE || sign * worst <= sign * goal->gate)
		return true;
	printf("     worse than the gate, %g\n", goal->gate);
	return false;
}
