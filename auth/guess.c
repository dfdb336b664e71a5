/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/guess.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { JOINED_ADDRESS = 1, JOINED_NETWORK = 10, JOINED_SITE = 40 };

bool guess_has_failed(const struct guess *guess)
{
	return guess->source[SOURCE_ADDRESS].fails >= JOINED_ADDRESS ||
	       guess->source[SOURCE_NETWORK].fails >= JOINED_NETWORK ||
	       guess->source[SOURCE_SITE].fails >= JOINED_SITE;
}

static bool typed(const struct guess *guess)
{
	return guess->factor != GUESS_PASSKEY;
}

static bool is_stranger(const struct guess *guess)
{
	return guess->campaign != 0 && guess->lane == LANE_UNKNOWN;
}

/* A known device is nobody's to lock out, and its lane slows it down anyway. */
static bool is_banned(const struct guess *guess, enum source_level level)
{
	return guess->lane != LANE_DEVICE && guess->source[level].banned_s > 0;
}

static bool address_banned(const struct guess *guess)
{
	return is_banned(guess, SOURCE_ADDRESS);
}

static bool network_banned(const struct guess *guess)
{
	return is_banned(guess, SOURCE_NETWORK);
}

static bool site_banned(const struct guess *guess)
{
	return is_banned(guess, SOURCE_SITE);
}

static bool crowded(const struct guess *guess)
{
	return is_stranger(guess) && guess->crowded;
}

static bool waits(const struct guess *guess)
{
	return guess->wait_s > 0;
}

static bool always(const struct guess *guess)
{
	(void)guess;
	return true;
}

static bool from_the_campaign(const struct guess *guess)
{
	return is_stranger(guess) && typed(guess) && guess_has_failed(guess);
}

static bool could_show_a_passkey(const struct guess *guess)
{
	return is_stranger(guess) && typed(guess) && guess->has_passkey;
}

static bool in_a_campaign(const struct guess *guess)
{
	return guess->campaign != 0 && guess->lane != LANE_DEVICE;
}

static const struct guess_rule before[] = {
	{"ban.address", address_banned, GUESS_REFUSE},
	{"ban.network", network_banned, GUESS_REFUSE},
	{"ban.site", site_banned, GUESS_REFUSE},
	{"campaign.crowded", crowded, GUESS_REFUSE},
	{"lane.wait", waits, GUESS_REFUSE},
	{"lane.open", always, GUESS_CONTINUE},
};
static const struct guess_rule after[] = {
	{"campaign.source", from_the_campaign, GUESS_REFUSE},
	{"campaign.passkey", could_show_a_passkey, GUESS_REFUSE},
	{"campaign.success", in_a_campaign, GUESS_REPORT},
	{"proofs.right", always, GUESS_CONTINUE},
};

static const struct guess_rule *first(const struct guess_rule *rules, const struct guess *guess)
{
	while (!rules->fires(guess))
		rules++;
	return rules;
}

const struct guess_rule *guess_before(const struct guess *guess)
{
	return first(before, guess);
}

const struct guess_rule *guess_after(const struct guess *guess)
{
	return first(after, guess);
}

static const char *const lanes[] = {"unknown", "network", "device"};
static const char *const factors[] = {"code", "recovery", "passkey"};
static const char *const actions[] = {"continue", "refuse", "report"};

const char *guess_action_name(enum guess_action action)
{
	return actions[action];
}

void guess_campaign_text(unsigned campaign, char out[32])
{
	static const char *const names[] = {"spray", "stuffing", "rate"};
	size_t at = 0;

	out[0] = 0;
	for (unsigned i = 0; i < 3; i++)
		if (campaign & 1U << i)
			at += (size_t)snprintf(out + at, 32 - at, "%s%s", at ? "," : "", names[i]);
}

#define SEEN	   "%" PRIu32 "/%" PRIu32 "/%" PRIu32 "/%" PRIu32 "/%" PRIu32
#define SEEN_OF(s) (s).attempts, (s).fails, (s).unknown, (s).users, (s).banned_s
#define SEEN_AT(s) &(s).attempts, &(s).fails, &(s).unknown, &(s).users, &(s).banned_s

void guess_text(const struct guess *guess, char out[GUESS_TEXT])
{
	const struct source_seen *seen = guess->source;

	(void)snprintf(out, GUESS_TEXT,
		       "v%d %s %s wait=%" PRIu32 " passkey=%d address=" SEEN " network=" SEEN
		       " site=" SEEN " same=%" PRIu32 " minute=%" PRIu32 " campaign=%u crowded=%d",
		       GUESS_VERSION, lanes[guess->lane], factors[guess->factor], guess->wait_s,
		       guess->has_passkey, SEEN_OF(seen[0]), SEEN_OF(seen[1]), SEEN_OF(seen[2]),
		       guess->same, guess->per_minute, guess->campaign, guess->crowded);
}

static bool find_name(const char *const *names, size_t count, const char *name, int *out)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(names[i], name) == 0) {
			*out = (int)i;
			return true;
		}
	}
	return false;
}

bool guess_parse(const char *text, struct guess *out)
{
	char lane[16] = "", factor[16] = "", again[GUESS_TEXT];
	int version = 0, passkey = 0, crowded_now = 0, at_lane = 0, at_factor = 0;
	struct guess read = {0};
	struct source_seen *seen = read.source;

	/* What sscanf lets through beside our own form is refused by writing it again. */
	/* NOLINTNEXTLINE(cert-err34-c): compared below */
	if (sscanf(text,
		   "v%d %15s %15s wait=%" SCNu32 " passkey=%d address=" SEEN " network=" SEEN
		   " site=" SEEN " same=%" SCNu32 " minute=%" SCNu32 " campaign=%u crowded=%d",
		   &version, lane, factor, &read.wait_s, &passkey, SEEN_AT(seen[0]),
		   SEEN_AT(seen[1]), SEEN_AT(seen[2]), &read.same, &read.per_minute, &read.campaign,
		   &crowded_now) != 24 ||
	    version != GUESS_VERSION || !find_name(lanes, 3, lane, &at_lane) ||
	    !find_name(factors, 3, factor, &at_factor))
		return false;
	read.lane = (enum lane_kind)at_lane;
	read.factor = (enum guess_factor)at_factor;
	read.has_passkey = passkey != 0;
	read.crowded = crowded_now != 0;
	guess_text(&read, again);
	if (strcmp(text, again) != 0)
		return false;
	*out = read;
	return true;
}
