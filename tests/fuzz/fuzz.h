/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* One target per parser of foreign bytes. With libFuzzer it is the target; without, standalone.c
 * replays the seed files named on the command line. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
