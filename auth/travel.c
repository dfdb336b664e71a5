/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/travel.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "auth/place_table.h"

enum {
	NEIGHBOURS_KM = 2600, /* Myanmar and China, 3,019, are those furthest apart */
	FAR_KM = 500,
	KM_PER_HOUR = 900
};
static const double earth_km = 12742, hour_us = 3600e6, radian = M_PI / 18000;

static double apart(const struct place *a, const struct place *b)
{
	double north = sin((a->north - b->north) * radian / 2);
	double east = sin((a->east - b->east) * radian / 2);
	double both = cos(a->north * radian) * cos(b->north * radian);

	return earth_km * asin(sqrt(fmin(1, north * north + both * east * east)));
}

int travel_km(const char *from, const char *to)
{
	const size_t count = sizeof(places) / sizeof(places[0]);
	double least = INFINITY;

	for (size_t i = 0; i < count; i++) {
		if (strcmp(places[i].country, from) != 0)
			continue;
		for (size_t j = 0; j < count; j++) {
			if (strcmp(places[j].country, to) == 0)
				least = fmin(least, apart(&places[i], &places[j]));
		}
	}
	return isinf(least) ? -1 : (int)least;
}

bool travel_impossible(const char *from, const char *to, int64_t us)
{
	int km = travel_km(from, to) - NEIGHBOURS_KM;
	double hours = us > 0 ? (double)us / hour_us : 0;

	return km > FAR_KM && km > KM_PER_HOUR * hours;
}
