/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/backup.h"

const char *run_find(const char *name)
{
	static const char *const folders[] = {"/usr/bin",	 "/usr/sbin",	 "/usr/local/bin",
					      "/usr/local/sbin", "/usr/libexec", NULL};
	static char path[BACKUP_PATH];

	for (size_t i = 0; folders[i] != NULL; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folders[i], name);
		if (access(path, X_OK) == 0)
			return path;
	}
	return NULL;
}

/* In the child: never returns. */
static void become(const struct run_spec *spec)
{
	static const char *const environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
						  "LC_ALL=C.UTF-8", "TZ=UTC", "HOME=/nonexistent",
						  NULL};
	int null_fd = open("/dev/null", O_RDWR);
	bool joined = dup2(spec->in >= 0 ? spec->in : null_fd, STDIN_FILENO) >= 0 &&
		      dup2(spec->out >= 0 ? spec->out : STDERR_FILENO, STDOUT_FILENO) >= 0;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (joined && spec->keep_fd >= 0)
		joined = fcntl(spec->keep_fd, F_SETFD, 0) == 0;
	if (joined && spec->uid != (uid_t)-1)
		joined = setgroups(0, NULL) == 0 && setgid((gid_t)spec->uid) == 0 &&
			 setuid(spec->uid) == 0;
	if (joined)
		(void)execve(spec->program, (char *const *)(uintptr_t)spec->argv,
			     (char *const *)(uintptr_t)environment);
	_exit(127);
}

enum err run_start(struct ctx *ctx, const struct run_spec *spec, pid_t *out)
{
	pid_t pid = spec->program != NULL ? fork() : -1;

	if (pid == 0)
		become(spec);
	if (pid < 0)
		return err_set(ctx, ERR_IO, "A program cannot be started: %s", strerror(errno));
	*out = pid;
	return ERR_OK;
}

enum err run_wait(struct ctx *ctx, const char *program, pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_set(ctx, ERR_IO, "%s is lost", program);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return ERR_OK;
	return err_set(ctx, ERR_IO, "%s failed (%s %d); see above", program,
		       WIFEXITED(status) ? "status" : "signal",
		       WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
}

enum err run_whole(struct ctx *ctx, const struct run_spec *spec)
{
	pid_t pid = -1;
	enum err err = run_start(ctx, spec, &pid);

	return err == ERR_OK ? run_wait(ctx, spec->program, pid) : err;
}
