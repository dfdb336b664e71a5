/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_WEB_RATE_H
#define SERVER_WEB_RATE_H

#include <stdbool.h>

#include "base/uuid.h"

/*
 * Token buckets by peer (IPv6: by /64): one for everything, a small one for operations that anybody
 * may call; and one by API token. A table of fixed size; the longest idle entry of a set gives way.
 * Any thread.
 */
enum web_rate_class { WEB_RATE_ALL, WEB_RATE_PUBLIC, WEB_RATE_TOKEN, WEB_RATE__COUNT };

struct web_rate;
struct web_rate *web_rate_new(void);
void web_rate_free(struct web_rate *rate);
/* Takes a token. False: *out_retry seconds until there is one again. */
bool web_rate_take(struct web_rate *rate, enum web_rate_class class, const char *peer,
		   int *out_retry);
bool web_rate_take_id(struct web_rate *rate, enum web_rate_class class, const struct uuid *id,
		      int *out_retry);
/* One bucket for the whole process: refusals reported to authority. */
bool web_rate_report(struct web_rate *rate);

#endif
