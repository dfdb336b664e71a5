/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_RISK_LOOK_H
#define AUTH_RISK_LOOK_H

#include "auth/risk_profile.h"

/*
 * What a sign-in shows, as the numbers a profile holds: each is cut from a keyed hash (BLAKE2b) of
 * its text, so that whoever reads profiles learns no address and no browser without the key.
 * Numbers below RISK_NUMBER_MIN are nobody's, others fit an int64_t.
 */
enum { RISK_KEY = 32, RISK_NUMBER_MIN = 1024, RISK_PREFIX_TEXT = 64 };

struct risk_sight {
	const char *peer;	    /* an address as text; one that is none is not known */
	const char *agent, *tongue; /* tongue: Accept-Language */
	const char *country;	    /* ISO 3166-1; "": not known */
	uint32_t asn;		    /* 0: not known */
	int64_t real_us;	    /* since 1970; before that nothing is known of the hour */
};
void risk_look_of(const uint8_t key[RISK_KEY], const struct risk_sight *sight,
		  struct risk_look *out);

/* "192.0.2.0/24", "2001:db8:1::/48"; an IPv4 address written as IPv6 is one. false: no address. */
bool risk_prefix_text(const char *peer, char out[RISK_PREFIX_TEXT]);
/* Coarse on purpose: what stays the same when a browser or system is updated. */
const char *risk_family_of(const char *agent);
const char *risk_os_of(const char *agent);
/* The language that Accept-Language names first, without country and in small letters ("ja");
 * false: none, or no header of that kind. */
enum { RISK_TONGUE_TEXT = 9 };
bool risk_tongue_text(const char *languages, char out[RISK_TONGUE_TEXT]);

#endif
