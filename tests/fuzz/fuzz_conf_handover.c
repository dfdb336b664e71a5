/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <unistd.h>

#include "base/conf.h"
#include "tests/fuzz/fuzz.h"

/* The configuration as a role receives it through its pipe. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf *conf;
	int fd = fuzz_file(data, size);

	if (conf_receive(fd, &conf) == ERR_OK) {
		assert(conf->data_dir != NULL && conf->server_names != NULL);
		conf_free(conf);
	}
	close(fd);
	return 0;
}
