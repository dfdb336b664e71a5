/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_ADAPTIVE_TUNE_H
#define AUTH_ADAPTIVE_TUNE_H

#include "auth/risk.h"
#include "base/ctx.h"

/* Thresholds from budgets: the organisation's own sign-ins of the last days are counted by score,
 * and once a day the thresholds move towards what keeps the budgets. */

/* An accepted sign-in: counted when its scores say something about budgets. */
enum err adaptive_count(struct ctx *ctx, const struct risk_facts *facts, int32_t score,
			uint16_t day) ERR_CHECKED;
/* The day's work, once a day: whoever asks again on the same day changes nothing. In the caller's
 * transaction; a threshold that moved is an event. */
enum err adaptive_tune(struct ctx *ctx, int64_t now_us) ERR_CHECKED;

#endif
