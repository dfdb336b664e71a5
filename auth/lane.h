/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_LANE_H
#define AUTH_LANE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/codec.h"
#include "base/ctx.h"
#include "base/uuid.h"

/*
 * Slowing down guessing without locking anybody out: failures count per (login, lane). A stranger
 * can only exhaust the `unknown` lane of an account; a device that signed in before and a network
 * signed in from before have lanes of their own. Unknown logins have lanes too, so that a waiting
 * lane tells nothing about whether the account exists.
 */
enum lane_kind { LANE_UNKNOWN, LANE_NETWORK, LANE_DEVICE };
enum lane_authenticator { LANE_PASSWORD = 1, LANE_TOTP = 2, LANE_RECOVERY = 3, LANE_MAIL = 4 };
/* "password", "totp", "recovery", "mail_code". */
const char *lane_authenticator_name(enum lane_authenticator what);

struct lane {
	enum lane_kind kind;
	uint8_t subject[32]; /* HMAC-SHA-256(key of this installation, login) */
	uint8_t id[32];
	uint32_t strain; /* counts as that many more failures: longer waits in a campaign */
};

/* Seconds to wait after the n-th failure in a row: 0, 0, 0, 1, 2, 4 … 3600. */
int64_t lane_delay_seconds(uint32_t fails);
void lane_subject(const uint8_t key[32], const char *login, uint8_t out[32]);
/* device: NULL unless this login's; network: peer text when known for this login, else empty. */
void lane_choose(struct lane *lane, const struct uuid *device, struct block network);
/* Seconds that the lane still waits; nothing is counted. */
enum err lane_wait(struct ctx *ctx, const struct lane *lane, enum lane_authenticator what,
		   int64_t *out_wait) ERR_CHECKED;
/* Counts the attempt as failed before it is evaluated, so that parallel guesses cannot slip
 * through; *out_wait > 0: the lane waits, nothing was counted and nothing may be evaluated. In the
 * caller's transaction. */
enum err lane_reserve(struct ctx *ctx, const struct lane *lane, enum lane_authenticator what,
		      int64_t *out_wait) ERR_CHECKED;
/* The proof was right: the lane starts again at nothing. */
enum err lane_clear(struct ctx *ctx, const struct lane *lane,
		    enum lane_authenticator what) ERR_CHECKED;
/*
 * The hard cap (NIST SP 800-63B-4, 3.2.2): after LANE_CAP evaluated failures in a row of one
 * authenticator, in all lanes together, it is disabled until it is bound anew (or the console
 * clears the login's lanes). Time does not heal it. Counts before evaluation, like lane_reserve;
 * *out_fails > LANE_CAP: disabled, nothing was counted.
 */
enum { LANE_CAP = 100 };
enum err lane_cap_reserve(struct ctx *ctx, const uint8_t subject[32], enum lane_authenticator what,
			  uint32_t *out_fails) ERR_CHECKED;
enum err lane_cap_clear(struct ctx *ctx, const uint8_t subject[32],
			enum lane_authenticator what) ERR_CHECKED;
/* All lanes and caps of one login, or of all (NULL). */
enum err lane_clear_all(struct ctx *ctx, const uint8_t *subject, uint64_t *out_count) ERR_CHECKED;

#endif
