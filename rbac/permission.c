/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rbac/permission.h"

#include <string.h>

static const char *const names[PERM__COUNT] = {[PERM_NONE] = "",
#define P(constant, name) [constant] = (name),
					       PERMISSIONS(P)
#undef P
};

_Static_assert(PERM__COUNT <= 64, "a permission_set has 64 bits");

const char *permission_name(enum permission permission)
{
	return (unsigned)permission < PERM__COUNT ? names[permission] : "";
}

enum permission permission_by_name(const char *name)
{
	for (unsigned i = PERM_NONE + 1; i < PERM__COUNT; i++)
		if (strcmp(names[i], name) == 0)
			return (enum permission)i;
	return PERM_NONE;
}
