/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "auth/break_glass.h"
#include "auth/federation_gain.h"
#include "auth/federation_inner.h"
#include "auth/federation_session.h"
#include "auth/federation_sql.h"
#include "auth/federation_step_up.h"
#include "auth/handlers.h"
#include "auth/network_load.h"
#include "auth/notice_meter.h"
#include "auth/session.h"
#include "auth/signin_inner.h"
#include "base/arena.h"
#include "base/secret.h"
#include "base/sys.h"
#include "rbac/principal.h"
#include "rbac/write.h"
#include "sql/db.h"

/* One answer of a provider, after the checks of its kind. */
struct finish {
	const struct in *in;
	const struct federation_txn *txn;
	const struct federated_identity *identity;
	const char *refused; /* what the kind's checks said */
	struct out *out;
	struct identity_provider provider;
	struct federation_decision decision;
	struct signin signin;
	struct attempt attempt;
	struct signin_result result;
	const char *why, *location;
	bool proven; /* the browser goes on to the second step */
	bool made;   /* somebody new, in this transaction */
	bool untold; /* refused, and only counted */
};

static const char *kind_name(const struct finish *finish)
{
	return finish->provider.kind == FEDERATION_SAML ? "saml" : "oidc";
}

static void describe(struct ctx *ctx, const struct finish *finish, struct audit *audit)
{
	const struct in *in = finish->in;

	audit->peer = arena_strndup(ctx->arena, (const char *)in->peer.data, in->peer.len);
	if (finish->provider.name) {
		audit_data(audit, "kind", kind_name(finish));
		audit_data(audit, "provider", finish->provider.name);
	}
	if (finish->identity) {
		audit_data(audit, "subject", finish->identity->subject);
		audit_data(audit, "display", finish->identity->display);
	}
	audit_data(audit, "user_agent", in->user_agent);
}

static void name_user(const struct finish *finish, struct audit *audit)
{
	const struct user *user = &finish->decision.user;

	if (!uuid_is_nil(&user->id))
		audit_object(audit, "user", &user->id, user->login);
}

/* What the process has recorded: no request owns it. */
static struct notice_meter refused = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Anybody can send any number of these. Of the others each takes a transaction of its own, whose
 * beginning is recorded. */
static bool is_anybodys(const struct finish *finish)
{
	return !finish->txn || uuid_is_nil(&finish->txn->id) || federation_is_over(finish->why);
}

static enum err append_refusal(struct ctx *ctx, struct finish *finish)
{
	struct audit audit;
	int64_t left_out = 0;

	finish->untold = is_anybodys(finish) && !notice_meter_take(&refused, &finish->provider.id,
								   sys_mono_us(), &left_out);
	if (finish->untold)
		return ERR_OK;
	audit_init(&audit, EVENT_SIGN_IN_REFUSED);
	if (left_out > 0)
		audit_data(&audit, "left_out",
			   arena_printf(ctx->arena, "%lld", (long long)left_out));
	audit.outcome = AUDIT_REFUSED;
	audit.reason = finish->why;
	describe(ctx, finish, &audit);
	name_user(finish, &audit);
	signin_adaptive_audit(ctx, &finish->attempt, &audit);
	enum err err = audit_append(ctx, &audit);
	return err == ERR_OK && finish->attempt.adaptive && !uuid_is_nil(&finish->decision.user.id)
		       ? signin_keep_refused(ctx, &finish->attempt, finish->why)
		       : err;
}

static enum err append(struct ctx *ctx, const struct finish *finish, struct audit *audit)
{
	describe(ctx, finish, audit);
	name_user(finish, audit);
	return audit_append(ctx, audit);
}

static enum err add_link(struct ctx *ctx, struct finish *finish, const char *made_by)
{
	struct audit audit;

	audit_init(&audit, EVENT_IDENTITY_LINKED);
	audit_data(&audit, "made_by", made_by);
	enum err err = federation_sql_add_link(ctx, &finish->provider.id, finish->identity,
					       &finish->decision.user.id, made_by, &audit.id);
	return err == ERR_OK ? append(ctx, finish, &audit) : err;
}

/* --- Somebody new --- */

static enum err insert_user(struct ctx *ctx, struct user *user, const struct uuid *event_id)
{
	enum err err = user_insert(ctx, user, event_id);

	if (err != ERR_OK)
		return err;
	user->theme = "system";
	user->state = "active";
	user->version = 1;
	err = user_store(ctx, user, event_id);
	user->version = 2;
	return err;
}

static enum err provision(struct ctx *ctx, struct finish *finish)
{
	struct audit audit;
	struct user *user = &finish->decision.user;

	*user = (struct user){.id = uuid_v7(),
			      .login = finish->decision.login,
			      .display_name = finish->decision.display,
			      .language = "ja",
			      .timezone = "Asia/Tokyo"};
	audit_init(&audit, EVENT_USER_CREATED);
	enum err err = insert_user(ctx, user, &audit.id);
	if (err == ERR_OK)
		err = federation_gain_give(ctx, &finish->provider, finish->identity, user, &audit);
	if (err == ERR_OK)
		err = append(ctx, finish, &audit);
	finish->made = true;
	return err == ERR_OK ? add_link(ctx, finish, "provision") : err;
}

/* --- Sign-in --- */

static enum err ask_second(struct ctx *ctx, struct finish *finish)
{
	bool has = false;
	struct block said = {NULL, 0};
	enum err err = federation_sql_has_factor(ctx, &finish->decision.user.id, &has);

	if (err == ERR_OK && !has)
		finish->why = "federation.no_second_factor";
	if (err != ERR_OK || finish->why)
		return err;
	finish->proven = true;
	finish->location = "/signin/second";
	err = federation_gain_put_by(ctx, &finish->provider, finish->identity, &said);
	return err == ERR_OK
		       ? federation_sql_set_proven(ctx, &finish->txn->id, &finish->decision.user.id,
						   finish->identity, said)
		       : err;
}

/* How unusual it is, for somebody who has what this sign-in gives. *out_more: that calls for more,
 * and a provider's word for the second factor is not enough for somebody who has one here. */
static enum err weigh(struct ctx *ctx, struct finish *finish, bool *out_more)
{
	struct attempt *attempt = &finish->attempt;

	*out_more = false;
	finish->signin = (struct signin){.login = finish->decision.user.login,
					 .in = finish->in,
					 .again = finish->txn->purpose == FEDERATION_STEP_UP};
	*attempt = (struct attempt){.signin = &finish->signin,
				    .row = {.user = finish->decision.user},
				    .factor = kind_name(finish),
				    .password_ok = true, /* the provider said so */
				    .result = &finish->result};
	enum err err = signin_choose_lane(ctx, attempt);
	if (err == ERR_OK)
		err = federation_gain_permissions(ctx, &finish->provider, finish->identity,
						  &attempt->gains);
	if (err == ERR_OK)
		signin_guess_alone(ctx, attempt);
	if (err == ERR_OK)
		err = signin_adaptive_judge(ctx, attempt, false);
	if (err == ERR_OK && !signin_adaptive_allows(attempt))
		finish->why = attempt->why;
	if (err == ERR_OK && !finish->why && signin_adaptive_steps_up(attempt))
		err = federation_sql_has_factor(ctx, &attempt->row.user.id, out_more);
	return err;
}

static enum err judge(struct ctx *ctx, struct finish *finish)
{
	bool more = false;
	enum err err = weigh(ctx, finish, &more);

	return err == ERR_OK && more ? ask_second(ctx, finish) : err;
}

/* No provider lets such an account in. */
static enum err judge_any(struct ctx *ctx, struct finish *finish)
{
	const char *networks = NULL;
	enum err err = break_glass_of(ctx, &finish->decision.user.id, &networks);

	if (err != ERR_OK || !networks)
		return err == ERR_OK ? judge(ctx, finish) : err;
	finish->why = BREAK_GLASS_KEY_ONLY;
	return ERR_OK;
}

static enum err open_session(struct ctx *ctx, struct finish *finish)
{
	enum err err = federation_gain_renew(ctx, finish->in, &finish->provider, finish->identity,
					     &finish->decision.user);

	if (err == ERR_OK)
		err = signin_accept(ctx, &finish->attempt);
	finish->location = "/";
	return err == ERR_OK ? federation_session_keep(ctx, &finish->result.session_id,
						       &finish->provider.id, finish->identity)
			     : err;
}

static enum err note_used(struct ctx *ctx, struct finish *finish)
{
	struct identity_link link;
	enum err err =
		federation_sql_link(ctx, &finish->provider.id, finish->identity->subject, &link);

	return err == ERR_OK ? federation_sql_used(ctx, &link.id, finish->identity->display) : err;
}

/* Only of somebody who is in: whoever lacks the second factor gets neither link nor account. */
static enum err settle(struct ctx *ctx, struct finish *finish)
{
	switch (finish->decision.next) {
	case FEDERATION_KNOWN: return note_used(ctx, finish);
	case FEDERATION_BY_RULE: return add_link(ctx, finish, "rule");
	case FEDERATION_NEW: return provision(ctx, finish);
	case FEDERATION_REFUSED: break;
	}
	return err_set(ctx, ERR_BUG, "A refused sign-in goes on.");
}

static enum err sign_in(struct ctx *ctx, struct finish *finish)
{
	enum err err =
		federation_decide(ctx, &finish->provider, finish->identity, &finish->decision);

	if (err == ERR_OK)
		finish->why = finish->decision.why;
	if (err != ERR_OK || finish->why)
		return err;
	if (!finish->decision.second_trusted)
		return ask_second(ctx, finish);
	/* Somebody new is compared with nobody, with the rights they are given: made first, and
	 * unmade when that is too unusual. */
	bool is_new = finish->decision.next == FEDERATION_NEW;
	err = is_new ? settle(ctx, finish) : ERR_OK;
	if (err == ERR_OK)
		err = judge_any(ctx, finish);
	if (err != ERR_OK || finish->why || finish->proven)
		return err;
	err = is_new ? ERR_OK : settle(ctx, finish);
	return err == ERR_OK ? open_session(ctx, finish) : err;
}

/* --- What somebody began who is signed in --- */

/* Its person, as when its cookie comes along. */
static enum err load_own(struct ctx *ctx, const struct finish *finish)
{
	struct principal *self = arena_alloc(ctx->arena, sizeof(*self));

	if (!self)
		return err_set(ctx, ERR_MEMORY, "Out of memory.");
	enum err err = session_principal_of(ctx, &finish->txn->session_id, self);
	if (err != ERR_OK)
		return err;
	const struct network_who who = {self->roles, &self->user_id, ENTRANCE_PORTAL};
	if ((err = network_check(ctx, &who, finish->in->peer)) == ERR_OK)
		ctx->principal = self;
	return err;
}

/* Who acts is the session it was begun in. A SAML provider's form comes without that session's
 * cookie: then it is the one that the transaction names, whose own cookie is this browser's. */
static enum err find_own(struct ctx *ctx, struct finish *finish)
{
	enum err err = ctx->principal ? ERR_OK : load_own(ctx, finish);
	bool own =
		err == ERR_OK && uuid_equal(&ctx->principal->session_id, &finish->txn->session_id);

	if (err != ERR_OK && err != ERR_UNAUTHENTICATED && err != ERR_DENIED)
		return err;
	if (!own)
		finish->why = "federation.session";
	return ERR_OK;
}

/* --- Linking by the owner, who is signed in --- */

static enum err link_own(struct ctx *ctx, struct finish *finish)
{
	struct identity_link link;
	bool linked = false;
	enum err err = find_own(ctx, finish);

	finish->location = "/profile";
	if (err != ERR_OK || finish->why)
		return err;
	const struct principal *self = ctx->principal;
	finish->decision.user = (struct user){.id = self->user_id, .login = self->login};
	err = federation_sql_link(ctx, &finish->provider.id, finish->identity->subject, &link);
	if (err == ERR_OK) {
		finish->why = uuid_equal(&link.user_id, &self->user_id)
				      ? "federation.linked_already"
				      : "federation.linked_elsewhere";
		return ERR_OK;
	}
	if (err == ERR_NOT_FOUND)
		err = federation_sql_linked(ctx, &finish->provider.id, &self->user_id, &linked);
	if (err == ERR_OK && linked)
		finish->why = "federation.linked_already";
	return err == ERR_OK && !finish->why ? add_link(ctx, finish, "owner") : err;
}

/* --- Somebody signed in proves anew who they are --- */

/* What ends the session meanwhile comes wholly before or wholly after. */
static enum err lock_own(struct ctx *ctx, struct finish *finish)
{
	bool due = false;
	enum err err = find_own(ctx, finish);

	if (err == ERR_OK && !finish->why)
		err = session_lock_own(ctx, &due);
	if (err == ERR_UNAUTHENTICATED) {
		finish->why = "federation.session";
		return ERR_OK;
	}
	if (err != ERR_OK || finish->why)
		return err;
	return user_by_id(ctx, &ctx->principal->user_id, false, &finish->decision.user);
}

/* The ways of here are left where that is too unusual for a provider's word. */
static enum err weigh_again(struct ctx *ctx, struct finish *finish)
{
	const char *networks = NULL;
	bool more = false;
	enum err err = break_glass_of(ctx, &finish->decision.user.id, &networks);

	if (err == ERR_OK && networks)
		finish->why = BREAK_GLASS_KEY_ONLY;
	if (err == ERR_OK && !finish->why)
		err = weigh(ctx, finish, &more);
	if (err == ERR_OK && more)
		finish->why = "federation.no_second_factor";
	return err;
}

static enum err renew(struct ctx *ctx, struct finish *finish)
{
	const struct uuid *session = &ctx->principal->session_id;
	struct audit audit;
	enum err err = session_renew(ctx, session, NULL, finish->result.session);

	finish->result.user_id = ctx->principal->user_id;
	finish->location = "/?stepped_up=1";
	if (err == ERR_OK)
		err = federation_session_renewed(ctx, session, finish->identity);
	if (err == ERR_OK)
		err = note_used(ctx, finish);
	audit_init(&audit, EVENT_STEP_UP);
	audit_data(&audit, "factor", kind_name(finish));
	signin_adaptive_audit(ctx, &finish->attempt, &audit);
	return err == ERR_OK ? append(ctx, finish, &audit) : err;
}

static enum err step_up(struct ctx *ctx, struct finish *finish)
{
	enum err err = lock_own(ctx, finish);

	if (err == ERR_OK && !finish->why)
		err = federation_step_up_judge(ctx, &finish->provider, finish->identity,
					       &finish->why);
	if (err == ERR_OK && !finish->why)
		err = weigh_again(ctx, finish);
	return err == ERR_OK && !finish->why ? renew(ctx, finish) : err;
}

/* --- A test by an administrator --- */

static enum err test(struct ctx *ctx, struct finish *finish)
{
	struct audit audit;
	bool moved = false;
	const char *result = NULL;
	enum err err = find_own(ctx, finish);

	if (err != ERR_OK || finish->why)
		return err;
	finish->location = arena_printf(ctx->arena, "/admin/identity-providers?provider=%s&test=%s",
					write_uuid(ctx, &finish->provider.id),
					write_uuid(ctx, &finish->txn->id));
	err = federation_describe(ctx, &finish->provider, finish->identity, finish->refused,
				  &result);
	if (err == ERR_OK)
		err = federation_sql_finished(ctx, &finish->txn->id, result, &moved);
	if (err != ERR_OK)
		return err;
	audit_init(&audit, EVENT_PROVIDER_TESTED);
	audit_object(&audit, "identity_provider", &finish->provider.id, finish->provider.name);
	if (finish->refused) {
		audit.outcome = AUDIT_FAILED;
		audit.reason = finish->refused;
	}
	describe(ctx, finish, &audit);
	return audit_append(ctx, &audit);
}

static enum err dispatch(struct ctx *ctx, struct finish *finish)
{
	if (finish->txn->purpose == FEDERATION_TEST)
		return test(ctx, finish);
	if (!finish->identity) {
		finish->why = finish->refused;
		return ERR_OK;
	}
	if (strcmp(finish->provider.state, "enabled") != 0) {
		finish->why = "federation.disabled";
		return ERR_OK;
	}
	switch (finish->txn->purpose) {
	case FEDERATION_SIGN_IN: return sign_in(ctx, finish);
	case FEDERATION_LINK: return link_own(ctx, finish);
	case FEDERATION_STEP_UP: return step_up(ctx, finish);
	case FEDERATION_TEST:
	case FEDERATION_SIGN_OUT: break;
	}
	return err_set(ctx, ERR_BUG, "An answer of a purpose that ends elsewhere.");
}

static enum err append_answered(struct ctx *ctx, const struct finish *finish)
{
	static const char *const purposes[] = {"sign_in", "link", "test", "sign_out", "step_up"};
	struct audit audit;

	audit_init(&audit, EVENT_FEDERATION_ANSWERED);
	audit_data(&audit, "purpose", purposes[finish->txn->purpose]);
	if (finish->proven) {
		audit_data(&audit, "second", "asked");
		signin_adaptive_audit(ctx, &finish->attempt, &audit);
	}
	return append(ctx, finish, &audit);
}

static enum err step(struct ctx *ctx, void *arg)
{
	struct finish *finish = arg;
	enum err err = ERR_OK;

	*finish = (struct finish){.in = finish->in,
				  .txn = finish->txn,
				  .identity = finish->identity,
				  .refused = finish->refused,
				  .out = finish->out};
	if (finish->txn && !uuid_is_nil(&finish->txn->provider_id))
		err = identity_provider_by_id(ctx, &finish->txn->provider_id, false,
					      &finish->provider);
	if (err == ERR_NOT_FOUND || !finish->provider.name)
		finish->why = finish->refused ? finish->refused : "federation.disabled";
	else if (err == ERR_OK)
		err = dispatch(ctx, finish);
	if (finish->made && finish->why)
		return err == ERR_OK ? ERR_UNAUTHENTICATED : err;
	if (err == ERR_OK || finish->why)
		err = finish->why ? append_refusal(ctx, finish) : append_answered(ctx, finish);
	return err;
}

/* What was done for somebody new is undone; what is left is that they were refused. */
static enum err refuse_new(struct ctx *ctx, void *arg)
{
	struct finish *finish = arg;

	finish->decision.user = (struct user){0};
	return append_refusal(ctx, finish);
}

static enum err answer(struct ctx *ctx, struct finish *finish)
{
	struct out *out = finish->out;
	enum err err = ERR_OK;

	if (finish->result.session[0])
		err = auth_set_cookies(ctx, &finish->result, out);
	out_text(out, "location", finish->location);
	out->clear_flow = !finish->proven;
	return err;
}

enum err federation_finish(struct ctx *ctx, const struct in *in, const struct federation_txn *txn,
			   const struct federated_identity *identity, const char *why,
			   struct out *out)
{
	struct finish finish = {.in = in,
				.txn = txn,
				.identity = why ? NULL : identity,
				.refused = why,
				.out = out};
	enum err err = db_transaction(ctx, step, &finish);

	if (err == ERR_UNAUTHENTICATED && finish.made && finish.why)
		err = db_transaction(ctx, refuse_new, &finish);
	if (err == ERR_OK && !finish.why)
		err = answer(ctx, &finish);
	else if (err == ERR_OK && federation_is_over(finish.why))
		err = federation_over(ctx);
	else if (err == ERR_OK)
		err = err_reason(ctx, ERR_UNAUTHENTICATED, "sign_in.failed",
				 "The sign-in with this provider was not accepted.");
	wipe(&finish.result, sizeof(finish.result));
	/* The other refusals owe an event. */
	return err == ERR_UNAUTHENTICATED && finish.untold ? ERR_SYNTAX : err;
}
