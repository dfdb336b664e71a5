/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 *   storm key FOLDER
 *   storm enrol SERVER CA.pem FOLDER PART PARTS    tokens on standard input
 *   storm run SERVER CA.pem FOLDER COUNT
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <openssl/pem.h>

#include "storm.h"

enum { SOURCES = 40, SOURCE_NET = 0x7f010000 }; /* 127.1.x.y, as many gateways behind each */

int storm_socket(unsigned n)
{
	struct sockaddr_in from = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	from.sin_addr.s_addr = htonl(SOURCE_NET + 1 + n / SOURCES);
	/* The port is chosen when it connects: thousands share the range. */
	(void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	if (fd >= 0 && bind(fd, (struct sockaddr *)&from, sizeof(from)) != 0)
		perror("bind");
	return fd;
}

int storm_connect(int fd, const struct state *server)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(server->port)};

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 || errno == EINPROGRESS ? 0
											    : -1;
}

static void *read_pem(const char *path, void *(*read)(FILE *file))
{
	FILE *file = fopen(path, "r");
	void *found = file ? read(file) : NULL;

	if (file)
		(void)fclose(file);
	return found;
}

static void *certificate_of(FILE *file)
{
	return PEM_read_X509(file, NULL, NULL, NULL);
}

static void *key_of(FILE *file)
{
	return PEM_read_PrivateKey(file, NULL, NULL, NULL);
}

static int make_key(const char *path)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	FILE *file = fopen(path, "w");
	bool ok = file && key && PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1;

	EVP_PKEY_free(key);
	return file && fclose(file) == 0 && ok ? 0 : 1;
}

static unsigned number(const char *text)
{
	return (unsigned)strtoul(text, NULL, 10);
}

static int with_server(int argc, char **argv)
{
	const char *server_name = argv[2], *ca = argv[3], *folder = argv[4];
	struct rlimit limit;
	struct state server = {0};
	char path[STATE_PATH_MAX];
	struct ctx ctx;

	ctx_init(&ctx, NULL);
	(void)snprintf(path, sizeof(path), "%s/key.pem", folder);
	server.ca = read_pem(ca, certificate_of);
	server.key = read_pem(path, key_of);
	if (!server.ca || !server.key || state_server(&ctx, server_name, &server))
		return 1;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
	(void)signal(SIGPIPE, SIG_IGN);
	if (argc == 7)
		return storm_enrol(&server, folder, number(argv[5]), number(argv[6]));
	return storm_run(&server, folder, number(argv[5]));
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "key") == 0) {
		char path[STATE_PATH_MAX];

		(void)snprintf(path, sizeof(path), "%s/key.pem", argv[2]);
		return make_key(path);
	}
	if ((argc == 7 && strcmp(argv[1], "enrol") == 0) ||
	    (argc == 6 && strcmp(argv[1], "run") == 0))
		return with_server(argc, argv);
	(void)fprintf(stderr,
		      "storm key FOLDER | enrol SERVER CA FOLDER PART PARTS | run SERVER CA "
		      "FOLDER COUNT\n");
	return 2;
}
