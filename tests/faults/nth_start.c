/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Takes a program's place in the folder that sekishod starts its roles from: starts the real one,
 * in the folder `real` beside, with nth.so loaded. sekishod passes no LD_PRELOAD on, as it should.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char self[4096], path[8192], name[4096];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	(void)argc;
	if (len <= 0)
		return 71;
	self[len] = 0;
	(void)snprintf(name, sizeof(name), "%s", basename(self));
	const char *folder = dirname(self);
	(void)snprintf(path, sizeof(path), "%s/nth.so", folder);
	(void)setenv("LD_PRELOAD", path, 1);
	(void)snprintf(path, sizeof(path), "%s/control", folder);
	(void)setenv("SEKISHO_NTH", path, 1);
	(void)snprintf(path, sizeof(path), "%s/real/%s", folder, name);
	(void)execv(path, argv);
	(void)fprintf(stderr, "%s: %d\n", path, errno);
	return 71;
}
