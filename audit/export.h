/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUDIT_EXPORT_H
#define AUDIT_EXPORT_H

#include "base/buf.h"
#include "base/ctx.h"

enum { EXPORT_BYTES_MAX = 64 * 1024 * 1024 };

/* Writes the export (audit/export_format.h) of all events of [from, to) that the newest checkpoint
 * covers; 0: open. ERR_CONFLICT: no checkpoint yet; ERR_TOO_LARGE: more than the buffer or 64 MiB
 * hold (the range must be narrowed). */
enum err export_write(struct ctx *ctx, int64_t from, int64_t to, struct buf *out) ERR_CHECKED;

#endif
