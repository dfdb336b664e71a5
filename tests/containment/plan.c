/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "tests/containment/attack.h"

/* Read once, by the constructor below. */
static struct plan plan = {.landlock_abi = -1};

const struct plan *attack_plan(void)
{
	return &plan;
}

static size_t file_read(const char *path, char *out, size_t size)
{
	scoped(fd_close_p) int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd >= 0 ? read(fd, out, size - 1) : -1;

	out[got > 0 ? got : 0] = 0;
	return got > 0 ? (size_t)got : 0;
}

static void hex(const char *value, uint8_t *out, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		const char pair[3] = {value[2 * i], value[2 * i] ? value[2 * i + 1] : '\0', 0};
		if (pair[1] == 0)
			return;
		out[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
}

static void setting(const char *name, const char *value)
{
	if (strcmp(name, "data") == 0)
		(void)snprintf(plan.data, sizeof(plan.data), "%s", value);
	else if (strcmp(name, "outside") == 0)
		(void)snprintf(plan.outside, sizeof(plan.outside), "%s", value);
	else if (strcmp(name, "outside_port") == 0)
		plan.outside_port = (uint16_t)strtoul(value, NULL, 10);
	else if (strcmp(name, "unix") == 0)
		(void)snprintf(plan.unix_path, sizeof(plan.unix_path), "%s", value);
	else if (strcmp(name, "unix_datagram") == 0)
		(void)snprintf(plan.unix_datagram, sizeof(plan.unix_datagram), "%s", value);
	else if (strcmp(name, "abstract") == 0)
		(void)snprintf(plan.abstract, sizeof(plan.abstract), "%s", value);
	else if (strcmp(name, "abi") == 0)
		plan.landlock_abi = (int)strtol(value, NULL, 10);
	else if (strcmp(name, "off") == 0)
		plan.no_landlock = plan.no_seccomp = true;
	else if (strcmp(name, "kill") == 0)
		plan.kill = true;
	else if (strcmp(name, "hold") == 0)
		plan.hold = true;
	else if (strcmp(name, "session") == 0)
		hex(value, plan.session, sizeof(plan.session));
	else if (strcmp(name, "own_session") == 0)
		hex(value, plan.own_session, sizeof(plan.own_session));
	else if (strcmp(name, "gateway") == 0)
		hex(value, plan.gateway, sizeof(plan.gateway));
	else if (strcmp(name, "cookie") == 0)
		hex(value, plan.cookie, sizeof(plan.cookie));
}

static bool plan_read(const char *path)
{
	char text[2048];
	char *line = text;

	if (file_read(path, text, sizeof(text)) == 0)
		return false;
	while (*line != 0) {
		char *end = line + strcspn(line, "\n");
		char *equals = memchr(line, '=', (size_t)(end - line));
		bool last = *end == 0;
		*end = 0;
		if (equals != NULL) {
			*equals = 0;
			setting(line, equals + 1);
		}
		line = last ? end : end + 1;
	}
	return true;
}

/* In the folder of an absolute path, or above it. */
static bool plan_above(const char *path)
{
	char at[600], candidate[640];

	(void)snprintf(at, sizeof(at), "%s", path);
	for (char *slash = strrchr(at, '/'); slash != NULL && slash != at;
	     slash = strrchr(at, '/')) {
		*slash = 0;
		(void)snprintf(candidate, sizeof(candidate), "%s/attack.plan", at);
		if (plan_read(candidate))
			return true;
	}
	return false;
}

/* The arguments of this process or of the supervisor name the installation's folder. */
static bool plan_of(const char *arguments)
{
	char text[1024];
	size_t len = file_read(arguments, text, sizeof(text));

	for (size_t at = 0; at < len; at += strlen(text + at) + 1)
		if (text[at] == '/' && at > 0 && plan_above(text + at))
			return true;
	return false;
}

__attribute__((constructor)) static void plan_find(void)
{
	char parent[64];

	(void)snprintf(parent, sizeof(parent), "/proc/%d/cmdline", (int)getppid());
	if (!plan_of("/proc/self/cmdline"))
		(void)plan_of(parent);
}
