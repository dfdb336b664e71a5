/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/adaptive.h"

#include "auth/adaptive_tune.h"
#include "auth/exception.h"
#include "auth/network_load.h"
#include "auth/travel.h"
#include "base/sys.h"

/* Rows of auth_common that are no hashes: the sum of a level is its number. */
enum { HOUR_BASE = 100, PART_BASE = 300, PARTS = 6, DAY_HOURS = 24, PART_HOURS = 4, WORKING = 120 };

/* People new to a prefix are counted for so many days together, and looked at for twice as many. */
enum { PERIOD_DAYS = 28 };

/* The place of each level's value in a look; the hours have none. */
static const int8_t place[RISK_LEVELS] = {0, 1, 2, 3, 4, 5, -1, -1, 6};

static int64_t common_value(const struct risk_look *look, int level)
{
	unsigned hour = look->hour;

	if (place[level] >= 0)
		return (int64_t)look->values[place[level]];
	if (hour >= RISK_HOURS)
		return 0;
	if (level == RISK_WEEK_HOUR)
		return HOUR_BASE + hour;
	return PART_BASE + (hour >= WORKING ? PARTS : 0) + hour % DAY_HOURS / PART_HOURS;
}

static int32_t bounded(int64_t value)
{
	return value > INT32_MAX ? INT32_MAX : (int32_t)value;
}

static enum err look_at_all(struct ctx *ctx, struct adaptive *adaptive, struct risk_around *around)
{
	struct adaptive_common *rows = adaptive->common;

	for (int i = 0; i < RISK_LEVELS; i++) {
		int64_t value = common_value(&adaptive->look, i);
		rows[2 * i] = (struct adaptive_common){.value = i};
		rows[2 * i + 1] = (struct adaptive_common){.value = value ? value : -1};
	}
	enum err err = adaptive_sql_common(ctx, rows, ADAPTIVE_VALUES);
	for (int i = 0; i < RISK_LEVELS; i++)
		around->all[i] = (struct risk_seen){.all = bounded(rows[2 * i + 1].seen),
						    .all_total = bounded(rows[2 * i].seen),
						    .all_values = bounded(rows[2 * i].kinds)};
	return err;
}

static struct adaptive_colleague colleague_of(const struct adaptive *adaptive)
{
	return (struct adaptive_colleague){.prefix = (int64_t)adaptive->look.values[RISK_PREFIX],
					   .period = adaptive->look.day / PERIOD_DAYS,
					   .user_id = adaptive->user_id};
}

static enum err look_at_colleagues(struct ctx *ctx, struct adaptive *adaptive,
				   struct risk_around *around)
{
	const struct adaptive_colleague one = colleague_of(adaptive);
	int64_t people = 0;
	enum err err = adaptive_sql_colleagues(ctx, &one, &people, &adaptive->counted);

	around->colleagues = bounded(people);
	return err;
}

/* What follows from how the person was here before this. */
static enum err look_before(struct ctx *ctx, const struct adaptive_ask *ask,
			    const struct adaptive *adaptive, struct risk_around *around)
{
	struct adaptive_before before;
	struct geo_place last;
	enum err err = adaptive_sql_before(ctx, &adaptive->user_id, &before);

	if (err != ERR_OK || !before.peer || adaptive->profile.logins == 0)
		return err;
	geo_find(network_geo(ctx->network), before.peer, &last);
	/* An office's network may lead people of all countries into the Internet. */
	if (!adaptive_is_office(ask->policy, before.peer) &&
	    !adaptive_is_office(ask->policy, ask->peer) &&
	    travel_impossible(last.country, adaptive->where.country, sys_real_us() - before.at))
		around->rules |= 1u << RISK_RULE_TRAVEL;
	/* Who has done nothing but enrol was given nothing back. */
	if (before.given_back && adaptive->profile.logins > 1)
		around->rules |= 1u << RISK_RULE_AFTER_RESET;
	return ERR_OK;
}

enum err adaptive_judge(struct ctx *ctx, const struct adaptive_ask *ask, struct adaptive *out)
{
	struct risk_around around = {
		.role = ask->role, .device_key = ask->device_key, .rules = ask->rules};
	struct risk_policy policy;
	struct risk_facts facts;
	struct block stored;
	bool reported = false;

	*out = (struct adaptive){.user_id = *ask->user_id};
	geo_find(network_geo(ctx->network), ask->peer, &out->where);
	risk_look_of(ask->key,
		     &(struct risk_sight){.peer = ask->peer,
					  .agent = ask->agent,
					  .tongue = ask->tongue,
					  .country = out->where.country,
					  .asn = out->where.asn,
					  .real_us = sys_real_us()},
		     &out->look);
	enum err err = adaptive_sql_profile(ctx, &out->user_id, &stored);
	if (err == ERR_OK)
		err = look_at_all(ctx, out, &around);
	if (err == ERR_OK)
		err = look_at_colleagues(ctx, out, &around);
	if (err == ERR_OK && stored.len)
		out->damaged = !risk_profile_read(stored.data, stored.len, &out->profile);
	if (err == ERR_OK)
		err = look_before(ctx, ask, out, &around);
	if (err == ERR_OK)
		err = past_reported(ctx, &out->user_id, &reported);
	if (err == ERR_OK)
		err = exception_find(ctx, &out->user_id, ask->peer, ask->role != RISK_USER,
				     &out->exception);
	if (err != ERR_OK)
		return err;
	around.excepted = !uuid_is_nil(&out->exception);
	if (reported)
		around.rules |= 1u << RISK_RULE_REPORTED;
	if (adaptive_is_office(ask->policy, ask->peer))
		around.rules |= 1u << RISK_RULE_OFFICE;
	if (adaptive_is_hoster(ask->policy, out->where.asn))
		around.rules |= 1u << RISK_RULE_HOSTING;
	risk_policy_default(&policy);
	adaptive_policy_apply(ask->policy, &policy);
	risk_facts(&out->profile, &out->look, &around, &facts);
	risk_record_make(&facts, &policy, &out->record);
	return ERR_OK;
}

/* Each value twice a half, and its level's sum with it. */
static enum err add_to_all(struct ctx *ctx, const struct adaptive *adaptive)
{
	struct adaptive_common rows[ADAPTIVE_VALUES];
	size_t count = 0;

	for (int i = 0; i < RISK_LEVELS; i++) {
		const struct adaptive_common *value = &adaptive->common[2 * i + 1];
		if (value->value < 0)
			continue;
		rows[count++] = (struct adaptive_common){i, RISK_HALVES, value->seen == 0};
		rows[count++] = (struct adaptive_common){value->value, RISK_HALVES, 0};
	}
	return adaptive_sql_add(ctx, rows, count);
}

/* Once for a person and prefix, also when the profile had to make room for others and has forgotten
 * it. It stays when it turns out not to have been the person: one of five says nothing. */
static enum err count_colleague(struct ctx *ctx, const struct adaptive *adaptive)
{
	const struct adaptive_colleague one = colleague_of(adaptive);

	return !adaptive->counted && risk_is_new_colleague(&adaptive->record.facts)
		       ? adaptive_sql_colleague_add(ctx, &one)
		       : ERR_OK;
}

static enum err save(struct ctx *ctx, const struct uuid *user_id,
		     const struct risk_profile *profile)
{
	uint8_t bytes[RISK_PROFILE_BYTES];

	risk_profile_write(profile, bytes);
	return adaptive_sql_save(ctx, user_id, (struct block){bytes, sizeof(bytes)});
}

enum err adaptive_learn(struct ctx *ctx, const struct adaptive *adaptive, struct past *past)
{
	struct risk_profile profile = adaptive->profile;

	past->look = &adaptive->look;
	past->learned = true;
	past->taught = risk_learn(&profile, &adaptive->look);
	past->for_all = risk_counts_for_all(&adaptive->profile, adaptive->look.day);
	enum err err = save(ctx, &adaptive->user_id, &profile);
	if (err == ERR_OK && past->for_all)
		err = add_to_all(ctx, adaptive);
	if (err == ERR_OK)
		err = count_colleague(ctx, adaptive);
	if (err == ERR_OK)
		err = adaptive_count(ctx, &adaptive->record.facts, adaptive->record.decision.score,
				     adaptive->look.day);
	return err;
}

/* Nobody's: *out_there stays false. */
static enum err load(struct ctx *ctx, const struct uuid *user_id, struct risk_profile *out,
		     bool *out_there)
{
	struct block stored;
	enum err err = adaptive_sql_profile(ctx, user_id, &stored);

	if (err == ERR_OK && stored.len)
		*out_there = risk_profile_read(stored.data, stored.len, out);
	return err;
}

static enum err take_from_all(struct ctx *ctx, const struct risk_look *look)
{
	struct adaptive adaptive = {.look = *look};
	struct adaptive_common rows[ADAPTIVE_VALUES];
	struct risk_around around = {.role = RISK_USER};
	size_t count = 0;
	enum err err = look_at_all(ctx, &adaptive, &around);

	for (int i = 0; i < RISK_LEVELS && err == ERR_OK; i++) {
		const struct adaptive_common *all = &adaptive.common[2 * i], *one = all + 1;
		if (one->value < 0)
			continue;
		/* Once nobody has shown it, it is no value of anybody. */
		rows[count++] = (struct adaptive_common){i, RISK_HALVES, one->seen == RISK_HALVES};
		rows[count++] = (struct adaptive_common){one->value, RISK_HALVES, 0};
	}
	return err == ERR_OK ? adaptive_sql_take(ctx, rows, count) : err;
}

enum err adaptive_forget(struct ctx *ctx, const struct past *past)
{
	struct risk_profile profile = {0};
	bool there = false;
	enum err err = load(ctx, &past->user_id, &profile, &there);

	if (err == ERR_OK && there) {
		risk_forget(&profile, past->look, past->taught);
		err = save(ctx, &past->user_id, &profile);
	}
	return err == ERR_OK && past->for_all ? take_from_all(ctx, past->look) : err;
}

enum err adaptive_teach(struct ctx *ctx, const struct uuid *user_id, const struct risk_look *look)
{
	struct risk_profile profile = {0};
	bool there = false;
	enum err err = load(ctx, user_id, &profile, &there);

	if (err != ERR_OK)
		return err;
	risk_teach(&profile, look);
	return save(ctx, user_id, &profile);
}
