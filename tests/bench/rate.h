/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_BENCH_RATE_H
#define TESTS_BENCH_RATE_H

#include "base/ctx.h"

/*
 * How often a piece of work is done in a second by so many connections to the database at once,
 * each in a thread of its own. Everything asserts.
 */
struct rate {
	double per_second, p50_ms, p99_ms;
};

/* One time of work; nth: which connection does it. Its arena is emptied afterwards. */
typedef enum err rate_piece(struct ctx *ctx, int nth);

/* Opens the connections, as the database's owner; keeper is lent to all of them, or NULL. */
void rate_start(int connections, struct keeper_client *keeper);
struct rate rate_of(rate_piece *piece, double seconds);
/* The first connection, for what stands around the measuring. */
struct ctx *rate_ctx(void);
void rate_end(void);

/* A durable insert of as many bytes as an audit event has, in a transaction of its own. */
void rate_bare_prepare(void);
rate_piece rate_bare;

#endif
