/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef REPORTS_ZONE_RULE_H
#define REPORTS_ZONE_RULE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The rule at the end of a TZif file (POSIX TZ form, RFC 8536 3.3): what holds after the last
 * listed change. "JST-9", "CET-1CEST,M3.5.0,M10.5.0/3", "<-03>3<-02>,M3.5.0/-2,M10.5.0/-1".
 */
struct zone_day {
	enum { ZONE_DAY_MONTH, ZONE_DAY_JULIAN, ZONE_DAY_ZERO } kind;
	int month, week, day; /* M; day alone for J and n */
	int seconds;	      /* after local midnight; may be negative or above a day */
};
struct zone_rule {
	int standard, daylight; /* seconds east of UTC */
	bool has_daylight;
	struct zone_day start, end;
};

bool zone_rule_parse(const char *text, struct zone_rule *out);
/* Offset at that moment (seconds since 1970). */
int zone_rule_offset(const struct zone_rule *rule, int64_t seconds);

/* Days since 1970-01-01 of a proleptic Gregorian date and back. */
int64_t zone_days(int64_t year, int month, int day);
void zone_date(int64_t days, int *out_year, int *out_month, int *out_day);

#endif
