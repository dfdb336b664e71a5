/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/secret_hand.h"

#include <unistd.h>

#include "audit/audit.h"
#include "base/secret.h"

enum err secret_hand_record(struct ctx *ctx, const struct uuid *secret_id,
			    const struct secret_owner *owner, struct secret_hand *out)
{
	struct audit audit;
	enum err err = secret_store_get(ctx, secret_id, &out->ref, &out->blob);

	if (err != ERR_OK)
		return err;
	audit_init(&audit, EVENT_SECRET_RELEASED);
	audit_object(&audit, owner->type, owner->id, owner->name);
	audit_data(&audit, "kind", owner->kind);
	return audit_append(ctx, &audit);
}

enum err secret_hand_open(struct ctx *ctx, const struct secret_hand *hand, int *out_fd)
{
	int ends[2];

	*out_fd = -1;
	if (secret_pipe_empty(ends) != ERR_OK)
		return err_set(ctx, ERR_UNAVAILABLE, "No pipe for the secret.");
	*out_fd = ends[0];
	enum err err = keeper_open(ctx, &hand->ref, hand->blob, ends[1]);
	close(ends[1]);
	return err;
}
