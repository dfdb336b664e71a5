/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rbac/write.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/text.h"

void write_audit(struct ctx *ctx, const struct in *in, struct audit *out_audit)
{
	audit_init(out_audit, in->op->event);
	if (in->peer.len > 0)
		out_audit->peer =
			arena_strndup(ctx->arena, (const char *)in->peer.data, in->peer.len);
}

enum err write_if_match(struct ctx *ctx, const struct in *in, int64_t version)
{
	if (!(in->op->flags & OP_FLAG_IF_MATCH) || in->if_match == version)
		return ERR_OK;
	return err_reason(ctx, ERR_STALE, "version.stale",
			  "Somebody changed this meanwhile; load it again and repeat the change.");
}

const char *write_uuid(struct ctx *ctx, const struct uuid *id)
{
	if (id == NULL || uuid_is_nil(id))
		return NULL;
	char *text = arena_alloc(ctx->arena, UUID_TEXT_SIZE);
	if (text != NULL)
		uuid_format(id, text);
	return text;
}

const char *write_int(struct ctx *ctx, int64_t value)
{
	return arena_printf(ctx->arena, "%" PRId64, value);
}

const char *write_time(struct ctx *ctx, int64_t real_us)
{
	if (real_us == 0)
		return NULL;
	char *text = arena_alloc(ctx->arena, TIME_TEXT_SIZE);
	if (text != NULL)
		time_format(real_us, text);
	return text;
}

const char *write_bool(bool value)
{
	return value ? "true" : "false";
}

void write_number(struct ctx *ctx, const struct in *in, struct audit *audit, unsigned field,
		  int64_t *number)
{
	int64_t before = *number;

	*number = in_number(in, field, before);
	audit_change(audit, in->op->fields[field].name, write_int(ctx, before),
		     write_int(ctx, *number));
}
