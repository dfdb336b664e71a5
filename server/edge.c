/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/edge.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/log.h"
#include "base/role.h"

static void confine(void *arg)
{
	role_confine(arg, edge_sandbox());
}

static void lock(void *arg)
{
	role_lock(arg, edge_sandbox());
	role_ready();
}

/* Two descriptors for each browser connection, one for each gateway's. */
static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int main(int argc, char **argv)
{
	struct edge_start start = {.confine = confine, .lock = lock, .watch = role_watch_channels};
	struct role role;
	enum err err;

	role_start(&role, "edge", argc, argv);
	raise_limit();
	start.authority_fd = role_fd("authority");
	start.web_fd = role_fd("web");
	start.listen_fd = role_fd("listen");
	start.trusted_proxies = role.conf->trusted_proxies;
	start.arg = &role;
	(void)fcntl(start.listen_fd, F_SETFL, fcntl(start.listen_fd, F_GETFL) | O_NONBLOCK);
	err = edge_run(&start);
	if (err)
		log_event(LOG_LEVEL_ERROR, NULL, "failed", "code", err_code(err), NULL);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
