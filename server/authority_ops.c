/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/authority_ops.h"

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
#include "sessions/sessions_api.h"
#include "targets/targets_api.h"

/* A new folder's handlers are one line here. */
static const struct op_write *(*const modules[])(void) = {
	auth_writes,	identity_writes, program_writes,  rbac_writes,
	targets_writes, access_writes,	 sessions_writes, gateways_writes,
	audit_writes,	reports_writes,	 notify_writes,
};
enum { MODULES = sizeof(modules) / sizeof(modules[0]) };

static const struct op_write *tables[MODULES + 1];

static void collect(void)
{
	for (size_t i = 0; i < MODULES; i++)
		tables[i] = modules[i]();
}

const struct op_write *const *authority_writes(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, collect);
	return tables;
}
