/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUDIT_AUDIT_API_H
#define AUDIT_AUDIT_API_H

#include "rbac/op.h"

/* Operations on the audit log. */
const struct op *audit_ops(void);
const struct op_write *audit_writes(void); /* library audit_ops */
const struct op_read *audit_reads(void);   /* library audit_http */
struct db_stmt_list;
const struct db_stmt_list *audit_read_statements(void);

/* Places of the fields, per operation. */
enum audit_list_field {
	AL_LIMIT,
	AL_CURSOR,
	AL_Q,
	AL_LOG,
	AL_EVENT,
	AL_OUTCOME,
	AL_ACTOR,
	AL_OBJECT,
	AL_FROM,
	AL_TO,
};
enum { AE_FROM, AE_TO };
/* Choices of log, event and outcome as text. */
const char *audit_event_choice(int64_t index);
const char *audit_outcome_choice(int64_t index);

#endif
