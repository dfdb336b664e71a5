/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUDIT_SYSLOG_H
#define AUDIT_SYSLOG_H

#include <stdint.h>

#include "base/buf.h"
#include "base/uuid.h"

/*
 * Audit events and checkpoints as syslog messages (RFC 5424), framed by octet counting (RFC 5425):
 *
 *   LEN <PRI>1 TIME HOST sekisho - EVENT [sekisho@PEN n="…" id="…" …] BOM LEAF
 *
 * Facility 10 (authentication log) or 13 (operation log); severity notice, warning (refused) or
 * error (failed). MSG is the leaf, byte for byte: with its hash and n it can be held against the
 * tree. n is what tells a message that came twice. Control characters in parameters become "?".
 */
struct syslog_origin {
	const char *host;   /* as a HOSTNAME: printable ASCII, no space */
	int64_t enterprise; /* private enterprise number of the structured data */
};

struct syslog_event {
	uint64_t n;
	struct uuid id;
	int64_t time; /* UTC us */
	bool is_auth;
	const char *event, *outcome;
	const char *actor, *object_type, *object_name, *peer; /* or NULL */
	const uint8_t *leaf_hash;			      /* 32 bytes */
	const char *leaf;
	size_t leaf_len;
};

/* Appends one frame. A buffer that is too small fails as buffers do. */
void syslog_put_event(struct buf *out, const struct syslog_origin *origin,
		      const struct syslog_event *event);
/* The signed note goes along in base64: whoever holds it is a witness. */
void syslog_put_checkpoint(struct buf *out, const struct syslog_origin *origin, uint64_t size,
			   int64_t time, const char *note);

#endif
