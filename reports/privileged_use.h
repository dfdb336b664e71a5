/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef REPORTS_PRIVILEGED_USE_H
#define REPORTS_PRIVILEGED_USE_H

#include "reports/report.h"
#include "sql/db.h"

/* 特権ID利用: every loan of the period with its sessions; a loan nobody used is one row as well. */
extern const struct report report_privileged_use;
const struct db_stmt_list *report_statements(void);

#endif
