/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/uuid.h"

#include <string.h>

#include "base/sys.h"
#include "base/text.h"

struct uuid uuid_random(void)
{
	struct uuid id;

	sys_random(id.b, sizeof(id.b));
	id.b[6] = (uint8_t)((id.b[6] & 0x0f) | 0x40);
	id.b[8] = (uint8_t)((id.b[8] & 0x3f) | 0x80);
	return id;
}

struct uuid uuid_v7(void)
{
	struct uuid id = uuid_random();
	uint64_t now_ms = (uint64_t)(sys_real_us() / 1000);

	for (unsigned i = 0; i < 6; i++)
		id.b[i] = (uint8_t)(now_ms >> (40 - 8 * i));
	id.b[6] = (uint8_t)((id.b[6] & 0x0f) | 0x70);
	return id;
}

void uuid_format(const struct uuid *id, char out[UUID_TEXT_SIZE])
{
	char hex[2 * UUID_SIZE + 1];
	char *to = out;

	hex_encode(id->b, UUID_SIZE, hex);
	for (unsigned i = 0; i < 2 * UUID_SIZE; i++) {
		if (i == 8 || i == 12 || i == 16 || i == 20)
			*to++ = '-';
		*to++ = hex[i];
	}
	*to = '\0';
}

bool uuid_parse(const char *text, struct uuid *out)
{
	char hex[2 * UUID_SIZE + 1];
	size_t at = 0;
	struct uuid id;

	if (strlen(text) != UUID_TEXT_SIZE - 1)
		return false;
	for (unsigned i = 0; i < UUID_TEXT_SIZE - 1; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		if (dash != (text[i] == '-'))
			return false;
		if (!dash)
			hex[at++] = text[i];
	}
	hex[at] = '\0';
	if (!hex_decode(hex, id.b, UUID_SIZE))
		return false;
	*out = id;
	return true;
}

bool uuid_equal(const struct uuid *a, const struct uuid *b)
{
	return memcmp(a->b, b->b, UUID_SIZE) == 0;
}

bool uuid_is_nil(const struct uuid *id)
{
	static const struct uuid nil;

	return uuid_equal(id, &nil);
}
