/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <sodium.h>
#include <string.h>

#include "auth/adaptive_policy.h"
#include "auth/break_glass.h"
#include "auth/floor.h"
#include "auth/mail_code_sql.h"
#include "auth/passkey_sql.h"
#include "auth/second.h"
#include "auth/signin_inner.h"
#include "base/sys.h"
#include "rbac/grant.h"
#include "rbac/write.h"

/*
 * A code by mail as the second step. It shows that somebody reads a mailbox, and is no factor (NIST
 * SP 800-63B-4, 3.1.3.1): so only who has confirmed their address, can show no passkey, need show
 * none and may do no more than everybody gets one. Judged when it is asked for, and again when it
 * comes back.
 */

struct standing {
	bool on, server;
	struct mail_address own;
	int64_t passkeys;
	struct factor_standing factors;
	permission_set theirs;
	const char *networks; /* of a break-glass account */
};

enum err signin_mail_on(struct ctx *ctx, bool *out)
{
	struct adaptive_policy policy;
	bool server = false;
	enum err err = adaptive_policy_read(ctx, false, &policy);

	if (err == ERR_OK)
		err = mail_address_sql_server(ctx, &server);
	*out = err == ERR_OK && policy.mail_code && server;
	return err;
}

/* Nobody takes the same statements. With what the sign-in will give them. */
static enum err standing_of(struct ctx *ctx, const struct attempt *attempt, struct standing *out)
{
	const struct uuid *user_id = &attempt->row.user.id;
	enum err err;

	*out = (struct standing){.on = false};
	err = signin_mail_on(ctx, &out->on);
	if (err == ERR_OK)
		err = mail_address_sql_get(ctx, user_id, &out->own);
	if (err == ERR_OK || err == ERR_NOT_FOUND)
		err = passkey_sql_count(ctx, user_id, &out->passkeys);
	if (err == ERR_OK)
		err = factor_standing_of(ctx, user_id, &out->factors);
	if (err == ERR_OK)
		err = role_permissions_of_user(ctx, user_id, &out->theirs);
	out->theirs |= attempt->gains;
	if (err == ERR_OK)
		err = break_glass_of(ctx, user_id, &out->networks);
	return err;
}

/* Why this person gets none; NULL: they may have one. */
static const char *why_not(const struct standing *standing)
{
	const struct {
		bool holds;
		const char *why;
	} reasons[] = {
		{!standing->on, "mail_code.off"},
		{standing->networks != NULL, "mail_code.break_glass"},
		{second_is_needed(standing->theirs), "mail_code.privileged"},
		{standing->factors.floor > FACTOR_ANY, "mail_code.floor"},
		{standing->passkeys > 0, "mail_code.passkey"},
		{!standing->own.address || !standing->own.confirmed_at, "mail_code.no_address"},
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].holds)
			return reasons[i].why;
	return NULL;
}

/* The browser is the one that shows the cookie of the sign-in under way; one without has none that
 * any code was made for. */
static struct mail_code code_of(const struct attempt *attempt, const struct standing *standing,
				bool somebody)
{
	const struct block flow = attempt->signin->in->flow;
	struct mail_code code = {.purpose = MAIL_CODE_SIGN_IN,
				 .address = standing->own.address ? standing->own.address : ""};

	if (somebody)
		code.user_id = attempt->row.user.id;
	if (flow.len == MAIL_CODE_BINDING)
		crypto_hash_sha256(code.binding, flow.data, flow.len);
	else
		sys_random(code.binding, sizeof(code.binding));
	return code;
}

static enum err append_sent(struct ctx *ctx, const struct attempt *attempt,
			    const struct mail_code *code)
{
	const struct in *in = attempt->signin->in;
	struct audit audit;

	audit_init(&audit, EVENT_MAIL_CODE_SENT);
	audit.peer = arena_strndup(ctx->arena, (const char *)in->peer.data, in->peer.len);
	audit_object(&audit, "user", &attempt->row.user.id, attempt->row.user.login);
	audit_data(&audit, "notice", "sign_in_code");
	audit_data(&audit, "code", write_uuid(ctx, &code->id));
	audit_data(&audit, "address", code->address);
	audit_data(&audit, "user_agent", in->user_agent);
	return audit_append(ctx, &audit);
}

enum err signin_mail_send(struct ctx *ctx, struct attempt *attempt)
{
	struct standing standing;
	bool first = !attempt->why; /* the first step was right */
	enum err err = standing_of(ctx, attempt, &standing);

	if (err != ERR_OK)
		return err;
	if (first)
		attempt->why = attempt->second_why = why_not(&standing);
	struct mail_code code = code_of(attempt, &standing, !attempt->why);
	err = mail_code_make(ctx, &code);
	if (err == ERR_LIMIT) {
		attempt->why = attempt->second_why = "mail_code.sends";
		err = ERR_OK;
	}
	if (err != ERR_OK || !attempt->why)
		return err == ERR_OK ? append_sent(ctx, attempt, &code) : err;
	if (!first)
		signin_guess_failed(ctx, attempt, !attempt->password_ok);
	return signin_audit_refusal(ctx, attempt, attempt->why);
}

enum err signin_mail_check(struct ctx *ctx, struct attempt *attempt)
{
	struct standing standing;
	const char *why = NULL;
	enum err err = standing_of(ctx, attempt, &standing);

	if (err != ERR_OK)
		return err;
	const char *refused = why_not(&standing);
	/* Who did not come this far uses up nobody's tries. */
	struct mail_code code = code_of(attempt, &standing, !attempt->why && !refused);
	const char *now = code.address;
	err = mail_code_try(ctx, &code, attempt->signin->mailed, &why);
	if (err == ERR_OK && !why && strcmp(code.address, now) != 0)
		why = "mail_code.address";
	attempt->second_why = refused ? refused : why;
	return err;
}
