/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "targets/handlers.h"
#include "targets/targets_api.h"

static const struct op_write rows[] = {
	{"target_groups.create", target_group_create},
	{"target_groups.update", target_group_update},
	{"target_groups.archive", target_group_archive},
	{"targets.create", target_create},
	{"targets.update", target_update},
	{"targets.archive", target_archive},
	{"targets.import", target_import},
	{"targets.test", target_test},
	{"targets.host_key_clear", target_host_key_clear},
	{"accounts.create", account_create},
	{"accounts.update", account_update},
	{"accounts.archive", account_archive},
	{"accounts.secret", account_secret},
	{NULL, NULL},
};

const struct op_write *targets_writes(void)
{
	return rows;
}
