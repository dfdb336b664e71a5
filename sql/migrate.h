/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SQL_MIGRATE_H
#define SQL_MIGRATE_H

#include "base/ctx.h"
#include "base/secret.h"

/*
 * The schema, brought up to what this binary knows. The migrations are embedded at build time with
 * their SHA-256; each one applied is recorded in schema_migration. Only the role sekisho-migrate
 * links this; its database account is the only one that may change the schema.
 */
struct migration {
	unsigned number;  /* 1, 2, …; 0 ends the table */
	const char *name; /* "0001_base.sql" */
	const char *text;
	const char *sha256; /* 64 hex digits */
};
extern const struct migration migrations[];

/* ERR_CONFLICT with a text that names the setting when the server is older than 10.11 or does
 * not protect history (secure_timestamp other than YES). */
enum err migrate_check_server(struct ctx *ctx) ERR_CHECKED;

/* Creates the database when it is absent; ctx->db is connected without one. name: letters, digits,
 * underscore. */
enum err migrate_create_database(struct ctx *ctx, const char *name) ERR_CHECKED;

/* Under a lock of the server: applies what of list (ended by number 0) is missing. Refuses
 * (ERR_CONFLICT) a schema newer than list, an applied file that has changed since, and a migration
 * that began and did not end; a first installation that was cut short is started over instead.
 * ctx->db: scripts allowed, in database `name`. */
enum err migrate_apply(struct ctx *ctx, const char *name, const struct migration *list,
		       unsigned *out_applied) ERR_CHECKED;

/* Creates or renews the service accounts named in `lines` ("web <password>\n…", passwords of
 * [0-9A-Za-z]), takes all rights from them and grants what sql/grants.c lists. */
/* remote: from any machine, by TLS only; else from this one. */
enum err migrate_accounts(struct ctx *ctx, const char *name, bool remote,
			  const struct secret *lines) ERR_CHECKED;

#endif
