/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/authority_helper.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"

struct wish {
	struct authority *authority;
	enum helper_kind kind;
	int control;
};

/* Whoever waits at the other end hears it too: nobody else holds this one. */
static void spawned(struct authority *authority, void *arg, const void *answer)
{
	const struct msg_spawned *message = answer;

	(void)authority;
	(void)arg;
	if (!message || message->err != ERR_OK)
		log_event(LOG_LEVEL_WARN, NULL, "helper_not_started", NULL);
}

static void ask(void *arg)
{
	struct wish *wish = arg;
	const struct msg_spawn message = {.kind = (uint32_t)wish->kind};

	if (!authority_ask(wish->authority, PEER_SUPERVISOR, MSG_SPAWN, &msg_spawn_codec, &message,
			   &wish->control, 1, spawned, NULL))
		log_event(LOG_LEVEL_WARN, NULL, "helper_not_started", NULL);
	close(wish->control);
	free(wish);
}

bool helper_process_start(void *arg, enum helper_kind kind, int control)
{
	struct authority *authority = arg;
	struct wish *wish = malloc(sizeof(*wish));

	if (!wish)
		return false;
	*wish = (struct wish){authority, kind, fcntl(control, F_DUPFD_CLOEXEC, 0)};
	if (wish->control >= 0 && loop_call(authority->loop, ask, wish))
		return true;
	if (wish->control >= 0)
		close(wish->control);
	free(wish);
	return false;
}
