/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "targets/kind.h"

#include <string.h>

#include "targets/kind_linux_ssh.h"

/* A new kind: its file, its row here, its name below. */
static const struct target_kind *const kinds[] = {&target_kind_linux_ssh, NULL};
static const char *const names[] = {"linux_ssh", NULL};

_Static_assert(sizeof(kinds) / sizeof(kinds[0]) == sizeof(names) / sizeof(names[0]),
	       "each kind has its name");

const struct target_kind *const *target_kinds(void)
{
	return kinds;
}

const char *const *target_kind_names(void)
{
	return names;
}

const struct target_kind *target_kind_by_name(const char *name)
{
	for (size_t i = 0; kinds[i] != NULL; i++)
		if (strcmp(kinds[i]->name, name) == 0)
			return kinds[i];
	return NULL;
}

const struct target_secret_kind *target_secret_kind_by_name(const struct target_kind *kind,
							    const char *name)
{
	for (const struct target_secret_kind *s = kind->secrets; s->name != NULL; s++)
		if (strcmp(s->name, name) == 0)
			return s;
	return NULL;
}
