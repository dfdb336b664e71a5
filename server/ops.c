/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/ops.h"

#include <pthread.h>
#include <stddef.h>

#include "access/access_api.h"
#include "audit/audit_api.h"
#include "auth/auth.h"
#include "auth/identity_api.h"
#include "auth/page_api.h"
#include "auth/program_api.h"
#include "gateways/gateways_api.h"
#include "notify/notify_api.h"
#include "rbac/rbac_api.h"
#include "reports/reports_api.h"
#include "sessions/sessions_api.h"
#include "targets/targets_api.h"

/* Every operation of the API: a new folder's rows are one line here. */
static const struct op *(*const modules[])(void) = {
	access_ops, audit_ops, auth_ops,    identity_ops, page_ops,    program_ops, gateways_ops,
	notify_ops, rbac_ops,  reports_ops, sessions_ops, targets_ops, system_ops,
};
enum { MODULES = sizeof(modules) / sizeof(modules[0]) };

static const struct op *tables[MODULES + 1];

static void collect(void)
{
	for (size_t i = 0; i < MODULES; i++)
		tables[i] = modules[i]();
}

const struct op *const *op_tables(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, collect);
	return tables;
}
