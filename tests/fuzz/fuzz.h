/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* One target per parser of foreign bytes. With libFuzzer it is the target; without, standalone.c
 * replays the seed files named on the command line. Besides what the sanitizers see, a target
 * asserts what must hold of everything its parser accepts. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The target's parser took the input for a good one. A seed whose name begins with "good" must come
 * to this, so that seeds do not go stale when a format changes. */
void fuzz_accepted(void);
bool fuzz_was_accepted(void); /* since the last call */

/* A new anonymous file that holds these bytes, read from its start. */
int fuzz_file(const void *data, size_t size);
/* The next line, without its LF, as a text of its own (malloc); the rest when there is no LF. Ends
 * at a NUL as well, as C texts do. */
char *fuzz_line(struct rd *rd);
/* All that is left, as a text of its own. */
char *fuzz_rest(struct rd *rd);

#endif
