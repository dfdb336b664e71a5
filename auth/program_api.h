/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_PROGRAM_API_H
#define AUTH_PROGRAM_API_H

#include "rbac/op.h"

/* Programs (auth/program.h): how they sign in, and their administration. */
const struct op *program_ops(void);
const struct op_write *program_writes(void);
const struct op_read *program_reads(void);

/* Places of the fields that handlers ask for by name; program_api.c has the tables. */
enum {
	PROGRAM_NAME,
	PROGRAM_DISPLAY_NAME,
	PROGRAM_ROLE_NAMES,
	PROGRAM_SCOPES,
	PROGRAM_NETWORKS,
	PROGRAM_TOKEN_SECONDS
};
/* An update has the id in place of the name, and a state. */
enum { PROGRAM_ID = PROGRAM_NAME, PROGRAM_STATE = PROGRAM_TOKEN_SECONDS + 1 };
enum { SECRET_PROGRAM, SECRET_DAYS };
enum { END_PROGRAM, END_SECRET };
enum { OAUTH_CLIENT_ID, OAUTH_GRANT_TYPE, OAUTH_SCOPE, OAUTH_NETWORKS };
enum { REVOKE_CLIENT_ID, REVOKE_TOKEN, REVOKE_HINT };

#endif
