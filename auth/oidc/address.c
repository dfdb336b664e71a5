/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/oidc/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Everything as IPv6, addresses of IPv4 mapped (RFC 4291, 2.5.5.2). */
struct network {
	uint8_t bytes[16];
	unsigned bits;
};

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

/* IANA's special-purpose registries: what is not globally reachable, or leads to such. */
static const char *const not_public[] = {
	"0.0.0.0/8",	 "10.0.0.0/8",	    "100.64.0.0/10",  "127.0.0.0/8",	"169.254.0.0/16",
	"172.16.0.0/12", "192.0.0.0/24",    "192.0.2.0/24",   "192.88.99.0/24", "192.168.0.0/16",
	"198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",	"240.0.0.0/4",
	"2001::/23",	 "2001:db8::/32",   "2002::/16",      "3fff::/20",
};

static bool parse_bytes(const char *text, struct network *out)
{
	if (inet_pton(AF_INET6, text, out->bytes) == 1) {
		out->bits = 128;
		return true;
	}
	memcpy(out->bytes, mapped, sizeof(mapped));
	out->bits = 128;
	return inet_pton(AF_INET, text, out->bytes + 12) == 1;
}

static bool parse(const char *text, size_t len, struct network *out)
{
	char word[64];
	char *end;

	if (len == 0 || len >= sizeof(word))
		return false;
	memcpy(word, text, len);
	word[len] = 0;
	char *slash = strchr(word, '/');
	if (slash)
		*slash++ = 0;
	if (!parse_bytes(word, out))
		return false;
	if (!slash)
		return true;
	unsigned long bits = strtoul(slash, &end, 10);
	unsigned most = strchr(word, ':') ? 128 : 32;
	if (*slash < '0' || *slash > '9' || *end || bits > most)
		return false;
	out->bits = (unsigned)bits + (128 - most);
	return true;
}

static bool contains(const struct network *network, const uint8_t address[16])
{
	unsigned whole = network->bits / 8, rest = network->bits % 8;

	if (memcmp(network->bytes, address, whole) != 0)
		return false;
	return rest == 0 || (network->bytes[whole] ^ address[whole]) >> (8 - rest) == 0;
}

static bool is_public(const uint8_t address[16])
{
	struct network network;
	bool is_mapped = memcmp(address, mapped, sizeof(mapped)) == 0;

	/* Global unicast is 2000::/3; nothing else of IPv6 is. */
	if (!is_mapped && address[0] >> 5 != 1)
		return false;
	for (size_t i = 0; i < sizeof(not_public) / sizeof(not_public[0]); i++)
		if (parse(not_public[i], strlen(not_public[i]), &network) &&
		    contains(&network, address))
			return false;
	return true;
}

static bool bytes_of(const struct sockaddr *address, uint8_t out[16])
{
	struct sockaddr_in six_or_four;

	if (address->sa_family == AF_INET6) {
		memcpy(out, (const uint8_t *)address + offsetof(struct sockaddr_in6, sin6_addr),
		       16);
		return true;
	}
	if (address->sa_family != AF_INET)
		return false;
	memcpy(&six_or_four, address, sizeof(six_or_four));
	memcpy(out, mapped, sizeof(mapped));
	memcpy(out + 12, &six_or_four.sin_addr, 4);
	return true;
}

/* Calls for each word until fn says true. */
static bool any_word(const char *listed, bool (*fn)(const char *text, size_t len, const void *arg),
		     const void *arg)
{
	while (*listed) {
		size_t len = strcspn(listed, " ");
		if (len > 0 && fn(listed, len, arg))
			return true;
		listed += len;
		listed += strspn(listed, " ");
	}
	return false;
}

static bool word_contains(const char *text, size_t len, const void *address)
{
	struct network network;

	return parse(text, len, &network) && contains(&network, address);
}

static bool word_is_wrong(const char *text, size_t len, const void *arg)
{
	struct network network;

	(void)arg;
	return !parse(text, len, &network);
}

bool oidc_address_allowed(const struct sockaddr *address, const char *listed)
{
	uint8_t bytes[16];

	return bytes_of(address, bytes) &&
	       (is_public(bytes) || any_word(listed, word_contains, bytes));
}

bool oidc_addresses_valid(const char *listed)
{
	return !any_word(listed, word_is_wrong, NULL);
}
