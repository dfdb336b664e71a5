/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ACCESS_ACCESS_API_H
#define ACCESS_ACCESS_API_H

#include "rbac/op.h"

/* Operations on workflows, requests, leases and one's own targets; rows in access_api.c. */
const struct op *access_ops(void);
const struct op_write *access_writes(void); /* library access_ops */
const struct op_read *access_reads(void);   /* library access_http */

/* Places of the fields, per operation. */
enum { WL_Q, WL_LIMIT, WL_CURSOR, WL_ARCHIVED };
enum {
	W_NAME,
	W_DESCRIPTION,
	W_SELF_APPROVAL,
	W_TICKET_REQUIRED,
	W_MAX_MINUTES,
	W_MAX_AHEAD_DAYS,
	W_STAGES,
	W_ID /* not when created */
};
enum { STAGE_GROUP, STAGE_NEEDED };
enum { MT_Q, MT_LIMIT, MT_CURSOR, MT_KIND, MT_GROUP };
enum { ML_LIMIT, ML_CURSOR };
enum { RC_ACCOUNTS, RC_PURPOSE, RC_TICKET, RC_STARTS_AT, RC_MINUTES };
enum { RL_Q, RL_LIMIT, RL_CURSOR, RL_SCOPE, RL_STATE };
enum { SCOPE_MINE, SCOPE_APPROVALS, SCOPE_ALL };
enum { R_ID, R_TEXT };

enum { REQUEST_ACCOUNTS_MAX = 20, MINUTES_MAX = 10080 };

#endif
