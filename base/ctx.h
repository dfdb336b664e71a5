/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_CTX_H
#define BASE_CTX_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct conf;
struct db;
struct helpers;
struct keeper_client;
struct principal;
struct network;
struct watch;
struct audit;

enum { CTX_TRACE_SIZE = 17, CTX_TEXT_SIZE = 256, CTX_REASON_SIZE = 48, CTX_FIELD_SIZE = 64 };

/* What went wrong last, for people (text, English), for programs (reason) and for us (file:line).
 */
struct err_info {
	enum err code;
	char reason[CTX_REASON_SIZE]; /* stable refinement of the code, e.g.
					 "request.self_approval"; may be empty */
	char field[CTX_FIELD_SIZE];   /* input field at fault, e.g. "ends_at"; may be empty */
	char text[CTX_TEXT_SIZE];
	const char *file;
	int line;
};

/* One per request or message; never shared between threads. All pointers are borrowed. */
struct ctx {
	struct arena *arena;
	const struct principal *principal; /* NULL: nobody */
	struct db *db;			   /* NULL in roles without a database */
	struct keeper_client *keeper;	   /* NULL outside authority */
	const struct helpers *helpers;	   /* NULL where none can be started */
	struct network *network;	   /* NULL outside authority */
	struct watch *watch;		   /* NULL outside authority */
	const struct conf *conf;	   /* NULL where nothing depends on it */
	/* Told of each audit event, in its transaction; what it answers is the event's answer.
	 * NULL: nobody is. */
	enum err (*on_audit)(struct ctx *ctx, const struct audit *audit);
	bool ahead;	      /* works for who waits for no stranger: server/authority_pool.h */
	int64_t answer_at_us; /* monotonic; a failure is not told sooner. 0: at once */
	char trace[CTX_TRACE_SIZE]; /* 16 hex digits: correlation id in logs, audit, problem+json */
	int64_t deadline_us;	    /* monotonic microseconds (sys_mono_us); 0: none */
	struct err_info error;
};

/* Prepares *ctx with a fresh random trace id and nothing else set; arena may be NULL. */
void ctx_init(struct ctx *ctx, struct arena *arena);

/* Records the error and returns code, so that `return err_set(ctx, ERR_DENIED, "…")` reads well.
 * Texts name what happened and the next step; they never contain secrets. ctx may be NULL. */
#define err_set(ctx, code, ...) \
	err_record((ctx), (code), NULL, NULL, __FILE__, __LINE__, __VA_ARGS__)
/* The same with a stable reason code. */
#define err_reason(ctx, code, reason, ...) \
	err_record((ctx), (code), (reason), NULL, __FILE__, __LINE__, __VA_ARGS__)
/* The same for one input field (code ERR_INPUT). */
#define err_field(ctx, field, reason, ...) \
	err_record((ctx), ERR_INPUT, (reason), (field), __FILE__, __LINE__, __VA_ARGS__)

enum err err_record(struct ctx *ctx, enum err code, const char *reason, const char *field,
		    const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 7, 8)));

/* Microseconds left before the deadline, never negative; INT64_MAX when there is none. */
int64_t ctx_left_us(const struct ctx *ctx);

#endif
