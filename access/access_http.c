/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "access/access_api.h"
#include "access/handlers.h"

static const struct op_read rows[] = {
	{"workflows.list", workflows_list},
	{"workflows.get", workflows_get},
	{"requests.list", requests_list},
	{"requests.get", requests_get},
	{"my.targets", my_targets},
	{"my.leases", my_leases},
	{NULL, NULL},
};

const struct op_read *access_reads(void)
{
	return rows;
}
