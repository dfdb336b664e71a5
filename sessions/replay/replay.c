/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sessions/replay/replay.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/chan.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/sys.h"
#include "sessions/recording.h"
#include "sessions/replay/index.h"

enum {
	AES_KEY = 32,
	COPY_SIZE = 64 * 1024,
	BATCH = 256 * 1024,
	START_MS = 30 * 1000,
	KEY_MS = 5 * 1000
};

struct replay {
	const struct msg_replay *request;
	const struct secret *key;
	const struct body_out *output;
	struct recording_chain chain;
	struct buf plain;
	bool sealed_bad; /* chain and signature hold, but the key does not open the chunk */
};

static enum err put(const struct replay *replay, const void *data, size_t len)
{
	return body_put(replay->output, data, len);
}

/* The next chunk, verified and decrypted into replay->plain. */
static enum recording_step next_plain(struct replay *replay, struct recording_chunk *chunk)
{
	enum recording_step step = recording_chain_next(&replay->chain, chunk);

	if (step != RECORDING_STEP_CHUNK || replay->key == NULL)
		return step;
	if (recording_open_chunk(&replay->chain.header, replay->key, chunk, &replay->plain) ==
	    ERR_OK)
		return step;
	replay->sealed_bad = true;
	return RECORDING_STEP_BAD;
}

/* Where a chain stood, to read from there once more. */
struct mark {
	uint64_t seq, offset, end_us;
	uint8_t previous[RECORDING_HASH];
};

static struct mark set_mark(const struct recording_chain *chain)
{
	struct mark mark = {chain->next_seq, chain->offset, chain->last_end_us, {0}};

	memcpy(mark.previous, chain->previous, RECORDING_HASH);
	return mark;
}

static enum err return_to(struct recording_chain *chain, const struct mark *mark)
{
	chain->next_seq = mark->seq;
	chain->offset = mark->offset;
	chain->last_end_us = mark->end_us;
	memcpy(chain->previous, mark->previous, RECORDING_HASH);
	return lseek(chain->fd, (off_t)mark->offset, SEEK_SET) < 0 ? ERR_IO : ERR_OK;
}

/* Gathers chunks until there is a batch of them; false when no more can follow. */
static bool gather(struct replay *replay, uint64_t last, struct buf *batch)
{
	struct recording_chunk chunk;
	bool more = true;

	while (more && batch->len < BATCH && replay->chain.next_seq < last) {
		more = next_plain(replay, &chunk) == RECORDING_STEP_CHUNK;
		if (more)
			buf_put(batch, replay->plain.data, replay->plain.len);
	}
	return more && replay->chain.next_seq < last;
}

/* Each chunk by its own signature, as far as they hold. */
static enum err run_singly(struct replay *replay, uint64_t last)
{
	struct recording_chunk chunk;
	enum err err = ERR_OK;

	replay->chain.head_only = false;
	while (err == ERR_OK && replay->chain.next_seq < last &&
	       next_plain(replay, &chunk) == RECORDING_STEP_CHUNK)
		err = put(replay, replay->plain.data, replay->plain.len);
	return err;
}

/* One signature, of its last chunk, vouches for a batch, which is shown after that was checked. */
static enum err run_events(struct replay *replay)
{
	uint64_t last = replay->request->first_chunk + replay->request->chunk_count;
	scoped(buf_clear) struct buf batch;
	enum err err = ERR_OK;
	bool more = true;

	buf_init_wiped(&batch, BATCH + RECORDING_PLAIN_MAX);
	if (recording_chain_skip(&replay->chain, replay->request->first_chunk) !=
	    RECORDING_STEP_CHUNK)
		return ERR_OK;
	while (err == ERR_OK && more) {
		struct mark mark = set_mark(&replay->chain);

		replay->chain.head_only = true;
		more = gather(replay, last, &batch);
		if (buf_failed(&batch))
			return ERR_MEMORY;
		if (replay->chain.next_seq == mark.seq)
			break;
		if (!recording_chain_head_holds(&replay->chain)) {
			err = return_to(&replay->chain, &mark);
			return err == ERR_OK ? run_singly(replay, last) : err;
		}
		err = put(replay, batch.data, batch.len);
		buf_reset(&batch);
	}
	return err;
}

static enum err run_cast(struct replay *replay)
{
	const struct recording_header *header = &replay->chain.header;
	enum recording_step step = RECORDING_STEP_CHUNK;
	struct recording_chunk chunk;
	char line[160];
	int len = snprintf(line, sizeof(line),
			   "{\"version\": 2, \"width\": %u, \"height\": %u, \"timestamp\": %" PRId64
			   ", \"env\": {\"TERM\": \"xterm-256color\"}}\n",
			   header->cols, header->rows, header->created_us / 1000000);
	enum err err = put(replay, line, (size_t)len);

	while (err == ERR_OK && (step = next_plain(replay, &chunk)) == RECORDING_STEP_CHUNK)
		err = put(replay, replay->plain.data, replay->plain.len);
	if (err != ERR_OK || step == RECORDING_STEP_END || step == RECORDING_STEP_CUT)
		return err;
	return step == RECORDING_STEP_IO ? ERR_IO : ERR_INTEGRITY;
}

static enum err put_verdict(const struct replay *replay, bool ok, bool complete, const char *text)
{
	scoped(buf_clear) struct buf out;
	struct json json;

	buf_init(&out, 4096);
	json_init(&json, &out);
	json_object(&json, NULL);
	json_bool(&json, "ok", ok);
	json_int(&json, "chunks", (int64_t)replay->chain.next_seq - (replay->sealed_bad ? 1 : 0));
	if (ok)
		json_null(&json, "first_bad");
	else
		json_int(&json, "first_bad",
			 (int64_t)replay->chain.next_seq - (replay->sealed_bad ? 1 : 0));
	json_text(&json, "text", text);
	json_bool(&json, "complete", complete);
	json_int(&json, "duration_ms", (int64_t)(replay->chain.last_end_us / 1000));
	json_end_object(&json);
	return buf_failed(&out) ? ERR_MEMORY : put(replay, out.data, out.len);
}

static enum err run_verify(struct replay *replay)
{
	struct recording_chunk chunk;
	enum recording_step step;
	char text[160];

	do
		step = next_plain(replay, &chunk);
	while (step == RECORDING_STEP_CHUNK);
	if (step == RECORDING_STEP_IO)
		return ERR_IO;
	(void)snprintf(text, sizeof(text), "%s", replay->chain.text);
	if (replay->sealed_bad)
		(void)snprintf(text, sizeof(text),
			       "chunk %" PRIu64 ": the recording's key does not open it",
			       replay->chain.next_seq - 1);
	return put_verdict(replay, step == RECORDING_STEP_END || step == RECORDING_STEP_CUT,
			   step == RECORDING_STEP_END, text);
}

static enum err fill_index(struct replay *replay, struct replay_index *index, bool *out_complete)
{
	struct recording_chunk chunk;
	enum recording_step step = RECORDING_STEP_CHUNK;
	enum err err = ERR_OK;

	while (err == ERR_OK && (step = next_plain(replay, &chunk)) == RECORDING_STEP_CHUNK)
		err = replay_index_chunk(index, &chunk, (const char *)replay->plain.data,
					 replay->plain.len);
	*out_complete = step == RECORDING_STEP_END;
	return err;
}

/* *out_held: whether the head's signature holds, if that was left to the end. */
static enum err index_once(struct replay *replay, bool head_only, bool *out_held)
{
	struct replay_index *index = replay_index_new(replay->output, &replay->chain.header);
	bool complete = false;
	enum err err;

	if (index == NULL)
		return ERR_MEMORY;
	replay->chain.head_only = head_only;
	err = fill_index(replay, index, &complete);
	/* A chunk whose key is wrong is the chain's head, but not in the index. */
	*out_held =
		!head_only || (!replay->sealed_bad && recording_chain_head_holds(&replay->chain));
	if (err == ERR_OK && *out_held)
		err = replay_index_end(index, complete);
	replay_index_free(index);
	return err;
}

static enum err rewind_chain(struct replay *replay)
{
	int file = replay->chain.fd;

	recording_chain_clear(&replay->chain);
	replay->sealed_bad = false;
	buf_reset(&replay->plain);
	if (lseek(file, 0, SEEK_SET) != 0)
		return ERR_IO;
	return recording_chain_open(&replay->chain, file, replay->request->public_key);
}

/* One signature, of the head, vouches for the whole chain. When it does not hold, or the key fails
 * on the way, each chunk's own signature tells how far the recording is good. */
static enum err run_index(struct replay *replay)
{
	bool held = false;
	enum err err = index_once(replay, true, &held);

	if (err != ERR_OK || held)
		return err;
	err = rewind_chain(replay);
	return err == ERR_OK ? index_once(replay, false, &held) : err;
}

static enum err run_raw(int file, const struct body_out *output)
{
	uint8_t *bytes = malloc(COPY_SIZE);
	enum err err = bytes == NULL ? ERR_MEMORY : ERR_OK;
	ssize_t got = 1;

	while (err == ERR_OK && got > 0) {
		got = sys_read_full(file, bytes, COPY_SIZE);
		err = got < 0 ? ERR_IO : body_put(output, bytes, (size_t)got);
	}
	free(bytes);
	return err;
}

static enum err run_mode(struct replay *replay)
{
	switch (replay->request->mode) {
	case REPLAY_EVENTS: return run_events(replay);
	case REPLAY_CAST: return run_cast(replay);
	case REPLAY_VERIFY: return run_verify(replay);
	case REPLAY_INDEX: return run_index(replay);
	default: return ERR_INPUT;
	}
}

/* A header that does not hold: only the verdict can be given. */
static enum err refuse(struct replay *replay)
{
	if (replay->request->mode != REPLAY_VERIFY)
		return ERR_INTEGRITY;
	return put_verdict(replay, false, false, replay->chain.text);
}

static enum err run_chain(const struct msg_replay *request, int file, const struct secret *key,
			  const struct body_out *output)
{
	struct replay replay = {.request = request, .key = key, .output = output};
	enum err err;

	if (key == NULL && request->mode != REPLAY_VERIFY)
		return ERR_INPUT;
	buf_init_wiped(&replay.plain, RECORDING_PLAIN_MAX);
	err = recording_chain_open(&replay.chain, file, request->public_key);
	if (err == ERR_OK && !uuid_equal(&replay.chain.header.session_id, &request->session_id)) {
		(void)snprintf(replay.chain.text, sizeof(replay.chain.text),
			       "header: this is the recording of another session");
		err = ERR_INTEGRITY;
	}
	err = err == ERR_OK ? run_mode(&replay) : err == ERR_INTEGRITY ? refuse(&replay) : err;
	recording_chain_clear(&replay.chain);
	buf_clear(&replay.plain);
	return err;
}

enum err replay_run(const struct msg_replay *request, int file, const struct secret *key,
		    const struct body_out *output)
{
	enum err err = request->mode == REPLAY_RAW ? run_raw(file, output)
						   : run_chain(request, file, key, output);

	return err == ERR_OK ? body_end(output) : err;
}

static enum err on_replay(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	const struct msg_replay *request = message;
	scoped(fd_close_p) int file = chan_take_fd(msg, 0);
	scoped(fd_close_p) int pipe = chan_take_fd(msg, 1);
	scoped(fd_close_p) int output = chan_take_fd(msg, 2);
	scoped(secret_free_p) struct secret *key = NULL;
	enum err err = secret_read_fd(pipe, AES_KEY, KEY_MS, &key);

	(void)arg;
	(void)chan;
	if (err != ERR_OK && request->mode != REPLAY_RAW)
		return err;
	if (key != NULL && secret_len(key) != AES_KEY) {
		secret_free(key);
		key = NULL;
	}
	return replay_run(request, file, key, &(struct body_out){.fd = output});
}

enum err replay_serve(int control)
{
	static const struct chan_row rows[] = {
		{MSG_REPLAY, "replay", &msg_replay_codec, sizeof(struct msg_replay), 3, 3,
		 on_replay},
	};
	scoped(buf_clear) struct buf scratch;
	struct chan_msg msg;
	enum err err;

	buf_init(&scratch, CHAN_PAYLOAD_MAX + 64);
	err = chan_receive(control, &scratch, &msg, START_MS);
	if (err != ERR_OK)
		return err;
	err = chan_dispatch(rows, sizeof(rows) / sizeof(rows[0]), NULL, NULL, &msg);
	chan_close_fds(&msg);
	return err;
}
