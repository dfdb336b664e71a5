/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef RBAC_OP_ROW_H
#define RBAC_OP_ROW_H

#include "rbac/op.h"

/* One row of an operation table, in the order a reader wants it; a table ends with OP_END. */
#define OP_ROW(id_, method_, path_, auth_, permission_, event_, kind_, body_, flags_, max_,       \
	       fields_, then_)                                                                    \
	{                                                                                         \
		.id = (id_), .method = (method_), .path = (path_), .auth = (auth_),               \
		.permission = (permission_), .event = (event_), .kind = (kind_), .body = (body_), \
		.flags = (flags_), .max_body = (max_), .fields = (fields_), .then = (then_),      \
	}
#define OP_END             \
	{                  \
		.id = NULL \
	}

#endif
