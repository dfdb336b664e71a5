/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/oauth_ops.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "auth/handlers.h"
#include "auth/network_load.h"
#include "auth/program_api.h"
#include "auth/program_sql.h"
#include "auth/token.h"
#include "auth/words.h"
#include "base/cleanup.h"
#include "base/conf.h"
#include "base/range.h"
#include "base/secret.h"
#include "base/sys.h"
#include "rbac/write.h"
#include "sql/db.h"

static const int64_t second_us = 1000000, day_us = (int64_t)24 * 3600 * 1000000;

/* One request on its way. */
struct asking {
	const struct in *in;
	const char *name; /* as it was typed */
	uint8_t secret_hash[32];
	struct program_client client;
	bool known;	 /* client holds a program */
	const char *why; /* in the audit log, where whoever asks is told less */
	struct program_token token;
	struct secret *answer; /* what the program is told */
};

/* What is no secret of ours at all is looked up like one that nobody has. */
static void hash_secret(const struct secret *secret, uint8_t out[32])
{
	char text[TOKEN_TEXT] = "";
	uint8_t bytes[TOKEN_SECRET] = {0};
	enum credential kind = CREDENTIAL_COOKIE;

	if (secret_len(secret) < sizeof(text))
		memcpy(text, secret_bytes(secret), secret_len(secret));
	if (!token_read(text, &kind, bytes) || kind != CREDENTIAL_CLIENT)
		memset(bytes, 0, sizeof(bytes));
	crypto_hash_sha256(out, bytes, sizeof(bytes));
	wipe(bytes, sizeof(bytes));
	wipe(text, sizeof(text));
}

/* One answer, whichever half of the pair it was. */
static enum err wrong(struct ctx *ctx, struct asking *asking, const char *why)
{
	asking->why = why;
	return err_reason(ctx, ERR_UNAUTHENTICATED, "program.refused",
			  "No program has this name and this secret.");
}

static enum err over(struct ctx *ctx, const char *reason, const char *text)
{
	return err_reason(ctx, ERR_UNAUTHENTICATED, reason, "%s", text);
}

/* A shorter time that was configured later holds for older secrets too. */
static bool is_over(const struct ctx *ctx, const struct program_secret *secret, int64_t now)
{
	int64_t days = ctx->conf ? ctx->conf->program_secret_max_days : 0;

	return now >= secret->expires_at || now >= secret->created_at + days * day_us;
}

static enum err check_place(struct ctx *ctx, const struct asking *asking)
{
	const struct program *program = &asking->client.program;
	const struct network_who who = {program_roles(program->roles), &program->id, ENTRANCE_API};

	if (!token_from(program->networks, asking->in->peer))
		return err_reason(ctx, ERR_DENIED, "program.network",
				  "This program does not sign in from that address.");
	return network_check(ctx, &who, asking->in->peer);
}

static enum err judge(struct ctx *ctx, struct asking *asking)
{
	const struct program_client *client = &asking->client;

	if (!client->has_secret)
		return wrong(ctx, asking, "program.wrong_secret");
	if (client->secret_ended)
		return wrong(ctx, asking, "program.secret_revoked");
	if (strcmp(client->program.state, "active") != 0)
		return over(ctx, "program.disabled", "This program is switched off.");
	if (is_over(ctx, &client->secret, sys_real_us()))
		return over(ctx, "program.secret_expired", "This client secret is over.");
	return check_place(ctx, asking);
}

/* The program is locked until this transaction ends. */
static enum err authenticate(struct ctx *ctx, struct asking *asking)
{
	enum err err = program_sql_client(ctx, asking->name, asking->secret_hash, &asking->client);

	asking->known = err == ERR_OK;
	if (err == ERR_NOT_FOUND)
		return wrong(ctx, asking, "program.unknown");
	if (err == ERR_OK)
		err = judge(ctx, asking);
	return err == ERR_OK ? program_sql_touch(ctx, &asking->client.secret.id, sys_real_us(),
						 asking->in->peer)
			     : err;
}

static enum err append_refused(struct ctx *ctx, void *arg)
{
	const struct asking *asking = arg;
	const struct program *program = &asking->client.program;
	struct audit audit;

	audit_init(&audit, EVENT_PROGRAM_REFUSED);
	audit.outcome = AUDIT_REFUSED;
	audit.reason = asking->why;
	audit.peer = arena_strndup(ctx->arena, (const char *)asking->in->peer.data,
				   asking->in->peer.len);
	audit_data(&audit, "operation", asking->in->op->id);
	if (asking->known)
		audit_object(&audit, "program", &program->id, program->name);
	return audit_append(ctx, &audit);
}

/* Without this record the answer is "unavailable". */
static enum err record(struct ctx *ctx, struct asking *asking, enum err err)
{
	struct err_info kept = ctx->error;

	if (err != ERR_UNAUTHENTICATED && err != ERR_DENIED && err != ERR_LIMIT)
		return err;
	if (!asking->why)
		asking->why = kept.reason;
	if (db_transaction(ctx, append_refused, asking) != ERR_OK)
		return err_reason(ctx, ERR_UNAVAILABLE, "audit.unavailable",
				  "The audit log cannot be written, so nothing is decided.");
	ctx->error = kept;
	return err;
}

static const char *names_of(struct ctx *ctx, permission_set set)
{
	const char *names = "";

	for (int p = PERM_NONE + 1; p < PERM__COUNT && names; p++) {
		if (permission_in(set, (enum permission)p))
			names = arena_printf(ctx->arena, "%s%s%s", names, *names ? " " : "",
					     permission_name((enum permission)p));
	}
	return names ? names : "";
}

/* RFC 6749, 3.3: no scope asks for everything the program may. */
static enum err take_scope(struct ctx *ctx, struct asking *asking)
{
	permission_set most = program_permissions(&asking->client.program), wanted = 0;
	const char *at = in_text(asking->in, OAUTH_SCOPE, NULL);
	char word[WORD_MAX];

	while (at && words_next(&at, word)) {
		enum permission permission = permission_by_name(word);
		if (!permission_in(most, permission))
			return err_reason(ctx, ERR_DENIED, "program.scope",
					  "This program does not have everything it asks for.");
		wanted |= (permission_set)1 << permission;
	}
	if (!in_value(asking->in, OAUTH_SCOPE))
		wanted = most;
	if (wanted == 0)
		return err_reason(ctx, ERR_DENIED, "program.scope",
				  "That would be a token for nothing.");
	asking->token.scopes = names_of(ctx, wanted);
	return ERR_OK;
}

/* Both these and the program's own are asked at each use: here it is enough that they can be read.
 */
static enum err take_networks(struct ctx *ctx, struct asking *asking)
{
	struct ranges ranges = {.count = 0};
	char word[WORD_MAX];
	const char *at = asking->token.networks = in_text(asking->in, OAUTH_NETWORKS, "");

	while (words_next(&at, word)) {
		if (ranges.count == PROGRAM_NETWORKS_MAX || !range_add(&ranges, word))
			return err_field(ctx, "networks", "network.malformed",
					 "Use ranges such as 192.0.2.0/24 or 2001:db8::/32.");
	}
	return ERR_OK;
}

static enum err check_count(struct ctx *ctx, const struct asking *asking)
{
	int64_t alive = 0;
	enum err err = program_sql_token_count(ctx, &asking->client.program.id,
					       asking->token.created_at, &alive);

	if (err == ERR_OK && alive >= PROGRAM_TOKENS_MAX)
		return err_reason(ctx, ERR_LIMIT, "program.too_many_tokens",
				  "This program has %d access tokens. Use one until it is over.",
				  PROGRAM_TOKENS_MAX);
	return err;
}

static int64_t end_of(const struct asking *asking)
{
	int64_t end = asking->token.created_at + asking->client.program.token_seconds * second_us;
	int64_t last = asking->client.secret.expires_at;

	return end < last ? end : last;
}

/* RFC 6749, 5.1. Names of permissions and our own characters need no escaping. */
static enum err write_answer(struct ctx *ctx, struct asking *asking, const struct secret *text)
{
	enum { ROOM = TOKEN_TEXT + PROGRAM_LIST + 128 };
	struct secret *answer = secret_new(ROOM);

	if (!answer)
		return err_set(ctx, ERR_MEMORY, "No guarded memory for a secret.");
	int len = snprintf(
		(char *)secret_data(answer), ROOM,
		"{\"access_token\":\"%.*s\",\"token_type\":\"Bearer\",\"expires_in\":%lld,"
		"\"scope\":\"%s\"}",
		(int)secret_len(text), (const char *)secret_bytes(text),
		(long long)((asking->token.expires_at - asking->token.created_at) / second_us),
		asking->token.scopes);
	secret_free(asking->answer); /* of a transaction that is repeated */
	asking->answer = answer;
	if (len < 0 || len >= ROOM)
		return err_set(ctx, ERR_BUG, "An access token's answer is too long.");
	secret_truncate(answer, (size_t)len);
	return ERR_OK;
}

/* With the program as who did it. */
static enum err append_as(struct ctx *ctx, const struct asking *asking, struct audit *audit,
			  const struct uuid *token_id)
{
	struct principal self = program_as_principal(ctx, &asking->client.program);
	const struct principal *before = ctx->principal;

	if (token_id)
		self.token_id = *token_id;
	audit_object(audit, "program", &self.user_id, asking->client.program.name);
	ctx->principal = &self;
	enum err err = audit_append(ctx, audit);
	ctx->principal = before;
	return err;
}

static enum err keep(struct ctx *ctx, struct asking *asking)
{
	scoped(secret_free_p) struct secret *text = NULL;
	struct program_token *token = &asking->token;
	struct audit audit;
	uint8_t hash[32];

	if (!(text = token_new(CREDENTIAL_ACCESS, hash)))
		return err_set(ctx, ERR_MEMORY, "No guarded memory for a secret.");
	token->secret_id = asking->client.secret.id;
	token->expires_at = end_of(asking);
	enum err err = program_sql_token_insert(ctx, &asking->client.program.id, token, hash);
	if (err == ERR_OK)
		err = write_answer(ctx, asking, text);
	if (err != ERR_OK)
		return err;
	write_audit(ctx, asking->in, &audit);
	audit_data(&audit, "scopes", token->scopes);
	audit_data(&audit, "networks", token->networks);
	audit_data(&audit, "expires_at", write_time(ctx, token->expires_at));
	audit_data(&audit, "secret", write_uuid(ctx, &token->secret_id));
	return append_as(ctx, asking, &audit, &token->id);
}

static enum err issue(struct ctx *ctx, void *arg)
{
	struct asking *asking = arg;
	enum err err = authenticate(ctx, asking);

	asking->token.id = uuid_v7();
	asking->token.created_at = sys_real_us();
	if (err == ERR_OK)
		err = take_scope(ctx, asking);
	if (err == ERR_OK)
		err = take_networks(ctx, asking);
	if (err == ERR_OK)
		err = check_count(ctx, asking);
	return err == ERR_OK ? keep(ctx, asking) : err;
}

static enum err begin(struct ctx *ctx, const struct in *in, unsigned name, struct asking *out)
{
	scoped(secret_free_p) struct secret *secret = NULL;

	*out = (struct asking){.in = in, .name = in_text(in, name, "")};
	enum err err = auth_read_secret(ctx, in, &secret);
	if (err == ERR_OK)
		hash_secret(secret, out->secret_hash);
	if (err == ERR_OK && (!ctx->conf || ctx->conf->program_secret_max_days == 0))
		err = over(ctx, "program.off", "Programs cannot sign in to this server.");
	return err;
}

enum err oauth_run_token(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct asking asking;
	enum err err = begin(ctx, in, OAUTH_CLIENT_ID, &asking);

	if (err == ERR_OK && strcmp(in_text(in, OAUTH_GRANT_TYPE, ""), "client_credentials") != 0)
		return err_field(ctx, "grant_type", "oauth.grant_type",
				 "Only client_credentials is understood.");
	if (err == ERR_OK)
		err = db_transaction(ctx, issue, &asking);
	if (err == ERR_OK)
		err = secret_pipe(asking.answer, &out->secret_fd);
	secret_free(asking.answer);
	return record(ctx, &asking, err);
}

/* RFC 7009, 2.2: what opens nothing is as good as revoked. */
static enum err give_back(struct ctx *ctx, void *arg)
{
	struct asking *asking = arg;
	uint8_t bytes[TOKEN_SECRET], hash[32];
	enum credential kind;
	struct audit audit;
	uint64_t ended = 0;
	enum err err = authenticate(ctx, asking);

	if (err != ERR_OK || !token_read(in_text(asking->in, REVOKE_TOKEN, ""), &kind, bytes) ||
	    kind != CREDENTIAL_ACCESS)
		return err;
	crypto_hash_sha256(hash, bytes, sizeof(bytes));
	wipe(bytes, sizeof(bytes));
	err = program_sql_token_end(ctx, &asking->client.program.id, hash, &ended);
	if (err != ERR_OK || ended == 0)
		return err;
	write_audit(ctx, asking->in, &audit);
	return append_as(ctx, asking, &audit, NULL);
}

enum err oauth_run_revoke(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct asking asking;
	enum err err = begin(ctx, in, REVOKE_CLIENT_ID, &asking);

	(void)out;
	if (err == ERR_OK)
		err = db_transaction(ctx, give_back, &asking);
	return record(ctx, &asking, err);
}
