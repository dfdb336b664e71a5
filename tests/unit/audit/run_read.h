/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_AUDIT_RUN_READ_H
#define TESTS_UNIT_AUDIT_RUN_READ_H

#include "base/buf.h"
#include "base/ctx.h"
#include "base/field.h"

/* Runs a read of the audit API as web would; apart from the test because base/json.h and jansson.h
 * cannot be included together. */
enum err run_read(struct ctx *ctx, const char *op, const struct value *values, size_t count,
		  struct buf *body);

#endif
