/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef GATEWAYS_AGENT_RENEW_H
#define GATEWAYS_AGENT_RENEW_H

#include "base/loop.h"
#include "gateways/agent/proxy.h"
#include "gateways/agent/state.h"

/*
 * A new key and certificate before the present one ends: EST simplereenroll (RFC 7030 4.2.2) over a
 * connection that shows the present certificate, with a signature of the present key over that
 * connection and the new key, so that nobody on the way can have another key certified. In a thread
 * of its own, because it waits.
 */
struct renewer;
/* done: from the loop, after identity.pem was replaced. proxy: borrowed. */
struct renewer *renewer_new(struct loop *loop, const char *dir, const struct proxy *proxy,
			    void (*done)(void *arg), void *arg);
/* Waits for a renewal under way. */
void renewer_free(struct renewer *renewer);
/* At about two thirds of the life between begins and expires (UTC microseconds); again when that
 * fails. */
void renewer_plan(struct renewer *renewer, int64_t begins, int64_t expires);
void renewer_now(struct renewer *renewer);

/* When to renew, random: 0..999. Counted from now, never negative. */
int64_t renew_delay_us(int64_t begins, int64_t expires, int64_t now, unsigned random);

#endif
