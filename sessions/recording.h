/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SESSIONS_RECORDING_H
#define SESSIONS_RECORDING_H

#include <stdbool.h>
#include <stdint.h>

#include "audit/recording_chain.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"
#include "base/uuid.h"

/*
 * Writes one session's recording (format: audit/recording_chain.h; plain text of a chunk:
 * asciicast v2 event lines). Events gather in one chunk; recording_flush encrypts, chains, signs
 * and writes it whole. What the target sent may be forwarded only after the flush that covers it.
 * The signing key is made here, lives in guarded memory and dies with the object.
 */
struct recording;

enum {
	RECORDING_CHUNK_PLAIN = 16 * 1024, /* a chunk is flushed before it grows past this */
	RECORDING_CHUNK_US = 100 * 1000,   /* … and when its first event is this old */
	RECORDING_QUIET_US = 8 * 1000,	   /* … or when nothing came for this long */
	RECORDING_SYNC_US = 1000 * 1000,   /* fdatasync at the latest after this */
	RECORDING_COMMAND_MAX = 200,	   /* code points of a command marker */
};

struct recording_params {
	struct uuid session_id;
	int fd;			  /* empty file, write-only; owned by the recording from now on */
	const struct secret *key; /* 32 bytes AES-256; copied */
	uint16_t cols, rows;
};

/* Loads the cipher and its provider, before a process is confined. */
enum err recording_warm_up(void) ERR_CHECKED;
/* ERR_INPUT for a wrong key length, ERR_MEMORY; nothing is written before recording_start. On
 * failure fd stays the caller's. */
enum err recording_new(const struct recording_params *params, struct recording **out) ERR_CHECKED;
void recording_free(struct recording *recording);
const uint8_t *recording_key(const struct recording *recording); /* public, RECORDING_KEY bytes */
/* Sets the size shown in the header and writes it; time zero is now. */
enum err recording_start(struct recording *recording, uint16_t cols, uint16_t rows) ERR_CHECKED;

/* Adds what the target sent. *out_used: how many bytes are in the recording now; bytes of a
 * character whose end has not come yet are left to the caller, unless final. May flush. */
enum err recording_output(struct recording *recording, const uint8_t *data, size_t len, bool final,
			  size_t *out_used) ERR_CHECKED;
/* Typed text as it may be shown (masked by the caller), a new size, a command. */
enum err recording_input(struct recording *recording, const char *text, size_t len) ERR_CHECKED;
enum err recording_resize(struct recording *recording, uint16_t cols, uint16_t rows) ERR_CHECKED;
enum err recording_command(struct recording *recording, const char *text, size_t len) ERR_CHECKED;

/* Writes the chunk at hand, if any. After a failure every later call fails too. */
enum err recording_flush(struct recording *recording) ERR_CHECKED;
/* Microseconds until the chunk at hand or the sync is due: 0 now, -1 nothing waits. */
int64_t recording_due_us(const struct recording *recording);
/* Flushes and syncs what is due. */
enum err recording_tick(struct recording *recording) ERR_CHECKED;
/* Bytes given to recording_output that are safely written: these may be forwarded. */
uint64_t recording_written_output(const struct recording *recording);
/* Flush and sync; the object then only answers recording_totals. */
enum err recording_finish(struct recording *recording) ERR_CHECKED;

struct recording_totals {
	uint64_t chunks, bytes, duration_us;
	uint32_t commands;
	uint8_t head[RECORDING_HASH];
	uint8_t signature[RECORDING_SIGNATURE]; /* of the head; zero when there is no chunk */
};
void recording_totals(const struct recording *recording, struct recording_totals *out);

/* Decrypts a verified chunk; *out_plain is reset first. ERR_INTEGRITY when key and chunk do not
 * belong together. */
enum err recording_open_chunk(const struct recording_header *header, const struct secret *key,
			      const struct recording_chunk *chunk,
			      struct buf *out_plain) ERR_CHECKED;

#endif
