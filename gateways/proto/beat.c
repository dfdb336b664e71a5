/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateways/proto/beat.h"

enum { BEAT_VERSION = 2, HEAD_MAX = 256, TARGET_MAX = 128, VERSION_MAX = 63, CHAIN_HASH = 32 };

static const struct codec_field head_fields[] = {
	CODEC_FIELD(CODEC_U64, struct beat_head, sequence, 0),
	CODEC_FIELD(CODEC_I64, struct beat_head, clock, 0),
	CODEC_FIELD(CODEC_U32, struct beat_head, load_centi, 0),
	CODEC_FIELD(CODEC_U64, struct beat_head, policy_version, 0),
	CODEC_FIELD(CODEC_I64, struct beat_head, certificate_expires, 0),
	CODEC_FIELD(CODEC_U32, struct beat_head, rtt_us, 0),
	CODEC_FIELD(CODEC_U32, struct beat_head, streams, 0),
	CODEC_FIELD(CODEC_UUID, struct beat_head, boot_id, 0),
	CODEC_FIELD(CODEC_TEXT, struct beat_head, version, VERSION_MAX),
	CODEC_FIELD(CODEC_BLOCK, struct beat_head, chain, CHAIN_HASH),
	CODEC_FIELD(CODEC_U8, struct beat_head, locked, 0),
};
static const struct codec head_codec = CODEC("beat", head_fields);

static const struct codec_field target_fields[] = {
	CODEC_FIELD(CODEC_UUID, struct beat_target, id, 0),
	CODEC_FIELD(CODEC_U8, struct beat_target, state, 0),
	CODEC_FIELD(CODEC_TEXT, struct beat_target, reason, BEAT_REASON_MAX),
	CODEC_FIELD(CODEC_U32, struct beat_target, age_ms, 0),
	CODEC_FIELD(CODEC_U32, struct beat_target, took_ms, 0),
};
static const struct codec target_codec = CODEC("beat target", target_fields);

static void part_put(struct buf *out, const struct codec *codec, const void *part, size_t max)
{
	struct buf encoded;

	buf_init(&encoded, max);
	codec_put(&encoded, codec, part);
	out->failed |= buf_failed(&encoded);
	buf_put_block(out, encoded.data, encoded.len);
	buf_clear(&encoded);
}

void beat_put(struct buf *out, const struct beat_head *head, const struct beat_target *targets,
	      size_t count)
{
	out->failed |= count > BEAT_TARGETS_MAX;
	buf_put_u8(out, BEAT_VERSION);
	part_put(out, &head_codec, head, HEAD_MAX);
	buf_put_u32(out, (uint32_t)count);
	for (size_t i = 0; i < count; i++)
		part_put(out, &target_codec, &targets[i], TARGET_MAX);
}

static enum err part_get(struct rd *rd, const struct codec *codec, size_t max, void *out)
{
	size_t len;
	const uint8_t *part = rd_block(rd, max, &len);

	return part && !codec_get(codec, part, len, out) ? ERR_OK : ERR_SYNTAX;
}

static enum err targets_get(struct rd *rd, struct beat_target *targets, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		enum err err = part_get(rd, &target_codec, TARGET_MAX, &targets[i]);

		if (err)
			return err;
		if (targets[i].state != BEAT_TARGET_REACHABLE &&
		    targets[i].state != BEAT_TARGET_UNREACHABLE)
			return ERR_SYNTAX;
	}
	return rd_done(rd) ? ERR_OK : ERR_SYNTAX;
}

enum err beat_get(const void *data, size_t len, struct beat_head *out_head,
		  struct beat_target **out_targets, size_t *out_count)
{
	struct rd rd = rd_of(data, len);
	struct beat_target *targets;
	struct beat_head head;
	size_t count;
	enum err err;

	if (len > BEAT_MAX || rd_u8(&rd) != BEAT_VERSION ||
	    part_get(&rd, &head_codec, HEAD_MAX, &head))
		return ERR_SYNTAX;
	count = rd_u32(&rd);
	if (rd.failed || count > BEAT_TARGETS_MAX)
		return ERR_SYNTAX;
	targets = calloc(count ? count : 1, sizeof(*targets));
	if (!targets)
		return ERR_MEMORY;
	err = targets_get(&rd, targets, count);
	if (err) {
		free(targets);
		return err;
	}
	*out_head = head;
	*out_targets = targets;
	*out_count = count;
	return ERR_OK;
}
