/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sessions/job.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"

static bool is_channel(int fd)
{
	int type = 0;
	socklen_t len = sizeof(type);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_SEQPACKET;
}

static long parse_number(const char *text, long max)
{
	char *end = NULL;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	return errno != 0 || end == text || *end != '\0' || value < 0 || value > max ? -1 : value;
}

int job_start(const char *name, int argc, char **argv)
{
	static const char prefix[] = "control=";
	int fd = -1;

	log_setup(name, LOG_LEVEL_INFO);
	if (argc == 3 && strcmp(argv[1], "--role-fds") == 0 &&
	    strncmp(argv[2], prefix, strlen(prefix)) == 0)
		fd = (int)parse_number(argv[2] + strlen(prefix), 1024);
	if (fd < 0 || !is_channel(fd)) {
		(void)fprintf(stderr, "sekisho-%s is started by sekishod, not by hand.\n", name);
		exit(2);
	}
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
	return fd;
}

/* 0 when not set: keep the identity. */
static uid_t identity(const char *variable)
{
	const char *text = getenv(variable);
	long value = text == NULL ? 0 : parse_number(text, 0x7ffffffeL);

	if (value < 0) {
		log_event(LOG_LEVEL_ERROR, NULL, "identity_invalid", "variable", variable, NULL);
		exit(2);
	}
	return (uid_t)value;
}

void job_confine(const struct sandbox_spec *spec)
{
	struct sandbox_report report = {0};

	if (sandbox_drop_identity(identity("SEKISHO_UID"), (gid_t)identity("SEKISHO_GID")) !=
		    ERR_OK ||
	    sandbox_landlock(spec, &report) != ERR_OK || sandbox_seccomp(spec, &report) != ERR_OK ||
	    sandbox_self_test(spec) != ERR_OK) {
		log_event(LOG_LEVEL_ERROR, NULL, "confinement_failed", NULL);
		exit(1);
	}
}
