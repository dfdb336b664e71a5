/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/ctx.h"
#include "base/sys.h"
#include "base/text.h"

enum { LINE_MAX_BYTES = 4096 }; /* PIPE_BUF: one write of a line is never torn */

static const char *log_role = "-";
static enum log_level lowest = LOG_LEVEL_INFO;

void log_setup(const char *role, enum log_level level)
{
	log_role = role;
	lowest = level;
}

static bool plain(const char *value)
{
	if (*value == '\0')
		return false;
	for (; *value != '\0'; value++)
		if ((unsigned char)*value <= ' ' || *value == '"' || *value == '=' ||
		    *value == '\\' || (unsigned char)*value >= 0x7f)
			return false;
	return true;
}

static void put_value(struct buf *line, const char *value)
{
	if (plain(value)) {
		buf_put_text(line, value);
		return;
	}
	buf_put_u8(line, '"');
	for (; *value != '\0'; value++) {
		unsigned char c = (unsigned char)*value;
		if (c == '"' || c == '\\')
			buf_printf(line, "\\%c", c);
		else if (c < ' ' || c == 0x7f)
			buf_printf(line, "\\x%02x", c);
		else
			buf_put_u8(line, c);
	}
	buf_put_u8(line, '"');
}

static void put_pair(struct buf *line, const char *key, const char *value)
{
	size_t before = line->len;

	buf_printf(line, " %s=", key);
	put_value(line, value != NULL ? value : "-");
	if (buf_failed(line)) { /* the pair that does not fit is left out, the line stays whole */
		line->failed = false;
		line->len = before;
	}
}

static void start_line(struct buf *line, enum log_level level, const char *event)
{
	static const char *const names[] = {"debug", "info", "warn", "error"};
	char time[TIME_TEXT_SIZE];

	time_format(sys_real_us(), time);
	buf_init(line, LINE_MAX_BYTES - 1);
	buf_printf(line, "%s level=%s role=%s event=%s", time, names[level], log_role, event);
}

static void end_line(struct buf *line, const struct ctx *ctx)
{
	if (ctx != NULL && ctx->trace[0] != '\0')
		put_pair(line, "trace", ctx->trace);
	line->limit = LINE_MAX_BYTES;
	buf_put_u8(line, '\n');
	if (write(STDERR_FILENO, line->data, line->len) < 0) {
		/* the log is the last resort: there is nobody left to tell */
	}
	buf_clear(line);
}

void log_event(enum log_level level, const struct ctx *ctx, const char *event, ...)
{
	struct buf line;
	va_list args;
	const char *key;

	if (level < lowest)
		return;
	start_line(&line, level, event);
	va_start(args, event);
	while ((key = va_arg(args, const char *)) != NULL)
		put_pair(&line, key, va_arg(args, const char *));
	va_end(args);
	end_line(&line, ctx);
}

void log_failure(const struct ctx *ctx, const char *event)
{
	const struct err_info *error = &ctx->error;
	char where[128];

	snprintf(where, sizeof(where), "%s:%d", error->file != NULL ? error->file : "-",
		 error->line);
	log_event(LOG_LEVEL_ERROR, ctx, event, "code", err_code(error->code), "reason",
		  error->reason, "text", error->text, "at", where, NULL);
}
