/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/ops.h"

static const struct field none[] = {{.name = NULL}};

static const struct op ops[] = {
	{.id = "system.overview",
	 .method = "GET",
	 .path = "/api/v1/overview",
	 .auth = OP_AUTH_SESSION,
	 .permission = PERM_SYSTEM_VIEW,
	 .kind = OP_READ,
	 .fields = none},
	{.id = "system.health",
	 .method = "GET",
	 .path = "/api/v1/health",
	 .auth = OP_AUTH_PUBLIC,
	 .kind = OP_READ,
	 .fields = none},
	{.id = "system.live",
	 .method = "GET",
	 .path = "/api/v1/health/live",
	 .auth = OP_AUTH_PUBLIC,
	 .kind = OP_READ,
	 .fields = none},
	{.id = "system.ready",
	 .method = "GET",
	 .path = "/api/v1/health/ready",
	 .auth = OP_AUTH_PUBLIC,
	 .kind = OP_READ,
	 .fields = none},
	{.id = "system.metrics",
	 .method = "GET",
	 .path = "/metrics",
	 .auth = OP_AUTH_METRICS,
	 .kind = OP_READ,
	 .fields = none},
	/* topics are filtered by the listener's permissions: server/web_sse.c */
	{.id = "events.stream",
	 .method = "GET",
	 .path = "/api/v1/events",
	 .auth = OP_AUTH_SESSION,
	 .kind = OP_READ,
	 .flags = OP_FLAG_SSE,
	 .fields = none},
	{.id = NULL},
};

const struct op *system_ops(void)
{
	return ops;
}
