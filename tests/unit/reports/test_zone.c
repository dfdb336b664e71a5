/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "reports/zone.h"
#include "reports/zone_rule.h"

#define FOLDER "/usr/share/zoneinfo"

static int load(void **state)
{
	(void)state;
	return zones_load(FOLDER) == ERR_OK ? 0 : -1;
}

static void known_moments_are_shown_in_their_zones(void **state)
{
	(void)state;
	static const struct {
		const char *zone;
		int64_t seconds;
		const char *text;
	} cases[] = {
		{"UTC", 0, "1970-01-01 00:00:00+00:00"},
		{"Asia/Tokyo", 1795266300, "2026-11-21 22:05:00+09:00"},
		{"Asia/Kolkata", 1795266300, "2026-11-21 18:35:00+05:30"},
		{"America/New_York", 1795266300, "2026-11-21 08:05:00-05:00"},
		{"America/New_York", 1782910800, "2026-07-01 09:00:00-04:00"},
		{"Europe/Berlin", 1774745999, "2026-03-29 01:59:59+01:00"},
		{"Europe/Berlin", 1774746000, "2026-03-29 03:00:00+02:00"},
		{"Australia/Sydney", 1795266300, "2026-11-22 00:05:00+11:00"},
		/* far beyond the listed changes: the rule at the file's end */
		{"Europe/Berlin", 4086547200, "2099-07-01 02:00:00+02:00"},
		{"Australia/Sydney", 4086547200, "2099-07-01 10:00:00+10:00"},
		/* before 1970, before zones were zones */
		{"Asia/Tokyo", -1, "1970-01-01 08:59:59+09:00"},
		{"Asia/Tokyo", -3000000000, "1874-12-08 03:58:59+09:18"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[ZONE_TEXT_SIZE];
		const struct zone *zone = zone_find(cases[i].zone);
		assert_non_null(zone);
		zone_format(zone, cases[i].seconds * 1000000, text);
		if (strcmp(text, cases[i].text) != 0)
			fail_msg("%s %lld: %s", cases[i].zone, (long long)cases[i].seconds, text);
	}
}

/* The C library is the judge: every day of 140 years in some awkward zones. */
static void the_c_library_agrees(void **state)
{
	(void)state;
	static const char *const zones[] = {
		"Asia/Tokyo",	 "Europe/London", "America/New_York", "Australia/Lord_Howe",
		"America/Nuuk",	 "Africa/Cairo",  "Asia/Kathmandu",   "Pacific/Apia",
		"Europe/Dublin", "Asia/Gaza",	  "America/Santiago", "Pacific/Chatham"};
	for (size_t z = 0; z < sizeof(zones) / sizeof(zones[0]); z++) {
		const struct zone *zone = zone_find(zones[z]);
		assert_non_null(zone);
		setenv("TZ", zones[z], 1);
		tzset();
		for (int64_t at = -1000000000; at < 4000000000; at += 86399) {
			struct tm tm;
			struct zone_time mine;
			time_t seconds = (time_t)at;
			assert_non_null(localtime_r(&seconds, &tm));
			zone_convert(zone, at * 1000000, &mine);
			if (tm.tm_gmtoff != mine.offset || tm.tm_mday != mine.day ||
			    tm.tm_mon + 1 != mine.month || tm.tm_year + 1900 != mine.year ||
			    tm.tm_hour != mine.hour || tm.tm_min != mine.minute)
				fail_msg("%s at %lld: %d, not %ld", zones[z], (long long)at,
					 mine.offset, tm.tm_gmtoff);
		}
	}
}

static void unknown_names_are_refused(void **state)
{
	(void)state;
	static const char *const names[] = {"",	    "Asia/Edo", "../../etc/passwd", "asia/tokyo",
					    "Asia", "zone.tab", "posixrules/x"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_null(zone_find(names[i]));
}

static void broken_files_are_refused(void **state)
{
	(void)state;
	FILE *file = fopen(FOLDER "/Europe/Berlin", "rb");
	assert_non_null(file);
	uint8_t data[8192];
	size_t len = fread(data, 1, sizeof(data), file);
	fclose(file);
	struct zone *zone = zone_parse(data, len);
	assert_non_null(zone);
	zone_free(zone);
	for (size_t cut = 0; cut < len; cut++) {
		zone = zone_parse(data, cut);
		assert_null(zone);
	}
	/* one wrong byte anywhere must never be more than a wrong answer */
	for (size_t at = 0; at < len; at++) {
		uint8_t kept = data[at];
		data[at] ^= 0x55;
		zone = zone_parse(data, len);
		if (zone != NULL) {
			struct zone_time t;
			zone_convert(zone, INT64_C(1795266300000000), &t);
			zone_free(zone);
		}
		data[at] = kept;
	}
}

static void rules_are_read_in_every_form(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool ok;
	} cases[] = {
		{"JST-9", true},
		{"<+0545>-5:45", true},
		{"EST5EDT,M3.2.0,M11.1.0", true},
		{"<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", true},
		{"AAA1BBB,J60,J300/3:30", true},
		{"AAA1BBB,59,299", true},
		{"", false},
		{"JST", false},
		{"J-9", false},
		{"<JST-9", false},
		{"EST5EDT", false},
		{"EST5EDT,M3.2.0", false},
		{"EST5EDT,M13.2.0,M11.1.0", false},
		{"EST5EDT,M0.2.0,M11.1.0", false},
		{"EST5EDT,M3.6.0,M11.1.0", false},
		{"EST5EDT,M3.2.7,M11.1.0", false},
		{"EST5EDT,M3.2.0,M11.1.0 ", false},
		{"EST999", false},
	};
	struct zone_rule rule;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (zone_rule_parse(cases[i].text, &rule) != cases[i].ok)
			fail_msg("\"%s\"", cases[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_moments_are_shown_in_their_zones),
		cmocka_unit_test(the_c_library_agrees),
		cmocka_unit_test(unknown_names_are_refused),
		cmocka_unit_test(broken_files_are_refused),
		cmocka_unit_test(rules_are_read_in_every_form),
	};
	return cmocka_run_group_tests(tests, load, NULL);
}
