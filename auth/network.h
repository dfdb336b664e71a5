/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_NETWORK_H
#define AUTH_NETWORK_H

#include "auth/geo.h"
#include "base/range.h"
#include "base/uuid.h"
#include "rbac/role.h"

/*
 * Where from: rules that allow or deny by address range, country or autonomous system, for
 * everybody, a role or a person, and for the portal, the API or both. Of the rules that are about
 * who asks: a deny rule that fits the address refuses; where there are allow rules, one must fit;
 * else the address is allowed. A rule fits when any of its ranges, countries or numbers does.
 */
enum entrance { ENTRANCE_PORTAL, ENTRANCE_API, ENTRANCE_ANY };
enum {
	NETWORK_RULES_MAX = 32,
	NETWORK_RANGES_MAX = 16, /* of one rule, as the next two */
	NETWORK_COUNTRIES_MAX = 64,
	NETWORK_ASNS_MAX = 32,
	NETWORK_WORDS = 1024 /* characters of a list, as stored */
};

/* Lists are words with a blank between (NULL: none): "192.0.2.0/24 ::1", "JP US", "64500". */
struct network_rule {
	bool deny;
	enum entrance entrance;
	const char *role;    /* NULL: not bound to one */
	struct uuid user_id; /* nil: not bound to one; with neither, for everybody */
	const char *networks, *countries, *asns;
	const char *note;
};

struct network_compiled {
	bool deny;
	enum entrance entrance;
	role_set role; /* 0: any */
	struct uuid user_id;
	struct ranges ranges;
	char countries[NETWORK_COUNTRIES_MAX][3];
	uint32_t asns[NETWORK_ASNS_MAX];
	size_t country_count, asn_count;
};
struct network_set {
	size_t count;
	struct network_compiled rules[NETWORK_RULES_MAX];
};

/* Why a rule cannot be taken; NULL: it can, and is appended to set. */
enum network_fault {
	NETWORK_OK,
	NETWORK_BAD_RANGE,
	NETWORK_BAD_COUNTRY,
	NETWORK_BAD_ASN,
	NETWORK_BAD_ROLE,
	NETWORK_EMPTY,
	NETWORK_TOO_MANY
};
enum network_fault network_add(struct network_set *set, const struct network_rule *rule);

struct network_who {
	role_set roles;
	const struct uuid *user_id; /* NULL: nobody known */
	enum entrance entrance;
};
bool network_allows(const struct network_set *set, const struct network_who *who,
		    const char *address, const struct geo *geo);

#endif
