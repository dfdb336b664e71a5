/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUDIT_AUDIT_SQL_H
#define AUDIT_AUDIT_SQL_H

#include "audit/audit.h"
#include "base/buf.h"
#include "sql/db.h"

/* The two rows of one event. */
enum err audit_sql_insert(struct ctx *ctx, const struct audit *audit, int64_t occurred_at,
			  const struct buf *leaf) ERR_CHECKED;

#endif
