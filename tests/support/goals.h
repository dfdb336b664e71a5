/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_SUPPORT_GOALS_H
#define TESTS_SUPPORT_GOALS_H

#include <stdbool.h>
#include <stddef.h>

/* Figures of several seeds beside their goals. */
struct range {
	double mean, half, low, high; /* half: of the 95 % interval (Student) */
};
/* Of a double at that offset in each of count records of that size. */
struct range range_of(const void *records, size_t size, size_t offset, int count);

/* A goal, judged at the worst seed; gate: what must hold at least, so that it gets no worse. */
struct goal {
	const char *id, *text;
	const void *records;
	size_t size, offset;
	enum { FIGURE, AT_MOST, AT_LEAST } kind;
	double goal, gate;
};
#define GOAL(id, text, records, member, ...)                                    \
	{                                                                       \
		id, text, records, sizeof((records)[0]),                        \
			offsetof(__typeof__((records)[0]), member), __VA_ARGS__ \
	}
/* Prints one line for it. False: worse than the gate, which is said in a second. */
bool goal_print(const struct goal *goal, int seeds);

#endif
