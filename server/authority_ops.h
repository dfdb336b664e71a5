/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_AUTHORITY_OPS_H
#define SERVER_AUTHORITY_OPS_H

#include "rbac/op.h"

/* Every folder's write handlers; NULL-ended. */
const struct op_write *const *authority_writes(void);

#endif
