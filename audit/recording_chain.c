/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/recording_chain.h"

#include <sodium.h>
#include <stdarg.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/sys.h"

/* What a chunk ends with. */
enum { TAIL = RECORDING_HASH + RECORDING_SIGNATURE };

void recording_chain_hash(const uint8_t previous[RECORDING_HASH], const uint8_t *header,
			  const uint8_t *sealed, size_t sealed_len, uint8_t out[RECORDING_HASH])
{
	crypto_hash_sha256_state state;

	(void)crypto_hash_sha256_init(&state);
	(void)crypto_hash_sha256_update(&state, previous, RECORDING_HASH);
	(void)crypto_hash_sha256_update(&state, header, RECORDING_CHUNK_HEADER);
	(void)crypto_hash_sha256_update(&state, sealed, sealed_len);
	(void)crypto_hash_sha256_final(&state, out);
}

void recording_chain_signed(const uint8_t hash[RECORDING_HASH], uint8_t out[RECORDING_SIGNED])
{
	memcpy(out, RECORDING_LABEL, sizeof(RECORDING_LABEL));
	memcpy(out + sizeof(RECORDING_LABEL), hash, RECORDING_HASH);
}

enum err recording_header_encode(struct recording_header *header, uint8_t out[RECORDING_HEADER])
{
	scoped(buf_clear) struct buf buf;

	buf_init(&buf, RECORDING_HEADER);
	buf_put(&buf, "SKR1", 4);
	buf_put_u32(&buf, RECORDING_HEADER - 8);
	buf_put(&buf, header->session_id.b, UUID_SIZE);
	buf_put_u64(&buf, (uint64_t)header->created_us);
	buf_put(&buf, header->key, RECORDING_KEY);
	buf_put_u16(&buf, header->cols);
	buf_put_u16(&buf, header->rows);
	if (buf_failed(&buf) || buf.len != RECORDING_HEADER)
		return ERR_MEMORY;
	memcpy(out, buf.data, RECORDING_HEADER);
	(void)crypto_hash_sha256(header->hash, out, RECORDING_HEADER);
	return ERR_OK;
}

static void say(struct recording_chain *chain, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void say(struct recording_chain *chain, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(chain->text, sizeof(chain->text), format, args);
	va_end(args);
}

static bool header_decode(const uint8_t bytes[RECORDING_HEADER], struct recording_header *out)
{
	struct rd rd = rd_of(bytes, RECORDING_HEADER);
	const uint8_t *magic = rd_bytes(&rd, 4);
	const uint8_t *part;

	if (magic == NULL || memcmp(magic, "SKR1", 4) != 0 || rd_u32(&rd) != RECORDING_HEADER - 8)
		return false;
	part = rd_bytes(&rd, UUID_SIZE);
	if (part != NULL)
		memcpy(out->session_id.b, part, UUID_SIZE);
	out->created_us = (int64_t)rd_u64(&rd);
	part = rd_bytes(&rd, RECORDING_KEY);
	if (part != NULL)
		memcpy(out->key, part, RECORDING_KEY);
	out->cols = rd_u16(&rd);
	out->rows = rd_u16(&rd);
	return rd_done(&rd);
}

enum err recording_chain_open(struct recording_chain *chain, int fd, const uint8_t *expected_key)
{
	uint8_t bytes[RECORDING_HEADER];
	ssize_t got;

	memset(chain, 0, sizeof(*chain));
	chain->fd = fd;
	buf_init(&chain->chunk, RECORDING_CHUNK_REST + RECORDING_PLAIN_MAX);
	got = sys_read_full(fd, bytes, sizeof(bytes));
	if (got < 0)
		return ERR_IO;
	if (got != RECORDING_HEADER || !header_decode(bytes, &chain->header)) {
		say(chain, "header: this is not a recording");
		return ERR_INTEGRITY;
	}
	if (expected_key != NULL && memcmp(expected_key, chain->header.key, RECORDING_KEY) != 0) {
		say(chain, "header: signing key is not the one in the audit log");
		return ERR_INTEGRITY;
	}
	(void)crypto_hash_sha256(chain->header.hash, bytes, RECORDING_HEADER);
	memcpy(chain->previous, chain->header.hash, RECORDING_HASH);
	chain->offset = RECORDING_HEADER;
	return ERR_OK;
}

void recording_chain_clear(struct recording_chain *chain)
{
	buf_clear(&chain->chunk);
}

/* Length of the chunk at hand, from those of its first four bytes that there are. */
static enum recording_step take_length(struct recording_chain *chain, const uint8_t *bytes,
				       ssize_t got, uint32_t *out)
{
	struct rd rd = rd_of(bytes, 4);

	if (got == 0)
		return RECORDING_STEP_END;
	if (got < 4)
		return RECORDING_STEP_CUT;
	*out = rd_u32(&rd);
	if (*out < RECORDING_CHUNK_REST || *out > RECORDING_CHUNK_REST + RECORDING_PLAIN_MAX) {
		say(chain, "chunk %llu at byte %llu: impossible length %u",
		    (unsigned long long)chain->next_seq, (unsigned long long)chain->offset, *out);
		return RECORDING_STEP_BAD;
	}
	return RECORDING_STEP_CHUNK;
}

/* Behind the last whole chunk: a killed broker leaves a beginning that fits; a changed length does
 * not make a cut. */
static enum recording_step judge_rest(struct recording_chain *chain, const uint8_t *rest,
				      size_t got, uint32_t length)
{
	struct rd rd = rd_of(rest, got);

	if (got < RECORDING_CHUNK_HEADER)
		return RECORDING_STEP_CUT;
	(void)rd_bytes(&rd, RECORDING_CHUNK_HEADER - 4);
	if ((uint64_t)rd_u32(&rd) + RECORDING_CHUNK_REST == length)
		return RECORDING_STEP_CUT;
	say(chain, "chunk %llu at byte %llu: its lengths differ",
	    (unsigned long long)chain->next_seq, (unsigned long long)chain->offset);
	return RECORDING_STEP_BAD;
}

static enum recording_step read_chunk(struct recording_chain *chain)
{
	uint8_t first[4], *to;
	ssize_t got = sys_read_full(chain->fd, first, sizeof(first));
	uint32_t length = 0;
	enum recording_step step =
		got < 0 ? RECORDING_STEP_IO : take_length(chain, first, got, &length);

	if (step != RECORDING_STEP_CHUNK)
		return step;
	buf_reset(&chain->chunk);
	to = buf_reserve(&chain->chunk, length);
	if (to == NULL)
		return RECORDING_STEP_IO;
	got = sys_read_full(chain->fd, to, length);
	if (got < 0)
		return RECORDING_STEP_IO;
	if (got < (ssize_t)length)
		return judge_rest(chain, to, (size_t)got, length);
	buf_commit(&chain->chunk, length);
	return RECORDING_STEP_CHUNK;
}

static bool decode_chunk(struct recording_chain *chain, struct recording_chunk *out)
{
	struct rd rd = rd_of(chain->chunk.data, chain->chunk.len);

	out->header = chain->chunk.data;
	out->seq = rd_u64(&rd);
	out->start_us = rd_u64(&rd);
	out->end_us = rd_u64(&rd);
	out->plain_len = rd_u32(&rd);
	if (out->plain_len > RECORDING_PLAIN_MAX)
		return false;
	out->sealed = rd_bytes(&rd, out->plain_len + RECORDING_TAG);
	out->hash = rd_bytes(&rd, RECORDING_HASH);
	out->signature = rd_bytes(&rd, RECORDING_SIGNATURE);
	out->offset = chain->offset;
	return rd_done(&rd);
}

static bool signature_holds(const struct recording_chain *chain, const uint8_t *hash,
			    const uint8_t *signature)
{
	uint8_t bytes[RECORDING_SIGNED];

	recording_chain_signed(hash, bytes);
	return crypto_sign_verify_detached(signature, bytes, sizeof(bytes), chain->header.key) == 0;
}

bool recording_chain_head_holds(const struct recording_chain *chain)
{
	return chain->next_seq == 0 || signature_holds(chain, chain->previous, chain->signature);
}

/* NULL, or what is wrong with the chunk. */
static const char *chunk_fault(const struct recording_chain *chain,
			       const struct recording_chunk *chunk)
{
	uint8_t hash[RECORDING_HASH];

	if (chunk->seq != chain->next_seq)
		return "out of sequence";
	recording_chain_hash(chain->previous, chunk->header, chunk->sealed,
			     chunk->plain_len + RECORDING_TAG, hash);
	if (memcmp(hash, chunk->hash, RECORDING_HASH) != 0)
		return "hash does not continue the chain";
	if (!chain->head_only && !signature_holds(chain, chunk->hash, chunk->signature))
		return "signature is wrong";
	if (chunk->start_us < chain->last_end_us || chunk->end_us < chunk->start_us)
		return "times run backwards";
	return NULL;
}

enum recording_step recording_chain_next(struct recording_chain *chain, struct recording_chunk *out)
{
	enum recording_step step = read_chunk(chain);
	const char *fault;

	if (step == RECORDING_STEP_CUT)
		say(chain, "chunk %llu at byte %llu: the file ends inside it",
		    (unsigned long long)chain->next_seq, (unsigned long long)chain->offset);
	if (step != RECORDING_STEP_CHUNK)
		return step;
	fault = decode_chunk(chain, out) ? chunk_fault(chain, out) : "malformed";
	if (fault != NULL) {
		say(chain, "chunk %llu at byte %llu: %s", (unsigned long long)chain->next_seq,
		    (unsigned long long)chain->offset, fault);
		return RECORDING_STEP_BAD;
	}
	memcpy(chain->previous, out->hash, RECORDING_HASH);
	memcpy(chain->signature, out->signature, RECORDING_SIGNATURE);
	chain->last_end_us = out->end_us;
	chain->offset += 4 + (uint64_t)chain->chunk.len;
	chain->next_seq++;
	return RECORDING_STEP_CHUNK;
}

/* A window on the file: a skip asks for a few bytes of each chunk, and must not ask the kernel each
 * time. */
struct window {
	uint64_t at;
	size_t len;
	uint8_t bytes[32 * 1024];
};

/* How many of the bytes at offset there are, up to want; -1 on error. */
static ssize_t look(int fd, struct window *window, uint64_t offset, size_t want,
		    const uint8_t **out)
{
	if (offset < window->at || offset + want > window->at + window->len) {
		ssize_t got =
			sys_table()->pread(fd, window->bytes, sizeof(window->bytes), (off_t)offset);
		if (got < 0)
			return -1;
		window->at = offset;
		window->len = (size_t)got;
	}
	*out = window->bytes + (offset - window->at);
	size_t there = window->len - (size_t)(offset - window->at);
	return (ssize_t)(there < want ? there : want);
}

static enum recording_step skip_one(struct recording_chain *chain, struct window *window)
{
	const uint8_t *bytes = NULL;
	ssize_t got = look(chain->fd, window, chain->offset, 4, &bytes);
	uint32_t length = 0;
	enum recording_step step =
		got < 0 ? RECORDING_STEP_IO : take_length(chain, bytes, got, &length);

	if (step != RECORDING_STEP_CHUNK)
		return step;
	got = look(chain->fd, window, chain->offset + 4 + length - TAIL, TAIL, &bytes);
	if (got != TAIL)
		return got < 0 ? RECORDING_STEP_IO : RECORDING_STEP_CUT;
	memcpy(chain->previous, bytes, RECORDING_HASH);
	chain->offset += 4 + (uint64_t)length;
	chain->next_seq++;
	return RECORDING_STEP_CHUNK;
}

enum recording_step recording_chain_skip(struct recording_chain *chain, uint64_t seq)
{
	struct window window = {.len = 0};
	enum recording_step step = RECORDING_STEP_CHUNK;

	while (step == RECORDING_STEP_CHUNK && chain->next_seq < seq)
		step = skip_one(chain, &window);
	if (step == RECORDING_STEP_CHUNK && lseek(chain->fd, (off_t)chain->offset, SEEK_SET) < 0)
		step = RECORDING_STEP_IO;
	return step;
}

enum err recording_chain_check(int fd, const uint8_t *expected_key, struct recording_check *out)
{
	struct recording_chain chain;
	struct recording_chunk chunk;
	enum recording_step step = RECORDING_STEP_BAD;
	enum err err = recording_chain_open(&chain, fd, expected_key);

	memset(out, 0, sizeof(*out));
	if (err == ERR_OK) {
		do
			step = recording_chain_next(&chain, &chunk);
		while (step == RECORDING_STEP_CHUNK);
	}
	out->ok = step == RECORDING_STEP_END || step == RECORDING_STEP_CUT;
	out->complete = step == RECORDING_STEP_END;
	out->chunks = chain.next_seq;
	out->bytes = chain.offset;
	out->duration_us = chain.last_end_us;
	out->header = chain.header;
	memcpy(out->head, chain.previous, RECORDING_HASH);
	memcpy(out->text, chain.text, sizeof(out->text));
	recording_chain_clear(&chain);
	if (step == RECORDING_STEP_IO)
		return ERR_IO;
	return err == ERR_INTEGRITY ? ERR_OK : err;
}
