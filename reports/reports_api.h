/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef REPORTS_REPORTS_API_H
#define REPORTS_REPORTS_API_H

#include "rbac/op.h"

/* Operations on reports; rows in reports_api.c, handlers by id. */
const struct op *reports_ops(void);
const struct op_write *reports_writes(void); /* library reports_ops: what was asked, into the log */
const struct op_read *reports_reads(void);   /* library reports_http */

/* Places of the fields. */
enum { RU_FROM, RU_TO, RU_TIMEZONE, RU_FORMAT, RU_BOM, RU_USER, RU_TARGET };

#endif
