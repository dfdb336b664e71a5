/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/web.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/web_inner.h"

enum { PEERS_SIZE = 65536 };

static void on_notify(void *arg, const struct msg_notify *message)
{
	struct web *web = arg;

	web_sse_notify(web->sse, message);
}

static void on_lost(void *arg)
{
	struct web *web = arg;

	if (web->params.authority_lost != NULL)
		web->params.authority_lost(web->params.arg);
}

/* "https://host[:port]" → lower-case host. */
static void split_url(struct web *web)
{
	const char *url = web->params.conf->public_url;
	const char *host = strstr(url, "://");

	host = host != NULL ? host + 3 : url;
	size_t len = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/");
	snprintf(web->origin, sizeof(web->origin), "%s", url);
	snprintf(web->host, sizeof(web->host), "%.*s", (int)len, host);
	for (char *c = web->host; *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
}

struct web *web_new(const struct web_params *params)
{
	struct web *web = calloc(1, sizeof(*web));

	if (web == NULL)
		return NULL;
	web->params = *params;
	split_url(web);
	for (const char *const *at = params->conf->trusted_proxies; at && *at; at++)
		(void)range_add(&web->proxies, *at); /* conf_load has seen that each is one */
	pthread_mutex_init(&web->peers_lock, NULL);
	web->peers_size = PEERS_SIZE;
	web->peers = calloc(PEERS_SIZE, sizeof(struct web_peer *));
	web->link = web_link_new(params->loop, on_notify, on_lost, web);
	web->pool = web_pool_new(params->db);
	web->rate = web_rate_new();
	web->sse = web_sse_new(web);
	if (web->peers != NULL && web->link != NULL && web->pool != NULL && web->rate != NULL &&
	    web->sse != NULL)
		return web;
	web_free(web);
	return NULL;
}

enum err web_start(struct web *web)
{
	enum err err = web_pool_start(web->pool);

	if (err == ERR_OK)
		err = web_sse_start(web->sse);
	return err == ERR_OK ? web_http_start(web) : err;
}

enum err web_set_authority(struct web *web, int fd)
{
	return web_link_open(web->link, fd);
}

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* The browser's address as edge saw it; a text that is none becomes 0.0.0.0. */
static socklen_t make_address(const char *text, uint32_t port, union address *out)
{
	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET6, text, &out->v6.sin6_addr) == 1) {
		out->v6.sin6_family = AF_INET6;
		out->v6.sin6_port = htons((uint16_t)port);
		return sizeof(out->v6);
	}
	out->v4.sin_family = AF_INET;
	out->v4.sin_port = htons((uint16_t)port);
	if (inet_pton(AF_INET, text, &out->v4.sin_addr) != 1)
		out->v4.sin_addr.s_addr = 0;
	return sizeof(out->v4);
}

static struct web_peer *peer_new(const struct msg_connection *from)
{
	struct web_peer *peer = calloc(1, sizeof(*peer));

	if (peer == NULL || from->peer.len > MSG_PEER ||
	    from->tls_exporter.len > sizeof(peer->exporter)) {
		free(peer);
		return NULL;
	}
	if (from->peer.len > 0)
		memcpy(peer->text, from->peer.data, from->peer.len);
	if (from->tls_exporter.len > 0)
		memcpy(peer->exporter, from->tls_exporter.data, from->tls_exporter.len);
	peer->exporter_len = from->tls_exporter.len;
	return peer;
}

static struct web_peer *swap_peer(struct web *web, int fd, struct web_peer *peer)
{
	pthread_mutex_lock(&web->peers_lock);
	struct web_peer *before = web->peers[fd];
	web->peers[fd] = peer;
	pthread_mutex_unlock(&web->peers_lock);
	return before;
}

enum err web_add_connection(struct web *web, int fd, const struct msg_connection *from)
{
	struct web_peer *peer = peer_new(from);
	union address address;

	if (peer == NULL || fd < 0 || (size_t)fd >= web->peers_size) {
		free(peer);
		if (fd >= 0)
			close(fd);
		return ERR_INPUT;
	}
	socklen_t len = make_address(peer->text, from->peer_port, &address);
	free(swap_peer(web, fd, peer));
	if (MHD_add_connection(web->daemon, fd, &address.any, len) == MHD_YES)
		return ERR_OK;
	free(swap_peer(web, fd, NULL)); /* the daemon closed the socket */
	return ERR_LIMIT;
}

/* Handlers finish first, after those who wait for authority, then the streams, then the daemon:
 * each needs the next. */
void web_free(struct web *web)
{
	if (web == NULL)
		return;
	if (web->link != NULL)
		web_link_close(web->link);
	if (web->pool != NULL)
		web_pool_stop(web->pool);
	if (web->sse != NULL)
		web_sse_stop(web->sse);
	web_http_stop(web);
	web_pool_free(web->pool);
	web_sse_free(web->sse);
	web_link_free(web->link);
	web_rate_free(web->rate);
	for (size_t i = 0; web->peers != NULL && i < web->peers_size; i++)
		free(web->peers[i]);
	free(web->peers);
	pthread_mutex_destroy(&web->peers_lock);
	free(web);
}
