/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_WEB_SSE_H
#define SERVER_WEB_SSE_H

#include "base/messages.h"

struct web;
struct web_request;
struct web_sse;
struct MHD_Response;

/*
 * Server-sent events: one bounded queue per stream, fed by authority's notifications as far as the
 * person may see the topic; a ping each 15 seconds; the session is asked about every 30.
 */
enum { SSE_PER_SESSION = 6, SSE_MAX = 2000 };

struct web_sse *web_sse_new(struct web *web);
/* Timers, in the loop's thread or before it runs. */
enum err web_sse_start(struct web_sse *sse) ERR_CHECKED;
/* Wakes and ends all streams, so that the daemon can stop. */
void web_sse_stop(struct web_sse *sse);
void web_sse_free(struct web_sse *sse);
/* Loop thread. */
void web_sse_notify(struct web_sse *sse, const struct msg_notify *message);
/* The stream of a request whose principal is known; NULL when there are too many. Connection's
 * thread. */
struct MHD_Response *web_sse_response(struct web_request *request);
/* May a person with these permissions hear of this topic? Unknown topics: no. */
bool web_sse_may(const char *topic, size_t len, uint64_t permissions);

#endif
