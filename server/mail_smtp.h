/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_MAIL_SMTP_H
#define SERVER_MAIL_SMTP_H

#include <signal.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/ctx.h"
#include "base/secret.h"
#include "server/mail_sql.h"

/*
 * Handing messages to a mail server (RFC 5321) by libcurl: with STARTTLS that must succeed (RFC
 * 3207) or TLS from the start (RFC 8314), TLS 1.2 at least, the certificate verified for the host
 * as it is configured; without TLS only to this machine itself, by address. Its name is looked up
 * here, so that libcurl starts no thread.
 */
struct mail_smtp {
	void *multi, *easy;		       /* libcurl's */
	char answer[CTX_TEXT_SIZE];	       /* the server's last words */
	const volatile sig_atomic_t *stopping; /* a transfer under way is given up */
};

/* Before confinement: OpenSSL reads its files. */
enum err mail_smtp_init(struct ctx *ctx, struct mail_smtp *smtp) ERR_CHECKED;
void mail_smtp_clear(struct mail_smtp *smtp);

struct mail_envelope {
	const char *recipient;
	const char *ehlo; /* our name */
	const struct buf *message;
	bool last; /* the connection ends behind it */
};
/* ERR_INPUT: the server does not take this message; ERR_DENIED: neither does it take others (its
 * certificate, our login); ERR_UNAVAILABLE: it could not be reached. ctx->error.text: its words. */
enum err mail_smtp_send(struct ctx *ctx, struct mail_smtp *smtp, const struct mail_server *server,
			const struct secret *password,
			const struct mail_envelope *envelope) ERR_CHECKED;

#endif
