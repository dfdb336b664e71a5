/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/syslog.h"

#include <inttypes.h>

#include "base/cleanup.h"
#include "base/text.h"

enum {
	FACILITY_AUTH = 10,
	FACILITY_AUDIT = 13,
	CRITICAL = 2,
	ERROR = 3,
	WARNING = 4,
	NOTICE = 5,
	NOTE_MAX = 1024,
	MESSAGE_MAX = 20 * 1024 * 1024,
};

/* What wakes somebody up, whatever came of it. */
static unsigned severity(const char *event, const char *outcome)
{
	if (strcmp(event, "auth.break_glass") == 0)
		return CRITICAL;
	if (strcmp(outcome, "refused") == 0)
		return WARNING;
	return strcmp(outcome, "failed") == 0 ? ERROR : NOTICE;
}

static void put_header(struct buf *out, const struct syslog_origin *origin, unsigned priority,
		       int64_t time, const char *id)
{
	char text[TIME_TEXT_SIZE];
	time_format(time, text);
	buf_printf(out, "<%u>1 %s %s sekisho - %s ", priority, text, origin->host, id);
}

/* RFC 5424 6.3.3: quote, backslash and bracket are escaped. */
static void put_parameter(struct buf *out, const char *name, const char *value)
{
	if (value == NULL)
		return;
	buf_printf(out, " %s=\"", name);
	for (; *value != '\0'; value++) {
		if (strchr("\"\\]", *value) != NULL)
			buf_put_u8(out, '\\');
		buf_put_u8(out, (uint8_t)*value < 0x20 || *value == 0x7f ? '?' : (uint8_t)*value);
	}
	buf_put_u8(out, '"');
}

static void frame(struct buf *out, const struct buf *message)
{
	buf_printf(out, "%zu ", message->len);
	buf_put(out, message->data, message->len);
	if (buf_failed(message))
		out->failed = true;
}

void syslog_put_event(struct buf *out, const struct syslog_origin *origin,
		      const struct syslog_event *event)
{
	scoped(buf_clear) struct buf message;
	char id[UUID_TEXT_SIZE], hash[65];
	unsigned facility = event->is_auth ? FACILITY_AUTH : FACILITY_AUDIT;
	buf_init(&message, MESSAGE_MAX);
	uuid_format(&event->id, id);
	hex_encode(event->leaf_hash, 32, hash);
	put_header(&message, origin, facility * 8 + severity(event->event, event->outcome),
		   event->time, event->event);
	buf_printf(&message, "[sekisho@%" PRId64 " n=\"%" PRIu64 "\"", origin->enterprise,
		   event->n);
	put_parameter(&message, "id", id);
	put_parameter(&message, "leafHash", hash);
	put_parameter(&message, "outcome", event->outcome);
	put_parameter(&message, "actor", event->actor);
	put_parameter(&message, "objectType", event->object_type);
	put_parameter(&message, "object", event->object_name);
	put_parameter(&message, "peer", event->peer);
	buf_printf(&message, "] \xef\xbb\xbf");
	buf_put(&message, event->leaf, event->leaf_len);
	frame(out, &message);
}

void syslog_put_checkpoint(struct buf *out, const struct syslog_origin *origin, uint64_t size,
			   int64_t time, const char *note)
{
	scoped(buf_clear) struct buf message;
	char text[BASE64_SIZE(NOTE_MAX)];
	size_t len = strlen(note);
	if (len > NOTE_MAX) {
		out->failed = true;
		return;
	}
	buf_init(&message, MESSAGE_MAX);
	base64_encode(note, len, text);
	put_header(&message, origin, FACILITY_AUDIT * 8 + NOTICE, time, "checkpoint");
	buf_printf(&message, "[checkpoint@%" PRId64 " size=\"%" PRIu64 "\"", origin->enterprise,
		   size);
	put_parameter(&message, "note", text);
	buf_put_u8(&message, ']');
	frame(out, &message);
}
