/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/sandbox.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(SEKISHO_ASAN) || defined(SEKISHO_TSAN)
enum { CONFINED = 0 };
#else
enum { CONFINED = 1 };
#endif

/* Runs probe in a confined child; gives its exit status, or 128 + the signal that ended it. */
static int confined(const struct sandbox_spec *spec, int (*probe)(void))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct sandbox_report report;
		unsetenv("SEKISHO_SANDBOX_TRAP");
		if (sandbox_drop_identity(0, 0) != ERR_OK ||
		    sandbox_landlock(spec, &report) != ERR_OK)
			_exit(90);
		if (sandbox_seccomp(spec, &report) != ERR_OK)
			_exit(91);
		if (sandbox_self_test(spec) != ERR_OK)
			_exit(92);
		_exit(probe());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int errno_of(long result)
{
	return result < 0 ? errno : 0;
}

static int nothing(void)
{
	return 0;
}
static int open_file(void)
{
	return errno_of(open("/etc/hostname", O_RDONLY | O_CLOEXEC));
}
static int stat_file(void)
{
	struct stat st;

	return errno_of(stat("/etc/hostname", &st));
}
static int stat_descriptor(void)
{
	struct stat st;

	return errno_of(fstat(0, &st));
}
static int inet_socket(void)
{
	return errno_of(socket(AF_INET, SOCK_STREAM, 0));
}
static int unix_socket(void)
{
	return errno_of(socket(AF_UNIX, SOCK_STREAM, 0));
}
static int packet_socket(void)
{
	return errno_of(socket(AF_PACKET, SOCK_DGRAM, 0));
}
static int tcp_option(void)
{
	int fds[2], on = 1;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
		return 99;
	return errno_of(setsockopt(fds[0], IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)));
}
static int socket_option(void)
{
	int fds[2], size = 4096;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
		return 99;
	return errno_of(setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)));
}
static int datagram_socket(void)
{
	return errno_of(socket(AF_UNIX, SOCK_DGRAM, 0));
}
static int raw_socket(void)
{
	return errno_of(socket(AF_INET, SOCK_RAW, 0));
}
static int route_socket(void)
{
	return errno_of(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0));
}
static int pair_of(int type)
{
	int fds[2];

	return errno_of(socketpair(AF_UNIX, type, 0, fds));
}
static int stream_pair(void)
{
	return pair_of(SOCK_STREAM | SOCK_NONBLOCK) + pair_of(SOCK_SEQPACKET | SOCK_CLOEXEC);
}
static int datagram_pair(void)
{
	return pair_of(SOCK_DGRAM | SOCK_CLOEXEC);
}
static int raw_pair(void)
{
	return pair_of(SOCK_RAW);
}
/* The flag alone is refused; a descriptor that is none tells it from the kernel's own answer. */
static int send_fast_open(void)
{
	return errno_of(sendto(-1, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL, NULL, 0));
}
static int send_message_fast_open(void)
{
	const struct msghdr msg = {0};

	return errno_of(sendmsg(-1, &msg, MSG_FASTOPEN));
}
static int send_plain(void)
{
	return errno_of(sendto(-1, "x", 1, MSG_NOSIGNAL, NULL, 0));
}
static int own_descriptor(void)
{
	return errno_of(fcntl(0, F_SETOWN, getpid()));
}
static int copy_descriptor(void)
{
	return fcntl(0, F_DUPFD_CLOEXEC, 0) < 0 || fcntl(0, F_SETFL, fcntl(0, F_GETFL)) != 0;
}
static int seek_back(void)
{
	return errno_of(lseek(-1, 0, SEEK_SET));
}
static int cut_file(void)
{
	return errno_of(ftruncate(-1, 0));
}
static int write_back(void)
{
	return errno_of(pwrite(-1, "x", 1, 0));
}
static int make_executable(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return errno_of(mprotect(page, 4096, PROT_READ | PROT_EXEC));
}
static int map_executable(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
			       MAP_FAILED
		       ? errno
		       : 0;
}
static int trace_parent(void)
{
	return errno_of(kill(getppid(), 0));
}
static int fork_again(void)
{
	return fork() < 0 ? errno : 0;
}
static int write_file(void)
{
	return errno_of(open("/tmp/sekisho-sandbox-test", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
}
static void *thread_work(void *arg)
{
	return arg;
}
static int thread_start(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, thread_work, NULL) != 0)
		return 1;
	return pthread_join(thread, NULL);
}
static int abort_self(void)
{
	abort();
}
/* Many arenas come and go, as under connection churn. */
static int allocate_in_threads(void)
{
	for (int i = 0; i < 50; i++) {
		pthread_t thread;
		if (pthread_create(&thread, NULL, thread_work, malloc(200000)) != 0)
			return 1;
		void *memory;
		if (pthread_join(thread, &memory) != 0)
			return 2;
		free(memory);
	}
	return 0;
}

enum { DEAD = 128 + SIGSYS };
static const struct sandbox_path hostname_only[] = {{"/etc/hostname", false}};
static const struct sandbox_path tmp_write[] = {{"/tmp", true}};

static const struct {
	const char *what;
	unsigned allow;
	const struct sandbox_path *path;
	int (*probe)(void);
	int expected;
} cases[] = {
	{"self-test passes with nothing allowed", 0, NULL, nothing, 0},
	{"self-test passes with files", SANDBOX_FILES, hostname_only, nothing, 0},
	{"self-test passes with sockets", SANDBOX_UNIX_CONNECT, NULL, nothing, 0},
	{"self-test passes with everything", 1023, NULL, nothing, 0},
	{"open answers ENOENT", 0, NULL, open_file, ENOENT},
	{"stat answers ENOENT", 0, NULL, stat_file, ENOENT},
	{"fstat works", 0, NULL, stat_descriptor, 0},
	{"open below a rule works", SANDBOX_FILES, hostname_only, open_file, 0},
	{"open beside a rule is refused", SANDBOX_FILES, tmp_write, open_file, EACCES},
	{"write below a read rule is refused", SANDBOX_FILES, hostname_only, write_file, EACCES},
	{"write below a write rule works", SANDBOX_FILES, tmp_write, write_file, 0},
	{"inet socket is refused", SANDBOX_UNIX_CONNECT, NULL, inet_socket, EAFNOSUPPORT},
	{"unix socket is refused", 0, NULL, unix_socket, EAFNOSUPPORT},
	{"unix socket works when asked for", SANDBOX_UNIX_CONNECT, NULL, unix_socket, 0},
	{"inet socket works when asked for", SANDBOX_INET_CONNECT, NULL, inet_socket, 0},
	{"datagrams between Unix sockets never work", SANDBOX_UNIX_CONNECT, NULL, datagram_socket,
	 ESOCKTNOSUPPORT},
	{"nor for who may use the network", SANDBOX_UNIX_CONNECT | SANDBOX_INET_CONNECT, NULL,
	 datagram_socket, ESOCKTNOSUPPORT},
	{"raw sockets never work", 1023, NULL, raw_socket, ESOCKTNOSUPPORT},
	{"the resolver may ask for routes", SANDBOX_INET_CONNECT, NULL, route_socket, 0},
	{"a gateway has no Unix sockets", SANDBOX_INET_CONNECT, NULL, unix_socket, EAFNOSUPPORT},
	{"pairs of streams and packets work", SANDBOX_SEND_FDS, NULL, stream_pair, 0},
	{"pairs of datagrams never work", 1023, NULL, datagram_pair, ESOCKTNOSUPPORT},
	{"raw pairs, which are of datagrams, never work", 1023, NULL, raw_pair, ESOCKTNOSUPPORT},
	{"sending does not connect", 1023, NULL, send_fast_open, EPERM},
	{"sending a message does not connect", 1023, NULL, send_message_fast_open, EPERM},
	{"sending works", 0, NULL, send_plain, EBADF},
	{"an owner for a descriptor is death", 1023, NULL, own_descriptor, DEAD},
	{"descriptors can be copied", 0, NULL, copy_descriptor, 0},
	{"no way back in a file without the flag", SANDBOX_APPEND, NULL, seek_back, ESPIPE},
	{"no writing back without the flag", SANDBOX_APPEND, NULL, write_back, DEAD},
	{"a way back with the flag", SANDBOX_SEEK, NULL, seek_back, EBADF},
	{"nothing is ever cut", 1023, NULL, cut_file, DEAD},
	{"packet socket never works", 1023, NULL, packet_socket, EAFNOSUPPORT},
	{"TCP options answer ENOPROTOOPT", SANDBOX_SEND_FDS, NULL, tcp_option, ENOPROTOOPT},
	{"TCP options reach the kernel", SANDBOX_SEND_FDS | SANDBOX_SETSOCKOPT_TCP, NULL,
	 tcp_option, EOPNOTSUPP},
	{"socket options work", SANDBOX_SEND_FDS, NULL, socket_option, 0},
	{"executable memory is refused", 1023, NULL, make_executable, EACCES},
	{"executable maps are refused", 1023, NULL, map_executable, EACCES},
	{"kill is death", 1023, NULL, trace_parent, DEAD},
	{"fork is death", SANDBOX_THREADS, NULL, fork_again, DEAD},
	{"threads start when asked for", SANDBOX_THREADS, NULL, thread_start, 0},
	{"threads otherwise are death", 0, NULL, thread_start, DEAD},
	{"abort is SIGABRT", 0, NULL, abort_self, 128 + SIGABRT},
	{"arenas may shrink", SANDBOX_THREADS, NULL, allocate_in_threads, 0},
};

static void each_call_is_allowed_refused_or_fatal_as_listed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct sandbox_spec spec = {.role = "test",
						  .allow = cases[i].allow,
						  .paths = cases[i].path,
						  .path_count = cases[i].path != NULL ? 1 : 0};
		int got = confined(&spec, cases[i].probe);
		if (CONFINED && got != cases[i].expected)
			fail_msg("%s: got %d, expected %d", cases[i].what, got, cases[i].expected);
	}
	unlink("/tmp/sekisho-sandbox-test");
}

/* A connection to a port nobody listens on is refused by the peer; to another, by the kernel. */
static int connect_to(uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return errno_of(connect(fd, (struct sockaddr *)&address, sizeof(address)));
}

static int connect_named(void)
{
	return connect_to(1);
}

static int connect_other(void)
{
	return connect_to(2);
}

static void one_port_may_be_named(void **state)
{
	const struct sandbox_spec spec = {
		.role = "test", .allow = SANDBOX_INET_CONNECT, .tcp_port = 1};

	(void)state;
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
	if (!CONFINED || abi < 4)
		skip();
	assert_int_equal(confined(&spec, connect_named), ECONNREFUSED);
	assert_int_equal(confined(&spec, connect_other), EACCES);
}

static void *late_open(void *arg)
{
	int *ends = arg;
	char byte;

	if (read(ends[0], &byte, 1) != 1)
		return (void *)1;
	return open("/etc/hostname", O_RDONLY | O_CLOEXEC) < 0 ? NULL : (void *)2;
}

/* A thread that runs already is confined with the rest. */
static void threads_are_confined_together(void **state)
{
	int status;

	(void)state;
	pid_t pid = fork();
	if (pid == 0) {
		const struct sandbox_spec spec = {.role = "test"};
		struct sandbox_report report;
		pthread_t thread;
		int ends[2];
		void *result = NULL;
		if (pipe(ends) != 0 || sandbox_drop_identity(0, 0) != ERR_OK ||
		    sandbox_landlock(&spec, &report) != ERR_OK ||
		    pthread_create(&thread, NULL, late_open, ends) != 0 ||
		    sandbox_seccomp(&spec, &report) != ERR_OK || write(ends[1], "x", 1) != 1)
			_exit(90);
		pthread_join(thread, &result);
		_exit((int)(intptr_t)result);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(!CONFINED || (WIFEXITED(status) && WEXITSTATUS(status) == 0));
}

/* In builds that are not releases, a call that the list lacks is named on request. */
static void a_missing_call_is_named_on_request(void **state)
{
	char said[256] = "";
	int status, ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	pid_t pid = fork();
	if (pid == 0) {
		const struct sandbox_spec spec = {.role = "test"};
		struct sandbox_report report;
		if (setenv("SEKISHO_SANDBOX_TRAP", "1", 1) != 0 || dup2(ends[1], 2) != 2 ||
		    sandbox_drop_identity(0, 0) != ERR_OK ||
		    sandbox_seccomp(&spec, &report) != ERR_OK)
			_exit(90);
		_exit(trace_parent());
	}
	close(ends[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(read(ends[0], said, sizeof(said) - 1) >= 0);
	close(ends[0]);
	if (!CONFINED)
		return;
	if (WIFSIGNALED(status))
		assert_int_equal(WTERMSIG(status), SIGSYS); /* a release */
	else
		assert_non_null(strstr(said, "call=kill"));
}

static void an_identity_is_dropped_for_good(void **state)
{
	int status;

	(void)state;
	if (geteuid() != 0)
		skip();
	pid_t pid = fork();
	if (pid == 0) {
		if (sandbox_drop_identity(64199, 64199) != ERR_OK)
			_exit(1);
		if (geteuid() != 64199 || getegid() != 64199 || getgroups(0, NULL) != 0)
			_exit(2);
		if (setuid(0) == 0)
			_exit(3);
		_exit(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 4);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_call_is_allowed_refused_or_fatal_as_listed),
		cmocka_unit_test(one_port_may_be_named),
		cmocka_unit_test(threads_are_confined_together),
		cmocka_unit_test(a_missing_call_is_named_on_request),
		cmocka_unit_test(an_identity_is_dropped_for_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
