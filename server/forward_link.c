/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/forward_link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/sys.h"

enum { CONNECT_MS = 10000, SEND_MS = 30000, CONFIRM_MS = 10000 };

static const char *tls_reason(void)
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = code != 0 ? ERR_reason_error_string(code) : NULL;
	return reason != NULL ? reason : "the connection ended";
}

/* host:port, or [address]:port; conf_file.c has looked at it already. */
static bool split(const char *server, struct forward_link *link)
{
	const char *colon = strrchr(server, ':');
	if (colon == NULL)
		return false;
	size_t len = (size_t)(colon - server);
	if (len >= 2 && server[0] == '[' && colon[-1] == ']') {
		server++;
		len -= 2;
	}
	if (len == 0 || len >= sizeof(link->host) || strlen(colon + 1) >= sizeof(link->port))
		return false;
	memcpy(link->host, server, len);
	(void)snprintf(link->port, sizeof(link->port), "%s", colon + 1);
	return true;
}

static EVP_PKEY *read_key(const struct secret *key)
{
	BIO *pem = key != NULL ? BIO_new_mem_buf(secret_bytes(key), (int)secret_len(key)) : NULL;
	char none[] = ""; /* a key under a passphrase is no key: nobody is there to ask */
	EVP_PKEY *out = pem != NULL ? PEM_read_bio_PrivateKey(pem, NULL, NULL, none) : NULL;
	BIO_free(pem);
	return out;
}

static enum err load_own(struct ctx *ctx, SSL_CTX *tls, const struct conf *conf,
			 const struct secret *key)
{
	if (conf->syslog_certificate_file[0] == '\0')
		return ERR_OK;
	if (SSL_CTX_use_certificate_chain_file(tls, conf->syslog_certificate_file) != 1)
		return err_set(ctx, ERR_INPUT, "%s: %s", conf->syslog_certificate_file,
			       tls_reason());
	EVP_PKEY *own = read_key(key);
	bool fits = own != NULL && SSL_CTX_use_PrivateKey(tls, own) == 1;
	EVP_PKEY_free(own);
	return fits ? ERR_OK
		    : err_set(ctx, ERR_INPUT, "%s: it is not the certificate's key",
			      conf->syslog_key_file);
}

enum err forward_link_init(struct ctx *ctx, struct forward_link *link, const struct conf *conf,
			   const struct secret *key)
{
	*link = (struct forward_link){.tls = SSL_CTX_new(TLS_client_method()), .fd = -1};
	if (link->tls == NULL || SSL_CTX_set_min_proto_version(link->tls, TLS1_2_VERSION) != 1)
		return err_set(ctx, ERR_MEMORY, "TLS cannot be set up");
	if (!split(conf->syslog_server, link))
		return err_set(ctx, ERR_INPUT, "syslog_server must read host:port");
	SSL_CTX_set_verify(link->tls, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_session_cache_mode(link->tls, SSL_SESS_CACHE_OFF);
	/* An end without close_notify is judged by forward_link_confirm. */
	SSL_CTX_set_options(link->tls, SSL_OP_IGNORE_UNEXPECTED_EOF);
	if (SSL_CTX_load_verify_file(link->tls, conf->syslog_ca_file) != 1)
		return err_set(ctx, ERR_INPUT, "%s: %s", conf->syslog_ca_file, tls_reason());
	return load_own(ctx, link->tls, conf, key);
}

void forward_link_drop(struct forward_link *link)
{
	SSL_free(link->ssl);
	link->ssl = NULL;
	fd_close_p(&link->fd);
}

void forward_link_clear(struct forward_link *link)
{
	forward_link_drop(link);
	SSL_CTX_free(link->tls);
	link->tls = NULL;
}

static bool wait_for(int fd, short events, int64_t deadline_us)
{
	struct pollfd wait = {.fd = fd, .events = events};
	int64_t left = deadline_us - sys_mono_us();
	while (left > 0) {
		int got = poll(&wait, 1, (int)(left / 1000) + 1);
		if (got != 0 && !(got < 0 && errno == EINTR))
			return got > 0;
		left = deadline_us - sys_mono_us();
	}
	return false;
}

/* After a call on the connection that did not go through: whether to make it again. */
static bool again(const struct forward_link *link, int result, int64_t deadline_us)
{
	switch (SSL_get_error(link->ssl, result)) {
	case SSL_ERROR_WANT_READ: return wait_for(link->fd, POLLIN, deadline_us);
	case SSL_ERROR_WANT_WRITE: return wait_for(link->fd, POLLOUT, deadline_us);
	default: return false;
	}
}

static int connect_one(const struct addrinfo *address)
{
	int64_t deadline = sys_mono_us() + (int64_t)CONNECT_MS * 1000;
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error = 0;
	socklen_t len = sizeof(error);
	if (fd < 0)
		return -1;
	if ((connect(fd, address->ai_addr, address->ai_addrlen) == 0 || errno == EINPROGRESS) &&
	    wait_for(fd, POLLOUT, deadline) &&
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == 0)
		return fd;
	close(fd);
	if (error != 0)
		errno = error;
	return -1;
}

static enum err reach(struct ctx *ctx, struct forward_link *link)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
	struct addrinfo *found = NULL;
	int code = getaddrinfo(link->host, link->port, &hints, &found);
	if (code != 0)
		return err_set(ctx, ERR_UNAVAILABLE, "%s: %s", link->host, gai_strerror(code));
	errno = ETIMEDOUT;
	for (const struct addrinfo *one = found; one != NULL && link->fd < 0; one = one->ai_next)
		link->fd = connect_one(one);
	int error = errno;
	freeaddrinfo(found);
	if (link->fd < 0)
		return err_set(ctx, ERR_UNAVAILABLE, "%s port %s: %s", link->host, link->port,
			       strerror(error));
	return ERR_OK;
}

/* The certificate must name the host as it is configured: an address as an address. */
static bool expect_name(const struct forward_link *link)
{
	uint8_t address[sizeof(struct in6_addr)];
	if (inet_pton(AF_INET, link->host, address) == 1 ||
	    inet_pton(AF_INET6, link->host, address) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(link->ssl), link->host) == 1;
	SSL_set_hostflags(link->ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set1_host(link->ssl, link->host) == 1 &&
	       SSL_set_tlsext_host_name(link->ssl, link->host) == 1;
}

static enum err shake_hands(struct ctx *ctx, struct forward_link *link)
{
	int64_t deadline = sys_mono_us() + (int64_t)CONNECT_MS * 1000;
	int result;
	ERR_clear_error();
	while ((result = SSL_connect(link->ssl)) != 1 && again(link, result, deadline))
		ERR_clear_error();
	if (result == 1)
		return ERR_OK;
	long verdict = SSL_get_verify_result(link->ssl);
	if (verdict != X509_V_OK)
		return err_set(ctx, ERR_DENIED, "%s port %s: the certificate is refused: %s",
			       link->host, link->port, X509_verify_cert_error_string(verdict));
	return err_set(ctx, ERR_UNAVAILABLE, "%s port %s: TLS: %s", link->host, link->port,
		       tls_reason());
}

enum err forward_link_open(struct ctx *ctx, struct forward_link *link)
{
	enum err err = reach(ctx, link);
	if (err == ERR_OK) {
		link->ssl = SSL_new(link->tls);
		if (link->ssl == NULL || SSL_set_fd(link->ssl, link->fd) != 1 || !expect_name(link))
			err = err_set(ctx, ERR_MEMORY, "TLS cannot be set up");
	}
	if (err == ERR_OK)
		err = shake_hands(ctx, link);
	if (err != ERR_OK)
		forward_link_drop(link);
	return err;
}

enum err forward_link_send(struct ctx *ctx, struct forward_link *link, const void *data, size_t len)
{
	int64_t deadline = sys_mono_us() + (int64_t)SEND_MS * 1000;
	size_t written = 0;
	int result;
	ERR_clear_error();
	while ((result = SSL_write_ex(link->ssl, data, len, &written)) != 1 &&
	       again(link, result, deadline))
		ERR_clear_error();
	if (result == 1)
		return ERR_OK;
	return err_set(ctx, ERR_UNAVAILABLE, "%s port %s: sending: %s", link->host, link->port,
		       tls_reason());
}

/* Reads and forgets (a receiver has nothing to say) to the end of the TLS stream. */
static bool read_to_end(const struct forward_link *link, int64_t deadline)
{
	char nothing[256];
	int result;
	do {
		ERR_clear_error();
		result = SSL_read(link->ssl, nothing, sizeof(nothing));
	} while (result > 0 || again(link, result, deadline));
	return SSL_get_error(link->ssl, result) == SSL_ERROR_ZERO_RETURN;
}

/* The end of the TCP stream: an end, not a reset, and nothing of ours on its way. */
static bool all_was_read(const struct forward_link *link, int64_t deadline)
{
	char nothing[256];
	ssize_t got;
	int on_its_way = -1;
	while ((got = recv(link->fd, nothing, sizeof(nothing), 0)) != 0)
		if (got < 0 && (errno != EAGAIN || !wait_for(link->fd, POLLIN, deadline)))
			return false;
	return ioctl(link->fd, SIOCOUTQ, &on_its_way) == 0 && on_its_way == 0;
}

enum err forward_link_confirm(struct ctx *ctx, struct forward_link *link)
{
	int64_t deadline = sys_mono_us() + (int64_t)CONFIRM_MS * 1000;
	int result;
	ERR_clear_error();
	while ((result = SSL_shutdown(link->ssl)) < 0 && again(link, result, deadline))
		ERR_clear_error();
	bool confirmed = result >= 0 && shutdown(link->fd, SHUT_WR) == 0 &&
			 read_to_end(link, deadline) && all_was_read(link, deadline);
	forward_link_drop(link);
	if (confirmed)
		return ERR_OK;
	return err_set(ctx, ERR_UNAVAILABLE,
		       "%s port %s: the receiver went away before it had read everything",
		       link->host, link->port);
}

bool forward_link_wait(struct forward_link *link, int timeout_ms)
{
	struct pollfd wait = {.fd = link->fd, .events = POLLIN};
	char nothing[256];
	if (poll(&wait, link->ssl != NULL ? 1 : 0, timeout_ms) <= 0 || link->ssl == NULL)
		return true;
	ERR_clear_error();
	int result = SSL_read(link->ssl, nothing, sizeof(nothing));
	return result > 0 || SSL_get_error(link->ssl, result) == SSL_ERROR_WANT_READ;
}
