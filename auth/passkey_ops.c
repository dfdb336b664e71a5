/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "auth/attestation_sql.h"
#include "auth/auth_api.h"
#include "auth/break_glass.h"
#include "auth/factor.h"
#include "auth/floor.h"
#include "auth/handlers.h"
#include "auth/passkey_sql.h"
#include "auth/signin.h"
#include "base/arena.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/sys.h"
#include "base/text.h"
#include "rbac/principal.h"
#include "rbac/write.h"
#include "sql/db.h"

enum { LIST_MAX = 32 * 1024 };

/* The person's own factors change: the event names them, the kind and the label. */
static void write_own(struct ctx *ctx, const struct in *in, const char *label, struct audit *audit)
{
	write_audit(ctx, in, audit);
	audit_object(audit, "user", &ctx->principal->user_id, ctx->principal->login);
	audit_data(audit, "kind", "passkey");
	audit_data(audit, "label", label);
}

static void put_asked(struct out *out, struct ctx *ctx, const struct passkey_asked *asked)
{
	out_text(out, "token", arena_strdup(ctx->arena, asked->token));
	out_text(out, "challenge", arena_strdup(ctx->arena, asked->challenge));
	out_text(out, "rp_id", arena_strdup(ctx->arena, asked->party.rp_id));
	out_time(out, "expires_at", asked->expires_at);
}

/* The person's credentials, for the browser to leave out or to choose from. */
static enum err put_credentials(struct ctx *ctx, struct out *out)
{
	struct buf text;
	struct json json;

	buf_init(&text, LIST_MAX);
	json_init(&json, &text);
	enum err err = passkey_sql_describe(ctx, &ctx->principal->user_id, &json);
	if (err == ERR_OK && buf_failed(&text))
		err = buf_tell(ctx, &text, "the list of passkeys");
	if (err == ERR_OK)
		out_json(out, "credentials", arena_strdup(ctx->arena, buf_text(&text)));
	buf_clear(&text);
	return err;
}

static enum err append_asked(struct ctx *ctx, const struct in *in, const char *purpose)
{
	const struct principal *self = ctx->principal;
	struct audit audit;

	write_audit(ctx, in, &audit);
	audit_data(&audit, "purpose", purpose);
	if (self)
		audit_object(&audit, "user", &self->user_id, self->login);
	return audit_append(ctx, &audit);
}

enum err passkey_run_sign_in_challenge(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct passkey_asked asked;
	enum err err = passkey_ask(ctx, PASSKEY_SIGN_IN, &asked);

	if (err != ERR_OK)
		return err;
	put_asked(out, ctx, &asked);
	return append_asked(ctx, in, "sign_in");
}

enum err passkey_run_step_up_challenge(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct passkey_asked asked;
	int64_t count = 0;
	enum err err = passkey_sql_count(ctx, &ctx->principal->user_id, &count);

	if (err == ERR_OK && count == 0)
		return err_reason(ctx, ERR_CONFLICT, "passkey.none", "You have no passkey yet.");
	if (err == ERR_OK)
		err = passkey_ask(ctx, PASSKEY_STEP_UP, &asked);
	if (err == ERR_OK)
		err = put_credentials(ctx, out);
	if (err != ERR_OK)
		return err;
	put_asked(out, ctx, &asked);
	return append_asked(ctx, in, "step_up");
}

static enum err room_for_one(struct ctx *ctx)
{
	int64_t count = 0;
	enum err err = passkey_sql_count(ctx, &ctx->principal->user_id, &count);

	if (err == ERR_OK && count >= PASSKEYS_MAX)
		return err_reason(ctx, ERR_CONFLICT, "passkey.too_many",
				  "You have %d passkeys. Remove one first.", PASSKEYS_MAX);
	return err;
}

enum err passkey_run_register_challenge(struct ctx *ctx, const struct in *in, struct out *out)
{
	const struct principal *self = ctx->principal;
	struct passkey_asked asked;
	struct factor_standing standing;
	char handle[BASE64_SIZE(UUID_SIZE)];
	enum err err = room_for_one(ctx);

	if (err == ERR_OK)
		err = passkey_ask(ctx, PASSKEY_REGISTER, &asked);
	if (err == ERR_OK)
		err = put_credentials(ctx, out);
	if (err == ERR_OK)
		err = factor_standing_of(ctx, &self->user_id, &standing);
	if (err != ERR_OK)
		return err;
	/* Who need not say what they have is not asked. */
	out_text(out, "attestation", standing.floor == FACTOR_ATTESTED ? "direct" : "none");
	base64url_encode(self->user_id.b, UUID_SIZE, handle);
	put_asked(out, ctx, &asked);
	out_text(out, "user_id", arena_strdup(ctx->arena, handle));
	out_text(out, "user_name", self->login);
	out_text(out, "user_display_name", self->display_name);
	out_json(out, "algorithms", "[-8,-7,-257]");
	return append_asked(ctx, in, "register");
}

enum err passkey_run_sign_in(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct signin_result result = {0};
	const struct passkey_answer answer = {in, 0};
	enum err err = signin_by_passkey(ctx, &answer, &result);

	return err == ERR_OK ? auth_set_cookies(ctx, &result, out) : err;
}

enum err passkey_run_step_up(struct ctx *ctx, const struct in *in, struct out *out)
{
	char cookie[SESSION_COOKIE_TEXT];
	const struct passkey_answer answer = {in, 0};
	enum err err = signin_step_up(ctx, &answer, cookie);

	if (err != ERR_OK)
		return err;
	return auth_renew_cookie(ctx, cookie, out);
}

/* --- Registration --- */

struct adding {
	const struct in *in;
	struct passkey_new row;
	struct webauthn_new made;
	const char *why;
	struct uuid attested_by;	  /* a listed model; nil: none */
	char cookie[SESSION_COOKIE_TEXT]; /* of a session that may do more now */
};

/* Known kinds in one order, each once; a browser may tell more than we know. */
static const char *transports_of(struct ctx *ctx, const struct value *value)
{
	static const char *const known[] = {"usb",	  "nfc",    "ble",
					    "smart-card", "hybrid", "internal"};
	const char *text = "";

	for (size_t k = 0; value && k < sizeof(known) / sizeof(known[0]); k++) {
		for (int64_t i = 0; i < value->number; i++) {
			if (strcmp(value->texts[i], known[k]) != 0)
				continue;
			text = arena_printf(ctx->arena, "%s%s%s", text, *text ? "," : "", known[k]);
			break;
		}
	}
	return text ? text : "";
}

static struct block decoded(struct ctx *ctx, const char *text)
{
	size_t len = strlen(text);
	uint8_t *bytes = arena_alloc(ctx->arena, len + 1);
	long got = bytes ? base64url_decode(text, len, bytes, len + 1) : -1;

	return (struct block){bytes, got > 0 ? (size_t)got : 0};
}

/* The challenge is spent before anything is judged. */
static enum err judge_new(struct ctx *ctx, struct adding *adding)
{
	const struct in *in = adding->in;
	const struct passkey_answer answer = {in, 0};
	struct webauthn_party party;
	uint8_t challenge[WEBAUTHN_CHALLENGE] = {0};
	const struct webauthn_expect expect = {&party, challenge, true};
	enum err err = passkey_party(ctx, &party);

	if (err == ERR_OK)
		err = passkey_spend(ctx, PASSKEY_REGISTER, &answer, challenge, &adding->why);
	if (err != ERR_OK || adding->why)
		return err;
	return webauthn_register(ctx, &expect, decoded(ctx, in_text(in, ADD_CLIENT_DATA, "")),
				 decoded(ctx, in_text(in, ADD_ATTESTATION, "")), &adding->made,
				 &adding->why);
}

/* Which listed model it is of, if its maker says so; *out_why: why not. */
static enum err find_model(struct ctx *ctx, struct adding *adding, const char **out_why)
{
	struct chain_anchor anchors[ATTESTATION_ANCHORS_MAX];
	struct uuid ids[ATTESTATION_ANCHORS_MAX];
	size_t count = 0, at = 0;
	const struct webauthn_new *made = &adding->made;

	adding->attested_by = (struct uuid){0};
	if (made->chain.len == 0) {
		*out_why = "passkey.attestation_missing";
		return ERR_OK;
	}
	enum err err = attestation_sql_anchors(ctx, made->data.aaguid, anchors, ids, &count);
	if (err != ERR_OK)
		return err;
	*out_why = count == 0 ? "passkey.attestation_unlisted"
			      : webauthn_chain_judge(made->chain, made->data.aaguid, anchors, count,
						     sys_real_us(), &at);
	if (!*out_why)
		adding->attested_by = ids[at];
	return ERR_OK;
}

static enum factor_level level_of(const struct adding *adding)
{
	return factor_level_of(adding->made.data.flags & WEBAUTHN_BE,
			       !uuid_is_nil(&adding->attested_by));
}

/* One that would not count is refused, so that nobody takes it for what was asked. And judged here,
 * under the lock: whoever has what is wanted by now shows that one. */
static enum err check_floor(struct ctx *ctx, struct adding *adding)
{
	const struct principal *self = ctx->principal;
	struct factor_standing standing;
	enum err err = factor_standing_of(ctx, &self->user_id, &standing);

	if (err != ERR_OK)
		return err;
	if (self->factor_due && standing.best >= standing.floor)
		return err_reason(ctx, ERR_DENIED, "factor.due",
				  "Your sign-in is with less than is asked of you.");
	const char *why = NULL;
	err = find_model(ctx, adding, &why);
	if (err == ERR_OK && level_of(adding) < standing.floor)
		adding->why =
			standing.floor == FACTOR_ATTESTED && why ? why : "passkey.below_floor";
	return err;
}

static enum err store_new(struct ctx *ctx, struct adding *adding)
{
	const struct principal *self = ctx->principal;
	struct passkey taken;
	enum err err = factor_lock(ctx);

	if (err == ERR_OK)
		err = room_for_one(ctx);
	if (err == ERR_OK)
		err = passkey_sql_by_credential(ctx, adding->made.data.id, &taken);
	if (err == ERR_OK) {
		adding->why = "passkey.taken";
		return ERR_OK;
	}
	if (err != ERR_NOT_FOUND)
		return err;
	err = check_floor(ctx, adding);
	if (err != ERR_OK || adding->why)
		return err;
	adding->row = (struct passkey_new){
		.id = uuid_v7(),
		.user_id = self->user_id,
		.made = &adding->made,
		.transports = transports_of(ctx, in_value(adding->in, ADD_TRANSPORTS)),
		.label = in_text(adding->in, ADD_LABEL, ""),
		.attested_by = adding->attested_by};
	err = passkey_sql_insert(ctx, &adding->row);
	/* It was set up because it was missing, and has been shown just now. */
	if (err == ERR_OK && self->factor_due == FACTOR_DUE_ENROL)
		err = session_renew(ctx, &self->session_id, &adding->row.id, adding->cookie);
	return err;
}

static const char *aaguid_text(struct ctx *ctx, const uint8_t aaguid[UUID_SIZE])
{
	struct uuid id;

	memcpy(id.b, aaguid, UUID_SIZE);
	return uuid_is_nil(&id) ? "none" : write_uuid(ctx, &id);
}

static enum err append_added(struct ctx *ctx, const struct adding *adding)
{
	const struct webauthn_data *data = &adding->made.data;
	struct audit audit;

	write_own(ctx, adding->in, in_text(adding->in, ADD_LABEL, ""), &audit);
	if (adding->why) {
		audit.event = EVENT_PASSKEY_REFUSED;
		audit.outcome = AUDIT_REFUSED;
		audit.reason = adding->why;
		return audit_append(ctx, &audit);
	}
	audit_data(&audit, "passkey", write_uuid(ctx, &adding->row.id));
	audit_data(&audit, "aaguid", aaguid_text(ctx, data->aaguid));
	audit_data(&audit, "attestation", adding->made.format);
	audit_data(&audit, "level", factor_level_name(level_of(adding)));
	audit_data(&audit, "algorithm", write_int(ctx, adding->made.alg));
	audit_data(&audit, "backup_eligible", write_bool(data->flags & WEBAUTHN_BE));
	return audit_append(ctx, &audit);
}

static enum err add_step(struct ctx *ctx, void *arg)
{
	struct adding *adding = arg;

	adding->why = NULL;
	adding->cookie[0] = 0;
	/* Whoever holds such an account's key for an hour shall not have one of their own after. */
	enum err err = break_glass_refuse(ctx, &ctx->principal->user_id);
	if (err == ERR_OK)
		err = judge_new(ctx, adding);
	if (err == ERR_OK && !adding->why)
		err = store_new(ctx, adding);
	return err == ERR_OK ? append_added(ctx, adding) : err;
}

/* What the owner of a refused passkey can do something about is said; the rest is in the audit log.
 */
static const struct {
	const char *why, *text;
} told[] = {
	{"passkey.below_floor", "Your group needs a passkey that stays on one device. This one is "
				"copied to others."},
	{"passkey.attestation_format", "This authenticator certifies itself in a way that is not "
				       "checked here. Use a security key of a listed model."},
	{"passkey.attestation_missing",
	 "Your group needs a listed model. This authenticator, or the browser, did not say which "
	 "one it is."},
	{"passkey.attestation_unlisted", "Your group needs a listed model. This one is not."},
	{"passkey.attestation_leaf",
	 "The certificate of this authenticator is not one of an attestation."},
	{"passkey.attestation_model",
	 "The certificate of this authenticator is not of the model it says it is."},
	{"passkey.attestation_chain",
	 "The certificate of this authenticator does not lead to one that is listed for its "
	 "model, or is not valid now."},
};

static enum err tell_refusal(struct ctx *ctx, const char *why)
{
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		if (strcmp(told[i].why, why) == 0)
			return err_reason(ctx, ERR_CONFLICT, why, "%s", told[i].text);
	return err_reason(ctx, ERR_CONFLICT, "passkey.refused", "This passkey was not accepted.");
}

enum err passkey_run_add(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct adding adding = {.in = in};
	enum err err = db_transaction(ctx, add_step, &adding);

	if (err != ERR_OK)
		return err;
	if (adding.why)
		return tell_refusal(ctx, adding.why);
	out_uuid(out, "id", &adding.row.id);
	out_notify(out, "me", &ctx->principal->user_id);
	return adding.cookie[0] ? auth_renew_cookie(ctx, adding.cookie, out) : ERR_OK;
}

/* --- Changes by the owner --- */

static enum err find_own(struct ctx *ctx, const struct uuid *id, struct passkey *out)
{
	enum err err = passkey_sql_by_id(ctx, id, &ctx->principal->user_id, out);

	return err == ERR_NOT_FOUND ? err_set(ctx, ERR_NOT_FOUND, "You have no such passkey.")
				    : err;
}

enum err passkey_run_rename(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct audit audit;
	struct passkey passkey;
	const char *label = in_text(in, RENAME_LABEL, "");
	enum err err =
		passkey_sql_by_id(ctx, in_id(in, RENAME_ID), &ctx->principal->user_id, &passkey);

	if (err == ERR_OK)
		err = passkey_sql_rename(ctx, &passkey.id, label);
	if (err != ERR_OK)
		return err;
	out_notify(out, "me", &ctx->principal->user_id);
	write_own(ctx, in, label, &audit);
	audit_change(&audit, "label", passkey.label, label);
	return audit_append(ctx, &audit);
}

enum err passkey_run_remove(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct audit audit;
	struct passkey passkey;
	enum err err = factor_lock(ctx);

	if (err == ERR_OK)
		err = find_own(ctx, in_id(in, 0), &passkey);
	if (err == ERR_OK)
		err = passkey_sql_delete(ctx, &passkey.id);
	if (err == ERR_OK)
		err = factor_keep_one(ctx, &ctx->principal->user_id);
	if (err != ERR_OK)
		return err;
	out_notify(out, "me", &ctx->principal->user_id);
	write_own(ctx, in, passkey.label, &audit);
	return audit_append(ctx, &audit);
}
