/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_GUESS_H
#define AUTH_GUESS_H

#include "auth/lane.h"
#include "auth/source.h"

/*
 * What is decided about a sign-in beside its proofs: whether they are looked at, and whether right
 * ones are enough here and now. Everything a decision is made of is in struct guess, which is
 * written into the audit event; the rules are a table, the first that fires decides, and the same
 * guess gives the same decision: GUESS_VERSION says of which table.
 */
enum { GUESS_VERSION = 1, GUESS_TEXT = 256 };

enum guess_factor { GUESS_CODE, GUESS_RECOVERY, GUESS_PASSKEY };
/* Why a campaign is on: bits. */
enum guess_campaign { GUESS_SPRAY = 1, GUESS_STUFFING = 2, GUESS_RATE = 4 };

struct guess {
	enum lane_kind lane;
	enum guess_factor factor;
	uint32_t wait_s;  /* the lane's, 0: none */
	bool has_passkey; /* the person could show one */
	struct source_seen source[SOURCE_LEVELS];
	uint32_t same;	     /* names that this wrong password was tried on within the hour */
	uint32_t per_minute; /* wrong proofs from unknown devices in the last minute */
	unsigned campaign;   /* enum guess_campaign; 0: none */
	bool crowded;	     /* what a campaign leaves to unknown devices is used up */
};

enum guess_action {
	GUESS_CONTINUE, /* look at the proofs; accept right ones */
	GUESS_REFUSE,	/* with the one answer */
	GUESS_REPORT,	/* accept, and tell */
};
struct guess_rule {
	const char *id;
	bool (*fires)(const struct guess *guess);
	enum guess_action action;
};
/* Before any proof is looked at, and once all were right. Never NULL. */
const struct guess_rule *guess_before(const struct guess *guess);
const struct guess_rule *guess_after(const struct guess *guess);

/* Whether the source failed before: it counts as part of a campaign. */
bool guess_has_failed(const struct guess *guess);
/* One line for the audit event, and back. False: not a line of this version. */
void guess_text(const struct guess *guess, char out[GUESS_TEXT]);
bool guess_parse(const char *text, struct guess *out);
const char *guess_action_name(enum guess_action action);
/* "spray,stuffing"; "" for none. */
void guess_campaign_text(unsigned campaign, char out[32]);

#endif
