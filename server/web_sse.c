/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/web_sse.h"

#include <stdlib.h>
#include <string.h>

#include "base/sys.h"
#include "server/web_inner.h"

enum { QUEUE_BYTES = 16 * 1024, BLOCK = 4096, PING_US = 15 * 1000000, ASK_US = 2 * 1000000 };

struct stream {
	struct stream *next;
	struct web_sse *sse;
	struct MHD_Connection *connection;
	struct buf queue;
	uint64_t id;
	uint8_t cookie[WEB_SESSION_COOKIE];
	char peer[MSG_PEER + 1];
	struct uuid user_id, session_id;
	permission_set permissions;
	bool asleep; /* the connection is suspended until there is something to say */
	bool ended;
};

struct web_sse {
	struct web *web;
	struct loop_timer *timer;
	pthread_mutex_t lock; /* guards what follows and every stream */
	struct stream *streams;
	size_t count;
	uint64_t next_id;
	bool ask_next, asking, stopped;
};

/* Who hears of what; a topic nobody listed is told to nobody. */
#define BIT(permission) (UINT64_C(1) << (permission))
static const struct {
	const char *topic;
	permission_set any_of; /* 0: every signed-in person */
} topics[] = {
	{"requests", BIT(PERM_TARGET_USE) | BIT(PERM_REQUEST_APPROVE) | BIT(PERM_REQUEST_VIEW_ALL)},
	{"leases", BIT(PERM_TARGET_USE) | BIT(PERM_SESSION_VIEW_ALL) | BIT(PERM_REQUEST_VIEW_ALL)},
	{"sessions", BIT(PERM_TARGET_USE) | BIT(PERM_SESSION_VIEW_ALL) | BIT(PERM_RECORDING_VIEW)},
	{"recordings", BIT(PERM_RECORDING_VIEW) | BIT(PERM_SESSION_VIEW_ALL)},
	{"gateways", BIT(PERM_GATEWAY_VIEW) | BIT(PERM_TARGET_USE) | BIT(PERM_SYSTEM_VIEW)},
	{"gateway_groups", BIT(PERM_GATEWAY_VIEW)},
	{"targets", BIT(PERM_TARGET_VIEW) | BIT(PERM_TARGET_USE)},
	{"target_groups", BIT(PERM_TARGET_VIEW) | BIT(PERM_TARGET_USE)},
	{"accounts", BIT(PERM_TARGET_VIEW) | BIT(PERM_TARGET_USE)},
	{"users", BIT(PERM_USER_VIEW)},
	{"groups", BIT(PERM_USER_VIEW)},
	{"rules", BIT(PERM_POLICY_VIEW) | BIT(PERM_TARGET_USE)},
	{"workflows", BIT(PERM_POLICY_VIEW) | BIT(PERM_TARGET_USE)},
	{"audit", BIT(PERM_AUDIT_VIEW)},
	{"system", BIT(PERM_SYSTEM_VIEW)},
	{"me", 0},
};

bool web_sse_may(const char *topic, size_t len, uint64_t permissions)
{
	for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++)
		if (strlen(topics[i].topic) == len && memcmp(topics[i].topic, topic, len) == 0)
			return topics[i].any_of == 0 || (topics[i].any_of & permissions) != 0;
	return false;
}

struct web_sse *web_sse_new(struct web *web)
{
	struct web_sse *sse = calloc(1, sizeof(*sse));

	if (sse == NULL)
		return NULL;
	sse->web = web;
	pthread_mutex_init(&sse->lock, NULL);
	return sse;
}

/* Lock held. */
static void wake(struct stream *stream)
{
	if (!stream->asleep)
		return;
	stream->asleep = false;
	MHD_resume_connection(stream->connection);
}

/* Lock held. Who does not read fast enough is cut off, comes back, and fetches everything anew. */
static void say(struct stream *stream, const void *text, size_t len)
{
	if (stream->ended)
		return;
	buf_put(&stream->queue, text, len);
	if (buf_failed(&stream->queue)) {
		stream->ended = true;
		buf_reset(&stream->queue);
	}
	wake(stream);
}

static void make_event(struct buf *out, const struct msg_notify *message)
{
	char id[UUID_TEXT_SIZE];
	const char *topic = (const char *)message->topic.data;
	int len = (int)message->topic.len;

	uuid_format(&message->id, id);
	buf_printf(out, "event: %.*s\ndata: {\"topic\":\"%.*s\",\"id\":", len, topic, len, topic);
	if (uuid_is_nil(&message->id))
		buf_put_text(out, "null}\n\n");
	else
		buf_printf(out, "\"%s\"}\n\n", id);
}

void web_sse_notify(struct web_sse *sse, const struct msg_notify *message)
{
	const char *topic = (const char *)message->topic.data;
	bool everybody = uuid_is_nil(&message->user_id);
	struct buf event;

	buf_init(&event, 1024);
	make_event(&event, message);
	pthread_mutex_lock(&sse->lock);
	for (struct stream *s = sse->streams; s != NULL; s = s->next)
		if ((everybody || uuid_equal(&s->user_id, &message->user_id)) &&
		    web_sse_may(topic, message->topic.len, s->permissions))
			say(s, event.data, event.len);
	pthread_mutex_unlock(&sse->lock);
	buf_clear(&event);
}

static ssize_t read_stream(void *cls, uint64_t pos, char *out, size_t max)
{
	struct stream *stream = cls;
	struct web_sse *sse = stream->sse;
	ssize_t len;

	(void)pos;
	pthread_mutex_lock(&sse->lock);
	if (sse->stopped || (stream->ended && stream->queue.len == 0)) {
		len = MHD_CONTENT_READER_END_OF_STREAM;
	} else if (stream->queue.len > 0) {
		len = (ssize_t)(stream->queue.len < max ? stream->queue.len : max);
		memcpy(out, stream->queue.data, (size_t)len);
		buf_consume(&stream->queue, (size_t)len);
	} else {
		len = 0;
		stream->asleep = true;
		MHD_suspend_connection(stream->connection);
	}
	pthread_mutex_unlock(&sse->lock);
	return len;
}

static void free_stream(void *cls)
{
	struct stream *stream = cls;
	struct web_sse *sse = stream->sse;

	pthread_mutex_lock(&sse->lock);
	struct stream **at = &sse->streams;
	while (*at != NULL && *at != stream)
		at = &(*at)->next;
	if (*at == stream) {
		*at = stream->next;
		sse->count--;
	}
	pthread_mutex_unlock(&sse->lock);
	buf_clear(&stream->queue);
	wipe(stream->cookie, sizeof(stream->cookie));
	free(stream);
}

/* Lock held. A page that was left or reloaded keeps its stream until the next ping finds it gone,
 * so a session that is at its limit loses its oldest stream; a tab that is still there asks again.
 */
static void make_room(struct web_sse *sse, const struct uuid *session_id)
{
	static const char later[] = "retry: 30000\n\n";
	struct stream *oldest = NULL;
	int mine = 0;

	for (struct stream *s = sse->streams; s != NULL; s = s->next)
		if (!s->ended && uuid_equal(&s->session_id, session_id)) {
			mine++;
			oldest = s; /* the newest comes first */
		}
	if (mine < SSE_PER_SESSION)
		return;
	say(oldest, later, sizeof(later) - 1);
	oldest->ended = true;
}

static struct stream *stream_new(struct web_request *request)
{
	static const char hello[] = "retry: 2000\n\nevent: hello\ndata: {}\n\n";
	struct stream *stream = calloc(1, sizeof(*stream));

	if (stream == NULL)
		return NULL;
	stream->sse = request->web->sse;
	stream->connection = request->connection;
	stream->user_id = request->principal.user_id;
	stream->session_id = request->principal.session_id;
	stream->permissions = request->principal.permissions;
	memcpy(stream->cookie, request->cookie, sizeof(stream->cookie));
	(void)snprintf(stream->peer, sizeof(stream->peer), "%s", request->address);
	buf_init(&stream->queue, QUEUE_BYTES);
	buf_put_text(&stream->queue, hello);
	return stream;
}

struct MHD_Response *web_sse_response(struct web_request *request)
{
	struct web_sse *sse = request->web->sse;
	struct stream *stream = stream_new(request);

	if (stream == NULL)
		return NULL;
	pthread_mutex_lock(&sse->lock);
	bool room = sse->count < SSE_MAX && !sse->stopped;
	if (room) {
		make_room(sse, &stream->session_id);
		stream->id = ++sse->next_id;
		stream->next = sse->streams;
		sse->streams = stream;
		sse->count++;
	}
	pthread_mutex_unlock(&sse->lock);
	struct MHD_Response *response =
		room ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_stream,
							 stream, free_stream)
		     : NULL;
	if (response == NULL)
		free_stream(stream);
	return response;
}

/* One stream to ask authority about, in a handler thread. */
struct question {
	uint64_t id;
	uint8_t cookie[WEB_SESSION_COOKIE];
	char peer[MSG_PEER + 1];
	permission_set permissions; /* the stream was opened with */
};
struct round {
	struct web_job job;
	struct web_sse *sse;
	size_t count;
	struct question questions[];
};

/* Whose rights changed comes back with the new ones. */
static bool still_signed_in(struct web *web, const struct question *question)
{
	struct ctx ctx;
	struct msg_authenticate message = {
		.cookie = {question->cookie, WEB_SESSION_COOKIE},
		.credential = CREDENTIAL_COOKIE,
		.peer = {(const uint8_t *)question->peer, strlen(question->peer)},
		.use = USE_STREAM};
	struct msg_principal principal = {0};
	struct web_answer answer;
	struct buf bytes;
	bool gone = false;

	ctx_init(&ctx, NULL);
	ctx.deadline_us = sys_mono_us() + ASK_US;
	web_answer_init(&answer);
	buf_init_wiped(&bytes, 1024);
	codec_put(&bytes, &msg_authenticate_codec, &message);
	if (web_link_ask(&ctx, web->link, MSG_AUTHENTICATE, bytes.data, bytes.len, -1, &answer) ==
		    ERR_OK &&
	    answer.type == MSG_PRINCIPAL &&
	    codec_get(&msg_principal_codec, answer.payload.data, answer.payload.len, &principal) ==
		    ERR_OK)
		gone = principal.err == ERR_UNAUTHENTICATED || principal.err == ERR_DENIED ||
		       (principal.err == ERR_OK && principal.permissions != question->permissions);
	buf_clear(&bytes);
	web_answer_clear(&answer);
	return !gone;
}

static void end_stream(struct web_sse *sse, uint64_t id)
{
	pthread_mutex_lock(&sse->lock);
	for (struct stream *s = sse->streams; s != NULL; s = s->next)
		if (s->id == id) {
			s->ended = true;
			buf_reset(&s->queue);
			wake(s);
		}
	pthread_mutex_unlock(&sse->lock);
}

static void free_round(struct round *round)
{
	wipe(round->questions, round->count * sizeof(round->questions[0]));
	free(round);
}

static void run_round(struct web_job *job, struct web_worker *worker)
{
	struct round *round = (struct round *)(void *)job;
	struct web_sse *sse = round->sse;

	(void)worker;
	for (size_t i = 0; i < round->count; i++)
		if (!still_signed_in(sse->web, &round->questions[i]))
			end_stream(sse, round->questions[i].id);
	pthread_mutex_lock(&sse->lock);
	sse->asking = false;
	pthread_mutex_unlock(&sse->lock);
	free_round(round);
}

/* Lock held. */
static struct round *make_round(struct web_sse *sse)
{
	struct round *round = calloc(1, sizeof(*round) + sse->count * sizeof(round->questions[0]));

	if (round == NULL)
		return NULL;
	round->job = (struct web_job){.run = run_round, .lane = WEB_SLOW};
	round->sse = sse;
	for (struct stream *s = sse->streams; s != NULL; s = s->next) {
		struct question *question = &round->questions[round->count++];
		question->id = s->id;
		question->permissions = s->permissions;
		memcpy(question->cookie, s->cookie, sizeof(question->cookie));
		memcpy(question->peer, s->peer, sizeof(question->peer));
	}
	return round;
}

static void on_timer(void *arg)
{
	static const char ping[] = ": ping\n\n";
	struct web_sse *sse = arg;
	struct round *round = NULL;

	pthread_mutex_lock(&sse->lock);
	for (struct stream *s = sse->streams; s != NULL; s = s->next)
		say(s, ping, sizeof(ping) - 1);
	sse->ask_next = !sse->ask_next;
	if (sse->ask_next && !sse->asking && sse->count > 0)
		round = make_round(sse);
	sse->asking = sse->asking || round != NULL;
	pthread_mutex_unlock(&sse->lock);
	if (round != NULL && !web_pool_add(sse->web->pool, &round->job)) {
		pthread_mutex_lock(&sse->lock);
		sse->asking = false;
		pthread_mutex_unlock(&sse->lock);
		free_round(round);
	}
	loop_timer_set(sse->timer, PING_US);
}

enum err web_sse_start(struct web_sse *sse)
{
	sse->timer = loop_timer_new(sse->web->params.loop, on_timer, sse);
	if (sse->timer == NULL)
		return ERR_MEMORY;
	loop_timer_set(sse->timer, PING_US);
	return ERR_OK;
}

void web_sse_stop(struct web_sse *sse)
{
	pthread_mutex_lock(&sse->lock);
	sse->stopped = true;
	for (struct stream *s = sse->streams; s != NULL; s = s->next)
		wake(s);
	pthread_mutex_unlock(&sse->lock);
}

void web_sse_free(struct web_sse *sse)
{
	if (sse == NULL)
		return;
	loop_timer_free(sse->timer);
	pthread_mutex_destroy(&sse->lock);
	free(sse);
}
