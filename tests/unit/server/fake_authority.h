/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_SERVER_FAKE_AUTHORITY_H
#define TESTS_UNIT_SERVER_FAKE_AUTHORITY_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/messages.h"
#include "base/secret.h"
#include "server/web.h"

/*
 * The web role against an authority that answers from a script, and a browser that is a socket:
 * real HTTP bytes in, real HTTP bytes out.
 */
struct fake_refusal {
	const char *op, *reason;
	enum err err;
	bool seen;
};

/* What it says, to every question alike. */
struct fake_answers {
	uint64_t permissions;
	int64_t authenticated_at;
	struct msg_result result; /* of each MSG_EXECUTE */
	const char *body;	  /* sent through a pipe with the result */
	size_t body_len;	  /* 0: it is text */
	bool mute;		  /* receives and never answers */
	bool mute_orders;	  /* the same for MSG_EXECUTE only */
};

/* Counts, and the rest of the latest MSG_EXECUTE. */
struct fake_seen {
	int asked, executed;
	char op[64], idempotency_key[128], upgraded[512];
	int64_t if_match;
	char secret[256];
	size_t secret_len;
	uint8_t values[4096];
	size_t values_len;
};

struct fake_authority {
	int fd;
	pthread_t thread;
	pthread_mutex_t
		lock; /* of all below: a question of an earlier case may still be on its way */
	pthread_cond_t refused;
	struct fake_answers answers;
	struct fake_seen seen;
	struct fake_refusal awaited; /* by the test */
};

struct fixture {
	struct fake_authority authority;
	struct loop *loop;
	pthread_t loop_thread;
	struct web *web;
	struct conf conf;
	struct web_counts *counts;
	uint8_t metrics_digest[32]; /* of FAKE_METRICS_TOKEN */
};

#define FAKE_METRICS_TOKEN "scrape-6c1f0b7e2a94"

/* The cookie it knows: 43 letters A. */
#define FAKE_COOKIE "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

/* On that end of a channel, in a thread of its own, until the channel ends; says the usual. */
void fake_authority_start(struct fake_authority *fake, int fd);
void fake_authority_join(struct fake_authority *fake);
/* Everything is allowed to who signed in now; nothing to tell. */
struct fake_answers fake_usual(void);
void fixture_start(struct fixture *fixture, const struct op *const *ops,
		   const struct op_read *const *reads);
void fixture_stop(struct fixture *fixture);
/* Before the question: the refusal web shall tell authority of. Others, those of earlier questions
 * that are still on their way among them, are passed over. */
void fixture_expect_refusal(struct fixture *fixture, const char *op, const char *reason,
			    enum err err);
/* After the answer: web told of it (it may do so after it has answered). */
bool fixture_await_refusal(struct fixture *fixture);
/* From the next question on. */
void fixture_say(struct fixture *fixture, const struct fake_answers *answers);
/* All that belongs to what was answered by now. */
struct fake_seen fixture_seen(struct fixture *fixture);
/* A browser's end of a new connection. */
int fixture_connect(struct fixture *fixture);
/* Sends the text, reads until the answer is whole (or the peer closes, or time is up). */
size_t fixture_talk(int fd, const char *text, char *out, size_t size);
/* One request on a connection of its own; returns the status, and the answer in out. */
int fixture_ask(struct fixture *fixture, const char *text, char *out, size_t size);
/* Notification to web. */
void fixture_notify(struct fixture *fixture, const char *topic, const struct uuid *user);

#endif
