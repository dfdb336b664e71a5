/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "auth/passkey_sql.h"
#include "auth/signin_inner.h"
#include "base/arena.h"
#include "base/sys.h"
#include "rbac/write.h"

/* What a sign-in has to do with the others: auth/watch.h asked and told, and written down. */

static struct watch_try try_of(struct ctx *ctx, const struct attempt *attempt)
{
	const struct in *in = attempt->signin->in;
	const char *peer = arena_strndup(ctx->arena, (const char *)in->peer.data, in->peer.len);
	struct watch_try made = {.peer = peer ? peer : "",
				 .lane = attempt->lane.kind,
				 .unknown = uuid_is_nil(&attempt->row.user.id)};

	memcpy(&made.user, attempt->lane.subject, sizeof(made.user));
	return made;
}

static enum guess_factor factor_of(const struct signin *signin)
{
	return signin->passkey ? GUESS_PASSKEY : signin->recovery ? GUESS_RECOVERY : GUESS_CODE;
}

enum err signin_guess_before(struct ctx *ctx, struct attempt *attempt)
{
	const struct watch_try made = try_of(ctx, attempt);
	int64_t passkeys = 0;
	enum err err = lane_wait(ctx, &attempt->lane, LANE_PASSWORD, &attempt->wait);

	/* Asked for nobody too, so that a name takes the same time whether it exists. */
	if (err == ERR_OK)
		err = passkey_sql_count(ctx, &attempt->row.user.id, &passkeys);
	if (err != ERR_OK)
		return err;
	attempt->guess = (struct guess){.lane = attempt->lane.kind,
					.factor = factor_of(attempt->signin),
					.wait_s = (uint32_t)attempt->wait,
					.has_passkey = passkeys > 0};
	if (ctx->watch)
		watch_look(ctx->watch, &made, true, sys_mono_us(), &attempt->guess);
	attempt->rule = guess_before(&attempt->guess);
	if (attempt->guess.campaign != 0 && attempt->lane.kind == LANE_UNKNOWN)
		attempt->lane.strain = SIGNIN_STRAIN;
	return ERR_OK;
}

void signin_guess_alone(struct ctx *ctx, struct attempt *attempt)
{
	const struct watch_try made = try_of(ctx, attempt);

	attempt->guess = (struct guess){
		.lane = attempt->lane.kind, .factor = GUESS_PASSKEY, .has_passkey = true};
	if (ctx->watch)
		watch_look(ctx->watch, &made, false, sys_mono_us(), &attempt->guess);
	attempt->rule = guess_after(&attempt->guess);
}

const char *signin_guess_why(const struct guess_rule *rule)
{
	static const struct {
		const char *rule, *why;
	} table[] = {
		{"lane.wait", "sign_in.wait"},
		{"campaign.crowded", "sign_in.crowded"},
		{"campaign.source", "sign_in.campaign"},
		{"campaign.passkey", "sign_in.campaign"},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(table[i].rule, rule->id) == 0)
			return table[i].why;
	return "sign_in.banned";
}

void signin_guess_failed(struct ctx *ctx, struct attempt *attempt, bool password_wrong)
{
	const struct watch_try made = try_of(ctx, attempt);

	if (!ctx->watch || attempt->counted)
		return;
	attempt->counted = true; /* the transaction may be a repeated one */
	watch_failed(ctx->watch, &made, password_wrong ? attempt->signin->password : NULL,
		     sys_mono_us(), &attempt->guess);
}

void signin_guess_passed(struct ctx *ctx, const struct attempt *attempt)
{
	const struct watch_try made = try_of(ctx, attempt);

	if (ctx->watch)
		watch_passed(ctx->watch, &made, sys_mono_us(), &attempt->guess);
}

void signin_guess_audit(struct ctx *ctx, const struct attempt *attempt, struct audit *audit)
{
	char seen[GUESS_TEXT];

	if (!attempt->rule)
		return;
	guess_text(&attempt->guess, seen);
	audit_data(audit, "rule", attempt->rule->id);
	audit_data(audit, "action", guess_action_name(attempt->rule->action));
	audit_data(audit, "seen", arena_strdup(ctx->arena, seen));
}

/* Somebody came in from an unknown device or place while others were guessing. */
enum err signin_guess_report(struct ctx *ctx, const struct attempt *attempt)
{
	struct audit audit;
	const struct user *user = &attempt->row.user;
	char kinds[32];

	if (!attempt->rule || attempt->rule->action != GUESS_REPORT)
		return ERR_OK;
	guess_campaign_text(attempt->guess.campaign, kinds);
	audit_init(&audit, EVENT_CAMPAIGN_SIGN_IN);
	audit.peer = try_of(ctx, attempt).peer;
	audit_object(&audit, "user", &user->id, user->login);
	audit_data(&audit, "kinds", arena_strdup(ctx->arena, kinds));
	audit_data(&audit, "factor", attempt->factor);
	return audit_append(ctx, &audit);
}
