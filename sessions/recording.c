/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sessions/recording.h"

#include <errno.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/sys.h"
#include "base/text.h"

enum {
	AES_KEY = 32,
	NONCE = 12,
	PIECE = 2048, /* of output per event: at most 6 times this as JSON */
	EVENT_MAX = 6 * PIECE + 64,
	SEALED_MAX = 4 + RECORDING_CHUNK_REST + RECORDING_PLAIN_MAX,
};

struct recording {
	int fd;
	struct recording_header header;
	struct secret *key;	   /* AES-256 */
	struct secret *signing;	   /* Ed25519, libsodium form */
	int64_t origin_us;	   /* monotonic time zero */
	struct buf plain;	   /* events of the chunk at hand */
	struct buf event;	   /* one event being made */
	struct buf sealed;	   /* the chunk as it will be written */
	int64_t first_us, last_us; /* of the chunk at hand, monotonic */
	int64_t dirty_us;	   /* when the oldest unsynced byte was written; 0: all synced */
	uint64_t output_taken, output_written;
	uint8_t previous[RECORDING_HASH];
	struct recording_totals totals;
	uint64_t end_us; /* of the last chunk */
	enum err failure;
};

static void cipher_free_p(EVP_CIPHER_CTX **cipher)
{
	EVP_CIPHER_CTX_free(*cipher);
}

enum err recording_warm_up(void)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);

	if (cipher == NULL || sodium_init() < 0)
		return ERR_BUG;
	EVP_CIPHER_free(cipher);
	return ERR_OK;
}

static void nonce_of(uint64_t seq, uint8_t out[NONCE])
{
	memset(out, 0, NONCE);
	for (int i = 0; i < 8; i++)
		out[NONCE - 1 - i] = (uint8_t)(seq >> (8 * i));
}

static enum err make_keys(struct recording *recording)
{
	recording->signing = secret_new(crypto_sign_SECRETKEYBYTES);
	if (recording->signing == NULL)
		return ERR_MEMORY;
	if (crypto_sign_keypair(recording->header.key, secret_data(recording->signing)) != 0)
		return ERR_BUG;
	return ERR_OK;
}

enum err recording_new(const struct recording_params *params, struct recording **out)
{
	struct recording *recording;
	enum err err;

	if (params->key == NULL || secret_len(params->key) != AES_KEY)
		return ERR_INPUT;
	recording = calloc(1, sizeof(*recording));
	if (recording == NULL)
		return ERR_MEMORY;
	recording->fd = -1;
	recording->header.session_id = params->session_id;
	recording->header.cols = params->cols;
	recording->header.rows = params->rows;
	buf_init_wiped(&recording->plain, RECORDING_CHUNK_PLAIN + EVENT_MAX);
	buf_init_wiped(&recording->event, EVENT_MAX);
	buf_init(&recording->sealed, SEALED_MAX);
	recording->key = secret_from(secret_bytes(params->key), AES_KEY);
	err = recording->key == NULL ? ERR_MEMORY : make_keys(recording);
	if (err != ERR_OK) {
		recording_free(recording);
		return err;
	}
	recording->fd = params->fd;
	*out = recording;
	return ERR_OK;
}

void recording_free(struct recording *recording)
{
	if (recording == NULL)
		return;
	if (recording->fd >= 0)
		close(recording->fd);
	secret_free(recording->key);
	secret_free(recording->signing);
	buf_clear(&recording->plain);
	buf_clear(&recording->event);
	buf_clear(&recording->sealed);
	free(recording);
}

const uint8_t *recording_key(const struct recording *recording)
{
	return recording->header.key;
}

/* Remembers the first failure: a recording with a hole in it must not go on. */
static enum err keep(struct recording *recording, enum err err)
{
	if (err != ERR_OK && recording->failure == ERR_OK)
		recording->failure = err;
	return err;
}

static enum err write_out(struct recording *recording, const void *data, size_t len)
{
	if (sys_write_full(recording->fd, data, len) != 0)
		return keep(recording, ERR_IO);
	recording->totals.bytes += len;
	if (recording->dirty_us == 0)
		recording->dirty_us = sys_mono_us();
	return ERR_OK;
}

enum err recording_start(struct recording *recording, uint16_t cols, uint16_t rows)
{
	uint8_t bytes[RECORDING_HEADER];
	enum err err;

	recording->header.cols = cols;
	recording->header.rows = rows;
	recording->header.created_us = sys_real_us();
	recording->origin_us = sys_mono_us();
	err = recording_header_encode(&recording->header, bytes);
	if (err != ERR_OK)
		return keep(recording, err);
	memcpy(recording->previous, recording->header.hash, RECORDING_HASH);
	return write_out(recording, bytes, sizeof(bytes));
}

/* One asciicast line into recording->event, then into the chunk at hand. */
static enum err add_event(struct recording *recording, const char *type, const char *text,
			  size_t len)
{
	struct json json;
	char time[32];
	int64_t now = sys_mono_us();
	uint64_t at = (uint64_t)(now - recording->origin_us);

	if (recording->failure != ERR_OK)
		return recording->failure;
	buf_reset(&recording->event);
	json_init(&json, &recording->event);
	(void)snprintf(time, sizeof(time), "%llu.%06llu", (unsigned long long)(at / 1000000),
		       (unsigned long long)(at % 1000000));
	json_array(&json, NULL);
	json_raw(&json, NULL, time);
	json_text(&json, NULL, type);
	json_text_n(&json, NULL, text, len);
	json_end_array(&json);
	buf_put(&recording->event, "\n", 1);
	if (buf_failed(&recording->event))
		return keep(recording, ERR_BUG);
	if (recording->plain.len + recording->event.len > RECORDING_CHUNK_PLAIN) {
		enum err err = recording_flush(recording);
		if (err != ERR_OK)
			return err;
	}
	if (recording->plain.len == 0)
		recording->first_us = now;
	recording->last_us = now;
	buf_put(&recording->plain, recording->event.data, recording->event.len);
	return buf_failed(&recording->plain) ? keep(recording, ERR_MEMORY) : ERR_OK;
}

/* Bytes of one UTF-8 character at data; 0: its end has not come; -1: not UTF-8. */
static int character(const uint8_t *data, size_t len)
{
	int need = data[0] < 0x80   ? 1
		   : data[0] < 0xc2 ? -1
		   : data[0] < 0xe0 ? 2
		   : data[0] < 0xf0 ? 3
		   : data[0] < 0xf5 ? 4
				    : -1;

	for (int i = 1; i < need; i++) {
		if ((size_t)i >= len)
			return 0;
		if ((data[i] & 0xc0) != 0x80)
			return -1;
	}
	if (need > 1 && !text_is_utf8((const char *)data, (size_t)need))
		return -1;
	return need;
}

/* Copies as much of data as fits one event; bytes that are no UTF-8 become U+FFFD. NUL bytes are
 * padding to a terminal and are left out. */
static size_t take_piece(struct buf *piece, const uint8_t *data, size_t len, bool final)
{
	size_t used = 0;

	while (used < len && piece->len + 4 <= PIECE) {
		int size = character(data + used, len - used);
		if (size == 0 && !final)
			break;
		if (size <= 0) {
			buf_put(piece, "\xef\xbf\xbd", 3);
			size = 1;
		} else if (data[used] != 0) {
			buf_put(piece, data + used, (size_t)size);
		}
		used += (size_t)size;
	}
	return used;
}

enum err recording_output(struct recording *recording, const uint8_t *data, size_t len, bool final,
			  size_t *out_used)
{
	size_t used = 0;

	while (used < len) {
		scoped(buf_clear) struct buf piece;
		size_t step;
		enum err err;

		buf_init_wiped(&piece, PIECE);
		step = take_piece(&piece, data + used, len - used, final);
		if (step == 0)
			break;
		if (buf_failed(&piece))
			return keep(recording, ERR_MEMORY);
		err = piece.len == 0
			      ? ERR_OK
			      : add_event(recording, "o", (const char *)piece.data, piece.len);
		if (err != ERR_OK)
			return err;
		used += step;
		recording->output_taken += step;
	}
	*out_used = used;
	return recording->failure;
}

enum err recording_input(struct recording *recording, const char *text, size_t len)
{
	size_t used = 0;

	while (used < len) {
		scoped(buf_clear) struct buf piece;
		size_t step;
		enum err err;

		buf_init_wiped(&piece, PIECE);
		step = take_piece(&piece, (const uint8_t *)text + used, len - used, true);
		if (buf_failed(&piece))
			return keep(recording, ERR_MEMORY);
		err = piece.len == 0
			      ? ERR_OK
			      : add_event(recording, "i", (const char *)piece.data, piece.len);
		if (err != ERR_OK)
			return err;
		used += step;
	}
	return recording->failure;
}

enum err recording_resize(struct recording *recording, uint16_t cols, uint16_t rows)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%ux%u", cols, rows);

	return add_event(recording, "r", text, (size_t)len);
}

enum err recording_command(struct recording *recording, const char *text, size_t len)
{
	enum err err;

	if (len > 4 * RECORDING_COMMAND_MAX || text_codepoints(text, len) > RECORDING_COMMAND_MAX)
		return ERR_TOO_LARGE;
	err = add_event(recording, "m", text, len);
	if (err == ERR_OK)
		recording->totals.commands++;
	return err;
}

static bool seal(const struct recording *recording, const uint8_t *header, const uint8_t *nonce,
		 uint8_t *out)
{
	scoped(cipher_free_p) EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
	int len = 0, tail = 0;

	return cipher != NULL &&
	       EVP_EncryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, secret_bytes(recording->key),
				  nonce) == 1 &&
	       EVP_EncryptUpdate(cipher, NULL, &len, recording->header.hash, RECORDING_HASH) == 1 &&
	       EVP_EncryptUpdate(cipher, NULL, &len, header, RECORDING_CHUNK_HEADER) == 1 &&
	       EVP_EncryptUpdate(cipher, out, &len, recording->plain.data,
				 (int)recording->plain.len) == 1 &&
	       EVP_EncryptFinal_ex(cipher, out + len, &tail) == 1 &&
	       EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, RECORDING_TAG,
				   out + recording->plain.len) == 1;
}

static void put_chunk_header(struct recording *recording)
{
	struct buf *out = &recording->sealed;
	uint64_t start = (uint64_t)(recording->first_us - recording->origin_us);
	uint64_t end = (uint64_t)(recording->last_us - recording->origin_us);

	buf_reset(out);
	buf_put_u32(out, (uint32_t)(RECORDING_CHUNK_REST + recording->plain.len));
	buf_put_u64(out, recording->totals.chunks);
	buf_put_u64(out, start);
	buf_put_u64(out, end);
	buf_put_u32(out, (uint32_t)recording->plain.len);
	recording->end_us = end;
}

/* Encrypts, hashes and signs the chunk at hand into recording->sealed. */
static enum err make_chunk(struct recording *recording)
{
	struct buf *out = &recording->sealed;
	uint8_t nonce[NONCE], hash[RECORDING_HASH], signed_bytes[RECORDING_SIGNED];
	uint8_t *cipher_text;

	put_chunk_header(recording);
	nonce_of(recording->totals.chunks, nonce);
	cipher_text = buf_reserve(out, recording->plain.len + RECORDING_TAG);
	if (cipher_text == NULL)
		return ERR_MEMORY;
	if (!seal(recording, out->data + 4, nonce, cipher_text))
		return ERR_BUG;
	recording_chain_hash(recording->previous, out->data + 4, cipher_text,
			     recording->plain.len + RECORDING_TAG, hash);
	buf_commit(out, recording->plain.len + RECORDING_TAG);
	recording_chain_signed(hash, signed_bytes);
	(void)crypto_sign_detached(recording->totals.signature, NULL, signed_bytes,
				   sizeof(signed_bytes), secret_bytes(recording->signing));
	buf_put(out, hash, sizeof(hash));
	buf_put(out, recording->totals.signature, RECORDING_SIGNATURE);
	memcpy(recording->previous, hash, RECORDING_HASH);
	return buf_failed(out) ? ERR_MEMORY : ERR_OK;
}

enum err recording_flush(struct recording *recording)
{
	enum err err;

	if (recording->failure != ERR_OK)
		return recording->failure;
	if (recording->plain.len == 0) {
		recording->output_written = recording->output_taken;
		return ERR_OK;
	}
	/* The head known to the outside must be that of the last chunk really written. */
	struct recording_totals before = recording->totals;
	err = make_chunk(recording);
	if (err == ERR_OK)
		err = write_out(recording, recording->sealed.data, recording->sealed.len);
	if (err != ERR_OK) {
		recording->totals = before;
		return keep(recording, err);
	}
	memcpy(recording->totals.head, recording->previous, RECORDING_HASH);
	recording->totals.chunks++;
	recording->totals.duration_us = recording->end_us;
	recording->output_written = recording->output_taken;
	wipe(recording->plain.data, recording->plain.len);
	buf_reset(&recording->plain);
	return ERR_OK;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < 0 ? b : b < 0 ? a : a < b ? a : b;
}

static int64_t left_until(int64_t at, int64_t now)
{
	return at > now ? at - now : 0;
}

static int64_t flush_due_us(const struct recording *recording, int64_t now)
{
	if (recording->plain.len == 0)
		return -1;
	return earlier(left_until(recording->first_us + RECORDING_CHUNK_US, now),
		       left_until(recording->last_us + RECORDING_QUIET_US, now));
}

int64_t recording_due_us(const struct recording *recording)
{
	int64_t now = sys_mono_us();

	return earlier(flush_due_us(recording, now),
		       recording->dirty_us == 0
			       ? -1
			       : left_until(recording->dirty_us + RECORDING_SYNC_US, now));
}

static enum err sync_now(struct recording *recording)
{
	if (recording->dirty_us == 0)
		return ERR_OK;
#ifdef SEKISHO_DEFECT_SKIP_FSYNC
	recording->dirty_us = 0;
	return ERR_OK;
#endif
	/* EINVAL: a pipe or socket (tests) cannot be synced and needs no sync. */
	if (sys_table()->fdatasync(recording->fd) != 0 && errno != EINVAL)
		return keep(recording, ERR_IO);
	recording->dirty_us = 0;
	return ERR_OK;
}

enum err recording_tick(struct recording *recording)
{
	int64_t now = sys_mono_us();
	enum err err = recording->failure;

	if (err == ERR_OK && flush_due_us(recording, now) == 0)
		err = recording_flush(recording);
	if (err == ERR_OK && recording->dirty_us != 0 &&
	    now - recording->dirty_us >= RECORDING_SYNC_US)
		err = sync_now(recording);
	return err;
}

uint64_t recording_written_output(const struct recording *recording)
{
#ifdef SEKISHO_DEFECT_FORWARD_BEFORE_RECORDING
	return recording->output_taken;
#else
	return recording->output_written;
#endif
}

enum err recording_finish(struct recording *recording)
{
	enum err err = recording_flush(recording);

	if (err == ERR_OK)
		err = sync_now(recording);
	if (recording->fd >= 0 && close(recording->fd) != 0 && err == ERR_OK)
		err = keep(recording, ERR_IO);
	recording->fd = -1;
	if (recording->failure == ERR_OK)
		recording->failure = ERR_CONFLICT; /* nothing can be added any more */
	return err;
}

void recording_totals(const struct recording *recording, struct recording_totals *out)
{
	*out = recording->totals;
}

static bool unseal(const struct recording_header *header, const struct secret *key,
		   const struct recording_chunk *chunk, uint8_t *out)
{
	scoped(cipher_free_p) EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
	uint8_t nonce[NONCE], tag[RECORDING_TAG];
	int len = 0, tail = 0;

	nonce_of(chunk->seq, nonce);
	memcpy(tag, chunk->sealed + chunk->plain_len, RECORDING_TAG);
	return cipher != NULL &&
	       EVP_DecryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, secret_bytes(key), nonce) == 1 &&
	       EVP_DecryptUpdate(cipher, NULL, &len, header->hash, RECORDING_HASH) == 1 &&
	       EVP_DecryptUpdate(cipher, NULL, &len, chunk->header, RECORDING_CHUNK_HEADER) == 1 &&
	       EVP_DecryptUpdate(cipher, out, &len, chunk->sealed, (int)chunk->plain_len) == 1 &&
	       EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_TAG, RECORDING_TAG, tag) == 1 &&
	       EVP_DecryptFinal_ex(cipher, out + len, &tail) == 1;
}

enum err recording_open_chunk(const struct recording_header *header, const struct secret *key,
			      const struct recording_chunk *chunk, struct buf *out_plain)
{
	uint8_t *to;

	if (secret_len(key) != AES_KEY)
		return ERR_INTEGRITY;
	buf_reset(out_plain);
	to = buf_reserve(out_plain, chunk->plain_len);
	if (to == NULL)
		return ERR_MEMORY;
	if (!unseal(header, key, chunk, to))
		return ERR_INTEGRITY;
	buf_commit(out_plain, chunk->plain_len);
	return ERR_OK;
}
