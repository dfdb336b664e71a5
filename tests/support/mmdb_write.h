/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_SUPPORT_MMDB_WRITE_H
#define TESTS_SUPPORT_MMDB_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A small database in the MaxMind DB format, version 2.0 (maxmind.github.io/MaxMind-DB), for IPv6
 * with IPv4 below ::/96. layout: 'c' {"country":{"iso_code":text}}, 'f' {"country_code":text},
 * 'a' {"autonomous_system_number":number}.
 */
struct mmdb_entry {
	const char *address; /* the network's */
	unsigned bits;	     /* of an IPv4 address: 0..32 */
	const char *text;
	uint32_t number;
};
void mmdb_write(const char *path, char layout, const struct mmdb_entry *entries, size_t count);

#endif
