/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <sodium.h>
#include <string.h>

#include "auth/federation_gain.h"
#include "auth/federation_inner.h"
#include "auth/federation_session.h"
#include "auth/federation_sql.h"
#include "auth/handlers.h"
#include "auth/signin_inner.h"
#include "base/secret.h"
#include "base/sys.h"
#include "rbac/write.h"
#include "sql/db.h"

/* The local second factor after a sign-in with an identity provider. */
static const int64_t second_us = 1000000;
enum { PROVEN_SECONDS = 300 };

struct second {
	struct signin signin;
	struct attempt attempt;
	struct federation_row row;
	struct identity_provider provider;
	struct signin_result *result;
	struct identity_link link;	/* id nil: to be made */
	struct federated_identity said; /* at the first step; subject NULL: nothing is mapped */
};

static const char *judge(const struct second *second, enum err provider)
{
	if (second->row.finished_at)
		return "federation.replayed";
	if (sys_real_us() - second->row.proven_at >= PROVEN_SECONDS * second_us)
		return "federation.expired";
	if (provider == ERR_NOT_FOUND || strcmp(second->provider.state, "enabled") != 0)
		return "federation.disabled";
	return NULL;
}

static enum err find_row(struct ctx *ctx, struct second *second)
{
	const struct block flow = second->signin.in->flow;
	uint8_t hash[32];

	if (flow.len != FEDERATION_BYTES)
		return ERR_NOT_FOUND;
	crypto_hash_sha256(hash, flow.data, flow.len);
	return federation_sql_proven(ctx, hash, &second->row);
}

/* The link may have gone, or been made, since the first step. */
static enum err look_at_link(struct ctx *ctx, struct second *second)
{
	struct attempt *attempt = &second->attempt;
	bool linked = false;
	enum err err =
		federation_sql_link(ctx, &second->provider.id, second->row.subject, &second->link);

	if (err == ERR_OK && !uuid_equal(&second->link.user_id, &second->row.user_id))
		attempt->why = "federation.linked_elsewhere";
	if (err != ERR_NOT_FOUND)
		return err;
	err = federation_sql_linked(ctx, &second->provider.id, &second->row.user_id, &linked);
	if (linked || !second->provider.link_attribute[0])
		attempt->why = "federation.not_linked";
	return err;
}

static enum err look_up(struct ctx *ctx, struct second *second)
{
	struct attempt *attempt = &second->attempt;
	enum err err = find_row(ctx, second);

	if (err == ERR_NOT_FOUND) {
		attempt->why = "federation.not_begun";
		return ERR_OK;
	}
	if (err != ERR_OK)
		return err;
	err = identity_provider_by_id(ctx, &second->row.txn.provider_id, false, &second->provider);
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	attempt->why = judge(second, err);
	err = user_by_id(ctx, &second->row.user_id, true, &attempt->row.user);
	second->signin.login = attempt->row.user.login;
	return err == ERR_OK && !attempt->why ? look_at_link(ctx, second) : err;
}

static struct federated_identity identity_of(const struct second *second)
{
	return (struct federated_identity){.subject = second->row.subject,
					   .display = second->row.display,
					   .session = second->row.session};
}

static enum err keep_session(struct ctx *ctx, const struct second *second)
{
	const struct federated_identity identity = identity_of(second);

	return federation_session_keep(ctx, &second->result->session_id, &second->provider.id,
				       &identity);
}

static enum err keep_link(struct ctx *ctx, const struct second *second)
{
	const struct federated_identity identity = identity_of(second);
	const struct user *user = &second->attempt.row.user;
	struct audit audit;

	if (!uuid_is_nil(&second->link.id))
		return federation_sql_used(ctx, &second->link.id, identity.display);
	write_audit(ctx, second->signin.in, &audit);
	audit.event = EVENT_IDENTITY_LINKED;
	audit_object(&audit, "user", &user->id, user->login);
	audit_data(&audit, "provider", second->provider.name);
	audit_data(&audit, "subject", identity.subject);
	audit_data(&audit, "made_by", "rule");
	enum err err = federation_sql_add_link(ctx, &second->provider.id, &identity, &user->id,
					       "rule", &audit.id);
	return err == ERR_OK ? audit_append(ctx, &audit) : err;
}

/* What was said at the first step, as the mapping is now. */
static enum err look_at_gain(struct ctx *ctx, struct second *second)
{
	if (second->row.said.len == 0)
		return ERR_OK;
	enum err err = federation_gain_take_up(ctx, second->row.said, &second->said);
	return err == ERR_OK ? federation_gain_permissions(ctx, &second->provider, &second->said,
							   &second->attempt.gains)
			     : err;
}

static enum err renew_gain(struct ctx *ctx, const struct second *second)
{
	return second->said.subject
		       ? federation_gain_renew(ctx, second->signin.in, &second->provider,
					       &second->said, &second->attempt.row.user)
		       : ERR_OK;
}

static enum err settle(struct ctx *ctx, void *arg)
{
	const struct second *second = arg;
	enum err err = keep_link(ctx, second);

	return err == ERR_OK ? renew_gain(ctx, second) : err;
}

static enum err step(struct ctx *ctx, void *arg)
{
	struct second *second = arg;
	struct attempt *attempt = &second->attempt;
	bool moved = false;

	*attempt = (struct attempt){.signin = &second->signin,
				    .result = second->result,
				    .settle = settle,
				    .settle_arg = second};
	second->link = (struct identity_link){0};
	second->said = (struct federated_identity){0};
	enum err err = look_up(ctx, second);
	if (err == ERR_OK && attempt->why)
		return signin_audit_refusal(ctx, attempt, attempt->why);
	if (err == ERR_OK)
		err = look_at_gain(ctx, second);
	if (err == ERR_OK)
		err = signin_proven(ctx, attempt,
				    second->provider.kind == FEDERATION_SAML ? "saml" : "oidc");
	if (err != ERR_OK || attempt->why || attempt->wait > 0 || second->signin.sends)
		return err;
	err = keep_session(ctx, second);
	if (err == ERR_OK)
		err = federation_sql_finished(ctx, &second->row.txn.id, NULL, &moved);
	return err;
}

static enum err run(struct ctx *ctx, const struct signin *signin, struct out *out)
{
	struct signin_result result = {0};
	struct second second = {.signin = *signin, .result = &result};
	int64_t began = sys_mono_us();
	enum err err = db_transaction(ctx, step, &second);

	if (err == ERR_OK && second.attempt.why && federation_is_over(second.attempt.why))
		err = federation_over(ctx);
	else if (err == ERR_OK && (second.attempt.why || second.attempt.wait > 0))
		err = signin_refuse_in_time(ctx, &second.attempt, began);
	if (err == ERR_OK) {
		err = auth_set_cookies(ctx, &result, out);
		out->clear_flow = true;
	}
	wipe(&result, sizeof(result));
	return err;
}

enum err auth_run_second_code(struct ctx *ctx, const struct in *in, struct out *out)
{
	const struct signin signin = {.code = in_text(in, 0, ""), .in = in};

	return run(ctx, &signin, out);
}

enum err auth_run_second_passkey(struct ctx *ctx, const struct in *in, struct out *out)
{
	const struct passkey_answer answer = {in, 0};
	const struct signin signin = {.passkey = &answer, .in = in};

	return run(ctx, &signin, out);
}

enum err auth_run_second_mail(struct ctx *ctx, const struct in *in, struct out *out)
{
	const struct signin signin = {.mailed = in_text(in, 0, ""), .in = in};

	return run(ctx, &signin, out);
}

/* Whether one was sent is told to nobody here: as signin_send_code. */
enum err auth_run_second_mail_code(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct second second = {.signin = {.sends = true, .in = in}};
	int64_t began = sys_mono_us();
	bool on = false;
	enum err err = signin_mail_on(ctx, &on);

	(void)out;
	if (err == ERR_OK && !on)
		return err_reason(ctx, ERR_CONFLICT, "mail_code.off",
				  "Codes are not sent by mail here.");
	if (err == ERR_OK)
		err = db_transaction(ctx, step, &second);
	if (err == ERR_OK && second.attempt.why && federation_is_over(second.attempt.why))
		return federation_over(ctx);
	if (err == ERR_OK)
		err = signin_refuse_in_time(ctx, &second.attempt, began);
	return err == ERR_UNAUTHENTICATED ? ERR_OK : err;
}
