/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/authority_report.h"

#include <stdio.h>

#include "base/log.h"
#include "base/sys.h"
#include "server/authority_inner.h"

enum { DEADLINE_S = 5 };

static const struct db_stmt keep_report = {
	"role_report.keep",
	"INSERT INTO system_state (name, value, updated_at) VALUES (?, ?, ?) "
	"ON DUPLICATE KEY UPDATE value = VALUE(value), updated_at = VALUE(updated_at)",
	3, 0};
static const struct db_stmt *const stmts[] = {&keep_report, NULL};
static const struct db_stmt_list list = {"role_report", stmts};

const struct db_stmt_list *role_report_statements(void)
{
	return &list;
}

struct report {
	struct task task;
	char name[40], value[24];
};

static enum err store(struct ctx *ctx, void *arg)
{
	const struct report *report = arg;
	const struct db_param params[] = {DB_P_TEXT(report->name), DB_P_TEXT(report->value),
					  DB_P_TIME(sys_real_us())};

	return db_exec(ctx, &keep_report, params, NULL);
}

static void work(struct task *task, struct ctx *ctx)
{
	ctx->deadline_us = sys_mono_us() + (int64_t)DEADLINE_S * 1000000;
	if (db_transaction(ctx, store, task) != ERR_OK)
		log_failure(ctx, "role_report");
}

void role_report_keep(struct authority *authority, const struct msg_role_report *message)
{
	struct report *report = task_new(authority, sizeof(*report), work, NULL);

	if (!report)
		return;
	(void)snprintf(report->name, sizeof(report->name), "sandbox.%.*s", (int)message->role.len,
		       (const char *)message->role.data);
	(void)snprintf(report->value, sizeof(report->value), "%u %d %d %d", message->landlock_abi,
		       message->seccomp != 0, message->identity != 0, message->memory_locked != 0);
	if (!task_submit(report))
		task_free(report);
}
