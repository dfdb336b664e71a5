/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sodium.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/sys.h"

struct secret {
	size_t len;
	uint8_t *bytes; /* sodium_malloc: guard pages, locked, zeroed on free */
	size_t size;
};

static atomic_bool locking_works = true;

struct secret *secret_new(size_t len)
{
	if (len > SECRET_MAX || sodium_init() < 0)
		return NULL;
	struct secret *secret = sodium_malloc(sizeof(*secret));
	if (secret == NULL)
		return NULL;
	secret->size = len > 0 ? len : 1;
	secret->bytes = sodium_malloc(secret->size);
	if (secret->bytes == NULL) {
		sodium_free(secret);
		return NULL;
	}
	/* sodium_malloc hands out memory even when the kernel refused to lock it: ask again and
	 * remember. */
	if (sodium_mlock(secret->bytes, secret->size) != 0)
		atomic_store(&locking_works, false);
	secret->len = len;
	memset(secret->bytes, 0, secret->size);
	return secret;
}

struct secret *secret_from(const void *data, size_t len)
{
	struct secret *secret = secret_new(len);

	if (secret != NULL && len > 0)
		memcpy(secret->bytes, data, len);
	return secret;
}

void secret_free(struct secret *secret)
{
	if (secret == NULL)
		return;
	sodium_free(secret->bytes);
	sodium_free(secret);
}

void secret_free_p(struct secret **secret)
{
	secret_free(*secret);
	*secret = NULL;
}

uint8_t *secret_data(struct secret *secret)
{
	return secret->bytes;
}

const uint8_t *secret_bytes(const struct secret *secret)
{
	return secret->bytes;
}

size_t secret_len(const struct secret *secret)
{
	return secret->len;
}

void secret_truncate(struct secret *secret, size_t len)
{
	if (len >= secret->len)
		return;
	sodium_memzero(secret->bytes + len, secret->len - len);
	secret->len = len;
}

bool secret_equal(const struct secret *a, const struct secret *b)
{
	return a->len == b->len && sodium_memcmp(a->bytes, b->bytes, a->len) == 0;
}

bool secret_locking_works(void)
{
	return atomic_load(&locking_works);
}

void wipe(void *data, size_t len)
{
	sodium_memzero(data, len);
}

enum err secret_write_fd(const struct secret *secret, int fd)
{
	return sys_write_full(fd, secret->bytes, secret->len) == 0 ? ERR_OK : ERR_IO;
}

enum err secret_pipe_empty(int out_ends[2])
{
	return pipe2(out_ends, O_CLOEXEC | O_NONBLOCK) == 0 ? ERR_OK : ERR_IO;
}

enum err secret_pipe(const struct secret *secret, int *out_fd)
{
	int ends[2];

	if (secret_pipe_empty(ends) != ERR_OK)
		return ERR_IO;
	enum err err = secret_write_fd(secret, ends[1]);
	close(ends[1]);
	if (err != ERR_OK) {
		close(ends[0]);
		return err;
	}
	*out_fd = ends[0];
	return ERR_OK;
}

/* One read into secret at *at; sets *out_end at end of file. */
static enum err read_some(int fd, struct secret *secret, size_t *at, int64_t until, bool *out_end)
{
	int64_t left = until - sys_mono_us();
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	int ready = poll(&wait, 1, left > 0 ? (int)(left / 1000) + 1 : 0);

	if (ready == 0)
		return ERR_UNAVAILABLE;
	if (ready < 0)
		return errno == EINTR ? ERR_OK : ERR_IO;
	ssize_t got = read(fd, secret->bytes + *at, secret->size - *at);
	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? ERR_OK : ERR_IO;
	*at += (size_t)got;
	*out_end = got == 0;
	return ERR_OK;
}

enum err secret_read_fd(int fd, size_t max, int timeout_ms, struct secret **out)
{
	int64_t until = sys_mono_us() + (int64_t)timeout_ms * 1000;
	size_t at = 0;
	bool end = false;

	if (max >= SECRET_MAX)
		max = SECRET_MAX - 1;
	struct secret *secret =
		secret_new(max + 1); /* one more byte tells "too large" from "full" */
	if (secret == NULL)
		return ERR_MEMORY;
	enum err err = ERR_OK;
	while (err == ERR_OK && !end && at <= max)
		err = read_some(fd, secret, &at, until, &end);
	if (err == ERR_OK && at > max)
		err = ERR_TOO_LARGE;
	if (err != ERR_OK) {
		secret_free(secret);
		return err;
	}
	*out = secret_from(secret->bytes, at);
	secret_free(secret);
	return *out != NULL ? ERR_OK : ERR_MEMORY;
}
