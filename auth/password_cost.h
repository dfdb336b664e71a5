/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_PASSWORD_COST_H
#define AUTH_PASSWORD_COST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ctx.h"

/*
 * What a new Argon2id hash costs (RFC 9106; one lane, as libsodium does it). One of a table, from
 * 19 MiB and 2 passes (the least of OWASP's Password Storage Cheat Sheet) to 64 MiB and 12: the
 * strongest that this machine computes within conf password_hash_milliseconds. It only ever rises:
 * the hash that unknown names are checked against (setting auth.dummy_hash) remembers it.
 */
struct password_cost {
	uint32_t passes, kib;
};

/* For the whole process, any thread. Until somebody sets it: 64 MiB, 3 passes. */
struct password_cost password_cost(void);
void password_cost_set(struct password_cost cost);
/* Time is as passes times memory. */
uint64_t password_cost_work(struct password_cost cost);
/* The strongest of the table within target_us, when its first takes first_us; else its first. */
struct password_cost password_cost_within(int64_t first_us, int64_t target_us);
/* Microseconds of a processor that the table's first takes here, the fastest of a few: a start
 * beside other work does not choose less than this machine can do. -1: no memory. */
int64_t password_cost_measure(void);
/* Of a hash's text; false when it is none of Argon2id. */
bool password_cost_of(const char *hash, struct password_cost *out);
/* What a check of this hash leaves undone of the present cost (KiB times passes), so that every
 * check takes the same time whatever its age; 0 for the present and stronger ones. */
uint64_t password_cost_left(const char *hash);
/* Does so much work, in no more memory than the present cost. */
void password_cost_burn(uint64_t work);

#endif
