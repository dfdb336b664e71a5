/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/web_forwarded.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* The last entry of the list, without blanks; *list is shortened by it. */
static struct block take_last(struct block *list)
{
	const char *text = (const char *)list->data;
	size_t end = list->len, begin;

	while (end > 0 && (text[end - 1] == ' ' || text[end - 1] == '\t'))
		end--;
	begin = end;
	while (begin > 0 && text[begin - 1] != ',')
		begin--;
	list->len = begin > 0 ? begin - 1 : 0;
	while (begin < end && (text[begin] == ' ' || text[begin] == '\t'))
		begin++;
	return (struct block){list->data + begin, end - begin};
}

/* In the one form that edge gives addresses, too: IPv4-mapped IPv6 is IPv4. */
static bool address_of(struct block entry, char out[FORWARDED_ADDRESS])
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr six;
	struct in_addr four;

	if (entry.len == 0 || entry.len >= sizeof(text))
		return false;
	memcpy(text, entry.data, entry.len);
	text[entry.len] = '\0';
	if (inet_pton(AF_INET, text, &four) == 1)
		return inet_ntop(AF_INET, &four, out, FORWARDED_ADDRESS);
	if (inet_pton(AF_INET6, text, &six) != 1)
		return false;
	if (IN6_IS_ADDR_V4MAPPED(&six))
		return inet_ntop(AF_INET, six.s6_addr + 12, out, FORWARDED_ADDRESS);
	return inet_ntop(AF_INET6, &six, out, FORWARDED_ADDRESS);
}

bool web_forwarded(const struct ranges *proxies, const char *peer, const char *header,
		   char out[FORWARDED_ADDRESS])
{
	struct block list = {(const uint8_t *)header, header ? strlen(header) : 0};

	if (snprintf(out, FORWARDED_ADDRESS, "%s", peer) >= FORWARDED_ADDRESS)
		return false;
	while (list.len > 0 && proxies->count > 0 && range_allows_text(proxies, out)) {
		if (!address_of(take_last(&list), out))
			return false;
	}
	return true;
}
