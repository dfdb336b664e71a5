/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "targets/kind_linux_ssh.h"

#include <string.h>

#include "base/messages.h"

enum { PASSWORD_MAX = 1024, KEY_MAX = 16 * 1024 };

/* What cannot be typed at a password prompt. */
static const char *refuse_password(const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (data[i] == '\0' || data[i] == '\n' || data[i] == '\r')
			return "secret.control_character";
	return NULL;
}

static const char *refuse_key(const uint8_t *data, size_t len)
{
	static const char *const heads[] = {
		"-----BEGIN OPENSSH PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----",
		"-----BEGIN RSA PRIVATE KEY-----", "-----BEGIN EC PRIVATE KEY-----"};
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		if (len > strlen(heads[i]) && memcmp(data, heads[i], strlen(heads[i])) == 0)
			return NULL;
	static const char encrypted[] = "-----BEGIN ENCRYPTED PRIVATE KEY-----";
	if (len >= sizeof(encrypted) - 1 && memcmp(data, encrypted, sizeof(encrypted) - 1) == 0)
		return "secret.key_encrypted";
	return "secret.not_a_private_key";
}

static const struct target_secret_kind secrets[] = {
	{"password", SECRET_PASSWORD, PASSWORD_MAX, refuse_password},
	{"ssh_key", SECRET_SSH_KEY, KEY_MAX, refuse_key},
	{NULL, SECRET_PASSWORD, 0, NULL},
};

const struct target_kind target_kind_linux_ssh = {
	.name = "linux_ssh",
	.default_port = 22,
	.broker_kind = BROKER_SSH_TERMINAL,
	.secrets = secrets,
};
