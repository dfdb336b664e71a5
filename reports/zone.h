/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef REPORTS_ZONE_H
#define REPORTS_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Time zones by IANA name, without the process-wide TZ. zones_load reads a tree of TZif files (RFC
 * 8536) into memory once, before confinement; after that nothing is opened and everything here may
 * be called from any thread.
 */
struct zone;

/* Reads every zone below folder ("/usr/share/zoneinfo"); what is not a zone is passed over.
 * ERR_NOT_FOUND when there is none at all: then only "UTC" is known. Call again: nothing happens.
 */
enum err zones_load(const char *folder) ERR_CHECKED;
/* "UTC" is always known. NULL for anything else that was not loaded. Borrowed for ever. */
const struct zone *zone_find(const char *name);

struct zone_time {
	int year, month, day, hour, minute, second; /* local, month 1-12 */
	int offset;				    /* seconds east of UTC */
};
void zone_convert(const struct zone *zone, int64_t real_us, struct zone_time *out);

/* "2026-11-21 22:05:00+09:00"; out holds ZONE_TEXT_SIZE. */
enum { ZONE_TEXT_SIZE = 40 };
void zone_format(const struct zone *zone, int64_t real_us, char out[ZONE_TEXT_SIZE]);

/* Parses one TZif file; NULL when malformed. Free with zone_free (tests, zones_load). */
struct zone *zone_parse(const uint8_t *data, size_t len);
void zone_free(struct zone *zone);

#endif
