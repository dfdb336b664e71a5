/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_LOG_H
#define BASE_LOG_H

struct ctx;

/*
 * key=value lines on standard error (the supervisor collects them by pipe), one write(2) each:
 *   2026-11-21T10:00:00.123Z level=info role=web event=listening trace=… key=value
 * Values are quoted and escaped when needed, so input cannot forge a line. Only the boundary of a
 * process logs (once per failure); base/ itself never does.
 */
enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

/* role: static text shown in each line; level: lowest shown. */
void log_setup(const char *role, enum log_level level);

/* Pairs of key, value (const char *), ended by NULL: log_event(LOG_LEVEL_INFO, ctx, "ready",
 * "port", "8443", NULL). */
void log_event(enum log_level level, const struct ctx *ctx, const char *event, ...)
	__attribute__((sentinel));
/* Logs ctx->error with its file and line. */
void log_failure(const struct ctx *ctx, const char *event);

#endif
