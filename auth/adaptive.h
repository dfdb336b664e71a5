/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_ADAPTIVE_H
#define AUTH_ADAPTIVE_H

#include "auth/adaptive_policy.h"
#include "auth/adaptive_sql.h"
#include "auth/geo.h"
#include "auth/past.h"
#include "auth/risk_look.h"
#include "auth/risk_record.h"
#include "base/ctx.h"
#include "base/uuid.h"

/*
 * The score of one sign-in (auth/risk.h) from what is stored of the person and of all together.
 * Both functions run in the transaction that decides the sign-in. A stored profile that cannot be
 * read counts as none: the cold start steps up, and the next success writes a whole one.
 */
struct adaptive_ask {
	const struct uuid *user_id;	   /* nil: nobody; the same work is done */
	const char *peer, *agent, *tongue; /* tongue: Accept-Language */
	const uint8_t *key;		   /* RISK_KEY bytes */
	enum risk_role role;
	bool device_key;
	const struct adaptive_policy *policy;
	uint32_t rules; /* bits: enum risk_rule; those that follow from what is stored are added */
};
struct adaptive {
	struct uuid user_id;
	struct risk_profile profile;
	struct risk_look look;
	struct geo_place where;
	struct adaptive_common common[ADAPTIVE_VALUES]; /* of each level: its sum, its value */
	bool counted;					/* among the people new to the prefix */
	struct risk_record record;
	struct uuid exception; /* the one that held; nil: none */
	bool enforced;
	bool damaged; /* what was stored was no profile */
};
enum err adaptive_judge(struct ctx *ctx, const struct adaptive_ask *ask,
			struct adaptive *out) ERR_CHECKED;
/* The sign-in succeeded. *past: what was taught by it. */
enum err adaptive_learn(struct ctx *ctx, const struct adaptive *adaptive,
			struct past *past) ERR_CHECKED;
/* It was not the person after all: what adaptive_learn did is taken back, of the person's and of
 * everybody's; the budgets' figures stay. With the person's row locked, as the next. */
enum err adaptive_forget(struct ctx *ctx, const struct past *past) ERR_CHECKED;
/* What a refused one showed is the person's. */
enum err adaptive_teach(struct ctx *ctx, const struct uuid *user_id,
			const struct risk_look *look) ERR_CHECKED;

#endif
