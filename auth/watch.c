/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/watch.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "auth/spray.h"
#include "base/sys.h"

enum { SPRAY_USERS = 5, RATE_LEAST = 30, RATE_SIGMAS = 6, NEWS = 64 };
enum { STUFFED_ATTEMPTS = 100, STUFFED_USERS = 50, STUFFED_PERCENT = 95, STUFFED_TRIES = 2 };
enum { VERSION = 1 };
enum { PACED = 64, PACE_MAX_US = 1000000 };
static const int64_t second_us = 1000000, minute_us = 60 * INT64_C(1000000),
		     half_us = 300 * INT64_C(1000000), quiet_us = 900 * INT64_C(1000000);

/* What a campaign leaves to unknown devices: places a second, and how many at once. Whoever has
 * not failed yet has more than those who have. */
static const struct budget {
	int64_t each_us, burst;
} budgets[2] = {{1000000, 4}, {4000000, 2}};

/* Five minutes of attempts from unknown devices. */
struct half {
	int64_t number;
	uint32_t attempts, fails;
	struct hll users;
};

/* Failures a minute, and what is usual: an average that forgets in an hour, and its spread. */
struct rate {
	int64_t minute;
	uint32_t now;
	double mean, variance;
};

struct watch {
	pthread_mutex_t lock;
	struct sources *sources;
	struct spray *spray;
	struct half halves[2]; /* this one, the one before */
	struct rate rate;
	struct watch_campaign campaign, over; /* over: told as ended, or to be told */
	struct hll users, origins;	      /* of the campaign */
	bool untold_start, untold_end;
	struct source_ban bans[NEWS];
	uint32_t ban_count, unsaid;
	int64_t full_at[2];  /* of budgets: when all places are free again */
	int64_t took[PACED]; /* a ring; 0: not yet */
	unsigned took_next;
	uint8_t key[16];
};

struct watch *watch_new(void)
{
	struct watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return NULL;
	sys_random(watch->key, sizeof(watch->key));
	pthread_mutex_init(&watch->lock, NULL);
	watch->sources = sources_new(watch->key);
	watch->spray = spray_new();
	if (watch->sources && watch->spray)
		return watch;
	watch_free(watch);
	return NULL;
}

void watch_free(struct watch *watch)
{
	if (!watch)
		return;
	sources_free(watch->sources);
	spray_free(watch->spray);
	pthread_mutex_destroy(&watch->lock);
	free(watch);
}

static void end_if_quiet(struct watch *watch, int64_t now)
{
	struct watch_campaign *campaign = &watch->campaign;

	if (!campaign->is_on || now - campaign->last_at < quiet_us)
		return;
	campaign->is_on = false;
	watch->over = *campaign;
	watch->untold_end = true;
}

static void turn_halves(struct watch *watch, int64_t now)
{
	int64_t number = now / half_us;

	if (number == watch->halves[0].number)
		return;
	watch->halves[1] =
		number == watch->halves[0].number + 1 ? watch->halves[0] : (struct half){0};
	watch->halves[0] = (struct half){.number = number};
}

/* An attack teaches nothing about what is usual. */
static void turn_minute(struct watch *watch, int64_t now)
{
	struct rate *rate = &watch->rate;
	int64_t minute = now / minute_us;

	for (int i = 0; rate->minute < minute && i < 240; i++, rate->minute++) {
		double off = rate->now - rate->mean;
		if (!watch->campaign.is_on) {
			rate->mean += off / 60;
			rate->variance += (off * off - rate->variance) / 60;
		}
		rate->now = 0;
	}
	rate->minute = minute;
}

static void turn(struct watch *watch, int64_t now)
{
	turn_minute(watch, now);
	turn_halves(watch, now);
	end_if_quiet(watch, now);
}

static bool take_place(struct watch *watch, int64_t now, bool has_failed)
{
	const struct budget *budget = &budgets[has_failed];
	int64_t *full_at = &watch->full_at[has_failed];
	int64_t base = *full_at > now ? *full_at : now;

	if (base + budget->each_us - now > budget->burst * budget->each_us)
		return false;
	*full_at = base + budget->each_us;
	return true;
}

void watch_look(struct watch *watch, const struct watch_try *attempt, bool places, int64_t now,
		struct guess *guess)
{
	pthread_mutex_lock(&watch->lock);
	turn(watch, now);
	sources_look(watch->sources, attempt->peer, now, guess->source);
	guess->per_minute = watch->rate.now;
	guess->campaign = watch->campaign.is_on ? watch->campaign.kinds : 0;
	guess->crowded = places && guess->campaign != 0 && attempt->lane == LANE_UNKNOWN &&
			 guess_before(guess)->action == GUESS_CONTINUE &&
			 !take_place(watch, now, guess_has_failed(guess));
	pthread_mutex_unlock(&watch->lock);
}

void watch_took(struct watch *watch, int64_t took_us)
{
	pthread_mutex_lock(&watch->lock);
	watch->took[watch->took_next] = took_us < PACE_MAX_US ? took_us : PACE_MAX_US;
	watch->took_next = (watch->took_next + 1) % PACED;
	pthread_mutex_unlock(&watch->lock);
}

int64_t watch_pace(struct watch *watch, int64_t at_first_us)
{
	int64_t longest = 0;

	pthread_mutex_lock(&watch->lock);
	for (unsigned i = 0; i < PACED; i++) {
		int64_t took = watch->took[i] > 0 ? watch->took[i] : at_first_us;
		longest = took > longest ? took : longest;
	}
	pthread_mutex_unlock(&watch->lock);
	return longest < PACE_MAX_US ? longest : PACE_MAX_US;
}

static bool is_unusual(const struct rate *rate)
{
	double spread = sqrt(rate->variance);

	return rate->now >= RATE_LEAST &&
	       rate->now > rate->mean + RATE_SIGMAS * (spread < 2 ? 2 : spread);
}

/* Many names, few tries each, hardly any success. */
static bool is_stuffed(const struct watch *watch)
{
	const struct half *a = &watch->halves[0], *b = &watch->halves[1];
	uint32_t attempts = a->attempts + b->attempts, fails = a->fails + b->fails;
	struct hll users = a->users;

	hll_merge(&users, &b->users);
	uint32_t count = hll_count(&users);
	return attempts >= STUFFED_ATTEMPTS && count >= STUFFED_USERS &&
	       attempts <= STUFFED_TRIES * count &&
	       (uint64_t)fails * 100 > (uint64_t)attempts * STUFFED_PERCENT;
}

static void show_campaign(struct watch *watch, unsigned kinds, int64_t now)
{
	struct watch_campaign *campaign = &watch->campaign;

	if (kinds == 0)
		return;
	if (!campaign->is_on) {
		*campaign =
			(struct watch_campaign){.id = uuid_v7(), .is_on = true, .started_at = now};
		memset(&watch->users, 0, sizeof(watch->users));
		memset(&watch->origins, 0, sizeof(watch->origins));
		watch->untold_start = true;
	}
	campaign->kinds |= kinds;
	campaign->last_at = now;
}

/* FNV-1a: the cells only count, nobody gains by a collision. */
static uint64_t origin_of(const struct watch *watch, const char *peer)
{
	uint64_t hash;

	memcpy(&hash, watch->key, sizeof(hash));
	for (; *peer; peer++)
		hash = (hash ^ (uint8_t)*peer) * UINT64_C(1099511628211);
	return hash ^ hash >> 32;
}

static void count_in_campaign(struct watch *watch, const struct watch_try *attempt)
{
	if (!watch->campaign.is_on)
		return;
	watch->campaign.attempts++;
	hll_add(&watch->users, attempt->user);
	hll_add(&watch->origins, origin_of(watch, attempt->peer));
	watch->campaign.users = hll_count(&watch->users);
	watch->campaign.sources = hll_count(&watch->origins);
}

static void keep_bans(struct watch *watch, const struct source_ban *bans, int count)
{
	for (int i = 0; i < count; i++) {
		if (watch->ban_count < NEWS)
			watch->bans[watch->ban_count++] = bans[i];
		else
			watch->unsaid++;
	}
}

static void count_source(struct watch *watch, const struct watch_try *attempt, bool failed,
			 int64_t now)
{
	struct source_ban bans[SOURCE_LEVELS];
	const struct source_note note = {attempt->user, failed, attempt->unknown};
	int count = sources_count(watch->sources, attempt->peer, &note, now, bans);

	keep_bans(watch, bans, count);
}

static void count_stranger(struct watch *watch, const struct watch_try *attempt, bool failed)
{
	struct half *half = &watch->halves[0];

	if (attempt->lane != LANE_UNKNOWN)
		return;
	half->attempts++;
	hll_add(&half->users, attempt->user);
	if (!failed)
		return;
	half->fails++;
	watch->rate.now++;
}

/* Refused before it was looked at: it says nothing more about its source, and a ban must end. */
static bool was_looked_at(const struct guess *guess)
{
	const struct guess_rule *rule = guess_before(guess);

	return rule->action == GUESS_CONTINUE || guess->wait_s > 0;
}

void watch_failed(struct watch *watch, const struct watch_try *attempt,
		  const struct secret *password, int64_t now, struct guess *guess)
{
	if (attempt->lane == LANE_DEVICE)
		return;
	pthread_mutex_lock(&watch->lock);
	turn(watch, now);
	if (was_looked_at(guess))
		count_source(watch, attempt, true, now);
	count_stranger(watch, attempt, true);
	if (password && attempt->lane == LANE_UNKNOWN)
		guess->same = spray_count(watch->spray, password, attempt->user, now);
	show_campaign(watch,
		      (guess->same >= SPRAY_USERS ? GUESS_SPRAY : 0U) |
			      (is_stuffed(watch) ? GUESS_STUFFING : 0U) |
			      (is_unusual(&watch->rate) ? GUESS_RATE : 0U),
		      now);
	count_in_campaign(watch, attempt);
	pthread_mutex_unlock(&watch->lock);
}

void watch_passed(struct watch *watch, const struct watch_try *attempt, int64_t now,
		  const struct guess *guess)
{
	pthread_mutex_lock(&watch->lock);
	turn(watch, now);
	count_source(watch, attempt, false, now);
	count_stranger(watch, attempt, false);
	if (guess->campaign != 0 && attempt->lane != LANE_DEVICE)
		watch->campaign.accepted++;
	pthread_mutex_unlock(&watch->lock);
}

bool watch_news(struct watch *watch, int64_t now, struct watch_news *out)
{
	memset(out, 0, sizeof(*out));
	pthread_mutex_lock(&watch->lock);
	turn(watch, now);
	out->campaign = watch->campaign;
	out->over = watch->over;
	out->started = watch->untold_start;
	out->ended = watch->untold_end;
	while (out->ban_count < 8 && (uint32_t)out->ban_count < watch->ban_count) {
		out->bans[out->ban_count] = watch->bans[out->ban_count];
		out->ban_count++;
	}
	out->unsaid = watch->unsaid;
	pthread_mutex_unlock(&watch->lock);
	return out->started || out->ended || out->ban_count > 0;
}

void watch_told(struct watch *watch, const struct watch_news *news)
{
	pthread_mutex_lock(&watch->lock);
	watch->untold_start &= !news->started;
	watch->untold_end &= !news->ended;
	watch->ban_count -= (uint32_t)news->ban_count;
	memmove(watch->bans, watch->bans + news->ban_count,
		watch->ban_count * sizeof(watch->bans[0]));
	watch->unsaid -= news->unsaid;
	pthread_mutex_unlock(&watch->lock);
}

unsigned watch_clear_bans(struct watch *watch, const char *peer, int64_t now)
{
	pthread_mutex_lock(&watch->lock);
	unsigned count = sources_clear(watch->sources, peer, now);
	pthread_mutex_unlock(&watch->lock);
	return count;
}

void watch_bans(struct watch *watch, int64_t now,
		void (*fn)(void *arg, const struct source_ban *ban), void *arg)
{
	pthread_mutex_lock(&watch->lock);
	sources_bans(watch->sources, now, fn, arg);
	pthread_mutex_unlock(&watch->lock);
}

static void put_campaign(const struct watch_campaign *campaign, int64_t now, struct buf *out)
{
	buf_put(out, campaign->id.b, UUID_SIZE);
	buf_put_u8(out, (uint8_t)campaign->kinds);
	buf_put_u8(out, campaign->is_on);
	buf_put_u32(out, (uint32_t)((now - campaign->started_at) / second_us));
	buf_put_u32(out, (uint32_t)((now - campaign->last_at) / second_us));
	buf_put_u32(out, campaign->attempts);
	buf_put_u32(out, campaign->accepted);
}

void watch_put(struct watch *watch, int64_t now, struct buf *out)
{
	pthread_mutex_lock(&watch->lock);
	turn(watch, now);
	buf_put_u8(out, VERSION);
	put_campaign(&watch->campaign, now, out);
	buf_put(out, watch->users.rank, HLL_REGISTERS);
	buf_put(out, watch->origins.rank, HLL_REGISTERS);
	buf_put_u32(out, (uint32_t)lround(watch->rate.mean * 1000));
	buf_put_u32(out, (uint32_t)lround(watch->rate.variance * 1000));
	sources_put(watch->sources, now, out);
	pthread_mutex_unlock(&watch->lock);
}

static void get_campaign(struct rd *rd, int64_t now, struct watch_campaign *out)
{
	const uint8_t *id = rd_bytes(rd, UUID_SIZE);

	if (id)
		memcpy(out->id.b, id, UUID_SIZE);
	out->kinds = rd_u8(rd) & (GUESS_SPRAY | GUESS_STUFFING | GUESS_RATE);
	out->is_on = rd_u8(rd) != 0;
	out->started_at = now - rd_u32(rd) * second_us;
	out->last_at = now - rd_u32(rd) * second_us;
	out->attempts = rd_u32(rd);
	out->accepted = rd_u32(rd);
}

static void get_ranks(struct rd *rd, struct hll *out)
{
	const uint8_t *ranks = rd_bytes(rd, HLL_REGISTERS);

	for (int i = 0; ranks && i < HLL_REGISTERS; i++)
		out->rank[i] = ranks[i] > 59 ? 59 : ranks[i];
}

bool watch_get(struct watch *watch, struct block bytes, int64_t now)
{
	struct rd rd = rd_of(bytes.data, bytes.len);
	struct watch_campaign campaign = {0};
	struct hll users = {{0}}, origins = {{0}};

	if (rd_u8(&rd) != VERSION)
		return false;
	get_campaign(&rd, now, &campaign);
	get_ranks(&rd, &users);
	get_ranks(&rd, &origins);
	double mean = rd_u32(&rd) / 1000.0, variance = rd_u32(&rd) / 1000.0;
	if (rd.failed)
		return false;
	pthread_mutex_lock(&watch->lock);
	campaign.users = hll_count(&users);
	campaign.sources = hll_count(&origins);
	watch->campaign = campaign;
	watch->users = users;
	watch->origins = origins;
	watch->rate = (struct rate){now / minute_us, 0, mean, variance};
	bool whole = sources_get(watch->sources, &rd, now);
	pthread_mutex_unlock(&watch->lock);
	return whole;
}
