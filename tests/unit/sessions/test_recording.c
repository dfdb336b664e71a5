/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/secret.h"
#include "base/sys.h"
#include "sessions/recording.h"

enum { FILE_MAX = 64 * 1024 };

struct sample {
	uint8_t bytes[FILE_MAX];
	size_t len;
	uint8_t key[RECORDING_KEY]; /* public */
	struct secret *secret;
	struct recording_totals totals;
};

static int temporary(void)
{
	char path[] = "/tmp/test_recording.XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(unlink(path), 0);
	return fd;
}

static struct recording *begin(int fd, struct secret *secret)
{
	const struct recording_params params = {
		.session_id = uuid_random(), .fd = fd, .key = secret, .cols = 80, .rows = 24};
	struct recording *recording = NULL;

	assert_int_equal(recording_new(&params, &recording), ERR_OK);
	assert_int_equal(recording_start(recording, 100, 30), ERR_OK);
	return recording;
}

static void output(struct recording *recording, const char *text)
{
	size_t used = 0;

	assert_int_equal(
		recording_output(recording, (const uint8_t *)text, strlen(text), false, &used),
		ERR_OK);
	assert_int_equal(used, strlen(text));
}

/* Four chunks: output, input and command, resize, Japanese. */
static int make_sample(void **state)
{
	struct sample *sample = calloc(1, sizeof(*sample));
	int fd = temporary(), copy = dup(fd);
	struct recording *recording;

	sample->secret = secret_new(32);
	memset(secret_data(sample->secret), 7, 32);
	recording = begin(fd, sample->secret);
	output(recording, "$ ");
	assert_int_equal(recording_flush(recording), ERR_OK);
	assert_int_equal(recording_input(recording, "ls\r", 3), ERR_OK);
	assert_int_equal(recording_command(recording, "ls", 2), ERR_OK);
	assert_int_equal(recording_flush(recording), ERR_OK);
	assert_int_equal(recording_resize(recording, 120, 40), ERR_OK);
	assert_int_equal(recording_flush(recording), ERR_OK);
	output(recording, "日本語 \"quoted\"\r\n");
	assert_int_equal(recording_finish(recording), ERR_OK);
	memcpy(sample->key, recording_key(recording), RECORDING_KEY);
	recording_totals(recording, &sample->totals);
	recording_free(recording);
	sample->len = (size_t)pread(copy, sample->bytes, FILE_MAX, 0);
	close(copy);
	*state = sample;
	return 0;
}

static int drop_sample(void **state)
{
	struct sample *sample = *state;

	secret_free(sample->secret);
	free(sample);
	return 0;
}

static void check(const uint8_t *bytes, size_t len, const uint8_t *key, struct recording_check *out)
{
	scoped(fd_close_p) int fd = temporary();

	assert_int_equal(write(fd, bytes, len), (ssize_t)len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(recording_chain_check(fd, key, out), ERR_OK);
}

static void whole_recording_verifies_and_totals_agree(void **state)
{
	struct sample *sample = *state;
	struct recording_check result;

	check(sample->bytes, sample->len, sample->key, &result);
	assert_true(result.ok);
	assert_true(result.complete);
	assert_string_equal(result.text, "");
	assert_int_equal(result.chunks, 4);
	assert_int_equal(result.chunks, sample->totals.chunks);
	assert_int_equal(result.bytes, sample->totals.bytes);
	assert_int_equal(sample->totals.commands, 1);
	assert_memory_equal(result.head, sample->totals.head, RECORDING_HASH);
	assert_int_equal(result.header.cols, 100);
}

static void plain_text_is_asciicast_lines(void **state)
{
	static const char *const ends[] = {"\"o\",\"$ \"]\n", "\"m\",\"ls\"]\n",
					   "\"r\",\"120x40\"]\n",
					   "\"o\",\"日本語 \\\"quoted\\\"\\u000d\\u000a\"]\n"};
	struct sample *sample = *state;
	scoped(fd_close_p) int fd = temporary();
	struct recording_chain chain;
	struct recording_chunk chunk;
	struct buf plain;

	buf_init_wiped(&plain, RECORDING_PLAIN_MAX);
	assert_int_equal(write(fd, sample->bytes, sample->len), (ssize_t)sample->len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(recording_chain_open(&chain, fd, sample->key), ERR_OK);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(recording_chain_next(&chain, &chunk), RECORDING_STEP_CHUNK);
		assert_int_equal(
			recording_open_chunk(&chain.header, sample->secret, &chunk, &plain),
			ERR_OK);
		size_t len = strlen(ends[i]);
		assert_true(plain.len > len);
		assert_memory_equal(plain.data + plain.len - len, ends[i], len);
	}
	assert_int_equal(recording_chain_next(&chain, &chunk), RECORDING_STEP_END);
	recording_chain_clear(&chain);
	buf_clear(&plain);
}

static void another_key_does_not_open_it(void **state)
{
	struct sample *sample = *state;
	scoped(fd_close_p) int fd = temporary();
	scoped(secret_free_p) struct secret *other = secret_new(32);
	struct recording_chain chain;
	struct recording_chunk chunk;
	struct buf plain;

	buf_init_wiped(&plain, RECORDING_PLAIN_MAX);
	assert_int_equal(write(fd, sample->bytes, sample->len), (ssize_t)sample->len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(recording_chain_open(&chain, fd, NULL), ERR_OK);
	assert_int_equal(recording_chain_next(&chain, &chunk), RECORDING_STEP_CHUNK);
	assert_int_equal(recording_open_chunk(&chain.header, other, &chunk, &plain), ERR_INTEGRITY);
	recording_chain_clear(&chain);
	buf_clear(&plain);
}

/* Chunk in which byte lies, counted from 0; -1: header. */
static int chunk_of(const struct sample *sample, size_t byte)
{
	size_t at = RECORDING_HEADER;

	if (byte < at)
		return -1;
	for (int i = 0;; i++) {
		struct rd rd = rd_of(sample->bytes + at, 4);
		at += 4 + rd_u32(&rd);
		if (byte < at)
			return i;
	}
}

static void each_changed_byte_is_refused_and_its_place_named(void **state)
{
	struct sample *sample = *state;
	struct recording_check result;
	uint8_t copy[FILE_MAX];
	char place[32];

	for (size_t i = 0; i < sample->len; i++) {
		int chunk = chunk_of(sample, i);
		memcpy(copy, sample->bytes, sample->len);
		copy[i] ^= 1;
		check(copy, sample->len, sample->key, &result);
		/* A longer length field can look like a file cut inside that chunk: it is still
		 * not complete, and named. */
		assert_false(result.ok && result.complete);
		(void)snprintf(place, sizeof(place), "chunk %d ", chunk < 0 ? 0 : chunk);
		if (chunk >= 0 && strstr(result.text, place) != result.text)
			fail_msg("byte %zu: %s", i, result.text);
		if (chunk < 0)
			assert_true(strstr(result.text, "header") == result.text ||
				    strstr(result.text, "chunk 0 ") == result.text);
	}
}

static void swapped_or_dropped_chunks_are_refused(void **state)
{
	struct sample *sample = *state;
	struct recording_check result;
	uint8_t copy[FILE_MAX];
	struct rd rd = rd_of(sample->bytes + RECORDING_HEADER, 4);
	size_t first = 4 + rd_u32(&rd);

	memcpy(copy, sample->bytes, RECORDING_HEADER);
	memcpy(copy + RECORDING_HEADER, sample->bytes + RECORDING_HEADER + first,
	       sample->len - RECORDING_HEADER - first);
	check(copy, sample->len - first, sample->key, &result);
	assert_false(result.ok);
	assert_string_equal(result.text, "chunk 0 at byte 68: out of sequence");
}

static void foreign_signing_key_is_refused(void **state)
{
	struct sample *sample = *state;
	struct recording_check result;
	uint8_t key[RECORDING_KEY] = {1};

	check(sample->bytes, sample->len, key, &result);
	assert_false(result.ok);
	assert_string_equal(result.text, "header: signing key is not the one in the audit log");
}

static void cut_file_verifies_up_to_its_last_whole_chunk(void **state)
{
	struct sample *sample = *state;
	struct recording_check result;

	for (size_t len = RECORDING_HEADER; len < sample->len; len++) {
		int whole = len == RECORDING_HEADER ? 0 : chunk_of(sample, len);
		check(sample->bytes, len, sample->key, &result);
		assert_true(result.ok);
		assert_int_equal(result.chunks, whole);
		assert_true(result.bytes <= len);
		assert_int_equal(result.complete, result.bytes == len);
	}
}

static void reading_may_begin_in_the_middle(void **state)
{
	struct sample *sample = *state;
	scoped(fd_close_p) int fd = temporary();
	struct recording_chain chain;
	struct recording_chunk chunk;

	assert_int_equal(write(fd, sample->bytes, sample->len), (ssize_t)sample->len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(recording_chain_open(&chain, fd, sample->key), ERR_OK);
	assert_int_equal(recording_chain_skip(&chain, 2), RECORDING_STEP_CHUNK);
	assert_int_equal(recording_chain_next(&chain, &chunk), RECORDING_STEP_CHUNK);
	assert_int_equal(chunk.seq, 2);
	assert_int_equal(recording_chain_skip(&chain, 9), RECORDING_STEP_END);
	recording_chain_clear(&chain);
}

static void split_characters_wait_and_broken_ones_are_replaced(void **state)
{
	static const uint8_t half[] = {'a', 0xe6, 0x97}, rest[] = {0xe6, 0x97, 0xa5},
			     broken[] = {0xff, 'b', 0x00, 0xe6};
	scoped(secret_free_p) struct secret *secret = secret_new(32);
	struct recording *recording = begin(temporary(), secret);
	size_t used = 0;

	(void)state;
	assert_int_equal(recording_output(recording, half, 3, false, &used), ERR_OK);
	assert_int_equal(used, 1);
	assert_int_equal(recording_output(recording, rest, 3, false, &used), ERR_OK);
	assert_int_equal(used, 3);
	assert_int_equal(recording_output(recording, broken, 4, false, &used), ERR_OK);
	assert_int_equal(used, 3);
	assert_int_equal(recording_output(recording, broken + 3, 1, true, &used), ERR_OK);
	assert_int_equal(used, 1);
	assert_int_equal(recording_written_output(recording), 0);
	assert_int_equal(recording_flush(recording), ERR_OK);
	assert_int_equal(recording_written_output(recording), 8);
	recording_free(recording);
}

static void chunks_stay_small_under_a_flood(void **state)
{
	scoped(secret_free_p) struct secret *secret = secret_new(32);
	scoped(fd_close_p) int fd = temporary();
	struct recording *recording = begin(dup(fd), secret);
	struct recording_chain chain;
	struct recording_chunk chunk;
	uint8_t bytes[32 * 1024];
	size_t used = 0;

	(void)state;
	memset(bytes, 0x01, sizeof(bytes)); /* grows sixfold as JSON */
	assert_int_equal(recording_output(recording, bytes, sizeof(bytes), false, &used), ERR_OK);
	assert_int_equal(used, sizeof(bytes));
	assert_int_equal(recording_finish(recording), ERR_OK);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(recording_chain_open(&chain, fd, recording_key(recording)), ERR_OK);
	while (recording_chain_next(&chain, &chunk) == RECORDING_STEP_CHUNK)
		assert_true(chunk.plain_len <= RECORDING_CHUNK_PLAIN);
	assert_true(chain.next_seq > 8);
	recording_chain_clear(&chain);
	recording_free(recording);
}

static void failed_write_is_final_and_releases_nothing(void **state)
{
	scoped(secret_free_p) struct secret *secret = secret_new(32);
	struct recording *recording = begin(temporary(), secret);
	struct rlimit old, small;
	struct recording_totals totals;
	enum err err;

	(void)state;
	output(recording, "written");
	assert_int_equal(recording_flush(recording), ERR_OK);
	output(recording, "never");
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = (struct rlimit){200, old.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	err = recording_flush(recording);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(err, ERR_IO);
	assert_int_equal(recording_written_output(recording), strlen("written"));
	assert_int_equal(recording_input(recording, "x", 1), ERR_IO);
	assert_int_equal(recording_finish(recording), ERR_IO);
	recording_totals(recording, &totals);
	assert_int_equal(totals.chunks, 1);
	recording_free(recording);
}

static struct sys_ops table;
static int64_t now_us;
static unsigned syncs;
static int sync_result;

static int64_t told_time(void)
{
	return now_us;
}

static int counted_sync(int fd)
{
	(void)fd;
	syncs++;
	return sync_result;
}

static void what_is_written_is_on_disk_within_a_second(void **state)
{
	scoped(secret_free_p) struct secret *secret = secret_new(32);

	(void)state;
	table = *sys_table();
	table.mono_us = told_time;
	table.fdatasync = counted_sync;
	now_us = 1000000;
	syncs = 0;
	sync_result = 0;
	sys_replace(&table);
	struct recording *recording = begin(temporary(), secret);
	output(recording, "written");
	assert_int_equal(recording_flush(recording), ERR_OK);
	now_us += RECORDING_SYNC_US;
	assert_int_equal(recording_tick(recording), ERR_OK);
	assert_int_equal(syncs, 1);
	output(recording, "more");
	assert_int_equal(recording_flush(recording), ERR_OK);
	now_us += RECORDING_SYNC_US;
	sync_result = -1; /* a disk that does not take it ends the session */
	errno = EIO;
	assert_int_equal(recording_tick(recording), ERR_IO);
	sys_replace(NULL);
	recording_free(recording);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_recording_verifies_and_totals_agree),
		cmocka_unit_test(plain_text_is_asciicast_lines),
		cmocka_unit_test(another_key_does_not_open_it),
		cmocka_unit_test(each_changed_byte_is_refused_and_its_place_named),
		cmocka_unit_test(swapped_or_dropped_chunks_are_refused),
		cmocka_unit_test(foreign_signing_key_is_refused),
		cmocka_unit_test(cut_file_verifies_up_to_its_last_whole_chunk),
		cmocka_unit_test(reading_may_begin_in_the_middle),
		cmocka_unit_test(split_characters_wait_and_broken_ones_are_replaced),
		cmocka_unit_test(chunks_stay_small_under_a_flood),
		cmocka_unit_test(failed_write_is_final_and_releases_nothing),
		cmocka_unit_test(what_is_written_is_on_disk_within_a_second),
	};

	(void)signal(SIGXFSZ, SIG_IGN);
	return cmocka_run_group_tests(tests, make_sample, drop_sample);
}
