/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_BACKUP_H
#define SERVER_BACKUP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/ctx.h"

/*
 * sekisho-backup: a copy of a running installation in a folder, and back.
 *
 * backup.c           command line
 * backup_make.c      the copy
 * backup_restore.c   an empty data folder filled from it
 * backup_manifest.c  what belongs to it: size and SHA-256 of each file, signed by the checkpoint
 * key backup_run.c       child processes (the database's own tools) backup_files.c     trees of
 * files
 *
 * The folder: manifest, manifest.sig, config, database.sql, state/, checkpoints/, recordings/.
 * Never the root key or a passphrase.
 */
enum { BACKUP_PATH = 1024, BACKUP_HASH = 32 };
#define BACKUP_MANIFEST	 "manifest"
#define BACKUP_SIGNATURE "manifest.sig"
#define BACKUP_DATABASE	 "database.sql"
#define BACKUP_CONFIG	 "config"

/* "a/b" of two; ERR_INPUT when it is too long. */
enum err backup_path(struct ctx *ctx, char out[BACKUP_PATH], const char *folder,
		     const char *name) ERR_CHECKED;

/* backup_make.c, backup_restore.c: errors name the file. */
enum err backup_make(struct ctx *ctx, const struct conf *conf, const char *config_path,
		     const char *folder) ERR_CHECKED;
enum err backup_restore(struct ctx *ctx, const struct conf *conf, const char *folder,
			const char *vkey) ERR_CHECKED;

/* backup_manifest.c */
struct backup_summary {
	uint64_t files, bytes;
	bool key_given; /* the verification key came from outside */
	char made[32], vkey[128], database[65];
};
/* Writes the manifest of what is in folder; *out_hash: its SHA-256. */
enum err manifest_write(struct ctx *ctx, const char *folder, const struct conf *conf,
			uint8_t out_hash[BACKUP_HASH]) ERR_CHECKED;
/* Every file, the manifest, its signature; vkey NULL: the backup's own. ERR_INTEGRITY names what is
 * damaged, missing or too much. */
enum err manifest_verify(struct ctx *ctx, const char *folder, const char *vkey,
			 struct backup_summary *out) ERR_CHECKED;

/* backup_files.c */
/* Calls visit for each regular file, path relative to folder; anything else in there is
 * ERR_INTEGRITY. Order: by name. */
typedef enum err file_visit(struct ctx *ctx, const char *path, void *arg);
enum err files_walk(struct ctx *ctx, const char *folder, file_visit *visit, void *arg) ERR_CHECKED;
enum err file_hash(struct ctx *ctx, const char *path, uint64_t *out_size,
		   uint8_t out_hash[BACKUP_HASH]) ERR_CHECKED;
/* Synced copy with mode 0600; folders on the way are made. */
enum err file_copy(struct ctx *ctx, const char *from, const char *to) ERR_CHECKED;
enum err files_copy(struct ctx *ctx, const char *from, const char *to) ERR_CHECKED;
/* Owner and modes of a tree: nothing when uid is (uid_t)-1. */
enum err files_own(struct ctx *ctx, const char *folder, uid_t uid, gid_t gid, mode_t folder_mode,
		   mode_t file_mode) ERR_CHECKED;
enum err file_write(struct ctx *ctx, const char *path, const void *data, size_t len) ERR_CHECKED;

/* backup_run.c: a foreign program with these arguments. uid (uid_t)-1: ours. in, out: descriptors
 * for its standard input and output, or -1 (nothing, our standard error). */
struct run_spec {
	const char *program;
	const char *const *argv; /* NULL-ended */
	uid_t uid;
	int in, out;
	int keep_fd; /* stays open for it, or -1 */
};
enum err run_start(struct ctx *ctx, const struct run_spec *spec, pid_t *out) ERR_CHECKED;
/* ERR_IO unless it ended with status 0. */
enum err run_wait(struct ctx *ctx, const char *program, pid_t pid) ERR_CHECKED;
enum err run_whole(struct ctx *ctx, const struct run_spec *spec) ERR_CHECKED;
/* First of the usual places that has the program; NULL. */
const char *run_find(const char *name);

#endif
