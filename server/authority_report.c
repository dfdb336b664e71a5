/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/authority_report.h"

#include <stdarg.h>
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
	struct {
		char name[40], value[40];
	} rows[2];
};

static enum err store(struct ctx *ctx, void *arg)
{
	const struct report *report = arg;
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < sizeof(report->rows) / sizeof(report->rows[0]);
	     i++) {
		const struct db_param params[] = {DB_P_TEXT(report->rows[i].name),
						  DB_P_TEXT(report->rows[i].value),
						  DB_P_TIME(sys_real_us())};
		err = db_exec(ctx, &keep_report, params, NULL);
	}
	return err;
}

static void work(struct task *task, struct ctx *ctx)
{
	ctx->deadline_us = sys_mono_us() + (int64_t)DEADLINE_S * 1000000;
	if (db_transaction(ctx, store, task) != ERR_OK)
		log_failure(ctx, "role_report");
}

static __attribute__((format(printf, 5, 6))) void put_row(struct report *report, size_t row,
							  const char *kind,
							  const struct block *role,
							  const char *format, ...)
{
	va_list values;

	(void)snprintf(report->rows[row].name, sizeof(report->rows[row].name), "%s.%.*s", kind,
		       (int)role->len, (const char *)role->data);
	va_start(values, format);
	(void)vsnprintf(report->rows[row].value, sizeof(report->rows[row].value), format, values);
	va_end(values);
}

void role_report_keep(struct authority *authority, const struct msg_role_report *message)
{
	struct report *report = task_new(authority, sizeof(*report), work, NULL);

	if (!report)
		return;
	put_row(report, 0, "sandbox", &message->role, "%u %d %d %d", message->landlock_abi,
		message->seccomp != 0, message->identity != 0, message->memory_locked != 0);
	put_row(report, 1, "process", &message->role, "%u %llu", message->restarts,
		(unsigned long long)message->resident);
	if (!task_submit(report))
		task_free(report);
}
