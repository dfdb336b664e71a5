/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vault/keeper_messages.h"

#include "base/ctx.h"

#define REF(structure)                                             \
	CODEC_FIELD(CODEC_UUID, structure, ref.id, 0),             \
		CODEC_FIELD(CODEC_U32, structure, ref.version, 0), \
		CODEC_FIELD(CODEC_U32, structure, ref.kind, 0)

static const struct codec_field empty_fields[] = {
	CODEC_FIELD(CODEC_U8, struct keeper_empty, unused, 0),
};
const struct codec keeper_empty_codec = CODEC("keeper_empty", empty_fields);

static const struct codec_field unseal_fields[] = {
	CODEC_FIELD(CODEC_BLOCK, struct keeper_unseal_request, state, KEEPER_STATE_MAX),
};
const struct codec keeper_unseal_codec = CODEC("keeper_unseal", unseal_fields);

static const struct codec_field seal_fields[] = {REF(struct keeper_seal_request)};
const struct codec keeper_seal_codec = CODEC("keeper_seal", seal_fields);

static const struct codec_field generate_fields[] = {
	REF(struct keeper_generate_request),
	CODEC_FIELD(CODEC_U32, struct keeper_generate_request, length, 0),
};
const struct codec keeper_generate_codec = CODEC("keeper_generate", generate_fields);

static const struct codec_field open_fields[] = {
	REF(struct keeper_open_request),
	CODEC_FIELD(CODEC_BLOCK, struct keeper_open_request, blob, KEEPER_BLOB_MAX),
};
const struct codec keeper_open_codec = CODEC("keeper_open", open_fields);

static const struct codec_field totp_fields[] = {
	REF(struct keeper_totp_request),
	CODEC_FIELD(CODEC_BLOCK, struct keeper_totp_request, blob, KEEPER_BLOB_MAX),
	CODEC_FIELD(CODEC_TEXT, struct keeper_totp_request, code, 16),
	CODEC_FIELD(CODEC_I64, struct keeper_totp_request, unix_seconds, 0),
	CODEC_FIELD(CODEC_U64, struct keeper_totp_request, last_step, 0),
};
const struct codec keeper_totp_codec = CODEC("keeper_totp", totp_fields);

static const struct codec_field checkpoint_fields[] = {
	CODEC_FIELD(CODEC_U64, struct keeper_checkpoint_request, old_size, 0),
	CODEC_FIELD(CODEC_U64, struct keeper_checkpoint_request, size, 0),
	CODEC_FIELD(CODEC_FIXED, struct keeper_checkpoint_request, root, 32),
	CODEC_FIELD(CODEC_BLOCK, struct keeper_checkpoint_request, consistency, KEEPER_PROOF_MAX),
};
const struct codec keeper_checkpoint_codec = CODEC("keeper_checkpoint", checkpoint_fields);

static const struct codec_field sign_fields[] = {
	CODEC_FIELD(CODEC_U32, struct keeper_sign_request, label, 0),
	CODEC_FIELD(CODEC_BLOCK, struct keeper_sign_request, payload, KEEPER_PAYLOAD_MAX),
};
const struct codec keeper_sign_codec = CODEC("keeper_sign", sign_fields);

static const struct codec_field issue_fields[] = {
	CODEC_FIELD(CODEC_U32, struct keeper_cert, kind, 0),
	CODEC_FIELD(CODEC_UUID, struct keeper_cert, subject, 0),
	CODEC_FIELD(CODEC_UUID, struct keeper_cert, serial, 0),
	CODEC_FIELD(CODEC_I64, struct keeper_cert, not_before, 0),
	CODEC_FIELD(CODEC_I64, struct keeper_cert, not_after, 0),
	CODEC_FIELD(CODEC_BLOCK, struct keeper_cert, public_key, 512),
	CODEC_FIELD(CODEC_BLOCK, struct keeper_cert, names, 1024),
};
const struct codec keeper_issue_codec = CODEC("keeper_issue", issue_fields);

static const struct codec_field change_fields[] = {
	CODEC_FIELD(CODEC_U32, struct keeper_change_request, change, 0),
};
const struct codec keeper_change_codec = CODEC("keeper_change", change_fields);

static const struct codec_field adopt_fields[] = {
	CODEC_FIELD(CODEC_FIXED, struct keeper_adopt_request, state, 32),
};
const struct codec keeper_adopt_codec = CODEC("keeper_adopt", adopt_fields);

static const struct codec_field reply_fields[] = {
	CODEC_FIELD(CODEC_U32, struct keeper_reply, err, 0),
	CODEC_FIELD(CODEC_TEXT, struct keeper_reply, reason, CTX_REASON_SIZE),
	CODEC_FIELD(CODEC_TEXT, struct keeper_reply, field, CTX_FIELD_SIZE),
	CODEC_FIELD(CODEC_TEXT, struct keeper_reply, text, CTX_TEXT_SIZE),
	CODEC_FIELD(CODEC_U64, struct keeper_reply, number, 0),
	CODEC_FIELD(CODEC_BLOCK, struct keeper_reply, data, KEEPER_BLOB_MAX),
};
const struct codec keeper_reply_codec = CODEC("keeper_reply", reply_fields);
