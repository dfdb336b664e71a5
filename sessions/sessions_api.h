/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SESSIONS_SESSIONS_API_H
#define SESSIONS_SESSIONS_API_H

#include "rbac/op.h"

/* Operations on privileged sessions and their recordings; rows in sessions_api.c, handlers by id.
 */
const struct op *sessions_ops(void);
const struct op_write *sessions_writes(void); /* library sessions_ops */
const struct op_read *sessions_reads(void);   /* library sessions_http */

/* Places of the fields, per operation. */
enum { SESSION_ID, SESSION_REASON /* terminate */ };
enum { SESSION_LEASE };
enum {
	SESSIONS_Q,
	SESSIONS_LIMIT,
	SESSIONS_CURSOR,
	SESSIONS_SCOPE,
	SESSIONS_STATE,
	SESSIONS_FROM,
	SESSIONS_TO
};
enum { RECORDING_SESSION, RECORDING_FIRST, RECORDING_COUNT };
enum { SESSIONS_MINE, SESSIONS_ALL };

/* In the order of the choices of `state`; NULL-ended. */
extern const char *const session_states[];

#endif
