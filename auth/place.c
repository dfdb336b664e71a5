/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/place.h"

#include <string.h>

#include "auth/risk_look.h"

static bool is_six(const char *prefix)
{
	return strchr(prefix, ':') != NULL;
}

bool place_is_same(const struct geo *geo, const char *one, const char *other)
{
	char a[RISK_PREFIX_TEXT], b[RISK_PREFIX_TEXT];
	struct geo_place first, second;

	if (!risk_prefix_text(one, a) || !risk_prefix_text(other, b))
		return false;
	if (is_six(a) == is_six(b))
		return strcmp(a, b) == 0;
	geo_find(geo, one, &first);
	geo_find(geo, other, &second);
	return first.asn == 0 || second.asn == 0 || first.asn == second.asn;
}
