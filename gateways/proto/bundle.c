/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateways/proto/bundle.h"

#include "base/text.h"

enum { BUNDLE_VERSION = 1, BUNDLE_HEAD_MAX = 128 };

static const char bundle_label[] = "sekisho-bundle/1";

static const struct codec_field head_fields[] = {
	CODEC_FIELD(CODEC_U64, struct bundle_head, version, 0),
	CODEC_FIELD(CODEC_UUID, struct bundle_head, tenant, 0),
	CODEC_FIELD(CODEC_UUID, struct bundle_head, gateway_id, 0),
	CODEC_FIELD(CODEC_I64, struct bundle_head, issued, 0),
	CODEC_FIELD(CODEC_I64, struct bundle_head, refresh_after, 0),
	CODEC_FIELD(CODEC_I64, struct bundle_head, stale_after, 0),
	CODEC_FIELD(CODEC_I64, struct bundle_head, expires, 0),
};
static const struct codec head_codec = CODEC("bundle", head_fields);

static bool target_is_sound(const struct bundle_target *target, const struct bundle_target *before)
{
	if (target->port == 0 || target->port > 65535 || target->address_count == 0 ||
	    target->address_count > BUNDLE_ADDRESSES_MAX)
		return false;
	return !before || memcmp(before->id.b, target->id.b, UUID_SIZE) < 0;
}

static void target_put(struct buf *out, const struct bundle_target *target)
{
	buf_put(out, target->id.b, UUID_SIZE);
	buf_put_u32(out, target->port);
	buf_put_u8(out, (uint8_t)target->address_count);
	for (size_t i = 0; i < target->address_count; i++) {
		size_t len = strlen(target->addresses[i]);

		out->failed |= len == 0 || len > BUNDLE_ADDRESS_MAX;
		buf_put_u8(out, (uint8_t)len);
		buf_put(out, target->addresses[i], len);
	}
}

void bundle_put(struct buf *out, const struct bundle_head *head,
		const struct bundle_target *targets, size_t count)
{
	struct buf encoded;

	buf_init(&encoded, BUNDLE_HEAD_MAX);
	codec_put(&encoded, &head_codec, head);
	out->failed |= buf_failed(&encoded) || count > BUNDLE_TARGETS_MAX;
	buf_put_u8(out, BUNDLE_VERSION);
	buf_put_block(out, encoded.data, encoded.len);
	buf_clear(&encoded);
	buf_put_u32(out, (uint32_t)count);
	for (size_t i = 0; i < count; i++) {
		out->failed |= !target_is_sound(&targets[i], i ? &targets[i - 1] : NULL);
		target_put(out, &targets[i]);
	}
}

/* Printable ASCII without spaces: a name or a numeric address, checked again when it is used. */
static bool address_is_sound(const uint8_t *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	}
	return len > 0 && len <= BUNDLE_ADDRESS_MAX;
}

static enum err target_get(struct rd *rd, struct bundle_target *target, char **texts)
{
	const uint8_t *id = rd_bytes(rd, UUID_SIZE);

	if (!id)
		return ERR_SYNTAX;
	memcpy(target->id.b, id, UUID_SIZE);
	target->port = rd_u32(rd);
	target->address_count = rd_u8(rd);
	if (rd->failed || target->address_count > BUNDLE_ADDRESSES_MAX)
		return ERR_SYNTAX;
	for (size_t i = 0; i < target->address_count; i++) {
		size_t len = rd_u8(rd);
		const uint8_t *text = rd_bytes(rd, len);

		if (!text || !address_is_sound(text, len))
			return ERR_SYNTAX;
		memcpy(*texts, text, len);
		(*texts)[len] = '\0';
		target->addresses[i] = *texts;
		*texts += len + 1;
	}
	return ERR_OK;
}

static enum err targets_get(struct rd *rd, struct bundle *bundle)
{
	size_t count = rd_u32(rd);
	char *texts;

	/* Each address costs at least as much in the payload as its copy with a NUL. */
	if (rd->failed || count > BUNDLE_TARGETS_MAX || count * (UUID_SIZE + 5) > rd_left(rd))
		return ERR_SYNTAX;
	bundle->targets = calloc(count ? count : 1, sizeof(*bundle->targets));
	bundle->texts = malloc(rd_left(rd) + 1);
	if (!bundle->targets || !bundle->texts)
		return ERR_MEMORY;
	texts = bundle->texts;
	for (size_t i = 0; i < count; i++) {
		struct bundle_target *target = &bundle->targets[i];
		enum err err = target_get(rd, target, &texts);

		if (err)
			return err;
		if (!target_is_sound(target, i ? target - 1 : NULL))
			return ERR_SYNTAX;
		bundle->target_count = i + 1;
	}
	return rd_done(rd) ? ERR_OK : ERR_SYNTAX;
}

static enum err payload_get(const uint8_t *data, size_t len, struct bundle *bundle)
{
	struct rd rd = rd_of(data, len);
	const uint8_t *head;
	size_t head_len;

	if (rd_u8(&rd) != BUNDLE_VERSION)
		return ERR_SYNTAX;
	head = rd_block(&rd, BUNDLE_HEAD_MAX, &head_len);
	if (!head || codec_get(&head_codec, head, head_len, &bundle->head) ||
	    !signed_time_is_sound(bundle->head.issued) ||
	    !signed_time_is_sound(bundle->head.expires))
		return ERR_SYNTAX;
	return targets_get(&rd, bundle);
}

enum err bundle_open(const void *data, size_t len, const uint8_t public_key[GRANT_PUBLIC_KEY],
		     struct bundle *out)
{
	const uint8_t *bytes = data;
	struct bundle bundle = {0};
	size_t payload;
	enum err err;

	if (len < 1 + GRANT_SIGNATURE || len > BUNDLE_SIGNED_MAX)
		return ERR_SYNTAX;
	payload = len - GRANT_SIGNATURE;
	err = signed_verify(bundle_label, sizeof(bundle_label), bytes, payload, bytes + payload,
			    public_key);
	if (err)
		return err;
	err = payload_get(bytes, payload, &bundle);
	if (err) {
		bundle_clear(&bundle);
		return err;
	}
	*out = bundle;
	return ERR_OK;
}

void bundle_clear(struct bundle *bundle)
{
	free(bundle->targets);
	free(bundle->texts);
	*bundle = (struct bundle){0};
}

static int compare_id(const void *key, const void *member)
{
	const struct bundle_target *target = member;

	return memcmp(key, target->id.b, UUID_SIZE);
}

const struct bundle_target *bundle_find(const struct bundle *bundle, const struct uuid *id)
{
	if (bundle->target_count == 0)
		return NULL;
	return bsearch(id->b, bundle->targets, bundle->target_count, sizeof(*bundle->targets),
		       compare_id);
}
