/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_AUTH_ALIKE_TIMES_H
#define TESTS_UNIT_AUTH_ALIKE_TIMES_H

#include <stdbool.h>

/*
 * How long refusals of each kind take, and after how long they are told: rounds of each, in an
 * order of their own in each round, each kind compared with a name that nobody has by the rank-sum
 * test of Mann and Whitney. Prints; asserts no time. For figures, not for ./test.
 */
extern unsigned alike_rounds;
extern bool alike_core; /* only nobody, wrong, disabled and waiting */
void alike_times(void **state);

#endif
