/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_RISK_H
#define AUTH_RISK_H

#include <stdbool.h>
#include <stdint.h>

/*
 * How unusual a sign-in with the right password is, and what follows: a sum of logarithms of
 * probability ratios (Freeman et al., NDSS 2016, equation 7) and of rules, in thousandths of a
 * natural logarithm. Integers only: the same facts and policy give the same decision everywhere
 * and always. No clock, no memory, no database; every function is total (any int32_t is borne).
 *
 * A decision never lets somebody in: it says whether the usual second step is enough (ALLOW),
 * whether the strongest enrolled factor is needed (STEP_UP), or that this attempt ends (BLOCK).
 */
enum { RISK_MODEL = 4 }; /* changes with anything that changes a decision */

enum risk_action { RISK_ALLOW, RISK_STEP_UP, RISK_BLOCK };
enum risk_role { RISK_USER, RISK_PRIVILEGED, RISK_BREAK_GLASS, RISK_ROLES };

/* What is compared with the person's own past. Each feature is looked at in one or more levels. */
enum risk_feature { RISK_NETWORK, RISK_CLIENT, RISK_HOUR, RISK_LANGUAGE, RISK_FEATURES };
enum risk_level {
	RISK_PREFIX, /* address: /24, or /48 of IPv6 */
	RISK_ASN,
	RISK_COUNTRY,
	RISK_AGENT, /* the whole user agent */
	RISK_FAMILY,
	RISK_OS,
	RISK_WEEK_HOUR, /* one of 168, UTC */
	RISK_DAY_PART,	/* four hours of a working day, or of a weekend's day */
	RISK_TONGUE,	/* first language asked for */
	RISK_LEVELS
};

/* Independent kinds of evidence: one alone never blocks. */
enum risk_family {
	RISK_BY_NETWORK,
	RISK_BY_DEVICE,
	RISK_BY_BEHAVIOUR,
	RISK_BY_CAMPAIGN,
	RISK_BY_ACCOUNT,
	RISK_KINDS
};

/* Rules: name, default weight, family. The name is what records and policies say. */
#define RISK_RULE_LIST(X)                                        \
	X(NO_DEVICE_KEY, "no_device_key", 2000, RISK_BY_DEVICE)  \
	X(TRAVEL, "impossible_travel", 3000, RISK_BY_NETWORK)    \
	X(HOSTING, "hosting_new", 1500, RISK_BY_NETWORK)         \
	X(ORG_ASN, "asn_new_to_all", 1000, RISK_BY_NETWORK)      \
	X(CAMPAIGN, "campaign", 2500, RISK_BY_CAMPAIGN)          \
	X(BREACHED, "password_breached", 2000, RISK_BY_ACCOUNT)  \
	X(DORMANT, "dormant", 1000, RISK_BY_BEHAVIOUR)           \
	X(AFTER_RESET, "after_reset", 3000, RISK_BY_ACCOUNT)     \
	X(PASSKEY, "passkey_verified", -4000, RISK_BY_DEVICE)    \
	X(PASSKEY_BOUND, "passkey_bound", -6000, RISK_BY_DEVICE) \
	X(OFFICE, "office_network", -500, RISK_BY_NETWORK)       \
	X(REPORTED, "reported", 2000, RISK_BY_ACCOUNT)           \
	X(COLLEAGUES, "colleagues_network", -1500, RISK_BY_NETWORK)
#define RISK_RULE_ID(id, name, weight, family) RISK_RULE_##id,
enum risk_rule { RISK_RULE_LIST(RISK_RULE_ID) RISK_RULES };

/*
 * One level of one sign-in. The person's logins are counted in 1024ths and have decayed; the
 * organisation's in halves. All zero: the level is not known (no country data, say), and the
 * feature is judged by the levels that are.
 */
enum { RISK_ONE = 1024, RISK_HALVES = 2 };
struct risk_seen {
	int32_t known;		/* 1: the sign-in has a value at this level */
	int32_t own, own_all;	/* the person's: with this value, with any */
	int32_t all, all_total; /* the organisation's: with this value, with any */
	int32_t all_values;	/* different values the organisation has seen */
};

struct risk_facts {
	int32_t role;	      /* enum risk_role */
	int32_t device_key;   /* 1: the browser proved a device key of this person */
	int32_t logins, days; /* so far, and on how many days; both stop at 65535 */
	int32_t rules;	      /* bit i: enum risk_rule i fires */
	int32_t excepted;     /* 1: administrators let the person come from there for now */
	struct risk_seen seen[RISK_LEVELS];
};

struct risk_policy {
	int32_t version;
	int32_t start[RISK_ROLES];     /* where the sum begins */
	int32_t challenge[RISK_ROLES]; /* T1: from here on, a step-up */
	int32_t block[RISK_ROLES];     /* T2: above it, a block, if two families agree */
	int32_t weight[RISK_FEATURES]; /* in thousandths */
	int32_t rule[RISK_RULES];
	int32_t family;			/* what one family must add up to, to count for a block */
	int32_t cold_logins, cold_days; /* fewer than these: step up, unless network and browser are
					 * those of a sign-in before */
};

enum risk_why { /* bits of risk_decision.why */
		RISK_WHY_NO_KEY = 1,
		RISK_WHY_COLD = 2,
		RISK_WHY_ROLE = 4,
		RISK_WHY_SCORE = 8,
		RISK_WHY_ONE_FAMILY = 16, /* above T2, and one family only */
		RISK_WHY_EXCEPTED = 32,	  /* nothing follows from the score; the floor stays */
		RISK_WHY_FLOOR = RISK_WHY_NO_KEY | RISK_WHY_COLD | RISK_WHY_ROLE
};

struct risk_decision {
	int32_t action; /* enum risk_action */
	int32_t score;
	int32_t term[RISK_FEATURES]; /* weighted, 0 when the feature is not known */
	int32_t families;	     /* bit i: enum risk_family i adds up to enough */
	int32_t why;		     /* enum risk_why */
};

void risk_policy_default(struct risk_policy *out);
void risk_decide(const struct risk_facts *facts, const struct risk_policy *policy,
		 struct risk_decision *out);
/* The same evidence under other thresholds: action and why of a decision made before anew. */
void risk_decide_again(const struct risk_policy *policy, int32_t of_role,
		       struct risk_decision *out);
const char *risk_feature_name(enum risk_feature feature);
const char *risk_rule_name(enum risk_rule rule);
const char *risk_action_name(enum risk_action action);

/* ln(value) in millionths, to within 4 of them; value 0 counts as 1. */
int64_t risk_ln(uint64_t value);
/* The term of one feature before its weight: clipped to [-3000, 4000]. */
int32_t risk_term(const struct risk_seen seen[RISK_LEVELS], enum risk_feature feature);

#endif
