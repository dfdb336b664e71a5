/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/chan.h"
#include "base/cleanup.h"
#include "base/messages.h"
#include "base/role.h"
#include "base/sys.h"
#include "gateways/proto/verdict.h"
#include "tests/containment/attack.h"
#include "vault/keeper.h"
#include "vault/keeper_messages.h"

/* What an attacker says to the siblings over the channels that the process has. */

enum { OURS = 0x7ff00000, ANSWER_MS = 5000, NO_OPERATION = 0x0999 };

/* Sends and waits for the answer to it; what others hear meanwhile is not for us. CHANNEL_CLOSED,
 * ANSWERED_NO when nothing came, 0 with *out filled. */
static int exchange(int fd, uint32_t type, const struct buf *message, const int *fds, int nfds,
		    struct buf *scratch, struct chan_msg *out)
{
	uint32_t id = OURS + type;

	if (fd < 0 || buf_failed(message))
		return UNPREPARED;
	if (chan_send(fd, type, id, message->data, message->len, fds, nfds, ANSWER_MS) != ERR_OK)
		return CHANNEL_CLOSED;
	for (;;) {
		enum err err = chan_receive(fd, scratch, out, ANSWER_MS);
		if (err == ERR_IO)
			return CHANNEL_CLOSED;
		if (err != ERR_OK)
			return ANSWERED_NO;
		if (out->id == id)
			return 0;
		chan_close_fds(out);
	}
}

/* Any answer means that the message was taken. */
static int say(int fd, uint32_t type, const struct codec *codec, const void *message, int nfds)
{
	scoped(buf_clear) struct buf bytes, scratch;
	struct chan_msg answer;

	buf_init(&bytes, CHAN_PAYLOAD_MAX);
	buf_init(&scratch, 2 * CHAN_PAYLOAD_MAX);
	if (codec != NULL)
		codec_put(&bytes, codec, message);
	else
		buf_put(&bytes, "x", 1);
	const int fds[2] = {STDERR_FILENO, STDERR_FILENO};
	int got = exchange(fd, type, &bytes, fds, nfds, &scratch, &answer);
	if (got == 0)
		chan_close_fds(&answer);
	return got;
}

static struct block block_of(const char *text)
{
	return (struct block){(const uint8_t *)text, strlen(text)};
}

/* ------------------------------------------------------------------ web: operations */

static int execute(const char *op, struct block cookie, struct block values, int nfds)
{
	scoped(buf_clear) struct buf bytes, scratch;
	struct msg_execute message = {.op = block_of(op),
				      .trace = block_of("0123456789abcdef"),
				      .cookie = cookie,
				      .peer = block_of("192.0.2.99"),
				      .if_match = -1,
				      .values = values};
	const int fds[2] = {STDERR_FILENO, STDERR_FILENO};
	struct chan_msg answer;
	struct msg_result result;

	buf_init(&bytes, CHAN_PAYLOAD_MAX);
	buf_init(&scratch, 2 * CHAN_PAYLOAD_MAX);
	codec_put(&bytes, &msg_execute_codec, &message);
	int got = exchange(role_fd("authority"), MSG_EXECUTE, &bytes, fds, nfds, &scratch, &answer);
	if (got != 0)
		return got;
	enum err err = codec_get(&msg_result_codec, answer.data, answer.len, &result);
	bool refused =
		err == ERR_OK && result.err != ERR_OK && result.has_body == 0 && answer.nfds == 0;
	chan_close_fds(&answer);
	return refused ? ANSWERED_NO : 0;
}

static struct block stolen_cookie(const struct attack *attack)
{
	return (struct block){attack->plan->cookie, sizeof(attack->plan->cookie)};
}

static int as_nobody(const struct attack *attack)
{
	(void)attack;
	return execute("users.create", (struct block){0}, (struct block){0}, 0);
}
static int as_somebody_invented(const struct attack *attack)
{
	uint8_t cookie[32];

	(void)attack;
	sys_random(cookie, sizeof(cookie));
	return execute("users.create", (struct block){cookie, sizeof(cookie)}, (struct block){0},
		       0);
}
static int beyond_rights(const struct attack *attack)
{
	return execute("users.create", stolen_cookie(attack), (struct block){0}, 0);
}
static int secrets_beyond_rights(const struct attack *attack)
{
	return execute("accounts.secret", stolen_cookie(attack), (struct block){0}, 1);
}
static int unknown_operation(const struct attack *attack)
{
	return execute("keeper.open", stolen_cookie(attack), (struct block){0}, 0);
}
static int enrol_a_gateway(const struct attack *attack)
{
	return execute("est.simpleenroll", stolen_cookie(attack), (struct block){0}, 0);
}
static int malformed_values(const struct attack *attack)
{
	static const uint8_t noise[64] = {0xff, 0xff, 0xff, 0xff, 1, 2, 3};

	return execute("requests.create", stolen_cookie(attack),
		       (struct block){noise, sizeof(noise)}, 0);
}

static int invented_cookie(const struct attack *attack)
{
	scoped(buf_clear) struct buf bytes, scratch;
	uint8_t cookie[32];
	const struct msg_authenticate message = {.cookie = {cookie, sizeof(cookie)},
						 .peer = block_of("192.0.2.99")};
	struct chan_msg answer;
	struct msg_principal principal;

	(void)attack;
	sys_random(cookie, sizeof(cookie));
	buf_init(&bytes, CHAN_PAYLOAD_MAX);
	buf_init(&scratch, 2 * CHAN_PAYLOAD_MAX);
	codec_put(&bytes, &msg_authenticate_codec, &message);
	int got = exchange(role_fd("authority"), MSG_AUTHENTICATE, &bytes, NULL, 0, &scratch,
			   &answer);
	if (got != 0)
		return got;
	enum err err = codec_get(&msg_principal_codec, answer.data, answer.len, &principal);
	return err == ERR_OK && principal.err != ERR_OK && principal.login.len == 0 ? ANSWERED_NO
										    : 0;
}

static int two_descriptors(const struct attack *attack)
{
	return execute("requests.create", stolen_cookie(attack), (struct block){0}, 2);
}

/* ------------------------------------------------------------------ other roles' messages */

static int channel(void)
{
	/* A short-lived process has one channel, and it is the first descriptor it was given. */
	return attacked.role & IN_SHORT ? 3 : role_fd("authority");
}

static int say_unknown(const struct attack *attack)
{
	(void)attack;
	return say(channel(), NO_OPERATION, NULL, NULL, 0);
}
static int say_keepers(const struct attack *attack)
{
	(void)attack;
	return say(channel(), KEEPER_OPEN, NULL, NULL, 0);
}
static int say_mails(const struct attack *attack)
{
	const struct msg_mail_password message = {0};

	(void)attack;
	return say(channel(), MSG_MAIL_PASSWORD, &msg_mail_password_codec, &message, 0);
}
static int say_execute(const struct attack *attack)
{
	const struct msg_execute message = {.op = block_of("users.create"),
					    .cookie = stolen_cookie(attack),
					    .peer = block_of("192.0.2.99")};

	return say(channel(), MSG_EXECUTE, &msg_execute_codec, &message, 0);
}
static int say_sign(const struct attack *attack)
{
	const struct msg_sign_checkpoint message = {.size = 1};

	(void)attack;
	return say(channel(), MSG_SIGN_CHECKPOINT, &msg_sign_checkpoint_codec, &message, 0);
}
static int say_attach(const struct attack *attack)
{
	struct msg_gateway_attach message = {.peer = block_of("192.0.2.99"),
					     .gateway_class = GATEWAY_CONTROL};

	memcpy(message.gateway_id.b, attack->plan->gateway, UUID_SIZE);
	return say(channel(), MSG_GATEWAY_ATTACH, &msg_gateway_attach_codec, &message, 0);
}
static int foreign_credential(const struct attack *attack)
{
	struct msg_broker_credential message;

	memcpy(message.session_id.b, attack->plan->session, UUID_SIZE);
	return say(channel(), MSG_BROKER_CREDENTIAL, &msg_broker_credential_codec, &message, 1);
}
static int end_anothers_session(const struct attack *attack)
{
	struct msg_broker_ended message = {.reason = block_of("user")};

	memcpy(message.session_id.b, attack->plan->session, UUID_SIZE);
	return say(channel(), MSG_BROKER_ENDED, &msg_broker_ended_codec, &message, 0);
}
static int credential_again(const struct attack *attack)
{
	struct msg_broker_credential message;

	memcpy(message.session_id.b, attack->plan->own_session, UUID_SIZE);
	return say(channel(), MSG_BROKER_CREDENTIAL, &msg_broker_credential_codec, &message, 1);
}
static int dial_again(const struct attack *attack)
{
	struct msg_broker_dial message;

	memcpy(message.session_id.b, attack->plan->own_session, UUID_SIZE);
	return say(channel(), MSG_BROKER_DIAL, &msg_broker_dial_codec, &message, 0);
}

static int start_a_process(const struct attack *attack)
{
	const struct msg_spawn message = {.kind = 1};

	(void)attack;
	return say(role_fd("supervisor"), MSG_SPAWN, &msg_spawn_codec, &message, 1);
}

/* ------------------------------------------------------------------ edge */

static int certificate_of_a_gateway(const struct attack *attack)
{
	static const uint8_t key[91] = {0x30, 0x59};
	const struct msg_server_certificate message = {.kind = KEEPER_CERT_GATEWAY,
						       .public_key = {key, sizeof(key)}};

	(void)attack;
	return say(channel(), MSG_SERVER_CERTIFICATE, &msg_server_certificate_codec, &message, 0);
}

/* A gateway of ours with a certificate that it does not have. */
static int attach_as_a_gateway(const struct attack *attack)
{
	scoped(buf_clear) struct buf bytes, scratch;
	struct msg_gateway_attach message = {.serial = uuid_random(),
					     .peer = block_of("192.0.2.99"),
					     .gateway_class = GATEWAY_CONTROL,
					     .boot_id = uuid_random(),
					     .version = block_of("0.1.0")};
	struct chan_msg answer;
	struct msg_gateway_verdict verdict;

	memcpy(message.gateway_id.b, attack->plan->gateway, UUID_SIZE);
	buf_init(&bytes, CHAN_PAYLOAD_MAX);
	buf_init(&scratch, 2 * CHAN_PAYLOAD_MAX);
	codec_put(&bytes, &msg_gateway_attach_codec, &message);
	int got = exchange(channel(), MSG_GATEWAY_ATTACH, &bytes, NULL, 0, &scratch, &answer);
	if (got != 0)
		return got;
	enum err err = codec_get(&msg_gateway_verdict_codec, answer.data, answer.len, &verdict);
	return err == ERR_OK && verdict.verdict != GATEWAY_GO ? ANSWERED_NO : 0;
}

/* ------------------------------------------------------------------ worker */

static int forged_history(const struct attack *attack)
{
	scoped(buf_clear) struct buf bytes, scratch;
	struct msg_sign_checkpoint message = {.old_size = 0, .size = 1000000};
	struct chan_msg answer;
	struct msg_checkpoint_signed made;

	(void)attack;
	sys_random(message.root, sizeof(message.root));
	buf_init(&bytes, CHAN_PAYLOAD_MAX);
	buf_init(&scratch, 2 * CHAN_PAYLOAD_MAX);
	codec_put(&bytes, &msg_sign_checkpoint_codec, &message);
	int got = exchange(channel(), MSG_SIGN_CHECKPOINT, &bytes, NULL, 0, &scratch, &answer);
	if (got != 0)
		return got;
	enum err err = codec_get(&msg_checkpoint_signed_codec, answer.data, answer.len, &made);
	return err == ERR_OK && made.err != ERR_OK ? ANSWERED_NO : 0;
}

#define ANSWER(name_, roles_, function_)                                                         \
	{                                                                                        \
		.name = (name_), .roles = (roles_), .refused = {ANSWERED_NO}, .run = (function_) \
	}
#define CLOSES(name_, roles_, function_)                                                         \
	{                                                                                        \
		.name = (name_), .roles = (roles_), .flags = ALONE, .refused = {CHANNEL_CLOSED}, \
		.run = (function_)                                                               \
	}

const struct attempt message_attempts[] = {
	ANSWER("act_as_nobody", IN_WEB, as_nobody),
	ANSWER("act_as_somebody_invented", IN_WEB, as_somebody_invented),
	ANSWER("act_beyond_rights", IN_WEB, beyond_rights),
	ANSWER("store_a_secret_beyond_rights", IN_WEB, secrets_beyond_rights),
	ANSWER("ask_for_an_unknown_operation", IN_WEB, unknown_operation),
	ANSWER("enrol_a_gateway_without_token", IN_WEB, enrol_a_gateway),
	ANSWER("send_malformed_values", IN_WEB, malformed_values),
	ANSWER("sign_in_with_an_invented_cookie", IN_WEB, invented_cookie),
	ANSWER("attach_as_a_gateway", IN_EDGE, attach_as_a_gateway),
	ANSWER("sign_a_forged_history", IN_WORKER, forged_history),
	CLOSES("send_two_descriptors_for_one", IN_WEB, two_descriptors),
	CLOSES("say_what_nobody_knows", IN_WEB | IN_EDGE | IN_WORKER | IN_MAIL | IN_SHORT,
	       say_unknown),
	CLOSES("speak_to_the_keeper",
	       IN_WEB | IN_EDGE | IN_WORKER | IN_MAIL | IN_REPLAY | IN_HELPER, say_keepers),
	CLOSES("act_as_web", IN_EDGE | IN_WORKER | IN_MAIL | IN_SHORT, say_execute),
	CLOSES("act_as_worker", IN_WEB | IN_EDGE | IN_MAIL, say_sign),
	CLOSES("act_as_edge", IN_WEB | IN_WORKER | IN_MAIL, say_attach),
	CLOSES("ask_for_anothers_credential", IN_WEB | IN_EDGE | IN_WORKER | IN_SHORT,
	       foreign_credential),
	CLOSES("end_anothers_session", IN_SHORT, end_anothers_session),
	CLOSES("ask_for_ones_credential_again", IN_BROKER, credential_again),
	CLOSES("dial_again", IN_BROKER, dial_again),
	CLOSES("have_a_gateways_certificate_made", IN_EDGE, certificate_of_a_gateway),
	CLOSES("start_a_process", IN_WEB | IN_EDGE | IN_WORKER | IN_FORWARD | IN_MAIL,
	       start_a_process),
	CLOSES("ask_for_the_mail_servers_password", IN_WEB | IN_EDGE | IN_WORKER | IN_HELPER,
	       say_mails),
	{0},
};
