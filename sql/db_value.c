/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sql/db.h"
#include "sql/db_inner.h"

#include <string.h>

enum { DAY_SECONDS = 86400, MICRO = 1000000, ERA_DAYS = 146097, EPOCH_DAYS = 719468 };

struct db_param db_p_text(const char *value)
{
	if (value == NULL)
		return DB_P_NULL;
	return (struct db_param){.type = DB_TEXT, .data = value, .len = strlen(value)};
}

struct db_param db_p_uuid(const struct uuid *id)
{
	if (id == NULL)
		return DB_P_NULL;
	return (struct db_param){.type = DB_UUID, .data = id->b, .len = UUID_SIZE};
}

void db_p_ids(struct db_param params[DB_IDS_MAX], const struct uuid *first, size_t stride,
	      size_t count)
{
	for (size_t i = 0; i < DB_IDS_MAX; i++) {
		size_t at = i < count ? i : count - 1;
		params[i] = db_p_uuid(
			(const struct uuid *)(const void *)((const char *)first + at * stride));
	}
}

struct db_param db_p_time_or_null(int64_t us)
{
	return us == 0 ? DB_P_NULL : DB_P_TIME(us);
}

/* Proleptic Gregorian calendar in 400-year eras that start on 1 March, so that the leap day comes
 * last; no time zone and no library state is involved. */
static int64_t days_of(int64_t year, unsigned month, unsigned day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = y / 400;
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return era * ERA_DAYS + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
	       day_of_year - EPOCH_DAYS;
}

static void date_of(int64_t days, struct db_civil *out)
{
	int64_t z = days + EPOCH_DAYS;
	int64_t era = z / ERA_DAYS;
	int64_t doe = z - era * ERA_DAYS;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;

	out->day = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
	out->month = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
	out->year = (unsigned)(yoe + era * 400 + (out->month <= 2 ? 1 : 0));
}

struct db_civil db_civil_of(int64_t real_us)
{
	struct db_civil out;
	int64_t seconds = real_us / MICRO, micro = real_us % MICRO;

	if (micro < 0) {
		micro += MICRO;
		seconds--;
	}
	int64_t days = seconds / DAY_SECONDS, rest = seconds % DAY_SECONDS;
	if (rest < 0) {
		rest += DAY_SECONDS;
		days--;
	}
	date_of(days, &out);
	out.hour = (unsigned)(rest / 3600);
	out.minute = (unsigned)(rest / 60 % 60);
	out.second = (unsigned)(rest % 60);
	out.micro = (unsigned)micro;
	return out;
}

int64_t db_civil_us(const struct db_civil *civil)
{
	int64_t seconds = days_of(civil->year, civil->month, civil->day) * DAY_SECONDS +
			  civil->hour * 3600 + civil->minute * 60 + civil->second;

	return seconds * MICRO + civil->micro;
}
