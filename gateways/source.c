/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateways/source.h"

#include <netinet/in.h>
#include <string.h>

#include "base/range.h"

bool source_is_range(const char *text)
{
	struct ranges ranges = {.count = 0};

	return range_add(&ranges, text);
}

static bool in_list(const char *list, const char *peer)
{
	struct ranges ranges = {.count = 0};
	char one[INET6_ADDRSTRLEN + 8];

	for (const char *at = list; *at;) {
		size_t len = strcspn(at, ",");

		if (len >= sizeof(one))
			return false;
		memcpy(one, at, len);
		one[len] = '\0';
		if (!range_add(&ranges, one))
			return false;
		at += len + (at[len] == ',');
	}
	return range_allows_text(&ranges, peer);
}

bool source_allowed(const struct conf *conf, const char *ranges, const char *peer)
{
	struct ranges all = {.count = 0};

	for (const char *const *at = conf ? conf->gateway_sources : NULL; at && *at; at++) {
		if (!range_add(&all, *at))
			return false;
	}
	return range_allows_text(&all, peer) && (!ranges || in_list(ranges, peer));
}
