/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/source.h"

#include <arpa/inet.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { WAYS = 8, UNIT = 256, KEPT_FAILS = 4 };
enum { BAN_SECONDS = 300, BAN_SECONDS_MAX = 3600, STRIKES_MAX = 8, KEPT_BYTES = 128 };
static const int64_t second_us = 1000000, step_us = 300 * INT64_C(1000000),
		     hour_us = 3600 * INT64_C(1000000), strikes_us = 24 * 3600 * INT64_C(1000000);

/* Per level: how large its table is, and when it is banned. A ban needs the failures to be nearly
 * all there is, so that an office where others sign in is none; 25 times as many need nothing else.
 */
static const struct level {
	uint32_t sets, fails, users;
	uint8_t bits4, bits6; /* of the prefix; 0: none */
} levels[SOURCE_LEVELS] = {
	[SOURCE_ADDRESS] = {1024, 20, 0, 32, 64},
	[SOURCE_NETWORK] = {512, 100, 20, 24, 56},
	[SOURCE_SITE] = {128, 400, 50, 0, 48},
};

struct key {
	uint8_t family, bits;
	uint8_t address[8]; /* the first bytes: a prefix is never longer */
};

struct entry {
	struct key key;			   /* family 0: free */
	uint8_t strikes;		   /* bans so far */
	uint32_t hour;			   /* of users[0] */
	uint32_t attempts, fails, unknown; /* in 1/UNIT */
	int64_t decayed_at, banned_at, banned_until;
	struct hll users[2]; /* this hour, the one before */
};

struct sources {
	uint8_t key[crypto_shorthash_KEYBYTES];
	struct entry *tables[SOURCE_LEVELS];
};

struct sources *sources_new(const uint8_t key[16])
{
	struct sources *sources = calloc(1, sizeof(*sources));

	if (!sources)
		return NULL;
	memcpy(sources->key, key, sizeof(sources->key));
	for (int i = 0; i < SOURCE_LEVELS; i++) {
		sources->tables[i] = calloc((size_t)levels[i].sets * WAYS, sizeof(struct entry));
		if (!sources->tables[i]) {
			sources_free(sources);
			return NULL;
		}
	}
	return sources;
}

void sources_free(struct sources *sources)
{
	if (!sources)
		return;
	for (int i = 0; i < SOURCE_LEVELS; i++)
		free(sources->tables[i]);
	free(sources);
}

static void cut(struct key *key, const uint8_t *address, uint8_t bits)
{
	key->bits = bits;
	memcpy(key->address, address, bits / 8);
}

/* False: this level does not exist for it. */
static bool key_of(const char *peer, enum source_level level, struct key *out)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	uint8_t address[16];

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, peer, address) == 1) {
		out->family = 4;
		cut(out, address, levels[level].bits4);
	} else if (inet_pton(AF_INET6, peer, address) == 1) {
		bool is_four = memcmp(address, mapped, sizeof(mapped)) == 0;
		out->family = is_four ? 4 : 6;
		cut(out, is_four ? address + 12 : address,
		    is_four ? levels[level].bits4 : levels[level].bits6);
	}
	return out->bits > 0;
}

static struct entry *set_of(const struct sources *sources, enum source_level level,
			    const struct key *key)
{
	uint8_t hash[crypto_shorthash_BYTES];
	uint64_t number;

	crypto_shorthash(hash, (const uint8_t *)key, sizeof(*key), sources->key);
	memcpy(&number, hash, sizeof(number));
	return sources->tables[level] + number % levels[level].sets * WAYS;
}

static struct entry *find(const struct sources *sources, enum source_level level,
			  const struct key *key)
{
	struct entry *set = set_of(sources, level, key);

	for (int i = 0; i < WAYS; i++)
		if (memcmp(&set[i].key, key, sizeof(*key)) == 0)
			return &set[i];
	return NULL;
}

/* Half-life one hour, in steps of five minutes: 2^(-1/12) is 61858/65536. */
static uint32_t faded(uint32_t value, int64_t steps)
{
	if (steps >= 12 * 32)
		return 0;
	value >>= steps / 12;
	for (int64_t i = steps % 12; i > 0; i--)
		value = (uint32_t)((uint64_t)value * 61858 >> 16);
	return value;
}

static void fade(struct entry *entry, int64_t now)
{
	int64_t steps = (now - entry->decayed_at) / step_us;
	uint32_t hour = (uint32_t)(now / hour_us);

	if (steps > 0) {
		entry->attempts = faded(entry->attempts, steps);
		entry->fails = faded(entry->fails, steps);
		entry->unknown = faded(entry->unknown, steps);
		entry->decayed_at += steps * step_us;
	}
	if (hour == entry->hour)
		return;
	entry->users[1] = entry->users[0];
	if (hour != entry->hour + 1)
		memset(&entry->users[1], 0, sizeof(entry->users[1]));
	memset(&entry->users[0], 0, sizeof(entry->users[0]));
	entry->hour = hour;
}

/* Who gives way sooner is lower. */
static int64_t weight(const struct entry *entry, int64_t now)
{
	if (entry->key.family == 0)
		return -1;
	/* Above every count; among themselves the one that ends first. */
	if (entry->banned_until > now)
		return INT64_MAX / 2 + entry->banned_until / 2;
	return faded(entry->fails, (now - entry->decayed_at) / step_us);
}

static struct entry *find_or_make(struct sources *sources, enum source_level level,
				  const struct key *key, int64_t now)
{
	struct entry *found = find(sources, level, key);
	struct entry *set = set_of(sources, level, key), *lightest = set;

	if (found)
		return found;
	for (int i = 1; i < WAYS; i++)
		if (weight(&set[i], now) < weight(lightest, now))
			lightest = &set[i];
	memset(lightest, 0, sizeof(*lightest));
	lightest->key = *key;
	lightest->decayed_at = now;
	lightest->hour = (uint32_t)(now / hour_us);
	return lightest;
}

static uint32_t whole(uint32_t value)
{
	return (value + UNIT / 2) / UNIT;
}

static void show(const struct entry *entry, int64_t now, struct source_seen *out)
{
	struct entry aged = *entry;

	fade(&aged, now);
	hll_merge(&aged.users[0], &aged.users[1]);
	*out = (struct source_seen){
		.attempts = whole(aged.attempts),
		.fails = whole(aged.fails),
		.unknown = whole(aged.unknown),
		.users = hll_count(&aged.users[0]),
		.banned_s =
			aged.banned_until > now
				? (uint32_t)((aged.banned_until - now + second_us - 1) / second_us)
				: 0};
}

void sources_look(const struct sources *sources, const char *peer, int64_t now,
		  struct source_seen out[SOURCE_LEVELS])
{
	memset(out, 0, SOURCE_LEVELS * sizeof(*out));
	for (int i = 0; i < SOURCE_LEVELS; i++) {
		struct key key;
		const struct entry *entry = key_of(peer, (enum source_level)i, &key)
						    ? find(sources, (enum source_level)i, &key)
						    : NULL;
		if (entry)
			show(entry, now, &out[i]);
	}
}

static void add(uint32_t *counter)
{
	if (*counter <= UINT32_MAX - UNIT)
		*counter += UNIT;
}

static bool is_too_much(const struct source_seen *seen, const struct level *level)
{
	if (seen->banned_s > 0 || seen->fails < level->fails || seen->users < level->users)
		return false;
	return seen->fails >= 25 * level->fails ||
	       (uint64_t)seen->fails * 100 >= (uint64_t)seen->attempts * 90;
}

static void describe(const struct entry *entry, int64_t now, struct source_ban *out)
{
	uint8_t address[16] = {0};
	char text[INET6_ADDRSTRLEN] = "";

	memcpy(address, entry->key.address, sizeof(entry->key.address));
	(void)inet_ntop(entry->key.family == 4 ? AF_INET : AF_INET6, address, text, sizeof(text));
	(void)snprintf(out->prefix, sizeof(out->prefix), "%s/%u", text, entry->key.bits);
	show(entry, now, &out->seen);
	out->seconds = out->seen.banned_s;
}

/* Half of what it was banned for is forgiven with the ban: the next comes sooner than the first. */
static void ban(struct entry *entry, int64_t now)
{
	if (entry->strikes > 0 && now - entry->banned_at > strikes_us)
		entry->strikes = 0;
	int64_t seconds = (int64_t)BAN_SECONDS << entry->strikes;
	entry->strikes += entry->strikes < STRIKES_MAX;
	entry->banned_at = now;
	entry->banned_until =
		now + (seconds > BAN_SECONDS_MAX ? BAN_SECONDS_MAX : seconds) * second_us;
	entry->fails /= 2;
	entry->attempts /= 2;
	entry->unknown /= 2;
}

static void note_in(struct entry *entry, const struct source_note *note, int64_t now)
{
	fade(entry, now);
	add(&entry->attempts);
	if (!note->failed)
		return;
	add(&entry->fails);
	if (note->unknown)
		add(&entry->unknown);
	hll_add(&entry->users[0], note->user);
}

int sources_count(struct sources *sources, const char *peer, const struct source_note *note,
		  int64_t now, struct source_ban out[SOURCE_LEVELS])
{
	int bans = 0;

	for (int i = 0; i < SOURCE_LEVELS; i++) {
		struct key key;
		struct source_seen seen;
		if (!key_of(peer, (enum source_level)i, &key))
			continue;
		struct entry *entry = find_or_make(sources, (enum source_level)i, &key, now);
		note_in(entry, note, now);
		show(entry, now, &seen);
		if (!note->failed || !is_too_much(&seen, &levels[i]))
			continue;
		ban(entry, now);
		describe(entry, now, &out[bans]);
		out[bans++].seen = seen;
	}
	return bans;
}

static unsigned end_ban(struct entry *entry, int64_t now)
{
	bool was_on = entry && entry->banned_until > now;

	if (was_on)
		memset(entry, 0, sizeof(*entry));
	return was_on;
}

unsigned sources_clear(struct sources *sources, const char *peer, int64_t now)
{
	unsigned count = 0;

	for (int i = 0; i < SOURCE_LEVELS; i++) {
		struct key key;
		if (peer && key_of(peer, (enum source_level)i, &key))
			count += end_ban(find(sources, (enum source_level)i, &key), now);
		for (size_t at = 0; !peer && at < (size_t)levels[i].sets * WAYS; at++)
			count += end_ban(&sources->tables[i][at], now);
	}
	return count;
}

/* Calls fn for each entry in use. */
static void each(const struct sources *sources,
		 void (*fn)(void *arg, enum source_level level, const struct entry *entry),
		 void *arg)
{
	for (int i = 0; i < SOURCE_LEVELS; i++)
		for (size_t at = 0; at < (size_t)levels[i].sets * WAYS; at++)
			if (sources->tables[i][at].key.family != 0)
				fn(arg, (enum source_level)i, &sources->tables[i][at]);
}

struct walk {
	int64_t now;
	void (*fn)(void *arg, const struct source_ban *ban);
	void *arg;
	struct buf *out;
	bool bans; /* this pass is for bans */
};

static void tell_ban(void *arg, enum source_level level, const struct entry *entry)
{
	const struct walk *walk = arg;
	struct source_ban ban;

	(void)level;
	if (entry->banned_until <= walk->now)
		return;
	describe(entry, walk->now, &ban);
	walk->fn(walk->arg, &ban);
}

void sources_bans(const struct sources *sources, int64_t now,
		  void (*fn)(void *arg, const struct source_ban *ban), void *arg)
{
	struct walk walk = {.now = now, .fn = fn, .arg = arg};

	each(sources, tell_ban, &walk);
}

static uint32_t seconds_of(int64_t us)
{
	return us <= 0 ? 0 : (uint32_t)(us / second_us);
}

static void put_entry(void *arg, enum source_level level, const struct entry *entry)
{
	const struct walk *walk = arg;
	struct entry aged = *entry;
	struct buf *out = walk->out;

	fade(&aged, walk->now);
	if ((aged.banned_until > walk->now) != walk->bans ||
	    (!walk->bans && aged.fails < KEPT_FAILS * UNIT) || out->len + KEPT_BYTES > out->limit)
		return;
	hll_merge(&aged.users[0], &aged.users[1]);
	buf_put_u8(out, (uint8_t)level);
	buf_put_u8(out, aged.key.family);
	buf_put_u8(out, aged.key.bits);
	buf_put(out, aged.key.address, sizeof(aged.key.address));
	buf_put_u8(out, aged.strikes);
	buf_put_u32(out, aged.attempts);
	buf_put_u32(out, aged.fails);
	buf_put_u32(out, aged.unknown);
	buf_put_u32(out, aged.strikes ? seconds_of(walk->now - aged.banned_at) : 0);
	buf_put_u32(out, seconds_of(aged.banned_until - walk->now));
	buf_put(out, aged.users[0].rank, HLL_REGISTERS);
}

void sources_put(const struct sources *sources, int64_t now, struct buf *out)
{
	struct walk walk = {.now = now, .out = out, .bans = true};

	each(sources, put_entry, &walk);
	walk.bans = false;
	each(sources, put_entry, &walk);
}

static bool fits(enum source_level level, const struct key *key)
{
	return level < SOURCE_LEVELS && key->bits > 0 &&
	       ((key->family == 4 && key->bits == levels[level].bits4) ||
		(key->family == 6 && key->bits == levels[level].bits6));
}

static void get_hll(struct rd *rd, struct hll *out)
{
	const uint8_t *bytes = rd_bytes(rd, HLL_REGISTERS);

	for (int i = 0; bytes && i < HLL_REGISTERS; i++)
		out->rank[i] = bytes[i] > 59 ? 59 : bytes[i];
}

static bool get_entry(struct sources *sources, struct rd *rd, int64_t now)
{
	struct entry read = {.decayed_at = now, .hour = (uint32_t)(now / hour_us)};
	enum source_level level = (enum source_level)rd_u8(rd);

	read.key.family = rd_u8(rd);
	read.key.bits = rd_u8(rd);
	const uint8_t *address = rd_bytes(rd, sizeof(read.key.address));
	if (address)
		memcpy(read.key.address, address, sizeof(read.key.address));
	read.strikes = rd_u8(rd);
	read.attempts = rd_u32(rd);
	read.fails = rd_u32(rd);
	read.unknown = rd_u32(rd);
	read.banned_at = now - rd_u32(rd) * second_us;
	read.banned_until = now + rd_u32(rd) * second_us;
	get_hll(rd, &read.users[0]);
	if (rd->failed || !fits(level, &read.key) || read.strikes > STRIKES_MAX ||
	    read.banned_until > now + BAN_SECONDS_MAX * second_us)
		return false;
	*find_or_make(sources, level, &read.key, now) = read;
	return true;
}

bool sources_get(struct sources *sources, struct rd *rd, int64_t now)
{
	while (rd_left(rd) > 0)
		if (!get_entry(sources, rd, now))
			return false;
	return !rd->failed;
}
