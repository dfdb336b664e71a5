/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_WEB_INNER_H
#define SERVER_WEB_INNER_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "base/secret.h"
#include "rbac/principal.h"
#include "server/web.h"
#include "server/web_forwarded.h"
#include "server/web_link.h"
#include "server/web_pool.h"
#include "server/web_rate.h"
#include "server/web_sse.h"

/* What the web_*.c files share. A request walks the steps of web_dispatch.c; the first that
 * refuses ends it. */

enum {
	WEB_URI_MAX = 8 * 1024,
	WEB_HEADERS_MAX = 16 * 1024,
	WEB_ARENA_MAX = 4 * 1024 * 1024,
	WEB_ANSWER_MAX = 32 * 1024 * 1024,
	WEB_QUERY_MAX = 40,
	WEB_ANSWER_HEADERS = 12,
	WEB_SESSION_COOKIE = 32,
	WEB_FRESH_US = 15 * 60 * 1000000,
	WEB_CONNECTIONS = 4096,
};

/* Request headers we look at; a second occurrence is refused (or ignored where it is harmless). */
#define WEB_HEADERS(H)                                       \
	H(HEADER_HOST, "Host")                               \
	H(HEADER_CONTENT_LENGTH, "Content-Length")           \
	H(HEADER_TRANSFER_ENCODING, "Transfer-Encoding")     \
	H(HEADER_CONTENT_TYPE, "Content-Type")               \
	H(HEADER_COOKIE, "Cookie")                           \
	H(HEADER_DATE, "Date")                               \
	H(HEADER_ORIGIN, "Origin")                           \
	H(HEADER_FETCH_SITE, "Sec-Fetch-Site")               \
	H(HEADER_SEKISHO, "X-Sekisho")                       \
	H(HEADER_DEVICE, "X-Sekisho-Device")                 \
	H(HEADER_AUTHORIZATION, "Authorization")             \
	H(HEADER_IF_MATCH, "If-Match")                       \
	H(HEADER_IF_NONE_MATCH, "If-None-Match")             \
	H(HEADER_IDEMPOTENCY_KEY, "Idempotency-Key")         \
	H(HEADER_USER_AGENT, "User-Agent")                   \
	H(HEADER_ACCEPT_ENCODING, "Accept-Encoding")         \
	H(HEADER_ACCEPT_LANGUAGE, "Accept-Language")         \
	H(HEADER_FORWARDED, "X-Forwarded-For")               \
	H(HEADER_CONNECTION, "Connection")                   \
	H(HEADER_UPGRADE, "Upgrade")                         \
	H(HEADER_WEBSOCKET_KEY, "Sec-WebSocket-Key")         \
	H(HEADER_WEBSOCKET_VERSION, "Sec-WebSocket-Version") \
	H(HEADER_WEBSOCKET_PROTOCOL, "Sec-WebSocket-Protocol")

enum web_header {
#define H(constant, name) constant,
	WEB_HEADERS(H)
#undef H
		HEADER__COUNT
};

/* One browser connection, as edge described it. */
struct web_peer {
	char text[MSG_PEER + 1];
	uint8_t exporter[32];
	size_t exporter_len;
};

struct web {
	struct web_params params;
	char host[256];	  /* of public_url, lower case, no port */
	char origin[512]; /* public_url */
	struct MHD_Daemon *daemon;
	struct web_link *link;
	struct ranges proxies; /* trusted */
	struct web_pool *pool;
	struct web_rate *rate;
	struct web_sse *sse;
	pthread_mutex_t peers_lock;
	struct web_peer **peers; /* by descriptor, between hand-over and MHD's first look */
	size_t peers_size;
};

struct web_pair {
	const char *name, *value;
};

/* What will be answered. Texts live in the request's arena or are static. */
struct web_reply {
	int status;
	struct buf body;
	const char *content_type;
	struct web_pair headers[WEB_ANSWER_HEADERS];
	size_t header_count;
	int stream_fd;		       /* -1, or a pipe whose bytes are the body … */
	bool stream_frames;	       /* … in frames: base/body.h */
	bool events;		       /* becomes a server-sent events stream */
	bool upgrade;		       /* becomes a WebSocket handed to authority */
	bool cacheable;		       /* static file that may be kept for ever */
	bool page;		       /* made here (server/plain.h): no script is allowed in it */
	const struct web_asset *asset; /* static bytes; body is empty then */
	const void *fixed;	       /* asset's bytes in the encoding chosen */
	size_t fixed_len;
};

struct web_request {
	struct web_job job; /* first: the pool hands it back */
	struct web *web;
	struct MHD_Connection *connection;
	const struct web_peer *peer;
	char address[FORWARDED_ADDRESS]; /* whose request it is: the peer, or whom a proxy named */
	struct arena *arena;
	struct ctx ctx;
	const char *method;
	char *path;  /* decoded */
	char *query; /* raw, after '?'; NULL: none */
	const char *header[HEADER__COUNT];
	bool seen, started, finished;
	int64_t begun_us; /* monotonic; when its head was there */
	int64_t whole_us; /* monotonic; when it went to the handler threads */
	/* match */
	const struct op *op;
	struct in in;
	bool early; /* refused before the body was read */
	/* authenticate */
	uint8_t cookie[WEB_SESSION_COOKIE], device[WEB_SESSION_COOKIE], flow[WEB_SESSION_COOKIE];
	uint8_t form[WEB_SESSION_COOKIE]; /* of a page's form, before anybody is signed in */
	uint8_t credential;		  /* enum credential: what cookie holds */
	bool has_cookie, has_device, has_flow, has_form;
	struct principal principal;
	struct web_answer answer; /* authority's; texts of principal and result borrow from it */
	bool ordered;		  /* it was asked by web_order … */
	enum err order_err;	  /* … and said this: ERR_OK: answer holds it */
	struct buf body;
	bool body_too_large;
	size_t drained; /* bytes beyond the limit that were thrown away */
	struct secret *secret;
	int retry_after; /* seconds; 0: do not say */
	struct web_reply reply;
};

/* web_dispatch.c: before the body is there (match, limits, rate), and in a handler thread. Both
 * leave a finished reply when they return anything but ERR_OK. */
enum err web_dispatch_early(struct web_request *request);
/* False: it goes on when authority has answered; the request is not the caller's any more. */
bool web_dispatch(struct web_request *request, struct web_worker *worker);
/* A refusal becomes the reply, and is told to authority where it matters. */
void web_refuse(struct web_request *request, enum err err);

/* web_match.c */
/* ERR_NOT_FOUND, or ERR_METHOD with the Allow header set; static paths give op NULL and ERR_OK. */
enum err web_match(struct web_request *request);
const struct op_read *web_read_of(const struct web *web, const char *op);
bool web_is_api(const char *path);

/* web_guard.c: limits, cookies, CSRF. */
enum err web_check_headers(struct web_request *request);
enum err web_check_csrf(struct web_request *request);
enum err web_check_media_type(struct web_request *request);
enum err web_check_conditions(struct web_request *request);
/* The bearer token of whoever reads metrics. */
enum err web_check_metrics_token(struct web_request *request);
void web_read_cookies(struct web_request *request);
/* An API token in place of the cookie; both together are refused. */
enum err web_read_token(struct web_request *request);
/* Value of a cookie in a Cookie header, copied to the arena; NULL when absent or given twice. */
const char *web_cookie(struct web_request *request, const char *name);

/* web_oauth.c: what RFC 6749 wants otherwise. Who asks: HTTP Basic into client_id and *secret (in
 * the arena, the caller wipes it; NULL before: the form's), or both from the form. */
enum err web_oauth_client(struct web_request *request, char **secret);
/* The answers of its section 5.2 in place of problem+json. */
void web_oauth_problem(struct web_request *request, enum err err);

/* web_parse.c: path, query and body into request->in.values. */
enum err web_parse(struct web_request *request);
/* %XX decoding in place; plus: '+' is a blank. False: malformed, control character or not UTF-8. */
bool web_unescape(char *text, bool plus);

/* web_render.c */
void web_reply_init(struct web_reply *reply);
void web_reply_clear(struct web_reply *reply);
void web_reply_header(struct web_request *request, const char *name, const char *value);
/* 303 to a place that authority chose. */
enum err web_navigate(struct web_request *request, const char *location);
/* problem+json from ctx.error; status 0: the error's own. A navigation goes to a page that says so
 * in one of three words. */
void web_render_problem(struct web_request *request, enum err err, int status, const char *code);
/* {u8 type, block name, value}… of MSG_RESULT as one JSON object; false when malformed. */
bool web_render_fields(struct buf *out, const struct block *fields);
/* One text value among them, in the arena; NULL when absent. */
const char *web_result_text(struct web_request *request, const struct block *fields,
			    const char *name);

/* web_run.c: the handler step. */
enum err web_run(struct web_request *request, struct web_worker *worker);
/* Asks authority without waiting: web_answered follows, then web_run. */
enum err web_order(struct web_request *request);
enum err web_authenticate(struct web_request *request, const uint8_t *cookie, bool touch);
/* MSG_EXECUTE of request's operation, encoded. ERR_TOO_LARGE: a bound is exceeded; ERR_MEMORY. */
enum err web_encode_execute(struct web_request *request, struct block upgrade_extra,
			    struct buf *out);

/* web_upgrade.c */
enum err web_check_upgrade(struct web_request *request);
struct MHD_Response *web_upgrade_response(struct web_request *request);

/* web_stream.c: answer that reads a pipe without ever blocking a thread. Takes fd. */
struct MHD_Response *web_stream_response(struct web_request *request, int fd, bool frames);

/* web_static.c: portal files. */
enum err web_static(struct web_request *request);
/* What cookie or header ask for: "ja" or "en"; "dark", "light" or "". */
const char *web_language(struct web_request *request);
const char *web_theme(struct web_request *request);

/* web_page.c: OP_FLAG_PAGE. */
/* The hidden field of a form, in place of the header X-Sekisho; other operations: ERR_OK. */
enum err web_check_form(struct web_request *request);
/* What was read becomes the page. */
enum err web_page_show(struct web_request *request);
/* Asked to sign in by who may be signed in already: PAGE_SESSION_PATH knows. */
bool web_page_is_behind(const struct web_request *request);
/* What was asked for is done; location: authority's, or NULL. */
enum err web_page_done(struct web_request *request, const struct op *then, const char *location);
void web_page_problem(struct web_request *request, enum err err);
/* The page for who left for a provider from one, and comes back to the portal; NULL: the portal. */
const char *web_page_instead(struct web_request *request);

/* web_http.c: libmicrohttpd's callbacks. */
enum err web_http_start(struct web *web) ERR_CHECKED;
void web_http_stop(struct web *web);
/* Authority has answered, or did not; any thread. */
web_link_then web_answered;

#endif
