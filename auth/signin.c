/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/signin.h"
#include "auth/break_glass.h"

#include <sodium.h>
#include <string.h>

#include "audit/audit.h"
#include "auth/auth.h"
#include "auth/device_mark.h"
#include "auth/floor.h"
#include "auth/mail_code.h"
#include "auth/network_load.h"
#include "auth/password_renew.h"
#include "auth/recovery_sql.h"
#include "auth/secret_store.h"
#include "auth/seed.h"
#include "auth/signin_inner.h"
#include "base/cleanup.h"
#include "base/conf.h"
#include "base/sys.h"
#include "base/text.h"
#include "sql/db.h"

/* A lane that waits that long has failed often: six more times than somebody who mistypes. */
enum { SLOWED_S = 60 };
/* What an attempt takes beside its hash, until some have been measured. */
enum { STATEMENTS_US = 50000 };

#define SETTING_LANE_KEY   "auth.lane_key"
#define SETTING_DUMMY_TOTP "auth.dummy_totp"

enum err signin_lane_key(struct ctx *ctx, uint8_t out[32])
{
	struct block key;
	enum err err = signin_sql_setting(ctx, SETTING_LANE_KEY, &key);

	if (err != ERR_OK)
		return err;
	if (key.len != 32)
		return err_set(ctx, ERR_INTEGRITY, "The key of the sign-in lanes is damaged.");
	memcpy(out, key.data, 32);
	return ERR_OK;
}

enum err signin_subject(struct ctx *ctx, const char *login, uint8_t out[32])
{
	uint8_t key[32];
	enum err err = signin_lane_key(ctx, key);

	if (err == ERR_OK)
		lane_subject(key, login, out);
	wipe(key, sizeof(key));
	return err;
}

static bool exists(const struct attempt *attempt)
{
	return !uuid_is_nil(&attempt->row.user.id);
}

/* What the second step is guessed at: a counter of failures of its own each. */
static enum lane_authenticator second(const struct attempt *attempt)
{
	if (attempt->signin->mailed)
		return LANE_MAIL;
	return attempt->signin->recovery ? LANE_RECOVERY : LANE_TOTP;
}

static enum err find_devices(struct ctx *ctx, struct attempt *attempt, struct block dummy)
{
	enum err err = factor_sql_devices(ctx, &attempt->row.user.id, attempt->devices,
					  &attempt->device_count);

	for (size_t i = attempt->device_count; i < TOTP_DEVICES_MAX; i++) {
		if (dummy.len == UUID_SIZE)
			memcpy(attempt->devices[i].secret_id.b, dummy.data, UUID_SIZE);
	}
	return err;
}

/* A salt that nobody has is as good as another for those without codes. */
static enum err find_salt(struct ctx *ctx, struct attempt *attempt)
{
	memcpy(attempt->recovery, attempt->lane.subject, RECOVERY_SALT);
	enum err err = recovery_sql_salt(ctx, &attempt->row.user.id, attempt->recovery);
	attempt->has_recovery = err == ERR_OK;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err use_dummies(struct ctx *ctx, struct attempt *attempt)
{
	struct block hash, totp;
	enum err err = signin_sql_setting(ctx, SETTING_DUMMY_HASH, &hash);

	if (err != ERR_OK || (err = signin_sql_setting(ctx, SETTING_DUMMY_TOTP, &totp)) != ERR_OK)
		return err;
	attempt->hash = attempt->row.hash
				? attempt->row.hash
				: arena_strndup(ctx->arena, (const char *)hash.data, hash.len);
	if (!attempt->hash)
		return ERR_MEMORY;
	return attempt->signin->recovery ? find_salt(ctx, attempt)
					 : find_devices(ctx, attempt, totp);
}

enum err signin_choose_lane(struct ctx *ctx, struct attempt *attempt)
{
	const struct in *in = attempt->signin->in;
	struct block network = {0};
	bool known = false;
	enum err err = signin_subject(ctx, attempt->signin->login, attempt->lane.subject);

	/* Asked for nobody too: a name takes the same statements whether it exists or not. */
	if (err == ERR_OK)
		err = device_find(ctx, in, &attempt->row.user.id, &attempt->device);
	if (err == ERR_OK)
		err = signin_sql_network_known(ctx, &attempt->row.user.id, in->peer, &known);
	if (err != ERR_OK)
		return err;
	if (known)
		network = in->peer;
	lane_choose(&attempt->lane, attempt->device.proven ? &attempt->device.id : NULL, network);
	return ERR_OK;
}

static const char *lane_name(enum lane_kind kind)
{
	static const char *const names[] = {"unknown", "network", "device"};

	return names[kind];
}

/* The failure that disables an authenticator says so. */
static const char *disabled_now(const struct attempt *attempt, const char *why)
{
	if (attempt->password_fails == LANE_CAP && strcmp(why, "sign_in.password") == 0)
		return "password";
	if (attempt->code_fails == LANE_CAP && why == attempt->second_why)
		return lane_authenticator_name(second(attempt));
	return NULL;
}

enum err signin_audit_refusal(struct ctx *ctx, const struct attempt *attempt, const char *why)
{
	struct audit audit;
	const struct in *in = attempt->signin->in;

	audit_init(&audit, EVENT_SIGN_IN_REFUSED);
	audit.outcome = AUDIT_REFUSED;
	audit.reason = why;
	audit.peer = arena_strndup(ctx->arena, (const char *)in->peer.data, in->peer.len);
	/* An unknown name is often a password typed into the wrong field: only its lane is kept. */
	if (exists(attempt))
		audit_object(&audit, "user", &attempt->row.user.id, attempt->row.user.login);
	audit_data(&audit, "lane", lane_name(attempt->lane.kind));
	audit_data(&audit, "user_agent", in->user_agent);
	/* What notify/ tells the owner of. */
	if (attempt->password_ok && why == attempt->second_why)
		audit_data(&audit, "password", "right");
	if (attempt->wait >= SLOWED_S)
		audit_data(&audit, "slowed", "true");
	if (disabled_now(attempt, why))
		audit_data(&audit, "disabled", disabled_now(attempt, why));
	signin_guess_audit(ctx, attempt, &audit);
	if (attempt->password_ok && exists(attempt))
		signin_adaptive_audit(ctx, attempt, &audit);
	enum err err = audit_append(ctx, &audit);
	return err == ERR_OK ? signin_keep_refused(ctx, attempt, why) : err;
}

/* Nothing was looked at, or not the second step. */
static enum err refuse_unseen(struct ctx *ctx, struct attempt *attempt)
{
	attempt->guess.wait_s = (uint32_t)attempt->wait;
	attempt->rule = guess_before(&attempt->guess);
	signin_guess_failed(ctx, attempt, false);
	return signin_audit_refusal(ctx, attempt, signin_guess_why(attempt->rule));
}

/* Whoever comes from where they may not counts as nothing: no lane, no cap, no proof is looked at.
 */
static enum err look_where(struct ctx *ctx, struct attempt *attempt)
{
	enum err err = network_check_user(ctx, &attempt->row.user.id, ENTRANCE_PORTAL,
					  attempt->signin->in->peer);

	attempt->elsewhere = err == ERR_DENIED;
	return attempt->elsewhere ? ERR_OK : err;
}

/* Transaction 1: who it would be, and whether the lane lets this be tried at all. */
static enum err look_up(struct ctx *ctx, void *arg)
{
	struct attempt *attempt = arg;
	enum err err = signin_sql_by_login(ctx, attempt->signin->login, &attempt->row);

	if (err == ERR_OK)
		err = signin_choose_lane(ctx, attempt);
	if (err == ERR_OK)
		err = use_dummies(ctx, attempt);
	if (err == ERR_OK)
		err = signin_guess_before(ctx, attempt);
	if (err != ERR_OK)
		return err;
	err = look_where(ctx, attempt);
	if (err != ERR_OK)
		return err;
	if (attempt->elsewhere)
		return signin_audit_refusal(ctx, attempt, "sign_in.network");
	if (attempt->rule->action != GUESS_REFUSE)
		err = lane_reserve(ctx, &attempt->lane, LANE_PASSWORD, &attempt->wait);
	if (err == ERR_OK && (attempt->rule->action == GUESS_REFUSE || attempt->wait > 0))
		return refuse_unseen(ctx, attempt);
	if (err == ERR_OK)
		err = lane_cap_reserve(ctx, attempt->lane.subject, LANE_PASSWORD,
				       &attempt->password_fails);
	return err;
}

/* Which device shows this code: tried against all of them, always. */
struct code_found {
	const struct totp_device *device; /* NULL: none */
	uint64_t step;
	bool replayed;
};

static enum err try_device(struct ctx *ctx, const char *code, const struct totp_device *device,
			   struct code_found *found)
{
	struct secret_ref ref;
	struct block blob;
	uint64_t step = 0;
	enum err err = secret_store_get(ctx, &device->secret_id, &ref, &blob);

	if (err == ERR_NOT_FOUND)
		return ERR_OK; /* removed since it was looked up: no code of it counts */
	if (err == ERR_OK)
		err = keeper_totp_check(ctx, &ref, blob, code, sys_real_us() / 1000000,
					device->last_step, &step);
	if (err == ERR_UNAUTHENTICATED) {
		found->replayed |= strcmp(ctx->error.reason, "totp.replayed") == 0;
		return ERR_OK;
	}
	if (err == ERR_OK) {
		found->device = device;
		found->step = step;
	}
	return err;
}

static enum err check_code(struct ctx *ctx, struct attempt *attempt)
{
	struct code_found found = {0};
	bool moved = false;
	enum err err = ERR_OK;

	for (size_t i = 0; i < TOTP_DEVICES_MAX && err == ERR_OK; i++)
		err = try_device(ctx, attempt->signin->code, &attempt->devices[i], &found);
	if (err != ERR_OK)
		return err;
	if (!found.device)
		attempt->second_why = found.replayed ? "sign_in.code_replayed" : "sign_in.code";
	if (!found.device || attempt->why)
		return ERR_OK;
	/* Two at once with one code: the counter moves for one of them. */
	err = factor_sql_step(ctx, &found.device->id, found.step, &moved);
	if (err == ERR_OK && !moved)
		attempt->second_why = "sign_in.code_replayed";
	return err;
}

static enum err check_recovery(struct ctx *ctx, struct attempt *attempt)
{
	bool used = false, known = false;

	if (attempt->why)
		return ERR_OK;
	enum err err = recovery_sql_use(ctx, &attempt->row.user.id, attempt->recovery,
					attempt->signin->in->peer, &used, &known);
	if (err == ERR_OK && !used)
		attempt->second_why = known ? "sign_in.recovery_used" : "sign_in.recovery";
	return err;
}

/* Whatever was wrong before, the challenge is spent. */
static enum err check_passkey(struct ctx *ctx, struct attempt *attempt)
{
	enum err err = passkey_check(ctx, PASSKEY_SIGN_IN, false, attempt->signin->passkey,
				     &attempt->passkey, &attempt->second_why);

	if (err == ERR_OK && !attempt->second_why &&
	    !uuid_equal(&attempt->passkey.user_id, &attempt->row.user.id))
		attempt->second_why = "passkey.other_user";
	return err;
}

static enum err check_second(struct ctx *ctx, struct attempt *attempt)
{
	enum err err = attempt->signin->passkey	   ? check_passkey(ctx, attempt)
		       : attempt->signin->recovery ? check_recovery(ctx, attempt)
		       : attempt->signin->mailed   ? signin_mail_check(ctx, attempt)
						   : check_code(ctx, attempt);

	if (err == ERR_OK && !attempt->why)
		attempt->why = attempt->second_why;
	return err;
}

static const char *first_reason(const struct attempt *attempt)
{
	if (!exists(attempt))
		return "sign_in.unknown_login";
	if (attempt->password_fails > LANE_CAP)
		return "sign_in.password_disabled";
	if (!attempt->password_ok)
		return "sign_in.password";
	if (strcmp(attempt->row.user.state, "active") != 0)
		return "sign_in.not_active";
	if (attempt->signin->passkey || attempt->signin->mailed || attempt->signin->sends)
		return NULL; /* auth/passkey.c and auth/signin_mail.c say who may */
	if (attempt->signin->recovery ? !attempt->has_recovery : attempt->device_count == 0)
		return "sign_in.no_second_factor";
	return NULL;
}

/* The hash took long: what was looked up before it must hold still, and from here to the end. */
static enum err look_again(struct ctx *ctx, struct attempt *attempt)
{
	struct signin_row now;
	enum err err = signin_sql_again(ctx, &attempt->row.user.id, &now);

	if (err == ERR_OK &&
	    (!now.hash || !attempt->row.hash || strcmp(now.hash, attempt->row.hash) != 0 ||
	     strcmp(now.user.state, attempt->row.user.state) != 0))
		attempt->why = "sign_in.changed_meanwhile";
	return err;
}

static enum err make_device(struct ctx *ctx, const struct user *user, const struct in *in,
			    struct uuid *out_id, char out_text[SESSION_COOKIE_TEXT])
{
	uint8_t token[SESSION_COOKIE], hash[32];

	device_mark_make(&user->id, token);
	crypto_hash_sha256(hash, token, sizeof(token));
	enum err err = device_make(ctx, in, &user->id, hash, out_id);
	if (err == ERR_OK)
		base64url_encode(token, sizeof(token), out_text);
	wipe(token, sizeof(token));
	return err;
}

enum err signin_open(struct ctx *ctx, const struct user *user, const struct in *in,
		     const struct uuid *device, struct signin_shown shown,
		     struct signin_result *out)
{
	struct uuid made;
	enum err err = device ? device_seen(ctx, in, device)
			      : make_device(ctx, user, in, &made, out->device);

	if (!device)
		device = &made;
	/* A new id at each sign-in: what somebody planted in the browser before is worth nothing.
	 */
	if (err == ERR_OK && ctx->principal) {
		err = session_end(ctx, &ctx->principal->session_id, &ctx->principal->user_id,
				  "replaced");
		if (err == ERR_NOT_FOUND)
			err = ERR_OK;
	}
	if (err != ERR_OK)
		return err;
	struct session_where where = {in->peer,	     in->user_agent,	     device,
				      shown.passkey, in->device_key.len > 0, shown.stale};
	out->user_id = user->id;
	return session_open(ctx, user, &where, &out->session_id, out->session);
}

/* Rare, and a sign of a lost device or of a theft: a record of its own. */
enum err signin_audit_recovery(struct ctx *ctx, const struct attempt *attempt)
{
	struct audit audit;
	const struct user *user = &attempt->row.user;
	int64_t left = 0;
	enum err err = recovery_sql_left(ctx, &user->id, &left);

	if (err != ERR_OK)
		return err;
	audit_init(&audit, EVENT_RECOVERY_USED);
	audit.peer = arena_strndup(ctx->arena, (const char *)attempt->signin->in->peer.data,
				   attempt->signin->in->peer.len);
	audit_object(&audit, "user", &user->id, user->login);
	audit_data(&audit, "left", arena_printf(ctx->arena, "%lld", (long long)left));
	return audit_append(ctx, &audit);
}

static const struct uuid *or_null(const struct uuid *id)
{
	return uuid_is_nil(id) ? NULL : id;
}

/* That a session may do nothing yet is said where it is opened. */
static enum err tell_floor(struct ctx *ctx, const struct attempt *attempt, struct audit *audit)
{
	const struct passkey *passkey = &attempt->passkey;
	struct factor_standing standing;
	enum err err = factor_standing_of(ctx, &attempt->row.user.id, &standing);
	enum factor_level shown = uuid_is_nil(&passkey->id) ? FACTOR_ANY : passkey->level;

	if (err == ERR_OK && factor_due_of(&standing, shown))
		audit_data(audit, "below_floor", factor_level_name(standing.floor));
	return err;
}

enum err signin_accept(struct ctx *ctx, struct attempt *attempt)
{
	struct audit audit;
	const struct in *in = attempt->signin->in;
	const struct user *user = &attempt->row.user;
	const char *networks = NULL;
	enum err err = attempt->break_glass ? ERR_OK : break_glass_of(ctx, &user->id, &networks);

	if (err == ERR_OK && networks) {
		attempt->why = BREAK_GLASS_KEY_ONLY;
		return signin_audit_refusal(ctx, attempt, attempt->why);
	}
	if (err == ERR_OK && attempt->settle)
		err = attempt->settle(ctx, attempt->settle_arg);
	if (err == ERR_OK)
		err = signin_open(ctx, user, in,
				  device_goes_on(&attempt->device) ? &attempt->device.id : NULL,
				  (struct signin_shown){or_null(&attempt->passkey.id),
							attempt->signin->mailed != NULL},
				  attempt->result);

	if (err != ERR_OK)
		return err;
	const struct principal *before = ctx->principal;
	struct principal self = {.user_id = user->id,
				 .session_id = attempt->result->session_id,
				 .login = user->login,
				 .display_name = user->display_name};
	audit_init(&audit, EVENT_SIGN_IN);
	audit.peer = arena_strndup(ctx->arena, (const char *)in->peer.data, in->peer.len);
	audit_object(&audit, "user", &user->id, user->login);
	audit_data(&audit, "lane", lane_name(attempt->lane.kind));
	audit_data(&audit, "factor", attempt->factor);
	if (attempt->result->device[0])
		audit_data(&audit, "new_device", "true");
	audit_data(&audit, "user_agent", in->user_agent);
	signin_guess_audit(ctx, attempt, &audit);
	signin_adaptive_audit(ctx, attempt, &audit);
	if ((err = tell_floor(ctx, attempt, &audit)) != ERR_OK)
		return err;
	ctx->principal = &self;
	err = audit_append(ctx, &audit);
	if (err == ERR_OK)
		err = signin_guess_report(ctx, attempt);
	if (err == ERR_OK)
		err = signin_adaptive_learn(ctx, attempt);
	if (err == ERR_OK && attempt->signin->recovery)
		err = signin_audit_recovery(ctx, attempt);
	ctx->principal = before;
	return err;
}

static enum err clear_password(struct ctx *ctx, const struct attempt *attempt)
{
	enum err err = lane_clear(ctx, &attempt->lane, LANE_PASSWORD);

	return err == ERR_OK ? lane_cap_clear(ctx, attempt->lane.subject, LANE_PASSWORD) : err;
}

static const char *disabled_reason(const struct signin *signin)
{
	if (signin->mailed)
		return "sign_in.mail_code_disabled";
	return signin->recovery ? "sign_in.recovery_disabled" : "sign_in.code_disabled";
}

/* Counts the second step as failed before it is looked at. A passkey has no lane: it cannot be
 * guessed. */
static enum err reserve_second(struct ctx *ctx, struct attempt *attempt)
{
	if (attempt->signin->passkey)
		return ERR_OK;
	enum err err = lane_reserve(ctx, &attempt->lane, second(attempt), &attempt->wait);
	if (err == ERR_OK && attempt->wait == 0)
		err = lane_cap_reserve(ctx, attempt->lane.subject, second(attempt),
				       &attempt->code_fails);
	if (attempt->code_fails > LANE_CAP)
		attempt->why = disabled_reason(attempt->signin);
	return err;
}

static enum err clear_second(struct ctx *ctx, const struct attempt *attempt)
{
	if (attempt->signin->passkey)
		return ERR_OK;
	enum err err = lane_clear(ctx, &attempt->lane, second(attempt));
	return err == ERR_OK ? lane_cap_clear(ctx, attempt->lane.subject, second(attempt)) : err;
}

static const char *factor_name(const struct signin *signin)
{
	if (signin->mailed)
		return "mail_code";
	return signin->passkey ? "passkey" : signin->recovery ? "recovery" : "totp";
}

/* Right proofs are not always enough: auth/guess.c. */
static bool may_pass(struct attempt *attempt)
{
	attempt->rule = guess_after(&attempt->guess);
	if (attempt->rule->action == GUESS_REFUSE)
		attempt->why = signin_guess_why(attempt->rule);
	return attempt->rule->action != GUESS_REFUSE;
}

/* The second step of somebody whose first one is behind them, or its like for who was refused. */
static enum err decide_second(struct ctx *ctx, struct attempt *attempt)
{
	if (attempt->signin->sends)
		return signin_mail_send(ctx, attempt);
	enum err err = attempt->why ? ERR_OK : reserve_second(ctx, attempt);

	if (err == ERR_OK && attempt->wait > 0)
		return refuse_unseen(ctx, attempt);
	if (err == ERR_OK)
		err = check_second(ctx, attempt);
	if (err == ERR_OK)
		err = signin_adaptive_judge(ctx, attempt, false);
	if (err == ERR_OK && attempt->why) {
		signin_guess_failed(ctx, attempt, !attempt->password_ok);
		return signin_audit_refusal(ctx, attempt, attempt->why);
	}
	if (err == ERR_OK)
		err = clear_second(ctx, attempt);
	if (err == ERR_OK && !(may_pass(attempt) && signin_adaptive_allows(attempt)))
		return signin_audit_refusal(ctx, attempt, attempt->why);
	if (err != ERR_OK)
		return err;
	return attempt->signin->again ? signin_confirm(ctx, attempt) : signin_accept(ctx, attempt);
}

/* Transaction 2: the decision, its traces and its audit event together. */
static enum err decide(struct ctx *ctx, void *arg)
{
	struct attempt *attempt = arg;
	enum err err = ERR_OK;

	attempt->factor = factor_name(attempt->signin);
	attempt->why = first_reason(attempt);
	attempt->second_why = NULL; /* the transaction may be a repeated one */
	if (!attempt->why)
		err = look_again(ctx, attempt);
	if (err == ERR_OK && !attempt->why)
		err = clear_password(ctx, attempt);
	return err == ERR_OK ? decide_second(ctx, attempt) : err;
}

enum err signin_proven(struct ctx *ctx, struct attempt *attempt, const char *first)
{
	enum err err = signin_choose_lane(ctx, attempt);

	if (err == ERR_OK)
		err = use_dummies(ctx, attempt);
	if (err != ERR_OK)
		return err;
	signin_guess_alone(ctx, attempt);
	attempt->guess.factor = attempt->signin->passkey ? GUESS_PASSKEY : GUESS_CODE;
	attempt->password_ok = true;
	attempt->factor = arena_printf(ctx->arena, "%s+%s", first, factor_name(attempt->signin));
	attempt->why = first_reason(attempt);
	return decide_second(ctx, attempt);
}

enum err signin_refuse(struct ctx *ctx, const struct attempt *attempt)
{
	char seconds[24];

	if (attempt->wait > 0 && attempt->lane.kind != LANE_UNKNOWN) {
		(void)snprintf(seconds, sizeof(seconds), "%lld", (long long)attempt->wait);
		return err_record(ctx, ERR_LIMIT, "sign_in.wait", seconds, __FILE__, __LINE__,
				  "Too many attempts. Wait %s s and try again.", seconds);
	}
	if (attempt->why && strcmp(attempt->why, SIGNIN_NEEDS_PASSKEY) == 0)
		return err_reason(ctx, ERR_UNAUTHENTICATED, "sign_in.needs_passkey",
				  "This sign-in is unusual. Sign in with your passkey.");
	return err_reason(ctx, ERR_UNAUTHENTICATED, "sign_in.failed",
			  "Login, password, code or passkey is not right.");
}

static enum err hash_recovery(struct ctx *ctx, struct attempt *attempt)
{
	uint8_t salt[RECOVERY_SALT];

	memcpy(salt, attempt->recovery, sizeof(salt));
	return recovery_hash(ctx, attempt->signin->recovery, salt, attempt->recovery);
}

static void accepted(struct ctx *ctx, const struct attempt *attempt)
{
	signin_guess_passed(ctx, attempt);
	password_renew(ctx, &attempt->row.user.id, attempt->hash, attempt->signin->password);
}

/* The proofs are looked at, and it is decided. */
static enum err look_at(struct ctx *ctx, struct attempt *attempt)
{
	enum err err = ERR_OK;

	attempt->password_ok = password_matches(ctx, attempt->hash, attempt->signin->password);
	if (attempt->signin->recovery)
		err = hash_recovery(ctx, attempt);
	return err == ERR_OK ? db_transaction(ctx, decide, attempt) : err;
}

static bool is_looked_at(const struct attempt *attempt)
{
	return attempt->wait == 0 && attempt->rule->action != GUESS_REFUSE && !attempt->elsewhere;
}

enum err signin_refuse_in_time(struct ctx *ctx, const struct attempt *attempt, int64_t began)
{
	int64_t hash_us = ctx->conf ? ctx->conf->password_hash_milliseconds * 1000 : 0;
	enum err err = signin_refuse(ctx, attempt);

	if (err == ERR_UNAUTHENTICATED && ctx->watch)
		ctx->answer_at_us = began + watch_pace(ctx->watch, hash_us + STATEMENTS_US);
	return err;
}

enum err signin_run(struct ctx *ctx, const struct signin *signin, struct signin_result *out)
{
	struct attempt attempt = {.signin = signin, .result = out};
	int64_t began = sys_mono_us();
	enum err err = db_transaction(ctx, look_up, &attempt);

	if (err != ERR_OK)
		return err;
	if (!is_looked_at(&attempt))
		return signin_refuse_in_time(ctx, &attempt, began);
	err = look_at(ctx, &attempt);
	if (ctx->watch)
		watch_took(ctx->watch, sys_mono_us() - began);
	if (err == ERR_OK && (attempt.why || attempt.wait > 0))
		err = signin_refuse_in_time(ctx, &attempt, began);
	else if (err == ERR_OK)
		accepted(ctx, &attempt);
	if (err != ERR_OK)
		wipe(out, sizeof(*out));
	return err;
}

static enum err is_on(struct ctx *ctx, void *arg)
{
	bool on = false;
	enum err err = signin_mail_on(ctx, &on);

	(void)arg;
	return err != ERR_OK || on ? err
				   : err_reason(ctx, ERR_CONFLICT, "mail_code.off",
						"Codes are not sent by mail here.");
}

enum err signin_send_code(struct ctx *ctx, const struct signin *signin)
{
	struct attempt attempt = {.signin = signin};
	int64_t began = sys_mono_us();
	enum err err = db_transaction(ctx, is_on, NULL);

	if (err == ERR_OK)
		err = db_transaction(ctx, look_up, &attempt);
	if (err == ERR_OK && is_looked_at(&attempt)) {
		err = look_at(ctx, &attempt);
		if (ctx->watch)
			watch_took(ctx->watch, sys_mono_us() - began);
	}
	if (err == ERR_OK)
		err = signin_refuse_in_time(ctx, &attempt, began);
	return err == ERR_UNAUTHENTICATED ? ERR_OK : err; /* whatever came out */
}

static enum err own_decide(struct ctx *ctx, void *arg)
{
	struct attempt *attempt = arg;

	if (attempt->password_fails > LANE_CAP)
		return signin_audit_refusal(ctx, attempt, "sign_in.password_disabled");
	if (!attempt->password_ok)
		return signin_audit_refusal(ctx, attempt, "sign_in.password");
	return clear_password(ctx, attempt);
}

enum err signin_check_own_password(struct ctx *ctx, const struct secret *password,
				   const struct in *in)
{
	struct signin signin = {.login = ctx->principal->login, .password = password, .in = in};
	struct attempt attempt = {.signin = &signin};
	enum err err = db_transaction(ctx, look_up, &attempt);

	if (err != ERR_OK)
		return err;
	if (attempt.wait > 0 || attempt.rule->action == GUESS_REFUSE)
		return signin_refuse(ctx, &attempt);
	if (attempt.elsewhere)
		return signin_refuse(ctx, &attempt);
	attempt.password_ok =
		password_matches(ctx, attempt.hash, password) && attempt.password_fails <= LANE_CAP;
	err = db_transaction(ctx, own_decide, &attempt);
	if (err == ERR_OK && !attempt.password_ok)
		return err_field(ctx, "current_password", "password.wrong",
				 "This is not your current password.");
	return err;
}

static enum err prepare_totp(struct ctx *ctx)
{
	struct secret_ref ref;
	struct block blob;
	enum err err = seed_make(ctx, &ref, &blob);

	return err == ERR_OK ? signin_sql_add_setting(ctx, SETTING_DUMMY_TOTP,
						      (struct block){ref.id.b, UUID_SIZE})
			     : err;
}

static enum err prepare_hash(struct ctx *ctx)
{
	char hash[PASSWORD_HASH_SIZE];
	enum err err = password_dummy(ctx, hash);

	if (err != ERR_OK)
		return err;
	return signin_sql_add_setting(ctx, SETTING_DUMMY_HASH,
				      (struct block){(const uint8_t *)hash, strlen(hash)});
}

static enum err prepare(struct ctx *ctx, void *arg)
{
	uint8_t key[32];
	struct block have;
	enum err err = signin_sql_setting(ctx, SETTING_LANE_KEY, &have);

	(void)arg;
	if (err != ERR_NOT_FOUND)
		return err;
	sys_random(key, sizeof(key));
	err = signin_sql_add_setting(ctx, SETTING_LANE_KEY, (struct block){key, sizeof(key)});
	if (err == ERR_OK)
		err = prepare_hash(ctx);
	if (err == ERR_OK)
		err = prepare_totp(ctx);
	return err;
}

static enum err start_marks(struct ctx *ctx)
{
	static const uint8_t purpose[] = "device cookies";
	uint8_t lane_key[32], key[DEVICE_MARK_KEY];
	enum err err = signin_lane_key(ctx, lane_key);

	if (err != ERR_OK)
		return err;
	(void)crypto_generichash(key, sizeof(key), purpose, sizeof(purpose), lane_key,
				 sizeof(lane_key));
	device_mark_start(key);
	wipe(lane_key, sizeof(lane_key));
	wipe(key, sizeof(key));
	return ERR_OK;
}

enum err auth_prepare(struct ctx *ctx)
{
	enum err err = password_cost_start(ctx);

	if (err == ERR_OK)
		err = db_transaction(ctx, prepare, NULL);
	if (err == ERR_OK)
		err = start_marks(ctx);
	return err == ERR_OK ? mail_code_start(ctx) : err;
}
