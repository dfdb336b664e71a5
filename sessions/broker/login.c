/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sessions/broker/inner.h"

#include <string.h>

#include "vault/keeper.h"

static int fail(struct broker *broker, const char *reason, const char *detail)
{
	broker_end(broker, "login", reason, detail);
	return SSH_AUTH_ERROR;
}

/* The stored key as libssh wants it; the text was NUL-terminated when it was read. */
static bool import_key(struct broker *broker)
{
	const char *text = (const char *)secret_bytes(broker->credential);

	return ssh_pki_import_privkey_base64(text, NULL, NULL, NULL, &broker->key) == SSH_OK;
}

static int choose(struct broker *broker)
{
	int methods = ssh_userauth_list(broker->ssh, NULL);

	if (broker->secret_kind == SECRET_SSH_KEY) {
		if (!import_key(broker))
			return fail(broker, "credential.malformed", "");
		broker->method = LOGIN_KEY;
		return SSH_AUTH_AGAIN;
	}
	if (methods & SSH_AUTH_METHOD_PASSWORD)
		broker->method = LOGIN_PASSWORD;
	else if (methods & SSH_AUTH_METHOD_INTERACTIVE)
		broker->method = LOGIN_PROMPTS;
	else
		return fail(broker, "login.method", "");
	return SSH_AUTH_AGAIN;
}

/* Answers one hidden prompt, once: whatever else is asked for is not ours to know. */
static int answer_prompts(struct broker *broker)
{
	int count = ssh_userauth_kbdint_getnprompts(broker->ssh);
	char echo = 1;

	if (count == 0)
		return SSH_AUTH_INFO;
	(void)ssh_userauth_kbdint_getprompt(broker->ssh, 0, &echo);
	if (count != 1 || echo || broker->prompted)
		return fail(broker, broker->prompted ? "login.refused" : "login.method", "");
	broker->prompted = true;
	if (ssh_userauth_kbdint_setanswer(broker->ssh, 0,
					  (const char *)secret_bytes(broker->credential)) < 0)
		return fail(broker, "internal", "");
	return SSH_AUTH_INFO;
}

static int attempt(struct broker *broker)
{
	int result;

	switch (broker->method) {
	case LOGIN_ASK:
		result = ssh_userauth_none(broker->ssh, NULL);
		return result == SSH_AUTH_DENIED || result == SSH_AUTH_PARTIAL ? choose(broker)
									       : result;
	case LOGIN_PASSWORD:
		return ssh_userauth_password(broker->ssh, NULL,
					     (const char *)secret_bytes(broker->credential));
	case LOGIN_PROMPTS:
		result = ssh_userauth_kbdint(broker->ssh, NULL, NULL);
		return result == SSH_AUTH_INFO ? answer_prompts(broker) : result;
	case LOGIN_KEY: return ssh_userauth_publickey(broker->ssh, NULL, broker->key);
	default: return SSH_AUTH_ERROR;
	}
}

static void forget(struct broker *broker)
{
	secret_free(broker->credential);
	broker->credential = NULL;
	ssh_key_free(broker->key);
	broker->key = NULL;
}

/* AGAIN from libssh means waiting for the target; INFO, or another method, that there is something
 * to send at once. */
int broker_login(struct broker *broker)
{
	enum login_method before;
	int result;

	do {
		before = broker->method;
		result = attempt(broker);
	} while (result == SSH_AUTH_INFO || (result == SSH_AUTH_AGAIN && broker->method != before));
	if (result == SSH_AUTH_AGAIN || broker->phase == PHASE_ENDED) {
		if (result != SSH_AUTH_AGAIN)
			forget(broker);
		return result;
	}
	forget(broker);
	if (result == SSH_AUTH_SUCCESS)
		return result;
	if (result == SSH_AUTH_PARTIAL)
		return fail(broker, "login.method", "");
	if (result == SSH_AUTH_DENIED)
		return fail(broker, "login.refused", "");
	return fail(broker, ssh_is_connected(broker->ssh) ? "login.refused" : "gateway.lost", "");
}
