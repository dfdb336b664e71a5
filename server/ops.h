/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_OPS_H
#define SERVER_OPS_H

#include "rbac/op.h"

/* The installation's own operations (system_api.c), and web's handlers for them (system_http.c). */
const struct op *system_ops(void);
const struct op_read *system_reads(void);
/* For system.health: what the role knows about its channel to authority. */
void system_note_authority(bool reachable);
bool system_authority_reachable(void);

/* Every folder's read handlers, NULL-ended (web_reads.c). op_tables(): rbac/op.h. */
const struct op_read *const *web_read_tables(void);

#endif
