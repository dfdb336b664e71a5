/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <signal.h>

#include "base/log.h"
#include "base/role.h"
#include "vault/service.h"

/*
 * sekisho-keeper: holds the root key, answers authority and nobody else. One thread, no files after
 * start, no socket of its own making. Descriptors: authority, rootkey (sealed file), state.
 */
static const struct sandbox_spec spec = {
	.role = "keeper",
	/* The channel carries pipes; the checkpoint state and, at first start, the key file are
	 * written in place. */
	.allow = SANDBOX_SEND_FDS | SANDBOX_PWRITE,
};

int main(int argc, char **argv)
{
	struct role role;
	role_start(&role, "keeper", argc, argv);
	(void)signal(SIGPIPE, SIG_IGN); /* a reader of a secret may be gone */
	const struct keeper_config config = {
		.provider = (uint8_t)role.conf->key_provider,
		.rootkey_fd = role_fd("rootkey"),
		.state_fd = role_fd("state"),
	};
	struct keeper_service *service = keeper_service_new(&config);
	if (service == NULL) {
		log_event(LOG_LEVEL_ERROR, NULL, "crypto_unavailable", NULL);
		return 1;
	}
	role_confine(&role, &spec);
	role_lock(&role, &spec);
	role_ready();
	enum err err = keeper_service_serve(service, role_fd("authority"));
	keeper_service_free(service);
	if (err == ERR_OK)
		return 0;
	log_event(LOG_LEVEL_ERROR, NULL, "channel_refused", "code", err_code(err), NULL);
	return 1;
}
