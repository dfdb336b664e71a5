/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_TRAVEL_H
#define AUTH_TRAVEL_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Whether nobody comes from one country to another in that time. All that is known of a country is
 * where its time zones' towns lie: what two countries' nearest towns are apart, less what
 * neighbours' may be, must ask for more than 900 km/h, and be more than 500 km. So neighbours are
 * never too far, and some who are far are not noticed. Countries: ISO 3166-1; one that is not known
 * ("") is nowhere far.
 */
bool travel_impossible(const char *from, const char *to, int64_t us);
/* Between the nearest towns; -1: one of the countries is not known. */
int travel_km(const char *from, const char *to);

#endif
