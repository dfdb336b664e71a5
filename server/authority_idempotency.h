/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_AUTHORITY_IDEMPOTENCY_H
#define SERVER_AUTHORITY_IDEMPOTENCY_H

#include <stdbool.h>

#include "rbac/op.h"
#include "rbac/principal.h"
#include "sql/db.h"

/* Idempotency-Key of a creation: the same key and input gives the first answer again and changes
 * nothing; the same key with other input is a conflict. */
struct idempotency {
	bool active;
	bool repeated; /* the answer was found */
	const char *operation;
	struct uuid user_id;
	uint8_t key_hash[32], input_hash[32];
};
void idempotency_init(struct idempotency *once, const struct op *op, const struct principal *who,
		      const char *key, struct block input);
/* In the transaction, before the handler: fills out->id and version when it was done before. */
enum err idempotency_look(struct ctx *ctx, struct idempotency *once, struct out *out) ERR_CHECKED;
/* After it; a rival with the same key makes this ERR_RETRY. */
enum err idempotency_keep(struct ctx *ctx, const struct idempotency *once,
			  const struct out *out) ERR_CHECKED;
/* Drops what is older than a day. */
enum err idempotency_forget(struct ctx *ctx) ERR_CHECKED;
const struct db_stmt_list *idempotency_statements(void);

#endif
