/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/floor.h"

const char *factor_level_name(enum factor_level level)
{
	static const char *const names[FACTOR_LEVELS] = {"any", "passkey", "device_bound",
							 "attested"};

	return names[level];
}

enum factor_due factor_due_of(const struct factor_standing *standing, enum factor_level shown)
{
	if (shown >= standing->floor)
		return FACTOR_DUE_NONE;
	return standing->best >= standing->floor ? FACTOR_DUE_PROVE : FACTOR_DUE_ENROL;
}

enum factor_level factor_level_of(bool backup_eligible, bool attested)
{
	if (backup_eligible)
		return FACTOR_PASSKEY;
	return attested ? FACTOR_ATTESTED : FACTOR_DEVICE_BOUND;
}
