/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/zone.h"

#include <string.h>

#include "base/buf.h"
#include "reports/zone_inner.h"
#include "reports/zone_rule.h"

enum { HEADER_SIZE = 44, RULE_TEXT_MAX = 128, TIMES_MAX = 4096, TYPES_MAX = 256 };
enum { OFFSET_MAX = 26 * 3600 }; /* RFC 8536 3.2: more is no time of day anywhere */

struct zone {
	size_t count;	  /* changes */
	int64_t *at;	  /* count moments, ascending */
	int32_t *offsets; /* count offsets, each from its moment on */
	int32_t before;	  /* offset before the first change */
	bool has_rule;
	struct zone_rule rule; /* after the last change */
};

struct header {
	uint8_t version;
	uint32_t isut, isstd, leap, times, types, chars;
};

static bool read_header(struct rd *rd, struct header *out)
{
	const uint8_t *magic = rd_bytes(rd, 4);
	if (magic == NULL || memcmp(magic, "TZif", 4) != 0)
		return false;
	out->version = rd_u8(rd);
	rd_bytes(rd, 15);
	out->isut = rd_u32(rd);
	out->isstd = rd_u32(rd);
	out->leap = rd_u32(rd);
	out->times = rd_u32(rd);
	out->types = rd_u32(rd);
	out->chars = rd_u32(rd);
	return !rd->failed && out->times <= TIMES_MAX && out->types >= 1 &&
	       out->types <= TYPES_MAX && out->isut <= TYPES_MAX && out->isstd <= TYPES_MAX &&
	       out->leap <= TIMES_MAX && out->chars <= TIMES_MAX;
}

static size_t body_size(const struct header *header, size_t time_size)
{
	return header->times * (time_size + 1) + header->types * (size_t)6 + header->chars +
	       header->leap * (time_size + 4) + header->isstd + header->isut;
}

static bool read_changes(struct zone *zone, const struct header *header, struct rd *rd)
{
	for (size_t i = 0; i < header->times; i++) {
		zone->at[i] = (int64_t)rd_u64(rd);
		if (i > 0 && zone->at[i] <= zone->at[i - 1])
			return false;
	}
	const uint8_t *index = rd_bytes(rd, header->times);
	int32_t offsets[TYPES_MAX];
	for (size_t i = 0; i < header->types; i++) {
		offsets[i] = (int32_t)rd_u32(rd);
		if (offsets[i] < -OFFSET_MAX || offsets[i] > OFFSET_MAX)
			return false;
		rd_bytes(rd, 2);
	}
	if (rd->failed)
		return false;
	zone->before = offsets[0];
	for (size_t i = 0; i < header->times; i++) {
		if (index[i] >= header->types)
			return false;
		zone->offsets[i] = offsets[index[i]];
	}
	rd_bytes(rd, header->chars + header->leap * (size_t)12 + header->isstd + header->isut);
	return !rd->failed;
}

/* "\n" text "\n"; empty text: no rule, the last offset stays. */
static bool read_rule(struct zone *zone, struct rd *rd)
{
	char text[RULE_TEXT_MAX];
	size_t len = rd_left(rd);
	const uint8_t *bytes = rd_bytes(rd, len);
	if (bytes == NULL || len < 2 || len - 2 >= sizeof(text) || bytes[0] != '\n' ||
	    bytes[len - 1] != '\n')
		return false;
	if (len == 2)
		return true;
	memcpy(text, bytes + 1, len - 2);
	text[len - 2] = '\0';
	zone->has_rule = zone_rule_parse(text, &zone->rule);
	return zone->has_rule;
}

static struct zone *zone_alloc(size_t count)
{
	struct zone *zone = calloc(1, sizeof(*zone));
	if (zone == NULL)
		return NULL;
	zone->count = count;
	zone->at = calloc(count + 1, sizeof(*zone->at));
	zone->offsets = calloc(count + 1, sizeof(*zone->offsets));
	if (zone->at != NULL && zone->offsets != NULL)
		return zone;
	zone_free(zone);
	return NULL;
}

void zone_free(struct zone *zone)
{
	if (zone == NULL)
		return;
	free(zone->at);
	free(zone->offsets);
	free(zone);
}

/* Version 1 data (32-bit times) is skipped: every file since 2014 has the 64-bit part behind it. */
struct zone *zone_parse(const uint8_t *data, size_t len)
{
	struct rd rd = rd_of(data, len);
	struct header header;
	if (!read_header(&rd, &header) || header.version < '2')
		return NULL;
	rd_bytes(&rd, body_size(&header, 4));
	if (!read_header(&rd, &header))
		return NULL;
	struct zone *zone = zone_alloc(header.times);
	if (zone == NULL)
		return NULL;
	if (read_changes(zone, &header, &rd) && read_rule(zone, &rd))
		return zone;
	zone_free(zone);
	return NULL;
}

static int offset_at(const struct zone *zone, int64_t seconds)
{
	if (zone->count == 0 || seconds < zone->at[0])
		return zone->count == 0 && zone->has_rule ? zone_rule_offset(&zone->rule, seconds)
							  : zone->before;
	size_t low = 0, high = zone->count; /* at[low] <= seconds < at[high] */
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (zone->at[middle] <= seconds)
			low = middle;
		else
			high = middle;
	}
	if (low == zone->count - 1 && zone->has_rule)
		return zone_rule_offset(&zone->rule, seconds);
	return zone->offsets[low];
}

const struct zone *zone_utc(void)
{
	static const struct zone utc; /* no change, offset 0 */
	return &utc;
}

void zone_convert(const struct zone *zone, int64_t real_us, struct zone_time *out)
{
	int64_t seconds = real_us >= 0 ? real_us / 1000000 : (real_us - 999999) / 1000000;
	out->offset = offset_at(zone, seconds);
	int64_t local = seconds + out->offset;
	int64_t days = local >= 0 ? local / 86400 : (local - 86399) / 86400;
	int of_day = (int)(local - days * 86400);
	zone_date(days, &out->year, &out->month, &out->day);
	out->hour = of_day / 3600;
	out->minute = of_day / 60 % 60;
	out->second = of_day % 60;
}

void zone_format(const struct zone *zone, int64_t real_us, char out[ZONE_TEXT_SIZE])
{
	struct zone_time t;
	zone_convert(zone, real_us, &t);
	int minutes = (t.offset < 0 ? -t.offset : t.offset) / 60;
	snprintf(out, ZONE_TEXT_SIZE, "%04d-%02d-%02d %02d:%02d:%02d%c%02d:%02d", t.year % 10000,
		 t.month, t.day, t.hour, t.minute, t.second, t.offset < 0 ? '-' : '+',
		 minutes / 60 % 100, minutes % 60);
}
