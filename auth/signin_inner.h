/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_SIGNIN_INNER_H
#define AUTH_SIGNIN_INNER_H

#include "auth/adaptive.h"
#include "auth/device.h"
#include "auth/factor_sql.h"
#include "auth/recovery.h"
#include "auth/signin.h"
#include "auth/signin_sql.h"
#include "auth/watch.h"
#include "rbac/permission.h"

enum { SIGNIN_STRAIN = 3 }; /* failures too many for a free one: in a campaign each waits */

/* One attempt on its way through look-up, hash and decision. */
struct attempt {
	const struct signin *signin;
	struct signin_row row;
	struct lane lane;
	struct device_found device;
	const char *hash; /* the person's, or the dummy */
	/* Devices that show codes; the dummy fills the rest, so that their number takes no time. */
	struct totp_device devices[TOTP_DEVICES_MAX];
	size_t device_count;
	uint8_t recovery[RECOVERY_HASH]; /* first the salt to hash with, then of what was typed */
	bool has_recovery;
	int64_t wait;
	uint32_t password_fails, code_fails; /* this one included; above LANE_CAP: disabled */
	bool password_ok;
	const char *factor;	/* what was shown, for the audit */
	struct passkey passkey; /* what was shown; id nil: something weaker, or not accepted */
	const char *why;	/* for the audit only: reason of refusal; NULL when accepted */
	const char *second_why; /* the same of the second step alone, whatever the first said */
	struct guess guess;
	const struct guess_rule *rule;	 /* what was decided by it; NULL: not asked */
	bool counted;			 /* as failed, by auth/watch.h */
	const struct adaptive *adaptive; /* how unusual it is; NULL: not judged */
	const char *break_glass; /* its networks, where it is such an account and this its way */
	bool elsewhere;		 /* network rules refuse; nothing is counted or cleared */
	permission_set gains;	 /* what this sign-in gives, once accepted: judged as theirs */
	struct signin_result *result;
	/* What belongs to a sign-in that is accepted, before its session is opened: with the
	 * rights it is opened for. NULL: nothing. */
	enum err (*settle)(struct ctx *ctx, void *arg);
	void *settle_arg;
};

/* From login and device cookie, for the person in row. */
enum err signin_choose_lane(struct ctx *ctx, struct attempt *attempt) ERR_CHECKED;
/* The refusal's audit event; in the caller's transaction, as the next. */
enum err signin_audit_refusal(struct ctx *ctx, const struct attempt *attempt,
			      const char *why) ERR_CHECKED;
/* Session, cookies and audit event of an accepted attempt. */
enum err signin_accept(struct ctx *ctx, struct attempt *attempt) ERR_CHECKED;
/* Asks auth/watch.h about the attempt: guess, rule and wait, and the lane's strain. Counts nothing
 * in the lane. */
enum err signin_guess_before(struct ctx *ctx, struct attempt *attempt) ERR_CHECKED;
/* The same for a right passkey alone, which nobody can guess: it is never refused by this. */
void signin_guess_alone(struct ctx *ctx, struct attempt *attempt);
/* Reason of refusal, for the audit. */
const char *signin_guess_why(const struct guess_rule *rule);
/* Tells auth/watch.h, once for an attempt. */
void signin_guess_failed(struct ctx *ctx, struct attempt *attempt, bool password_wrong);
void signin_guess_passed(struct ctx *ctx, const struct attempt *attempt);
/* Is a code by mail a second step at all: switched on, and there is a mail server. */
enum err signin_mail_on(struct ctx *ctx, bool *out) ERR_CHECKED;
/* Sends the code to who may have one, after their first step (attempt->why: not even that was
 * right); attempt->why afterwards: nothing was sent, and that is recorded. */
enum err signin_mail_send(struct ctx *ctx, struct attempt *attempt) ERR_CHECKED;
/* Tries what was typed; attempt->second_why. */
enum err signin_mail_check(struct ctx *ctx, struct attempt *attempt) ERR_CHECKED;
/* Adds the decision, and all it was made of. */
struct audit;
void signin_guess_audit(struct ctx *ctx, const struct attempt *attempt, struct audit *audit);
/* The event of its own when the rule wants one. */
enum err signin_guess_report(struct ctx *ctx, const struct attempt *attempt) ERR_CHECKED;
/* The second step of the person in row, whose first one an identity provider has proven (first:
 * how); in the caller's transaction. attempt->why or ->wait afterwards: refused, and recorded. */
enum err signin_proven(struct ctx *ctx, struct attempt *attempt, const char *first) ERR_CHECKED;
/* How unusual it is (auth/adaptive.h), into attempt->adaptive; for a name that nobody has the same
 * work. alone: a passkey that verified the person, and nothing else. In the deciding transaction.
 */
enum err signin_adaptive_judge(struct ctx *ctx, struct attempt *attempt, bool alone) ERR_CHECKED;
/* Whether right proofs are enough for that; else attempt->why is set. True unless enforced. */
#define SIGNIN_NEEDS_PASSKEY "sign_in.needs_passkey"
bool signin_adaptive_allows(struct attempt *attempt);
/* Whether more is called for, and to be insisted on. */
bool signin_adaptive_steps_up(const struct attempt *attempt);
/* It was accepted: the next ones are compared with it, and its person can say that it was not
 * theirs. */
enum err signin_adaptive_learn(struct ctx *ctx, const struct attempt *attempt) ERR_CHECKED;
/* It was refused although the first proof was right: its person can say whose it was. Nothing where
 * that proof was wrong, none was looked at, or somebody was signed in already. */
enum err signin_keep_refused(struct ctx *ctx, const struct attempt *attempt,
			     const char *why) ERR_CHECKED;
/* Somebody has just enrolled: the first that is remembered of a person, or, after a reset, one more
 * of theirs. Decides nothing. */
enum err signin_adaptive_enrolled(struct ctx *ctx, const struct user *user,
				  const struct in *in) ERR_CHECKED;
void signin_adaptive_audit(struct ctx *ctx, const struct attempt *attempt, struct audit *audit);
/* The key of this installation's lanes, 32 bytes, to be wiped. */
enum err signin_lane_key(struct ctx *ctx, uint8_t out[32]) ERR_CHECKED;
/* New cookie and audit event of somebody signed in who has proven anew that it is them, or
 * attempt->why. */
enum err signin_confirm(struct ctx *ctx, struct attempt *attempt) ERR_CHECKED;
/* That a recovery code was used. */
enum err signin_audit_recovery(struct ctx *ctx, const struct attempt *attempt) ERR_CHECKED;
/* The one answer to every failure; that a passkey is needed is told to who had all else right. */
enum err signin_refuse(struct ctx *ctx, const struct attempt *attempt) ERR_CHECKED;
/* The same, told as late after its beginning (monotonic) as a sign-in that was looked at: neither
 * work that was spared nor how far somebody came shows. Who waits on a lane of their own is told so
 * at once. */
enum err signin_refuse_in_time(struct ctx *ctx, const struct attempt *attempt,
			       int64_t began) ERR_CHECKED;

#endif
