/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_HASH_GATE_H
#define AUTH_HASH_GATE_H

#include "base/ctx.h"

/*
 * Passwords are hashed two at a time in the whole process: each takes up to 64 MiB and a core. Who
 * is not hashed at all never comes here. ctx->ahead goes before everybody else.
 */
enum { HASH_GATE_WIDTH = 2 };
void hash_gate_enter(const struct ctx *ctx);
void hash_gate_leave(void);

#endif
