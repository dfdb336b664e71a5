/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/ctx.h"
#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"

enum {
	ARGUMENTS_MAX = 32,
	POLL_US = 50000,
	START_LIMIT_US = 60000000,
	MIGRATE_TRIES = 60,
	EXIT_LATER = 75,
	PASSWORD_BYTES = 24,
	FILE_LIMIT = 8192
};

static void migrate_start(void *arg);
static void server_start(void *arg);
static void install_ended(struct supervisor *sv, void *arg, int status);

static void free_p(char **text)
{
	free(*text);
}

/* Arguments that are built; freed together after the child has its copy. */
struct arguments {
	char *list[ARGUMENTS_MAX + 1];
	size_t count;
};

static void argument(struct arguments *args, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void argument(struct arguments *args, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	if (args->count == ARGUMENTS_MAX || vasprintf(&args->list[args->count], format, values) < 0)
		abort();
	va_end(values);
	args->list[++args->count] = NULL;
}

static void arguments_clear(struct arguments *args)
{
	for (size_t i = 0; i < args->count; i++)
		free(args->list[i]);
}

static const char *program_find(const char *const *candidates)
{
	for (; *candidates != NULL; candidates++)
		if (access(*candidates, X_OK) == 0)
			return *candidates;
	return NULL;
}

static const char *server_program(void)
{
	static const char *const places[] = {"/usr/sbin/mariadbd",	"/usr/local/sbin/mariadbd",
					     "/usr/libexec/mariadbd",	"/usr/bin/mariadbd",
					     "/usr/local/bin/mariadbd", NULL};
	return program_find(places);
}

static const char *install_program(void)
{
	static const char *const places[] = {"/usr/bin/mariadb-install-db",
					     "/usr/local/bin/mariadb-install-db",
					     "/usr/sbin/mariadb-install-db", NULL};
	return program_find(places);
}

static struct proc *program_start(struct supervisor *sv, const char *label, const char *path,
				  struct arguments *args,
				  void (*ended)(struct supervisor *, void *, int))
{
	const struct proc_spec spec = {.label = label,
				       .exec_fd = -1,
				       .path = path,
				       .argv = args->list,
				       .identity = ID_DATABASE,
				       .phase = PHASE_DATABASE,
				       .quiet = ended == install_ended,
				       .ended = ended};

	return proc_start(sv, &spec);
}

/* ------------------------------------------------------------------ first start */

static const char *account_name(const struct supervisor *sv)
{
	/* cppcheck-suppress getpwuidCalled ; the supervisor has one thread */
	const struct passwd *entry = sv->root ? NULL : getpwuid(geteuid());

	return entry != NULL ? entry->pw_name : "root";
}

static void install_ended(struct supervisor *sv, void *arg, int status)
{
	scoped(free_p) char *fresh = data_path(sv, "/db/data.new");
	scoped(free_p) char *data = data_path(sv, "/db/data");

	(void)arg;
	if (sv->stopping)
		return;
	/* Made beside and renamed: a half-made database is never taken for a whole one. */
	if (status != 0 || rename(fresh, data) != 0) {
		log_event(LOG_LEVEL_ERROR, NULL, "database_install_failed", "next",
			  "see its output with log_level = debug", NULL);
		supervisor_stop(sv, 1);
		return;
	}
	server_start(sv);
}

static void install_start(struct supervisor *sv)
{
	scoped(free_p) char *fresh = data_path(sv, "/db/data.new");
	scoped(arguments_clear) struct arguments args = {.count = 0};
	const char *program = install_program();

	if (program == NULL || data_remove_tree(fresh) != ERR_OK || mkdir(fresh, 0700) != 0 ||
	    data_own(sv, fresh, ID_DATABASE, 0700) != ERR_OK) {
		log_event(LOG_LEVEL_ERROR, NULL, "database_install_failed", "next",
			  program == NULL ? "install mariadb-server-core or set database = socket"
					  : "make data_dir writable",
			  NULL);
		supervisor_stop(sv, 1);
		return;
	}
	log_event(LOG_LEVEL_INFO, NULL, "database_install", "folder", sv->conf->data_dir, NULL);
	argument(&args, "%s", program);
	argument(&args, "--no-defaults");
	argument(&args, "--datadir=%s", fresh);
	argument(&args, "--tmpdir=%s/db/tmp", sv->conf->data_dir);
	argument(&args, "--auth-root-authentication-method=socket");
	argument(&args, "--auth-root-socket-user=%s", account_name(sv));
	argument(&args, "--skip-test-db");
	argument(&args, "--skip-name-resolve");
	if (program_start(sv, "mariadb-install-db", program, &args, install_ended) == NULL)
		supervisor_stop(sv, 1);
}

/* ------------------------------------------------------------------ server */

static struct secret *password_new(void)
{
	uint8_t bytes[PASSWORD_BYTES];
	char text[2 * PASSWORD_BYTES + 1];

	sys_random(bytes, sizeof(bytes));
	hex_encode(bytes, sizeof(bytes), text);
	struct secret *secret = secret_from(text, sizeof(text) - 1);
	wipe(bytes, sizeof(bytes));
	wipe(text, sizeof(text));
	return secret;
}

/* What the server runs before it accepts anybody: our schema account, with a password that only
 * this start knows. */
static enum err init_file_write(struct supervisor *sv, const char *path)
{
	scoped(buf_clear) struct buf text;
	const char *name = sv->conf->database_name;
	const char *user = "'sekisho_migrate'@'localhost'";
	size_t len = secret_len(sv->admin_password);

	buf_init_wiped(&text, FILE_LIMIT);
	buf_printf(&text, "CREATE USER IF NOT EXISTS %s;\nALTER USER %s IDENTIFIED BY '", user,
		   user);
	buf_put(&text, secret_bytes(sv->admin_password), len);
	buf_printf(&text, "';\nGRANT ALL ON `%s`.* TO %s WITH GRANT OPTION;\n", name, user);
	buf_printf(&text, "GRANT CREATE USER ON *.* TO %s;\n", user);
	(void)unlink(path);
	scoped(fd_close_p) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || buf_failed(&text) || sys_write_full(fd, text.data, text.len) != 0)
		return ERR_IO;
	return data_own(sv, path, ID_DATABASE, 0600);
}

static void server_arguments(const struct supervisor *sv, const char *program, const char *init,
			     struct arguments *args)
{
	const char *dir = sv->conf->data_dir;

	argument(args, "%s", program);
	argument(args, "--no-defaults");
	argument(args, "--datadir=%s/db/data", dir);
	argument(args, "--tmpdir=%s/db/tmp", dir);
	argument(args, "--socket=%s", sv->socket_path);
	argument(args, "--pid-file=%s/run/db/pid", dir);
	argument(args, "--skip-networking");
	argument(args, "--skip-name-resolve");
	argument(args, "--skip-symbolic-links");
	argument(args, "--secure-timestamp=YES");
	argument(args, "--secure-file-priv=%s/db/tmp", dir);
	argument(args, "--local-infile=0");
	argument(args, "--character-set-server=utf8mb4");
	argument(args, "--collation-server=utf8mb4_general_ci");
	argument(args, "--default-time-zone=+00:00");
	argument(args, "--innodb-flush-log-at-trx-commit=%d", sv->conf->mariadb_sync ? 1 : 2);
	argument(args, "--innodb-buffer-pool-size=64M");
	argument(args, "--innodb-log-file-size=48M");
	argument(args, "--key-buffer-size=1M");
	argument(args, "--aria-pagecache-buffer-size=8M");
	argument(args, "--performance-schema=OFF");
	argument(args, "--max-connections=250");
	argument(args, "--max-allowed-packet=32M");
	argument(args, "--wait-timeout=28800");
	argument(args, "--log-warnings=1");
	argument(args, "--silent-startup");
	if (init != NULL)
		argument(args, "--init-file=%s", init);
}

static void init_file_remove(struct supervisor *sv)
{
	scoped(free_p) char *init = data_path(sv, "/run/init.sql");

	(void)unlink(init);
}

static void server_ended(struct supervisor *sv, void *arg, int status)
{
	char text[64], delay[24];

	(void)arg;
	sv->database = NULL;
	fd_close_p(&sv->probe_fd);
	init_file_remove(sv);
	if (sv->stopping)
		return;
	proc_status_text(status, text, sizeof(text));
	if (!sv->database_ready) {
		log_event(LOG_LEVEL_ERROR, NULL, "database_start_failed", "status", text, "next",
			  "see the lines above", NULL);
		supervisor_stop(sv, 1);
		return;
	}
	sv->database_delay_us =
		backoff_next(sv->database_started_us, sys_mono_us(), sv->database_delay_us);
	(void)snprintf(delay, sizeof(delay), "%lld", (long long)sv->database_delay_us / 1000);
	log_event(LOG_LEVEL_ERROR, NULL, "child_ended", "child", "mariadbd", "status", text,
		  "restart_ms", delay, NULL);
	loop_timer_free(sv->database_timer);
	sv->database_timer = loop_timer_new(sv->loop, server_start, sv);
	loop_timer_set(sv->database_timer, sv->database_delay_us);
}

/* The server listens before its init file has run, but greets only after it: wait for the first
 * byte on one connection. */
static bool server_answers(struct supervisor *sv)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char byte;

	if (sv->probe_fd < 0) {
		memcpy(address.sun_path, sv->socket_path, strlen(sv->socket_path) + 1);
		sv->probe_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (sv->probe_fd < 0 ||
		    connect(sv->probe_fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
			fd_close_p(&sv->probe_fd);
			return false;
		}
	}
	ssize_t got = recv(sv->probe_fd, &byte, 1, 0);
	if (got < 0 && errno == EAGAIN)
		return false;
	fd_close_p(&sv->probe_fd);
	return got == 1;
}

static void server_wait(void *arg)
{
	struct supervisor *sv = arg;

	if (sv->stopping || sv->database == NULL)
		return;
	if (server_answers(sv)) {
		init_file_remove(sv);
		log_event(LOG_LEVEL_INFO, NULL, "database_ready", "kind", "embedded", NULL);
		bool first = !sv->database_ready;
		sv->database_ready = true;
		if (first)
			migrate_start(sv);
		return;
	}
	if (sys_mono_us() > sv->database_deadline_us) {
		log_event(LOG_LEVEL_ERROR, NULL, "database_start_failed", "status", "too slow",
			  NULL);
		proc_signal(sv->database, SIGKILL);
		return;
	}
	loop_timer_set(sv->database_timer, POLL_US);
}

static void server_start(void *arg)
{
	struct supervisor *sv = arg;
	scoped(free_p) char *init = data_path(sv, "/run/init.sql");
	scoped(arguments_clear) struct arguments args = {.count = 0};
	const char *program = server_program();

	if (sv->stopping)
		return;
	/* Only the first start of this sekishod needs the account set. */
	bool with_init = !sv->database_ready;
	if (program == NULL || (with_init && init_file_write(sv, init) != ERR_OK)) {
		log_event(LOG_LEVEL_ERROR, NULL, "database_start_failed", "next",
			  program == NULL ? "install mariadb-server-core or set database = socket"
					  : "make data_dir writable",
			  NULL);
		supervisor_stop(sv, 1);
		return;
	}
	(void)unlink(sv->socket_path);
	server_arguments(sv, program, with_init ? init : NULL, &args);
	sv->database_started_us = sys_mono_us();
	sv->database_deadline_us = sv->database_started_us + START_LIMIT_US;
	sv->database = program_start(sv, "mariadbd", program, &args, server_ended);
	loop_timer_free(sv->database_timer);
	sv->database_timer = loop_timer_new(sv->loop, server_wait, sv);
	if (sv->database == NULL || sv->database_timer == NULL) {
		supervisor_stop(sv, 1);
		return;
	}
	loop_timer_set(sv->database_timer, POLL_US);
}

/* ------------------------------------------------------------------ migrate */

static void migrate_ended(struct supervisor *sv, void *arg, int status)
{
	(void)arg;
	if (sv->stopping)
		return;
	if (status == 0) {
		roles_start(sv);
		return;
	}
	bool later = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_LATER;
	if (later && ++sv->migrate_tries < MIGRATE_TRIES) {
		loop_timer_set(sv->migrate_timer, sv->migrate_tries < 5 ? 1000000 : 5000000);
		return;
	}
	log_event(LOG_LEVEL_ERROR, NULL, "migration_failed", "next", "see the lines above", NULL);
	supervisor_stop(sv, 1);
}

static int secret_to_fd(const struct secret *secret)
{
	int fd = -1;

	return secret != NULL && secret_pipe(secret, &fd) == ERR_OK ? fd : -1;
}

static void migrate_start(void *arg)
{
	struct supervisor *sv = arg;
	struct secret *accounts = roles_accounts(sv);
	scoped(fd_close_p) int conf = conf_pipe(sv);
	scoped(fd_close_p) int password = secret_to_fd(sv->admin_password);
	scoped(fd_close_p) int lines = secret_to_fd(accounts);
	struct proc_spec spec = {.label = "migrate",
				 .exec_fd = sv->migrate_exec_fd,
				 .identity = ID_MIGRATE,
				 .database_group = true,
				 .phase = PHASE_FRONT,
				 .ended = migrate_ended};

	secret_free(accounts);
	if (sv->stopping)
		return;
	proc_add_fd(&spec, "conf", conf);
	proc_add_fd(&spec, "db", password);
	proc_add_fd(&spec, "accounts", lines);
	if (spec.fd_count != 3 || proc_start(sv, &spec) == NULL)
		supervisor_stop(sv, 1);
}

/* ------------------------------------------------------------------ begin */

/* A file of one line, for a database that somebody else runs. */
static struct secret *password_file_read(const char *path)
{
	scoped(fd_close_p) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct secret *secret = NULL;

	if (fd < 0 || secret_read_fd(fd, 200, 1000, &secret) != ERR_OK)
		return NULL;
	size_t len = secret_len(secret);
	while (len > 0 &&
	       (secret_bytes(secret)[len - 1] == '\n' || secret_bytes(secret)[len - 1] == '\r'))
		len--;
	secret_truncate(secret, len);
	return secret;
}

void database_begin(struct supervisor *sv)
{
	bool embedded = sv->conf->database == CONF_DATABASE_EMBEDDED;
	scoped(free_p) char *data = data_path(sv, "/db/data");

	sv->admin_password = embedded ? password_new()
				      : password_file_read(sv->conf->database_admin_password_file);
	sv->migrate_timer = loop_timer_new(sv->loop, migrate_start, sv);
	if (sv->admin_password == NULL || sv->migrate_timer == NULL) {
		log_event(LOG_LEVEL_ERROR, NULL, "start_failed", "next",
			  embedded ? "memory is short"
				   : "make database_admin_password_file readable",
			  NULL);
		supervisor_stop(sv, 1);
	} else if (!embedded) {
		migrate_start(sv);
	} else if (access(data, F_OK) == 0) {
		server_start(sv);
	} else {
		install_start(sv);
	}
}

void database_release(struct supervisor *sv)
{
	loop_timer_free(sv->database_timer);
	loop_timer_free(sv->migrate_timer);
	secret_free(sv->admin_password);
	fd_close_p(&sv->migrate_exec_fd);
	fd_close_p(&sv->probe_fd);
}
