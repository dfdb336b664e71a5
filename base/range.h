/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_RANGE_H
#define BASE_RANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* Address ranges: what a gateway may dial, where gateways, people and programs may come from. An
 * empty list means any. IPv4-mapped IPv6 addresses are IPv4 addresses. */
enum { RANGES_MAX = 64 };
struct range {
	uint8_t family, bits;
	uint8_t address[16];
};
struct ranges {
	struct range list[RANGES_MAX];
	size_t count;
};
/* "192.0.2.0/24", "2001:db8::/32", or one address. */
bool range_add(struct ranges *ranges, const char *text);
bool range_allows(const struct ranges *ranges, const struct sockaddr *address);
/* The same for an address in text; what is no address is in no range. */
bool range_allows_text(const struct ranges *ranges, const char *address);

#endif
