/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_AUTHORITY_REPORT_H
#define SERVER_AUTHORITY_REPORT_H

#include "base/messages.h"
#include "sql/db.h"

struct authority;
const struct db_stmt_list *role_report_statements(void);

/* What the supervisor tells of a role: what confines it is kept as system_state "sandbox.<role>",
 * for the overview page; "<restarts> <resident KiB>" as "process.<role>", for metrics. Reader
 * thread. */
void role_report_keep(struct authority *authority, const struct msg_role_report *message);

#endif
