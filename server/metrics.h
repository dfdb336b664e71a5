/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_METRICS_H
#define SERVER_METRICS_H

#include "rbac/op.h"
#include "server/web_count.h"

/* What the role counts itself, for system.metrics: borrowed for life, given before any thread
 * runs. */
void metrics_note_counts(const struct web_counts *counts);
/* The handler of system.metrics: text exposition format 0.0.4 of Prometheus. Without the database
 * it tells what web knows. No label holds anything that a person typed. */
enum err metrics_read(struct ctx *ctx, const struct in *in, struct reply *reply);

#endif
