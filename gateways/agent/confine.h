/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef GATEWAYS_AGENT_CONFINE_H
#define GATEWAYS_AGENT_CONFINE_H

#include "base/ctx.h"

/* No new privileges, no core files; files: the state folder, and what names are resolved with.
 * Before threads. */
enum err confine_files(struct ctx *ctx, const char *state_dir) ERR_CHECKED;
/* The calls a gateway needs; no listening, no exec. After threads. */
enum err confine_calls(struct ctx *ctx, const char *state_dir) ERR_CHECKED;

#endif
