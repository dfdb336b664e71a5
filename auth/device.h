/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_DEVICE_H
#define AUTH_DEVICE_H

#include "auth/device_key.h"
#include "auth/user.h"
#include "rbac/op.h"

/*
 * Devices people signed in on: a cookie, and where the browser can, a key (auth/device_key.h). Only
 * a device that proves its key is a known one; a cookie alone, copied or not, is none. A session
 * that began with a proof goes on only with proofs: each gives it a new cookie, so that a copy of
 * the cookie is worth nothing soon.
 */
enum { DEVICE_CHALLENGE_SECONDS = 120, DEVICE_PROOF_SECONDS = 300, DEVICE_FORMER_SECONDS = 30 };

/* A challenge for whoever asks; session_id nil: to sign in with, else for that session only. Own
 * statement in the caller's transaction. */
enum err device_ask(struct ctx *ctx, const struct uuid *session_id,
		    uint8_t out[DEVICE_CHALLENGE]) ERR_CHECKED;
/* Spends the challenge that a proof, in bytes, answers. *out: the point whose key has just been
 * proven, in the arena; empty when the proof does not hold, for whatever reason. Own transaction.
 */
enum err device_prove(struct ctx *ctx, struct block bytes, const struct uuid *session_id,
		      struct block *out) ERR_CHECKED;

/* The device of a person's cookie. id nil: none. */
struct device_found {
	struct uuid id;
	bool has_key;
	bool proven; /* in->device_key is its key */
};
enum err device_find(struct ctx *ctx, const struct in *in, const struct uuid *user_id,
		     struct device_found *out) ERR_CHECKED;
/* Whether a sign-in goes on with that device: one whose key was not shown stays as it is. */
bool device_goes_on(const struct device_found *device);
/* A new one, with the key in->device_key if there is one. */
enum err device_make(struct ctx *ctx, const struct in *in, const struct uuid *user_id,
		     const uint8_t token_hash[32], struct uuid *out_id) ERR_CHECKED;
/* It was seen now; it gets in->device_key when it has none. */
enum err device_seen(struct ctx *ctx, const struct in *in, const struct uuid *id) ERR_CHECKED;

#endif
