/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/chan.h"
#include "base/cleanup.h"
#include "base/sys.h"
#include "sessions/recording.h"
#include "sessions/replay/replay.h"

/* A recording of known times: the clock is ours. */
static int64_t clock_us;

static int64_t fake_clock(void)
{
	return clock_us;
}

struct fixture {
	int file;
	struct secret *key;
	struct msg_replay request;
};

static int temporary(void)
{
	char path[] = "/tmp/test_replay.XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(unlink(path), 0);
	return fd;
}

static void output(struct recording *recording, int64_t at_ms, const char *text)
{
	size_t used;

	clock_us = 1000000 + at_ms * 1000;
	assert_int_equal(
		recording_output(recording, (const uint8_t *)text, strlen(text), true, &used),
		ERR_OK);
	assert_int_equal(recording_flush(recording), ERR_OK);
}

static void make(struct fixture *fixture)
{
	struct recording_params params = {.session_id = uuid_random(), .cols = 80, .rows = 24};
	struct recording *recording;

	fixture->file = temporary();
	fixture->key = secret_new(32);
	sys_random(secret_data(fixture->key), 32);
	params.fd = dup(fixture->file);
	params.key = fixture->key;
	clock_us = 1000000;
	assert_int_equal(recording_new(&params, &recording), ERR_OK);
	assert_int_equal(recording_start(recording, 100, 30), ERR_OK);
	output(recording, 10, "$ ");
	output(recording, 500, "l");
	clock_us += 1000;
	assert_int_equal(recording_input(recording, "ls\r", 3), ERR_OK);
	assert_int_equal(recording_command(recording, "ls \"x\"", 6), ERR_OK);
	output(recording, 9000, "done\r\n");
	output(recording, 30000, "日本語\r\n");
	assert_int_equal(recording_finish(recording), ERR_OK);
	memcpy(fixture->request.public_key, recording_key(recording), 32);
	fixture->request.session_id = params.session_id;
	recording_free(recording);
}

static int begin(void **state)
{
	struct sys_ops ops = *sys_table();
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	ops.mono_us = fake_clock;
	sys_replace(&ops);
	make(fixture);
	sys_replace(NULL);
	*state = fixture;
	return 0;
}

static int end(void **state)
{
	struct fixture *fixture = *state;

	close(fixture->file);
	secret_free(fixture->key);
	free(fixture);
	return 0;
}

/* Runs one mode and returns what it wrote. */
static char *answer(struct fixture *fixture, enum replay_mode mode, const struct secret *key,
		    enum err expected)
{
	static char text[64 * 1024];
	scoped(fd_close_p) int out = temporary();
	ssize_t len;

	fixture->request.mode = mode;
	assert_int_equal(lseek(fixture->file, 0, SEEK_SET), 0);
	assert_int_equal(replay_run(&fixture->request, fixture->file, key,
				    &(struct body_out){.fd = out, .plain = true}),
			 expected);
	len = pread(out, text, sizeof(text) - 1, 0);
	assert_true(len >= 0);
	text[len] = '\0';
	return text;
}

static void index_lists_entries_commands_and_idleness(void **state)
{
	struct fixture *fixture = *state;

	assert_string_equal(
		answer(fixture, REPLAY_INDEX, fixture->key, ERR_OK),
		"{\"width\":100,\"height\":30,\"duration_ms\":30000,\"total_chunks\":4,"
		"\"complete\":true,\"truncated\":false,\"chunks\":[[0,10,125,0],[3,30000,40,0]],"
		"\"commands\":[[501,\"ls "
		"\\\"x\\\"\"]],\"idle\":[[501,9000],[9000,30000]],\"sizes\":[]}");
}

static void cast_is_a_header_and_all_events(void **state)
{
	struct fixture *fixture = *state;
	const char *text = answer(fixture, REPLAY_CAST, fixture->key, ERR_OK);

	assert_true(strstr(text, "{\"version\": 2, \"width\": 100, \"height\": 30, ") == text);
	assert_non_null(strstr(text, "\n[0.010000,\"o\",\"$ \"]\n[0.500000,\"o\",\"l\"]\n"
				     "[0.501000,\"i\",\"ls\\u000d\"]\n"
				     "[0.501000,\"m\",\"ls \\\"x\\\"\"]\n"));
}

static void events_come_by_chunks(void **state)
{
	struct fixture *fixture = *state;

	fixture->request.first_chunk = 1;
	fixture->request.chunk_count = 1;
	assert_string_equal(answer(fixture, REPLAY_EVENTS, fixture->key, ERR_OK),
			    "[0.500000,\"o\",\"l\"]\n");
	fixture->request.first_chunk = 3;
	fixture->request.chunk_count = 500;
	assert_string_equal(answer(fixture, REPLAY_EVENTS, fixture->key, ERR_OK),
			    "[30.000000,\"o\",\"日本語\\u000d\\u000a\"]\n");
	fixture->request.first_chunk = 99;
	assert_string_equal(answer(fixture, REPLAY_EVENTS, fixture->key, ERR_OK), "");
}

static void verdict_names_what_is_wrong(void **state)
{
	struct fixture *fixture = *state;
	scoped(secret_free_p) struct secret *other = secret_new(32);
	uint8_t byte;

	assert_string_equal(answer(fixture, REPLAY_VERIFY, fixture->key, ERR_OK),
			    "{\"ok\":true,\"chunks\":4,\"first_bad\":null,\"text\":\"\","
			    "\"complete\":true,\"duration_ms\":30000}");
	assert_non_null(strstr(answer(fixture, REPLAY_VERIFY, other, ERR_OK),
			       "\"ok\":false,\"chunks\":0,\"first_bad\":0,\"text\":\"chunk 0: the "
			       "recording's key does not open it\""));
	fixture->request.session_id.b[0] ^= 1;
	assert_non_null(strstr(answer(fixture, REPLAY_VERIFY, fixture->key, ERR_OK),
			       "recording of another session"));
	(void)answer(fixture, REPLAY_CAST, fixture->key, ERR_INTEGRITY);
	fixture->request.session_id.b[0] ^= 1;
	off_t size = lseek(fixture->file, 0, SEEK_END);
	assert_int_equal(pread(fixture->file, &byte, 1, size - 120), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fixture->file, &byte, 1, size - 120), 1);
	assert_non_null(strstr(answer(fixture, REPLAY_VERIFY, fixture->key, ERR_OK),
			       "\"ok\":false,\"chunks\":3,\"first_bad\":3,\"text\":\"chunk 3 at"));
	/* What does not verify is not shown. */
	assert_null(strstr(answer(fixture, REPLAY_CAST, fixture->key, ERR_INTEGRITY), "日本語"));
	byte ^= 1;
	assert_int_equal(pwrite(fixture->file, &byte, 1, size - 120), 1);
}

static void flip(int file, off_t at)
{
	uint8_t byte;

	assert_int_equal(pread(file, &byte, 1, at), 1);
	byte ^= 1;
	assert_int_equal(pwrite(file, &byte, 1, at), 1);
}

/* The last byte of the first chunk, which is one of its signature. */
static off_t first_signature(int file)
{
	uint8_t len[4];

	assert_int_equal(pread(file, len, 4, RECORDING_HEADER), 4);
	return RECORDING_HEADER + 3 + (len[0] << 24 | len[1] << 16 | len[2] << 8 | len[3]);
}

static void index_ends_before_a_head_that_nobody_signed(void **state)
{
	struct fixture *fixture = *state;
	off_t last = lseek(fixture->file, 0, SEEK_END) - 1;

	flip(fixture->file, last);
	assert_string_equal(
		answer(fixture, REPLAY_INDEX, fixture->key, ERR_OK),
		"{\"width\":100,\"height\":30,\"duration_ms\":9000,\"total_chunks\":3,"
		"\"complete\":false,\"truncated\":false,\"chunks\":[[0,10,125,0]],"
		"\"commands\":[[501,\"ls \\\"x\\\"\"]],\"idle\":[[501,9000]],\"sizes\":[]}");
	/* Two that are wrong: the index ends at the first. */
	flip(fixture->file, first_signature(fixture->file));
	assert_non_null(strstr(answer(fixture, REPLAY_INDEX, fixture->key, ERR_OK),
			       "\"total_chunks\":0,\"complete\":false"));
	flip(fixture->file, first_signature(fixture->file));
	flip(fixture->file, last);
}

/* One signature vouches for the chunks before it; when it does not hold, each has to. */
static void head_vouches_for_the_index_and_for_a_batch_of_events(void **state)
{
	static const char first_two[] = "[0.010000,\"o\",\"$ \"]\n[0.500000,\"o\",\"l\"]\n";
	struct fixture *fixture = *state;
	off_t last = lseek(fixture->file, 0, SEEK_END) - 1;

	flip(fixture->file, first_signature(fixture->file));
	assert_non_null(strstr(answer(fixture, REPLAY_INDEX, fixture->key, ERR_OK),
			       "\"total_chunks\":4,\"complete\":true"));
	fixture->request.first_chunk = 0;
	fixture->request.chunk_count = 2;
	assert_string_equal(answer(fixture, REPLAY_EVENTS, fixture->key, ERR_OK), first_two);
	assert_non_null(
		strstr(answer(fixture, REPLAY_VERIFY, fixture->key, ERR_OK),
		       "\"first_bad\":0,\"text\":\"chunk 0 at byte 68: signature is wrong"));
	fixture->request.chunk_count = 1;
	assert_string_equal(answer(fixture, REPLAY_EVENTS, fixture->key, ERR_OK), "");
	flip(fixture->file, first_signature(fixture->file));
	flip(fixture->file, last);
	fixture->request.chunk_count = 4;
	const char *text = answer(fixture, REPLAY_EVENTS, fixture->key, ERR_OK);
	assert_non_null(strstr(text, "done"));
	assert_null(strstr(text, "30.000000"));
	flip(fixture->file, last);
}

static void index_of_changed_text_or_a_wrong_key_shows_none_of_it(void **state)
{
	struct fixture *fixture = *state;
	scoped(secret_free_p) struct secret *other = secret_new(32);
	off_t text = lseek(fixture->file, 0, SEEK_END) - 120;

	flip(fixture->file, text);
	assert_non_null(strstr(answer(fixture, REPLAY_INDEX, fixture->key, ERR_OK),
			       "\"total_chunks\":3,\"complete\":false"));
	flip(fixture->file, text);
	assert_non_null(strstr(answer(fixture, REPLAY_INDEX, other, ERR_OK),
			       "\"total_chunks\":0,\"complete\":false"));
}

/* Entries end where the screen changes, however the sequence for it is cut up. */
static void index_tells_the_screens_and_sizes(void **state)
{
	struct fixture *fixture = *state;
	struct recording_params params = {.session_id = uuid_random(), .cols = 80, .rows = 24};
	scoped(fd_close_p) int file = temporary();
	int before = fixture->file;
	struct msg_replay request = fixture->request;
	struct sys_ops ops = *sys_table();
	struct recording *recording;

	ops.mono_us = fake_clock;
	sys_replace(&ops);
	clock_us = 1000000;
	params.fd = dup(file);
	params.key = fixture->key;
	assert_int_equal(recording_new(&params, &recording), ERR_OK);
	assert_int_equal(recording_start(recording, 80, 24), ERR_OK);
	output(recording, 10, "$ vi\r\n\033[?47");
	output(recording, 20, "7h$ \033[?25;10");
	output(recording, 30, "49h~");
	output(recording, 40, "\033[2J~");
	assert_int_equal(recording_resize(recording, 132, 50), ERR_OK);
	output(recording, 50, "~ \033[?2004h");
	output(recording, 60, "\033[1mx\033[?1049l$ ");
	output(recording, 70, "\033[?47h\033c");
	output(recording, 80, "$ ");
	assert_int_equal(recording_finish(recording), ERR_OK);
	memcpy(fixture->request.public_key, recording_key(recording), 32);
	fixture->request.session_id = params.session_id;
	recording_free(recording);
	sys_replace(NULL);
	fixture->file = file;
	const char *text = answer(fixture, REPLAY_INDEX, fixture->key, ERR_OK);
	fixture->file = before;
	fixture->request = request;
	assert_non_null(strstr(text, "\"chunks\":[[0,10,79,0],[2,30,22,2],[3,40,85,1],[5,60,43,2],"
				     "[6,70,36,2],[7,80,20,0]],"));
	assert_non_null(strstr(text, "\"sizes\":[[40,132,50]]}"));
}

static void raw_is_the_file_itself(void **state)
{
	struct fixture *fixture = *state;

	assert_memory_equal(answer(fixture, REPLAY_RAW, NULL, ERR_OK), "SKR1", 4);
}

static void start_process(int control)
{
	if (fork() != 0)
		return;
	(void)dup2(control, 3);
	(void)fcntl(3, F_SETFD, 0);
	execl(SEKISHO_BINARY_DIR "/bin/sekisho-replay", "sekisho-replay", "--role-fds", "control=3",
	      (char *)NULL);
	_exit(127);
}

/* The frames' content in their place; they must have an end. */
static void take_frames_off(int file)
{
	static char text[64 * 1024];
	struct body_in in = {0};
	size_t len = 0;
	ssize_t got;

	assert_int_equal(lseek(file, 0, SEEK_SET), 0);
	while ((got = body_read(&in, file, text + len, sizeof(text) - len)) > 0)
		len += (size_t)got;
	assert_int_equal(got, 0);
	assert_int_equal(ftruncate(file, 0), 0);
	assert_int_equal(pwrite(file, text, len, 0), (ssize_t)len);
}

/* The confined process itself, and a player that is not ours. */
static void exported_cast_plays_in_asciinema(void **state)
{
	struct fixture *fixture = *state;
	char path[] = "/tmp/test_replay.XXXXXX", command[160], text[256] = "";
	int pair[2], fds[3], status = -1;
	struct buf bytes;
	FILE *player;

	assert_int_equal(chan_pair(pair), ERR_OK);
	start_process(pair[1]);
	close(pair[1]);
	assert_int_equal(lseek(fixture->file, 0, SEEK_SET), 0);
	fds[0] = fixture->file;
	assert_int_equal(secret_pipe(fixture->key, &fds[1]), ERR_OK);
	fds[2] = mkstemp(path);
	buf_init(&bytes, 4096);
	fixture->request.mode = REPLAY_CAST;
	codec_put(&bytes, &msg_replay_codec, &fixture->request);
	assert_int_equal(chan_send(pair[0], MSG_REPLAY, 1, bytes.data, bytes.len, fds, 3, 1000),
			 ERR_OK);
	assert_true(wait(&status) > 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	take_frames_off(fds[2]);
	(void)snprintf(command, sizeof(command),
		       "LC_ALL=C.UTF-8 script -qec 'stty -opost; asciinema cat %s' /dev/null"
		       " </dev/null",
		       path);
	/* It wants a terminal. */
	player = popen(command, "r");
	assert_non_null(player);
	size_t len = fread(text, 1, sizeof(text) - 1, player);
	assert_int_equal(pclose(player), 0);
	text[len] = '\0';
	assert_string_equal(text, "$ ldone\r\n日本語\r\n");
	unlink(path);
	close(fds[1]);
	close(fds[2]);
	close(pair[0]);
	buf_clear(&bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(index_lists_entries_commands_and_idleness),
		cmocka_unit_test(cast_is_a_header_and_all_events),
		cmocka_unit_test(events_come_by_chunks),
		cmocka_unit_test(verdict_names_what_is_wrong),
		cmocka_unit_test(index_ends_before_a_head_that_nobody_signed),
		cmocka_unit_test(head_vouches_for_the_index_and_for_a_batch_of_events),
		cmocka_unit_test(index_of_changed_text_or_a_wrong_key_shows_none_of_it),
		cmocka_unit_test(index_tells_the_screens_and_sizes),
		cmocka_unit_test(raw_is_the_file_itself),
		cmocka_unit_test(exported_cast_plays_in_asciinema),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
