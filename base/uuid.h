/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_UUID_H
#define BASE_UUID_H

#include <stdbool.h>
#include <stdint.h>

enum { UUID_SIZE = 16, UUID_TEXT_SIZE = 37 };

struct uuid {
	uint8_t b[UUID_SIZE];
};

/* RFC 9562 version 7 (time-ordered); uses sys_real_us and sys_random. */
struct uuid uuid_v7(void);
/* RFC 9562 version 4: for audit rows, whose order must say nothing. */
struct uuid uuid_random(void);
/* Lower-case canonical text with NUL. */
void uuid_format(const struct uuid *id, char out[UUID_TEXT_SIZE]);
/* Accepts exactly the 36-character form; false and *out untouched otherwise. */
bool uuid_parse(const char *text, struct uuid *out);
bool uuid_equal(const struct uuid *a, const struct uuid *b);
bool uuid_is_nil(const struct uuid *id);

#endif
