/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NOTIFY_MESSAGE_H
#define NOTIFY_MESSAGE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/uuid.h"

/*
 * A notice as an Internet message (RFC 5322, RFC 2047, RFC 2045): text/plain in UTF-8, as base64,
 * so that nothing anybody was named can end a line of it. The only link is to the portal's address
 * as it is configured, and carries nothing.
 */
struct message_origin {
	const char *sender;	/* address */
	const char *public_url; /* "https://host[:port]" */
};
struct message {
	struct uuid id;	      /* of Message-ID: the same each time it is tried */
	const char *kind;     /* notify/kind.h */
	const char *language; /* "ja" or "en" */
	const char *address;  /* to whom */
	const char *login, *display_name;
	int64_t occurred_at;			/* shown in the process's time zone */
	const char *peer, *user_agent, *detail; /* each NULL: left out */
};

/* Lines end in CR LF. ERR_INPUT: an unknown kind, or an address that is none; ERR_MEMORY. */
enum err message_write(struct buf *out, const struct message_origin *origin,
		       const struct message *message, int64_t now_us) ERR_CHECKED;
/* Host of "https://host[:port]", without brackets and port; for Message-ID and EHLO. */
void message_host(const char *url, char *out, size_t size);

#endif
