/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/passkey.h"

#include <sodium.h>
#include <string.h>

#include "audit/audit.h"
#include "auth/passkey_sql.h"
#include "base/arena.h"
#include "base/conf.h"
#include "base/sys.h"
#include "base/text.h"
#include "rbac/principal.h"
#include "rbac/write.h"

enum { TOKEN = 32, USER_HANDLE_MAX = 64 };

enum err passkey_party(struct ctx *ctx, struct webauthn_party *out)
{
	if (webauthn_party_of(ctx->conf ? ctx->conf->public_url : "", out))
		return ERR_OK;
	return err_reason(ctx, ERR_CONFLICT, "passkey.no_name",
			  "Passkeys need a DNS name: public_url names an address.");
}

/* Nobody's session while signing in, whoever else may be signed in in that browser. */
static struct uuid session_of(const struct ctx *ctx, enum passkey_purpose purpose)
{
	static const struct uuid none;

	return purpose == PASSKEY_SIGN_IN || !ctx->principal ? none : ctx->principal->session_id;
}

/* Whoever is not signed in is limited by address alone (server/web_rate.c). */
static enum err not_too_often(struct ctx *ctx, const struct uuid *session_id, int64_t now)
{
	int64_t count = 0;

	if (uuid_is_nil(session_id))
		return ERR_OK;
	enum err err = passkey_sql_open(ctx, session_id, now, &count);
	if (err == ERR_OK && count >= PASSKEY_OPEN_MAX)
		return err_reason(ctx, ERR_LIMIT, "passkey.asked_too_often",
				  "You asked for a passkey %d times in %d minutes. Wait a little.",
				  PASSKEY_OPEN_MAX, PASSKEY_MINUTES);
	return err;
}

enum err passkey_ask(struct ctx *ctx, enum passkey_purpose purpose, struct passkey_asked *out)
{
	uint8_t token[TOKEN], hash[32];
	int64_t now = sys_real_us();
	struct passkey_challenge challenge = {.purpose = purpose,
					      .session_id = session_of(ctx, purpose),
					      .expires_at = now + (int64_t)PASSKEY_MINUTES * 60 *
									  1000000};
	enum err err = passkey_party(ctx, &out->party);

	if (err == ERR_OK)
		err = not_too_often(ctx, &challenge.session_id, now);
	if (err != ERR_OK)
		return err;
	sys_random(token, sizeof(token));
	sys_random(challenge.challenge, sizeof(challenge.challenge));
	crypto_hash_sha256(hash, token, sizeof(token));
	base64url_encode(token, sizeof(token), out->token);
	base64url_encode(challenge.challenge, sizeof(challenge.challenge), out->challenge);
	out->expires_at = challenge.expires_at;
	return passkey_sql_ask(ctx, hash, &challenge, now);
}

/* Bytes of a field in the arena; *out_why when it is no base64url or too long. */
static struct block bytes_of(struct ctx *ctx, const struct passkey_answer *answer,
			     enum passkey_field field, size_t max, const char **out_why)
{
	const char *text = in_text(answer->in, answer->first + field, "");
	size_t len = strlen(text);
	uint8_t *bytes = arena_alloc(ctx->arena, len + 1);
	long got = bytes ? base64url_decode(text, len, bytes, len + 1) : -1;

	if (got < 0 || (size_t)got > max) {
		*out_why = *out_why ? *out_why : "passkey.malformed";
		return (struct block){0};
	}
	return (struct block){bytes, (size_t)got};
}

static const char *judge_challenge(const struct ctx *ctx, enum passkey_purpose purpose,
				   const struct passkey_challenge *challenge)
{
	struct uuid session = session_of(ctx, purpose);

	if (challenge->used_at != 0)
		return "passkey.challenge_used";
	if (challenge->expires_at <= sys_real_us())
		return "passkey.challenge_expired";
	if (challenge->purpose != purpose || !uuid_equal(&challenge->session_id, &session))
		return "passkey.challenge_foreign";
	return NULL;
}

enum err passkey_spend(struct ctx *ctx, enum passkey_purpose purpose,
		       const struct passkey_answer *answer, uint8_t out[WEBAUTHN_CHALLENGE],
		       const char **out_why)
{
	struct passkey_challenge challenge;
	uint8_t hash[32];
	struct block token = bytes_of(ctx, answer, PASSKEY_TOKEN, TOKEN, out_why);

	crypto_hash_sha256(hash, token.data, token.len);
	enum err err = passkey_sql_asked(ctx, hash, &challenge);
	if (err == ERR_NOT_FOUND) {
		*out_why = *out_why ? *out_why : "passkey.challenge_unknown";
		return ERR_OK;
	}
	if (err != ERR_OK)
		return err;
	const char *why = judge_challenge(ctx, purpose, &challenge);
	*out_why = *out_why ? *out_why : why;
	memcpy(out, challenge.challenge, WEBAUTHN_CHALLENGE);
	return challenge.used_at ? ERR_OK : passkey_sql_answered(ctx, hash, sys_real_us());
}

/* Two hold the same private key now, or its counter was set back: somebody must look. */
static enum err raise_alarm(struct ctx *ctx, const struct in *in, const struct passkey *passkey)
{
	struct audit audit;

	audit_init(&audit, EVENT_PASSKEY_COPIED);
	audit.outcome = AUDIT_REFUSED;
	audit.reason = "passkey.counter";
	audit.peer = arena_strndup(ctx->arena, (const char *)in->peer.data, in->peer.len);
	audit_object(&audit, "passkey", &passkey->id, passkey->label);
	audit_data(&audit, "user", write_uuid(ctx, &passkey->user_id));
	audit_data(&audit, "counter", write_int(ctx, passkey->count));
	return audit_append(ctx, &audit);
}

/* The account the authenticator made the key for; it need not say when somebody is named already.
 */
static const char *check_user(struct block handle, const struct passkey *passkey)
{
	return handle.len == 0 || (handle.len == UUID_SIZE &&
				   memcmp(handle.data, passkey->user_id.b, UUID_SIZE) == 0)
		       ? NULL
		       : "passkey.user_handle";
}

static enum err judge(struct ctx *ctx, const struct passkey_answer *answer,
		      const struct webauthn_expect *expect, const struct passkey *passkey,
		      const struct webauthn_assertion *assertion, const char **out_why)
{
	const struct webauthn_known known = {passkey->key, passkey->count,
					     passkey->backup_eligible};
	struct webauthn_data data;
	enum err err = webauthn_assert(ctx, expect, &known, assertion, &data, out_why);

	if (err != ERR_OK)
		return err;
	if (!*out_why)
		return passkey_sql_used(ctx, &passkey->id, data.count, data.flags & WEBAUTHN_BS);
	return strcmp(*out_why, "passkey.counter") == 0 ? raise_alarm(ctx, answer->in, passkey)
							: ERR_OK;
}

enum err passkey_check(struct ctx *ctx, enum passkey_purpose purpose, bool verified,
		       const struct passkey_answer *answer, struct passkey *out,
		       const char **out_why)
{
	struct webauthn_party party;
	uint8_t challenge[WEBAUTHN_CHALLENGE] = {0};
	const struct webauthn_expect expect = {&party, challenge, verified};
	const char *why = NULL;
	struct block id = bytes_of(ctx, answer, PASSKEY_CREDENTIAL, WEBAUTHN_ID_MAX, &why);
	struct block user = bytes_of(ctx, answer, PASSKEY_USER, USER_HANDLE_MAX, &why);
	const struct webauthn_assertion assertion = {
		bytes_of(ctx, answer, PASSKEY_CLIENT_DATA, WEBAUTHN_CLIENT_DATA_MAX, &why),
		bytes_of(ctx, answer, PASSKEY_DATA, WEBAUTHN_ASSERTION_MAX, &why),
		bytes_of(ctx, answer, PASSKEY_SIGNATURE, WEBAUTHN_SIGNATURE_MAX, &why)};
	enum err err = passkey_party(ctx, &party);

	memset(out, 0, sizeof(*out));
	if (err == ERR_OK)
		err = passkey_spend(ctx, purpose, answer, challenge, &why);
	if (err == ERR_OK && !why) {
		err = passkey_sql_by_credential(ctx, id, out);
		if (err == ERR_NOT_FOUND) {
			why = "passkey.unknown";
			err = ERR_OK;
		}
	}
	if (err == ERR_OK && !why)
		why = check_user(user, out);
	if (err == ERR_OK && !why)
		err = judge(ctx, answer, &expect, out, &assertion, &why);
	*out_why = why;
	return err;
}
