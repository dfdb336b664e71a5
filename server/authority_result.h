/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_AUTHORITY_RESULT_H
#define SERVER_AUTHORITY_RESULT_H

#include "base/buf.h"
#include "base/ctx.h"
#include "rbac/op.h"

/* Encodes MSG_RESULT: out's fields on success, ctx->error otherwise. */
void result_encode(struct ctx *ctx, enum err err, const struct out *out, struct buf *reply);

#endif
