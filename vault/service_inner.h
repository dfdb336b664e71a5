/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VAULT_SERVICE_INNER_H
#define VAULT_SERVICE_INNER_H

#include "base/buf.h"
#include "base/ctx.h"
#include "vault/checkpoint_state.h"
#include "vault/keyring.h"
#include "vault/service.h"

/* Shared by service.c (channel, table) and service_handlers.c (what each message does). */
struct keeper_service {
	struct keeper_config config;
	struct aead *aead;
	struct keyring ring;
	bool unsealed;
	uint8_t state[32];   /* SHA-256 of the vault state that ring came from */
	struct keyring next; /* made by KEEPER_CHANGE, not in use */
	bool has_next;
	uint8_t next_state[32];
	struct buf made; /* vault state made by this process: given again until it is stored */
	struct checkpoint_state checkpoint;
};

/* One request: fd is -1 or the pipe that came along. A handler fills data and number. */
struct keeper_call {
	struct keeper_service *service;
	const void *message;
	int fd;
	struct buf data;
	uint64_t number;
};

typedef enum err keeper_handler(struct ctx *ctx, struct keeper_call *call);

keeper_handler keeper_do_status, keeper_do_unseal, keeper_do_seal, keeper_do_generate,
	keeper_do_open, keeper_do_totp, keeper_do_checkpoint, keeper_do_last, keeper_do_sign,
	keeper_do_public, keeper_do_issue, keeper_do_change, keeper_do_adopt, keeper_do_rewrap;

#endif
