/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/ctx.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/sys.h"
#include "base/text.h"

void ctx_init(struct ctx *ctx, struct arena *arena)
{
	uint8_t trace[8];

	memset(ctx, 0, sizeof(*ctx));
	ctx->arena = arena;
	sys_random(trace, sizeof(trace));
	hex_encode(trace, sizeof(trace), ctx->trace);
}

#undef err_record /* base/analysis.h wraps it */
enum err err_record(struct ctx *ctx, enum err code, const char *reason, const char *field,
		    const char *file, int line, const char *format, ...)
{
	va_list args;

	if (ctx == NULL)
		return code;
	struct err_info *info = &ctx->error;
	info->code = code;
	info->file = file;
	info->line = line;
	snprintf(info->reason, sizeof(info->reason), "%s", reason != NULL ? reason : "");
	snprintf(info->field, sizeof(info->field), "%s", field != NULL ? field : "");
	va_start(args, format);
	vsnprintf(info->text, sizeof(info->text), format, args);
	va_end(args);
	return code;
}

int64_t ctx_left_us(const struct ctx *ctx)
{
	if (ctx->deadline_us == 0)
		return INT64_MAX;
	int64_t left = ctx->deadline_us - sys_mono_us();
	return left > 0 ? left : 0;
}
