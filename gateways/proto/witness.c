/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateways/proto/witness.h"

static const struct codec_field presented_fields[] = {
	CODEC_FIELD(CODEC_U64, struct witness_presented, size, 0),
	CODEC_FIELD(CODEC_FIXED, struct witness_presented, root, 32),
	CODEC_FIELD(CODEC_TEXT, struct witness_presented, note, 512),
};
const struct codec witness_presented_codec = CODEC("witness_presented", presented_fields);

static const struct codec_field handed_fields[] = {
	CODEC_FIELD(CODEC_U8, struct witness_handed, restart, 0),
	CODEC_FIELD(CODEC_TEXT, struct witness_handed, vkey, 128),
	CODEC_FIELD(CODEC_TEXT, struct witness_handed, note, 512),
	CODEC_FIELD(CODEC_BLOCK, struct witness_handed, proof, 65 * 32),
};
const struct codec witness_handed_codec = CODEC("witness_handed", handed_fields);
