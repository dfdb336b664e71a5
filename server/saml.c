/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <unistd.h>

#include "auth/saml/key.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/helper.h"
#include "base/log.h"
#include "base/messages.h"
#include "base/sys.h"
#include "sessions/job.h"

/*
 * sekisho-saml: looks at one SAML message, or makes one, and ends. Descriptor: control. It reaches
 * nothing: no file, no socket, no database; and holds our key only when that message needs it.
 */
static const struct sandbox_spec spec = {.role = "saml"};

static enum err make_key(struct ctx *ctx, struct chan_msg *msg, const void *message, void *answer)
{
	const struct msg_saml_key *wish = message;
	struct msg_saml_certificate *made = answer;
	scoped(fd_close_p) int out = chan_take_fd(msg, 0);
	scoped(secret_free_p) struct secret *key = NULL;
	scoped(buf_clear) struct buf der;
	const char *who = arena_strndup(ctx->arena, (const char *)wish->who.data, wish->who.len);

	buf_init(&der, SAML_CERTIFICATE_MAX);
	enum err err = who == NULL ? ERR_MEMORY
				   : saml_key_make(ctx, who, sys_real_us() / 1000000, &key, &der);
	if (err == ERR_OK)
		err = secret_write_fd(key, out);
	if (err != ERR_OK)
		return err;
	made->certificate.data = arena_memdup(ctx->arena, der.data, der.len);
	made->certificate.len = der.len;
	return made->certificate.data == NULL ? ERR_MEMORY : ERR_OK;
}

static const struct helper_row rows[] = {
	{MSG_SAML_KEY, &msg_saml_key_codec, sizeof(struct msg_saml_key), 1, MSG_SAML_CERTIFICATE,
	 &msg_saml_certificate_codec, make_key},
};

int main(int argc, char **argv)
{
	int control = job_start("saml", argc, argv);

	job_confine(&spec);
	enum err err = helper_serve(control, rows, sizeof(rows) / sizeof(rows[0]));
	/* An asker who gave up is no fault. */
	if (err != ERR_OK && err != ERR_IO)
		log_event(LOG_LEVEL_ERROR, NULL, "saml_failed", "error", err_code(err), NULL);
	return err == ERR_OK ? 0 : 1;
}
