/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/cmocka_all.h"

#include <sodium.h>
#include <string.h>

#include "auth/spray.h"
#include "auth/watch.h"

/* Sign-ins as one sees them from above, with a clock and an order of our own. */

static const int64_t second = 1000000, minute = 60 * INT64_C(1000000),
		     hour = 3600 * INT64_C(1000000);
static const int64_t start = 1000 * INT64_C(3600000000); /* a full hour */

/* The same numbers in each run. */
static uint64_t state_of_numbers;

static uint64_t number(void)
{
	uint64_t z = state_of_numbers += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static int each_test(void **state)
{
	(void)state;
	state_of_numbers = 20261122;
	return 0;
}

static void few_are_counted_nearly_exactly_and_many_roughly(void **state)
{
	(void)state;
	for (int round = 0; round < 200; round++) {
		struct hll hll = {{0}};
		for (int i = 0; i < 8; i++)
			hll_add(&hll, number());
		assert_in_range(hll_count(&hll), 5, 9);
		for (int i = 8; i < 5000; i++)
			hll_add(&hll, number());
		assert_in_range(hll_count(&hll), 2700, 8000);
	}
}

static struct sources *new_sources(void)
{
	static const uint8_t key[16] = {7};
	struct sources *sources = sources_new(key);

	assert_non_null(sources);
	return sources;
}

/* Returns how many bans that brought. */
static int fail_from(struct sources *sources, const char *peer, int times, int64_t now)
{
	struct source_ban bans[SOURCE_LEVELS];
	int count = 0;

	for (int i = 0; i < times; i++)
		count += sources_count(sources, peer, &(struct source_note){number(), true, false},
				       now, bans);
	return count;
}

static uint32_t banned(struct sources *sources, const char *peer, enum source_level level,
		       int64_t now)
{
	struct source_seen seen[SOURCE_LEVELS];

	sources_look(sources, peer, now, seen);
	return seen[level].banned_s;
}

static void a_source_that_only_fails_is_banned_for_a_while_and_longer_again(void **state)
{
	struct sources *sources = new_sources();

	(void)state;
	assert_int_equal(fail_from(sources, "192.0.2.7", 19, start), 0);
	assert_int_equal(fail_from(sources, "192.0.2.7", 1, start), 1);
	assert_int_equal(banned(sources, "192.0.2.7", SOURCE_ADDRESS, start), 300);
	assert_int_equal(banned(sources, "192.0.2.8", SOURCE_ADDRESS, start), 0);
	assert_int_equal(banned(sources, "192.0.2.7", SOURCE_ADDRESS, start + 299 * second), 1);
	assert_int_equal(banned(sources, "192.0.2.7", SOURCE_ADDRESS, start + 300 * second), 0);
	assert_int_equal(fail_from(sources, "192.0.2.7", 20, start + 301 * second), 1);
	assert_int_equal(banned(sources, "192.0.2.7", SOURCE_ADDRESS, start + 301 * second), 600);
	/* A day later it is the first time again. */
	assert_int_equal(fail_from(sources, "192.0.2.7", 20, start + 26 * hour), 1);
	assert_int_equal(banned(sources, "192.0.2.7", SOURCE_ADDRESS, start + 26 * hour), 300);
	sources_free(sources);
}

static void an_office_where_people_sign_in_is_not_banned(void **state)
{
	struct sources *sources = new_sources();
	struct source_ban bans[SOURCE_LEVELS];

	(void)state;
	for (int i = 0; i < 2000; i++) {
		const struct source_note note = {number(), i % 8 == 0, false};
		assert_int_equal(
			sources_count(sources, "198.51.100.1", &note, start + i * second, bans), 0);
	}
	sources_free(sources);
}

static void many_addresses_of_one_network_ban_the_network(void **state)
{
	struct sources *sources = new_sources();
	char peer[64];

	(void)state;
	for (int i = 1; i <= 120; i++) {
		(void)snprintf(peer, sizeof(peer), "203.0.113.%d", i);
		(void)fail_from(sources, peer, 1, start);
	}
	assert_true(banned(sources, "203.0.113.250", SOURCE_NETWORK, start) > 0);
	assert_int_equal(banned(sources, "203.0.114.1", SOURCE_NETWORK, start), 0);
	for (int i = 1; i <= 500; i++) {
		(void)snprintf(peer, sizeof(peer), "2001:db8:77:%x::%d", i * 64, i);
		(void)fail_from(sources, peer, 1, start);
	}
	assert_true(banned(sources, "2001:db8:77:ffff::1", SOURCE_SITE, start) > 0);
	assert_int_equal(banned(sources, "2001:db8:78::1", SOURCE_SITE, start), 0);
	sources_free(sources);
}

static void an_address_written_in_another_way_is_the_same(void **state)
{
	struct sources *sources = new_sources();

	(void)state;
	(void)fail_from(sources, "::ffff:192.0.2.7", 20, start);
	assert_true(banned(sources, "192.0.2.7", SOURCE_ADDRESS, start) > 0);
	(void)fail_from(sources, "2001:db8::1", 10, start);
	(void)fail_from(sources, "2001:0db8:0:0:ffff::2", 10, start);
	assert_true(banned(sources, "2001:db8::9", SOURCE_ADDRESS, start) > 0);
	assert_int_equal(fail_from(sources, "no address", 100, start), 0);
	sources_free(sources);
}

static void flood(struct sources *sources, int addresses, int times)
{
	char peer[64];

	for (int i = 0; i < addresses; i++) {
		uint64_t any = number();
		(void)snprintf(peer, sizeof(peer), "%u.%u.%u.%u", (unsigned)(1 + any % 120),
			       (unsigned)(any >> 8 & 255), (unsigned)(any >> 16 & 255),
			       (unsigned)(any >> 24 & 255));
		(void)fail_from(sources, peer, times, start);
	}
}

static void a_flood_of_addresses_makes_nobody_forget_a_ban_or_a_network(void **state)
{
	struct sources *sources = new_sources();
	struct source_seen seen[SOURCE_LEVELS];

	(void)state;
	(void)fail_from(sources, "192.0.2.7", 20, start);
	(void)fail_from(sources, "198.51.100.9", 15, start); /* heavy, not banned */
	flood(sources, 40000, 1);
	sources_look(sources, "198.51.100.9", start, seen);
	assert_int_equal(seen[SOURCE_ADDRESS].fails, 15);
	assert_int_equal(seen[SOURCE_NETWORK].fails, 15);
	/* Heavier than what is left of the banned one's count. */
	flood(sources, 25000, 14);
	assert_true(banned(sources, "192.0.2.7", SOURCE_ADDRESS, start) > 0);
	sources_free(sources);
}

static void counts_halve_in_an_hour_and_names_last_two(void **state)
{
	struct sources *sources = new_sources();
	struct source_seen seen[SOURCE_LEVELS];

	(void)state;
	(void)fail_from(sources, "192.0.2.7", 16, start);
	sources_look(sources, "192.0.2.7", start + hour, seen);
	assert_int_equal(seen[SOURCE_ADDRESS].fails, 8);
	assert_in_range(seen[SOURCE_ADDRESS].users, 12, 20);
	sources_look(sources, "192.0.2.7", start + 2 * hour, seen);
	assert_int_equal(seen[SOURCE_ADDRESS].fails, 4);
	assert_int_equal(seen[SOURCE_ADDRESS].users, 0);
	sources_look(sources, "192.0.2.7", start + 3000 * hour, seen);
	assert_int_equal(seen[SOURCE_ADDRESS].fails, 0);
	sources_free(sources);
}

static void the_console_ends_bans(void **state)
{
	struct sources *sources = new_sources();

	(void)state;
	(void)fail_from(sources, "192.0.2.7", 20, start);
	(void)fail_from(sources, "192.0.2.8", 20, start);
	assert_int_equal(sources_clear(sources, "192.0.2.7", start), 1);
	assert_int_equal(banned(sources, "192.0.2.7", SOURCE_ADDRESS, start), 0);
	assert_true(banned(sources, "192.0.2.8", SOURCE_ADDRESS, start) > 0);
	assert_int_equal(sources_clear(sources, NULL, start), 1);
	assert_int_equal(banned(sources, "192.0.2.8", SOURCE_ADDRESS, start), 0);
	sources_free(sources);
}

static struct secret *word(const char *text)
{
	struct secret *secret = secret_from(text, strlen(text));

	assert_non_null(secret);
	return secret;
}

struct world {
	struct watch *watch;
	int64_t now;
};

static struct world new_world(void)
{
	struct world world = {watch_new(), start};

	assert_non_null(world.watch);
	return world;
}

/* A wrong password from an address of its own, judged like a sign-in. */
static struct guess fail_with(struct world *world, uint64_t user, const char *password,
			      enum lane_kind lane)
{
	struct guess guess = {.lane = lane};
	struct secret *secret = word(password);
	char peer[64];
	uint64_t any = number();

	(void)snprintf(peer, sizeof(peer), "%u.%u.%u.%u", (unsigned)(1 + any % 120),
		       (unsigned)(any >> 8 & 255), (unsigned)(any >> 16 & 255),
		       (unsigned)(any >> 24 & 255));
	const struct watch_try made = {peer, user, lane, false};
	watch_look(world->watch, &made, true, world->now, &guess);
	watch_failed(world->watch, &made,
		     guess_before(&guess)->action == GUESS_CONTINUE ? secret : NULL, world->now,
		     &guess);
	secret_free(secret);
	return guess;
}

static unsigned campaign_of(struct world *world)
{
	struct watch_news news;

	(void)watch_news(world->watch, world->now, &news);
	return news.campaign.is_on ? news.campaign.kinds : 0;
}

/* One try for each name in an hour, each from another address: counters by name and by source see
 * nothing. */
static void one_password_on_ten_names_is_a_campaign(void **state)
{
	(void)state;
	for (int round = 0; round < 30; round++) {
		struct world world = new_world();
		int names = 0;
		for (world.now += round * 37 * second; campaign_of(&world) == 0; names++) {
			assert_true(names < 10);
			(void)fail_with(&world, number(), "Sommer2026!", LANE_UNKNOWN);
			world.now += 2 * minute;
		}
		assert_true(names >= 4);
		assert_int_equal(campaign_of(&world), GUESS_SPRAY);
		watch_free(world.watch);
	}
}

static void wrong_passwords_of_people_are_no_campaign(void **state)
{
	struct world world = new_world();
	char password[32];

	(void)state;
	/* Eight hours of 400 mistakes an hour, the same one by four people each hour, and one
	 * person who tries the same again and again. */
	for (int i = 0; i < 8 * 400; i++) {
		bool is_common = i % 400 < 4;
		(void)snprintf(password, sizeof(password), "typing-%llu",
			       is_common ? 0ULL : (unsigned long long)number());
		(void)fail_with(&world, number(), password, LANE_UNKNOWN);
		(void)fail_with(&world, 42, "forgotten it", LANE_NETWORK);
		world.now += 9 * second;
		assert_int_equal(campaign_of(&world) & GUESS_SPRAY, 0);
	}
	watch_free(world.watch);
}

static void known_devices_are_not_counted(void **state)
{
	struct world world = new_world();

	(void)state;
	for (int i = 0; i < 1000; i++)
		(void)fail_with(&world, number(), "Sommer2026!", LANE_DEVICE);
	assert_int_equal(campaign_of(&world), 0);
	assert_int_equal(fail_with(&world, 1, "x", LANE_UNKNOWN).per_minute, 0);
	const struct watch_try one = {"198.51.100.9", 1, LANE_DEVICE, false};
	struct guess guess = {.lane = LANE_DEVICE};
	for (int i = 0; i < 100; i++)
		watch_failed(world.watch, &one, NULL, world.now, &guess);
	watch_look(world.watch, &one, true, world.now, &guess);
	assert_int_equal(guess.source[SOURCE_ADDRESS].fails, 0);
	watch_free(world.watch);
}

static void many_names_with_a_try_each_are_a_campaign_that_ends(void **state)
{
	struct world world = new_world();
	char password[32];
	int tries = 0;
	struct watch_news news;

	(void)state;
	for (; campaign_of(&world) == 0; tries++) {
		assert_true(tries < 200);
		(void)snprintf(password, sizeof(password), "of-a-list-%d", tries);
		(void)fail_with(&world, number(), password, LANE_UNKNOWN);
		world.now += 3 * second;
	}
	assert_true(tries >= 99);
	assert_int_equal(campaign_of(&world), GUESS_STUFFING);
	world.now += 14 * minute;
	assert_int_equal(campaign_of(&world), GUESS_STUFFING);
	world.now += 2 * minute;
	assert_true(watch_news(world.watch, world.now, &news));
	assert_true(news.started && news.ended && !news.campaign.is_on);
	assert_in_range(news.over.users, 1, 200);
	/* Told once, and only once it was written. */
	assert_true(watch_news(world.watch, world.now, &news));
	watch_told(world.watch, &news);
	assert_false(watch_news(world.watch, world.now, &news));
	watch_free(world.watch);
}

/* Six spreads above what is usual; and what an attack brings does not become usual. */
static void more_failures_than_usual_are_a_campaign(void **state)
{
	struct world world = new_world();

	(void)state;
	for (int i = 0; i < 6 * 60; i++) {
		(void)fail_with(&world, 7, "forgotten", LANE_UNKNOWN);
		world.now += 10 * second;
	}
	assert_int_equal(campaign_of(&world), 0);
	for (int i = 0; i < 3 * 3600; i++) {
		(void)fail_with(&world, 7, "forgotten", LANE_UNKNOWN);
		world.now += second;
	}
	assert_int_equal(campaign_of(&world), GUESS_RATE);
	watch_free(world.watch);
}

static void a_campaign_leaves_few_places_to_unknown_devices(void **state)
{
	struct world world = new_world();
	int looked_at = 0, known = 0;

	(void)state;
	for (int i = 0; i < 20; i++)
		(void)fail_with(&world, number(), "Sommer2026!", LANE_UNKNOWN);
	for (int i = 0; i < 6000; i++) {
		struct guess guess = fail_with(&world, number(), "Sommer2026!", LANE_UNKNOWN);
		looked_at += guess_before(&guess)->action == GUESS_CONTINUE;
		guess = fail_with(&world, number(), "mistaken", LANE_DEVICE);
		known += guess_before(&guess)->action == GUESS_CONTINUE;
		world.now += minute / 600;
	}
	assert_int_equal(known, 6000);
	/* Ten minutes: a place a second for who has not failed, one in four for who has. */
	assert_in_range(looked_at, 500, 800);
	watch_free(world.watch);
}

static void a_restart_forgets_neither_ban_nor_campaign(void **state)
{
	struct world before = new_world(), after = new_world();
	struct guess guess = {.lane = LANE_UNKNOWN};
	struct watch_try made = {"192.0.2.7", 5, LANE_UNKNOWN, true};
	struct buf bytes;

	(void)state;
	for (int i = 0; i < 20; i++)
		watch_failed(before.watch, &made, NULL, before.now, &guess);
	for (int i = 0; i < 20; i++)
		(void)fail_with(&before, number(), "Sommer2026!", LANE_UNKNOWN);
	buf_init(&bytes, 65536);
	watch_put(before.watch, before.now, &bytes);
	assert_false(buf_failed(&bytes));
	assert_null(memmem(bytes.data, bytes.len, "Sommer", 6));
	/* Another machine's clock. */
	after.now = 77 * second;
	assert_true(watch_get(after.watch, (struct block){bytes.data, bytes.len}, after.now));
	assert_true(campaign_of(&after) & GUESS_SPRAY);
	watch_look(after.watch, &made, true, after.now, &guess);
	assert_int_equal(guess.source[SOURCE_ADDRESS].banned_s, 300);
	assert_int_equal(guess.source[SOURCE_ADDRESS].unknown, 10);
	assert_string_equal(guess_before(&guess)->id, "ban.address");
	/* No byte of it may hurt. */
	for (size_t len = 0; len < bytes.len; len++)
		(void)watch_get(after.watch, (struct block){bytes.data, len}, after.now);
	for (int i = 0; i < 3000; i++) {
		bytes.data[number() % bytes.len] ^= (uint8_t)(1U << number() % 8);
		(void)watch_get(after.watch, (struct block){bytes.data, bytes.len}, after.now);
	}
	buf_clear(&bytes);
	watch_free(before.watch);
	watch_free(after.watch);
}

static struct guess any_guess(void)
{
	struct guess guess = {.lane = (enum lane_kind)(number() % 3),
			      .factor = (enum guess_factor)(number() % 3),
			      .wait_s = number() % 2 ? (uint32_t)(number() % 3601) : 0,
			      .has_passkey = number() % 2,
			      .same = (uint32_t)(number() % 9),
			      .per_minute = (uint32_t)(number() % 1000),
			      .campaign = number() % 2 ? (unsigned)(number() % 8) : 0,
			      .crowded = number() % 2};

	for (int i = 0; i < SOURCE_LEVELS; i++)
		guess.source[i] = (struct source_seen){
			(uint32_t)number(), (uint32_t)(number() % 50), (uint32_t)number(),
			(uint32_t)number(), number() % 4 ? 0 : (uint32_t)(number() % 3600)};
	return guess;
}

static void a_decision_can_be_made_again_from_its_record(void **state)
{
	char text[GUESS_TEXT], damaged[GUESS_TEXT];

	(void)state;
	for (int i = 0; i < 10000; i++) {
		struct guess guess = any_guess(), read;
		guess_text(&guess, text);
		assert_true(strlen(text) < GUESS_TEXT - 1);
		assert_true(guess_parse(text, &read));
		assert_ptr_equal(guess_before(&guess), guess_before(&read));
		assert_ptr_equal(guess_after(&guess), guess_after(&read));
		memcpy(damaged, text, sizeof(damaged));
		damaged[strlen(damaged) - 1] = 'x';
		assert_false(guess_parse(damaged, &read));
	}
	assert_false(guess_parse("", &(struct guess){0}));
	assert_false(guess_parse("v2 unknown code wait=0", &(struct guess){0}));
}

/* Whatever happens elsewhere: a known device is looked at unless its own lane waits, and its right
 * proofs are enough. A passkey is enough for everybody. */
static void nothing_elsewhere_refuses_a_known_device(void **state)
{
	(void)state;
	for (int i = 0; i < 100000; i++) {
		struct guess guess = any_guess();
		if (guess.lane == LANE_DEVICE) {
			assert_int_equal(guess_before(&guess)->action,
					 guess.wait_s > 0 ? GUESS_REFUSE : GUESS_CONTINUE);
			assert_int_equal(guess_after(&guess)->action, GUESS_CONTINUE);
		}
		if (guess.factor == GUESS_PASSKEY)
			assert_int_not_equal(guess_after(&guess)->action, GUESS_REFUSE);
	}
}

static void in_a_campaign_an_unknown_device_may_need_a_passkey(void **state)
{
	static const struct {
		struct guess guess;
		const char *rule;
	} table[] = {
		{{.campaign = 0}, "proofs.right"},
		{{.campaign = GUESS_SPRAY}, "campaign.success"},
		{{.campaign = GUESS_SPRAY, .has_passkey = true}, "campaign.passkey"},
		{{.campaign = GUESS_SPRAY, .source = {{.fails = 1}}}, "campaign.source"},
		{{.campaign = GUESS_SPRAY, .source = {{0}, {.fails = 9}}}, "campaign.success"},
		{{.campaign = GUESS_SPRAY, .source = {{0}, {.fails = 10}}}, "campaign.source"},
		{{.campaign = GUESS_SPRAY, .source = {{.fails = 1}}, .factor = GUESS_PASSKEY},
		 "campaign.success"},
		{{.campaign = GUESS_SPRAY, .source = {{.fails = 1}}, .lane = LANE_NETWORK},
		 "campaign.success"},
		{{.campaign = GUESS_SPRAY, .source = {{.fails = 1}}, .lane = LANE_DEVICE},
		 "proofs.right"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_string_equal(guess_after(&table[i].guess)->id, table[i].rule);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(few_are_counted_nearly_exactly_and_many_roughly, each_test),
		cmocka_unit_test_setup(
			a_source_that_only_fails_is_banned_for_a_while_and_longer_again, each_test),
		cmocka_unit_test_setup(an_office_where_people_sign_in_is_not_banned, each_test),
		cmocka_unit_test_setup(many_addresses_of_one_network_ban_the_network, each_test),
		cmocka_unit_test_setup(an_address_written_in_another_way_is_the_same, each_test),
		cmocka_unit_test_setup(a_flood_of_addresses_makes_nobody_forget_a_ban_or_a_network,
				       each_test),
		cmocka_unit_test_setup(counts_halve_in_an_hour_and_names_last_two, each_test),
		cmocka_unit_test_setup(the_console_ends_bans, each_test),
		cmocka_unit_test_setup(one_password_on_ten_names_is_a_campaign, each_test),
		cmocka_unit_test_setup(wrong_passwords_of_people_are_no_campaign, each_test),
		cmocka_unit_test_setup(known_devices_are_not_counted, each_test),
		cmocka_unit_test_setup(many_names_with_a_try_each_are_a_campaign_that_ends,
				       each_test),
		cmocka_unit_test_setup(more_failures_than_usual_are_a_campaign, each_test),
		cmocka_unit_test_setup(a_campaign_leaves_few_places_to_unknown_devices, each_test),
		cmocka_unit_test_setup(a_restart_forgets_neither_ban_nor_campaign, each_test),
		cmocka_unit_test_setup(a_decision_can_be_made_again_from_its_record, each_test),
		cmocka_unit_test_setup(nothing_elsewhere_refuses_a_known_device, each_test),
		cmocka_unit_test_setup(in_a_campaign_an_unknown_device_may_need_a_passkey,
				       each_test),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
