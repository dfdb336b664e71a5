/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef GATEWAYS_PROTO_GRANT_H
#define GATEWAYS_PROTO_GRANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/err.h"
#include "base/uuid.h"

/*
 * A grant: the keeper's signed word that one gateway may open one stream to one target for one
 * session, within a minute, once, while it runs: a restarted gateway has forgotten which grants
 * were used, and refuses all that were meant for the run before. Payload: version byte and the
 * fields in a fixed order, so that a grant has exactly one encoding. Signed form: payload ||
 * Ed25519("sekisho-grant/1\0" || payload). On the wire (header gw-grant) it is base64url.
 */
enum { GRANT_SIGNATURE = 64, GRANT_PUBLIC_KEY = 32, GRANT_SIGNED_MAX = 1024 };
#define GRANT_LIFE_US  (60 * INT64_C(1000000))
#define GRANT_PROTOCOL "tcp"

struct grant {
	struct uuid tenant;	/* installation */
	struct uuid gateway_id; /* the only gateway that may use it */
	struct uuid boot_id;	/* and the only run of it */
	struct uuid target_id;
	struct uuid session_id;
	struct uuid user_id;
	struct uuid nonce; /* random: seen once */
	uint32_t port;
	struct block protocol; /* "tcp" */
	struct block user;     /* login, for the gateway's own log */
	struct block ticket;   /* may be empty */
	uint64_t policy_version;
	int64_t issued, expires; /* UTC microseconds of the server */
};

/* Appends the payload: what the keeper signs. */
void grant_put(struct buf *out, const struct grant *grant);
/* Decodes a signed form and verifies it with the 32-byte key: ERR_SYNTAX when it does not parse,
 * ERR_INTEGRITY when the signature is wrong. Blocks are borrowed from data. Says nothing about time
 * or whether it is for us. */
enum err grant_open(const void *data, size_t len, const uint8_t public_key[GRANT_PUBLIC_KEY],
		    struct grant *out) ERR_CHECKED;

/* A moment from 1970 to the year 9999: such are compared and subtracted without overflow. */
bool signed_time_is_sound(int64_t real_us);
/* Ed25519 over label (its NUL included) and payload; shared with the bundle. */
enum err signed_verify(const char *label, size_t label_size, const void *payload, size_t len,
		       const uint8_t signature[GRANT_SIGNATURE],
		       const uint8_t public_key[GRANT_PUBLIC_KEY]) ERR_CHECKED;

#endif
