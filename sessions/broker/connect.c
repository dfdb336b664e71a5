/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sessions/broker/inner.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/sys.h"

enum { SECOND = 1000 * 1000 };

/* Only what is current and fast; the first of each list is preferred. */
static const struct {
	enum ssh_options_e option;
	const char *value;
} algorithms[] = {
	{SSH_OPTIONS_KEY_EXCHANGE,
	 "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,"
	 "ecdh-sha2-nistp521,diffie-hellman-group16-sha512,diffie-hellman-group14-sha256"},
	{SSH_OPTIONS_HOSTKEYS, "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,"
			       "ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256"},
	{SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES,
	 "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,"
	 "rsa-sha2-256"},
	{SSH_OPTIONS_CIPHERS_C_S,
	 "aes256-gcm@openssh.com,aes128-gcm@openssh.com,chacha20-poly1305@openssh.com,aes256-ctr"},
	{SSH_OPTIONS_CIPHERS_S_C,
	 "aes256-gcm@openssh.com,aes128-gcm@openssh.com,chacha20-poly1305@openssh.com,aes256-ctr"},
	{SSH_OPTIONS_HMAC_C_S, "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,"
			       "hmac-sha2-256,hmac-sha2-512"},
	{SSH_OPTIONS_HMAC_S_C, "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,"
			       "hmac-sha2-256,hmac-sha2-512"},
	{SSH_OPTIONS_COMPRESSION, "none"},
	/* No file of the machine has a say. */
	{SSH_OPTIONS_SSH_DIR, "/nonexistent"},
	{SSH_OPTIONS_KNOWNHOSTS, "/nonexistent/known_hosts"},
	{SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/nonexistent/known_hosts"},
	{SSH_OPTIONS_HOST, "target"},
};

enum err ssh_side_new(struct broker *broker)
{
	static const int off = 0;
	ssh_session ssh = ssh_new();

	if (ssh == NULL)
		return ERR_MEMORY;
	broker->ssh = ssh;
	if (ssh_options_set(ssh, SSH_OPTIONS_PROCESS_CONFIG, &off) != SSH_OK)
		return ERR_BUG;
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
		if (ssh_options_set(ssh, algorithms[i].option, algorithms[i].value) != SSH_OK)
			return ERR_BUG;
	/* Without a name libssh would look one up on this machine. */
	if (ssh_options_set(ssh, SSH_OPTIONS_USER,
			    broker->account[0] != '\0' ? broker->account : "nobody") != SSH_OK)
		return ERR_INPUT;
	ssh_set_blocking(ssh, 0);
	return ERR_OK;
}

static void enter(struct broker *broker, enum phase phase)
{
	broker->phase = phase;
	broker->phase_since = broker_now();
	broker->asked = false;
	broker->answered = false;
}

static uint32_t elapsed_ms(const struct broker *broker)
{
	return (uint32_t)((broker_now() - broker->phase_since) / 1000);
}

/* Sends the phase's question once; id is the phase's number, so that answers cannot be mixed up. */
static bool ask(struct broker *broker, uint32_t type, const struct codec *codec,
		const void *message)
{
	if (broker->asked)
		return true;
	broker->asked = true;
	if (broker_tell(broker, type, (uint32_t)broker->phase, codec, message, NULL, 0) == ERR_OK)
		return true;
	broker_end(broker, "", "internal", "");
	return false;
}

static void step_dial(struct broker *broker)
{
	const struct msg_broker_dial dial = {.session_id = broker->session_id};
	int flags;

	if (!ask(broker, MSG_BROKER_DIAL, &msg_broker_dial_codec, &dial) || !broker->answered)
		return;
	broker->dial_ms = elapsed_ms(broker);
	flags = fcntl(broker->target_fd, F_GETFL);
	if (flags < 0 || fcntl(broker->target_fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
	    ssh_side_new(broker) != ERR_OK ||
	    ssh_options_set(broker->ssh, SSH_OPTIONS_FD, &broker->target_fd) != SSH_OK) {
		broker_end(broker, "", "internal", "");
		return;
	}
	broker_stage(broker, STAGE_GATEWAY, STAGE_DONE, "");
	broker_stage(broker, STAGE_TARGET, STAGE_BUSY, "");
	enter(broker, PHASE_KEY_EXCHANGE);
}

static void step_key_exchange(struct broker *broker)
{
	int result = ssh_connect(broker->ssh);

	broker->target_fd = -1; /* libssh closes it */
	if (result == SSH_AGAIN)
		return;
	if (result != SSH_OK) {
		broker_end(broker, "target", "target.protocol", ssh_get_error(broker->ssh));
		return;
	}
	broker->key_exchange_ms = elapsed_ms(broker);
	enter(broker, PHASE_HOST_KEY);
}

static bool host_key(struct broker *broker, struct msg_broker_host_key *out)
{
	ssh_key key = NULL;
	unsigned char *hash = NULL;
	size_t len = 0;
	bool ok;

	if (ssh_get_server_publickey(broker->ssh, &key) != SSH_OK)
		return false;
	const char *type = ssh_key_type_to_char(ssh_key_type(key));
	ok = type != NULL &&
	     ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &len) == 0 &&
	     len == sizeof(out->sha256);
	if (ok) {
		memcpy(out->sha256, hash, len);
		out->type = (struct block){(const uint8_t *)type, strlen(type)};
	}
	ssh_clean_pubkey_hash(&hash);
	ssh_key_free(key);
	return ok;
}

/* A recording that cannot even be started must stop the session before any secret is asked for. */
static bool start_recording(struct broker *broker)
{
	if (broker->recording == NULL ||
	    recording_start(broker->recording, broker->cols, broker->rows) == ERR_OK)
		return true;
	broker_end(broker, "recording", "recording.failed", "");
	return false;
}

static void step_host_key(struct broker *broker)
{
	struct msg_broker_host_key message = {.session_id = broker->session_id};

	if (!broker->asked && !host_key(broker, &message)) {
		broker_end(broker, "host_key", "target.protocol", "");
		return;
	}
	if (!ask(broker, MSG_BROKER_HOST_KEY, &msg_broker_host_key_codec, &message) ||
	    !broker->answered || !start_recording(broker))
		return;
	broker_stage(broker, STAGE_TARGET, STAGE_DONE, "");
	/* A test of the target alone has nothing to sign in with. */
	if (broker->kind == BROKER_TEST && broker->secret_kind == 0) {
		broker_end(broker, "", "ok", "");
		return;
	}
	broker_stage(broker, STAGE_LOGIN, STAGE_BUSY, "");
	enter(broker, PHASE_CREDENTIAL);
}

/* Reads the credential and adds the NUL that libssh wants; neither kind may hold one. */
static bool read_credential(struct broker *broker)
{
	struct secret *raw = NULL;
	enum err err = secret_read_fd(broker->credential_fd, SECRET_MAX - 1, 2000, &raw);

	close(broker->credential_fd);
	broker->credential_fd = -1;
	if (err == ERR_OK && secret_len(raw) > 0 &&
	    memchr(secret_bytes(raw), 0, secret_len(raw)) == NULL)
		broker->credential = secret_new(secret_len(raw) + 1);
	if (broker->credential != NULL)
		memcpy(secret_data(broker->credential), secret_bytes(raw), secret_len(raw));
	secret_free(raw);
	return broker->credential != NULL;
}

static void step_credential(struct broker *broker)
{
	const struct msg_broker_credential message = {.session_id = broker->session_id};

	if (!broker->asked) {
		(void)ask(broker, MSG_BROKER_CREDENTIAL, &msg_broker_credential_codec, &message);
		return;
	}
	if (!broker->answered)
		return;
	if (broker->credential_fd < 0 || !read_credential(broker)) {
		broker_end(broker, "credential", "credential.missing", "");
		return;
	}
	enter(broker, PHASE_LOGIN);
}

static void step_login(struct broker *broker)
{
	struct msg_broker_connected message = {.session_id = broker->session_id};
	int result = broker_login(broker);

	if (result != SSH_AUTH_SUCCESS)
		return;
	broker->login_ms = elapsed_ms(broker);
	message.dial_ms = broker->dial_ms;
	message.key_exchange_ms = broker->key_exchange_ms;
	message.login_ms = broker->login_ms;
	if (broker_tell(broker, MSG_BROKER_CONNECTED, 0, &msg_broker_connected_codec, &message,
			NULL, 0) != ERR_OK) {
		broker_end(broker, "", "internal", "");
		return;
	}
	if (broker->kind == BROKER_TEST)
		broker_end(broker, "", "ok", "");
	else
		enter(broker, PHASE_CHANNEL);
}

static bool shell_step(struct broker *broker, int result, enum phase next)
{
	if (result == SSH_AGAIN)
		return false;
	if (result != SSH_OK) {
		broker_end(broker, "login", "login.shell", ssh_get_error(broker->ssh));
		return false;
	}
	enter(broker, next);
	return true;
}

static void step_channel(struct broker *broker)
{
	if (broker->channel == NULL)
		broker->channel = ssh_channel_new(broker->ssh);
	if (broker->channel == NULL)
		broker_end(broker, "", "internal", "");
	else
		(void)shell_step(broker, ssh_channel_open_session(broker->channel), PHASE_TERMINAL);
}

static void step_terminal(struct broker *broker)
{
	int result = ssh_channel_request_pty_size(broker->channel, "xterm-256color", broker->cols,
						  broker->rows);

	if (shell_step(broker, result, PHASE_LOCALE))
		broker->resized = false;
}

/* The browser speaks UTF-8. A server whose AcceptEnv refuses the hint keeps its own locale. */
static void step_locale(struct broker *broker)
{
	if (ssh_channel_request_env(broker->channel, "LC_CTYPE", "C.UTF-8") != SSH_AGAIN)
		enter(broker, PHASE_SHELL);
}

static void step_shell(struct broker *broker)
{
	if (shell_step(broker, ssh_channel_request_shell(broker->channel), PHASE_LIVE))
		broker_begin_live(broker);
}

/* The walk from approval to a live terminal. limit: seconds a phase may take (0: the lease's end);
 * hop: where it failed when it takes longer. */
static const struct {
	void (*run)(struct broker *broker);
	int limit;
	const char *hop, *reason;
} steps[] = {
	[PHASE_START] = {NULL, 0, "", ""},
	[PHASE_DIAL] = {step_dial, 0, "", ""},
	[PHASE_KEY_EXCHANGE] = {step_key_exchange, 15, "target", "target.timeout"},
	[PHASE_HOST_KEY] = {step_host_key, 10, "host_key", "internal"},
	[PHASE_CREDENTIAL] = {step_credential, 10, "credential", "credential.refused"},
	[PHASE_LOGIN] = {step_login, 30, "login", "target.timeout"},
	[PHASE_CHANNEL] = {step_channel, 10, "login", "login.shell"},
	[PHASE_TERMINAL] = {step_terminal, 10, "login", "login.shell"},
	[PHASE_LOCALE] = {step_locale, 10, "login", "login.shell"},
	[PHASE_SHELL] = {step_shell, 10, "login", "login.shell"},
};

void broker_connect(struct broker *broker)
{
	enum phase before;

	do {
		before = broker->phase;
		if (before == PHASE_START || before >= PHASE_LIVE)
			return;
		steps[before].run(broker);
	} while (broker->phase != before);
	if (steps[before].limit > 0 &&
	    broker_now() - broker->phase_since > (int64_t)steps[before].limit * SECOND)
		broker_end(broker, steps[before].hop, steps[before].reason, "");
}

void broker_answered(struct broker *broker, enum phase phase)
{
	if (broker->phase == phase && broker->asked)
		broker->answered = true;
}

void broker_disconnect(struct broker *broker)
{
	secret_free(broker->credential);
	broker->credential = NULL;
	ssh_key_free(broker->key);
	broker->key = NULL;
	if (broker->credential_fd >= 0)
		close(broker->credential_fd);
	broker->credential_fd = -1;
	if (broker->target_fd >= 0)
		close(broker->target_fd);
	broker->target_fd = -1;
	/* ssh_disconnect frees the session's channels: ours goes first. */
	if (broker->channel != NULL)
		ssh_channel_free(broker->channel);
	broker->channel = NULL;
	if (broker->ssh != NULL) {
		ssh_disconnect(broker->ssh);
		ssh_free(broker->ssh);
	}
	broker->ssh = NULL;
}
