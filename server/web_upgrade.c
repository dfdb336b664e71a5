/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <openssl/evp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "server/web_inner.h"

/*
 * WebSocket (RFC 6455) as far as web goes: the handshake, then the raw socket is authority's to
 * give to a broker. 101 has to be sent before authority can be asked, so a refusal after it is
 * told in the socket's own language: the reason, a close frame, the end.
 */

static const char protocol[] = "sekisho-terminal.1";
enum { EXTRA_MAX = 4096, ASK_US = 950 * 1000 };

/* "a, b, c" holds token. */
static bool has_token(const char *list, const char *token, bool any_case)
{
	size_t want = strlen(token);

	while (list != NULL && *list != '\0') {
		list += strspn(list, " \t,");
		size_t len = strcspn(list, ","), bare = len;
		while (bare > 0 && (list[bare - 1] == ' ' || list[bare - 1] == '\t'))
			bare--;
		if (bare == want &&
		    (any_case ? strncasecmp(list, token, want) : strncmp(list, token, want)) == 0)
			return true;
		list += len;
	}
	return false;
}

static bool is_key(const char *key)
{
	uint8_t bytes[18];

	return key != NULL && strlen(key) == 24 &&
	       base64_decode(key, 24, bytes, sizeof(bytes)) == 16;
}

enum err web_check_upgrade(struct web_request *request)
{
	const char *version = request->header[HEADER_WEBSOCKET_VERSION];

	if (!has_token(request->header[HEADER_UPGRADE], "websocket", true) ||
	    !has_token(request->header[HEADER_CONNECTION], "upgrade", true) ||
	    !is_key(request->header[HEADER_WEBSOCKET_KEY]))
		return err_reason(&request->ctx, ERR_SYNTAX, "websocket.handshake",
				  "this address speaks WebSocket only");
	if (version == NULL || strcmp(version, "13") != 0) {
		web_reply_header(request, "Sec-WebSocket-Version", "13");
		return err_reason(&request->ctx, ERR_SYNTAX, "websocket.version",
				  "WebSocket version 13 is spoken here");
	}
	if (!has_token(request->header[HEADER_WEBSOCKET_PROTOCOL], protocol, false))
		return err_reason(&request->ctx, ERR_SYNTAX, "websocket.protocol",
				  "the subprotocol is %s", protocol);
	return ERR_OK;
}

/* base64(SHA-1(key ‖ the RFC's GUID)): a proof of understanding, not of anything secret. */
static bool accept_key(const char *key, char out[BASE64_SIZE(20)])
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	uint8_t hash[EVP_MAX_MD_SIZE];
	char text[24 + sizeof(guid)];
	unsigned len = 0;

	memcpy(text, key, 24);
	memcpy(text + 24, guid, sizeof(guid));
	if (EVP_Digest(text, 24 + sizeof(guid) - 1, hash, &len, EVP_sha1(), NULL) != 1 || len != 20)
		return false;
	base64_encode(hash, 20, out);
	return true;
}

/* What is needed after the request itself is gone. */
struct handover {
	struct web_job job;
	struct web *web;
	char trace[CTX_TRACE_SIZE];
	int fd;
	struct buf message; /* MSG_EXECUTE */
};

static void free_handover(struct handover *handover)
{
	if (handover->fd >= 0)
		close(handover->fd);
	buf_clear(&handover->message);
	free(handover);
}

/* One unmasked final binary frame, payload under 64 KiB. */
static void put_frame(struct buf *out, uint8_t opcode, const void *data, size_t len)
{
	buf_put_u8(out, 0x80 | opcode);
	if (len < 126) {
		buf_put_u8(out, (uint8_t)len);
	} else {
		buf_put_u8(out, 126);
		buf_put_u16(out, (uint16_t)len);
	}
	buf_put(out, data, len);
}

/* 0x12 ended {hop, reason, text}, then close 1000: what a broker would have said. */
static void say_refused(int fd, const char *reason, const char *text)
{
	enum { ENDED = 0x12, BINARY = 2, CLOSE = 8 };
	static const uint8_t normal[] = {0x03, 0xe8};
	scoped(buf_clear) struct buf payload;
	scoped(buf_clear) struct buf frames;
	struct pollfd wait = {.fd = fd, .events = POLLOUT};

	buf_init(&payload, 2048);
	buf_init(&frames, 4096);
	buf_put_u8(&payload, ENDED);
	buf_put(&payload, "server", sizeof("server"));
	buf_put(&payload, reason, strlen(reason) + 1);
	buf_put(&payload, text, strlen(text) + 1);
	put_frame(&frames, BINARY, payload.data, payload.len);
	put_frame(&frames, CLOSE, normal, sizeof(normal));
	if (buf_failed(&frames) || poll(&wait, 1, 1000) != 1 ||
	    send(fd, frames.data, frames.len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
		/* gone already: nobody is left to be told */
	}
	shutdown(fd, SHUT_RDWR);
}

static void ask(struct ctx *ctx, struct handover *handover)
{
	struct msg_result result = {0};
	struct web_answer answer;
	char reason[CTX_REASON_SIZE] = "internal", text[CTX_TEXT_SIZE] = "internal error";

	web_answer_init(&answer);
	enum err err = web_link_ask(ctx, handover->web->link, MSG_EXECUTE, handover->message.data,
				    handover->message.len, handover->fd, &answer);
	if (err != ERR_OK) {
		say_refused(handover->fd, ctx->error.reason, ctx->error.text);
	} else if (answer.type != MSG_RESULT || codec_get(&msg_result_codec, answer.payload.data,
							  answer.payload.len, &result) != ERR_OK) {
		say_refused(handover->fd, reason, text);
	} else if (result.err != ERR_OK) {
		size_t reason_len = result.reason.len < sizeof(reason) ? result.reason.len : 0;
		size_t text_len = result.text.len < sizeof(text) ? result.text.len : 0;
		memcpy(reason, result.reason.data, reason_len);
		reason[reason_len] = '\0';
		memcpy(text, result.text.data, text_len);
		text[text_len] = '\0';
		say_refused(handover->fd, reason_len > 0 ? reason : err_code((enum err)result.err),
			    text);
	}
	web_answer_clear(&answer);
}

static void run_handover(struct web_job *job, struct web_worker *worker)
{
	struct handover *handover = (struct handover *)(void *)job;
	struct ctx ctx;

	(void)worker;
	ctx_init(&ctx, NULL);
	memcpy(ctx.trace, handover->trace, sizeof(ctx.trace));
	ctx.deadline_us = sys_mono_us() + ASK_US;
	ask(&ctx, handover);
	free_handover(handover);
}

static struct handover *handover_new(struct web_request *request, const char *extra, size_t len,
				     int socket)
{
	enum { MESSAGE_MAX = 80 * 1024 };
	struct handover *handover = calloc(1, sizeof(*handover));

	if (handover == NULL)
		return NULL;
	handover->job.run = run_handover;
	handover->web = request->web;
	memcpy(handover->trace, request->ctx.trace, sizeof(handover->trace));
	buf_init_wiped(&handover->message, MESSAGE_MAX);
	handover->fd = fcntl(socket, F_DUPFD_CLOEXEC, 0);
	struct block behind = {(const uint8_t *)extra, len};
	if (handover->fd >= 0 && len <= EXTRA_MAX &&
	    web_encode_execute(request, behind, &handover->message) == ERR_OK)
		return handover;
	free_handover(handover);
	return NULL;
}

/* Close at once, inside the handler: the daemon then forgets its copy without shutdown(), and ours
 * lives on. */
static void on_upgrade(void *cls, struct MHD_Connection *connection, void *con_cls,
		       const char *extra, size_t extra_len, MHD_socket socket,
		       struct MHD_UpgradeResponseHandle *urh)
{
	struct web_request *request = cls;
	struct handover *handover = handover_new(request, extra, extra_len, socket);

	(void)connection;
	(void)con_cls;
	if (handover == NULL || !web_pool_add(request->web->pool, &handover->job)) {
		say_refused(socket, "resource.exhausted", "too busy; try again in a moment");
		if (handover != NULL)
			free_handover(handover);
	}
	MHD_upgrade_action(urh, MHD_UPGRADE_ACTION_CLOSE);
}

struct MHD_Response *web_upgrade_response(struct web_request *request)
{
	char accept[BASE64_SIZE(20)];

	if (!accept_key(request->header[HEADER_WEBSOCKET_KEY], accept))
		return NULL;
	struct MHD_Response *response = MHD_create_response_for_upgrade(on_upgrade, request);
	if (response == NULL)
		return NULL;
	if (MHD_add_response_header(response, MHD_HTTP_HEADER_UPGRADE, "websocket") == MHD_YES &&
	    MHD_add_response_header(response, "Sec-WebSocket-Accept", accept) == MHD_YES &&
	    MHD_add_response_header(response, "Sec-WebSocket-Protocol", protocol) == MHD_YES)
		return response;
	MHD_destroy_response(response);
	return NULL;
}
