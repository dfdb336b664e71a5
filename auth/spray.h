/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_SPRAY_H
#define AUTH_SPRAY_H

#include <stdint.h>

#include "base/secret.h"

/*
 * One wrong password tried on many accounts. A password is remembered as 24 bits of an HMAC under a
 * random key that is an hour old at most, spread over a count-min sketch whose cells count
 * different names (HyperLogLog): in this process's memory only, never written, never logged, worth
 * nothing once the key is gone. Two windows of an hour, half an hour apart, so that half an hour of
 * spraying always lies in one of them. now: monotonic microseconds. No locking.
 */
struct spray;
struct spray *spray_new(void); /* NULL: no memory */
void spray_free(struct spray *spray);
/* Notes that password was wrong for the name of that hash; on how many names it was, about.
 * 0: more than 4,096 wrong ones came in the window, so that nothing can be said of one. */
uint32_t spray_count(struct spray *spray, const struct secret *password, uint64_t user,
		     int64_t now);

#endif
