/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUDIT_VERIFY_DECISION_H
#define AUDIT_VERIFY_DECISION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How unusual sign-ins were found, made again from what their events say. */
struct decisions {
	uint64_t same;	    /* decided the same */
	uint64_t action[3]; /* of those: by enum risk_action */
	uint64_t other;	    /* of a model this program does not know */
};
/* One event's leaf. False: what it says was decided is not what its own numbers give. */
bool decision_check(const char *leaf, size_t len, struct decisions *counts);

#endif
