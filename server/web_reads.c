/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <pthread.h>
#include <stddef.h>

#include "access/access_api.h"
#include "audit/audit_api.h"
#include "auth/auth.h"
#include "auth/identity_api.h"
#include "auth/program_api.h"
#include "gateways/gateways_api.h"
#include "notify/notify_api.h"
#include "rbac/rbac_api.h"
#include "reports/reports_api.h"
#include "server/ops.h"
#include "sessions/sessions_api.h"
#include "targets/targets_api.h"

/* Every read handler: a new folder's are one line here. */
static const struct op_read *(*const modules[])(void) = {
	access_reads, audit_reads, auth_reads,	  identity_reads, program_reads, gateways_reads,
	notify_reads, rbac_reads,  reports_reads, sessions_reads, targets_reads, system_reads,
};
enum { MODULES = sizeof(modules) / sizeof(modules[0]) };

static const struct op_read *tables[MODULES + 1];

static void collect(void)
{
	for (size_t i = 0; i < MODULES; i++)
		tables[i] = modules[i]();
}

const struct op_read *const *web_read_tables(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, collect);
	return tables;
}
