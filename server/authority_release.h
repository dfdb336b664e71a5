/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_AUTHORITY_RELEASE_H
#define SERVER_AUTHORITY_RELEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/uuid.h"

/*
 * The cap on secrets released to one person in any minute: a broken broker or portal cannot drain
 * the vault. Counted by the second and by person, so that nobody's releases push another's out of
 * memory. Reader thread only. Zeroed is empty.
 */
struct released;
struct releases {
	struct released *people; /* those of the last minute */
	size_t count, room;
};

/* Counts one more when it stays within limit; now_us is monotonic. False also when memory is
 * short: whoever cannot be counted gets nothing. */
bool release_allowed(struct releases *releases, const struct uuid *user_id, int64_t limit,
		     int64_t now_us);
void releases_clear(struct releases *releases);

#endif
