/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_FLOOR_H
#define AUTH_FLOOR_H

#include "base/ctx.h"
#include "base/uuid.h"
#include "rbac/principal.h"

/*
 * Which second factors count for a person: each group may have a floor, the strictest of a person's
 * groups and of those above holds, and the default where none has one. A sign-in with less opens a
 * session that may only set up or show what is wanted; judged anew at each request, so a floor that
 * is raised binds whoever is signed in.
 */
enum factor_level {
	FACTOR_ANY,	     /* a code, a recovery code, somebody else's word: whatever signs in */
	FACTOR_PASSKEY,	     /* any passkey */
	FACTOR_DEVICE_BOUND, /* one that its device never copies (BE = 0) */
	FACTOR_ATTESTED,     /* such a one of a listed model, which its maker has certified */
	FACTOR_LEVELS
};
/* "any", "passkey", "device_bound", "attested". */
const char *factor_level_name(enum factor_level level);

/* What a person must show, and the best they have. */
struct factor_standing {
	enum factor_level floor, best;
};
enum err factor_standing_of(struct ctx *ctx, const struct uuid *user_id,
			    struct factor_standing *out) ERR_CHECKED;
/* What somebody who has shown that much must do first. A person who has what is wanted must show
 * it: setting up another one instead would make the weaker factor as good as the stronger. */
enum factor_due factor_due_of(const struct factor_standing *standing, enum factor_level shown);
/* Of a passkey: may its device copy it; is it of a listed model. */
enum factor_level factor_level_of(bool backup_eligible, bool attested);

#endif
