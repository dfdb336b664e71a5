/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateways/proto/stream.h"

#include <stdio.h>
#include <string.h>

#include "base/sys.h"
#include "gateways/proto/stream_inner.h"

enum { HEADERS_SENT_MAX = 16, FRAME_HEAD = 9 };

static const struct stream_events no_events;

static struct stream *stream_new(struct tunnel *tunnel, int32_t id)
{
	struct stream *stream = calloc(1, sizeof(*stream));

	if (!stream)
		return NULL;
	stream->tunnel = tunnel;
	stream->id = id;
	stream->events = &no_events;
	stream->window = STREAM_WINDOW;
	stream->consumed_since = sys_mono_us();
	buf_init(&stream->headers, 2 * TUNNEL_HEADERS_MAX);
	buf_init(&stream->out, STREAM_QUEUE_MAX);
	stream->next = tunnel->first;
	stream->link = &tunnel->first;
	if (tunnel->first)
		tunnel->first->link = &stream->next;
	tunnel->first = stream;
	tunnel->count++;
	return stream;
}

static void stream_free(struct stream *stream)
{
	buf_clear(&stream->headers);
	buf_clear(&stream->out);
	free(stream);
}

static void stream_unlink(struct stream *stream)
{
	*stream->link = stream->next;
	if (stream->next)
		stream->next->link = stream->link;
	stream->tunnel->count--;
	stream->tunnel->connects -= stream->connect;
}

void stream_gone(struct stream *stream, uint32_t code)
{
	struct tunnel *tunnel = stream->tunnel;

	stream->closing = true;
	stream_unlink(stream);
	tunnel->grown -= stream->window - STREAM_WINDOW;
	(void)nghttp2_session_set_stream_user_data(tunnel->session, stream->id, NULL);
	if (stream->events->closed)
		stream->events->closed(stream->arg, stream, code);
	stream_free(stream);
	if (!tunnel->over)
		tunnel_kick(tunnel);
}

static struct stream *stream_of(nghttp2_session *session, int32_t id)
{
	return id ? nghttp2_session_get_stream_user_data(session, id) : NULL;
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	struct tunnel *tunnel = arg;
	struct stream *stream;

	if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;
	stream = stream_new(tunnel, frame->hd.stream_id);
	if (!stream)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	(void)nghttp2_session_set_stream_user_data(session, stream->id, stream);
	return 0;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
		     size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags,
		     void *arg)
{
	struct stream *stream = stream_of(session, frame->hd.stream_id);

	(void)flags;
	(void)arg;
	if (!stream || stream->headed)
		return 0; /* trailers say nothing here */
	if (memchr(value, '\0', value_len) ||
	    stream->headers.len + name_len + value_len > TUNNEL_HEADERS_MAX)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	buf_put(&stream->headers, name, name_len);
	buf_put_u8(&stream->headers, 0);
	buf_put(&stream->headers, value, value_len);
	buf_put_u8(&stream->headers, 0);
	return buf_failed(&stream->headers) ? NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE : 0;
}

static int status_of(const struct stream *stream)
{
	const char *text = stream_header(stream, ":status");
	long status = text ? strtol(text, NULL, 10) : 0;

	return status >= 200 && status <= 599 ? (int)status : 0;
}

static void headers_complete(struct tunnel *tunnel, struct stream *stream)
{
	const char *method = stream_header(stream, ":method");

	if (stream->headed)
		return;
	stream->headed = true;
	if (!tunnel->gateway) {
		int status = status_of(stream);

		if (!status)
			stream_reset(stream, STREAM_PROTOCOL);
		else if (stream->events->answer)
			stream->events->answer(stream->arg, stream, status);
		return;
	}
	stream->connect = method && strcmp(method, "CONNECT") == 0;
	tunnel->connects += stream->connect;
	tunnel->events->request(tunnel->arg, stream);
}

static void on_ping(struct tunnel *tunnel, const nghttp2_frame *frame)
{
	if ((frame->hd.flags & NGHTTP2_FLAG_ACK) && tunnel->ping_us) {
		int64_t took = sys_mono_us() - tunnel->ping_us;

		tunnel->rtt_us = took > UINT32_MAX ? UINT32_MAX : (uint32_t)(took > 0 ? took : 1);
		tunnel->ping_us = 0;
	}
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	struct stream *stream = stream_of(session, frame->hd.stream_id);
	struct tunnel *tunnel = arg;

	if (frame->hd.type == NGHTTP2_PING)
		on_ping(tunnel, frame);
	if (frame->hd.type == NGHTTP2_GOAWAY)
		tunnel->draining = true;
	if (stream && frame->hd.type == NGHTTP2_HEADERS)
		headers_complete(tunnel, stream);
	if (stream && (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) &&
	    (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) && stream->events->end)
		stream->events->end(stream->arg, stream);
	return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data,
		   size_t len, void *arg)
{
	struct stream *stream = stream_of(session, id);

	(void)flags;
	(void)arg;
	if (!stream) {
		(void)nghttp2_session_consume(session, id, len);
		return 0;
	}
	(void)nghttp2_session_consume_connection(session, len);
	if (stream->events->data)
		stream->events->data(stream->arg, stream, data, len);
	else
		stream_consume(stream, len);
	return 0;
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t code, void *arg)
{
	struct stream *stream = stream_of(session, id);

	(void)arg;
	if (stream)
		stream_gone(stream, code);
	return 0;
}

/* A request that could not be sent any more (GOAWAY): nghttp2 knows no stream to close. */
static int on_not_sent(nghttp2_session *session, const nghttp2_frame *frame, int error, void *arg)
{
	struct tunnel *tunnel = arg;

	(void)session;
	(void)error;
	if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;
	for (struct stream *stream = tunnel->first; stream; stream = stream->next) {
		if (stream->id == frame->hd.stream_id) {
			stream_gone(stream, STREAM_REFUSED);
			break;
		}
	}
	return 0;
}

/* How much a data frame may hold. Together with its head it fills one TLS record, or four when a
 * session has more to say than that: a frame that ends within a record costs another one, and
 * nghttp2 keeps the memory of the largest, which idle connections must not have. */
static ssize_t frame_length(nghttp2_session *session, uint8_t type, int32_t id,
			    int32_t connection_window, int32_t stream_window, uint32_t frame_max,
			    void *arg)
{
	const struct stream *stream = stream_of(session, id);
	bool large = stream && stream->connect && stream->plenty;
	int32_t length = (large ? TUNNEL_FRAME_MAX : STREAM_FRAME) - FRAME_HEAD;

	(void)type;
	(void)arg;
	if (length > (int32_t)frame_max)
		length = STREAM_FRAME - FRAME_HEAD; /* what everybody takes */
	if (length > connection_window)
		length = connection_window;
	return length < stream_window ? length : stream_window;
}

enum err stream_callbacks(nghttp2_session_callbacks *callbacks)
{
	nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
	nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, on_not_sent);
	nghttp2_session_callbacks_set_data_source_read_length_callback(callbacks, frame_length);
	return ERR_OK;
}

/* Queued bytes first, then what pull gives. */
static ssize_t source_read(nghttp2_session *session, int32_t id, uint8_t *out, size_t len,
			   uint32_t *flags, nghttp2_data_source *source, void *arg)
{
	struct stream *stream = source->ptr;
	size_t queued = stream->out.len - stream->out_at;
	bool end = false;
	ssize_t n = 0;

	(void)session;
	(void)id;
	(void)arg;
	if (queued) {
		n = (ssize_t)(queued < len ? queued : len);
		memcpy(out, stream->out.data + stream->out_at, (size_t)n);
		stream->out_at += (size_t)n;
		end = stream->finished && stream->out_at == stream->out.len;
	} else if (stream->finished) {
		end = true;
	} else if (stream->events->pull) {
		n = stream->events->pull(stream->arg, stream, out, len, &end);
	}
	if (n < 0)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	stream->plenty = n >= STREAM_FRAME - FRAME_HEAD;
	if (end)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	if (n == 0 && !end) {
		stream->deferred = true;
		return NGHTTP2_ERR_DEFERRED;
	}
	return n;
}

static nghttp2_nv field(const char *name, const char *value)
{
	/* nghttp2 copies both; its type just lacks the const. */
	return (nghttp2_nv){.name = (uint8_t *)(uintptr_t)name,
			    .value = (uint8_t *)(uintptr_t)value,
			    .namelen = strlen(name),
			    .valuelen = strlen(value)};
}

static size_t add_headers(nghttp2_nv *list, size_t at, const struct stream_header *headers,
			  size_t count)
{
	for (size_t i = 0; i < count && at < HEADERS_SENT_MAX; i++)
		list[at++] = field(headers[i].name, headers[i].value);
	return at;
}

struct stream *stream_open(struct tunnel *tunnel, const char *method, const char *authority,
			   const char *path, const struct stream_header *headers, size_t count,
			   bool has_body, const struct stream_events *events, void *arg)
{
	nghttp2_nv list[HEADERS_SENT_MAX] = {field(":method", method),
					     field(":authority", authority)};
	nghttp2_data_provider provider = {.read_callback = source_read};
	struct stream *stream;
	size_t used = 2;

	if (!tunnel_is_open(tunnel))
		return NULL;
	if (path) {
		list[used++] = field(":scheme", "https");
		list[used++] = field(":path", path);
	}
	stream = stream_new(tunnel, 0);
	if (!stream)
		return NULL;
	used = add_headers(list, used, headers, count);
	provider.source.ptr = stream;
	stream->id = nghttp2_submit_request(tunnel->session, NULL, list, used,
					    has_body ? &provider : NULL, stream);
	if (stream->id < 0) {
		stream_unlink(stream);
		stream_free(stream);
		return NULL;
	}
	stream->connect = !path;
	tunnel->connects += stream->connect;
	stream->events = events;
	stream->arg = arg;
	tunnel_kick(tunnel);
	return stream;
}

void stream_answer(struct stream *stream, int status, const struct stream_header *headers,
		   size_t count, bool has_body)
{
	nghttp2_data_provider provider = {.source = {.ptr = stream}, .read_callback = source_read};
	nghttp2_nv list[HEADERS_SENT_MAX];
	char text[16];
	size_t used;

	(void)snprintf(text, sizeof(text), "%d", status);
	list[0] = field(":status", text);
	used = add_headers(list, 1, headers, count);
	if (nghttp2_submit_response(stream->tunnel->session, stream->id, list, used,
				    has_body ? &provider : NULL))
		stream_reset(stream, STREAM_CANCEL);
	tunnel_kick(stream->tunnel);
}

void stream_events(struct stream *stream, const struct stream_events *events, void *arg)
{
	stream->events = events ? events : &no_events;
	stream->arg = arg;
}

bool stream_write(struct stream *stream, const void *data, size_t len)
{
	if (stream->out_at == stream->out.len) {
		buf_reset(&stream->out);
		stream->out_at = 0;
	} else if (stream->out.len + len > STREAM_QUEUE_MAX) {
		buf_consume(&stream->out, stream->out_at);
		stream->out_at = 0;
	}
	buf_put(&stream->out, data, len);
	if (buf_failed(&stream->out)) {
		buf_reset(&stream->out);
		stream->out_at = 0;
		stream_reset(stream, STREAM_CANCEL);
		return false;
	}
	stream_ready(stream);
	return true;
}

void stream_finish(struct stream *stream)
{
	stream->finished = true;
	stream_ready(stream);
}

void stream_ready(struct stream *stream)
{
	if (!stream->deferred || stream->closing)
		return;
	stream->deferred = false;
	(void)nghttp2_session_resume_data(stream->tunnel->session, stream->id);
	tunnel_kick(stream->tunnel);
}

/* Half a window consumed within two round trips: the window, not the owner, may set the pace. What
 * was consumed is told by half windows, so a full one can move as little as its half in a round
 * trip. */
static void window_grow(struct stream *stream)
{
	struct tunnel *tunnel = stream->tunnel;
	int64_t now = sys_mono_us();
	bool quick = now - stream->consumed_since < 2 * (int64_t)tunnel->rtt_us;

	stream->consumed = 0;
	stream->consumed_since = now;
	if (stream->window >= STREAM_WINDOW_MAX ||
	    tunnel->grown + stream->window > TUNNEL_GROWTH_MAX)
		return;
	tunnel_ping(tunnel, now); /* the way may have become longer */
	if (!quick)
		return;
	if (nghttp2_session_set_local_window_size(tunnel->session, NGHTTP2_FLAG_NONE, stream->id,
						  2 * (int32_t)stream->window) != 0)
		return;
	tunnel->grown += stream->window;
	stream->window *= 2;
}

void stream_consume(struct stream *stream, size_t len)
{
	if (stream->closing || len == 0)
		return;
	stream->consumed += len;
	if (stream->consumed >= stream->window / 2)
		window_grow(stream);
	if (nghttp2_session_consume_stream(stream->tunnel->session, stream->id, len))
		tunnel_close(stream->tunnel, "memory");
	tunnel_kick(stream->tunnel);
}

void stream_reset(struct stream *stream, enum stream_code code)
{
	if (stream->closing)
		return;
	if (nghttp2_submit_rst_stream(stream->tunnel->session, NGHTTP2_FLAG_NONE, stream->id,
				      (uint32_t)code))
		tunnel_close(stream->tunnel, "memory");
	tunnel_kick(stream->tunnel);
}

const char *stream_header(const struct stream *stream, const char *name)
{
	const char *at = (const char *)stream->headers.data;
	const char *end = at ? at + stream->headers.len : NULL;

	while (at && at < end) {
		const char *value = at + strlen(at) + 1;

		if (strcmp(at, name) == 0)
			return value;
		at = value + strlen(value) + 1;
	}
	return NULL;
}

struct tunnel *stream_tunnel(const struct stream *stream)
{
	return stream->tunnel;
}
