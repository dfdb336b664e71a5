/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_RISK_PROFILE_H
#define AUTH_RISK_PROFILE_H

#include <stddef.h>

#include "auth/risk.h"

/*
 * What a person's sign-ins looked like so far: one record of fixed size. Values are numbers that
 * the caller makes from the true ones with a key, so that a profile tells no address. Counts halve
 * in 45 days; what nobody showed for 180 days is forgotten. Days count from 1970. A clock that
 * went back makes nothing younger or older than it is.
 */
enum { RISK_VALUES = 7, RISK_HOURS = 168, RISK_NO_HOUR = 255, RISK_FORGET_DAYS = 180 };
enum { RISK_ROWS = 8 + 8 + 4 + 8 + 8 + 4 + 4 };

struct risk_row { /* value 0: free */
	uint64_t value;
	uint32_t count; /* 1024ths, as of `last` */
	uint16_t first, last;
};

struct risk_profile {
	struct risk_row rows[RISK_ROWS]; /* the places of each level side by side */
	uint32_t total[RISK_VALUES];	 /* 1024ths, as of `day` */
	uint16_t hours[RISK_HOURS];	 /* 64ths, as of `hours_day` */
	uint16_t hours_day;
	uint16_t logins, days, day; /* day: of the last sign-in */
};

/* One sign-in. values: of the levels PREFIX … OS and TONGUE in this order; 0: not known. */
struct risk_look {
	uint64_t values[RISK_VALUES];
	uint16_t day;
	uint8_t hour; /* of the week, Monday 00:00 UTC is 0; RISK_NO_HOUR: not known */
};

/* What the caller knows besides; rules it cannot judge stay 0. DORMANT, NO_DEVICE_KEY, ORG_ASN and
 * COLLEAGUES are judged here; HOSTING says of the network that it rents servers, and counts where
 * the person has not come from so far. */
struct risk_around {
	enum risk_role role;
	bool device_key, excepted;
	uint32_t rules;			   /* bits: enum risk_rule */
	struct risk_seen all[RISK_LEVELS]; /* all, all_total, all_values of the look's values */
	int32_t colleagues; /* people who came from the prefix with a device key, lately for the
			     * first time */
};

void risk_facts(const struct risk_profile *profile, const struct risk_look *look,
		const struct risk_around *around, struct risk_facts *out);
/* The sign-in succeeded. A value counts half until it was seen on a second day; the weakest gives
 * way to a new one. Returns what risk_forget wants to know of it: bit i, value i counted whole;
 * RISK_NEW_DAY, it was the first of its day. */
enum { RISK_NEW_DAY = 1 << RISK_VALUES };
uint8_t risk_learn(struct risk_profile *profile, const struct risk_look *look);
/* What it showed is the person's, though it was refused: learned, but no sign-in of theirs. */
void risk_teach(struct risk_profile *profile, const struct risk_look *look);
/* It was not the person: what that one sign-in added is taken back, as far as it has not faded. A
 * value of which hardly anything is left goes; one that had to give way to it does not come back.
 */
void risk_forget(struct risk_profile *profile, const struct risk_look *look, uint8_t taught);
/* Whether somebody comes from a prefix with a device key for the first time. */
bool risk_is_new_colleague(const struct risk_facts *facts);
/* Whether the person's next sign-in may count among everybody's: nobody counts for more than 100,
 * so that one busy account is not the organisation's habit. */
bool risk_counts_for_all(const struct risk_profile *profile, uint16_t day);

/* Little-endian, fixed; the first byte is a version. false: this is no profile. */
enum { RISK_PROFILE_BYTES = 1 + RISK_ROWS * 16 + RISK_VALUES * 4 + RISK_HOURS * 2 + 8 };
void risk_profile_write(const struct risk_profile *profile, uint8_t out[RISK_PROFILE_BYTES]);
bool risk_profile_read(const uint8_t *data, size_t len, struct risk_profile *out);
enum { RISK_LOOK_BYTES = RISK_VALUES * 8 + 3 };
void risk_look_write(const struct risk_look *look, uint8_t out[RISK_LOOK_BYTES]);
bool risk_look_read(const uint8_t *data, size_t len, struct risk_look *out);

#endif
