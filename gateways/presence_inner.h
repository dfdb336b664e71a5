/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef GATEWAYS_PRESENCE_INNER_H
#define GATEWAYS_PRESENCE_INNER_H

#include "audit/audit.h"
#include "audit/event.h"
#include "base/ctx.h"
#include "base/messages.h"
#include "gateways/presence_sql.h"
#include "gateways/proto/beat.h"

/* Shared by who judges attaches (attach.c) and who keeps presence (presence.c). */

int64_t presence_beat_seconds(const struct ctx *ctx);
/* NUL-terminated copy in the arena; "" when memory is short. */
const char *presence_text(struct ctx *ctx, struct block block);
/* Appends an event about a gateway; name, reason, peer, gateway_class may be NULL. */
enum err presence_audit(struct ctx *ctx, enum event_id event, enum audit_outcome outcome,
			const struct uuid *id, const char *name, const char *reason,
			const char *peer, const char *gateway_class) ERR_CHECKED;
/* What a beat proves: the chain value given last has arrived; the run that beats lives, although a
 * second one has knocked. */
enum err presence_confirm(struct ctx *ctx, const struct uuid *id,
			  const struct presence_policy *known,
			  const struct beat_head *head) ERR_CHECKED;

#endif
