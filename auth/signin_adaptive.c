/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <sodium.h>
#include <string.h>

#include "auth/password_list.h"
#include "auth/signin_inner.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/secret.h"
#include "rbac/grant.h"
#include "rbac/role.h"
#include "rbac/write.h"

enum { PARTS_TOLD = 3 };

/* A key of its own from the one of the lanes. */
static void derive(const uint8_t lane_key[32], uint8_t out[RISK_KEY])
{
	static const uint8_t purpose[] = "adaptive sign-in";

	(void)crypto_generichash(out, RISK_KEY, purpose, sizeof(purpose), lane_key, 32);
}

/* With what they have, and what they will have by this sign-in. */
static enum err role_of(struct ctx *ctx, const struct attempt *attempt, enum risk_role *out)
{
	permission_set theirs = 0;
	enum err err = role_permissions_of_user(ctx, &attempt->row.user.id, &theirs);

	theirs |= attempt->gains;
	*out = theirs & ~role_permissions(ROLE_USER) ? RISK_PRIVILEGED : RISK_USER;
	return err;
}

/* It was good enough when it was set; the list has grown since. */
static bool is_breached(const struct secret *password)
{
	return password &&
	       password_list_has((const char *)secret_bytes(password), secret_len(password));
}

static uint32_t rules_of(const struct attempt *attempt, bool alone)
{
	uint32_t rules = 0;

	if (attempt->guess.campaign && guess_has_failed(&attempt->guess))
		rules |= 1u << RISK_RULE_CAMPAIGN;
	if (alone) /* the passkey has verified the person */
		rules |= attempt->passkey.level >= FACTOR_DEVICE_BOUND
				 ? 1u << RISK_RULE_PASSKEY_BOUND
				 : 1u << RISK_RULE_PASSKEY;
	if (is_breached(attempt->signin->password))
		rules |= 1u << RISK_RULE_BREACHED;
	return rules;
}

enum err signin_adaptive_judge(struct ctx *ctx, struct attempt *attempt, bool alone)
{
	const struct in *in = attempt->signin->in;
	const char *peer = arena_strndup(ctx->arena, (const char *)in->peer.data, in->peer.len);
	struct adaptive_ask ask = {.user_id = &attempt->row.user.id,
				   .peer = peer ? peer : "",
				   .agent = in->user_agent ? in->user_agent : "",
				   .tongue = in->languages ? in->languages : "",
				   .device_key = attempt->lane.kind == LANE_DEVICE,
				   .rules = rules_of(attempt, alone)};
	uint8_t lane_key[32], key[RISK_KEY];
	struct adaptive_policy policy;

	attempt->adaptive = NULL; /* the transaction may be a repeated one */
	enum err err = adaptive_policy_read(ctx, false, &policy);
	enum conf_adaptive mode = err == ERR_OK ? adaptive_mode(ctx, &policy) : CONF_ADAPTIVE_OFF;
	if (mode == CONF_ADAPTIVE_OFF)
		return err;
	struct adaptive *made = arena_alloc(ctx->arena, sizeof(*made));
	if (!made)
		return err_set(ctx, ERR_MEMORY, "No memory for the score of a sign-in.");
	err = signin_lane_key(ctx, lane_key);
	if (err == ERR_OK)
		err = role_of(ctx, attempt, &ask.role);
	if (err != ERR_OK)
		return err;
	derive(lane_key, key);
	ask.key = key;
	ask.policy = &policy;
	err = adaptive_judge(ctx, &ask, made);
	wipe(lane_key, sizeof(lane_key));
	wipe(key, sizeof(key));
	made->enforced = mode == CONF_ADAPTIVE_ENFORCE;
	attempt->adaptive = err == ERR_OK ? made : NULL;
	return err;
}

/* The strongest factor that the person has enrolled was shown; a recovery code stands for the
 * factors that are lost. */
static bool strongest(const struct attempt *attempt)
{
	if (attempt->signin->mailed)
		return false; /* it is no factor */
	return attempt->guess.factor != GUESS_CODE || !attempt->guess.has_passkey;
}

bool signin_adaptive_steps_up(const struct attempt *attempt)
{
	return attempt->adaptive && attempt->adaptive->enforced &&
	       attempt->adaptive->record.decision.action == RISK_STEP_UP;
}

bool signin_adaptive_allows(struct attempt *attempt)
{
	if (!attempt->adaptive || !attempt->adaptive->enforced)
		return true;
	int32_t action = attempt->adaptive->record.decision.action;
	if (action == RISK_BLOCK)
		attempt->why = "sign_in.unusual";
	else if (signin_adaptive_steps_up(attempt) && !strongest(attempt))
		attempt->why =
			attempt->signin->mailed ? "sign_in.needs_factor" : SIGNIN_NEEDS_PASSKEY;
	return !attempt->why;
}

static enum err keep(struct ctx *ctx, const struct attempt *attempt, struct past *past)
{
	const struct in *in = attempt->signin->in;

	past->user_id = attempt->row.user.id;
	past->peer = arena_strndup(ctx->arena, (const char *)in->peer.data, in->peer.len);
	past->user_agent = in->user_agent ? in->user_agent : "";
	return past->peer ? past_add(ctx, past)
			  : err_set(ctx, ERR_MEMORY, "Request memory is used up.");
}

enum err signin_adaptive_learn(struct ctx *ctx, const struct attempt *attempt)
{
	struct past past = {.session_id = attempt->result->session_id};
	enum err err = attempt->adaptive ? adaptive_learn(ctx, attempt->adaptive, &past) : ERR_OK;

	return err == ERR_OK ? keep(ctx, attempt, &past) : err;
}

enum err signin_keep_refused(struct ctx *ctx, const struct attempt *attempt, const char *why)
{
	const struct signin *signin = attempt->signin;
	struct past past = {.reason = why};

	if (uuid_is_nil(&attempt->row.user.id) || !attempt->password_ok || attempt->wait > 0 ||
	    signin->again || !(signin->password || attempt->adaptive))
		return ERR_OK;
	if (attempt->adaptive)
		past.look = &attempt->adaptive->look;
	return keep(ctx, attempt, &past);
}

enum err signin_adaptive_enrolled(struct ctx *ctx, const struct user *user, const struct in *in)
{
	const struct signin signin = {.login = user->login, .in = in};
	struct attempt attempt = {.signin = &signin, .row = {.user = *user}};
	struct past past = {.learned = false};
	enum err err = signin_adaptive_judge(ctx, &attempt, false);

	return err == ERR_OK && attempt.adaptive ? adaptive_learn(ctx, attempt.adaptive, &past)
						 : err;
}

/* "no_device_key=2000 network=1904": what weighed most; first the cold start, which has no weight.
 */
static const char *parts_text(struct ctx *ctx, const struct risk_record *record)
{
	struct risk_part parts[PARTS_TOLD];
	size_t count = risk_record_parts(record, parts, PARTS_TOLD);
	const char *text = record->decision.why & RISK_WHY_COLD ? "cold_start=0" : "";

	for (size_t i = 0; i < count && text; i++)
		text = arena_printf(ctx->arena, "%s%s%s=%d", text, *text ? " " : "", parts[i].name,
				    parts[i].value);
	return text;
}

void signin_adaptive_audit(struct ctx *ctx, const struct attempt *attempt, struct audit *audit)
{
	char text[RISK_RECORD_TEXT];
	const struct adaptive *adaptive = attempt->adaptive;

	if (!adaptive)
		return;
	const struct risk_record *record = &adaptive->record;
	risk_record_write(record, text);
	audit_data(audit, "risk_action",
		   risk_action_name((enum risk_action)record->decision.action));
	audit_data(audit, "risk_parts", parts_text(ctx, record));
	audit_data(audit, "risk", arena_strdup(ctx->arena, text));
	if (adaptive->where.country[0])
		audit_data(audit, "risk_country",
			   arena_strdup(ctx->arena, adaptive->where.country));
	if (adaptive->where.asn)
		audit_data(audit, "risk_asn", arena_printf(ctx->arena, "%u", adaptive->where.asn));
	if (!uuid_is_nil(&adaptive->exception))
		audit_data(audit, "risk_exception", write_uuid(ctx, &adaptive->exception));
	if (adaptive->damaged)
		audit_data(audit, "risk_problem", "profile_damaged");
}
