/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/test_keeper.h"

#include "tests/unit/cmocka_all.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/chan.h"
#include "base/conf.h"
#include "base/ctx.h"
#include "vault/keeper.h"
#include "vault/service.h"

static pid_t child;

static void serve(int channel)
{
	struct keeper_config config = {.provider = CONF_PROVIDER_SEALED_FILE,
				       .rootkey_fd = memfd_create("root", MFD_CLOEXEC),
				       .state_fd = memfd_create("state", MFD_CLOEXEC)};
	struct keeper_service *service = keeper_service_new(&config);

	if (service)
		_exit(keeper_service_serve(service, channel) == ERR_OK ? 0 : 1);
	_exit(2);
}

struct keeper_client *test_keeper_start(struct ctx *ctx)
{
	int fds[2];
	struct block state = {0};

	assert_int_equal(chan_pair(fds), ERR_OK);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(fds[0]);
		serve(fds[1]);
	}
	close(fds[1]);
	struct keeper_client *client = keeper_client_new(fds[0]);
	assert_non_null(client);
	ctx->keeper = client;
	assert_int_equal(keeper_unseal(ctx, -1, (struct block){0}, &state), ERR_OK);
	assert_true(state.len > 0);
	return client;
}

void test_keeper_stop(struct keeper_client *client)
{
	int status = -1;

	keeper_client_free(client);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}
