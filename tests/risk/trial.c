/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/risk/trial.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/verify/decision.h"
#include "auth/risk_budget.h"

enum {
	FIRST_ATTACKED = 3, /* sign-ins before */
	ESTABLISHED = 10,
	MONTH = 30 * 1440,
	POISONED_AT = 20,
	POISON_DAYS = 5,
	DAY_MINUTES = 1440,
	WEEK_DRIFT = 500
};
const double trial_tprs[TPRS] = {.98, .99, .995, .999};
static const int32_t spans[SPANS] = {12, 39};

struct doubles {
	double *at;
	size_t count;
};

/* What was seen of one rightful sign-in. */
struct seen {
	uint32_t user;
	int32_t number; /* 0: the first; -1: an enrolment */
	bool first;	/* without any history */
	double score[SCORES];
	struct risk_decision decision; /* with the key as it was */
	bool stepped_blind;
	bool stepped_short, stepped_strict; /* with other cold starts */
	const struct login *login;
};

struct run {
	struct world world;
	struct baseline *baseline;
	struct ours ours[2]; /* [1] blind */
	int32_t *numbers;    /* sign-ins of each person so far */
	struct seen *seen;
	struct doubles attacks[SCORES][ATTACKERS];
	struct trial *out;
	size_t tried[ATTACKERS], caught[ATTACKERS], stolen[2][ATTACKERS];
	size_t tried_cold[ATTACKERS], stolen_cold[2][ATTACKERS];
	struct decisions decisions; /* made again from their records */
	size_t lies;
	size_t poison_tried, poison_no_key, poison_key;
};

static void push(struct doubles *list, double value)
{
	if ((list->count & (list->count - 1)) == 0) {
		size_t size = list->count ? list->count * 2 : 1;
		list->at = realloc(list->at, size * sizeof(double));
		if (!list->at)
			abort();
	}
	list->at[list->count++] = value;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double quantile(struct doubles *list, double share)
{
	if (list->count == 0)
		return 0;
	qsort(list->at, list->count, sizeof(double), by_value);
	size_t index = (size_t)(share * (double)list->count);
	return list->at[index < list->count ? index : list->count - 1];
}

static double share(size_t part, size_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}

/* --- The stream --- */

static void attack_all(struct run *run, const struct login *last)
{
	for (int kind = 0; kind < ATTACKERS; kind++) {
		struct login login = attack(&run->world, (enum attacker)kind, last);
		push(&run->attacks[BY_BASELINE][kind], baseline_score(run->baseline, &login));
		run->tried[kind]++;
		run->caught[kind] += ours_judge(&run->ours[0], &login, false).action != RISK_ALLOW;
		for (int blind = 0; blind < 2; blind++) {
			struct risk_decision with = ours_judge(&run->ours[blind], &login, true);
			push(&run->attacks[BY_OURS + blind][kind], with.score);
			run->stolen[blind][kind] += with.action != RISK_ALLOW;
		}
	}
}

/* Somebody at the person's provider passes one step-up by deceit, and comes back each day. */
static void poison(struct run *run, const struct login *last)
{
	struct ours *ours = &run->ours[0];
	struct risk_profile before = ours->profiles[last->user];
	struct login login = attack(&run->world, ATTACK_SAME_ISP, last);
	struct risk_look look;

	ours_look(ours, &login, &look);
	risk_learn(&ours->profiles[last->user], &look);
	for (int day = 0; day < POISON_DAYS; day++) {
		login.minute += DAY_MINUTES;
		run->poison_tried++;
		run->poison_no_key += ours_judge(ours, &login, false).action != RISK_ALLOW;
		run->poison_key += ours_judge(ours, &login, true).action != RISK_ALLOW;
	}
	ours->profiles[last->user] = before;
}

/* What a cold start of so many sign-ins would say that steps up whatever is shown. */
static bool steps_up_cold(const struct ours *ours, const struct login *login,
			  const struct risk_decision *decision, int32_t logins)
{
	const struct risk_profile *profile = &ours->profiles[login->user];

	return profile->logins < logins || profile->days < ours->policy.cold_days ||
	       (decision->why & ~RISK_WHY_COLD) != 0;
}

static void attack_cold(struct run *run, const struct login *last)
{
	struct ours *ours = &run->ours[0];

	if (ours->profiles[last->user].logins >= ours->policy.cold_logins)
		return;
	for (int kind = 0; kind < ATTACKERS; kind++) {
		struct login login = attack(&run->world, (enum attacker)kind, last);
		struct risk_decision decision = ours_judge(ours, &login, true);
		run->tried_cold[kind]++;
		run->stolen_cold[0][kind] += decision.action != RISK_ALLOW;
		run->stolen_cold[1][kind] +=
			steps_up_cold(ours, &login, &decision, ours->policy.cold_logins - 1);
	}
}

/* Its event as sekisho-verify reads it, by the same code. */
static void verify(struct run *run, const struct login *login)
{
	struct risk_facts facts;
	struct risk_record record;
	char text[RISK_RECORD_TEXT], leaf[RISK_RECORD_TEXT + 128];

	ours_facts(&run->ours[0], login, login->key, &facts);
	risk_record_make(&facts, &run->ours[0].policy, &record);
	risk_record_write(&record, text);
	int len =
		snprintf(leaf, sizeof(leaf), "{\"data\":{\"risk_action\":\"%s\",\"risk\":\"%s\"}}",
			 risk_action_name((enum risk_action)record.decision.action), text);
	run->lies += !decision_check(leaf, (size_t)len, &run->decisions);
}

static void judge_rightful(struct run *run, struct seen *seen)
{
	const struct login *login = seen->login;
	struct ours *ours = &run->ours[0];

	seen->score[BY_BASELINE] = baseline_score(run->baseline, login);
	seen->decision = ours_judge(ours, login, login->key);
	verify(run, login);
	seen->stepped_strict =
		steps_up_cold(ours, login, &seen->decision, ours->policy.cold_logins);
	seen->stepped_short =
		steps_up_cold(ours, login, &seen->decision, ours->policy.cold_logins - 1);
	for (int blind = 0; blind < 2; blind++) {
		struct risk_decision with = ours_judge(&run->ours[blind], login, true);
		seen->score[BY_OURS + blind] = with.score;
		seen->stepped_blind = with.action != RISK_ALLOW;
		ours_learn(&run->ours[blind], login);
	}
	baseline_learn(run->baseline, login);
}

static void follow(struct run *run)
{
	for (size_t i = 0; i < run->world.count; i++) {
		const struct login *login = &run->world.logins[i];
		struct seen *seen = &run->seen[i];
		*seen = (struct seen){
			.user = login->user, .number = run->numbers[login->user]++, .login = login};
		judge_rightful(run, seen);
		if (run->world.params.habit == HABIT_COMPANY)
			attack_cold(run, login);
		if (seen->number >= FIRST_ATTACKED)
			attack_all(run, login);
		if (seen->number == POISONED_AT)
			poison(run, login);
	}
}

/* --- What it comes to --- */

typedef bool (*test)(const struct run *run, const struct seen *seen, const void *arg);

/* Median over the people who have so many sign-ins of how many of those pass the test. */
static double median_of(const struct run *run, int32_t span, int32_t most, test passes,
			const void *arg)
{
	uint32_t *counts = calloc(run->world.users, sizeof(*counts));
	struct doubles list = {0};

	if (!counts)
		abort();
	for (size_t i = 0; i < run->world.count; i++) {
		const struct seen *seen = &run->seen[i];
		if (seen->number >= 0 && seen->number < span && passes(run, seen, arg))
			counts[seen->user]++;
	}
	for (uint32_t u = 0; u < run->world.users; u++) {
		if (run->numbers[u] >= span && run->numbers[u] < most)
			push(&list, counts[u]);
	}
	double median = quantile(&list, 0.5);
	free(list.at);
	free(counts);
	return median;
}

struct above {
	enum score score;
	double threshold;
};

static bool is_above(const struct run *run, const struct seen *seen, const void *arg)
{
	const struct above *above = arg;

	(void)run;
	return seen->first || seen->score[above->score] >= above->threshold;
}

static bool is_stepped(const struct run *run, const struct seen *seen, const void *arg)
{
	(void)run;
	(void)arg;
	return seen->decision.action != RISK_ALLOW;
}

static bool is_stepped_short(const struct run *run, const struct seen *seen, const void *arg)
{
	(void)run;
	(void)arg;
	return seen->stepped_short;
}

static bool is_stepped_strict(const struct run *run, const struct seen *seen, const void *arg)
{
	(void)run;
	(void)arg;
	return seen->stepped_strict;
}

/* Consumers with 12 sign-ins in the year are others than those with 39: published as two groups. */
static int32_t most_of(const struct run *run, int span)
{
	return run->world.params.habit == HABIT_CONSUMER && span == 0 ? spans[1] : INT32_MAX;
}

static void count_asked(struct run *run)
{
	for (int score = 0; score < SCORES; score++) {
		for (int kind = 0; kind < ATTACKERS; kind++) {
			for (int t = 0; t < TPRS; t++) {
				struct above above = {
					(enum score)score,
					quantile(&run->attacks[score][kind], 1 - trial_tprs[t])};
				for (int s = 0; s < SPANS; s++)
					run->out->asked[score][kind][t][s] = median_of(
						run, spans[s], most_of(run, s), is_above, &above);
			}
		}
	}
	for (int s = 0; s < SPANS; s++) {
		run->out->floor_median[s] = median_of(run, spans[s], INT32_MAX, is_stepped, NULL);
		run->out->short_median[s] =
			median_of(run, spans[s], INT32_MAX, is_stepped_short, NULL);
		run->out->strict_median[s] =
			median_of(run, spans[s], INT32_MAX, is_stepped_strict, NULL);
	}
}

static void count_rightful(struct run *run)
{
	size_t all = 0, change = 0, stepped = 0, blocked = 0, stepped_change = 0, published = 0;
	size_t keyed = 0, extra[2] = {0}, early[SPANS] = {0}, early_stepped[SPANS] = {0};
	double threshold = quantile(&run->attacks[BY_BASELINE][ATTACK_ANYWHERE], 0.01);

	for (size_t i = 0; i < run->world.count; i++) {
		const struct seen *seen = &run->seen[i];
		bool step = seen->decision.action != RISK_ALLOW;
		for (int s = 0; s < SPANS; s++) {
			early[s] += seen->number >= 0 && seen->number < spans[s];
			early_stepped[s] += seen->number >= 0 && seen->number < spans[s] && step;
		}
		if (seen->number < ESTABLISHED)
			continue;
		all++;
		stepped += step;
		blocked += seen->decision.action == RISK_BLOCK;
		change += seen->login->change;
		stepped_change += seen->login->change && step;
		published += seen->score[BY_BASELINE] >= threshold;
		keyed += seen->login->key;
		extra[0] += seen->login->key && step;
		extra[1] += seen->login->key && seen->stepped_blind;
	}
	for (int s = 0; s < SPANS; s++)
		run->out->floor_share[s] = share(early_stepped[s], early[s]);
	run->out->stepped = share(stepped, all);
	run->out->blocked = share(blocked, all);
	run->out->stepped_change = share(stepped_change, change);
	run->out->stepped_quiet = share(stepped - stepped_change, all - change);
	run->out->baseline_stepped = share(published, all);
	for (int blind = 0; blind < 2; blind++)
		run->out->extra[blind] = share(extra[blind], keyed);
}

static bool in_month(const struct seen *seen)
{
	return seen->number >= 0 && seen->login->minute < MONTH &&
	       seen->decision.action != RISK_ALLOW;
}

/* From the office's new network, with the key: asked for nothing but the move. */
static bool by_move(const struct seen *seen)
{
	return seen->login->moved && seen->login->key && !seen->login->change &&
	       seen->decision.action != RISK_ALLOW;
}

static void per_person(struct run *run, bool (*passes)(const struct seen *seen), bool moved,
		       struct doubles *out)
{
	double *counts = calloc(run->world.users, sizeof(*counts));
	bool *counted = calloc(run->world.users, sizeof(*counted));

	if (!counts || !counted)
		abort();
	for (size_t i = 0; i < run->world.count; i++) {
		counted[run->seen[i].user] |= !moved || run->seen[i].login->moved;
		counts[run->seen[i].user] += passes(&run->seen[i]);
	}
	for (uint32_t u = 0; u < run->world.users; u++) {
		if (counted[u])
			push(out, counts[u]);
	}
	free(counts);
	free(counted);
}

static void count_people(struct run *run)
{
	struct doubles month = {0}, moved = {0};
	size_t above = 0;

	per_person(run, in_month, false, &month);
	per_person(run, by_move, true, &moved);
	for (size_t i = 0; i < moved.count; i++)
		above += moved.at[i] > 1;
	run->out->month_median = quantile(&month, 0.5);
	run->out->month_most = quantile(&month, 0.95);
	run->out->moved_median = quantile(&moved, 0.5);
	run->out->moved_most = quantile(&moved, 1);
	run->out->moved_above_one = share(above, moved.count);
	free(month.at);
	free(moved.at);
}

static void count_agents(struct run *run)
{
	size_t same = 0, pairs = 0;

	for (size_t i = 1; i < run->world.count; i++) {
		const struct login *a = &run->world.logins[i - 1], *b = &run->world.logins[i];
		pairs += a->user != b->user;
		same += a->user != b->user && a->agent == b->agent;
	}
	run->out->same_agent = share(same, pairs);
}

static void count_attacks(struct run *run)
{
	for (int kind = 0; kind < ATTACKERS; kind++) {
		run->out->caught[kind] = share(run->caught[kind], run->tried[kind]);
		run->out->attacks += run->tried[kind];
		for (int blind = 0; blind < 2; blind++)
			run->out->stolen[blind][kind] =
				share(run->stolen[blind][kind], run->tried[kind]);
		for (int rule = 0; rule < 2; rule++)
			run->out->stolen_cold[rule][kind] =
				share(run->stolen_cold[rule][kind], run->tried_cold[kind]);
	}
	run->out->poisoned_no_key = share(run->poison_no_key, run->poison_tried);
	run->out->poisoned_key = share(run->poison_key, run->poison_tried);
	run->out->logins = run->world.count;
	run->out->same = run->lies ? 0 : share(run->decisions.same, run->world.count);
}

static void run_free(struct run *run)
{
	for (int score = 0; score < SCORES; score++) {
		for (int kind = 0; kind < ATTACKERS; kind++)
			free(run->attacks[score][kind].at);
	}
	ours_free(&run->ours[0]);
	ours_free(&run->ours[1]);
	baseline_free(run->baseline);
	free(run->numbers);
	free(run->seen);
	world_free(&run->world);
}

void trial_run(const struct params *params, const struct risk_policy policies[2], bool offices,
	       struct trial *out)
{
	struct run run = {.out = out, .baseline = baseline_new()};

	*out = (struct trial){0};
	world_make(&run.world, params);
	run.numbers = calloc(run.world.users, sizeof(*run.numbers));
	run.seen = calloc(run.world.count, sizeof(*run.seen));
	if (!run.numbers || !run.seen)
		abort();
	/* Who works somewhere begins with an enrolment, which is no re-authentication. */
	for (uint32_t u = 0; u < run.world.users; u++)
		run.numbers[u] = params->habit == HABIT_COMPANY ? -1 : 0;
	ours_init(&run.ours[0], run.world.users, true, &policies[0]);
	ours_init(&run.ours[1], run.world.users, false, &policies[1]);
	run.ours[0].offices = run.ours[1].offices = offices;
	follow(&run);
	count_asked(&run);
	count_rightful(&run);
	count_people(&run);
	count_attacks(&run);
	count_agents(&run);
	run_free(&run);
}

static int32_t settle(const struct risk_histogram *histogram, uint32_t budget)
{
	int32_t threshold = 0;

	/* The product moves by no more in a week. */
	for (int week = 0; week < 2 * RISK_STEPS * RISK_STEP / WEEK_DRIFT; week++)
		threshold = risk_budget_threshold(histogram, budget, threshold, WEEK_DRIFT);
	return threshold;
}

void trial_thresholds(const struct params *params, bool lookup, uint32_t step, uint32_t block,
		      struct risk_policy *policy)
{
	struct risk_histogram *histogram = calloc(1, sizeof(*histogram));
	struct world world;
	struct ours ours;

	if (!histogram)
		abort();
	world_make(&world, params);
	ours_init(&ours, world.users, lookup, policy);
	for (size_t i = 0; i < world.count; i++) {
		const struct login *login = &world.logins[i];
		if (login->key && ours.profiles[login->user].logins >= ESTABLISHED)
			risk_budget_add(histogram, ours_judge(&ours, login, true).score);
		ours_learn(&ours, login);
	}
	for (int role = 0; role < RISK_ROLES; role++) {
		policy->challenge[role] = settle(histogram, step);
		policy->block[role] = settle(histogram, block);
	}
	ours_free(&ours);
	world_free(&world);
	free(histogram);
}
