/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/risk/ours.h"

#include <stdlib.h>

enum { FIRST_DAY = 20000, DAY_MINUTES = 1440, TRAVEL_MINUTES = 480, PERIOD_DAYS = 28 };

void ours_init(struct ours *ours, uint32_t users, bool lookup, const struct risk_policy *policy)
{
	*ours = (struct ours){.lookup = lookup, .policy = *policy};
	ours->profiles = calloc(users, sizeof(*ours->profiles));
	ours->last = calloc(users, sizeof(*ours->last));
	if (!ours->profiles || !ours->last)
		abort();
}

void ours_free(struct ours *ours)
{
	for (int i = 0; i < RISK_LEVELS; i++)
		tally_free(&ours->all[i]);
	tally_free(&ours->colleagues);
	tally_free(&ours->counted);
	free(ours->profiles);
	free(ours->last);
}

void ours_look(const struct ours *ours, const struct login *login, struct risk_look *out)
{
	*out = (struct risk_look){.values = {login->address / 256 + 1,
					     ours->lookup ? login->asn + 1 : 0,
					     ours->lookup ? login->country + 1 : 0, login->agent,
					     login->family, login->platform, login->language + 1},
				  .day = (uint16_t)(FIRST_DAY + login->minute / DAY_MINUTES),
				  .hour = (uint8_t)(login->minute / 60 % RISK_HOURS)};
}

/* Of every level the value's number, as the organisation counts it. */
static void values_of(const struct risk_look *look, uint64_t out[RISK_LEVELS])
{
	static const enum risk_level order[RISK_VALUES] = {
		RISK_PREFIX, RISK_ASN, RISK_COUNTRY, RISK_AGENT, RISK_FAMILY, RISK_OS, RISK_TONGUE};
	unsigned day_hour = look->hour % 24u, weekend = look->hour >= 120;

	for (int i = 0; i < RISK_VALUES; i++)
		out[order[i]] = look->values[i];
	out[RISK_WEEK_HOUR] = look->hour + 1u;
	out[RISK_DAY_PART] = 1 + weekend * 6 + day_hour / 4;
}

static uint64_t people_key(const struct risk_look *look, unsigned back)
{
	return look->values[RISK_PREFIX] << 16 | (look->day / PERIOD_DAYS - back);
}

static uint64_t person_key(const struct login *login, const struct risk_look *look, unsigned back)
{
	return (people_key(look, back) * 1000003 + login->user) | 1u;
}

static bool is_counted(const struct ours *ours, const struct login *login,
		       const struct risk_look *look)
{
	return tally_get(&ours->counted, person_key(login, look, 0)) ||
	       tally_get(&ours->counted, person_key(login, look, 1));
}

static uint32_t rules_of(const struct ours *ours, const struct login *login,
			 const struct risk_facts *facts)
{
	const struct login *last = &ours->last[login->user];
	uint32_t rules = ours->offices && login->office ? 1u << RISK_RULE_OFFICE : 0;

	if (!ours->lookup || ours->profiles[login->user].logins == 0)
		return rules;
	if (last->country != login->country && login->minute - last->minute < TRAVEL_MINUTES)
		rules |= 1u << RISK_RULE_TRAVEL;
	if (login->hosting && facts->seen[RISK_ASN].own == 0)
		rules |= 1u << RISK_RULE_HOSTING;
	return rules;
}

void ours_facts(const struct ours *ours, const struct login *login, bool key,
		struct risk_facts *out)
{
	struct risk_around around = {.role = RISK_USER, .device_key = key};
	uint64_t values[RISK_LEVELS];
	struct risk_look look;

	ours_look(ours, login, &look);
	values_of(&look, values);
	for (int i = 0; i < RISK_LEVELS; i++)
		around.all[i] =
			(struct risk_seen){.all = (int32_t)tally_get(&ours->all[i], values[i]),
					   .all_total = ours->total[i],
					   .all_values = (int32_t)ours->all[i].used};
	around.colleagues = (int32_t)(tally_get(&ours->colleagues, people_key(&look, 0)) +
				      tally_get(&ours->colleagues, people_key(&look, 1)));
	risk_facts(&ours->profiles[login->user], &look, &around, out);
	around.rules = rules_of(ours, login, out);
	risk_facts(&ours->profiles[login->user], &look, &around, out);
}

struct risk_decision ours_judge(const struct ours *ours, const struct login *login, bool key)
{
	struct risk_decision decision;
	struct risk_facts facts;

	ours_facts(ours, login, key, &facts);
	risk_decide(&facts, &ours->policy, &decision);
	return decision;
}

void ours_learn(struct ours *ours, const struct login *login)
{
	struct risk_profile *profile = &ours->profiles[login->user];
	uint64_t values[RISK_LEVELS];
	struct risk_look look;
	struct risk_facts facts;

	ours_look(ours, login, &look);
	values_of(&look, values);
	ours_facts(ours, login, login->key, &facts);
	if (risk_is_new_colleague(&facts) && !is_counted(ours, login, &look)) {
		tally_add(&ours->colleagues, people_key(&look, 0), 1);
		tally_add(&ours->counted, person_key(login, &look, 0), 1);
	}
	for (int i = 0; i < RISK_LEVELS; i++) {
		if (!values[i] || !risk_counts_for_all(profile, look.day))
			continue;
		tally_add(&ours->all[i], values[i], RISK_HALVES);
		ours->total[i] += RISK_HALVES;
	}
	risk_learn(profile, &look);
	ours->last[login->user] = *login;
}
