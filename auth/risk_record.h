/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_RISK_RECORD_H
#define AUTH_RISK_RECORD_H

#include <stddef.h>

#include "auth/risk.h"

/*
 * A decision with everything it was made of, as one line of text: what the audit event of the
 * sign-in carries. Whoever holds it can make the decision again, bit by bit, years later. Numbers
 * by name in one fixed order, one space apart; there is one text for a record.
 */
enum { RISK_RECORD_TEXT = 2048 }; /* with its NUL, whatever the numbers are */

struct risk_record {
	int32_t model;
	struct risk_facts facts;
	struct risk_policy policy;
	struct risk_decision decision;
};

/* Decides and writes down. */
void risk_record_make(const struct risk_facts *facts, const struct risk_policy *policy,
		      struct risk_record *out);
void risk_record_write(const struct risk_record *record, char out[RISK_RECORD_TEXT]);
/* false: not exactly what risk_record_write writes. */
bool risk_record_read(const char *text, struct risk_record *out);
/* Decides again from facts and policy: whether the decision is the recorded one. A record of
 * another model cannot be judged: false. */
bool risk_record_holds(const struct risk_record *record);

/*
 * The evidence by weight: rules that fired and terms, largest first, at most `max`; returns how
 * many. What counts against the person is positive; nothing that is 0 is listed.
 */
struct risk_part {
	const char *name; /* of a feature or rule, static */
	int32_t value;
};
size_t risk_record_parts(const struct risk_record *record, struct risk_part *out, size_t max);

#endif
