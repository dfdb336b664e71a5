/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/risk_profile.h"

enum { VERSION = 1 };

static uint8_t *put(uint8_t *at, uint64_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		*at++ = (uint8_t)(value >> (8 * i));
	return at;
}

static uint64_t get(const uint8_t **at, int bytes)
{
	uint64_t value = 0;

	for (int i = 0; i < bytes; i++)
		value |= (uint64_t) * (*at)++ << (8 * i);
	return value;
}

void risk_profile_write(const struct risk_profile *profile, uint8_t out[RISK_PROFILE_BYTES])
{
	const uint16_t tail[] = {profile->hours_day, profile->logins, profile->days, profile->day};

	out = put(out, VERSION, 1);
	for (int i = 0; i < RISK_ROWS; i++) {
		out = put(out, profile->rows[i].value, 8);
		out = put(out, profile->rows[i].count, 4);
		out = put(out, profile->rows[i].first, 2);
		out = put(out, profile->rows[i].last, 2);
	}
	for (int i = 0; i < RISK_VALUES; i++)
		out = put(out, profile->total[i], 4);
	for (int i = 0; i < RISK_HOURS; i++)
		out = put(out, profile->hours[i], 2);
	for (int i = 0; i < 4; i++)
		out = put(out, tail[i], 2);
}

static bool row_holds(const struct risk_row *row)
{
	if (!row->value)
		return !row->count && !row->first && !row->last;
	return row->first <= row->last && row->count <= 4096 * RISK_ONE;
}

bool risk_profile_read(const uint8_t *data, size_t len, struct risk_profile *out)
{
	struct risk_profile made = {0};
	bool holds = true;

	if (len != RISK_PROFILE_BYTES || get(&data, 1) != VERSION)
		return false;
	for (int i = 0; i < RISK_ROWS; i++) {
		made.rows[i].value = get(&data, 8);
		made.rows[i].count = (uint32_t)get(&data, 4);
		made.rows[i].first = (uint16_t)get(&data, 2);
		made.rows[i].last = (uint16_t)get(&data, 2);
		holds &= row_holds(&made.rows[i]);
	}
	for (int i = 0; i < RISK_VALUES; i++) {
		made.total[i] = (uint32_t)get(&data, 4);
		holds &= made.total[i] <= 4096 * RISK_ONE;
	}
	for (int i = 0; i < RISK_HOURS; i++)
		made.hours[i] = (uint16_t)get(&data, 2);
	made.hours_day = (uint16_t)get(&data, 2);
	made.logins = (uint16_t)get(&data, 2);
	made.days = (uint16_t)get(&data, 2);
	made.day = (uint16_t)get(&data, 2);
	holds &= made.days <= made.logins;
	if (holds)
		*out = made;
	return holds;
}

void risk_look_write(const struct risk_look *look, uint8_t out[RISK_LOOK_BYTES])
{
	for (int i = 0; i < RISK_VALUES; i++)
		out = put(out, look->values[i], 8);
	out = put(out, look->day, 2);
	put(out, look->hour, 1);
}

bool risk_look_read(const uint8_t *data, size_t len, struct risk_look *out)
{
	struct risk_look made;

	if (len != RISK_LOOK_BYTES)
		return false;
	for (int i = 0; i < RISK_VALUES; i++)
		made.values[i] = get(&data, 8);
	made.day = (uint16_t)get(&data, 2);
	made.hour = (uint8_t)get(&data, 1);
	*out = made;
	return true;
}
