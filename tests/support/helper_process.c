/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/helper_process.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t last;

bool helper_process(void *arg, enum helper_kind kind, int control)
{
	const char *name = arg;
	char path[512];

	(void)kind;
	(void)snprintf(path, sizeof(path), SEKISHO_BINARY_DIR "/bin/%s", name);
	last = fork();
	if (last != 0)
		return last > 0;
	int moved = fcntl(control, F_DUPFD, 100);
	if (moved < 0 || dup2(moved, 3) != 3)
		_exit(71);
	closefrom(4);
	(void)execl(path, name, "--role-fds", "control=3", NULL);
	_exit(71);
}

int helper_process_status(void)
{
	int status = -1;

	return waitpid(last, &status, 0) == last ? status : -1;
}
