/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <arpa/inet.h>
#include <pwd.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/sys.h"
#include "base/text.h"
#include "tests/flow/sessions/rig.h"

enum { KEY_PORT = 20022, PROMPTS_PORT = 20023 };

static int run(const char *const argv[])
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* No other process has our id, so none listens on this address. */
in_addr_t sshd_address(void)
{
	return htonl(0x7f400000U | ((uint32_t)getpid() & 0x3fffffU));
}

static void write_file(const char *path, mode_t mode, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void write_file(const char *path, mode_t mode, const char *format, ...)
{
	FILE *file = fopen(path, "w");
	va_list args;

	assert_non_null(file);
	va_start(args, format);
	vfprintf(file, format, args);
	va_end(args);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

/* A random local account and password, gone again in sshd_end. */
static void add_local(struct sshd *sshd)
{
	uint8_t random[12];
	FILE *input;

	sys_random(random, sizeof(random));
	hex_encode(random, sizeof(random), sshd->password);
	(void)snprintf(sshd->local, sizeof(sshd->local), "sekt%d", (int)getpid());
	assert_int_equal(run((const char *const[]){"useradd", "-M", "-d", "/tmp", "-s", "/bin/bash",
						   sshd->local, NULL}),
			 0);
	input = popen("chpasswd", "w");
	assert_non_null(input);
	(void)fprintf(input, "%s:%s\n", sshd->local, sshd->password);
	assert_int_equal(pclose(input), 0);
}

static void make_keys(struct sshd *sshd)
{
	static const char *const names[] = {"host", "user"};
	char path[96], public_path[112];
	uint8_t *data;
	size_t len;

	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", sshd->folder, names[i]);
		assert_int_equal(run((const char *const[]){"ssh-keygen", "-q", "-t", "ed25519",
							   "-N", "", "-f", path, NULL}),
				 0);
	}
	assert_int_equal(sys_read_file(path, sizeof(sshd->key) - 1, &data, &len), ERR_OK);
	memcpy(sshd->key, data, len);
	sshd->key[len] = '\0';
	free(data);
	(void)snprintf(public_path, sizeof(public_path), "%s.pub", path);
	(void)snprintf(path, sizeof(path), "%s/authorized", sshd->folder);
	assert_int_equal(rename(public_path, path), 0);
}

/* As root a second port asks by prompts only; that needs PAM. */
static void configure(const struct sshd *sshd, bool root)
{
	char path[96], prompts[160] = "", match[128] = "";
	const char *host = inet_ntoa((struct in_addr){sshd_address()});

	if (root) {
		(void)snprintf(prompts, sizeof(prompts), "ListenAddress %s:%d\n", host,
			       sshd->prompts_port);
		(void)snprintf(match, sizeof(match),
			       "Match LocalPort %d\n  AuthenticationMethods keyboard-interactive\n",
			       sshd->prompts_port);
	}
	(void)snprintf(path, sizeof(path), "%s/config", sshd->folder);
	write_file(path, 0600,
		   "ListenAddress %s:%d\n%sHostKey %s/host\n"
		   "AuthorizedKeysFile %s/authorized\nStrictModes no\nPidFile none\nUsePAM %s\n"
		   "PermitRootLogin yes\nPasswordAuthentication yes\n"
		   "KbdInteractiveAuthentication yes\nAcceptEnv LANG LC_*\nLogLevel ERROR\n"
		   "PrintMotd no\nPrintLastLog no\nMaxStartups 100\n%s",
		   host, sshd->port, prompts, sshd->folder, sshd->folder, root ? "yes" : "no",
		   match);
}

static void wait_for_port(int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)port),
				      .sin_addr.s_addr = sshd_address()};

	for (int i = 0; i < 600; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		int result = connect(fd, (struct sockaddr *)&address, sizeof(address));
		close(fd);
		if (result == 0)
			return;
		usleep(50 * 1000);
	}
	fail_msg("sshd does not listen");
}

void sshd_begin(struct sshd *sshd)
{
	bool root = geteuid() == 0;
	char config[96];

	memset(sshd, 0, sizeof(*sshd));
	(void)snprintf(sshd->folder, sizeof(sshd->folder), "/tmp/test_broker.XXXXXX");
	assert_non_null(mkdtemp(sshd->folder));
	(void)snprintf(sshd->user, sizeof(sshd->user), "%s", getpwuid(geteuid())->pw_name);
	make_keys(sshd);
	sshd->port = KEY_PORT;
	if (root) {
		(void)mkdir("/run/sshd", 0755);
		sshd->prompts_port = PROMPTS_PORT;
		add_local(sshd);
	}
	configure(sshd, root);
	(void)snprintf(config, sizeof(config), "%s/config", sshd->folder);
	sshd->pid = fork();
	if (sshd->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
		execl("/usr/sbin/sshd", "/usr/sbin/sshd", "-D", "-e", "-f", config, (char *)NULL);
		_exit(127);
	}
	wait_for_port(sshd->port);
}

void sshd_end(struct sshd *sshd)
{
	if (sshd->pid > 0) {
		kill(sshd->pid, SIGTERM);
		waitpid(sshd->pid, NULL, 0);
	}
	if (sshd->local[0] != '\0')
		(void)run((const char *const[]){"userdel", "-f", sshd->local, NULL});
	(void)run((const char *const[]){"rm", "-rf", sshd->folder, NULL});
}
