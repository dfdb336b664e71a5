/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/sys.h"
#include "base/text.h"
#include "server/backup.h"
#include "vault/checkpoint_text.h"

/*
 *   sekisho-backup/1
 *   made 2026-11-22T02:10:00.000000Z
 *   database sekisho
 *   file <size> <SHA-256, 64 hex digits> <path>     … in order of the paths
 *   end <number of files>
 */
enum { MANIFEST_MAX = 256 * 1024 * 1024, LINE_MAX_LEN = BACKUP_PATH + 128, SIGNATURE = 64 };
static const char head[] = "sekisho-backup/1";

struct writing {
	const char *folder;
	struct buf text;
	uint64_t files;
};

static bool is_own_file(const char *path)
{
	return strcmp(path, BACKUP_MANIFEST) == 0 || strcmp(path, BACKUP_SIGNATURE) == 0;
}

static enum err write_one(struct ctx *ctx, const char *path, void *arg)
{
	struct writing *writing = arg;
	char whole[BACKUP_PATH], hex[2 * BACKUP_HASH + 1];
	uint8_t hash[BACKUP_HASH];
	uint64_t size = 0;
	enum err err = backup_path(ctx, whole, writing->folder, path);

	if (err == ERR_OK && strpbrk(path, "\n\r") != NULL)
		err = err_set(ctx, ERR_INTEGRITY, "A file's name has a line break.");
	if (err == ERR_OK)
		err = file_hash(ctx, whole, &size, hash);
	if (err != ERR_OK)
		return err;
	hex_encode(hash, sizeof(hash), hex);
	buf_printf(&writing->text, "file %" PRIu64 " %s %s\n", size, hex, path);
	writing->files++;
	return buf_tell(ctx, &writing->text, "the list of files");
}

enum err manifest_write(struct ctx *ctx, const char *folder, const struct conf *conf,
			uint8_t out_hash[BACKUP_HASH])
{
	struct writing writing = {.folder = folder};
	char path[BACKUP_PATH], now[TIME_TEXT_SIZE];
	enum err err = backup_path(ctx, path, folder, BACKUP_MANIFEST);

	if (err != ERR_OK)
		return err;
	buf_init(&writing.text, MANIFEST_MAX);
	time_format(sys_real_us(), now);
	buf_printf(&writing.text, "%s\nmade %s\ndatabase %s\n", head, now, conf->database_name);
	err = files_walk(ctx, folder, write_one, &writing);
	buf_printf(&writing.text, "end %" PRIu64 "\n", writing.files);
	if (err == ERR_OK && !buf_failed(&writing.text)) {
		crypto_hash_sha256(out_hash, writing.text.data, writing.text.len);
		err = file_write(ctx, path, writing.text.data, writing.text.len);
	}
	buf_clear(&writing.text);
	return err;
}

/* ------------------------------------------------------------------ verifying */

static enum err damaged(struct ctx *ctx, const char *what)
{
	return err_set(ctx, ERR_INTEGRITY, "The backup is damaged: %s", what);
}

static enum err read_small(struct ctx *ctx, const char *folder, const char *name, size_t max,
			   struct buf *out)
{
	char path[BACKUP_PATH];
	uint8_t *data = NULL;
	size_t len = 0;
	enum err err = backup_path(ctx, path, folder, name);

	if (err == ERR_OK && sys_read_file(path, max, &data, &len) != ERR_OK)
		err = err_set(ctx, ERR_INTEGRITY,
			      "The backup is damaged or incomplete: %s cannot be read", name);
	if (err == ERR_OK)
		buf_put(out, data, len);
	free(data);
	return err;
}

static void trim(struct buf *text)
{
	while (text->len > 0 &&
	       (text->data[text->len - 1] == '\n' || text->data[text->len - 1] == '\r'))
		text->len--;
}

/* By the key that auditors keep; without one by the backup's own, which proves only that it is
 * whole. */
static enum err check_signature(struct ctx *ctx, const char *folder, const char *vkey,
				const uint8_t hash[BACKUP_HASH], struct backup_summary *out)
{
	static const char label[] = "sekisho-backup/1"; /* signed with its NUL */
	scoped(buf_clear) struct buf text, own;
	uint8_t key[32], signature[SIGNATURE], message[sizeof(label) + BACKUP_HASH];

	buf_init(&text, 4096);
	buf_init(&own, 4096);
	enum err err = read_small(ctx, folder, BACKUP_SIGNATURE, 1024, &text);
	if (err == ERR_OK && vkey == NULL)
		err = read_small(ctx, folder, "checkpoints/vkey", 1024, &own);
	if (err != ERR_OK)
		return err;
	trim(&own);
	trim(&text);
	(void)snprintf(out->vkey, sizeof(out->vkey), "%s", vkey != NULL ? vkey : buf_text(&own));
	memcpy(message, label, sizeof(label));
	memcpy(message + sizeof(label), hash, BACKUP_HASH);
	if (!checkpoint_vkey_parse(out->vkey, key))
		return err_set(ctx, ERR_INPUT, "The verification key is malformed.");
	if (text.len != (size_t)2 * SIGNATURE ||
	    !hex_decode(buf_text(&text), signature, SIGNATURE) ||
	    crypto_sign_verify_detached(signature, message, sizeof(message), key) != 0)
		return damaged(ctx, "the signature of its manifest does not hold");
	return ERR_OK;
}

struct reading {
	const char *folder;
	char *at; /* next line of the manifest */
	uint64_t files, bytes;
};

static char *next_line(struct reading *reading)
{
	char *line = reading->at, *end = line != NULL ? strchr(line, '\n') : NULL;

	if (end == NULL)
		return NULL;
	*end = '\0';
	reading->at = end + 1;
	return line;
}

static bool take_word(struct reading *reading, const char *word, char *out, size_t size)
{
	char *line = next_line(reading);
	size_t len = strlen(word);

	if (line == NULL || strncmp(line, word, len) != 0 || strlen(line + len) >= size)
		return false;
	(void)snprintf(out, size, "%s", line + len);
	return true;
}

/* The files as they are found, each against the next line: both are in order of the paths. */
static enum err check_one(struct ctx *ctx, const char *path, void *arg)
{
	struct reading *reading = arg;
	char whole[BACKUP_PATH], text[LINE_MAX_LEN], hex[2 * BACKUP_HASH + 1];
	uint8_t hash[BACKUP_HASH];
	uint64_t size = 0;

	if (is_own_file(path))
		return ERR_OK;
	const char *line = next_line(reading);
	const char *named =
		line != NULL && strncmp(line, "file ", 5) == 0 ? strchr(line + 5, ' ') : NULL;
	named = named != NULL ? strchr(named + 1, ' ') : NULL;
	if (named == NULL || strcmp(named + 1, path) != 0)
		return err_set(ctx, ERR_INTEGRITY,
			       "The backup is damaged: %.100s is there, where %.100s belongs", path,
			       named != NULL ? named + 1 : "nothing");
	enum err err = backup_path(ctx, whole, reading->folder, path);
	if (err == ERR_OK)
		err = file_hash(ctx, whole, &size, hash);
	if (err != ERR_OK)
		return err;
	hex_encode(hash, sizeof(hash), hex);
	(void)snprintf(text, sizeof(text), "file %" PRIu64 " %s %s", size, hex, path);
	if (strcmp(text, line) != 0)
		return err_set(ctx, ERR_INTEGRITY, "The backup is damaged: %.200s was changed",
			       path);
	reading->files++;
	reading->bytes += size;
	return ERR_OK;
}

static enum err check_files(struct ctx *ctx, struct reading *reading)
{
	char expected[32];
	enum err err = files_walk(ctx, reading->folder, check_one, reading);

	if (err != ERR_OK)
		return err;
	const char *line = next_line(reading);
	(void)snprintf(expected, sizeof(expected), "end %" PRIu64, reading->files);
	if (line != NULL && strncmp(line, "file ", 5) == 0)
		return err_set(ctx, ERR_INTEGRITY, "The backup is damaged: missing is %.200s",
			       line + 5);
	if (line == NULL || strcmp(line, expected) != 0 || *reading->at != '\0')
		return damaged(ctx, "its manifest is cut");
	return ERR_OK;
}

enum err manifest_verify(struct ctx *ctx, const char *folder, const char *vkey,
			 struct backup_summary *out)
{
	scoped(buf_clear) struct buf text;
	uint8_t hash[BACKUP_HASH];
	char first[32];

	*out = (struct backup_summary){.key_given = vkey != NULL};
	buf_init(&text, MANIFEST_MAX + 1);
	enum err err = read_small(ctx, folder, BACKUP_MANIFEST, MANIFEST_MAX, &text);
	if (err != ERR_OK)
		return err;
	crypto_hash_sha256(hash, text.data, text.len);
	err = check_signature(ctx, folder, vkey, hash, out);
	if (err != ERR_OK)
		return err;
	struct reading reading = {.folder = folder, .at = (char *)(uintptr_t)buf_text(&text)};
	if (!take_word(&reading, "sekisho-backup/", first, sizeof(first)) ||
	    strcmp(first, "1") != 0 ||
	    !take_word(&reading, "made ", out->made, sizeof(out->made)) ||
	    !take_word(&reading, "database ", out->database, sizeof(out->database)))
		return damaged(ctx, "its manifest is not of this version");
	err = check_files(ctx, &reading);
	out->files = reading.files;
	out->bytes = reading.bytes;
	return err;
}
