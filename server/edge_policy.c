/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/edge_policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "gateways/proto/bundle.h"

enum { NUMBER_TEXT = 16 };

void policy_gather_init(struct policy_gather *gather)
{
	*gather = (struct policy_gather){.total = 0};
	buf_init(&gather->bytes, BUNDLE_LARGE_MAX);
}

void policy_gather_clear(struct policy_gather *gather)
{
	buf_clear(&gather->bytes);
	policy_gather_init(gather);
}

enum err policy_gather_part(struct policy_gather *gather,
			    const struct msg_gateway_policy_part *part, bool *out_whole)
{
	*out_whole = false;
	if (part->offset == 0) {
		policy_gather_clear(gather);
		gather->gateway_id = part->gateway_id;
		gather->total = part->total;
	}
	if (part->total != gather->total || part->total > BUNDLE_LARGE_MAX ||
	    part->offset != gather->at || part->bytes.len == 0 ||
	    part->bytes.len > gather->total - gather->at ||
	    !uuid_equal(&part->gateway_id, &gather->gateway_id))
		return ERR_INPUT;
	buf_put(&gather->bytes, part->bytes.data, part->bytes.len);
	gather->at += (uint32_t)part->bytes.len;
	*out_whole = gather->at == gather->total;
	return ERR_OK;
}

struct policy_upload {
	struct policy_upload **slot;
	struct buf bytes;
	size_t at;
};

void put_answered(void *arg, struct stream *stream, int status)
{
	char text[NUMBER_TEXT];

	(void)arg;
	(void)stream;
	(void)snprintf(text, sizeof(text), "%d", status);
	if (status != 204)
		log_event(LOG_LEVEL_WARN, NULL, "put_not_taken", "status", text, NULL);
}

static ssize_t upload_pull(void *arg, struct stream *stream, uint8_t *out, size_t len,
			   bool *out_end)
{
	struct policy_upload *upload = arg;
	size_t left = upload->bytes.len - upload->at, n = left < len ? left : len;

	(void)stream;
	memcpy(out, upload->bytes.data + upload->at, n);
	upload->at += n;
	*out_end = n == left;
	return (ssize_t)n;
}

static void upload_closed(void *arg, struct stream *stream, uint32_t code)
{
	struct policy_upload *upload = arg;

	(void)stream;
	(void)code;
	*upload->slot = NULL;
	buf_clear(&upload->bytes);
	free(upload);
}

static const struct stream_events upload_events = {
	.answer = put_answered, .pull = upload_pull, .closed = upload_closed};

bool policy_upload_start(struct tunnel *tunnel, struct buf *bytes, struct policy_upload **slot)
{
	struct policy_upload *upload = calloc(1, sizeof(*upload));

	if (!upload)
		return false;
	upload->slot = slot;
	*slot = upload;
	upload->bytes = *bytes;
	buf_init(bytes, BUNDLE_LARGE_MAX);
	if (stream_open(tunnel, "PUT", "gateway", "/policy", NULL, 0, true, &upload_events, upload))
		return true;
	upload_closed(upload, NULL, STREAM_REFUSED);
	return false;
}
