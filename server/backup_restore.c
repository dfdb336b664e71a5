/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/sys.h"
#include "server/backup.h"
#include "server/supervisor.h"

/*
 * Everything is made beside the data folder and takes its name at the end: a restore that was cut
 * short is never taken for an installation. The database's history can be written only by a server
 * that trusts its client about time, so it is filled by one of our own that nobody else can reach.
 */
enum { START_LIMIT_US = 60 * 1000000, POLL_NS = 50 * 1000000 };

struct restore {
	const struct conf *conf;
	const char *folder;
	char work[BACKUP_PATH - 64]; /* the new data folder, until it is whole */
	char data[BACKUP_PATH], tmp[BACKUP_PATH], socket[BACKUP_PATH];
	bool root;
};

static uid_t uid_of(const struct restore *restore, int identity)
{
	return restore->root ? (uid_t)(restore->conf->uid_base + identity) : (uid_t)-1;
}

static enum err failed(struct ctx *ctx, const char *path)
{
	return err_set(ctx, ERR_IO, "%s: %s", path, strerror(errno));
}

/* ------------------------------------------------------------------ the place */

static bool is_empty(const char *path)
{
	DIR *dir = opendir(path);
	size_t names = 0;

	if (dir == NULL)
		return errno == ENOENT;
	while (readdir(dir) != NULL)
		names++;
	closedir(dir);
	return names == 2;
}

static enum err place_check(struct ctx *ctx, const struct restore *restore)
{
	const char *data_dir = restore->conf->data_dir;

	if (restore->conf->database != CONF_DATABASE_EMBEDDED)
		return err_set(ctx, ERR_INPUT,
			       "Only database = embedded is restored here; for a server of yours "
			       "see Backup and restore in OPERATIONS.md");
	if (!is_empty(data_dir))
		return err_set(ctx, ERR_CONFLICT,
			       "%s is not empty: nothing is ever restored over something",
			       data_dir);
	if (access(restore->work, F_OK) == 0)
		return err_set(ctx, ERR_CONFLICT,
			       "%s is left from a restore that was cut short: remove it first",
			       restore->work);
	return ERR_OK;
}

static enum err place_make(struct ctx *ctx, struct restore *restore)
{
	static const char *const names[] = {"", "/db", "/db/tmp", "/db/data"};
	char path[BACKUP_PATH];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", restore->work, names[i]);
		if (mkdir(path, 0700) != 0 || (i == 0 && chmod(path, 0711) != 0))
			return failed(ctx, path);
		if (i > 0 && restore->root &&
		    chown(path, uid_of(restore, ID_DATABASE), uid_of(restore, ID_DATABASE)) != 0)
			return failed(ctx, path);
	}
	return ERR_OK;
}

/* ------------------------------------------------------------------ database */

static const char *account_name(const struct restore *restore)
{
	/* cppcheck-suppress getpwuidCalled ; one thread */
	const struct passwd *entry = restore->root ? NULL : getpwuid(geteuid());

	return entry != NULL ? entry->pw_name : "root";
}

static enum err database_install(struct ctx *ctx, const struct restore *restore)
{
	char data[BACKUP_PATH + 16], tmp[BACKUP_PATH + 16], user[160];
	scoped(fd_close_p) int silent = open("/dev/null", O_WRONLY | O_CLOEXEC);
	const char *program = run_find("mariadb-install-db");

	(void)snprintf(data, sizeof(data), "--datadir=%s", restore->data);
	(void)snprintf(tmp, sizeof(tmp), "--tmpdir=%s", restore->tmp);
	(void)snprintf(user, sizeof(user), "--auth-root-socket-user=%s", account_name(restore));
	const char *const argv[] = {program,
				    "--no-defaults",
				    data,
				    tmp,
				    "--auth-root-authentication-method=socket",
				    user,
				    "--skip-test-db",
				    "--skip-name-resolve",
				    NULL};
	if (program == NULL)
		return err_set(ctx, ERR_IO, "install mariadb-server-core");
	return run_whole(ctx, &(struct run_spec){.program = program,
						 .argv = argv,
						 .uid = uid_of(restore, ID_DATABASE),
						 .in = -1,
						 .out = silent,
						 .keep_fd = -1});
}

static enum err server_run(struct ctx *ctx, const struct restore *restore, pid_t *out)
{
	char data[BACKUP_PATH + 16], tmp[BACKUP_PATH + 16], listen[BACKUP_PATH + 16],
		pid[BACKUP_PATH + 32];
	const char *program = run_find("mariadbd");

	(void)snprintf(data, sizeof(data), "--datadir=%s", restore->data);
	(void)snprintf(tmp, sizeof(tmp), "--tmpdir=%s", restore->tmp);
	(void)snprintf(listen, sizeof(listen), "--socket=%s", restore->socket);
	(void)snprintf(pid, sizeof(pid), "--pid-file=%s/pid", restore->tmp);
	const char *const argv[] = {program,
				    "--no-defaults",
				    data,
				    tmp,
				    listen,
				    pid,
				    "--skip-networking",
				    "--skip-name-resolve",
				    "--secure-timestamp=NO",
				    "--character-set-server=utf8mb4",
				    "--collation-server=utf8mb4_general_ci",
				    "--default-time-zone=+00:00",
				    "--innodb-buffer-pool-size=64M",
				    "--max-allowed-packet=64M",
				    "--log-warnings=1",
				    "--silent-startup",
				    NULL};
	if (program == NULL)
		return err_set(ctx, ERR_IO, "install mariadb-server-core");
	return run_start(ctx,
			 &(struct run_spec){.program = program,
					    .argv = argv,
					    .uid = uid_of(restore, ID_DATABASE),
					    .in = -1,
					    .out = -1,
					    .keep_fd = -1},
			 out);
}

/* It greets once it is ready. */
static bool server_greets(const struct restore *restore)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	scoped(fd_close_p) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char byte;

	memcpy(address.sun_path, restore->socket, strlen(restore->socket) + 1); /* fits: checked */
	return fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	       recv(fd, &byte, 1, 0) == 1;
}

static enum err server_wait(struct ctx *ctx, const struct restore *restore, pid_t pid)
{
	int64_t until = sys_mono_us() + START_LIMIT_US;

	while (!server_greets(restore)) {
		if (kill(pid, 0) != 0 || sys_mono_us() > until)
			return err_set(ctx, ERR_IO, "The database does not start; see above");
		(void)nanosleep(&(struct timespec){.tv_nsec = POLL_NS}, NULL);
	}
	return ERR_OK;
}

static enum err client(struct ctx *ctx, const struct restore *restore, const char *statement,
		       const char *database, int in)
{
	char listen[BACKUP_PATH + 16];
	const char *program = run_find("mariadb");

	(void)snprintf(listen, sizeof(listen), "--socket=%s", restore->socket);
	const char *const argv[] = {program,
				    "--no-defaults",
				    listen,
				    "--user=root",
				    "--default-character-set=utf8mb4",
				    "--max-allowed-packet=64M",
				    "--batch",
				    in >= 0 ? database : "--execute",
				    in >= 0 ? NULL : statement,
				    NULL};
	if (program == NULL)
		return err_set(ctx, ERR_IO, "mariadb is not here: install mariadb-client");
	return run_whole(ctx, &(struct run_spec){.program = program,
						 .argv = argv,
						 .uid = (uid_t)-1,
						 .in = in,
						 .out = -1,
						 .keep_fd = -1});
}

static enum err fill(struct ctx *ctx, const struct restore *restore)
{
	char statement[256], path[BACKUP_PATH];
	const char *name = restore->conf->database_name;
	enum err err = backup_path(ctx, path, restore->folder, BACKUP_DATABASE);

	if (err != ERR_OK)
		return err;
	scoped(fd_close_p) int dump = open(path, O_RDONLY | O_CLOEXEC);
	if (dump < 0)
		return failed(ctx, path);
	(void)snprintf(statement, sizeof(statement), "CREATE DATABASE `%s` CHARACTER SET utf8mb4",
		       name);
	err = client(ctx, restore, statement, NULL, -1);
	return err == ERR_OK ? client(ctx, restore, NULL, name, dump) : err;
}

static enum err database_restore(struct ctx *ctx, const struct restore *restore)
{
	pid_t server = -1;
	enum err err = database_install(ctx, restore);

	if (err == ERR_OK)
		err = server_run(ctx, restore, &server);
	if (err != ERR_OK)
		return err;
	err = server_wait(ctx, restore, server);
	if (err == ERR_OK)
		err = fill(ctx, restore);
	(void)kill(server, err == ERR_OK ? SIGTERM : SIGKILL);
	struct err_info first = ctx->error;
	enum err ended = run_wait(ctx, "mariadbd", server);
	if (err == ERR_OK)
		return ended;
	ctx->error = first;
	return err;
}

/* ------------------------------------------------------------------ the rest */

static enum err tree_restore(struct ctx *ctx, const struct restore *restore, const char *name,
			     int owner, int group, mode_t folder_mode, mode_t file_mode)
{
	char from[BACKUP_PATH], to[BACKUP_PATH];
	enum err err = backup_path(ctx, from, restore->folder, name);

	if (err == ERR_OK)
		err = backup_path(ctx, to, restore->work, name);
	if (err == ERR_OK)
		err = files_copy(ctx, from, to);
	return err == ERR_OK ? files_own(ctx, to, uid_of(restore, owner), uid_of(restore, group),
					 folder_mode, file_mode)
			     : err;
}

static enum err take_name(struct ctx *ctx, const struct restore *restore)
{
	const char *data_dir = restore->conf->data_dir;
	scoped(fd_close_p) int fd = open(restore->work, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || syncfs(fd) != 0)
		return failed(ctx, restore->work);
	if (rmdir(data_dir) != 0 && errno != ENOENT)
		return failed(ctx, data_dir);
	return rename(restore->work, data_dir) == 0 && syncfs(fd) == 0 ? ERR_OK
								       : failed(ctx, data_dir);
}

enum err backup_restore(struct ctx *ctx, const struct conf *conf, const char *folder,
			const char *vkey)
{
	struct backup_summary summary;
	struct restore restore = {.conf = conf, .folder = folder, .root = geteuid() == 0};
	int len = snprintf(restore.work, sizeof(restore.work), "%s.restoring", conf->data_dir);

	if (len >= (int)sizeof(restore.work))
		return err_set(ctx, ERR_INPUT, "data_dir is too long.");
	(void)snprintf(restore.data, sizeof(restore.data), "%s/db/data", restore.work);
	(void)snprintf(restore.tmp, sizeof(restore.tmp), "%s/db/tmp", restore.work);
	(void)snprintf(restore.socket, sizeof(restore.socket), "%s/db/tmp/s", restore.work);
	if (strlen(restore.socket) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return err_set(ctx, ERR_INPUT, "data_dir is too long for a socket.");
	enum err err = place_check(ctx, &restore);
	if (err == ERR_OK)
		err = manifest_verify(ctx, folder, vkey, &summary);
	if (err == ERR_OK)
		err = place_make(ctx, &restore);
	if (err == ERR_OK)
		err = database_restore(ctx, &restore);
	if (err == ERR_OK)
		err = tree_restore(ctx, &restore, "state", ID_KEEPER, ID_KEEPER, 0700, 0600);
	if (err == ERR_OK)
		err = tree_restore(ctx, &restore, "checkpoints", ID_WORKER, ID_WORKER, 0750, 0640);
	if (err == ERR_OK)
		err = tree_restore(ctx, &restore, "recordings", ID_AUTHORITY, ID_WORKER, 02750,
				   0640);
	return err == ERR_OK ? take_name(ctx, &restore) : err;
}
