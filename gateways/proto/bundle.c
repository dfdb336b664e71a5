/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateways/proto/bundle.h"

#include <assert.h>

#include <openssl/evp.h>

#include "base/text.h"

enum { FORM_SMALL = 1, FORM_LARGE = 2, HEAD = 72, COUNT = 4 };
enum { BEFORE_BODY = 1 + 4 + HEAD, ANNOUNCED = BEFORE_BODY + 4 + BUNDLE_HASH };
static_assert(ANNOUNCED + GRANT_SIGNATURE == BUNDLE_ANNOUNCEMENT, "bundle.h says how long it is");

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

void bundle_body_begin(struct bundle_writer *writer, struct buf *out)
{
	*writer = (struct bundle_writer){.out = out, .start = out->len};
	buf_put_u32(out, 0); /* the count, see bundle_body_end */
}

void bundle_body_add(struct bundle_writer *writer, const struct bundle_target *target)
{
	const struct bundle_target last = {.id = writer->last};

	writer->out->failed |= writer->count >= BUNDLE_LARGE_TARGETS_MAX ||
			       !target_is_sound(target, writer->count ? &last : NULL);
	target_put(writer->out, target);
	writer->last = target->id;
	writer->count++;
}

void bundle_body_end(struct bundle_writer *writer)
{
	struct buf count;

	buf_init(&count, COUNT);
	buf_put_u32(&count, writer->count);
	writer->out->failed |= buf_failed(&count);
	if (!buf_failed(writer->out))
		memcpy(writer->out->data + writer->start, count.data, COUNT);
	buf_clear(&count);
}

bool bundle_body_is_small(struct block body)
{
	struct rd rd = rd_of(body.data, body.len);

	return rd_u32(&rd) <= BUNDLE_TARGETS_MAX &&
	       BEFORE_BODY + body.len + GRANT_SIGNATURE <= BUNDLE_SIGNED_MAX;
}

static void head_put(struct buf *out, uint8_t form, const struct bundle_head *head)
{
	struct buf encoded;

	buf_init(&encoded, HEAD);
	codec_put(&encoded, &head_codec, head);
	out->failed |= buf_failed(&encoded);
	buf_put_u8(out, form);
	buf_put_block(out, encoded.data, encoded.len);
	buf_clear(&encoded);
}

void bundle_put_small(struct buf *out, const struct bundle_head *head, struct block body)
{
	out->failed |= !bundle_body_is_small(body);
	head_put(out, FORM_SMALL, head);
	buf_put(out, body.data, body.len);
}

static bool body_hash(const uint8_t *body, size_t len, uint8_t out[BUNDLE_HASH])
{
	unsigned size = BUNDLE_HASH;

	return EVP_Digest(body, len, out, &size, EVP_sha256(), NULL) == 1;
}

void bundle_put_announcement(struct buf *out, const struct bundle_head *head, struct block body)
{
	uint8_t hash[BUNDLE_HASH];

	out->failed |= body.len > BUNDLE_LARGE_MAX - BUNDLE_ANNOUNCEMENT ||
		       !body_hash(body.data, body.len, hash);
	if (buf_failed(out))
		return;
	head_put(out, FORM_LARGE, head);
	buf_put_u32(out, (uint32_t)body.len);
	buf_put(out, hash, sizeof(hash));
}

void bundle_put(struct buf *out, const struct bundle_head *head,
		const struct bundle_target *targets, size_t count)
{
	struct bundle_writer writer;
	struct buf body;

	buf_init(&body, BUNDLE_SIGNED_MAX);
	bundle_body_begin(&writer, &body);
	for (size_t i = 0; i < count; i++)
		bundle_body_add(&writer, &targets[i]);
	bundle_body_end(&writer);
	out->failed |= buf_failed(&body);
	if (!buf_failed(out))
		bundle_put_small(out, head, (struct block){body.data, body.len});
	buf_clear(&body);
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

static enum err targets_get(struct rd *rd, size_t max, struct bundle *bundle)
{
	size_t count = rd_u32(rd);
	char *texts;

	/* Each address costs at least as much in the payload as its copy with a NUL. */
	if (rd->failed || count > max || count * (UUID_SIZE + 5) > rd_left(rd))
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

static enum err head_get(struct rd *rd, uint8_t form, struct bundle_head *out)
{
	const uint8_t *head;
	size_t len;

	if (rd_u8(rd) != form)
		return ERR_SYNTAX;
	head = rd_block(rd, HEAD, &len);
	if (!head || codec_get(&head_codec, head, len, out) || !signed_time_is_sound(out->issued) ||
	    !signed_time_is_sound(out->expires))
		return ERR_SYNTAX;
	return ERR_OK;
}

static enum err small_open(const uint8_t *data, size_t len,
			   const uint8_t public_key[GRANT_PUBLIC_KEY], struct bundle *bundle)
{
	struct rd rd;
	enum err err;

	if (len < 1 + GRANT_SIGNATURE || len > BUNDLE_SIGNED_MAX)
		return ERR_SYNTAX;
	len -= GRANT_SIGNATURE;
	err = signed_verify(bundle_label, sizeof(bundle_label), data, len, data + len, public_key);
	if (err)
		return err;
	rd = rd_of(data, len);
	err = head_get(&rd, FORM_SMALL, &bundle->head);
	return err ? err : targets_get(&rd, BUNDLE_TARGETS_MAX, bundle);
}

enum err bundle_announced(const void *data, size_t len, const uint8_t public_key[GRANT_PUBLIC_KEY],
			  struct bundle_announcement *out)
{
	struct bundle_announcement announcement;
	const uint8_t *bytes = data, *hash;
	struct rd rd = rd_of(data, ANNOUNCED);
	enum err err;

	if (len < BUNDLE_ANNOUNCEMENT || bytes[0] != FORM_LARGE)
		return ERR_SYNTAX;
	err = signed_verify(bundle_label, sizeof(bundle_label), bytes, ANNOUNCED, bytes + ANNOUNCED,
			    public_key);
	if (err || (err = head_get(&rd, FORM_LARGE, &announcement.head)))
		return err;
	announcement.body_len = rd_u32(&rd);
	hash = rd_bytes(&rd, BUNDLE_HASH);
	if (!hash || !rd_done(&rd) ||
	    announcement.body_len > BUNDLE_LARGE_MAX - BUNDLE_ANNOUNCEMENT)
		return ERR_SYNTAX;
	memcpy(announcement.body_hash, hash, BUNDLE_HASH);
	*out = announcement;
	return ERR_OK;
}

bool bundle_is_announcement(const void *data, size_t len)
{
	const uint8_t *bytes = data;

	return len == BUNDLE_ANNOUNCEMENT && bytes[0] == FORM_LARGE;
}

static enum err large_open(const uint8_t *data, size_t len,
			   const uint8_t public_key[GRANT_PUBLIC_KEY], struct bundle *bundle)
{
	struct bundle_announcement announcement;
	uint8_t hash[BUNDLE_HASH];
	struct rd rd;
	enum err err = bundle_announced(data, len, public_key, &announcement);

	if (err)
		return err;
	if (len - BUNDLE_ANNOUNCEMENT != announcement.body_len)
		return ERR_SYNTAX;
	rd = rd_of(data + BUNDLE_ANNOUNCEMENT, announcement.body_len);
	if (!body_hash(rd.data, rd.len, hash))
		return ERR_MEMORY;
	if (memcmp(hash, announcement.body_hash, BUNDLE_HASH) != 0)
		return ERR_INTEGRITY;
	bundle->head = announcement.head;
	return targets_get(&rd, BUNDLE_LARGE_TARGETS_MAX, bundle);
}

enum err bundle_open(const void *data, size_t len, const uint8_t public_key[GRANT_PUBLIC_KEY],
		     struct bundle *out)
{
	const uint8_t *bytes = data;
	struct bundle bundle = {0};
	enum err err = len > 0 && bytes[0] == FORM_LARGE
			       ? large_open(data, len, public_key, &bundle)
			       : small_open(data, len, public_key, &bundle);

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
