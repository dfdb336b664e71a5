/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/password_list.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/sha.h>

#include "auth/common_passwords.h"
#include "auth/password.h"
#include "base/cleanup.h"
#include "base/secret.h"

enum { HASH_TEXT = 40 };
static const size_t checked_max = (size_t)64 << 20;

struct view {
	const char *bytes;
	size_t len;
	bool hashes;
};

/* Set once, before there are threads. */
static struct view list;

struct line {
	const char *text;
	size_t len;  /* of what is compared */
	size_t next; /* where the one behind begins */
};

/* Beginning at a line's start. */
static struct line line_at(const struct view *view, size_t at)
{
	const char *text = view->bytes + at;
	const char *end = memchr(text, '\n', view->len - at);
	size_t len = end ? (size_t)(end - text) : view->len - at;

	return (struct line){text, view->hashes && len > HASH_TEXT ? HASH_TEXT : len,
			     at + len + (end != NULL)};
}

static int compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
	int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

	return order ? order : (a_len > b_len) - (a_len < b_len);
}

static size_t start_of_line(const struct view *view, size_t at, size_t least)
{
	const char *before = at > least ? memrchr(view->bytes + least, '\n', at - least) : NULL;

	return before ? (size_t)(before - view->bytes) + 1 : least;
}

static bool find(const struct view *view, const char *key, size_t len)
{
	size_t low = 0, high = view->len;

	while (low < high) {
		size_t start = start_of_line(view, low + (high - low) / 2, low);
		struct line line = line_at(view, start);
		int order = compare(key, len, line.text, line.len);
		if (order == 0)
			return true;
		if (order < 0)
			high = start;
		else
			low = line.next;
	}
	return false;
}

static bool is_hash(const struct line *line)
{
	for (size_t i = 0; i < HASH_TEXT; i++) {
		if (i >= line->len || !strchr("0123456789ABCDEF", line->text[i]))
			return false;
	}
	return line->len == HASH_TEXT || line->text[HASH_TEXT] == ':';
}

static enum err check_order(struct ctx *ctx, const char *path, const struct view *view)
{
	struct line line = line_at(view, 0);
	int number = 1;

	while (line.next < view->len && line.next < checked_max) {
		struct line behind = line_at(view, line.next);
		number++;
		if (compare(line.text, line.len, behind.text, behind.len) >= 0)
			return err_set(ctx, ERR_INPUT,
				       "%s is not sorted at line %d: use LC_ALL=C sort -u.", path,
				       number);
		line = behind;
	}
	return ERR_OK;
}

static enum err map(struct ctx *ctx, const char *path, struct view *out)
{
	struct stat about;
	scoped(fd_close_p) int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &about) != 0)
		return err_set(ctx, ERR_IO, "%s: %s", path, strerror(errno));
	if (!S_ISREG(about.st_mode) || about.st_size == 0)
		return err_set(ctx, ERR_INPUT, "%s is no list of passwords.", path);
	void *bytes = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (bytes == MAP_FAILED)
		return err_set(ctx, ERR_IO, "%s: %s", path, strerror(errno));
	out->bytes = bytes;
	out->len = (size_t)about.st_size;
	return ERR_OK;
}

static struct view built_in(void)
{
	return (struct view){built_in_passwords, built_in_passwords_size, false};
}

enum err password_list_open(struct ctx *ctx, const char *path)
{
	struct view view = built_in();
	enum err err = path[0] ? map(ctx, path, &view) : ERR_OK;

	if (err != ERR_OK)
		return err;
	struct line first = line_at(&view, 0);
	view.hashes = is_hash(&first);
	err = check_order(ctx, path[0] ? path : "The built-in list", &view);
	if (err == ERR_OK)
		list = view;
	else if (path[0])
		(void)munmap((void *)(uintptr_t)view.bytes, view.len);
	return err;
}

static bool find_hash(const struct view *view, const char *text, size_t len)
{
	uint8_t hash[20];
	char key[HASH_TEXT + 1];

	SHA1((const unsigned char *)text, len, hash);
	for (size_t i = 0; i < sizeof(hash); i++)
		(void)snprintf(key + 2 * i, 3, "%02X", hash[i]);
	wipe(hash, sizeof(hash));
	bool found = find(view, key, HASH_TEXT);
	wipe(key, sizeof(key));
	return found;
}

bool password_list_has(const char *text, size_t len)
{
	struct view view = list.bytes ? list : built_in();
	char small[PASSWORD_BYTES_MAX];

	if (len == 0 || len > sizeof(small) || memchr(text, '\n', len))
		return false;
	for (size_t i = 0; i < len; i++)
		small[i] = (char)tolower((unsigned char)text[i]);
	bool found = view.hashes ? find_hash(&view, text, len) || find_hash(&view, small, len)
				 : find(&view, small, len);
	wipe(small, sizeof(small));
	return found;
}
