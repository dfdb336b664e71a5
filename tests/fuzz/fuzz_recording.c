/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <unistd.h>

#include "base/messages.h"
#include "sessions/recording.h"
#include "sessions/replay/replay.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/signer.h"

/*
 * A recording file. First byte: the reader's mode, and whether the chain is made to hold: then the
 * rest is a list of {u16 plain length, times, sealed bytes}, written as a recorder would.
 */
static void put_chunk(struct buf *out, struct rd *rd, uint64_t seq, uint8_t previous[32])
{
	uint8_t signed_bytes[RECORDING_SIGNED], signature[64];
	struct buf head;
	uint64_t start = rd_u16(rd), end = start + rd_u8(rd);
	uint32_t plain = rd_u8(rd), have = (uint32_t)rd_left(rd);
	const uint8_t *sealed;

	plain = have < RECORDING_TAG	       ? 0
		: plain > have - RECORDING_TAG ? have - RECORDING_TAG
					       : plain;
	sealed = rd_bytes(rd, plain + RECORDING_TAG);
	if (sealed == NULL)
		return;
	buf_init(&head, RECORDING_CHUNK_HEADER);
	buf_put_u64(&head, seq);
	buf_put_u64(&head, start);
	buf_put_u64(&head, end);
	buf_put_u32(&head, plain);
	recording_chain_hash(previous, head.data, sealed, plain + RECORDING_TAG, previous);
	recording_chain_signed(previous, signed_bytes);
	signer_sign(signed_bytes, sizeof(signed_bytes), signature);
	buf_put_u32(out, RECORDING_CHUNK_REST + plain);
	buf_put(out, head.data, head.len);
	buf_put(out, sealed, plain + RECORDING_TAG);
	buf_put(out, previous, 32);
	buf_put(out, signature, sizeof(signature));
	buf_clear(&head);
}

static void make(struct buf *out, struct rd *rd)
{
	struct recording_header header = {.created_us = 1, .cols = 80, .rows = 24};
	uint8_t bytes[RECORDING_HEADER];

	memcpy(header.key, signer_key(), sizeof(header.key));
	assert(recording_header_encode(&header, bytes) == ERR_OK);
	buf_put(out, bytes, sizeof(bytes));
	for (uint64_t seq = 0; rd_left(rd) > 20; seq++)
		put_chunk(out, rd, seq, header.hash);
	buf_put(out, rd->data + rd->at, rd_left(rd)); /* a cut or foreign end */
}

static void check(int file, size_t size)
{
	struct recording_check check;

	assert(recording_chain_check(file, NULL, &check) == ERR_OK);
	assert(check.bytes <= size || check.chunks == 0);
	if (check.ok && check.complete && check.chunks > 0)
		fuzz_accepted();
	assert(lseek(file, 0, SEEK_SET) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd rd = rd_of(data, size);
	uint8_t how = rd_u8(&rd);
	struct msg_replay request = {
		.mode = REPLAY_EVENTS + (how & 7) % 5, .first_chunk = how >> 6, .chunk_count = 4};
	struct secret *key = secret_new(32);
	struct buf bytes;

	buf_init(&bytes, 4 * 1024 * 1024);
	if (how & 8)
		make(&bytes, &rd);
	else
		buf_put(&bytes, rd.data + rd.at, rd_left(&rd));
	if (bytes.len >= RECORDING_HEADER)
		memcpy(request.public_key, how & 8 ? signer_key() : bytes.data + 32, 32);
	int file = fuzz_file(bytes.data, bytes.len), output = fuzz_file("", 0);
	check(file, bytes.len);
	enum err err = replay_run(&request, file, key, &(struct body_out){.fd = output});
	assert(err != ERR_BUG);
	close(file);
	close(output);
	buf_clear(&bytes);
	secret_free(key);
	return 0;
}
