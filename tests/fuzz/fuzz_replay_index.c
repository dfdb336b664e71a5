/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "sessions/replay/index.h"
#include "tests/fuzz/fuzz.h"

/* Event lines of a recording (its plain text comes from a broker, which a target may have taken
 * over): the index is JSON whatever they say. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct recording_header header = {.cols = 80, .rows = 24};
	struct recording_chunk chunk = {.seq = 0, .start_us = 0, .end_us = 1000};
	int output = fuzz_file("", 0);
	struct replay_index *index =
		replay_index_new(&(struct body_out){.fd = output, .plain = true}, &header);
	static char text[1024 * 1024];
	size_t half = size / 2;

	assert(index != NULL);
	enum err err = replay_index_chunk(index, &chunk, (const char *)data, half);
	chunk = (struct recording_chunk){.seq = 1, .start_us = 5000000, .end_us = 5000001};
	if (err == ERR_OK)
		err = replay_index_chunk(index, &chunk, (const char *)data + half, size - half);
	if (err == ERR_OK && replay_index_end(index, true) == ERR_OK) {
		ssize_t len = pread(output, text, sizeof(text), 0);
		json_t *json = json_loadb(text, len > 0 ? (size_t)len : 0, JSON_ALLOW_NUL, NULL);

		assert(json != NULL || len == (ssize_t)sizeof(text));
		json_decref(json);
	}
	replay_index_free(index);
	close(output);
	return 0;
}
