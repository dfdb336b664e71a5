/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_AUTHORITY_ROTATE_H
#define SERVER_AUTHORITY_ROTATE_H

#include "sql/db.h"

/*
 * Rotation of the key-encryption key and of the root key while everything goes on. What is done is
 * in the database alone: the vault state names the KEKs, each secret names its own. So it goes on
 * by itself after any death, until no secret is under an older KEK; then the older ones are
 * dropped.
 */
const struct db_stmt_list *rotate_statements(void);

/* "kek" or "root"; passphrase_fd: the new passphrase, or -1. Audited. */
enum err rotate_begin(struct ctx *ctx, const char *what, int passphrase_fd) ERR_CHECKED;
/* A bounded piece of work, once a second. ERR_SEALED before the vault is open. */
enum err rotate_step(struct ctx *ctx) ERR_CHECKED;
/* Secrets that wait for the newest KEK. */
enum err rotate_left(struct ctx *ctx, int64_t *out) ERR_CHECKED;

#endif
