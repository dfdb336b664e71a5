/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateways/agent/proxy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/sys.h"
#include "base/text.h"
#include "gateways/agent/state.h"

enum { CONFIG_MAX = 4096, LOGIN_WAIT_MS = 5000 };

static enum err read_login(struct ctx *ctx, const char *path, struct secret **out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum err err;
	size_t len;

	if (fd < 0)
		return err_set(ctx, ERR_IO, "%s: %s", path, strerror(errno));
	err = secret_read_fd(fd, PROXY_LOGIN_MAX, LOGIN_WAIT_MS, out);
	close(fd);
	if (err)
		return err_set(ctx, err, "%s: the proxy's login cannot be read", path);
	for (len = secret_len(*out); len && secret_bytes(*out)[len - 1] <= ' '; len--)
		;
	secret_truncate(*out, len);
	if (memchr(secret_bytes(*out), ':', len))
		return ERR_OK;
	return err_set(ctx, ERR_INPUT, "%s: expected one line user:password", path);
}

enum err proxy_read(struct ctx *ctx, const char *text, const char *login_file, struct proxy *out)
{
	struct state where = {.dir = NULL};
	struct proxy proxy = {.login = NULL};
	enum err err = state_server(ctx, text, &where);

	if (err == ERR_OK && login_file)
		err = read_login(ctx, login_file, &proxy.login);
	if (err) {
		proxy_clear(&proxy);
		return err;
	}
	(void)snprintf(proxy.host, sizeof(proxy.host), "%s", where.host);
	proxy.port = where.port;
	*out = proxy;
	return ERR_OK;
}

/* Cuts the value of a line "name=…" out of text; NULL when there is none. */
static char *value_of(char *text, const char *name)
{
	size_t len = strlen(name);

	for (char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		if (strncmp(line, name, len) == 0 && line[len] == '=')
			return strndup(line + len + 1, strcspn(line + len + 1, "\n"));
	}
	return NULL;
}

enum err proxy_load(struct ctx *ctx, const char *dir, struct proxy *out)
{
	char path[STATE_PATH_MAX], *where, *login;
	uint8_t *data = NULL;
	size_t len = 0;
	struct buf text;
	enum err err;

	state_path(dir, "config", path);
	err = sys_read_file(path, CONFIG_MAX, &data, &len);
	if (err)
		return err_set(ctx, err, "%s: cannot be read", path);
	buf_init(&text, CONFIG_MAX + 1);
	buf_put(&text, data, len);
	free(data);
	where = value_of((char *)(uintptr_t)buf_text(&text), "proxy");
	login = value_of((char *)(uintptr_t)buf_text(&text), "proxy_login_file");
	if (where)
		err = proxy_read(ctx, where, login, out);
	free(where);
	free(login);
	buf_clear(&text);
	return err;
}

void proxy_clear(struct proxy *proxy)
{
	secret_free(proxy->login);
	*proxy = (struct proxy){.login = NULL};
}

void proxy_put(struct buf *out, const struct proxy *proxy, const char *host, uint16_t port)
{
	bool six = strchr(host, ':') != NULL;
	char login[BASE64_SIZE(PROXY_LOGIN_MAX)];

	for (int i = 0; i < 2; i++)
		buf_printf(out, "%s%s%s%s:%u%s", i ? "Host: " : "CONNECT ", six ? "[" : "", host,
			   six ? "]" : "", port, i ? "\r\n" : " HTTP/1.1\r\n");
	if (proxy->login) {
		base64_encode(secret_bytes(proxy->login), secret_len(proxy->login), login);
		buf_put_text(out, "Proxy-Authorization: Basic ");
		buf_put_text(out, login);
		buf_put_text(out, "\r\n");
		wipe(login, sizeof(login));
	}
	buf_put_text(out, "\r\n");
}

enum err proxy_judge(struct ctx *ctx, const char *head, size_t len)
{
	char status[4] = "";

	if (!memmem(head, len, "\r\n\r\n", 4))
		return len < PROXY_HEAD_MAX ? ERR_STALE
					    : err_set(ctx, ERR_SYNTAX, "the proxy talks too much");
	if (strncmp(head, "HTTP/1.", 7) != 0 || len < 13)
		return err_set(ctx, ERR_SYNTAX, "the proxy does not answer in HTTP");
	memcpy(status, head + 9, 3);
	if (status[0] == '2')
		return ERR_OK;
	if (strcmp(status, "407") == 0)
		return err_set(ctx, ERR_DENIED, "the proxy wants a login, or refused ours (407)");
	return err_set(ctx, ERR_UNAVAILABLE, "the proxy opens no connection to the server (%s)",
		       status);
}

static enum err send_head(struct ctx *ctx, const struct buf *request, int fd)
{
	for (size_t at = 0; at < request->len;) {
		ssize_t n = send(fd, request->data + at, request->len - at, MSG_NOSIGNAL);

		if (n <= 0)
			return err_set(ctx, ERR_IO, "the proxy closed the connection");
		at += (size_t)n;
	}
	return ERR_OK;
}

enum err proxy_open(struct ctx *ctx, const struct proxy *proxy, const char *host, uint16_t port,
		    int fd)
{
	scoped(buf_clear) struct buf request, answer;
	enum err err;

	buf_init_wiped(&request, PROXY_HEAD_MAX);
	buf_init(&answer, PROXY_HEAD_MAX + 1);
	proxy_put(&request, proxy, host, port);
	err = buf_failed(&request) ? err_set(ctx, ERR_MEMORY, "out of memory")
				   : send_head(ctx, &request, fd);
	/* Byte by byte: what follows the head belongs to TLS. */
	while (err == ERR_OK || err == ERR_STALE) {
		uint8_t byte;

		if (recv(fd, &byte, 1, 0) != 1)
			return err_set(ctx, ERR_IO, "the proxy closed the connection");
		buf_put_u8(&answer, byte);
		err = proxy_judge(ctx, buf_text(&answer), answer.len);
		if (err == ERR_OK)
			break;
	}
	return err;
}
