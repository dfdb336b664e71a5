/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef GATEWAYS_AGENT_ENROL_H
#define GATEWAYS_AGENT_ENROL_H

#include <stdbool.h>

#include "base/ctx.h"
#include "base/secret.h"
#include "gateways/agent/proxy.h"

struct enrol {
	const char *server; /* HOST[:PORT] */
	const char *dir;
	uint8_t ca_sha256[32];
	struct secret *token; /* borrowed */
	/* As they are kept in the folder's config, or NULL; proxy is what they say. */
	const char *proxy_text, *proxy_login_file;
	struct proxy proxy;
};
/* RFC 7030 with RFC 9266 binding: CA fetched and compared with the pin, key made in place, one
 * certificate asked for over the now verified connection. Leaves a complete state folder, or
 * nothing that `run` would accept. */
enum err enrol_run(struct ctx *ctx, const struct enrol *enrol) ERR_CHECKED;

#endif
