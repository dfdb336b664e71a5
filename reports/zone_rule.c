/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/zone_rule.h"

#include <stddef.h>

enum { DAY_SECONDS = 86400, HOUR_SECONDS = 3600 };

/* Civil calendar by eras of 400 years (March-based, so that the leap day comes last). */
int64_t zone_days(int64_t year, int month, int day)
{
	year -= month <= 2;
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t of_era = year - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

void zone_date(int64_t days, int *out_year, int *out_month, int *out_day)
{
	days += 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	int64_t of_era = days - era * 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153;
	*out_day = (int)(of_year - (153 * month + 2) / 5 + 1);
	*out_month = (int)(month < 10 ? month + 3 : month - 9);
	*out_year = (int)(year + era * 400 + (*out_month <= 2));
}

static bool is_leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static bool parse_number(const char **at, int max, int *out)
{
	int value = 0;
	const char *p = *at;
	if (*p < '0' || *p > '9')
		return false;
	for (; *p >= '0' && *p <= '9'; p++) {
		value = value * 10 + (*p - '0');
		if (value > max)
			return false;
	}
	*at = p;
	*out = value;
	return true;
}

/* [+-]hh[:mm[:ss]] */
static bool parse_time(const char **at, int *out)
{
	int sign = 1, hours, minutes = 0, seconds = 0;
	if (**at == '-' || **at == '+')
		sign = *(*at)++ == '-' ? -1 : 1;
	if (!parse_number(at, 167, &hours))
		return false;
	if (**at == ':') {
		(*at)++;
		if (!parse_number(at, 59, &minutes))
			return false;
	}
	if (**at == ':') {
		(*at)++;
		if (!parse_number(at, 59, &seconds))
			return false;
	}
	*out = sign * (hours * HOUR_SECONDS + minutes * 60 + seconds);
	return true;
}

/* Three or more letters, or <…>; the name itself is not needed. */
static bool skip_name(const char **at)
{
	const char *p = *at;
	if (*p == '<') {
		while (*p != '\0' && *p != '>')
			p++;
		if (*p++ != '>')
			return false;
	} else {
		while ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z'))
			p++;
		if (p - *at < 3)
			return false;
	}
	*at = p;
	return true;
}

static bool parse_day(const char **at, struct zone_day *out)
{
	*out = (struct zone_day){.kind = ZONE_DAY_ZERO, .seconds = 2 * HOUR_SECONDS};
	if (*(*at)++ != ',')
		return false;
	if (**at == 'M') {
		out->kind = ZONE_DAY_MONTH;
		(*at)++;
		if (!parse_number(at, 12, &out->month) || *(*at)++ != '.' ||
		    !parse_number(at, 5, &out->week) || *(*at)++ != '.' ||
		    !parse_number(at, 6, &out->day) || out->month < 1 || out->week < 1)
			return false;
	} else {
		if (**at == 'J') {
			out->kind = ZONE_DAY_JULIAN;
			(*at)++;
		}
		if (!parse_number(at, 365, &out->day))
			return false;
	}
	if (**at != '/')
		return true;
	(*at)++;
	return parse_time(at, &out->seconds);
}

bool zone_rule_parse(const char *text, struct zone_rule *out)
{
	struct zone_rule rule = {.has_daylight = false};
	const char *at = text;
	if (!skip_name(&at) || !parse_time(&at, &rule.standard))
		return false;
	rule.standard = -rule.standard; /* POSIX counts west */
	if (*at != '\0') {
		rule.has_daylight = true;
		rule.daylight = rule.standard + HOUR_SECONDS;
		if (!skip_name(&at))
			return false;
		if (*at != ',' && *at != '\0') {
			if (!parse_time(&at, &rule.daylight))
				return false;
			rule.daylight = -rule.daylight;
		}
		if (!parse_day(&at, &rule.start) || !parse_day(&at, &rule.end) || *at != '\0')
			return false;
	}
	*out = rule;
	return true;
}

static int64_t day_of_year(const struct zone_day *day, int64_t year)
{
	int64_t first = zone_days(year, 1, 1);
	switch (day->kind) {
	case ZONE_DAY_ZERO: return first + day->day;
	/* 1-365, the leap day is never counted */
	case ZONE_DAY_JULIAN: return first + day->day - 1 + (is_leap(year) && day->day >= 60);
	case ZONE_DAY_MONTH: break;
	}
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int64_t start = zone_days(year, day->month, 1);
	int length = lengths[day->month - 1] + (day->month == 2 && is_leap(year));
	int weekday = (int)((start % 7 + 7 + 4) % 7); /* 1970-01-01 was a Thursday */
	int date = (day->day - weekday + 7) % 7 + (day->week - 1) * 7;
	while (date >= length)
		date -= 7;
	return start + date;
}

int zone_rule_offset(const struct zone_rule *rule, int64_t seconds)
{
	if (!rule->has_daylight)
		return rule->standard;
	int64_t local = seconds + rule->standard;
	int64_t days = local >= 0 ? local / DAY_SECONDS : (local - DAY_SECONDS + 1) / DAY_SECONDS;
	int year, month, day;
	zone_date(days, &year, &month, &day);
	int64_t start = day_of_year(&rule->start, year) * DAY_SECONDS + rule->start.seconds -
			rule->standard;
	int64_t end =
		day_of_year(&rule->end, year) * DAY_SECONDS + rule->end.seconds - rule->daylight;
	bool summer =
		start < end ? seconds >= start && seconds < end : seconds >= start || seconds < end;
	return summer ? rule->daylight : rule->standard;
}
