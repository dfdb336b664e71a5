/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_SIGNIN_SQL_H
#define AUTH_SIGNIN_SQL_H

#include "auth/user.h"
#include "base/codec.h"

/* What unknown names are checked against. */
#define SETTING_DUMMY_HASH "auth.dummy_hash"

/* What a sign-in needs of a person; user.id nil when there is none. */
struct signin_row {
	struct user user;
	const char *hash; /* NULL: no password */
	int64_t set_at;	  /* of the password; a hash made anew of the same one keeps it */
};

enum err signin_sql_by_login(struct ctx *ctx, const char *login,
			     struct signin_row *out) ERR_CHECKED;
/* The same of somebody known, as it is now; locked. ERR_NOT_FOUND. */
enum err signin_sql_again(struct ctx *ctx, const struct uuid *user_id,
			  struct signin_row *out) ERR_CHECKED;
enum err signin_sql_setting(struct ctx *ctx, const char *name, struct block *out) ERR_CHECKED;
/* ERR_CONFLICT when it exists. */
enum err signin_sql_add_setting(struct ctx *ctx, const char *name, struct block value) ERR_CHECKED;
enum err signin_sql_set_setting(struct ctx *ctx, const char *name, struct block value) ERR_CHECKED;
/* True when this person signed in from the address in the last 90 days. */
enum err signin_sql_network_known(struct ctx *ctx, const struct uuid *user_id, struct block peer,
				  bool *out) ERR_CHECKED;

#endif
