/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/conf.h"
#include "tests/fuzz/fuzz.h"

/* A configuration file; what is accepted reaches a role as it was. */
static void hand_over(const struct conf *conf)
{
	struct conf *copy;
	int ends[2];

	assert(pipe(ends) == 0 && conf_send(conf, ends[1]) == ERR_OK);
	close(ends[1]);
	assert(conf_receive(ends[0], &copy) == ERR_OK);
	assert(copy->listen_port == conf->listen_port && copy->log_level == conf->log_level);
	assert(strcmp(copy->data_dir, conf->data_dir) == 0);
	assert(strcmp(copy->public_url, conf->public_url) == 0);
	conf_free(copy);
	close(ends[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf *conf;
	struct ctx ctx;
	char path[64];
	int fd = fuzz_file(data, size);

	ctx_init(&ctx, NULL);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (conf_load(&ctx, path, &conf) == ERR_OK) {
		assert(conf->listen_port > 0 && conf->listen_port < 65536);
		fuzz_accepted();
		hand_over(conf);
		conf_free(conf);
	} else {
		assert(ctx.error.text[0] != '\0'); /* somebody has to correct it */
	}
	close(fd);
	return 0;
}
