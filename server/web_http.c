/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "server/web_inner.h"

/*
 * libmicrohttpd's callbacks. Its threads never wait: they collect a request, hand it to a handler
 * thread with the connection asleep, and send what comes back.
 */

enum {
	MEMORY_LIMIT = 32 * 1024,
	TIMEOUT_S = 30,
	POOL_THREADS = 2,
	PER_PEER = 512,
	DRAIN_MAX = 64 * 1024
};

/* page: the value for pages that are made here, where it is another one. */
static const struct {
	const char *name, *value, *page;
} always[] = {
	{"Content-Security-Policy",
	 "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
	 "font-src 'self'; connect-src 'self'; worker-src 'self'; object-src 'none'; "
	 "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
	 "require-trusted-types-for 'script'",
	 "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
	 "form-action 'self'; frame-ancestors 'none'"},
	{"Cross-Origin-Opener-Policy", "same-origin", NULL},
	{"Cross-Origin-Resource-Policy", "same-origin", NULL},
	/* Without one a browser sends no Origin with a form. */
	{"Referrer-Policy", "no-referrer", "same-origin"},
	{"X-Content-Type-Options", "nosniff", NULL},
	{"Strict-Transport-Security", "max-age=31536000; includeSubDomains", NULL},
};

static void run_job(struct web_job *job, struct web_worker *worker)
{
	struct web_request *request = (struct web_request *)(void *)job;

	if (!web_dispatch(request, worker))
		return;
	request->finished = true;
	MHD_resume_connection(request->connection); /* the request may be gone from here on */
}

/* What is left to do is short, and its asker has waited long enough. */
void web_answered(void *arg, enum err err)
{
	struct web_request *request = arg;

	request->order_err = err;
	request->job.lane = WEB_QUICK;
	if (web_pool_return(request->web->pool, &request->job))
		return;
	web_render_problem(request, web_link_silent(&request->ctx), 0, NULL);
	request->finished = true;
	MHD_resume_connection(request->connection);
}

static void free_request(struct web_request *request)
{
	if (request == NULL)
		return;
	web_reply_clear(&request->reply);
	web_answer_clear(&request->answer);
	secret_free(request->secret);
	buf_clear(&request->body);
	arena_free(request->arena);
	wipe(request->cookie, sizeof(request->cookie));
	wipe(request->device, sizeof(request->device));
	wipe(request->flow, sizeof(request->flow));
	wipe(request->form, sizeof(request->form));
	free(request);
}

/* Called with the whole request target before anything else is known; the result travels as the
 * request's own pointer. */
static void *on_uri(void *cls, const char *uri, struct MHD_Connection *connection)
{
	struct web_request *request = calloc(1, sizeof(*request));
	struct arena *arena = arena_new(WEB_ARENA_MAX);

	if (request == NULL || arena == NULL) {
		free(request);
		arena_free(arena);
		return NULL;
	}
	request->job.run = run_job;
	request->web = cls;
	request->connection = connection;
	request->arena = arena;
	ctx_init(&request->ctx, arena);
	request->ctx.conf = request->web->params.conf;
	web_answer_init(&request->answer);
	web_reply_init(&request->reply);
	buf_init_wiped(&request->body, 0);
	size_t len = strlen(uri);
	request->path = len <= WEB_URI_MAX ? arena_strndup(arena, uri, len) : NULL;
	if (request->path != NULL)
		request->query = strchr(request->path, '?');
	if (request->query != NULL)
		*request->query++ = '\0';
	return request;
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
			 enum MHD_RequestTerminationCode code)
{
	(void)cls;
	(void)connection;
	(void)code;
	free_request(*con_cls);
	*con_cls = NULL;
}

/* Repetition of these is harmless or ordinary; the first counts. */
static bool may_repeat(enum web_header header)
{
	return header == HEADER_ACCEPT_ENCODING || header == HEADER_ACCEPT_LANGUAGE ||
	       header == HEADER_USER_AGENT || header == HEADER_CONNECTION;
}

struct header_walk {
	struct web_request *request;
	size_t bytes;
	bool bad;
};

/* Each proxy may write a line of its own: together they are one list (RFC 9110, 5.3). */
static void join(struct header_walk *walk, const char *value)
{
	struct web_request *request = walk->request;
	const char *before = request->header[HEADER_FORWARDED];

	request->header[HEADER_FORWARDED] = arena_printf(request->arena, "%s,%s", before, value);
	walk->bad |= request->header[HEADER_FORWARDED] == NULL;
}

static enum MHD_Result on_header(void *cls, enum MHD_ValueKind kind, const char *name,
				 size_t name_len, const char *value, size_t value_len)
{
	static const char *const names[] = {
#define H(constant, text) text,
		WEB_HEADERS(H)
#undef H
	};
	struct header_walk *walk = cls;

	(void)kind;
	walk->bytes += name_len + value_len + 4;
	if (value == NULL || strlen(name) != name_len || strlen(value) != value_len)
		walk->bad = true; /* a NUL inside */
	for (int i = 0; i < HEADER__COUNT && !walk->bad; i++) {
		if (strcasecmp(name, names[i]) != 0)
			continue;
		if (walk->request->header[i] == NULL)
			walk->request->header[i] = value;
		else if (i == HEADER_FORWARDED)
			join(walk, value);
		else if (!may_repeat((enum web_header)i))
			walk->bad = true;
	}
	return MHD_YES;
}

static const struct web_peer *peer_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info != NULL ? info->socket_context : NULL;
}

static const char *read_text(struct web_request *request, enum web_header header)
{
	const char *text = request->header[header];
	size_t len = text != NULL ? strnlen(text, MSG_TEXT) : 0;

	while (len > 0 && !text_is_utf8(text, len) && len > MSG_TEXT - 4)
		len--;
	if (len == 0 || !text_is_utf8(text, len) || !text_is_printable(text, len, false))
		return "";
	return arena_strndup(request->arena, text, len);
}

static enum err check_target(struct web_request *request, const struct header_walk *walk)
{
	if (walk->bad)
		return err_reason(&request->ctx, ERR_SYNTAX, "header.repeated",
				  "a header that may come once comes twice, or holds a NUL");
	if (walk->bytes > WEB_HEADERS_MAX || request->path == NULL)
		return err_reason(&request->ctx, ERR_SYNTAX, "header.limit",
				  "the request's address or headers are too long");
	if (request->path[0] != '/' || !web_unescape(request->path, false) ||
	    !text_is_printable(request->path, strlen(request->path), false))
		return err_reason(&request->ctx, ERR_SYNTAX, "path.malformed",
				  "the address is not properly encoded");
	return ERR_OK;
}

static enum err find_address(struct web_request *request)
{
	if (web_forwarded(&request->web->proxies, request->peer->text,
			  request->header[HEADER_FORWARDED], request->address))
		return ERR_OK;
	return err_reason(&request->ctx, ERR_SYNTAX, "header.forwarded",
			  "a trusted proxy sends an X-Forwarded-For that is no list of addresses");
}

/* First look: head only. */
static bool begin(struct web_request *request, const char *method)
{
	struct header_walk walk = {.request = request};

	request->seen = true;
	request->begun_us = sys_mono_us();
	request->method = arena_strdup(request->arena, method);
	request->peer = peer_of(request->connection);
	if (request->peer == NULL || request->method == NULL)
		return false;
	request->in.secret_fd = request->in.upgrade_fd = -1;
	request->in.if_match = -1;
	request->in.idempotency_key = "";
	MHD_get_connection_values_n(request->connection, MHD_HEADER_KIND, on_header, &walk);
	request->in.user_agent = read_text(request, HEADER_USER_AGENT);
	request->in.languages = read_text(request, HEADER_ACCEPT_LANGUAGE);
	enum err err = find_address(request);
	request->in.peer =
		(struct block){(const uint8_t *)request->address, strlen(request->address)};
	if (err == ERR_OK)
		err = check_target(request, &walk);
	if (err != ERR_OK)
		web_refuse(request, err);
	request->early = err != ERR_OK || web_dispatch_early(request) != ERR_OK;
	if (!request->early && request->op != NULL)
		buf_init_wiped(&request->body, request->op->max_body + 1);
	return true;
}

/* A body beyond its limit is read away for a while, so that the answer is heard; then no more. */
static bool keep_body(struct web_request *request, const char *data, size_t len)
{
	size_t limit = request->op != NULL && !request->early ? request->op->max_body : 0;

	if (!request->body_too_large && request->body.len + len <= limit) {
		buf_put(&request->body, data, len);
		return !buf_failed(&request->body);
	}
	if (!request->body_too_large) {
		buf_clear(&request->body);
		request->body_too_large = true;
	}
	request->drained += len;
	return request->drained < DRAIN_MAX;
}

/* The library's own copy, which it forgets now, may hold a password. */
static bool take_body(struct web_request *request, const char *data, size_t len)
{
	bool good = keep_body(request, data, len);

	wipe((void *)(uintptr_t)data, len);
	return good;
}

static bool add_header(struct MHD_Response *response, const char *name, const char *value)
{
	return MHD_add_response_header(response, name, value) == MHD_YES;
}

static bool dress(struct web_request *request, struct MHD_Response *response)
{
	const struct web_reply *reply = &request->reply;
	bool good = true;

	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		good = good &&
		       add_header(response, always[i].name,
				  reply->page && always[i].page ? always[i].page : always[i].value);
	for (size_t i = 0; i < reply->header_count; i++)
		good = good &&
		       add_header(response, reply->headers[i].name, reply->headers[i].value);
	if (reply->content_type != NULL)
		good = good &&
		       add_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, reply->content_type);
	const char *cache = reply->cacheable	   ? "public, max-age=31536000, immutable"
			    : reply->asset != NULL ? "no-cache"
						   : "no-store";
	return good && add_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, cache);
}

static struct MHD_Response *stream_response(struct web_request *request)
{
	int fd = request->reply.stream_fd;

	request->reply.stream_fd = -1;
	return web_stream_response(request, fd, request->reply.stream_frames);
}

/* Too many streams is an answer too. */
static struct MHD_Response *make_response(struct web_request *request)
{
	struct web_reply *reply = &request->reply;

	if (reply->upgrade) {
		reply->status = MHD_HTTP_SWITCHING_PROTOCOLS;
		return web_upgrade_response(request);
	}
	if (reply->events) {
		reply->content_type = "text/event-stream";
		struct MHD_Response *events = web_sse_response(request);
		if (events != NULL)
			return events;
		request->retry_after = 30;
		web_render_problem(request,
				   err_reason(&request->ctx, ERR_LIMIT, "events.limit",
					      "too many event streams are open"),
				   0, NULL);
	}
	if (reply->stream_fd >= 0)
		return stream_response(request);
	if (reply->asset != NULL)
		return MHD_create_response_from_buffer(
			reply->fixed != NULL ? reply->fixed_len : 0,
			(void *)(uintptr_t)(reply->fixed != NULL ? reply->fixed : ""),
			MHD_RESPMEM_PERSISTENT);
	return MHD_create_response_from_buffer(
		reply->body.len,
		reply->body.len > 0 ? (void *)reply->body.data : (void *)(uintptr_t) "",
		MHD_RESPMEM_PERSISTENT); /* the request outlives its response */
}

static void count_answer(const struct web_request *request)
{
	bool is_file = request->op == NULL && request->path != NULL && !web_is_api(request->path);

	if (request->web->params.counts != NULL)
		web_count(request->web->params.counts, request->op, is_file, request->reply.status,
			  sys_mono_us() - request->begun_us);
}

static enum MHD_Result respond(struct web_request *request)
{
	enum MHD_Result result = MHD_NO;
	struct MHD_Response *response = make_response(request);

	count_answer(request);
	if (response == NULL)
		return MHD_NO;
	if (dress(request, response))
		result = MHD_queue_response(request->connection, (unsigned)request->reply.status,
					    response);
	MHD_destroy_response(response);
	return result;
}

/* The connection sleeps before the job can possibly wake it. */
static enum MHD_Result hand_over(struct web_request *request)
{
	request->started = true;
	request->whole_us = sys_mono_us();
	request->job.lane = request->op->body == OP_BODY_FORM	? WEB_FORM
			    : request->op->flags & OP_FLAG_SLOW ? WEB_SLOW
								: WEB_QUICK;
	MHD_suspend_connection(request->connection);
	if (web_pool_add(request->web->pool, &request->job))
		return MHD_YES;
	request->retry_after = 1;
	web_render_problem(request,
			   err_reason(&request->ctx, ERR_MEMORY, "server.busy",
				      "too many requests at once; try again in a moment"),
			   0, NULL);
	request->finished = true;
	MHD_resume_connection(request->connection);
	return MHD_YES;
}

static enum MHD_Result send_static(struct web_request *request)
{
	if (request->body_too_large)
		web_refuse(request, err_reason(&request->ctx, ERR_TOO_LARGE, "body.limit",
					       "no body is expected here"));
	else if (web_static(request) != ERR_OK)
		web_refuse(request, request->ctx.error.code);
	return respond(request);
}

static bool has_body(const struct web_request *request)
{
	const char *length = request->header[HEADER_CONTENT_LENGTH];

	return request->header[HEADER_TRANSFER_ENCODING] != NULL ||
	       (length != NULL && strcmp(length, "0") != 0);
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *data,
				  size_t *len, void **con_cls)
{
	struct web_request *request = *con_cls;

	(void)cls;
	(void)connection;
	(void)url;
	(void)version;
	if (request == NULL)
		return MHD_NO;
	if (!request->seen) {
		if (!begin(request, method))
			return MHD_NO;
		/* an answer before the end of the request ends the connection: only where a
		 * body would have to be read for nothing */
		return request->early && has_body(request) ? respond(request) : MHD_YES;
	}
	if (*len > 0) {
		bool more = take_body(request, data, *len);
		*len = 0;
		return more ? MHD_YES : MHD_NO;
	}
	if (request->finished || request->early)
		return respond(request);
	if (request->started)
		return MHD_YES;
	return request->op != NULL ? hand_over(request) : send_static(request);
}

/* Between hand-over and this first look the peer waits in a table, by descriptor. */
static void on_connection(void *cls, struct MHD_Connection *connection, void **context,
			  enum MHD_ConnectionNotificationCode code)
{
	struct web *web = cls;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		free(*context);
		*context = NULL;
		return;
	}
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	pthread_mutex_lock(&web->peers_lock);
	if (info != NULL && info->connect_fd >= 0 && (size_t)info->connect_fd < web->peers_size) {
		*context = web->peers[info->connect_fd];
		web->peers[info->connect_fd] = NULL;
	}
	pthread_mutex_unlock(&web->peers_lock);
}

/* Decoding is ours: see web_unescape. */
static size_t leave_escaped(void *cls, struct MHD_Connection *connection, char *text)
{
	(void)cls;
	(void)connection;
	return strlen(text);
}

/* Connections, and some for the pipes and the database. */
static unsigned connection_limit(void)
{
	enum { OTHERS = 256 };
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return WEB_CONNECTIONS / 8;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur >= WEB_CONNECTIONS + OTHERS)
		return WEB_CONNECTIONS;
	return limit.rlim_cur > 2 * OTHERS ? (unsigned)limit.rlim_cur - OTHERS : OTHERS / 2;
}

enum err web_http_start(struct web *web)
{
	web->daemon = MHD_start_daemon(
		MHD_USE_NO_LISTEN_SOCKET | MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC |
			MHD_ALLOW_UPGRADE | MHD_ALLOW_SUSPEND_RESUME,
		0, NULL, NULL, on_request, web, MHD_OPTION_THREAD_POOL_SIZE, (unsigned)POOL_THREADS,
		MHD_OPTION_CONNECTION_LIMIT, connection_limit(), MHD_OPTION_CONNECTION_TIMEOUT,
		(unsigned)TIMEOUT_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_LIMIT,
		MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)PER_PEER,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK, on_uri, web,
		MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, web, MHD_OPTION_NOTIFY_COMPLETED,
		on_completed, web, MHD_OPTION_NOTIFY_CONNECTION, on_connection, web,
		MHD_OPTION_END);
	return web->daemon != NULL ? ERR_OK : ERR_MEMORY;
}

void web_http_stop(struct web *web)
{
	if (web->daemon != NULL)
		MHD_stop_daemon(web->daemon);
	web->daemon = NULL;
}
