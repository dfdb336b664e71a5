/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef GATEWAYS_AGENT_POLICY_H
#define GATEWAYS_AGENT_POLICY_H

#include <stddef.h>
#include <stdint.h>

#include "base/ctx.h"
#include "gateways/proto/bundle.h"
#include "gateways/proto/verdict.h"

/*
 * What this gateway may dial: the signed bundle it stores, the grants this run (boot_id) has
 * already honoured, and the signed clock both are measured with (server time of the newest
 * signature seen, plus monotonic time since: the wall clock extends nothing).
 */
struct policy;
struct policy *policy_new(const char *dir, const struct uuid *gateway_id,
			  const struct uuid *boot_id, const uint8_t grant_key[GRANT_PUBLIC_KEY]);
void policy_free(struct policy *policy);
/* Reads the stored bundle, if there is one. ERR_NOT_FOUND is no failure. */
enum err policy_load(struct ctx *ctx, struct policy *policy) ERR_CHECKED;
/* Verifies, refuses a version or a clock that goes back (ERR_STALE) or another gateway's
 * (ERR_DENIED), writes it durably, then uses it. An announcement alone renews a stored bundle that
 * has the same body; ERR_CONFLICT: it has not, the whole is wanted. */
enum err policy_store(struct ctx *ctx, struct policy *policy, const void *data,
		      size_t len) ERR_CHECKED;
/* How long a bundle that begins so may become: more than BUNDLE_SIGNED_MAX only when its
 * announcement is there, is signed, and is not older than what is stored. */
size_t policy_room(const struct policy *policy, const void *data, size_t len);
uint64_t policy_version(const struct policy *policy);		 /* 0: none */
const struct bundle *policy_bundle(const struct policy *policy); /* NULL: none */

/* A CONNECT request: authority "<target uuid>.target:<port>" and the base64url grant (NULL:
 * absent). GW_REASON_NONE: allowed, the grant is spent, *out_target is borrowed until the next
 * bundle. */
enum gateway_reason policy_check(struct policy *policy, const char *authority,
				 const char *grant_text, const struct bundle_target **out_target);

#endif
