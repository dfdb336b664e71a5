/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/risk_profile.h"

#include <string.h>

#include "auth/risk_tables.h"

enum {
	DORMANT_DAYS = 90,
	HOUR_ONE = 64, /* one login in the table of hours */
	CRUMBS = 8,    /* of one login */
	WEEK = 7,
	DAY_HOURS = 24,
	PART_HOURS = 4,
	WORKING_HOURS = 5 * DAY_HOURS,
	TOTAL_MAX = 4096 * RISK_ONE,
	FOR_ALL_MAX = 100 * RISK_ONE,
	ORG_WARM = 200 * RISK_HALVES, /* before, every network is new to the organisation */
	COLLEAGUES = 5		      /* so many make a network the organisation's own */
};

/* Where the rows of each kind of value lie. */
struct place {
	enum risk_level level;
	uint8_t start, count;
};
static const struct place places[RISK_VALUES] = {
	{RISK_PREFIX, 0, 8},  {RISK_ASN, 8, 8}, {RISK_COUNTRY, 16, 4}, {RISK_AGENT, 20, 8},
	{RISK_FAMILY, 28, 8}, {RISK_OS, 36, 4}, {RISK_TONGUE, 40, 4},
};

static uint32_t age(uint16_t from, uint16_t to)
{
	return to > from ? (uint32_t)(to - from) : 0;
}

static uint32_t decayed(uint32_t count, uint32_t days)
{
	if (days > RISK_FORGET_DAYS)
		return 0;
	uint64_t rest = (uint64_t)count * risk_decay_table[days % RISK_HALF_LIFE];
	return (uint32_t)((rest + 32768) >> 16) >> (days / RISK_HALF_LIFE);
}

static const struct risk_row *find(const struct risk_profile *profile, const struct place *place,
				   uint64_t value)
{
	for (unsigned i = place->start; i < (unsigned)place->start + place->count; i++) {
		if (value && profile->rows[i].value == value)
			return &profile->rows[i];
	}
	return NULL;
}

/* Whether both hours belong to the same kind of day and the same four hours of it. */
static bool same_part(unsigned a, unsigned b)
{
	return (a < WORKING_HOURS) == (b < WORKING_HOURS) &&
	       a % DAY_HOURS / PART_HOURS == b % DAY_HOURS / PART_HOURS;
}

static void look_at_hours(const struct risk_profile *profile, const struct risk_look *look,
			  struct risk_seen seen[RISK_LEVELS])
{
	struct risk_seen *hour = &seen[RISK_WEEK_HOUR], *part = &seen[RISK_DAY_PART];
	uint32_t all = 0, in_part = 0, scale = RISK_ONE / HOUR_ONE;
	uint32_t days = age(profile->hours_day, look->day);

	hour->known = part->known = look->hour < RISK_HOURS;
	if (!hour->known)
		return;
	for (unsigned i = 0; i < RISK_HOURS; i++) {
		all += profile->hours[i];
		in_part += same_part(i, look->hour) ? profile->hours[i] : 0;
	}
	hour->own = (int32_t)decayed(profile->hours[look->hour] * scale, days);
	part->own = (int32_t)decayed(in_part * scale, days);
	hour->own_all = part->own_all = (int32_t)decayed(all * scale, days);
}

static uint32_t own_rules(const struct risk_profile *profile, const struct risk_look *look,
			  const struct risk_around *around, const struct risk_facts *facts)
{
	const struct risk_seen *asn = &facts->seen[RISK_ASN], *prefix = &facts->seen[RISK_PREFIX];
	uint32_t rules = around->rules;

	rules &= ~(1u << RISK_RULE_NO_DEVICE_KEY | 1u << RISK_RULE_DORMANT |
		   1u << RISK_RULE_ORG_ASN | 1u << RISK_RULE_COLLEAGUES);
	if (!around->device_key)
		rules |= 1u << RISK_RULE_NO_DEVICE_KEY;
	if (profile->logins && age(profile->day, look->day) > DORMANT_DAYS)
		rules |= 1u << RISK_RULE_DORMANT;
	if (asn->known && asn->all == 0 && asn->all_total >= ORG_WARM)
		rules |= 1u << RISK_RULE_ORG_ASN;
	if (!asn->known || asn->own > 0)
		rules &= ~(1u << RISK_RULE_HOSTING);
	if (around->device_key && around->colleagues >= COLLEAGUES && prefix->own < RISK_ONE)
		rules |= 1u << RISK_RULE_COLLEAGUES;
	return rules & ((1u << RISK_RULES) - 1);
}

void risk_facts(const struct risk_profile *profile, const struct risk_look *look,
		const struct risk_around *around, struct risk_facts *out)
{
	bool forgotten = age(profile->day, look->day) > RISK_FORGET_DAYS;

	*out = (struct risk_facts){.role = around->role, .device_key = around->device_key};
	memcpy(out->seen, around->all, sizeof(out->seen));
	for (int i = 0; i < RISK_VALUES; i++) {
		struct risk_seen *seen = &out->seen[places[i].level];
		const struct risk_row *row = find(profile, &places[i], look->values[i]);
		seen->known = look->values[i] != 0;
		seen->own = row ? (int32_t)decayed(row->count, age(row->last, look->day)) : 0;
		seen->own_all = (int32_t)decayed(profile->total[i], age(profile->day, look->day));
	}
	look_at_hours(profile, look, out->seen);
	for (int i = 0; i < RISK_LEVELS; i++) {
		if (!out->seen[i].known)
			out->seen[i] = (struct risk_seen){0};
	}
	out->logins = forgotten ? 0 : profile->logins;
	out->days = forgotten ? 0 : profile->days;
	out->excepted = around->excepted;
	out->rules = (int32_t)own_rules(profile, look, around, out);
}

bool risk_is_new_colleague(const struct risk_facts *facts)
{
	const struct risk_seen *prefix = &facts->seen[RISK_PREFIX];

	return facts->device_key == 1 && prefix->known == 1 && prefix->own == 0;
}

bool risk_counts_for_all(const struct risk_profile *profile, uint16_t day)
{
	uint32_t most = 0;

	for (int i = 0; i < RISK_VALUES; i++)
		most = profile->total[i] > most ? profile->total[i] : most;
	return decayed(most, age(profile->day, day)) < FOR_ALL_MAX;
}

/* The row of the value, or the weakest one of its kind, emptied for it. */
static struct risk_row *claim(struct risk_profile *profile, const struct place *place,
			      uint64_t value, uint16_t day)
{
	struct risk_row *weakest = &profile->rows[place->start];
	uint32_t least = UINT32_MAX;

	for (unsigned i = place->start; i < (unsigned)place->start + place->count; i++) {
		struct risk_row *row = &profile->rows[i];
		uint32_t left = row->value ? decayed(row->count, age(row->last, day)) : 0;
		if (row->value == value)
			return row;
		if (left < least) {
			least = left;
			weakest = row;
		}
	}
	*weakest = (struct risk_row){.value = value, .first = day, .last = day};
	return weakest;
}

/* Whether it counted whole. */
static bool learn_value(struct risk_profile *profile, int which, uint64_t value, uint16_t day)
{
	struct risk_row *row = claim(profile, &places[which], value, day);
	uint32_t left = decayed(row->count, age(row->last, day));

	if (left == 0 && row->count) /* forgotten: it starts anew */
		row->first = day;
	row->last = day > row->last ? day : row->last;
	left += row->last != row->first ? RISK_ONE : RISK_ONE / 2;
	row->count = left < TOTAL_MAX ? left : TOTAL_MAX;
	return row->last != row->first;
}

/* Hours lose weight in whole weeks: small counts bear no rounding every day. */
static void age_hours(struct risk_profile *profile, uint16_t day)
{
	uint32_t days = age(profile->hours_day, day);

	if (days < WEEK)
		return;
	days -= days % WEEK;
	for (int i = 0; i < RISK_HOURS; i++)
		profile->hours[i] = (uint16_t)decayed(profile->hours[i], days);
	profile->hours_day = days > RISK_FORGET_DAYS ? day : (uint16_t)(profile->hours_day + days);
}

static void learn_hour(struct risk_profile *profile, const struct risk_look *look)
{
	age_hours(profile, look->day);
	if (look->hour < RISK_HOURS && profile->hours[look->hour] <= UINT16_MAX - HOUR_ONE)
		profile->hours[look->hour] += HOUR_ONE;
}

uint8_t risk_learn(struct risk_profile *profile, const struct risk_look *look)
{
	bool new_day = profile->logins == 0 || look->day > profile->day;
	unsigned taught = new_day ? RISK_NEW_DAY : 0;
	uint32_t days = age(profile->day, look->day);

	if (days > RISK_FORGET_DAYS)
		profile->logins = profile->days = 0;
	for (int i = 0; i < RISK_VALUES; i++) {
		uint32_t total = decayed(profile->total[i], days);
		if (look->values[i] && learn_value(profile, i, look->values[i], look->day))
			taught |= 1u << i;
		total += look->values[i] ? RISK_ONE : 0;
		profile->total[i] = total < TOTAL_MAX ? total : TOTAL_MAX;
	}
	learn_hour(profile, look);
	profile->logins += profile->logins < UINT16_MAX;
	profile->days += new_day && profile->days < UINT16_MAX;
	profile->day = look->day > profile->day ? look->day : profile->day;
	return (uint8_t)taught;
}

void risk_teach(struct risk_profile *profile, const struct risk_look *look)
{
	uint16_t logins = profile->logins, days = profile->days;

	(void)risk_learn(profile, look);
	profile->logins = logins;
	profile->days = days;
}

/* Of next to nothing nothing is left: rounding leaves crumbs. */
static uint32_t less(uint32_t count, uint32_t taken, uint32_t one)
{
	return count > taken + one / CRUMBS ? count - taken : 0;
}

static void forget_value(struct risk_profile *profile, int which, const struct risk_look *look,
			 bool whole)
{
	const struct place *place = &places[which];

	for (unsigned i = place->start; i < (unsigned)place->start + place->count; i++) {
		struct risk_row *row = &profile->rows[i];
		/* One that began later is not what this sign-in added to. */
		if (!row->value || row->value != look->values[which] || row->first > look->day)
			continue;
		row->count =
			less(row->count,
			     decayed(whole ? RISK_ONE : RISK_ONE / 2, age(look->day, row->last)),
			     RISK_ONE);
		if (row->count == 0)
			*row = (struct risk_row){0};
	}
}

void risk_forget(struct risk_profile *profile, const struct risk_look *look, uint8_t taught)
{
	uint32_t added = decayed(RISK_ONE, age(look->day, profile->day));

	for (int i = 0; i < RISK_VALUES; i++) {
		forget_value(profile, i, look, (taught >> i) & 1);
		if (look->values[i])
			profile->total[i] = less(profile->total[i], added, RISK_ONE);
	}
	if (look->hour < RISK_HOURS)
		profile->hours[look->hour] = (uint16_t)less(
			profile->hours[look->hour],
			decayed(HOUR_ONE, age(look->day, profile->hours_day)), HOUR_ONE);
	profile->logins -= profile->logins > 0;
	profile->days -= profile->days > 0 && (taught & RISK_NEW_DAY);
	if (profile->days > profile->logins)
		profile->days = profile->logins;
}
