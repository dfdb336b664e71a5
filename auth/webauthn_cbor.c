/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/webauthn_cbor.h"

#include <string.h>

#include "base/text.h"

enum major { UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE };
enum { SIMPLE_FALSE = 20, SIMPLE_TRUE = 21, SIMPLE_NULL = 22 };

static bool fail(struct rd *rd)
{
	rd->failed = true;
	return false;
}

/* Major type and argument; an argument that has a shorter form is refused. */
static bool read_head(struct rd *rd, enum major *out_major, uint64_t *out_value)
{
	uint8_t first = rd_u8(rd);
	unsigned info = first & 31;

	*out_major = first >> 5;
	switch (info) {
	case 24: *out_value = rd_u8(rd); break;
	case 25: *out_value = rd_u16(rd); break;
	case 26: *out_value = rd_u32(rd); break;
	case 27: *out_value = rd_u64(rd); break;
	default: *out_value = info; return info < 24 && !rd->failed ? true : fail(rd);
	}
	static const uint64_t shortest[] = {24, UINT8_MAX + 1, UINT16_MAX + 1,
					    (uint64_t)UINT32_MAX + 1};
	return *out_value >= shortest[info - 24] && !rd->failed ? true : fail(rd);
}

static bool skip_item(struct rd *rd, int depth);

static bool skip_string(struct rd *rd, enum major major, uint64_t len)
{
	if (len > rd_left(rd))
		return fail(rd);
	const uint8_t *data = rd_bytes(rd, (size_t)len);
	if (major == TEXT && len > 0 && !text_is_utf8((const char *)data, (size_t)len))
		return fail(rd);
	return !rd->failed;
}

static bool same(struct block a, struct block b)
{
	return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

/* The same key twice could be read one way here and another way elsewhere. */
static bool skip_map(struct rd *rd, uint64_t count, int depth)
{
	struct block keys[CBOR_MEMBERS];

	for (size_t i = 0; i < count; i++) {
		size_t start = rd->at;
		if (!skip_item(rd, depth))
			return false;
		keys[i] = (struct block){rd->data + start, rd->at - start};
		for (size_t k = 0; k < i; k++)
			if (same(keys[k], keys[i]))
				return fail(rd);
		if (!skip_item(rd, depth))
			return false;
	}
	return true;
}

static bool skip_array(struct rd *rd, uint64_t count, int depth)
{
	for (uint64_t i = 0; i < count; i++)
		if (!skip_item(rd, depth))
			return false;
	return true;
}

static bool skip_item(struct rd *rd, int depth)
{
	enum major major;
	uint64_t value;

	if (!read_head(rd, &major, &value))
		return false;
	switch (major) {
	case UNSIGNED:
	case NEGATIVE: return value <= INT64_MAX ? true : fail(rd);
	case BYTES:
	case TEXT: return skip_string(rd, major, value);
	case ARRAY:
	case MAP:
		if (depth == 0 || value > CBOR_MEMBERS)
			return fail(rd);
		return major == MAP ? skip_map(rd, value, depth - 1)
				    : skip_array(rd, value, depth - 1);
	case SIMPLE: return value >= SIMPLE_FALSE && value <= SIMPLE_NULL ? true : fail(rd);
	case TAG: break;
	}
	return fail(rd);
}

bool ctap_item(struct rd *rd, struct block *out)
{
	size_t start = rd->at;

	if (rd->failed || !skip_item(rd, CBOR_DEPTH))
		return false;
	*out = (struct block){rd->data + start, rd->at - start};
	return true;
}

static bool is_major(struct block item, enum major wanted, struct rd *out_rd, uint64_t *out_value)
{
	enum major major;

	*out_rd = rd_of(item.data, item.len);
	return read_head(out_rd, &major, out_value) && major == wanted;
}

bool ctap_int(struct block item, int64_t *out)
{
	struct rd rd;
	uint64_t value;

	if (is_major(item, UNSIGNED, &rd, &value))
		*out = (int64_t)value;
	else if (is_major(item, NEGATIVE, &rd, &value))
		*out = -1 - (int64_t)value;
	else
		return false;
	return true;
}

static bool string_of(struct block item, enum major major, struct block *out)
{
	struct rd rd;
	uint64_t len;

	if (!is_major(item, major, &rd, &len))
		return false;
	*out = (struct block){rd.data + rd.at, (size_t)len};
	return true;
}

bool ctap_bytes(struct block item, struct block *out)
{
	return string_of(item, BYTES, out);
}

bool ctap_text(struct block item, struct block *out)
{
	return string_of(item, TEXT, out);
}

bool ctap_is_bool(struct block item, bool *out)
{
	struct rd rd;
	uint64_t value;

	if (!is_major(item, SIMPLE, &rd, &value) || value == SIMPLE_NULL)
		return false;
	*out = value == SIMPLE_TRUE;
	return true;
}

int ctap_array_size(struct block item)
{
	struct rd rd;
	uint64_t count;

	return is_major(item, ARRAY, &rd, &count) ? (int)count : -1;
}

bool ctap_array_at(struct block array, unsigned index, struct block *out)
{
	struct rd rd;
	uint64_t count;

	if (!is_major(array, ARRAY, &rd, &count) || index >= count)
		return false;
	for (unsigned i = 0; i < index; i++)
		if (!ctap_item(&rd, out))
			return false;
	return ctap_item(&rd, out);
}

int ctap_map_size(struct block item)
{
	struct rd rd;
	uint64_t count;

	return is_major(item, MAP, &rd, &count) ? (int)count : -1;
}

typedef bool key_fn(struct block key, const void *wanted);

static bool find(struct block map, key_fn *is_it, const void *wanted, struct block *out)
{
	struct rd rd;
	uint64_t count;
	struct block key, value;

	if (!is_major(map, MAP, &rd, &count))
		return false;
	for (uint64_t i = 0; i < count && ctap_item(&rd, &key) && ctap_item(&rd, &value); i++) {
		if (is_it(key, wanted)) {
			*out = value;
			return true;
		}
	}
	return false;
}

static bool is_text(struct block key, const void *wanted)
{
	struct block text;

	return ctap_text(key, &text) && text.len == strlen(wanted) &&
	       memcmp(text.data, wanted, text.len) == 0;
}

static bool is_int(struct block key, const void *wanted)
{
	int64_t value;

	return ctap_int(key, &value) && value == *(const int64_t *)wanted;
}

bool ctap_map_text(struct block map, const char *key, struct block *out)
{
	return find(map, is_text, key, out);
}

bool ctap_map_int(struct block map, int64_t key, struct block *out)
{
	return find(map, is_int, &key, out);
}
