/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_WEB_FORWARDED_H
#define SERVER_WEB_FORWARDED_H

#include <stdbool.h>

#include "base/codec.h"
#include "base/range.h"

/*
 * Whose request it is, when proxies stand in between. header: all X-Forwarded-For lines, joined by
 * commas in their order, or NULL. Each proxy appends the address it was asked from, so the list is
 * believed from its end, as long as who appended is a proxy of ours; the first other address is the
 * client's, and what stands before it is the client's own invention. Where nobody else is named, a
 * proxy itself asks (its health check). False: a proxy of ours has written what is no address; out
 * is then the proxy's.
 */
enum { FORWARDED_ADDRESS = 64 };
bool web_forwarded(const struct ranges *proxies, const char *peer, const char *header,
		   char out[FORWARDED_ADDRESS]);

#endif
