/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateways/gateways_api.h"
#include "gateways/handlers.h"
#include "gateways/witness.h"

static const struct op_write rows[] = {
	{"gateway_groups.create", gateway_group_create},
	{"gateway_groups.update", gateway_group_update},
	{"gateway_groups.archive", gateway_group_archive},
	{"gateways.create", gateway_create},
	{"gateways.update", gateway_update},
	{"gateways.archive", gateway_archive},
	{"gateways.token", gateway_token},
	{"gateways.revoke", gateway_revoke},
	{"gateways.release", gateway_release},
	{"witnesses.acknowledge", witness_acknowledge},
	{"est.simpleenroll", gateway_enrol},
	{"est.simplereenroll", gateway_renew},
	{NULL, NULL},
};

const struct op_write *gateways_writes(void)
{
	return rows;
}
