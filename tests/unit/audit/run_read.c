/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/audit/run_read.h"

#include "audit/audit_api.h"
#include "base/json.h"

enum err run_read(struct ctx *ctx, const char *op, const struct value *values, size_t count,
		  struct buf *body)
{
	const struct op_read *read = audit_reads();
	struct in in = {.op = audit_ops(), .if_match = -1, .secret_fd = -1, .upgrade_fd = -1};
	struct json json;
	struct reply reply = {.json = &json, .body = body, .etag = -1, .stream_fd = -1};
	while (strcmp(read->op, op) != 0)
		read++;
	while (strcmp(in.op->id, op) != 0)
		in.op++;
	memcpy(in.values, values, count * sizeof(*values));
	json_init(&json, body);
	return read->run(ctx, &in, &reply);
}
