/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/sys.h"
#include "server/backup.h"

enum { DEPTH_MAX = 4, CHUNK = 256 * 1024 };

static enum err failed(struct ctx *ctx, const char *path)
{
	return err_set(ctx, ERR_IO, "%s: %s", path, strerror(errno));
}

enum err backup_path(struct ctx *ctx, char out[BACKUP_PATH], const char *folder, const char *name)
{
	int len = snprintf(out, BACKUP_PATH, "%s%s%s", folder, *folder != '\0' ? "/" : "", name);

	return len > 0 && len < BACKUP_PATH ? ERR_OK
					    : err_set(ctx, ERR_INPUT, "A path is too long.");
}

/* ------------------------------------------------------------------ trees */

struct walk {
	const char *folder;
	file_visit *visit;
	void *arg;
	/* called for each folder after its files, or NULL */
	enum err (*leave)(struct ctx *ctx, const char *path, void *arg);
};

static int real_names(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static enum err walk_folder(struct ctx *ctx, const struct walk *walk, const char *below, int depth);

static enum err walk_entry(struct ctx *ctx, const struct walk *walk, const char *path, int depth)
{
	char whole[BACKUP_PATH];
	struct stat st;
	enum err err = backup_path(ctx, whole, walk->folder, path);

	if (err != ERR_OK)
		return err;
	if (lstat(whole, &st) != 0)
		return failed(ctx, whole);
	if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX)
		return walk_folder(ctx, walk, path, depth + 1);
	if (!S_ISREG(st.st_mode))
		return err_set(ctx, ERR_INTEGRITY, "%s is neither a file nor a folder of ours.",
			       path);
	return walk->visit(ctx, path, walk->arg);
}

static enum err walk_folder(struct ctx *ctx, const struct walk *walk, const char *below, int depth)
{
	char path[BACKUP_PATH];
	struct dirent **entries = NULL;
	enum err err = *below != '\0' ? backup_path(ctx, path, walk->folder, below)
				      : backup_path(ctx, path, "", walk->folder);
	int count = err == ERR_OK ? scandir(path, &entries, real_names, alphasort) : 0;

	if (count < 0)
		return failed(ctx, path);
	for (int i = 0; i < count; i++) {
		if (err == ERR_OK)
			err = backup_path(ctx, path, below, entries[i]->d_name);
		if (err == ERR_OK)
			err = walk_entry(ctx, walk, path, depth);
		free(entries[i]);
	}
	free(entries);
	return err == ERR_OK && walk->leave != NULL ? walk->leave(ctx, below, walk->arg) : err;
}

enum err files_walk(struct ctx *ctx, const char *folder, file_visit *visit, void *arg)
{
	const struct walk walk = {.folder = folder, .visit = visit, .arg = arg};

	return walk_folder(ctx, &walk, "", 0);
}

/* ------------------------------------------------------------------ files */

enum err file_hash(struct ctx *ctx, const char *path, uint64_t *out_size,
		   uint8_t out_hash[BACKUP_HASH])
{
	static uint8_t chunk[CHUNK];
	crypto_hash_sha256_state state;
	scoped(fd_close_p) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t got = 0;

	if (fd < 0)
		return failed(ctx, path);
	crypto_hash_sha256_init(&state);
	*out_size = 0;
	while ((got = sys_read_full(fd, chunk, sizeof(chunk))) > 0) {
		crypto_hash_sha256_update(&state, chunk, (size_t)got);
		*out_size += (uint64_t)got;
	}
	crypto_hash_sha256_final(&state, out_hash);
	return got == 0 ? ERR_OK : failed(ctx, path);
}

static enum err folders_make(struct ctx *ctx, const char *path)
{
	char copy[BACKUP_PATH];

	(void)snprintf(copy, sizeof(copy), "%s", path);
	for (char *at = strchr(copy + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
		*at = '\0';
		if (mkdir(copy, 0700) != 0 && errno != EEXIST)
			return failed(ctx, copy);
		*at = '/';
	}
	return ERR_OK;
}

static enum err pump(struct ctx *ctx, int from, int to, const char *name)
{
	static uint8_t chunk[CHUNK];
	ssize_t got = 0;

	while ((got = sys_read_full(from, chunk, sizeof(chunk))) > 0)
		if (sys_write_full(to, chunk, (size_t)got) != 0)
			return failed(ctx, name);
	return got == 0 && fsync(to) == 0 ? ERR_OK : failed(ctx, name);
}

enum err file_copy(struct ctx *ctx, const char *from, const char *to)
{
	enum err err = folders_make(ctx, to);
	if (err != ERR_OK)
		return err;
	scoped(fd_close_p) int in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (in < 0)
		return failed(ctx, from);
	scoped(fd_close_p) int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return out < 0 ? failed(ctx, to) : pump(ctx, in, out, to);
}

struct copy {
	const char *from, *to;
};

static enum err copy_one(struct ctx *ctx, const char *path, void *arg)
{
	const struct copy *copy = arg;
	char from[BACKUP_PATH], to[BACKUP_PATH];
	enum err err = backup_path(ctx, from, copy->from, path);

	if (err == ERR_OK)
		err = backup_path(ctx, to, copy->to, path);
	return err == ERR_OK ? file_copy(ctx, from, to) : err;
}

enum err files_copy(struct ctx *ctx, const char *from, const char *to)
{
	struct copy copy = {from, to};

	if (mkdir(to, 0700) != 0 && errno != EEXIST)
		return failed(ctx, to);
	return files_walk(ctx, from, copy_one, &copy);
}

struct owner {
	const char *folder;
	uid_t uid;
	gid_t gid;
	mode_t folder_mode, file_mode;
};

static enum err own(struct ctx *ctx, const struct owner *owner, const char *path, mode_t mode)
{
	char whole[BACKUP_PATH];
	enum err err = *path != '\0' ? backup_path(ctx, whole, owner->folder, path)
				     : backup_path(ctx, whole, "", owner->folder);

	if (err != ERR_OK)
		return err;
	if ((owner->uid != (uid_t)-1 && lchown(whole, owner->uid, owner->gid) != 0) ||
	    chmod(whole, mode) != 0)
		return failed(ctx, whole);
	return ERR_OK;
}

static enum err own_file(struct ctx *ctx, const char *path, void *arg)
{
	return own(ctx, arg, path, ((const struct owner *)arg)->file_mode);
}

static enum err own_folder(struct ctx *ctx, const char *path, void *arg)
{
	return own(ctx, arg, path, ((const struct owner *)arg)->folder_mode);
}

enum err files_own(struct ctx *ctx, const char *folder, uid_t uid, gid_t gid, mode_t folder_mode,
		   mode_t file_mode)
{
	struct owner owner = {folder, uid, gid, folder_mode, file_mode};
	const struct walk walk = {
		.folder = folder, .visit = own_file, .arg = &owner, .leave = own_folder};

	return walk_folder(ctx, &walk, "", 0);
}

enum err file_write(struct ctx *ctx, const char *path, const void *data, size_t len)
{
	scoped(fd_close_p) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 || sys_write_full(fd, data, len) != 0 || fsync(fd) != 0)
		return failed(ctx, path);
	return ERR_OK;
}
