/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef RBAC_RULE_OPS_H
#define RBAC_RULE_OPS_H

#include "rbac/op.h"

/* Write handlers of access rules (op_write_fn). */
op_write_fn rule_create, rule_update, rule_archive;

#endif
