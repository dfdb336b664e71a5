/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef RBAC_GROUP_OPS_H
#define RBAC_GROUP_OPS_H

#include "rbac/op.h"

/* Write handlers of groups of people and of role grants (op_write_fn). */
op_write_fn group_create, group_update, group_archive, group_members, group_roles, user_roles;

#endif
