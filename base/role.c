/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/role.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/chan.h"
#include "base/cleanup.h"
#include "base/ctx.h"
#include "base/log.h"
#include "base/messages.h"

enum { FDS_MAX = 16, NAME_MAX_ = 24, SECRET_LINE_MAX = 4096, SECRET_MS = 10000 };

/* Descriptors handed over by the supervisor; written once, in role_start. */
static struct {
	char name[NAME_MAX_];
	int fd;
} handed[FDS_MAX];
static size_t handed_count;
/* Lives as long as the process, also when main has returned: a leak check must still find it. */
static struct conf *conf_kept __attribute__((used));

static struct sandbox_report report;
static bool memory_locked;

static void refuse_start(const char *name, const char *why)
{
	(void)fprintf(stderr, "sekisho-%s: %s; it is started by sekishod, not by hand\n", name,
		      why);
	exit(64);
}

static void hand_over(const char *role, const char *text, size_t len)
{
	const char *equals = memchr(text, '=', len);
	size_t name_len = equals != NULL ? (size_t)(equals - text) : 0;

	if (name_len == 0 || name_len >= NAME_MAX_ || handed_count == FDS_MAX)
		refuse_start(role, "its descriptors are malformed");
	int fd = (int)strtol(equals + 1, NULL, 10);
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
		refuse_start(role, "a descriptor is missing");
	memcpy(handed[handed_count].name, text, name_len);
	handed[handed_count].name[name_len] = 0;
	handed[handed_count++].fd = fd;
}

static void fds_parse(const char *role, const char *text)
{
	while (*text != 0) {
		size_t len = strcspn(text, ",");
		hand_over(role, text, len);
		text += len;
		if (*text == ',')
			text++;
	}
}

static unsigned long number_of(const char *variable)
{
	const char *text = getenv(variable);

	return text != NULL ? strtoul(text, NULL, 10) : 0;
}

/* RLIMIT_MEMLOCK refuses silently: then secrets could reach the swap file. */
static bool locking_works(void)
{
	struct secret *probe = secret_new(1);
	bool works = probe != NULL && secret_locking_works();

	secret_free(probe);
	return works;
}

void role_start(struct role *role, const char *name, int argc, char **argv)
{
	memset(role, 0, sizeof(*role));
	if (argc != 3 || strcmp(argv[1], "--role-fds") != 0)
		refuse_start(name, "no descriptors were handed over");
	fds_parse(name, argv[2]);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)umask(0027);
	tzset(); /* the zone file is out of reach later */
	role->uid = (uid_t)number_of("SEKISHO_UID");
	role->gid = (gid_t)number_of("SEKISHO_GID");
	int fd = role_fd("conf");
	if (fd >= 0 && conf_receive(fd, &role->conf) != ERR_OK)
		refuse_start(name, "the configuration did not arrive");
	conf_kept = role->conf;
	log_setup(name,
		  role->conf != NULL ? (enum log_level)role->conf->log_level : LOG_LEVEL_INFO);
	memory_locked = locking_works();
}

int role_fd(const char *name)
{
	for (size_t i = 0; i < handed_count; i++)
		if (strcmp(handed[i].name, name) == 0)
			return handed[i].fd;
	return -1;
}

struct secret *role_secret(const char *name)
{
	struct secret *secret = NULL;
	int fd = role_fd(name);

	if (fd < 0)
		return NULL;
	if (secret_read_fd(fd, SECRET_LINE_MAX, SECRET_MS, &secret) != ERR_OK)
		secret = NULL;
	close(fd);
	for (size_t i = 0; i < handed_count; i++)
		if (handed[i].fd == fd)
			handed[i].fd = -1;
	return secret;
}

/* A role that cannot be confined as it should must not run. */
static void need(enum err code, const char *step)
{
	if (code == ERR_OK)
		return;
	log_event(LOG_LEVEL_ERROR, NULL, "sandbox_failed", "step", step, "error", err_code(code),
		  NULL);
	exit(70);
}

void role_add_database(const struct conf *conf, struct sandbox_spec *spec,
		       struct sandbox_path paths[ROLE_PATHS])
{
	/* Files, not folders: nothing else of /etc is for us. */
	static const char *const files[] = {"/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf",
					    "/etc/host.conf", "/etc/gai.conf"};

	if (conf->database != CONF_DATABASE_HOST)
		return;
	for (size_t i = 0; i < spec->path_count; i++)
		paths[i] = spec->paths[i];
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		paths[spec->path_count++] = (struct sandbox_path){.path = files[i]};
	paths[spec->path_count++] = (struct sandbox_path){.path = conf->database_ca_file};
	spec->paths = paths;
	spec->allow |= SANDBOX_INET_CONNECT | SANDBOX_FILES | SANDBOX_SETSOCKOPT_TCP;
	spec->tcp_port = (unsigned)conf->database_port;
}

void role_confine(struct role *role, const struct sandbox_spec *spec)
{
	need(sandbox_drop_identity(role->uid, role->gid), "identity");
	report.identity = role->uid != 0;
	need(sandbox_landlock(spec, &report), "landlock");
}

void role_lock(struct role *role, const struct sandbox_spec *spec)
{
	char abi[12];

	(void)role;
	need(sandbox_seccomp(spec, &report), "seccomp");
	need(sandbox_self_test(spec), "self_test");
	(void)snprintf(abi, sizeof(abi), "%d", report.landlock_abi);
	log_event(report.seccomp && report.landlock_abi > 0 ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARN,
		  NULL, "sandbox", "landlock_abi", abi, "seccomp", report.seccomp ? "yes" : "no",
		  "identity", report.identity ? "own" : "shared", NULL);
}

void role_ready(void)
{
	int fd = role_fd("ready");
	const struct role_ready_record record = {.ready = 'R',
						 .landlock_abi = (uint8_t)report.landlock_abi,
						 .seccomp = report.seccomp,
						 .identity = report.identity,
						 .memory_locked = memory_locked};

	if (fd < 0)
		return;
	while (write(fd, &record, sizeof(record)) < 0 && errno == EINTR)
		;
	close(fd);
}

/* ------------------------------------------------------------------ new channel ends */

struct watch {
	role_channel_cb *callback;
	void *arg;
};

static enum err channel_arrived(void *arg, struct chan *chan, struct chan_msg *msg,
				const void *message)
{
	const struct watch *watch = arg;
	const struct msg_channel *channel = message;
	char name[NAME_MAX_];
	int fd = chan_take_fd(msg, 0);

	(void)chan;
	if (channel->name.len >= sizeof(name)) {
		close(fd);
		return ERR_INPUT;
	}
	memcpy(name, channel->name.data, channel->name.len);
	name[channel->name.len] = 0;
	watch->callback(watch->arg, name, fd);
	return ERR_OK;
}

static enum err supervisor_says(void *arg, struct chan *chan, struct chan_msg *msg)
{
	static const struct chan_row rows[] = {
		{MSG_CHANNEL, "channel", &msg_channel_codec, sizeof(struct msg_channel), 1, 1,
		 channel_arrived},
	};

	return chan_dispatch(rows, 1, arg, chan, msg);
}

static void supervisor_gone(void *arg, struct chan *chan)
{
	(void)arg;
	(void)chan;
	exit(0);
}

enum err role_watch_channels(struct loop *loop, role_channel_cb *callback, void *arg)
{
	int fd = role_fd("supervisor");

	if (fd < 0)
		return ERR_IO;
	struct watch *watch = calloc(1, sizeof(*watch)); /* lives as long as the process */
	if (watch == NULL)
		return ERR_MEMORY;
	*watch = (struct watch){callback, arg};
	if (chan_new(loop, fd, 16, supervisor_says, supervisor_gone, watch) != NULL)
		return ERR_OK;
	free(watch);
	return ERR_MEMORY;
}
