/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TARGETS_TARGETS_API_H
#define TARGETS_TARGETS_API_H

#include "rbac/op.h"

/* Operations on target groups, targets and accounts; rows in targets_api.c, handlers by id. */
const struct op *targets_ops(void);
const struct op_write *targets_writes(void); /* library targets_ops */
const struct op_read *targets_reads(void);   /* library targets_http */

/* Places of the fields, per operation. */
enum { TG_LIST_Q, TG_LIST_LIMIT, TG_LIST_CURSOR, TG_LIST_ARCHIVED };
enum { TG_NAME, TG_DESCRIPTION, TG_PARENT, TG_ID /* not when created */ };
enum { TL_Q, TL_LIMIT, TL_CURSOR, TL_ARCHIVED, TL_GROUP, TL_KIND };
enum { T_NAME, T_DESCRIPTION, T_GROUP, T_GATEWAY_GROUP, T_PORT, T_ADDRESSES, T_KIND_OR_ID };
enum { IMPORT_DRY_RUN, IMPORT_ROWS };
enum import_column {
	IMPORT_ROW, /* number of the record in the file */
	IMPORT_TARGET,
	IMPORT_KIND,
	IMPORT_DESCRIPTION,
	IMPORT_GROUP,
	IMPORT_GATEWAY_GROUP,
	IMPORT_PORT,
	IMPORT_ADDRESSES,
	IMPORT_ACCOUNT,
	IMPORT_ACCOUNT_DESCRIPTION,
	IMPORT_LENDABLE,
	IMPORT_CONCURRENT,
	IMPORT_COLUMNS
};
enum { TEST_ID, TEST_ACCOUNT };
enum { HOST_KEY_ID, HOST_KEY_TYPE };
enum { A_ID, A_NAME, A_DESCRIPTION, A_LENDABLE, A_CONCURRENT };
enum { SECRET_ID, SECRET_KIND };

#endif
