/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef GATEWAYS_PROTO_BUNDLE_H
#define GATEWAYS_PROTO_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/err.h"
#include "base/uuid.h"
#include "gateways/proto/grant.h"

/*
 * The policy bundle of one gateway: which targets it may dial and where they are. It is replaced as
 * one unit, its version never goes back, and `issued` is also the signed clock the gateway measures
 * grants against.
 *   body   {u32 count, targets}
 *   small  {u8 1, head} || body || Ed25519("sekisho-bundle/1\0" || all before)
 *   large  {u8 2, head, u32 length and SHA-256 of the body} || Ed25519(label || all before) || body
 * What stands before a large one's body is its announcement: it says by itself whether the body
 * that a gateway holds is still the right one, so the body travels only when it is not. Gateways
 * before protocol 2 know the small form only.
 */
enum { BUNDLE_SIGNED_MAX = 128 * 1024, BUNDLE_TARGETS_MAX = 8192 }; /* of a small one */
enum { BUNDLE_LARGE_MAX = 16 * 1024 * 1024, BUNDLE_LARGE_TARGETS_MAX = 100000 };
enum { BUNDLE_HASH = 32, BUNDLE_ANNOUNCEMENT = 177, BUNDLE_ADDRESSES_MAX = 8 };
enum { BUNDLE_ADDRESS_MAX = 253 };
#define BUNDLE_REFRESH_US (60 * INT64_C(1000000))
#define BUNDLE_STALE_US	  (15 * 60 * INT64_C(1000000))
#define BUNDLE_EXPIRES_US (24 * 3600 * INT64_C(1000000))

struct bundle_head {
	uint64_t version;
	struct uuid tenant, gateway_id;
	int64_t issued, refresh_after, stale_after, expires; /* UTC microseconds, absolute */
};

struct bundle_target {
	struct uuid id;
	uint32_t port;
	size_t address_count;
	const char *addresses[BUNDLE_ADDRESSES_MAX]; /* numeric or host name, tried in order */
};

struct bundle {
	struct bundle_head head;
	struct bundle_target *targets; /* sorted by id, no duplicates */
	size_t target_count;
	char *texts; /* owns all addresses */
};

/* Appends a body target by target, in the order of their ids; one out of order, or unsound, fails
 * the buffer. */
struct bundle_writer {
	struct buf *out;
	size_t start;
	uint32_t count;
	struct uuid last;
};
void bundle_body_begin(struct bundle_writer *writer, struct buf *out);
void bundle_body_add(struct bundle_writer *writer, const struct bundle_target *target);
void bundle_body_end(struct bundle_writer *writer);

/* True when a small bundle can hold that body. */
bool bundle_body_is_small(struct block body);
/* Appends what the keeper signs: all of a small bundle, or the announcement of a large one. */
void bundle_put_small(struct buf *out, const struct bundle_head *head, struct block body);
void bundle_put_announcement(struct buf *out, const struct bundle_head *head, struct block body);
/* A small one from a list. */
void bundle_put(struct buf *out, const struct bundle_head *head,
		const struct bundle_target *targets, size_t count);

/* What a large bundle's first BUNDLE_ANNOUNCEMENT bytes say, verified; the body may follow. A small
 * bundle is ERR_SYNTAX. */
struct bundle_announcement {
	struct bundle_head head;
	size_t body_len;
	uint8_t body_hash[BUNDLE_HASH];
};
enum err bundle_announced(const void *data, size_t len, const uint8_t public_key[GRANT_PUBLIC_KEY],
			  struct bundle_announcement *out) ERR_CHECKED;

/* An announcement without a body. */
bool bundle_is_announcement(const void *data, size_t len);

/* Verifies and decodes a whole bundle, small or large, into *out (free with bundle_clear).
 * ERR_SYNTAX, ERR_INTEGRITY, ERR_MEMORY. */
enum err bundle_open(const void *data, size_t len, const uint8_t public_key[GRANT_PUBLIC_KEY],
		     struct bundle *out) ERR_CHECKED;
void bundle_clear(struct bundle *bundle);
/* NULL when the bundle does not name it. */
const struct bundle_target *bundle_find(const struct bundle *bundle, const struct uuid *id);

#endif
