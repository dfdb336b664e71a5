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

/* Country, provider and language stay unknown. peer: an address as text; one that is none is not
 * known. real_us: microseconds since 1970; before that nothing is known of the hour. */
void risk_look_of(const uint8_t key[RISK_KEY], const char *peer, const char *agent, int64_t real_us,
		  struct risk_look *out);

/* "192.0.2.0/24", "2001:db8:1::/48"; an IPv4 address written as IPv6 is one. false: no address. */
bool risk_prefix_text(const char *peer, char out[RISK_PREFIX_TEXT]);
/* Coarse on purpose: what stays the same when a browser or system is updated. */
const char *risk_family_of(const char *agent);
const char *risk_os_of(const char *agent);

#endif
