/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ACCESS_HANDLERS_H
#define ACCESS_HANDLERS_H

#include "rbac/op.h"

/* Write handlers of this folder, one file per object; reads below. */
op_write_fn workflow_create, workflow_update, workflow_archive;
op_write_fn request_create, request_approve, request_reject, request_withdraw, request_comment;
op_write_fn lease_return, lease_revoke;

op_read_fn workflows_list, workflows_get;
op_read_fn requests_list, requests_get;
op_read_fn my_targets, my_leases;

#endif
