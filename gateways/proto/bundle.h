/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef GATEWAYS_PROTO_BUNDLE_H
#define GATEWAYS_PROTO_BUNDLE_H

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
 * grants against. Signed form: payload || Ed25519("sekisho-bundle/1\0" || payload).
 */
enum { BUNDLE_SIGNED_MAX = 128 * 1024, BUNDLE_TARGETS_MAX = 8192, BUNDLE_ADDRESSES_MAX = 8 };
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

/* Appends the payload: what the keeper signs. Sorting is the caller's: an unsorted, duplicate or
 * over-long list fails the buffer. */
void bundle_put(struct buf *out, const struct bundle_head *head,
		const struct bundle_target *targets, size_t count);
/* Verifies and decodes a signed form into *out (free with bundle_clear). ERR_SYNTAX,
 * ERR_INTEGRITY, ERR_MEMORY. */
enum err bundle_open(const void *data, size_t len, const uint8_t public_key[GRANT_PUBLIC_KEY],
		     struct bundle *out) ERR_CHECKED;
void bundle_clear(struct bundle *bundle);
/* NULL when the bundle does not name it. */
const struct bundle_target *bundle_find(const struct bundle *bundle, const struct uuid *id);

#endif
