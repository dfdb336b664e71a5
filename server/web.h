/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_WEB_H
#define SERVER_WEB_H

#include "base/conf.h"
#include "base/loop.h"
#include "base/messages.h"
#include "rbac/op.h"
#include "server/web_count.h"
#include "sql/db.h"

/*
 * The web role without its process: HTTP on connections that are handed over, operations by their
 * rows, questions to authority over one channel. Tests run it against an authority of their own.
 */
struct web;

/* Reads an EST enrolment (gateways/est.h) into the operation's values. */
struct est_request;
typedef enum err web_read_enrol(struct ctx *ctx, const struct est_request *request,
				struct value *values);

struct web_params {
	const struct conf *conf;	    /* borrowed for life */
	const struct op *const *ops;	    /* tables of rows, NULL-ended */
	const struct op_read *const *reads; /* tables of web's handlers, NULL-ended */
	const struct db_params *db;	    /* NULL: no database */
	struct web_counts *counts;	    /* borrowed for life; NULL: nobody counts */
	const uint8_t *metrics_digest;	    /* SHA-256 of the token that OP_AUTH_METRICS wants,
					       borrowed for life; NULL: everybody is refused */
	web_read_enrol *read_enrol;	    /* for OP_BODY_PKCS10 */
	struct loop *loop;		    /* the caller runs it in one thread */
	void (*authority_lost)(void *arg);  /* channel ended; may be NULL */
	void *arg;
};

/* Nothing runs yet. NULL when memory is short. */
struct web *web_new(const struct web_params *params);
/* Starts handler threads and the HTTP daemon (threads: after Landlock, before seccomp). */
enum err web_start(struct web *web) ERR_CHECKED;
/* A (new) channel to authority; takes fd. Requests in flight on an older one answer 503. Loop
 * thread, or before the loop runs. */
enum err web_set_authority(struct web *web, int fd) ERR_CHECKED;
/* One browser connection; takes fd in any case. Loop thread. */
enum err web_add_connection(struct web *web, int fd, const struct msg_connection *from) ERR_CHECKED;
/* Stops threads and daemon and frees all. The loop must not run any more. */
void web_free(struct web *web);

#endif
