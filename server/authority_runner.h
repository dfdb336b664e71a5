/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_AUTHORITY_RUNNER_H
#define SERVER_AUTHORITY_RUNNER_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/messages.h"
#include "rbac/op.h"
#include "server/authority_special.h"

/*
 * The one loop every state change walks through: find the operation, check its fields again,
 * authenticate, permission, freshness, handler and audit event in one transaction, commit; a
 * refusal at any step is audited in a transaction of its own, and when that cannot be written the
 * answer is ERR_UNAVAILABLE. Runs in a worker thread; nothing here knows about channels.
 */
struct runner {
	const struct op *const *ops;		    /* NULL-ended */
	const struct op_write *const *const writes; /* NULL-ended list of tables */
};

struct runner_request {
	const struct msg_execute *message;
	int fd;		  /* secret pipe or upgrade socket, or -1; taken over */
	bool console;	  /* from the owner's control socket: no cookie, all permissions */
	int64_t since_us; /* monotonic; when it came in: time in the queue counts. 0: now */
	/* Filled with who it was, for jobs that go on afterwards; may be NULL. */
	struct uuid *out_user_id;
	char *out_login;
	size_t out_login_size;
};

enum { RUNNER_EFFECT_TEXT = 256, RUNNER_TOPIC = 32 };
struct runner_result {
	enum err err;
	struct buf reply;			    /* MSG_RESULT, wiped on clear */
	int body_fd;				    /* goes with it, or -1 */
	struct out_effect effects[OUT_EFFECTS_MAX]; /* text points into effect_text */
	char effect_text[OUT_EFFECTS_MAX][RUNNER_EFFECT_TEXT];
	size_t effect_count;
	struct {
		char topic[RUNNER_TOPIC];
		struct uuid id;
	} notify[OUT_NOTIFY_MAX];
	size_t notify_count;
	int upgrade_fd;	      /* for OUT_EFFECT_START_SESSION, or -1 */
	int64_t answer_at_us; /* monotonic; it is not told sooner. 0: at once */
};
void runner_result_init(struct runner_result *result);
void runner_result_clear(struct runner_result *result); /* closes what was not taken */

void runner_execute(const struct runner *runner, struct ctx *ctx, struct runner_request *request,
		    struct runner_result *result);
/* reply: MSG_PRINCIPAL, whatever the outcome. */
void runner_authenticate(struct ctx *ctx, const struct msg_authenticate *message, int64_t since_us,
			 struct buf *reply);
/* Something web refused: recorded. */
enum err runner_refused(const struct runner *runner, struct ctx *ctx,
			const struct msg_refused *message) ERR_CHECKED;

/* The row of an operation by its name, or NULL. */
const struct op *runner_op(const struct runner *runner, struct block op);
/* Whose threads an operation runs on. */
enum special_pool runner_pool(struct block op);
/* Effects and notifications of some other transaction of authority's, taken over from out. */
void runner_take_effects(struct runner_result *result, const struct out *out);
/* MSG_RESULT of a failure that happened after or outside the runner. */
void runner_put_failure(struct buf *reply, enum err err, const char *reason, const char *text);

#endif
