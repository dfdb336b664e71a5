/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/oidc/fetch.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auth/oidc/address.h"
#include "base/sys.h"

enum { REQUEST_MS = 5000, CONNECT_MS = 3000 };

struct call {
	const struct oidc_client *client;
	struct buf *out;
	bool refused_address;
};

/* One part of an address, empty when it is not there. */
static bool has_part(CURLU *url, CURLUPart part)
{
	char *text = NULL;
	bool has = curl_url_get(url, part, &text, 0) == CURLUE_OK && text && text[0];

	curl_free(text);
	return has;
}

static bool is_https(CURLU *url)
{
	char *scheme = NULL;
	bool is = curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
		  strcmp(scheme, "https") == 0;

	curl_free(scheme);
	return is;
}

bool oidc_url_valid(const char *text, bool plain)
{
	CURLU *url = curl_url();
	bool valid =
		url && strlen(text) <= OIDC_URL_MAX &&
		strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
			     ":/?#[]@!$&'()*+,;=%") == strlen(text) &&
		curl_url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER) == CURLUE_OK &&
		is_https(url) && has_part(url, CURLUPART_HOST) && !has_part(url, CURLUPART_USER) &&
		!has_part(url, CURLUPART_FRAGMENT) && (!plain || !has_part(url, CURLUPART_QUERY));

	curl_url_cleanup(url);
	return valid;
}

static size_t take(char *data, size_t size, size_t count, void *arg)
{
	struct call *call = arg;

	buf_put(call->out, data, size * count);
	return buf_failed(call->out) ? 0 : size * count;
}

/* Every socket is made here, with the address that it will be connected to. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct call *call = arg;

	if (purpose != CURLSOCKTYPE_IPCXN ||
	    !oidc_address_allowed(&address->addr, call->client->addresses)) {
		call->refused_address = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Names are looked up here, in this thread: curl would start one. The result is curl's form
 * "host:port:address,address". */
static struct curl_slist *resolve(const char *host, const char *port)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
	struct addrinfo *found = NULL;
	char line[1024], text[INET6_ADDRSTRLEN];
	int len = snprintf(line, sizeof(line), "%s:%s:", host, port);
	int head = len;

	if (len < 0 || len > 512 || getaddrinfo(host, port, &hints, &found) != 0)
		return NULL;
	for (const struct addrinfo *at = found; at && len < 900; at = at->ai_next)
		if (getnameinfo(at->ai_addr, at->ai_addrlen, text, sizeof(text), NULL, 0,
				NI_NUMERICHOST) == 0)
			len += snprintf(line + len, sizeof(line) - (size_t)len, "%s%s",
					len > head ? "," : "", text);
	freeaddrinfo(found);
	return len > head ? curl_slist_append(NULL, line) : NULL;
}

static struct curl_slist *resolve_url(const char *text)
{
	CURLU *url = curl_url();
	char *host = NULL, *port = NULL;
	struct curl_slist *made = NULL;

	if (url && curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK &&
	    curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
	    curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK) {
		size_t len = strlen(host);
		if (host[0] == '[' && len > 2) { /* a number needs no look-up but the same way */
			memmove(host, host + 1, len - 2);
			host[len - 2] = 0;
		}
		made = resolve(host, port);
	}
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(url);
	return made;
}

static void set_limits(CURL *curl, struct call *call)
{
	int64_t left_ms = (call->client->deadline_us - sys_mono_us()) / 1000;

	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_MAXFILESIZE, (long)OIDC_ANSWER_MAX);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
			 (long)(left_ms < 1	       ? 1
				: left_ms < REQUEST_MS ? left_ms
						       : REQUEST_MS));
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, call);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, call);
	curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
}

static void set_trust(CURL *curl, struct block trust)
{
	struct curl_blob blob = {.data = (void *)(uintptr_t)trust.data, .len = trust.len};

	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &blob);
}

static const char *reason_of(CURLcode code, const struct call *call)
{
	if (call->refused_address)
		return "oidc.address";
	switch (code) {
	case CURLE_OK: return NULL;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CACERT_BADFILE: return "oidc.tls";
	case CURLE_OPERATION_TIMEDOUT: return "oidc.slow";
	case CURLE_FILESIZE_EXCEEDED:
	case CURLE_WRITE_ERROR: return "oidc.too_large";
	default: return "oidc.unreachable";
	}
}

static void set_body(CURL *curl, const struct secret *body, const struct secret *basic)
{
	if (body) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)secret_len(body));
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, (const char *)secret_bytes(body));
	}
	if (basic) {
		curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		curl_easy_setopt(curl, CURLOPT_USERPWD, (const char *)secret_bytes(basic));
	}
}

static const char *perform(CURL *curl, struct call *call, long *out_status)
{
	const char *why = reason_of(curl_easy_perform(curl), call);

	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, out_status);
	return !why && *out_status >= 300 && *out_status < 400 ? "oidc.redirect" : why;
}

static struct curl_slist *accept_header(const char *type)
{
	char line[64];
	int len = snprintf(line, sizeof(line), "Accept: %s", type ? type : "application/json");

	return len > 0 && (size_t)len < sizeof(line) ? curl_slist_append(NULL, line) : NULL;
}

const char *oidc_request(const struct oidc_client *client, const char *url,
			 const struct secret *body, const struct secret *basic, struct buf *out,
			 long *out_status)
{
	struct call call = {.client = client, .out = out};

	if (!oidc_url_valid(url, false))
		return "oidc.url";
	struct curl_slist *names = resolve_url(url);
	struct curl_slist *headers = accept_header(client->accept);
	CURL *curl = names && headers ? curl_easy_init() : NULL;
	const char *why = names ? "oidc.unreachable" : "oidc.name";
	if (curl) {
		set_limits(curl, &call);
		set_trust(curl, client->trust);
		set_body(curl, body, basic);
		curl_easy_setopt(curl, CURLOPT_URL, url);
		curl_easy_setopt(curl, CURLOPT_RESOLVE, names);
		curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
		why = perform(curl, &call, out_status);
	}
	curl_easy_cleanup(curl);
	curl_slist_free_all(names);
	curl_slist_free_all(headers);
	return why;
}
