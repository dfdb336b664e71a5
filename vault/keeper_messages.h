/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VAULT_KEEPER_MESSAGES_H
#define VAULT_KEEPER_MESSAGES_H

#include "base/codec.h"
#include "vault/keeper.h"

/*
 * The messages the keeper understands, on its one channel (authority). Each request is answered by
 * one KEEPER_REPLY with the same id. "+fd": a pipe rides along; plain text is never in a message.
 */
enum keeper_message {
	KEEPER_STATUS = 0x0901,	  /* data: u8 initialised, u8 sealed, u32 KEK version, u8 provider,
				     u32   KEKs, SHA-256 of the vault state in use */
	KEEPER_UNSEAL = 0x0902,	  /* [+fd passphrase]; data: vault state to store, or empty */
	KEEPER_SEAL = 0x0903,	  /* +fd plain text to read; data: sealed blob */
	KEEPER_GENERATE = 0x0904, /* [+fd copy of the plain text]; data: sealed blob */
	KEEPER_OPEN = 0x0905,	  /* +fd plain text is written to */
	KEEPER_TOTP = 0x0906,	  /* number: step */
	KEEPER_CHECKPOINT = 0x0907, /* data: signature */
	KEEPER_LAST = 0x0908,	    /* number: size; data: root */
	KEEPER_SIGN = 0x0909,	    /* data: signature */
	KEEPER_PUBLIC = 0x090A,	    /* data: checkpoint key, grant key, CA certificate */
	KEEPER_ISSUE = 0x090B,	    /* data: certificate, DER */
	KEEPER_CHANGE = 0x090C,	    /* [+fd passphrase]; data: vault state to store, then adopt */
	KEEPER_ADOPT = 0x090D,	    /* of what KEEPER_CHANGE gave last */
	KEEPER_REWRAP = 0x090E,	    /* data: sealed blob */
	KEEPER_REPLY = 0x0981,
};

enum { KEEPER_STATE_MAX = 32 * 1024, KEEPER_PAYLOAD_MAX = 140 * 1024, KEEPER_PROOF_MAX = 65 * 32 };

struct keeper_empty {
	uint8_t unused;
};
struct keeper_unseal_request {
	struct block state;
};
struct keeper_seal_request {
	struct secret_ref ref;
};
struct keeper_generate_request {
	struct secret_ref ref;
	uint32_t length;
};
struct keeper_open_request {
	struct secret_ref ref;
	struct block blob;
};
struct keeper_totp_request {
	struct secret_ref ref;
	struct block blob;
	struct block code;
	int64_t unix_seconds;
	uint64_t last_step;
};
struct keeper_checkpoint_request {
	uint64_t old_size, size;
	uint8_t root[32];
	struct block consistency;
};
struct keeper_sign_request {
	uint32_t label;
	struct block payload;
};
struct keeper_change_request {
	uint32_t change; /* enum keeper_change */
};
struct keeper_adopt_request {
	uint8_t state[32]; /* SHA-256 */
};
struct keeper_reply {
	uint32_t err;
	struct block reason, field, text;
	uint64_t number;
	struct block data;
};

extern const struct codec keeper_empty_codec, keeper_unseal_codec, keeper_seal_codec,
	keeper_generate_codec, keeper_open_codec, keeper_totp_codec, keeper_checkpoint_codec,
	keeper_sign_codec, keeper_issue_codec, keeper_change_codec, keeper_adopt_codec,
	keeper_reply_codec;

#endif
