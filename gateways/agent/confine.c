/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateways/agent/confine.h"

#include <netdb.h>

#include "base/log.h"
#include "base/sandbox.h"

enum { PATHS = 4 };

static void spec_fill(struct sandbox_spec *spec, struct sandbox_path *paths, const char *dir)
{
	paths[0] = (struct sandbox_path){.path = dir, .write = true};
	paths[1] = (struct sandbox_path){.path = "/etc"};
	paths[2] = (struct sandbox_path){.path = "/usr/lib"}; /* name service modules */
	paths[3] = (struct sandbox_path){.path = "/run"};     /* resolv.conf may live there */
	*spec = (struct sandbox_spec){
		.role = "gateway",
		.allow = SANDBOX_INET_CONNECT | SANDBOX_FILES | SANDBOX_THREADS |
			 SANDBOX_SETSOCKOPT_TCP,
		.paths = paths,
		.path_count = PATHS,
	};
}

enum err confine_files(struct ctx *ctx, const char *state_dir)
{
	struct sandbox_path paths[PATHS];
	struct sandbox_report report = {0};
	struct sandbox_spec spec;
	struct addrinfo *found = NULL;

	spec_fill(&spec, paths, state_dir);
	/* Loads the name service modules while everything is still allowed. */
	if (getaddrinfo("localhost", NULL, NULL, &found) == 0)
		freeaddrinfo(found);
	if (sandbox_drop_identity(0, 0) || sandbox_landlock(&spec, &report))
		return err_set(ctx, ERR_BUG, "confinement failed");
	if (report.landlock_abi == 0)
		log_event(LOG_LEVEL_WARN, ctx, "landlock_absent", NULL);
	return ERR_OK;
}

enum err confine_calls(struct ctx *ctx, const char *state_dir)
{
	struct sandbox_path paths[PATHS];
	struct sandbox_report report = {0};
	struct sandbox_spec spec;

	spec_fill(&spec, paths, state_dir);
	if (sandbox_seccomp(&spec, &report))
		return err_set(ctx, ERR_BUG, "confinement failed");
	return ERR_OK;
}
