/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef GATEWAYS_REFUSALS_H
#define GATEWAYS_REFUSALS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/uuid.h"

/*
 * A refused gateway comes again, as often as whoever runs it likes. The audit log gets one event a
 * minute for each gateway and reason, which tells how many went unsaid since the one before. Of
 * this process: after a restart each is said at once. Any thread.
 */
enum { REFUSALS_PAUSE_S = 60 };

/* Whether this one is to be said. reason: static text. *out_unsaid: since the last that was. */
bool refusal_due(const struct uuid *gateway_id, const char *reason, uint64_t *out_unsaid);
/* It could not be said: the next one is due. */
void refusal_unsaid(const struct uuid *gateway_id, const char *reason);

#endif
