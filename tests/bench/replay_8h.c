/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How long a replay of an eight-hour recording takes: the recording is written by the real writer
 * into a temporary file, and read by replay_run as sekisho-replay does. Beside each time stands its
 * ratio to a bare loop of read, AES-256-GCM and SHA-256 over the same bytes in the same run, which
 * says more than the time on a machine with other work. Built by the target bench_replay alone.
 *
 *   bench_replay                      measures and prints
 *   bench_replay write FILE           writes the recording; its key and names go to FILE.key
 *   bench_replay answer FILE MODE FIRST COUNT   one answer on standard output, as the server gives
 * it
 */
#include <fcntl.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sys.h"
#include "sessions/recording.h"
#include "sessions/replay/replay.h"

enum {
	CHUNKS = 60 * 1000,
	STEP_US = 440 * 1000,	/* between chunks */
	PAUSE_EVERY = 100,	/* chunks, then … */
	PAUSE_US = 4000 * 1000, /* … this much idleness: eight hours in all */
	COMMAND_EVERY = 200,
	LINES = 4, /* events of a chunk */
	LINE = 225,
	BLOCK = 64 * 1024,
	RUNS = 3, /* the best of these counts */
};

static int64_t clock_us = 1000000;

static int64_t fake_clock(void)
{
	return clock_us;
}

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	(void)fprintf(stderr, "bench_replay: %s failed\n", what);
	exit(1);
}

static int temporary(void)
{
	char path[] = "/tmp/bench_replay.XXXXXX";
	int fd = mkstemp(path);

	must(fd >= 0 && unlink(path) == 0, "temporary file");
	return fd;
}

static void write_chunk(struct recording *recording, unsigned number)
{
	char line[LINE + 1];
	size_t used;

	for (int i = 0; i < LINES; i++) {
		for (int at = 0; at < LINE; at++)
			line[at] = (char)(' ' + (number * 7 + (unsigned)(i + at)) % 94);
		memcpy(line + LINE - 2, "\r\n", 2);
		must(recording_output(recording, (const uint8_t *)line, LINE, true, &used) ==
			     ERR_OK,
		     "recording_output");
		clock_us += 1000;
	}
	if (number % COMMAND_EVERY == 0)
		must(recording_command(recording, "make -C /srv/site all", 21) == ERR_OK,
		     "recording_command");
	must(recording_flush(recording) == ERR_OK, "recording_flush");
	clock_us += STEP_US - LINES * 1000 + (number % PAUSE_EVERY == 0 ? PAUSE_US : 0);
}

static void write_recording(int file, const struct secret *key, struct msg_replay *request)
{
	struct recording_params params = {.session_id = uuid_random(), .cols = 120, .rows = 40};
	struct sys_ops ops = *sys_table();
	struct recording *recording;

	ops.mono_us = fake_clock;
	sys_replace(&ops);
	params.fd = dup(file);
	params.key = key;
	must(recording_new(&params, &recording) == ERR_OK, "recording_new");
	must(recording_start(recording, 120, 40) == ERR_OK, "recording_start");
	for (unsigned i = 0; i < CHUNKS; i++)
		write_chunk(recording, i);
	must(recording_finish(recording) == ERR_OK, "recording_finish");
	memcpy(request->public_key, recording_key(recording), RECORDING_KEY);
	request->session_id = params.session_id;
	recording_free(recording);
	sys_replace(NULL);
}

static int64_t bare_loop(int file)
{
	static uint8_t in[BLOCK], out[BLOCK];
	uint8_t key[32] = {1}, nonce[12] = {2}, hash[32];
	EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
	crypto_hash_sha256_state sha;
	int64_t from = sys_mono_us();
	ssize_t got;
	int len;

	must(cipher != NULL &&
		     EVP_DecryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, key, nonce) == 1 &&
		     lseek(file, 0, SEEK_SET) == 0,
	     "cipher");
	(void)crypto_hash_sha256_init(&sha);
	while ((got = sys_read_full(file, in, sizeof(in))) > 0) {
		(void)crypto_hash_sha256_update(&sha, in, (size_t)got);
		must(EVP_DecryptUpdate(cipher, out, &len, in, (int)got) == 1, "decrypting");
	}
	(void)crypto_hash_sha256_final(&sha, hash);
	EVP_CIPHER_CTX_free(cipher);
	return sys_mono_us() - from;
}

static int64_t replay(struct msg_replay *request, int file, const struct secret *key,
		      off_t *out_bytes)
{
	int output = temporary();
	int64_t from = sys_mono_us(), took;

	must(lseek(file, 0, SEEK_SET) == 0, "lseek");
	must(replay_run(request, file, key, &(struct body_out){.fd = output, .plain = true}) ==
		     ERR_OK,
	     "replay_run");
	took = sys_mono_us() - from;
	*out_bytes = lseek(output, 0, SEEK_END);
	(void)close(output);
	return took;
}

static void measure(const char *name, struct msg_replay *request, int file,
		    const struct secret *key)
{
	int64_t best = INT64_MAX, bare = INT64_MAX;
	off_t bytes = 0;

	for (int i = 0; i < RUNS; i++) {
		int64_t b = bare_loop(file), r = replay(request, file, key, &bytes);

		bare = b < bare ? b : bare;
		best = r < best ? r : best;
	}
	must(bytes > 0, name);
	(void)printf("%-14s %8.1f ms   bare loop %6.1f ms   ratio %6.2f   %lld bytes\n", name,
		     (double)best / 1000, (double)bare / 1000, (double)best / (double)bare,
		     (long long)bytes);
}

static void measure_events(const char *name, uint64_t first, struct msg_replay *request, int file,
			   const struct secret *key)
{
	request->mode = REPLAY_EVENTS;
	request->first_chunk = first;
	request->chunk_count = REPLAY_ENTRY_MS / (STEP_US / 1000);
	measure(name, request, file, key);
}

static int measure_all(void)
{
	struct msg_replay request = {.mode = REPLAY_INDEX};
	struct secret *key = secret_new(32);
	int file = temporary();

	must(key != NULL, "start");
	sys_random(secret_data(key), 32);
	write_recording(file, key, &request);
	(void)printf("recording: %d chunks, %.1f MB, %.2f hours\n", CHUNKS,
		     (double)lseek(file, 0, SEEK_END) / 1e6, (double)(clock_us - 1000000) / 3.6e9);
	measure("index", &request, file, key);
	measure_events("events, first", 0, &request, file, key);
	measure_events("events, middle", CHUNKS / 2, &request, file, key);
	measure_events("events, last", CHUNKS - 30, &request, file, key);
	request.mode = REPLAY_VERIFY;
	measure("verify", &request, file, key);
	secret_free(key);
	(void)close(file);
	return 0;
}

/* Key and request of a kept recording, which belongs to nobody. */
static int beside(const char *path, int flags)
{
	char name[4096];

	(void)snprintf(name, sizeof(name), "%s.key", path);
	return open(name, flags, 0600);
}

static int keep(const char *path)
{
	struct msg_replay request = {.mode = REPLAY_INDEX};
	struct secret *key = secret_new(32);
	int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	int names = beside(path, O_WRONLY | O_CREAT | O_TRUNC);

	must(key != NULL && file >= 0 && names >= 0, path);
	sys_random(secret_data(key), 32);
	write_recording(file, key, &request);
	must(sys_write_full(names, secret_data(key), 32) == 0 &&
		     sys_write_full(names, &request, sizeof(request)) == 0,
	     "key");
	secret_free(key);
	return 0;
}

static int answer(char **argv)
{
	struct msg_replay request;
	struct secret *key = secret_new(32);
	int file = open(argv[2], O_RDONLY), names = beside(argv[2], O_RDONLY);

	must(key != NULL && sys_read_full(names, secret_data(key), 32) == 32 &&
		     sys_read_full(names, &request, sizeof(request)) == (ssize_t)sizeof(request),
	     argv[2]);
	request.mode = strcmp(argv[3], "index") == 0	? REPLAY_INDEX
		       : strcmp(argv[3], "verify") == 0 ? REPLAY_VERIFY
							: REPLAY_EVENTS;
	request.first_chunk = strtoull(argv[4], NULL, 10);
	request.chunk_count = strtoull(argv[5], NULL, 10);
	must(replay_run(&request, file, key,
			&(struct body_out){.fd = STDOUT_FILENO, .plain = true}) == ERR_OK,
	     "replay_run");
	secret_free(key);
	return 0;
}

int main(int argc, char **argv)
{
	must(sodium_init() >= 0, "sodium");
	if (argc == 6 && strcmp(argv[1], "answer") == 0)
		return answer(argv);
	if (argc == 3 && strcmp(argv[1], "write") == 0)
		return keep(argv[2]);
	return measure_all();
}
