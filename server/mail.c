/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "base/arena.h"
#include "base/chan.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/messages.h"
#include "base/role.h"
#include "base/sys.h"
#include "notify/kind.h"
#include "notify/notify.h"
#include "server/mail_smtp.h"

/*
 * sekisho-mail: hands the notices of mail_outbox to the configured mail server. It reads them, what
 * the server is, and nothing else; the password for the server comes from authority through a pipe,
 * for one connection, after that was recorded, and so does a code that a message carries. A message
 * counts as sent when the server has taken it; a crash in between sends it once more, under the
 * same Message-ID.
 */
enum {
	POLL_MS = 1000,
	ANSWER_MS = 10000,
	DEADLINE_US = 20000000,
	ARENA_MAX = 8 * 1024 * 1024,
	MESSAGE_MAX = 128 * 1024,
	PASSWORD_MAX = 1024,
	CODE_TEXT = 16,
	RETRY_FIRST_S = 60, /* doubling, of one message */
	RETRY_MAX_S = 3600,
	PAUSE_FIRST_MS = 5000, /* doubling, of all, while the server cannot be used */
	PAUSE_MAX_MS = 300000,
	TIDY_EVERY_MS = 60000,
};
static const int64_t second_us = 1000000;

struct mail {
	struct mail_smtp smtp;
	struct db *db;
	struct arena *arena;
	const char *public_url;
	int authority; /* channel */
	uint32_t last_id;
	struct buf scratch;
	char last_error[CTX_TEXT_SIZE];		/* "": all is well */
	int64_t pause_ms, pause_until, tidy_at; /* the last two: monotonic us */
	int64_t version;			/* of the settings in use */
	bool lost;				/* authority is gone: so are we */
};

static volatile sig_atomic_t stopping;

static void stop(int number)
{
	(void)number;
	stopping = 1;
}

static enum err gone(struct ctx *ctx, struct mail *mail, enum err err)
{
	if (err == ERR_UNAVAILABLE)
		return err_set(ctx, err, "authority does not answer");
	mail->lost = true;
	return err_set(ctx, ERR_UNAVAILABLE, "the channel to authority is gone");
}

/* Answers that came too late are skipped. */
static enum err receive(struct ctx *ctx, struct mail *mail, struct msg_mail_password_sent *out,
			int *out_fd)
{
	struct chan_msg msg;

	do {
		enum err err = chan_receive(mail->authority, &mail->scratch, &msg, ANSWER_MS);
		if (err != ERR_OK)
			return gone(ctx, mail, err);
		fd_close_p(out_fd);
		*out_fd = chan_take_fd(&msg, 0);
		chan_close_fds(&msg);
	} while (msg.id != mail->last_id);
	if (msg.type == MSG_MAIL_PASSWORD_SENT &&
	    codec_get(&msg_mail_password_sent_codec, msg.data, msg.len, out) == ERR_OK)
		return ERR_OK;
	mail->lost = true;
	return err_set(ctx, ERR_BUG, "authority's answer is malformed");
}

/* code: of that notice; nil: the password for the mail server. ERR_NOT_FOUND: there is none. */
static enum err ask(struct ctx *ctx, struct mail *mail, const struct uuid *code,
		    struct secret **out)
{
	const struct msg_mail_password message = {.code = *code};
	struct msg_mail_password_sent answer = {0};
	scoped(buf_clear) struct buf request;
	scoped(fd_close_p) int fd = -1;

	buf_init(&request, 64);
	codec_put(&request, &msg_mail_password_codec, &message);
	mail->last_id = mail->last_id == UINT32_MAX ? 1 : mail->last_id + 1;
	enum err err = chan_send(mail->authority, MSG_MAIL_PASSWORD, mail->last_id, request.data,
				 request.len, NULL, 0, ANSWER_MS);
	if (err != ERR_OK)
		return gone(ctx, mail, err);
	err = receive(ctx, mail, &answer, &fd);
	if (err == ERR_OK && answer.err != ERR_OK)
		err = (enum err)answer.err;
	return err == ERR_OK ? secret_read_fd(fd, PASSWORD_MAX, ANSWER_MS, out) : err;
}

static enum err ask_password(struct ctx *ctx, struct mail *mail, struct secret **out)
{
	static const struct uuid none;
	enum err err = ask(ctx, mail, &none, out);

	if (err == ERR_OK || mail->lost)
		return err;
	return err_set(ctx, ERR_UNAVAILABLE,
		       err == ERR_SEALED ? "the vault is sealed: the password cannot be had"
					 : "the password could not be had from the vault");
}

static int64_t retry_after(int64_t attempts)
{
	int64_t seconds = RETRY_FIRST_S;

	for (int64_t i = 0; i < attempts && seconds < RETRY_MAX_S; i++)
		seconds *= 2;
	return (seconds < RETRY_MAX_S ? seconds : RETRY_MAX_S) * second_us;
}

/* Each kind of trouble is logged when it begins. */
static enum err note_failure(struct ctx *ctx, struct mail *mail, const char *text)
{
	if (strcmp(text, mail->last_error) != 0)
		log_event(LOG_LEVEL_WARN, NULL, "mail", "error", text, NULL);
	(void)snprintf(mail->last_error, sizeof(mail->last_error), "%s", text);
	return mail_sql_state(ctx, text);
}

static enum err note_success(struct ctx *ctx, struct mail *mail)
{
	if (mail->last_error[0] != '\0')
		log_event(LOG_LEVEL_INFO, NULL, "mail_resumed", NULL);
	mail->last_error[0] = '\0';
	mail->pause_ms = 0;
	return mail_sql_state(ctx, NULL);
}

/* What the message carries and no row does. ERR_NOT_FOUND: it is worth nothing any more. */
static enum err write_message(struct ctx *ctx, struct mail *mail, const struct mail_server *server,
			      const struct mail_due *due, struct buf *out)
{
	const struct message_origin origin = {server->sender, mail->public_url};
	scoped(secret_free_p) struct secret *code = NULL;
	struct message message = due->message;
	char text[CODE_TEXT] = "";
	enum err err = ERR_OK;

	if (notice_kind_has_code(message.kind)) {
		err = ask(ctx, mail, &message.id, &code);
		if (err != ERR_OK)
			return err_set(ctx, err, "the code is not known any more");
		(void)snprintf(text, sizeof(text), "%.*s", (int)secret_len(code),
			       (const char *)secret_bytes(code));
		message.detail = text;
	}
	err = message_write(out, &origin, &message, sys_real_us());
	wipe(text, sizeof(text));
	return err == ERR_OK ? ERR_OK : err_set(ctx, err, "the message cannot be written");
}

static enum err hand_over(struct ctx *ctx, struct mail *mail, const struct mail_server *server,
			  const struct secret *password, const struct mail_due *due, bool last)
{
	scoped(buf_clear) struct buf message;
	char host[256];

	buf_init(&message, MESSAGE_MAX);
	message_host(mail->public_url, host, sizeof(host));
	enum err err = write_message(ctx, mail, server, due, &message);
	if (err != ERR_OK)
		return err;
	const struct mail_envelope envelope = {due->message.address, host, &message, last};
	return mail_smtp_send(ctx, &mail->smtp, server, password, &envelope);
}

/* *out_go_on: whether the others are worth trying now. */
static enum err send_one(struct ctx *ctx, struct mail *mail, const struct mail_server *server,
			 const struct secret *password, const struct mail_due *due, bool last,
			 bool *out_go_on)
{
	char text[CTX_TEXT_SIZE];
	enum err sent = hand_over(ctx, mail, server, password, due, last), err;

	if (stopping)
		return ERR_OK; /* it is sent after the next start */
	(void)snprintf(text, sizeof(text), "%s", ctx->error.text);
	ctx->deadline_us = sys_mono_us() + DEADLINE_US;
	*out_go_on = sent == ERR_OK || sent == ERR_INPUT || sent == ERR_NOT_FOUND;
	if (sent == ERR_OK) {
		err = mail_sql_sent(ctx, &due->message.id);
		return err == ERR_OK ? note_success(ctx, mail) : err;
	}
	int64_t next = sent == ERR_NOT_FOUND ? due->give_up_at
					     : sys_real_us() + retry_after(due->attempts);
	err = mail_sql_failed(ctx, due, next, text);
	return err == ERR_OK && sent != ERR_NOT_FOUND ? note_failure(ctx, mail, text) : err;
}

static void pause_all(struct mail *mail)
{
	mail->pause_ms = mail->pause_ms == 0 ? PAUSE_FIRST_MS : 2 * mail->pause_ms;
	if (mail->pause_ms > PAUSE_MAX_MS)
		mail->pause_ms = PAUSE_MAX_MS;
	mail->pause_until = sys_mono_us() + mail->pause_ms * 1000;
}

static enum err send_batch(struct ctx *ctx, struct mail *mail, const struct mail_server *server,
			   const struct mail_due *due, size_t count)
{
	scoped(secret_free_p) struct secret *password = NULL;
	bool go_on = true;
	enum err err = ERR_OK;

	if (server->login[0] != '\0' && ask_password(ctx, mail, &password) != ERR_OK) {
		char text[CTX_TEXT_SIZE];
		(void)snprintf(text, sizeof(text), "%s", ctx->error.text);
		pause_all(mail);
		err = mail_sql_failed(ctx, &due[0], sys_real_us() + retry_after(due[0].attempts),
				      text);
		return err == ERR_OK ? note_failure(ctx, mail, text) : err;
	}
	for (size_t i = 0; i < count && go_on && err == ERR_OK && !stopping; i++)
		err = send_one(ctx, mail, server, password, &due[i], i + 1 == count, &go_on);
	if (!go_on)
		pause_all(mail);
	return err;
}

static enum err work_once(struct ctx *ctx, struct mail *mail)
{
	struct mail_server server;
	struct mail_due *due = arena_array(ctx->arena, struct mail_due, MAIL_BATCH);
	int64_t now = sys_mono_us(), real = sys_real_us();
	size_t count = 0;
	enum err err = due ? mail_sql_server(ctx, &server) : ERR_MEMORY;

	if (err == ERR_OK && now >= mail->tidy_at) {
		err = mail_sql_tidy(ctx, real, real - NOTICE_KEEP_DAYS * 86400 * second_us);
		mail->tidy_at = now + (int64_t)TIDY_EVERY_MS * 1000;
	}
	if (err != ERR_OK || server.host[0] == '\0')
		return err;
	if (server.version != mail->version)
		mail->pause_ms = mail->pause_until = 0; /* whoever changed them wants to see */
	mail->version = server.version;
	err = mail_sql_due(ctx, real, now < mail->pause_until, due, &count);
	return err == ERR_OK && count > 0 ? send_batch(ctx, mail, &server, due, count) : err;
}

static void round_of(struct mail *mail)
{
	struct ctx ctx;
	struct pollfd wait = {.fd = mail->authority, .events = POLLIN};

	arena_reset(mail->arena);
	ctx_init(&ctx, mail->arena);
	ctx.db = mail->db;
	ctx.deadline_us = sys_mono_us() + DEADLINE_US;
	if (work_once(&ctx, mail) != ERR_OK)
		log_failure(&ctx, "mail");
	/* Authority has nothing to say but answers: what comes now is its end. */
	if (!stopping && poll(&wait, 1, POLL_MS) > 0 && (wait.revents & (POLLHUP | POLLERR)) != 0)
		mail->lost = true;
}

static enum err start(struct ctx *ctx, const struct role *role, struct mail *mail)
{
	struct addrinfo *found = NULL;
	scoped(secret_free_p) struct secret *password = role_secret("db");
	const struct db_params params = db_params_of(role->conf, "sekisho_mail", password);

	if (setenv("TZ", role->conf->timezone, 1) != 0)
		return err_set(ctx, ERR_MEMORY, "out of memory");
	tzset(); /* the zone's file is out of reach later */
	mail->public_url = role->conf->public_url;
	mail->authority = role_fd("authority");
	mail->smtp.stopping = &stopping;
	buf_init(&mail->scratch, 2 * CHAN_PAYLOAD_MAX);
	mail->db = db_new(&params);
	if (mail->db == NULL)
		return err_set(ctx, ERR_MEMORY, "out of memory");
	/* Loads the name service modules while everything is still allowed. */
	if (getaddrinfo("localhost", NULL, NULL, &found) == 0)
		freeaddrinfo(found);
	ctx->db = mail->db;
	ctx->deadline_us = sys_mono_us() + DEADLINE_US;
	if (db_connect(ctx) != ERR_OK) /* warm-up; it is tried again */
		log_failure(ctx, "database");
	return mail_smtp_init(ctx, &mail->smtp);
}

static void confine(struct role *role)
{
	struct sandbox_path paths[ROLE_PATHS] = {
		{"/etc", false}, {"/usr/lib", false}, {"/run", false}};
	struct sandbox_spec spec = {
		.role = "mail",
		.allow = SANDBOX_UNIX_CONNECT | SANDBOX_INET_CONNECT | SANDBOX_FILES |
			 SANDBOX_SETSOCKOPT_TCP,
		.paths = paths,
		.path_count = 3,
	};
	role_add_database(role->conf, &spec, paths);
	spec.tcp_port = 0; /* the mail server has another one */
	role_confine(role, &spec);
	role_lock(role, &spec);
}

int main(int argc, char **argv)
{
	const struct sigaction on_stop = {.sa_handler = stop};
	struct role role;
	struct mail mail = {.arena = arena_new(ARENA_MAX), .authority = -1};
	struct ctx ctx;

	role_start(&role, "mail", argc, argv);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigaction(SIGTERM, &on_stop, NULL);
	ctx_init(&ctx, mail.arena);
	if (mail.arena == NULL || start(&ctx, &role, &mail) != ERR_OK) {
		log_failure(&ctx, "start");
		return 1;
	}
	confine(&role);
	role_ready();
	while (!stopping && !mail.lost)
		round_of(&mail);
	mail_smtp_clear(&mail.smtp);
	buf_clear(&mail.scratch);
	db_free(mail.db);
	arena_free(mail.arena);
	return mail.lost;
}
