/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TARGETS_HANDLERS_H
#define TARGETS_HANDLERS_H

#include "rbac/op.h"

/* Write handlers of this folder, one file per object. */
op_write_fn target_group_create, target_group_update, target_group_archive;
op_write_fn target_create, target_update, target_archive, target_test, target_host_key_clear;
op_write_fn target_import;
op_write_fn account_create, account_update, account_archive, account_secret;

#endif
