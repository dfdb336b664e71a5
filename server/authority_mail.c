/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/mail_code.h"
#include "auth/secret_hand.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/sys.h"
#include "notify/server_sql.h"
#include "server/authority_inner.h"

/* What sekisho-mail may ask: the password for the mail server, for one connection, and the code
 * that a notice carries. That the code was to be sent is recorded where it was made. */

enum { DEADLINE_S = 5 };

struct mail_password {
	struct task task;
	uint32_t id;
	struct uuid code; /* nil: the password is wanted */
	struct msg_mail_password_sent sent;
	struct secret_hand hand;
	int fd; /* to read from */
};

static enum err record(struct ctx *ctx, void *arg)
{
	struct mail_password *wanted = arg;
	struct mail_settings settings;
	enum err err = mail_server_get(ctx, false, &settings);

	if (err == ERR_OK && uuid_is_nil(&settings.secret_id))
		err = err_set(ctx, ERR_NOT_FOUND, "No password is stored for the mail server.");
	const struct secret_owner owner = {"mail_server", settings.host, "mail",
					   &settings.secret_id};
	return err == ERR_OK ? secret_hand_record(ctx, &settings.secret_id, &owner, &wanted->hand)
			     : err;
}

static enum err hand_password(struct ctx *ctx, struct mail_password *wanted)
{
	enum err err = db_transaction(ctx, record, wanted);

	return err == ERR_OK ? secret_hand_open(ctx, &wanted->hand, &wanted->fd) : err;
}

static void password_work(struct task *task, struct ctx *ctx)
{
	struct mail_password *wanted = (struct mail_password *)task;

	ctx->deadline_us = sys_mono_us() + (int64_t)DEADLINE_S * 1000000;
	enum err err = uuid_is_nil(&wanted->code) ? hand_password(ctx, wanted)
						  : mail_code_hand(ctx, &wanted->code, &wanted->fd);
	if (err != ERR_OK && err != ERR_SEALED)
		log_failure(ctx, "mail_password");
	wanted->sent.err = (uint32_t)err;
}

static void password_done(struct task *task)
{
	struct mail_password *wanted = (struct mail_password *)task;
	struct chan *mail = task->authority->peers[PEER_MAIL];
	int count = wanted->sent.err == ERR_OK ? 1 : 0;

	if (mail && chan_is_open(mail) &&
	    chan_post_codec(mail, MSG_MAIL_PASSWORD_SENT, wanted->id, &msg_mail_password_sent_codec,
			    &wanted->sent, &wanted->fd, count) != ERR_OK)
		log_event(LOG_LEVEL_WARN, NULL, "answer_shed", NULL);
	fd_close_p(&wanted->fd);
	task_free(task);
}

static enum err on_password(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	struct mail_password *wanted = task_new(arg, sizeof(*wanted), password_work, password_done);

	(void)chan;
	if (!wanted)
		return ERR_MEMORY;
	wanted->id = msg->id;
	wanted->code = ((const struct msg_mail_password *)message)->code;
	wanted->fd = -1;
	wanted->sent.err = ERR_UNAVAILABLE;
	if (!task_submit(wanted))
		password_done(&wanted->task);
	return ERR_OK;
}

static const struct chan_row rows[] = {
	{MSG_MAIL_PASSWORD, "mail_password", &msg_mail_password_codec,
	 sizeof(struct msg_mail_password), 0, 0, on_password},
};

enum err mail_receive(void *arg, struct chan *chan, struct chan_msg *msg)
{
	return chan_dispatch(rows, sizeof(rows) / sizeof(rows[0]), arg, chan, msg);
}
