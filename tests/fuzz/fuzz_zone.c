/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "reports/zone.h"
#include "reports/zone_rule.h"
#include "tests/fuzz/fuzz.h"

/* A TZif file and the rule at its end: any moment of three thousand years has a local time. */
static void moments(const struct zone *zone)
{
	static const int64_t seconds[] = {-62135596800, -1,	     0,
					  1763719200,	32503680000, 95617584000};
	char text[ZONE_TEXT_SIZE];

	for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
		struct zone_time time;

		zone_convert(zone, seconds[i] * 1000000, &time);
		assert(time.month >= 1 && time.month <= 12 && time.day >= 1 && time.day <= 31);
		assert(time.hour >= 0 && time.hour < 24 && time.minute >= 0 && time.minute < 60);
		assert(time.second >= 0 && time.second < 60);
		zone_format(zone, seconds[i] * 1000000, text);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd rd = rd_of(data, size);
	struct zone *zone = zone_parse(data, size);
	char *text = fuzz_rest(&rd);
	struct zone_rule rule;

	if (zone != NULL) {
		fuzz_accepted();
		moments(zone);
	}
	zone_free(zone);
	if (zone_rule_parse(text, &rule)) {
		int offset = zone_rule_offset(&rule, 1763719200);

		assert(offset == rule.standard || offset == rule.daylight);
	}
	free(text);
	return 0;
}
