/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/session.h"

#include <sodium.h>
#include <string.h>

#include "audit/audit.h"
#include "auth/break_glass.h"
#include "auth/device.h"
#include "auth/network_load.h"
#include "auth/password_history_sql.h"
#include "auth/password_policy_read_sql.h"
#include "auth/place.h"
#include "auth/session_limit.h"
#include "auth/session_sql.h"
#include "auth/token.h"
#include "base/arena.h"
#include "base/secret.h"
#include "base/sys.h"
#include "base/text.h"
#include "rbac/grant.h"
#include "sql/db.h"

enum { TOUCH_SECONDS = 60, TURN_SECONDS = 60 };
static const int64_t second_us = 1000000;

/* Somebody without a password has none to change; of a break-glass account nobody need know it. */
static enum err find_due(struct ctx *ctx, const struct uuid *user_id, int64_t now, bool *out)
{
	struct password_policy policy;
	struct password_age age = {0};
	const char *networks = NULL;
	enum err err = break_glass_of(ctx, user_id, &networks);

	if (err == ERR_OK && !networks)
		err = password_sql_age(ctx, user_id, &age);
	if (err == ERR_NOT_FOUND || networks)
		return ERR_OK;
	if (err == ERR_OK)
		err = password_policy_of_user(ctx, user_id, &policy);
	if (err == ERR_OK)
		*out = age.must_change || password_is_old(&policy, age.set_at, now);
	return err;
}

enum err session_open(struct ctx *ctx, const struct user *user, const struct session_where *where,
		      struct uuid *out_id, char out_cookie[SESSION_COOKIE_TEXT])
{
	uint8_t cookie[SESSION_COOKIE], hash[32];
	int64_t now = sys_real_us();
	struct session_span span = {0};
	struct session_row row = {.id = uuid_v7(),
				  .user = *user,
				  .created_at = now,
				  .last_seen_at = now,
				  .weak = where->stale};

	/* As old as what is never fresh, also when the clock is set back a little. */
	row.authenticated_at =
		where->stale ? now - 2 * SESSION_FRESH_MINUTES * 60 * second_us : now;
	if (where->proven)
		row.proof_due_at = now + DEVICE_PROOF_SECONDS * second_us;
	enum err err = network_check_user(ctx, &user->id, ENTRANCE_PORTAL, where->peer);
	if (err == ERR_OK)
		err = find_due(ctx, &user->id, now, &row.password_due);
	if (err == ERR_OK)
		err = session_span_of(ctx, &user->id, &span);
	if (err != ERR_OK)
		return err;
	row.idle_expires_at = now + span.idle_us;
	row.expires_at = now + span.age_us;
	sys_random(cookie, sizeof(cookie));
	crypto_hash_sha256(hash, cookie, sizeof(cookie));
	err = auth_session_sql_insert(ctx, &row, hash, where);
	if (err == ERR_OK) {
		base64url_encode(cookie, sizeof(cookie), out_cookie);
		*out_id = row.id;
	}
	wipe(cookie, sizeof(cookie));
	return err;
}

enum err session_renew(struct ctx *ctx, const struct uuid *id, const struct uuid *passkey_id,
		       char out_cookie[SESSION_COOKIE_TEXT])
{
	uint8_t cookie[SESSION_COOKIE], hash[32];
	uint64_t count = 0;

	sys_random(cookie, sizeof(cookie));
	crypto_hash_sha256(hash, cookie, sizeof(cookie));
	enum err err = auth_session_sql_renew(ctx, id, passkey_id, hash, &count);
	if (err == ERR_OK && count == 0)
		err = err_set(ctx, ERR_NOT_FOUND, "There is no such session any more.");
	if (err == ERR_OK)
		base64url_encode(cookie, sizeof(cookie), out_cookie);
	wipe(cookie, sizeof(cookie));
	return err;
}

static enum err not_signed_in(struct ctx *ctx, const char *reason)
{
	return err_reason(ctx, ERR_UNAUTHENTICATED, reason, "Sign in to continue.");
}

enum err session_check_proof(struct ctx *ctx, const struct principal *principal)
{
	if (!principal->unproven)
		return ERR_OK;
	return err_reason(ctx, ERR_UNAUTHENTICATED, "session.unproven",
			  "This browser has not shown that it is the one that signed in.");
}

enum err session_proven(struct ctx *ctx, const struct uuid *id,
			char out_cookie[SESSION_COOKIE_TEXT])
{
	uint8_t cookie[SESSION_COOKIE], hash[32];
	int64_t now = sys_real_us();
	const struct session_proof proof = {.due_at = now + DEVICE_PROOF_SECONDS * second_us,
					    .former_until = now + DEVICE_FORMER_SECONDS * second_us,
					    .hash = hash};
	uint64_t count = 0;

	sys_random(cookie, sizeof(cookie));
	crypto_hash_sha256(hash, cookie, sizeof(cookie));
	out_cookie[0] = 0;
	enum err err = auth_session_sql_prove(ctx, id, proof.due_at, &count);
	if (err == ERR_OK && count == 0)
		err = err_set(ctx, ERR_NOT_FOUND, "There is no such session any more.");
	if (err == ERR_OK)
		err = auth_session_sql_turn(ctx, id, &proof, now - TURN_SECONDS * second_us,
					    &count);
	if (err == ERR_OK && count > 0)
		base64url_encode(cookie, sizeof(cookie), out_cookie);
	wipe(cookie, sizeof(cookie));
	return err;
}

/* A session that somebody else may have, or may not. */
struct doubt {
	const struct session_row *row;
	const char *ends, *why; /* reasons: of its end, of the answer */
	const char *peer;	/* NULL: it was not judged by that */
};

/* It ends for both, and whose it is will sign in again. */
static enum err end_it(struct ctx *ctx, void *arg)
{
	const struct doubt *doubt = arg;
	const struct session_row *row = doubt->row;
	struct audit audit;
	enum err err = session_end(ctx, &row->id, &row->user.id, doubt->ends);

	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	audit_init(&audit, EVENT_SESSION_COPIED);
	audit.outcome = AUDIT_REFUSED;
	audit.reason = doubt->why;
	audit.peer = doubt->peer;
	audit_object(&audit, "user", &row->user.id, row->user.login);
	return err == ERR_OK ? audit_append(ctx, &audit) : err;
}

static enum err end_doubtful(struct ctx *ctx, struct doubt *doubt)
{
	enum err err = db_transaction(ctx, end_it, doubt);

	return err == ERR_OK ? not_signed_in(ctx, doubt->why) : err;
}

/* Where no device proves itself, only the network is left to tell a copied cookie by. */
static enum err check_place(struct ctx *ctx, const struct session_row *row, struct block peer)
{
	const char *from = arena_strndup(ctx->arena, (const char *)peer.data, peer.len);

	if (!from)
		return err_set(ctx, ERR_MEMORY, "Request memory is used up.");
	if (row->proof_due_at != 0 || peer.len == 0 || !row->peer || !row->peer[0] ||
	    place_is_same(network_geo(ctx->network), row->peer, from))
		return ERR_OK;
	return end_doubtful(ctx, &(struct doubt){row, "moved", "session.moved", from});
}

/* A cookie that is not the session's any more: of a request that was on its way, of a stream that
 * began before, or a copy. */
static enum err find_former(struct ctx *ctx, const uint8_t hash[32], enum credential_use use,
			    int64_t now, struct session_row *out)
{
	enum err err = auth_session_sql_by_former(ctx, hash, out);

	if (err != ERR_OK || out->former_until > now)
		return err;
	if (use == USE_STREAM)
		return not_signed_in(ctx, "session.unknown");
	return end_doubtful(ctx, &(struct doubt){out, "copied", "session.copied", NULL});
}

static enum err keep_alive(struct ctx *ctx, struct session_row *row, int64_t idle_us, int64_t now)
{
	int64_t idle_expires = now + idle_us;

	if (now - row->last_seen_at < TOUCH_SECONDS * second_us)
		return ERR_OK;
	row->idle_expires_at = idle_expires < row->expires_at ? idle_expires : row->expires_at;
	return auth_session_sql_touch(ctx, &row->id, now, row->idle_expires_at);
}

/* Is it over by what holds for its person now; if not, and somebody is acting, it goes on. */
static enum err check_life(struct ctx *ctx, struct session_row *row, enum credential_use use,
			   int64_t now)
{
	struct session_span span;
	enum err err = session_span_of(ctx, &row->user.id, &span);

	if (err != ERR_OK)
		return err;
	session_span_cut(&span, row->created_at, row->last_seen_at, &row->idle_expires_at,
			 &row->expires_at);
	if (now >= row->idle_expires_at)
		return not_signed_in(ctx, "session.expired");
	if (strcmp(row->user.state, "active") != 0)
		return not_signed_in(ctx, "session.unknown");
	return use == USE_ACTIVITY ? keep_alive(ctx, row, span.idle_us, now) : ERR_OK;
}

enum err session_used(struct ctx *ctx, const struct uuid *id)
{
	struct session_row row;
	enum err err = auth_session_sql_by_id(ctx, id, &row);

	if (err == ERR_OK)
		err = check_life(ctx, &row, USE_ACTIVITY, sys_real_us());
	return err == ERR_NOT_FOUND || err == ERR_UNAUTHENTICATED ? ERR_OK : err;
}

/* Nothing but a mailed code was shown since it began: that is for people who may do no more than
 * everybody, also when they may do more since. */
static bool is_too_weak(const struct session_row *row, role_set roles)
{
	return row->weak && role_exceeds_user(role_set_permissions(roles));
}

/* Whose it is, with what they may do now. */
static enum err principal_of(struct ctx *ctx, struct session_row *row, enum credential_use use,
			     int64_t now, struct principal *out)
{
	struct factor_standing standing;
	role_set roles = 0;
	enum err err = check_life(ctx, row, use, now);

	if (err != ERR_OK || (err = roles_of_user(ctx, &row->user.id, &roles)) != ERR_OK ||
	    (err = factor_standing_of(ctx, &row->user.id, &standing)) != ERR_OK)
		return err;
	if (is_too_weak(row, roles))
		return not_signed_in(ctx, "session.weak");
	enum factor_due due = factor_due_of(&standing, row->shown);
	*out = (struct principal){
		.user_id = row->user.id,
		.session_id = row->id,
		.login = row->user.login,
		.display_name = row->user.display_name,
		.language = row->user.language,
		.timezone = row->user.timezone,
		.theme = row->user.theme,
		.roles = roles,
		/* Nothing but what anybody may do with their own, until then. */
		.permissions = row->password_due || due ? 0 : role_set_permissions(roles),
		.password_due = row->password_due,
		.factor_due = due,
		.factor_floor = standing.floor,
		.unproven = row->proof_due_at != 0 && now >= row->proof_due_at,
		.authenticated_at = row->authenticated_at,
		.idle_expires_at = row->idle_expires_at,
		.expires_at = row->expires_at};
	return ERR_OK;
}

enum err session_principal(struct ctx *ctx, struct block cookie, struct block peer,
			   enum credential_use use, struct principal *out)
{
	uint8_t hash[32];
	struct session_row row;
	int64_t now = sys_real_us();

	if (cookie.len != SESSION_COOKIE)
		return not_signed_in(ctx, "session.none");
	crypto_hash_sha256(hash, cookie.data, cookie.len);
	enum err err = auth_session_sql_by_cookie(ctx, hash, &row);
	if (err == ERR_NOT_FOUND)
		err = find_former(ctx, hash, use, now, &row);
	if (err == ERR_NOT_FOUND)
		return not_signed_in(ctx, "session.unknown");
	if (err == ERR_OK)
		err = check_place(ctx, &row, peer);
	return err == ERR_OK ? principal_of(ctx, &row, use, now, out) : err;
}

enum err session_principal_of(struct ctx *ctx, const struct uuid *id, struct principal *out)
{
	struct session_row row;
	enum err err = auth_session_sql_by_id(ctx, id, &row);

	if (err == ERR_NOT_FOUND)
		return not_signed_in(ctx, "session.unknown");
	if (err == ERR_OK)
		err = principal_of(ctx, &row, USE_LOOK, sys_real_us(), out);
	return err == ERR_OK ? session_check_proof(ctx, out) : err;
}

bool session_is_fresh(const struct principal *principal)
{
	return sys_real_us() - principal->authenticated_at < SESSION_FRESH_MINUTES * 60 * second_us;
}

enum err session_showed_passkey(struct ctx *ctx, bool *out)
{
	return auth_session_sql_showed_passkey(
		ctx, &ctx->principal->session_id,
		sys_real_us() - SESSION_FRESH_MINUTES * 60 * second_us, out);
}

enum err session_lock_own(struct ctx *ctx, bool *out_due)
{
	const struct principal *self = ctx->principal;
	struct user user;
	enum err err = user_by_id(ctx, &self->user_id, true, &user);

	if (err == ERR_OK)
		err = auth_session_sql_lock(ctx, &self->session_id, &self->user_id, out_due);
	return err == ERR_NOT_FOUND ? not_signed_in(ctx, "session.unknown") : err;
}

enum err session_end(struct ctx *ctx, const struct uuid *id, const struct uuid *user_id,
		     const char *reason)
{
	uint64_t count = 0;
	enum err err = auth_session_sql_end(ctx, id, user_id, reason, &count);

	if (err == ERR_OK && count == 0)
		return err_set(ctx, ERR_NOT_FOUND, "There is no such session any more.");
	return err;
}

enum err session_end_all(struct ctx *ctx, const struct uuid *user_id, const struct uuid *keep,
			 const char *reason)
{
	enum err err = auth_session_sql_end_all(ctx, user_id, keep, reason);

	return err == ERR_OK ? token_end_all(ctx, user_id, reason) : err;
}
