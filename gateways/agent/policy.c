/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateways/agent/policy.h"

#include <stdio.h>

#include "base/sys.h"
#include "base/text.h"
#include "gateways/agent/state.h"

enum { NONCES_MAX = 65536 };
#define CLOCK_SLACK_US (5 * INT64_C(1000000))

struct spent {
	struct uuid nonce;
	int64_t expires;
};

struct policy {
	char path[STATE_PATH_MAX];
	struct uuid gateway_id, boot_id;
	uint8_t key[GRANT_PUBLIC_KEY];
	struct bundle bundle;
	bool loaded;
	int64_t signed_us, mono_us; /* newest signed time, and when it was seen */
	struct spent *spent;
	size_t spent_count, spent_size;
};

struct policy *policy_new(const char *dir, const struct uuid *gateway_id,
			  const struct uuid *boot_id, const uint8_t grant_key[GRANT_PUBLIC_KEY])
{
	struct policy *policy = calloc(1, sizeof(*policy));

	if (!policy)
		return NULL;
	state_path(dir, "policy.bundle", policy->path);
	policy->gateway_id = *gateway_id;
	policy->boot_id = *boot_id;
	memcpy(policy->key, grant_key, GRANT_PUBLIC_KEY);
	return policy;
}

void policy_free(struct policy *policy)
{
	if (!policy)
		return;
	bundle_clear(&policy->bundle);
	free(policy->spent);
	free(policy);
}

static int64_t policy_now(const struct policy *policy)
{
	return policy->signed_us + (sys_mono_us() - policy->mono_us);
}

/* Signed time only moves the clock forward. */
static void clock_seen(struct policy *policy, int64_t signed_us)
{
	if (policy->signed_us && signed_us <= policy_now(policy))
		return;
	policy->signed_us = signed_us;
	policy->mono_us = sys_mono_us();
}

static enum err head_accept(struct ctx *ctx, const struct policy *policy,
			    const struct bundle_head *head)
{
	const struct bundle_head *old = &policy->bundle.head;

	if (!uuid_equal(&head->gateway_id, &policy->gateway_id))
		return err_set(ctx, ERR_DENIED, "the policy bundle is another gateway's");
	if (policy->loaded && (head->version < old->version || head->issued < old->issued))
		return err_set(ctx, ERR_STALE, "the policy bundle is older than the stored one");
	return ERR_OK;
}

static enum err bundle_accept(struct ctx *ctx, struct policy *policy, const void *data, size_t len,
			      struct bundle *out)
{
	struct bundle bundle;
	enum err err = bundle_open(data, len, policy->key, &bundle);

	if (err)
		return err_set(ctx, err, "the policy bundle is not a signed one");
	err = head_accept(ctx, policy, &bundle.head);
	if (err) {
		bundle_clear(&bundle);
		return err;
	}
	*out = bundle;
	return ERR_OK;
}

static void bundle_use(struct policy *policy, struct bundle *bundle)
{
	bundle_clear(&policy->bundle);
	policy->bundle = *bundle;
	policy->loaded = true;
	clock_seen(policy, bundle->head.issued);
}

enum err policy_load(struct ctx *ctx, struct policy *policy)
{
	struct bundle bundle;
	uint8_t *data;
	size_t len;
	enum err err = sys_read_file(policy->path, BUNDLE_LARGE_MAX, &data, &len);

	if (err)
		return err_set(ctx, err, "%s: not read", policy->path);
	err = bundle_accept(ctx, policy, data, len, &bundle);
	free(data);
	if (err == ERR_OK)
		bundle_use(policy, &bundle);
	return err;
}

static enum err whole_store(struct ctx *ctx, struct policy *policy, const void *data, size_t len)
{
	struct bundle bundle;
	enum err err = bundle_accept(ctx, policy, data, len, &bundle);

	if (err)
		return err;
	if (sys_replace_file(policy->path, data, len, 0600)) {
		bundle_clear(&bundle);
		return err_set(ctx, ERR_IO, "%s: cannot be written", policy->path);
	}
	bundle_use(policy, &bundle);
	return ERR_OK;
}

static enum err announcement_open(struct ctx *ctx, const struct policy *policy, const void *data,
				  size_t len, struct bundle_announcement *out)
{
	enum err err = bundle_announced(data, len, policy->key, out);

	return err ? err_set(ctx, err, "the policy's announcement is not a signed one")
		   : head_accept(ctx, policy, &out->head);
}

/* Puts a new announcement before the stored body; where that is another one, the whole does not
 * open. */
static enum err announcement_store(struct ctx *ctx, struct policy *policy, const void *data)
{
	struct bundle_announcement announcement;
	uint8_t *stored = NULL;
	size_t len = 0;
	enum err err = announcement_open(ctx, policy, data, BUNDLE_ANNOUNCEMENT, &announcement);

	if (err)
		return err;
	err = sys_read_file(policy->path, BUNDLE_LARGE_MAX, &stored, &len);
	if (err == ERR_OK && len == BUNDLE_ANNOUNCEMENT + announcement.body_len) {
		memcpy(stored, data, BUNDLE_ANNOUNCEMENT);
		err = whole_store(ctx, policy, stored, len);
	} else if (err == ERR_OK) {
		err = ERR_INTEGRITY;
	}
	free(stored);
	if (err == ERR_NOT_FOUND || err == ERR_INTEGRITY)
		err = err_set(ctx, ERR_CONFLICT, "the body of the announced policy is wanted");
	return err;
}

enum err policy_store(struct ctx *ctx, struct policy *policy, const void *data, size_t len)
{
	return bundle_is_announcement(data, len) ? announcement_store(ctx, policy, data)
						 : whole_store(ctx, policy, data, len);
}

size_t policy_room(const struct policy *policy, const void *data, size_t len)
{
	struct bundle_announcement announcement;
	struct ctx ctx;

	ctx_init(&ctx, NULL);
	return announcement_open(&ctx, policy, data, len, &announcement)
		       ? BUNDLE_SIGNED_MAX
		       : BUNDLE_ANNOUNCEMENT + announcement.body_len;
}

uint64_t policy_version(const struct policy *policy)
{
	return policy->loaded ? policy->bundle.head.version : 0;
}

const struct bundle *policy_bundle(const struct policy *policy)
{
	return policy->loaded ? &policy->bundle : NULL;
}

static bool spent_before(struct policy *policy, const struct uuid *nonce, int64_t now)
{
	size_t kept = 0;
	bool found = false;

	for (size_t i = 0; i < policy->spent_count; i++) {
		found |= uuid_equal(&policy->spent[i].nonce, nonce);
		if (policy->spent[i].expires >= now)
			policy->spent[kept++] = policy->spent[i];
	}
	policy->spent_count = kept;
#ifdef SEKISHO_DEFECT_ACCEPT_REPLAYED_GRANT
	found = false;
#endif
	return found;
}

static bool spend(struct policy *policy, const struct grant *grant)
{
	if (policy->spent_count == policy->spent_size) {
		size_t size = policy->spent_size ? 2 * policy->spent_size : 64;
		struct spent *spent;

		if (size > NONCES_MAX)
			return false;
		spent = realloc(policy->spent, size * sizeof(*spent));
		if (!spent)
			return false;
		policy->spent = spent;
		policy->spent_size = size;
	}
	policy->spent[policy->spent_count++] =
		(struct spent){.nonce = grant->nonce, .expires = grant->expires};
	return true;
}

static enum gateway_reason grant_read(struct policy *policy, const char *text, uint8_t *bytes,
				      size_t size, struct grant *out)
{
	long len;

	if (!text || !*text)
		return GW_GRANT_MISSING;
	len = base64url_decode(text, strlen(text), bytes, size);
	if (len < 0)
		return GW_GRANT_MALFORMED;
	switch (grant_open(bytes, (size_t)len, policy->key, out)) {
	case ERR_OK: return GW_REASON_NONE;
	case ERR_INTEGRITY: return GW_GRANT_SIGNATURE;
	case ERR_MEMORY: return GW_BUSY;
	default: return GW_GRANT_MALFORMED;
	}
}

/* Ours, in time, for what the request names. */
static enum gateway_reason grant_fits(struct policy *policy, const struct grant *grant,
				      const char *authority)
{
	char id[UUID_TEXT_SIZE], expected[UUID_TEXT_SIZE + 24];

	if (!uuid_equal(&grant->gateway_id, &policy->gateway_id))
		return GW_GRANT_FOREIGN;
	if (!uuid_equal(&grant->boot_id, &policy->boot_id))
		return GW_GRANT_REPLAYED;
	if (grant->expires - grant->issued > GRANT_LIFE_US + CLOCK_SLACK_US)
		return GW_GRANT_EXPIRED;
	clock_seen(policy, grant->issued);
	if (policy_now(policy) > grant->expires)
		return GW_GRANT_EXPIRED;
	if (spent_before(policy, &grant->nonce, policy_now(policy)))
		return GW_GRANT_REPLAYED;
	uuid_format(&grant->target_id, id);
	(void)snprintf(expected, sizeof(expected), "%s.target:%u", id, grant->port);
	if (!authority || strcmp(expected, authority) != 0 ||
	    grant->protocol.len != sizeof(GRANT_PROTOCOL) - 1 ||
	    memcmp(grant->protocol.data, GRANT_PROTOCOL, grant->protocol.len) != 0)
		return GW_GRANT_MISMATCH;
	return GW_REASON_NONE;
}

static enum gateway_reason policy_allows(struct policy *policy, const struct grant *grant,
					 const struct bundle_target **out)
{
	const struct bundle_target *target;

	if (!policy->loaded)
		return GW_POLICY_MISSING;
	if (!uuid_equal(&grant->tenant, &policy->bundle.head.tenant))
		return GW_GRANT_FOREIGN;
	if (policy_now(policy) > policy->bundle.head.expires)
		return GW_POLICY_EXPIRED;
	if (grant->policy_version > policy->bundle.head.version)
		return GW_POLICY_BEHIND;
	target = bundle_find(&policy->bundle, &grant->target_id);
	if (!target || target->port != grant->port)
		return GW_TARGET_UNKNOWN;
	*out = target;
	return GW_REASON_NONE;
}

enum gateway_reason policy_check(struct policy *policy, const char *authority,
				 const char *grant_text, const struct bundle_target **out_target)
{
	uint8_t bytes[GRANT_SIGNED_MAX];
	enum gateway_reason reason;
	struct grant grant;

	reason = grant_read(policy, grant_text, bytes, sizeof(bytes), &grant);
	if (reason == GW_REASON_NONE)
		reason = grant_fits(policy, &grant, authority);
	if (reason == GW_REASON_NONE)
		reason = policy_allows(policy, &grant, out_target);
	if (reason == GW_REASON_NONE && !spend(policy, &grant))
		reason = GW_BUSY;
	return reason;
}
