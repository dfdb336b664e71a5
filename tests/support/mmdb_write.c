/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/mmdb_write.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NODES_MAX = 2000, DATA_MAX = 4096, STRING = 2, MAP = 7, UINT16 = 5, UINT32 = 6 };

static uint32_t nodes[NODES_MAX][2]; /* 0: nothing; >= LEAF: LEAF + data offset */
static uint32_t node_count;
static uint8_t data[DATA_MAX];
static size_t data_len;
static const uint32_t LEAF = 1U << 22;

static void put(uint8_t type, const void *bytes, size_t len)
{
	data[data_len++] = (uint8_t)(type << 5 | len);
	memcpy(data + data_len, bytes, len);
	data_len += len;
}

static void put_text(const char *text)
{
	put(STRING, text, strlen(text));
}

static void put_number(uint8_t type, uint64_t value, size_t len)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(value >> 8 * (len - 1 - i));
	put(type, bytes, len);
}

static void begin_map(uint8_t pairs)
{
	data[data_len++] = (uint8_t)(MAP << 5 | pairs);
}

static uint32_t put_record(char layout, const struct mmdb_entry *entry)
{
	uint32_t at = (uint32_t)data_len;

	begin_map(1);
	if (layout == 'a') {
		put_text("autonomous_system_number");
		put_number(UINT32, entry->number, 4);
		return at;
	}
	put_text(layout == 'c' ? "country" : "country_code");
	if (layout == 'c') {
		begin_map(1);
		put_text("iso_code");
	}
	put_text(entry->text);
	return at;
}

static void insert(const uint8_t address[16], unsigned bits, uint32_t leaf)
{
	uint32_t node = 0;

	for (unsigned i = 0; i + 1 < bits; i++) {
		int side = address[i / 8] >> (7 - i % 8) & 1;
		if (nodes[node][side] == 0)
			nodes[node][side] = node_count++;
		node = nodes[node][side];
	}
	nodes[node][address[(bits - 1) / 8] >> (7 - (bits - 1) % 8) & 1] = LEAF + leaf;
}

static void put_record_24(FILE *file, uint32_t value)
{
	uint32_t out = value == 0     ? node_count
		       : value < LEAF ? value
				      : node_count + 16 + (value - LEAF);

	fputc((int)(out >> 16 & 255), file);
	fputc((int)(out >> 8 & 255), file);
	fputc((int)(out & 255), file);
}

static void put_metadata(FILE *file, const char *type)
{
	data_len = 0;
	begin_map(9);
	put_text("binary_format_major_version");
	put_number(UINT16, 2, 2);
	put_text("binary_format_minor_version");
	put_number(UINT16, 0, 2);
	put_text("database_type");
	put_text(type);
	put_text("ip_version");
	put_number(UINT16, 6, 2);
	put_text("node_count");
	put_number(UINT32, node_count, 4);
	put_text("record_size");
	put_number(UINT16, 24, 2);
	put_text("languages"); /* an array with nothing in it: extended, 11 - 7 */
	data[data_len++] = 0;
	data[data_len++] = 4;
	put_text("description");
	begin_map(0);
	put_text("build_epoch"); /* uint64 is an extended type: 0 in the first byte, then 9 - 7 */
	data[data_len++] = 1;
	data[data_len++] = 2;
	data[data_len++] = 1;
	fwrite("\xab\xcd\xefMaxMind.com", 1, 14, file);
	fwrite(data, 1, data_len, file);
}

void mmdb_write(const char *path, char layout, const struct mmdb_entry *entries, size_t count)
{
	static const uint8_t separator[16];
	FILE *file = fopen(path, "wb");

	if (!file)
		abort();
	memset(nodes, 0, sizeof(nodes));
	node_count = 1;
	data_len = 0;
	for (size_t i = 0; i < count; i++) {
		uint8_t address[16] = {0};
		bool four = inet_pton(AF_INET, entries[i].address, address + 12) == 1;
		if (!four && inet_pton(AF_INET6, entries[i].address, address) != 1)
			abort();
		insert(address, entries[i].bits + (four ? 96 : 0), put_record(layout, &entries[i]));
	}
	for (uint32_t i = 0; i < node_count; i++) {
		put_record_24(file, nodes[i][0]);
		put_record_24(file, nodes[i][1]);
	}
	fwrite(separator, 1, sizeof(separator), file);
	fwrite(data, 1, data_len, file);
	put_metadata(file, layout == 'a' ? "Test-ASN" : "Test-Country");
	fclose(file);
}
