/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef RBAC_EXPLAIN_H
#define RBAC_EXPLAIN_H

#include "rbac/op.h"

/* "Could X use Y, and why": the read access.explain. */
op_read_fn access_explain;

#endif
