/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Takes a program's place in the folder that sekishod starts its roles from: starts the real one
 * below `real` with loaded.so before libc. sekishod passes no LD_PRELOAD on, as it should. FOLDER
 * is named at compile time, so that a copy of this program works elsewhere, too.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char self[4096], path[4096];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	(void)argc;
	if (len <= 0)
		return 71;
	self[len] = 0;
	(void)setenv("LD_PRELOAD", FOLDER "/loaded.so", 1);
	(void)setenv("SEKISHO_CONTROL", FOLDER "/control", 1);
	(void)snprintf(path, sizeof(path), FOLDER "/real/%s", strrchr(self, '/') + 1);
	(void)execv(path, argv);
	(void)fprintf(stderr, "%s: %d\n", path, errno);
	return 71;
}
