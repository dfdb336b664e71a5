/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_AUTHORITY_CONSOLE_H
#define SERVER_AUTHORITY_CONSOLE_H

#include "base/buf.h"
#include "base/ctx.h"
#include "sql/db.h"

/* Commands of the control socket, in a worker thread. */
struct console_in {
	const char *argument;
	int fd; /* passphrase, or -1 */
	size_t live_sessions;
	bool opened; /* out: the vault was opened */
};
enum err console_run(struct ctx *ctx, const char *name, struct console_in *in,
		     struct buf *out) ERR_CHECKED;
const struct db_stmt_list *console_statements(void);

#endif
