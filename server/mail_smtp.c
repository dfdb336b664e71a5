/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/mail_smtp.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netdb.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"

enum { CONNECT_MS = 10000, WHOLE_MS = 60000, POLL_MS = 500, ADDRESSES_MAX = 8 };

enum err mail_smtp_init(struct ctx *ctx, struct mail_smtp *smtp)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_set(ctx, ERR_MEMORY, "libcurl cannot be set up");
	smtp->multi = curl_multi_init();
	smtp->easy = curl_easy_init();
	return smtp->multi != NULL && smtp->easy != NULL
		       ? ERR_OK
		       : err_set(ctx, ERR_MEMORY, "libcurl cannot be set up");
}

void mail_smtp_clear(struct mail_smtp *smtp)
{
	curl_easy_cleanup(smtp->easy);
	(void)curl_multi_cleanup(smtp->multi);
	smtp->easy = smtp->multi = NULL;
}

/* What the server said last, for people: one line of what can be printed. */
static size_t keep_answer(char *line, size_t size, size_t count, void *arg)
{
	struct mail_smtp *smtp = arg;
	size_t len = size * count, at = 0;

	/* Questions of AUTH, and the goodbye behind what matters. */
	if (len >= 3 && (memcmp(line, "334", 3) == 0 || memcmp(line, "221", 3) == 0))
		return len;
	for (size_t i = 0; i < len && at < sizeof(smtp->answer) - 1; i++)
		if (line[i] >= ' ' && line[i] <= '~')
			smtp->answer[at++] = line[i];
	smtp->answer[at] = '\0';
	return len;
}

struct source {
	const struct buf *message;
	size_t at;
};

static size_t read_message(char *out, size_t size, size_t count, void *arg)
{
	struct source *source = arg;
	size_t left = source->message->len - source->at, room = size * count;
	size_t len = left < room ? left : room;

	if (len > 0)
		memcpy(out, source->message->data + source->at, len);
	source->at += len;
	return len;
}

static int give_up(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct mail_smtp *smtp = arg;

	(void)a, (void)b, (void)c, (void)d;
	return *smtp->stopping != 0;
}

static bool is_address(const char *host)
{
	uint8_t address[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

/* "host:port:address,address", as CURLOPT_RESOLVE wants it. */
static enum err look_up(struct ctx *ctx, const struct mail_server *server, const char **out)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
	struct addrinfo *found = NULL;
	const char *line = arena_printf(ctx->arena, "%s:%d:", server->host, (int)server->port);
	const char *separator = "";
	int count = 0, code = getaddrinfo(server->host, NULL, &hints, &found);

	if (code != 0)
		return err_set(ctx, ERR_UNAVAILABLE, "%s: %s", server->host, gai_strerror(code));
	for (const struct addrinfo *one = found; one && count < ADDRESSES_MAX; one = one->ai_next) {
		char text[NI_MAXHOST];
		if (getnameinfo(one->ai_addr, one->ai_addrlen, text, sizeof(text), NULL, 0,
				NI_NUMERICHOST) != 0)
			continue;
		line = arena_printf(ctx->arena, "%s%s%s%s%s", line, separator,
				    one->ai_family == AF_INET6 ? "[" : "", text,
				    one->ai_family == AF_INET6 ? "]" : "");
		separator = ",";
		count++;
	}
	freeaddrinfo(found);
	*out = line;
	return count > 0 ? ERR_OK
			 : err_set(ctx, ERR_UNAVAILABLE, "%s has no address", server->host);
}

static bool is_loopback(const char *host)
{
	return strcmp(host, "127.0.0.1") == 0 || strcmp(host, "::1") == 0;
}

static CURLcode set_security(CURL *easy, const struct mail_server *server)
{
	bool plain = strcmp(server->security, "loopback") == 0;
	CURLcode code = curl_easy_setopt(easy, CURLOPT_USE_SSL,
					 (long)(plain ? CURLUSESSL_NONE : CURLUSESSL_ALL));
	struct curl_blob ca = {0};

	if (code == CURLE_OK)
		code = curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (code == CURLE_OK)
		code = curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	if (code == CURLE_OK)
		code = curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	if (code != CURLE_OK || server->ca == NULL)
		return code;
	ca.data = (void *)(uintptr_t)server->ca;
	ca.len = strlen(server->ca);
	ca.flags = CURL_BLOB_COPY;
	/* That and nothing else: also not what the machine trusts. */
	code = curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	return code == CURLE_OK ? curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &ca) : code;
}

/* libcurl keeps a copy of its own until the handle is reset; the process is not dumpable. */
static CURLcode set_login(CURL *easy, const struct mail_server *server,
			  const struct secret *password)
{
	char text[1025];

	if (server->login[0] == '\0' || password == NULL)
		return CURLE_OK;
	if (secret_len(password) >= sizeof(text))
		return CURLE_BAD_FUNCTION_ARGUMENT;
	memcpy(text, secret_bytes(password), secret_len(password));
	text[secret_len(password)] = '\0';
	CURLcode code = curl_easy_setopt(easy, CURLOPT_USERNAME, server->login);
	if (code == CURLE_OK)
		code = curl_easy_setopt(easy, CURLOPT_PASSWORD, text);
	wipe(text, sizeof(text));
	return code == CURLE_OK
		       ? curl_easy_setopt(easy, CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN")
		       : code;
}

#define SET(option, value)    \
	if (code == CURLE_OK) \
	code = curl_easy_setopt(easy, (option), (value))

static CURLcode set_transfer(struct mail_smtp *smtp, char *error, struct source *source, bool last)
{
	CURL *easy = smtp->easy;
	CURLcode code = curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);

	SET(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	SET(CURLOPT_TIMEOUT_MS, (long)WHOLE_MS);
	SET(CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)WHOLE_MS / 1000);
	SET(CURLOPT_ERRORBUFFER, error);
	SET(CURLOPT_HEADERFUNCTION, keep_answer);
	SET(CURLOPT_HEADERDATA, smtp);
	SET(CURLOPT_NOPROGRESS, 0L);
	SET(CURLOPT_XFERINFOFUNCTION, give_up);
	SET(CURLOPT_XFERINFODATA, smtp);
	SET(CURLOPT_UPLOAD, 1L);
	SET(CURLOPT_READFUNCTION, read_message);
	SET(CURLOPT_READDATA, source);
	SET(CURLOPT_FORBID_REUSE, (long)last);
	return code;
}

static CURLcode set_envelope(CURL *easy, const struct mail_server *server, const char *url,
			     const struct curl_slist *to, const struct curl_slist *resolve)
{
	CURLcode code = curl_easy_setopt(easy, CURLOPT_URL, url);

	SET(CURLOPT_MAIL_FROM, server->sender);
	SET(CURLOPT_MAIL_RCPT, to);
	SET(CURLOPT_RESOLVE, resolve);
	return code;
}

/* Driven by hand: a wait of libcurl's own would need calls that the role does not have. */
static CURLcode run(struct mail_smtp *smtp)
{
	CURLcode code = CURLE_FAILED_INIT;
	int running = 1, queued = 0;

	if (curl_multi_add_handle(smtp->multi, smtp->easy) != CURLM_OK)
		return CURLE_FAILED_INIT;
	while (running > 0) {
		if (curl_multi_perform(smtp->multi, &running) != CURLM_OK)
			break;
		if (running > 0 && curl_multi_poll(smtp->multi, NULL, 0, POLL_MS, NULL) != CURLM_OK)
			break;
	}
	const CURLMsg *done = curl_multi_info_read(smtp->multi, &queued);
	if (running == 0 && done != NULL)
		code = done->data.result;
	(void)curl_multi_remove_handle(smtp->multi, smtp->easy);
	return code;
}

/* What a failure means for the message and for those behind it. */
static enum err judge(struct ctx *ctx, const struct mail_smtp *smtp,
		      const struct mail_server *server, CURLcode code, const char *error)
{
	long answered = 0;

	(void)curl_easy_getinfo((CURL *)smtp->easy, CURLINFO_RESPONSE_CODE, &answered);
	if (code == CURLE_OK)
		return ERR_OK;
	if (code == CURLE_LOGIN_DENIED)
		return err_set(ctx, ERR_DENIED, "%s refuses the login: %s", server->host,
			       smtp->answer);
	if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE)
		return err_set(ctx, ERR_DENIED, "the certificate of %s is refused: %s",
			       server->host, error);
	if (code == CURLE_USE_SSL_FAILED)
		return err_set(ctx, ERR_DENIED, "%s offers no STARTTLS: nothing was sent",
			       server->host);
	if (answered >= 400 && answered < 600 &&
	    (code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR ||
	     code == CURLE_WEIRD_SERVER_REPLY))
		return err_set(ctx, ERR_INPUT, "%s does not take it: %s", server->host,
			       smtp->answer);
	return err_set(ctx, ERR_UNAVAILABLE, "%s: %s", server->host,
		       error[0] != '\0' ? error : curl_easy_strerror(code));
}

static enum err prepare(struct ctx *ctx, const struct mail_server *server, const char *ehlo,
			const char **out_url, const char **out_resolve)
{
	bool literal = is_address(server->host);
	bool brackets = literal && strchr(server->host, ':') != NULL;

	if (strcmp(server->security, "loopback") == 0 && !is_loopback(server->host))
		return err_set(ctx, ERR_DENIED, "without TLS mail goes to this machine only");
	*out_resolve = NULL;
	*out_url = arena_printf(ctx->arena, "%s://%s%s%s:%d/%s",
				strcmp(server->security, "tls") == 0 ? "smtps" : "smtp",
				brackets ? "[" : "", server->host, brackets ? "]" : "",
				(int)server->port, ehlo);
	return literal ? ERR_OK : look_up(ctx, server, out_resolve);
}

enum err mail_smtp_send(struct ctx *ctx, struct mail_smtp *smtp, const struct mail_server *server,
			const struct secret *password, const struct mail_envelope *envelope)
{
	char error[CURL_ERROR_SIZE] = "";
	const char *url = NULL, *line = NULL;
	struct source source = {envelope->message, 0};
	enum err err = prepare(ctx, server, envelope->ehlo, &url, &line);

	if (err != ERR_OK)
		return err;
	smtp->answer[0] = '\0';
	struct curl_slist *to = curl_slist_append(NULL, envelope->recipient);
	struct curl_slist *resolve = line ? curl_slist_append(NULL, line) : NULL;
	CURLcode code = to == NULL ? CURLE_OUT_OF_MEMORY
				   : set_transfer(smtp, error, &source, envelope->last);
	if (code == CURLE_OK)
		code = set_security(smtp->easy, server);
	if (code == CURLE_OK)
		code = set_login(smtp->easy, server, password);
	if (code == CURLE_OK)
		code = set_envelope(smtp->easy, server, url, to, resolve);
	if (code == CURLE_OK)
		code = run(smtp);
	err = judge(ctx, smtp, server, code, error);
	curl_easy_reset(smtp->easy); /* forgets the login */
	curl_slist_free_all(to);
	curl_slist_free_all(resolve);
	return err;
}
