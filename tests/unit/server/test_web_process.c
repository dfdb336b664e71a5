/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/chan.h"
#include "base/conf.h"
#include "base/sys.h"
#include "tests/unit/cmocka_all.h"
#include "tests/unit/server/fake_authority.h"

/* sekisho-web itself, under Landlock and seccomp, with connections coming and going: what a
 * forbidden call would kill shows only here. There is no database: reads answer 503. */

static struct fake_authority authority;
static int edge_fd, supervisor_fd, ready_fd;
static pid_t pid;
static char got[256 * 1024];

/* Descriptor as seen by the child: 20 and up, so that none is overwritten while moving. */
static void place(int fd, int at)
{
	if (dup2(fd, at) < 0)
		_exit(90);
}

static void become_web(const int fds[5])
{
	char *const argv[] = {
		(char *)(uintptr_t) "sekisho-web", (char *)(uintptr_t) "--role-fds",
		(char *)(uintptr_t) "conf=50,authority=51,edge=52,supervisor=53,ready=54", NULL};

	for (int i = 0; i < 5; i++)
		place(fds[i], 50 + i);
	close_range(3, 49, 0);
	close_range(55, ~0U, 0);
	execv(SEKISHO_BINARY_DIR "/bin/sekisho-web", argv);
	_exit(91);
}

static void send_conf(int fd)
{
	struct conf *conf = NULL;
	struct ctx ctx;

	ctx_init(&ctx, NULL);
	assert_int_equal(conf_load(&ctx, NULL, &conf), ERR_OK);
	conf->public_url = "https://pam.example:8443";
	conf->database_socket = "/nonexistent/db.sock";
	assert_int_equal(conf_send(conf, fd), ERR_OK);
	close(fd);
	conf_free(conf);
}

static int start(void **state)
{
	int conf[2], to_authority[2], to_edge[2], to_supervisor[2], ready[2];

	(void)state;
	assert_int_equal(pipe2(conf, O_CLOEXEC) | pipe2(ready, O_CLOEXEC), 0);
	assert_int_equal(chan_pair(to_authority), ERR_OK);
	assert_int_equal(chan_pair(to_edge), ERR_OK);
	assert_int_equal(chan_pair(to_supervisor), ERR_OK);
	setenv("SEKISHO_SANDBOX_TRAP", "1", 1);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		become_web((const int[]){conf[0], to_authority[0], to_edge[0], to_supervisor[0],
					 ready[1]});
	close(conf[0]);
	close(to_authority[0]);
	close(to_edge[0]);
	close(to_supervisor[0]);
	close(ready[1]);
	edge_fd = to_edge[1];
	supervisor_fd = to_supervisor[1];
	ready_fd = ready[0];
	fake_authority_start(&authority, to_authority[1]);
	send_conf(conf[1]);
	return 0;
}

static int connect_browser(void)
{
	static const uint8_t exporter[32] = {1};
	const struct msg_connection from = {.peer = {(const uint8_t *)"198.51.100.9", 12},
					    .peer_port = 4711,
					    .tls_version = {(const uint8_t *)"TLSv1.3", 7},
					    .tls_exporter = {exporter, sizeof(exporter)}};
	struct buf bytes;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	buf_init(&bytes, 4096);
	codec_put(&bytes, &msg_connection_codec, &from);
	assert_int_equal(
		chan_send(edge_fd, MSG_CONNECTION, 0, bytes.data, bytes.len, &fds[0], 1, 60000),
		ERR_OK);
	buf_clear(&bytes);
	close(fds[0]);
	return fds[1];
}

static int ask(const char *text)
{
	int fd = connect_browser();
	size_t len = fixture_talk(fd, text, got, sizeof(got));

	close(fd);
	return len > 12 ? (int)strtol(got + 9, NULL, 10) : 0;
}

#define HOST   "Host: pam.example:8443\r\n"
#define COOKIE "Cookie: __Host-sekisho=" FAKE_COOKIE "\r\n"

static void it_gets_ready_confined(void **state)
{
	struct pollfd wait = {.fd = ready_fd, .events = POLLIN};
	char byte = 0;

	(void)state;
	assert_int_equal(poll(&wait, 1, 60000), 1);
	assert_int_equal(read(ready_fd, &byte, 1), 1);
}

static void it_says_which_part_is_missing(void **state)
{
	(void)state;
	assert_int_equal(ask("GET /api/v1/health HTTP/1.1\r\n" HOST "\r\n"), 200);
	assert_non_null(strstr(got, "\"status\":\"degraded\""));
	assert_non_null(strstr(got, "{\"name\":\"authority\",\"ok\":true}"));
	assert_non_null(strstr(got, "{\"name\":\"database\",\"ok\":false}"));
}

static void a_read_without_a_database_is_503(void **state)
{
	(void)state;
	assert_int_equal(ask("GET /api/v1/overview HTTP/1.1\r\n" HOST COOKIE "\r\n"), 503);
	assert_non_null(strstr(got, "\"code\":\"service.unavailable\""));
}

static void it_lives_through_connection_churn(void **state)
{
	static const struct {
		const char *text;
		int status;
	} requests[] = {
		{"GET / HTTP/1.1\r\n" HOST "Accept-Encoding: br\r\n\r\n", 200},
		{"GET /api/v1/nothing HTTP/1.1\r\n" HOST "\r\n", 404},
		{"GET /api/v1/me HTTP/1.1\r\n" HOST "\r\n", 401},
		{"POST /api/v1/sign-out HTTP/1.1\r\n" HOST COOKIE
		 "X-Sekisho: 1\r\nContent-Length: 0\r\n\r\n",
		 204},
		{"GET /api/v1/events HTTP/1.1\r\n" HOST COOKIE "\r\n", 0},
	};

	(void)state;
	for (int i = 0; i < 300; i++) {
		size_t k = (size_t)i % (sizeof(requests) / sizeof(requests[0]));
		if (requests[k].status == 0 && i > 20)
			continue; /* streams are noticed as closed at the next ping only */
		int status = requests[k].status == 0 ? 0 : ask(requests[k].text);
		if (requests[k].status == 0) {
			int fd = connect_browser();
			assert_true(send(fd, requests[k].text, strlen(requests[k].text), 0) > 0);
			close(fd);
		} else if (status != requests[k].status) {
			fail_msg("%s: %d\n%s", requests[k].text, status, got);
		}
	}
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
}

static void many_connections_stay_open_at_once(void **state)
{
	int fds[200];

	(void)state;
	for (int i = 0; i < 200; i++)
		fds[i] = connect_browser();
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 200; i += 1 + round * 7) {
			fixture_talk(fds[i], "GET / HTTP/1.1\r\n" HOST "\r\n", got, sizeof(got));
			assert_true(strncmp(got, "HTTP/1.1 200", 12) == 0 ||
				    strncmp(got, "HTTP/1.1 429", 12) == 0);
		}
	for (int i = 0; i < 200; i++)
		close(fds[i]);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
}

static void it_survives_edge_and_takes_a_new_channel(void **state)
{
	const struct msg_channel message = {.name = {(const uint8_t *)"edge", 4}};
	struct buf bytes;
	int fds[2];

	(void)state;
	close(edge_fd);
	assert_int_equal(chan_pair(fds), ERR_OK);
	buf_init(&bytes, 256);
	codec_put(&bytes, &msg_channel_codec, &message);
	assert_int_equal(
		chan_send(supervisor_fd, MSG_CHANNEL, 0, bytes.data, bytes.len, &fds[0], 1, 60000),
		ERR_OK);
	buf_clear(&bytes);
	close(fds[0]);
	edge_fd = fds[1];
	assert_int_equal(ask("GET /api/v1/nothing HTTP/1.1\r\n" HOST "\r\n"), 404);
}

static void it_ends_by_itself(void)
{
	int status = -1;

	for (int i = 0; i < 6000 && waitpid(pid, &status, WNOHANG) == 0; i++)
		usleep(10000);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void without_authority_it_ends_by_itself(void **state)
{
	(void)state;
	shutdown(authority.fd, SHUT_RDWR);
	fake_authority_join(&authority);
	it_ends_by_itself();
}

/* Found by failing each receive: edge lived, so nobody brought another channel. */
static void without_a_channel_to_edge_it_ends_by_itself(void **state)
{
	(void)state;
	close(edge_fd);
	it_ends_by_itself();
	fake_authority_join(&authority);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_gets_ready_confined),
		cmocka_unit_test(it_says_which_part_is_missing),
		cmocka_unit_test(a_read_without_a_database_is_503),
		cmocka_unit_test(it_lives_through_connection_churn),
		cmocka_unit_test(many_connections_stay_open_at_once),
		cmocka_unit_test(it_survives_edge_and_takes_a_new_channel),
		cmocka_unit_test(without_authority_it_ends_by_itself),
	};

	const struct CMUnitTest again[] = {
		cmocka_unit_test(it_gets_ready_confined),
		cmocka_unit_test(without_a_channel_to_edge_it_ends_by_itself),
	};

	return cmocka_run_group_tests(tests, start, NULL) +
	       cmocka_run_group_tests(again, start, NULL);
}
