/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/supervisor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/ctx.h"
#include "base/log.h"
#include "base/sys.h"

/* identity 0 stands for the supervisor's own. */
enum {
	ID_SUPERVISOR = 0,
	BACKLOG = 1024,
	CTL_BACKLOG = 8,
	PATIENCE_US = 5000000,
	PAUSE_NS = 20000000
};

struct folder {
	const char *name;
	mode_t mode;
	unsigned owner, group;
};

/*
 * Root keeps what only descriptors reach; each identity owns no more than it writes. Worker reads
 * recordings through their group (set-group-id folder).
 */
static const struct folder folders[] = {
	{"", 0711, ID_SUPERVISOR, ID_SUPERVISOR},
	{"/db", 0750, ID_DATABASE, ID_DATABASE},
	{"/db/tmp", 0700, ID_DATABASE, ID_DATABASE},
	{"/run", 0711, ID_SUPERVISOR, ID_SUPERVISOR},
	{"/run/db", 0750, ID_DATABASE, ID_DATABASE},
	{"/keys", 0700, ID_SUPERVISOR, ID_SUPERVISOR},
	{"/state", 0700, ID_SUPERVISOR, ID_SUPERVISOR},
	{"/recordings", 02750, ID_AUTHORITY, ID_WORKER},
	{"/checkpoints", 0750, ID_WORKER, ID_WORKER},
};

uid_t identity_uid(const struct supervisor *sv, enum identity identity)
{
	if (!sv->root)
		return geteuid();
	return (uid_t)identity == ID_SUPERVISOR ? 0
						: (uid_t)(sv->conf->uid_base + (int64_t)identity);
}

char *data_path(const struct supervisor *sv, const char *name)
{
	char *path = NULL;

	if (asprintf(&path, "%s%s", sv->conf->data_dir, name) < 0)
		abort();
	return path;
}

static void free_p(char **text)
{
	free(*text);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
	(void)st;
	(void)type;
	(void)walk;
	return remove(path);
}

enum err data_remove_tree(const char *path)
{
	if (access(path, F_OK) != 0)
		return ERR_OK;
	return nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) == 0 ? ERR_OK : ERR_IO;
}

static enum err own(const struct supervisor *sv, const char *path, unsigned owner, unsigned group,
		    mode_t mode)
{
	scoped(fd_close_p) int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return ERR_IO;
	if (sv->root && fchown(fd, identity_uid(sv, (enum identity)owner),
			       identity_uid(sv, (enum identity)group)) != 0)
		return ERR_IO;
	return fchmod(fd, mode) == 0 ? ERR_OK : ERR_IO;
}

enum err data_own(const struct supervisor *sv, const char *path, enum identity owner, mode_t mode)
{
	return own(sv, path, (unsigned)owner, (unsigned)owner, mode);
}

/* ------------------------------------------------------------------ folders */

static enum err parents_make(struct ctx *ctx, const char *path)
{
	char copy[1024];

	(void)snprintf(copy, sizeof(copy), "%s", path);
	for (char *at = strchr(copy + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
		*at = 0;
		if (mkdir(copy, 0755) != 0 && errno != EEXIST)
			return err_set(ctx, ERR_IO, "%s cannot be made: %s", copy, strerror(errno));
		*at = '/';
	}
	return ERR_OK;
}

/* The processes run under identities of their own and must be able to pass through. */
static enum err parents_open(struct ctx *ctx, const struct supervisor *sv)
{
	char copy[1024];
	struct stat st;

	(void)snprintf(copy, sizeof(copy), "%s", sv->conf->data_dir);
	for (char *at = strrchr(copy, '/'); sv->root && at != NULL && at != copy;
	     at = strrchr(copy, '/')) {
		*at = 0;
		if (stat(copy, &st) == 0 && !(st.st_mode & S_IXOTH))
			return err_set(
				ctx, ERR_IO,
				"data_dir %s lies below %s, which other users may not pass "
				"(mode %04o): choose another place, such as /var/lib/sekisho",
				sv->conf->data_dir, copy, st.st_mode & 07777U);
	}
	return ERR_OK;
}

static enum err folders_make(struct ctx *ctx, struct supervisor *sv)
{
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		const struct folder *folder = &folders[i];
		scoped(free_p) char *path = data_path(sv, folder->name);
		if ((mkdir(path, 0700) != 0 && errno != EEXIST) ||
		    own(sv, path, folder->owner, folder->group, folder->mode) != ERR_OK)
			return err_set(ctx, ERR_IO, "%s cannot be set up: %s", path,
				       strerror(errno));
	}
	return ERR_OK;
}

/* The children of a sekishod that was killed a moment ago may still be on their way out, with its
 * socket, or with its lock before they run their own programs. That is waited for: a service
 * manager starts us again at once. False: it took too long. */
static bool pause_before(int64_t until_us)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};

	if (sys_mono_us() > until_us)
		return false;
	(void)nanosleep(&pause, NULL);
	return true;
}

static bool lock_in_time(int fd)
{
	int64_t until = sys_mono_us() + PATIENCE_US;

	while (flock(fd, LOCK_EX | LOCK_NB) != 0)
		if (errno != EWOULDBLOCK || !pause_before(until))
			return false;
	return true;
}

static enum err lock_take(struct ctx *ctx, struct supervisor *sv)
{
	scoped(free_p) char *path = data_path(sv, "/run/lock");

	sv->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (sv->lock_fd < 0 || !lock_in_time(sv->lock_fd))
		return err_set(ctx, ERR_CONFLICT, "Another sekishod uses %s", sv->conf->data_dir);
	return ERR_OK;
}

/* ------------------------------------------------------------------ files handed over */

static enum err file_open(struct ctx *ctx, struct supervisor *sv, const char *path, int *out)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return err_set(ctx, ERR_IO, "%s: %s", path, strerror(errno));
	*out = fd;
	return data_own(sv, path, ID_KEEPER, 0600) == ERR_OK
		       ? ERR_OK
		       : err_set(ctx, ERR_IO, "%s: its owner cannot be set", path);
}

static enum err keeper_files(struct ctx *ctx, struct supervisor *sv)
{
	scoped(free_p) char *state = data_path(sv, "/state/keeper.state");
	scoped(free_p) char *inside = data_path(sv, "/keys/root.key");
	const char *key = sv->conf->key_file[0] != 0 ? sv->conf->key_file : inside;
	enum err code = file_open(ctx, sv, state, &sv->state_fd);

	if (code == ERR_OK && sv->conf->key_provider == CONF_PROVIDER_SEALED_FILE)
		code = file_open(ctx, sv, key, &sv->rootkey_fd);
	return code;
}

static enum err folder_open(struct ctx *ctx, struct supervisor *sv, const char *name, int *out)
{
	scoped(free_p) char *path = data_path(sv, name);

	*out = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return *out >= 0 ? ERR_OK : err_set(ctx, ERR_IO, "%s: %s", path, strerror(errno));
}

/* ------------------------------------------------------------------ sockets */

static socklen_t listen_address(const struct conf *conf, struct sockaddr_storage *out)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, conf->listen_address, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)conf->listen_port);
		return sizeof(*v4);
	}
	if (inet_pton(AF_INET6, conf->listen_address, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)conf->listen_port);
		return sizeof(*v6);
	}
	return 0;
}

static bool bind_in_time(int fd, const struct sockaddr_storage *address, socklen_t len)
{
	int64_t until = sys_mono_us() + PATIENCE_US;

	while (bind(fd, (const struct sockaddr *)address, len) != 0)
		if (errno != EADDRINUSE || !pause_before(until))
			return false;
	return true;
}

static enum err listen_open(struct ctx *ctx, struct supervisor *sv)
{
	struct sockaddr_storage address;
	socklen_t len = listen_address(sv->conf, &address);
	int on = 1, off = 0;

	if (len == 0)
		return err_set(ctx, ERR_INPUT, "listen_address %s is not an address",
			       sv->conf->listen_address);
	int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 && errno == EAFNOSUPPORT && strcmp(sv->conf->listen_address, "::") == 0) {
		sv->conf->listen_address = "0.0.0.0"; /* a machine without IPv6 */
		return listen_open(ctx, sv);
	}
	sv->listen_fd = fd;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (address.ss_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (!bind_in_time(fd, &address, len) || listen(fd, BACKLOG) != 0)
		return err_set(ctx, ERR_IO, "%s port %lld: %s", sv->conf->listen_address,
			       (long long)sv->conf->listen_port, strerror(errno));
	return ERR_OK;
}

void listen_again(const struct supervisor *sv)
{
	if (listen(sv->listen_fd, BACKLOG) != 0)
		log_event(LOG_LEVEL_ERROR, NULL, "listen_failed", "error", strerror(errno), NULL);
}

static enum err ctl_open(struct ctx *ctx, struct supervisor *sv)
{
	scoped(free_p) char *path = data_path(sv, "/run/ctl.sock");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	mode_t before;

	if (strlen(path) >= sizeof(address.sun_path))
		return err_set(ctx, ERR_INPUT, "data_dir is too long for a socket: %s", path);
	memcpy(address.sun_path, path, strlen(path) + 1);
	(void)unlink(path);
	sv->ctl_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	before = umask(0177); /* from its first moment */
	bool bound = sv->ctl_fd >= 0 &&
		     bind(sv->ctl_fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
		     listen(sv->ctl_fd, CTL_BACKLOG) == 0;
	(void)umask(before);
	return bound ? ERR_OK : err_set(ctx, ERR_IO, "%s: %s", path, strerror(errno));
}

/* The roles read it at each connection, under their own identities: they get a copy that they may
 * read. */
static enum err ca_copy(struct ctx *ctx, struct supervisor *sv)
{
	enum { CA_MAX = 256 * 1024 };
	uint8_t *data = NULL;
	size_t len = 0;

	sv->ca_path = data_path(sv, "/run/database-ca.pem");
	if (sys_read_file(sv->conf->database_ca_file, CA_MAX, &data, &len) != ERR_OK)
		return err_set(ctx, ERR_IO, "database_ca_file %s cannot be read",
			       sv->conf->database_ca_file);
	enum err code = sys_replace_file(sv->ca_path, data, len, 0644);
	free(data);
	sv->conf->database_ca_file = sv->ca_path;
	return code == ERR_OK ? ERR_OK : err_set(ctx, ERR_IO, "%s cannot be written", sv->ca_path);
}

/* The database's socket lies in a folder that only its clients may enter; run/db.sock leads there.
 */
static enum err database_path(struct ctx *ctx, struct supervisor *sv)
{
	scoped(free_p) char *link = data_path(sv, "/run/db.sock");

	sv->socket_path = data_path(sv, "/run/db/db.sock");
	if (strlen(sv->socket_path) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return err_set(ctx, ERR_INPUT, "data_dir is too long for a socket: %s",
			       sv->socket_path);
	if (sv->conf->database == CONF_DATABASE_HOST)
		return ca_copy(ctx, sv);
	if (sv->conf->database != CONF_DATABASE_EMBEDDED)
		return ERR_OK;
	(void)unlink(link);
	if (symlink("db/db.sock", link) != 0)
		return err_set(ctx, ERR_IO, "%s: %s", link, strerror(errno));
	/* The roles look at these two only. */
	sv->conf->database_socket = sv->socket_path;
	sv->conf->database_admin = "sekisho_migrate";
	return ERR_OK;
}

enum err data_prepare(struct ctx *ctx, struct supervisor *sv)
{
	/* cppcheck-suppress uninitvar ; 2.10 does not see the initialiser */
	enum err (*const steps[])(struct ctx *, struct supervisor *) = {
		folders_make, lock_take, keeper_files, listen_open, ctl_open, database_path};
	enum err code = parents_make(ctx, sv->conf->data_dir);

	if (code == ERR_OK)
		code = parents_open(ctx, sv);
	for (size_t i = 0; code == ERR_OK && i < sizeof(steps) / sizeof(steps[0]); i++)
		code = steps[i](ctx, sv);
	if (code == ERR_OK)
		code = folder_open(ctx, sv, "/recordings", &sv->recordings_fd);
	if (code == ERR_OK)
		code = folder_open(ctx, sv, "/checkpoints", &sv->checkpoints_fd);
	return code;
}

void data_release(struct supervisor *sv)
{
	int *const fds[] = {&sv->lock_fd,  &sv->listen_fd,     &sv->ctl_fd,	   &sv->rootkey_fd,
			    &sv->state_fd, &sv->recordings_fd, &sv->checkpoints_fd};

	if (sv->ctl_fd >= 0) { /* ours, so the lock is held */
		scoped(free_p) char *path = data_path(sv, "/run/ctl.sock");
		(void)unlink(path);
	}
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		fd_close_p(fds[i]);
	free(sv->socket_path);
	free(sv->ca_path);
}
