/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef GATEWAYS_AGENT_IDENTITY_H
#define GATEWAYS_AGENT_IDENTITY_H

#include "base/ctx.h"
#include "base/uuid.h"
#include "gateways/proto/verdict.h"

/*
 * What keeps this gateway's identity to one machine, besides its key: a digest of the machine's id,
 * and the value the server gave it last (file chain). Neither stops who can read this machine's
 * memory; both together make a copied folder noticed.
 */
struct identity {
	uint8_t machine[GATEWAY_MACHINE];
	uint8_t chain[GATEWAY_CHAIN];
	bool has_chain; /* false until the first attach after an enrolment */
};

/* machine = SHA-256 of a label, /etc/machine-id (empty when there is none) and the gateway's id, so
 * that the server learns no name of the machine. ERR_INTEGRITY: the chain file is damaged. */
enum err identity_load(struct ctx *ctx, const char *dir, const struct uuid *gateway_id,
		       struct identity *out) ERR_CHECKED;
/* Durable before it is used. */
enum err identity_advance(struct ctx *ctx, const char *dir, const uint8_t chain[GATEWAY_CHAIN],
			  struct identity *identity) ERR_CHECKED;
/* A new enrolment starts without a value. */
enum err identity_forget(struct ctx *ctx, const char *dir) ERR_CHECKED;

/* The customer's lock: while the file is there no session is opened. */
bool lock_is_set(const char *dir);
enum err lock_set(struct ctx *ctx, const char *dir, bool locked) ERR_CHECKED;

#endif
