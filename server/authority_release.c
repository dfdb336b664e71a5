/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/authority_release.h"

#include <stdlib.h>

/* One more than a minute's seconds: the second a release is in has not passed whole. */
enum { SECONDS = 61, PEOPLE_MAX = 1 << 20 };

struct released {
	struct uuid user_id;
	int64_t latest;		  /* second of the newest count */
	uint32_t counts[SECONDS]; /* by second modulo SECONDS */
};

/* Clears the seconds that passed since the newest count. */
static void move_on(struct released *person, int64_t second)
{
	int64_t passed = second - person->latest;

	for (int64_t i = 1; i <= passed && i <= SECONDS; i++)
		person->counts[(person->latest + i) % SECONDS] = 0;
	if (passed > 0)
		person->latest = second;
}

static int64_t total(const struct released *person)
{
	int64_t sum = 0;

	for (size_t i = 0; i < SECONDS; i++)
		sum += person->counts[i];
	return sum;
}

static void forget_old(struct releases *releases, int64_t second)
{
	for (size_t i = 0; i < releases->count;) {
		if (second - releases->people[i].latest >= SECONDS)
			releases->people[i] = releases->people[--releases->count];
		else
			i++;
	}
}

static bool make_room(struct releases *releases)
{
	size_t room = releases->room > 0 ? 2 * releases->room : 16;

	if (releases->count < releases->room)
		return true;
	struct released *more =
		room <= PEOPLE_MAX ? realloc(releases->people, room * sizeof(*more)) : NULL;
	if (more == NULL)
		return false;
	releases->people = more;
	releases->room = room;
	return true;
}

static struct released *person_of(struct releases *releases, const struct uuid *user_id,
				  int64_t second)
{
	for (size_t i = 0; i < releases->count; i++)
		if (uuid_equal(&releases->people[i].user_id, user_id))
			return &releases->people[i];
	forget_old(releases, second);
	if (!make_room(releases))
		return NULL;
	struct released *person = &releases->people[releases->count++];
	*person = (struct released){.user_id = *user_id, .latest = second};
	return person;
}

bool release_allowed(struct releases *releases, const struct uuid *user_id, int64_t limit,
		     int64_t now_us)
{
	int64_t second = now_us / 1000000;
	struct released *person = person_of(releases, user_id, second);

	if (person == NULL)
		return false;
	move_on(person, second);
	if (total(person) >= limit)
		return false;
	person->counts[person->latest % SECONDS]++;
	return true;
}

void releases_clear(struct releases *releases)
{
	free(releases->people);
	*releases = (struct releases){0};
}
