/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "access/access_api.h"
#include "access/handlers.h"

static const struct op_write rows[] = {
	{"workflows.create", workflow_create},
	{"workflows.update", workflow_update},
	{"workflows.archive", workflow_archive},
	{"requests.create", request_create},
	{"requests.approve", request_approve},
	{"requests.reject", request_reject},
	{"requests.withdraw", request_withdraw},
	{"requests.comment", request_comment},
	{"leases.return", lease_return},
	{"leases.revoke", lease_revoke},
	{NULL, NULL},
};

const struct op_write *access_writes(void)
{
	return rows;
}
