/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUDIT_RECORDING_CHAIN_H
#define AUDIT_RECORDING_CHAIN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/uuid.h"

/*
 * A session recording (.skr) as anybody can check it: hash chain and signatures, no decryption.
 * All integers big-endian.
 *
 *   header  "SKR1", u32 60, session uuid 16, i64 created (UTC us), Ed25519 key 32, u16 cols, u16
 * rows chunk   u32 length of the rest, u64 seq (from 0), u64 start us, u64 end us, u32 plain length
 * (chunk header, 28) ciphertext + tag 16   AES-256-GCM, nonce = 96-bit seq, AAD = SHA-256(header) +
 * chunk header hash 32               SHA-256(previous hash + chunk header + ciphertext + tag);
 *                                 before the first chunk: SHA-256(header)
 *           signature 64          Ed25519("sekisho-recording/1\0" + hash)
 *
 * A file that ends inside a chunk was cut (its broker was killed): everything before is valid.
 */
enum {
	RECORDING_HEADER = 68,
	RECORDING_CHUNK_HEADER = 28,
	RECORDING_TAG = 16,
	RECORDING_HASH = 32,
	RECORDING_SIGNATURE = 64,
	RECORDING_KEY = 32,
	RECORDING_PLAIN_MAX = 64 * 1024,
	RECORDING_CHUNK_REST = RECORDING_CHUNK_HEADER + RECORDING_TAG + RECORDING_HASH +
			       RECORDING_SIGNATURE, /* beside the ciphertext */
};
#define RECORDING_LABEL "sekisho-recording/1" /* its NUL is signed too */

struct recording_header {
	struct uuid session_id;
	int64_t created_us;
	uint8_t key[RECORDING_KEY];
	uint16_t cols, rows;
	uint8_t hash[RECORDING_HASH]; /* SHA-256 of the header bytes */
};

/* Borrowed from the reader until its next step. */
struct recording_chunk {
	uint64_t seq, start_us, end_us;
	uint32_t plain_len;
	const uint8_t *header; /* RECORDING_CHUNK_HEADER bytes */
	const uint8_t *sealed; /* plain_len + RECORDING_TAG bytes */
	const uint8_t *hash;
	const uint8_t *signature;
	uint64_t offset; /* of the chunk in the file */
};

enum recording_step {
	RECORDING_STEP_CHUNK, /* *out is a verified chunk */
	RECORDING_STEP_END,   /* the file ends after a whole chunk */
	RECORDING_STEP_CUT,   /* the file ends inside a chunk; all before is verified */
	RECORDING_STEP_BAD,   /* what is there does not verify: see text */
	RECORDING_STEP_IO,    /* reading failed */
};

struct recording_chain {
	int fd;
	struct recording_header header;
	uint8_t previous[RECORDING_HASH];
	uint64_t next_seq;
	uint64_t last_end_us;
	uint64_t offset; /* bytes verified so far */
	struct buf chunk;
	bool head_only; /* signatures are left to recording_chain_head_holds */
	uint8_t signature[RECORDING_SIGNATURE]; /* of the last chunk */
	char text[160];				/* what is wrong and where, English */
};

/* Reads and checks the header from fd (a file at its start; borrowed). expected_key: the key the
 * audit log names for this session, or NULL to trust the header's own. ERR_INTEGRITY with
 * chain->text when it is not a recording or names another key; ERR_IO. Clear in any case. */
enum err recording_chain_open(struct recording_chain *chain, int fd,
			      const uint8_t *expected_key) ERR_CHECKED;
void recording_chain_clear(struct recording_chain *chain);
/* Verifies and returns the next chunk. After anything but CHUNK do not call again. */
enum recording_step recording_chain_next(struct recording_chain *chain,
					 struct recording_chunk *out);
/* With head_only, set after opening: whether the signature of the last chunk read holds. As the
 * hashes chain, it covers every chunk before; true when there is none. */
bool recording_chain_head_holds(const struct recording_chain *chain);
/* Moves to chunk seq without verifying those between; the chain continues from the stored hash of
 * the chunk before, which the signature of chunk seq covers. CHUNK when it is there to be read. */
enum recording_step recording_chain_skip(struct recording_chain *chain, uint64_t seq);

struct recording_check {
	bool ok;	 /* nothing wrong was found; a cut file is ok but not complete */
	bool complete;	 /* ends after a whole chunk */
	uint64_t chunks; /* verified */
	uint64_t bytes;	 /* verified, with the header */
	uint64_t duration_us;
	struct recording_header header;
	uint8_t head[RECORDING_HASH]; /* of the last verified chunk */
	char text[160];		      /* what and where; "" when ok and complete */
};
/* Checks a whole file. ERR_OK also when it is bad (then !out->ok); ERR_IO when it cannot be read.
 */
enum err recording_chain_check(int fd, const uint8_t *expected_key,
			       struct recording_check *out) ERR_CHECKED;

/* The hash of a chunk, for whoever writes one. */
void recording_chain_hash(const uint8_t previous[RECORDING_HASH], const uint8_t *header,
			  const uint8_t *sealed, size_t sealed_len, uint8_t out[RECORDING_HASH]);
/* What is signed: label, NUL, hash. */
enum { RECORDING_SIGNED = sizeof(RECORDING_LABEL) + RECORDING_HASH };
void recording_chain_signed(const uint8_t hash[RECORDING_HASH], uint8_t out[RECORDING_SIGNED]);
/* Fills and hashes the header from its fields; out receives RECORDING_HEADER bytes. */
enum err recording_header_encode(struct recording_header *header,
				 uint8_t out[RECORDING_HEADER]) ERR_CHECKED;

#endif
