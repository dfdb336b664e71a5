/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef RBAC_WRITE_H
#define RBAC_WRITE_H

#include <stdint.h>

#include "audit/audit.h"
#include "rbac/op.h"

/* What every write handler needs. Texts live in the context's arena. */

/* Event of the operation, with the caller's address. */
void write_audit(struct ctx *ctx, const struct in *in, struct audit *out_audit);
/* ERR_STALE unless If-Match named this version (or the operation does not ask for it). */
enum err write_if_match(struct ctx *ctx, const struct in *in, int64_t version) ERR_CHECKED;

/* Forms for before and after. NULL for NULL, nil and 0 where that means "none". */
const char *write_uuid(struct ctx *ctx, const struct uuid *id);
const char *write_int(struct ctx *ctx, int64_t value);
const char *write_time(struct ctx *ctx, int64_t real_us);
const char *write_bool(bool value);

/* *number becomes what the request says of it, if it does; before and after into the event. */
void write_number(struct ctx *ctx, const struct in *in, struct audit *audit, unsigned field,
		  int64_t *number);

#endif
