/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "targets/address.h"

#include <arpa/inet.h>
#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_label_character(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-';
}

/* One label of len characters: no hyphen at either end. */
static bool label_ok(const char *label, size_t len)
{
	if (len == 0 || len > 63 || label[0] == '-' || label[len - 1] == '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_label_character(label[i]))
			return false;
	return true;
}

static bool all_digits(const char *text)
{
	for (; *text != '\0'; text++)
		if (!is_digit(*text))
			return false;
	return true;
}

static bool host_name_ok(const char *name)
{
	const char *label = name;
	for (;;) {
		size_t len = strcspn(label, ".");
		if (!label_ok(label, len))
			return false;
		if (label[len] == '\0')
			return !all_digits(label);
		label += len + 1;
	}
}

bool address_normalise(const char *text, char out[ADDRESS_SIZE])
{
	char name[ADDRESS_SIZE];
	struct in_addr v4;
	struct in6_addr v6;
	size_t len = strlen(text);
	if (len > 1 && text[len - 1] == '.')
		len--;
	if (len == 0 || len >= ADDRESS_SIZE)
		return false;
	for (size_t i = 0; i < len; i++)
		name[i] = lower(text[i]);
	name[len] = '\0';
	if (inet_pton(AF_INET, name, &v4) == 1)
		return inet_ntop(AF_INET, &v4, out, ADDRESS_SIZE) != NULL;
	if (inet_pton(AF_INET6, name, &v6) == 1)
		return inet_ntop(AF_INET6, &v6, out, ADDRESS_SIZE) != NULL;
	if (!host_name_ok(name))
		return false;
	memcpy(out, name, len + 1);
	return true;
}
