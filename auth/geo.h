/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_GEO_H
#define AUTH_GEO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ctx.h"

/*
 * Address -> country and autonomous system, from databases in the MaxMind DB format that the owner
 * installs (conf geo_country_file, geo_asn_file). Copied at start: a file may be replaced under us,
 * and counts from the next start. Any thread.
 */
struct geo;
struct geo_place {
	char country[3]; /* ISO 3166-1, "JP"; "" unknown */
	uint32_t asn;	 /* 0 unknown */
};

/* Before the process is confined. "" for a file: none. ERR_INPUT with a text that says which file
 * and why. */
enum err geo_open(struct ctx *ctx, const char *country_file, const char *asn_file,
		  struct geo **out) ERR_CHECKED;
void geo_free(struct geo *geo);
/* Whether there is a database of that kind; geo may be NULL. */
bool geo_has_country(const struct geo *geo);
bool geo_has_asn(const struct geo *geo);
/* address: text, "192.0.2.1", "2001:db8::1"; IPv4-mapped IPv6 is IPv4. What is not found, or no
 * address, is unknown. geo may be NULL. */
void geo_find(const struct geo *geo, const char *address, struct geo_place *out);

#endif
