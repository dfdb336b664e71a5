/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * HTTPS load from many source addresses, because the server limits each of them.
 *   load kept|new|handshake PORT CA SECONDS CONNECTIONS FILE
 * FILE: one whole request, sent again and again. kept: over one connection each; new: over a
 * connection for each request; handshake: connections without a request, closed by us first.
 * All of them TLS 1.3 with the same suite and group. Prints: rate-per-second p50-ms p99-ms failed
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/ssl.h>

enum { REQUEST_MAX = 16384, ANSWER_MAX = 65536, SAMPLES = 65536, THREADS = 256, PER_ADDRESS = 300 };

static char request[REQUEST_MAX];
static size_t request_len;
static SSL_CTX *tls;
static uint16_t port;
static bool kept, bare;
static atomic_bool over;
static atomic_uint addresses;

struct client {
	pthread_t thread;
	SSL *ssl;
	uint32_t address;
	unsigned used;
	uint32_t samples[SAMPLES]; /* microseconds */
	size_t done, bad;
};

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* 127.1.0.1 and on. */
static void next_address(struct client *client)
{
	unsigned n = atomic_fetch_add(&addresses, 1);

	client->address = 0x7f010001u + ((n / 250) << 8) + n % 250;
	client->used = 0;
}

static bool dial(struct client *client)
{
	struct sockaddr_in from = {.sin_family = AF_INET},
			   to = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	from.sin_addr.s_addr = htonl(client->address);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&from, sizeof(from)) != 0 ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		return false;
	client->ssl = SSL_new(tls);
	SSL_set_fd(client->ssl, fd);
	SSL_set_tlsext_host_name(client->ssl, "localhost");
	return SSL_connect(client->ssl) == 1;
}

static void hang_up(struct client *client)
{
	if (!client->ssl)
		return;
	int fd = SSL_get_fd(client->ssl);

	SSL_set_quiet_shutdown(client->ssl, 1);
	SSL_shutdown(client->ssl);
	SSL_free(client->ssl);
	client->ssl = NULL;
	close(fd);
}

/* Says good-bye and waits for the other end's: then it has finished with the handshake too. */
static bool part(SSL *ssl)
{
	char data[64];

	(void)SSL_shutdown(ssl);
	while (SSL_read(ssl, data, sizeof(data)) > 0)
		;
	return true;
}

/* Reads one answer with Content-Length; its status, 0 when the connection ended. */
static int answer(SSL *ssl)
{
	char data[ANSWER_MAX + 1];
	size_t have = 0;

	for (;;) {
		int n = SSL_read(ssl, data + have, (int)(ANSWER_MAX - have));
		if (n <= 0)
			return 0;
		have += (size_t)n;
		data[have] = '\0';
		char *gap = strstr(data, "\r\n\r\n"), *length = strcasestr(data, "content-length:");
		if (gap && length && length < gap &&
		    have >= (size_t)(gap + 4 - data) + strtoul(length + 15, NULL, 10))
			return (int)strtol(data + 9, NULL, 10);
	}
}

static void ask(struct client *client)
{
	int64_t start = now_us();
	int status = 0;

	if (client->used++ == PER_ADDRESS) {
		hang_up(client);
		next_address(client);
	}
	if (bare)
		status = dial(client) && part(client->ssl) ? 200 : 0;
	else if ((client->ssl || dial(client)) &&
		 SSL_write(client->ssl, request, (int)request_len) == (int)request_len)
		status = answer(client->ssl);
	if (!kept || status == 0)
		hang_up(client);
	client->samples[client->done++ % SAMPLES] = (uint32_t)(now_us() - start);
	client->bad += status < 200 || status > 299;
}

static void *work(void *arg)
{
	struct client *client = arg;

	next_address(client);
	while (!atomic_load(&over))
		ask(client);
	hang_up(client);
	return NULL;
}

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void report(const struct client *clients, int count, double seconds)
{
	size_t done = 0, bad = 0, kept_samples = 0;
	uint32_t *all = malloc(sizeof(*all) * SAMPLES * (size_t)count);

	for (int i = 0; i < count; i++) {
		size_t n = clients[i].done < SAMPLES ? clients[i].done : SAMPLES;
		memcpy(all + kept_samples, clients[i].samples, n * sizeof(*all));
		kept_samples += n;
		done += clients[i].done;
		bad += clients[i].bad;
	}
	qsort(all, kept_samples, sizeof(*all), by_size);
	if (kept_samples)
		printf("%.1f %.3f %.3f %zu\n", (double)done / seconds, all[kept_samples / 2] / 1e3,
		       all[kept_samples * 99 / 100] / 1e3, bad);
	free(all);
}

int main(int argc, char **argv)
{
	static struct client clients[THREADS];

	if (argc != 7)
		return 2;
	kept = strcmp(argv[1], "kept") == 0;
	bare = strcmp(argv[1], "handshake") == 0;
	port = (uint16_t)strtoul(argv[2], NULL, 10);
	int count = (int)strtol(argv[5], NULL, 10);
	FILE *file = fopen(argv[6], "rb");

	request_len = file ? fread(request, 1, sizeof(request), file) : 0;
	tls = SSL_CTX_new(TLS_client_method());
	if (!request_len || count < 1 || count > THREADS ||
	    SSL_CTX_load_verify_locations(tls, argv[3], NULL) != 1 ||
	    SSL_CTX_set_min_proto_version(tls, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set_ciphersuites(tls, "TLS_AES_256_GCM_SHA384") != 1 ||
	    SSL_CTX_set1_groups_list(tls, "X25519") != 1)
		return 2;
	fclose(file);
	SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
	int64_t start = now_us();
	for (int i = 0; i < count; i++)
		pthread_create(&clients[i].thread, NULL, work, &clients[i]);
	double seconds = strtod(argv[4], NULL);
	nanosleep(&(struct timespec){(time_t)seconds,
				     (long)((seconds - (double)(time_t)seconds) * 1e9)},
		  NULL);
	atomic_store(&over, true);
	for (int i = 0; i < count; i++)
		pthread_join(clients[i].thread, NULL);
	report(clients, count, (double)(now_us() - start) / 1e6);
	return 0;
}
