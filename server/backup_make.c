/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/chan.h"
#include "base/cleanup.h"
#include "base/secret.h"
#include "base/sys.h"
#include "base/text.h"
#include "server/backup.h"
#include "server/ctl_client.h"

/* ------------------------------------------------------------------ database */

/* What the client program needs to know, in memory that only it and we see: the embedded database
 * knows us by our Unix user, another one by its administrator's password. */
static enum err client_options(struct ctx *ctx, const struct conf *conf, int *out_fd)
{
	scoped(buf_clear) struct buf text;
	bool embedded = conf->database == CONF_DATABASE_EMBEDDED;
	uint8_t *password = NULL;
	size_t len = 0;

	buf_init_wiped(&text, 4096);
	if (!embedded &&
	    sys_read_file(conf->database_admin_password_file, 200, &password, &len) != ERR_OK)
		return err_set(ctx, ERR_IO, "database_admin_password_file cannot be read");
	while (len > 0 && (password[len - 1] == '\n' || password[len - 1] == '\r'))
		len--;
	buf_printf(&text, "[client]\nuser=%s\n", embedded ? "root" : conf->database_admin);
	if (embedded)
		buf_printf(&text, "socket=%s/run/db/db.sock\n", conf->data_dir);
	else if (conf->database == CONF_DATABASE_HOST)
		buf_printf(&text,
			   "host=%s\nport=%lld\nssl\nssl-ca=%s\nssl-verify-server-cert\n"
			   "password=\"%.*s\"\n",
			   conf->database_host, (long long)conf->database_port,
			   conf->database_ca_file, (int)len, (const char *)password);
	else
		buf_printf(&text, "socket=%s\npassword=\"%.*s\"\n", conf->database_socket, (int)len,
			   (const char *)password);
	if (password != NULL)
		wipe(password, len);
	free(password);
	int fd = memfd_create("options", MFD_CLOEXEC);
	if (fd < 0 || buf_failed(&text) || fchmod(fd, 0600) != 0 ||
	    sys_write_full(fd, text.data, text.len) != 0) {
		fd_close_p(&fd);
		return err_set(ctx, ERR_MEMORY, "The database's options cannot be kept.");
	}
	*out_fd = fd;
	return ERR_OK;
}

/* One snapshot of all tables, with their history. */
static enum err dump(struct ctx *ctx, const struct conf *conf, const char *path)
{
	char option[64];
	scoped(fd_close_p) int options = -1;
	scoped(fd_close_p) int out = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	const char *program = run_find("mariadb-dump");
	enum err err = out < 0 ? err_set(ctx, ERR_IO, "%s: %s", path, strerror(errno)) : ERR_OK;

	if (err == ERR_OK && program == NULL)
		err = err_set(ctx, ERR_IO, "mariadb-dump is not here: install mariadb-client");
	if (err == ERR_OK)
		err = client_options(ctx, conf, &options);
	if (err != ERR_OK)
		return err;
	(void)snprintf(option, sizeof(option), "--defaults-file=/proc/self/fd/%d", options);
	const char *const argv[] = {program,
				    option,
				    "--single-transaction",
				    "--dump-history",
				    "--skip-lock-tables",
				    "--hex-blob",
				    "--default-character-set=utf8mb4",
				    "--max-allowed-packet=64M",
				    "--skip-dump-date",
				    conf->database_name,
				    NULL};
	err = run_whole(ctx, &(struct run_spec){.program = program,
						.argv = argv,
						.uid = (uid_t)-1,
						.in = -1,
						.out = out,
						.keep_fd = options});
	if (err == ERR_OK && fsync(out) != 0)
		err = err_set(ctx, ERR_IO, "%s: %s", path, strerror(errno));
	return err;
}

/* ------------------------------------------------------------------ files */

static enum err copy_tree(struct ctx *ctx, const struct conf *conf, const char *folder,
			  const char *name)
{
	char from[BACKUP_PATH], to[BACKUP_PATH];
	enum err err = backup_path(ctx, from, conf->data_dir, name);

	if (err == ERR_OK)
		err = backup_path(ctx, to, folder, name);
	return err == ERR_OK ? files_copy(ctx, from, to) : err;
}

/*
 * The order makes it consistent: the keeper's memory first, for a database may be newer than what
 * was signed but not older; recordings last, for they may be longer than the database knows.
 */
static enum err copy_all(struct ctx *ctx, const struct conf *conf, const char *config_path,
			 const char *folder)
{
	char path[BACKUP_PATH];
	enum err err = copy_tree(ctx, conf, folder, "state");

	if (err == ERR_OK)
		err = backup_path(ctx, path, folder, BACKUP_DATABASE);
	if (err == ERR_OK)
		err = dump(ctx, conf, path);
	if (err == ERR_OK)
		err = copy_tree(ctx, conf, folder, "checkpoints");
	if (err == ERR_OK)
		err = copy_tree(ctx, conf, folder, "recordings");
	if (err == ERR_OK && config_path != NULL)
		err = backup_path(ctx, path, folder, BACKUP_CONFIG);
	return err == ERR_OK && config_path != NULL ? file_copy(ctx, config_path, path) : err;
}

/* ------------------------------------------------------------------ signature */

static enum err sign(struct ctx *ctx, int server, const char *folder,
		     const uint8_t hash[BACKUP_HASH])
{
	scoped(buf_clear) struct buf scratch;
	char hex[2 * BACKUP_HASH + 1], path[BACKUP_PATH];
	struct msg_command_result result;

	buf_init_wiped(&scratch, 2 * CHAN_PAYLOAD_MAX);
	hex_encode(hash, BACKUP_HASH, hex);
	enum err err = ctl_ask(ctx, server, "backup", hex, -1, &scratch, &result);
	if (err != ERR_OK)
		return err;
	if (result.err != ERR_OK)
		return err_set(ctx, (enum err)result.err, "The server does not sign it: %.*s",
			       (int)result.text.len, (const char *)result.text.data);
	err = backup_path(ctx, path, folder, BACKUP_SIGNATURE);
	return err == ERR_OK ? file_write(ctx, path, result.text.data, result.text.len) : err;
}

static enum err folder_sync(struct ctx *ctx, const char *folder)
{
	scoped(fd_close_p) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 && syncfs(fd) == 0 ? ERR_OK
					  : err_set(ctx, ERR_IO, "%s: %s", folder, strerror(errno));
}

/* Under another name until it is whole. */
enum err backup_make(struct ctx *ctx, const struct conf *conf, const char *config_path,
		     const char *folder)
{
	char part[BACKUP_PATH], socket_path[BACKUP_PATH];
	uint8_t hash[BACKUP_HASH];
	scoped(fd_close_p) int server = -1;
	int len = snprintf(part, sizeof(part), "%s.part", folder);

	if (len >= (int)sizeof(part))
		return err_set(ctx, ERR_INPUT, "A path is too long.");
	if (access(folder, F_OK) == 0)
		return err_set(ctx, ERR_CONFLICT, "%s exists; a backup goes into a new folder",
			       folder);
	enum err err = backup_path(ctx, socket_path, conf->data_dir, "run/ctl.sock");
	if (err == ERR_OK)
		err = ctl_connect(ctx, socket_path, &server);
	if (err == ERR_OK && mkdir(part, 0700) != 0)
		err = err_set(ctx, ERR_IO, "%s: %s", part, strerror(errno));
	if (err == ERR_OK)
		err = copy_all(ctx, conf, config_path, part);
	if (err == ERR_OK)
		err = manifest_write(ctx, part, conf, hash);
	if (err == ERR_OK)
		err = sign(ctx, server, part, hash);
	if (err == ERR_OK)
		err = folder_sync(ctx, part);
	if (err == ERR_OK && rename(part, folder) != 0)
		err = err_set(ctx, ERR_IO, "%s: %s", folder, strerror(errno));
	return err == ERR_OK ? folder_sync(ctx, folder) : err;
}
