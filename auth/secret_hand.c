/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/secret_hand.h"

#include <unistd.h>

#include "audit/audit.h"
#include "base/secret.h"
#include "sql/db.h"

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

static enum err read_again(struct ctx *ctx, void *arg)
{
	struct secret_hand *hand = arg;
	const struct uuid id = hand->ref.id;

	return secret_store_get(ctx, &id, &hand->ref, &hand->blob);
}

/* The vault's key may have been rotated to its end between the two steps: then the blob that was
 * read is sealed under one that is gone, and the row has it under the newest. */
static enum err open_blob(struct ctx *ctx, const struct secret_hand *hand, int plain_fd)
{
	struct secret_hand now = *hand;
	struct keeper_status status;
	enum err err = keeper_open(ctx, &hand->ref, hand->blob, plain_fd);

	if (err != ERR_INTEGRITY || keeper_status(ctx, &status) != ERR_OK ||
	    keeper_blob_kek(hand->blob) >= status.kek_version)
		return err;
	err = db_transaction(ctx, read_again, &now);
	return err == ERR_OK ? keeper_open(ctx, &now.ref, now.blob, plain_fd) : err;
}

enum err secret_hand_open(struct ctx *ctx, const struct secret_hand *hand, int *out_fd)
{
	int ends[2];

	*out_fd = -1;
	if (secret_pipe_empty(ends) != ERR_OK)
		return err_set(ctx, ERR_UNAVAILABLE, "No pipe for the secret.");
	*out_fd = ends[0];
	enum err err = open_blob(ctx, hand, ends[1]);
	close(ends[1]);
	return err;
}
