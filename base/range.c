/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/range.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

/* "::ffff:192.0.2.0/120" is the same as "192.0.2.0/24"; addresses are compared as IPv4 too. */
static void unmap(struct range *range)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (range->family != AF_INET6 || range->bits < 96 ||
	    memcmp(range->address, mapped, sizeof(mapped)) != 0)
		return;
	range->family = AF_INET;
	range->bits = (uint8_t)(range->bits - 96);
	memmove(range->address, range->address + 12, 4);
	memset(range->address + 4, 0, 12);
}

bool range_add(struct ranges *ranges, const char *text)
{
	struct range range = {.family = strchr(text, ':') ? AF_INET6 : AF_INET};
	unsigned long most = range.family == AF_INET6 ? 128 : 32;
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	char address[INET6_ADDRSTRLEN];
	char *end = NULL;
	unsigned long bits = slash ? strtoul(slash + 1, &end, 10) : most;

	if (ranges->count == RANGES_MAX || len >= sizeof(address) || bits > most ||
	    (slash && (slash[1] < '0' || slash[1] > '9' || *end)))
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	if (inet_pton(range.family, address, range.address) != 1)
		return false;
	range.bits = (uint8_t)bits;
	unmap(&range);
	ranges->list[ranges->count++] = range;
	return true;
}

static bool range_holds(const struct range *range, const uint8_t *address)
{
	size_t whole = range->bits / 8, rest = range->bits % 8;
	uint8_t mask = (uint8_t)(0xff00U >> rest);

	if (memcmp(range->address, address, whole) != 0)
		return false;
	return rest == 0 || ((range->address[whole] ^ address[whole]) & mask) == 0;
}

bool range_allows(const struct ranges *ranges, const struct sockaddr *address)
{
	const struct sockaddr_in6 *six = (const void *)address;
	const struct sockaddr_in *four = (const void *)address;
	const uint8_t *bytes = (const uint8_t *)&four->sin_addr;
	int family = address->sa_family;

	if (!ranges || ranges->count == 0)
		return true;
	if (family == AF_INET6) {
		bytes = six->sin6_addr.s6_addr;
		if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr)) {
			family = AF_INET;
			bytes += 12;
		}
	}
	for (size_t i = 0; i < ranges->count; i++) {
		if (ranges->list[i].family == family && range_holds(&ranges->list[i], bytes))
			return true;
	}
	return false;
}

bool range_allows_text(const struct ranges *ranges, const char *address)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6};
	struct sockaddr_in four = {.sin_family = AF_INET};

	if (inet_pton(AF_INET, address, &four.sin_addr) == 1)
		return range_allows(ranges, (const struct sockaddr *)&four);
	if (inet_pton(AF_INET6, address, &six.sin6_addr) == 1)
		return range_allows(ranges, (const struct sockaddr *)&six);
	return !ranges || ranges->count == 0;
}
