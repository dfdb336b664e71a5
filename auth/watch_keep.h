/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_WATCH_KEEP_H
#define AUTH_WATCH_KEEP_H

#include "auth/watch.h"

/* What ctx->watch has to tell and to keep: audit events, the row the overview reads, and a copy for
 * a restart, which is a minute old at most and never holds anything of a password. */

/* At start; own transaction. A copy that cannot be read is an event of the log, and no obstacle. */
enum err watch_load(struct ctx *ctx) ERR_CHECKED;
/* In the caller's transaction; watch_told when it was committed. save: also when nothing is new. */
enum err watch_tell(struct ctx *ctx, const struct watch_news *news, bool save) ERR_CHECKED;

#endif
