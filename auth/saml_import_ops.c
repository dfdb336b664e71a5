/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "auth/handlers.h"
#include "auth/identity_api.h"
#include "auth/saml_inner.h"
#include "auth/saml_sql.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/helper.h"
#include "base/secret.h"
#include "base/sys.h"
#include "base/text.h"
#include "rbac/write.h"
#include "sql/db.h"

/*
 * Metadata of a SAML provider: handed in, or fetched from the address that an administrator has
 * set. One helper carries it and has no eye for it, the other reads it and reaches nothing.
 */
enum { HELPER_MS = 10000, FETCH_MS = 15000 };
static const int64_t hour_us = (int64_t)3600 * 1000000;

struct import {
	const struct in *in; /* NULL: its time had come */
	struct identity_provider provider;
	bool has_key, is_fetched;
	struct block xml;
	const char *why; /* it cannot be used */
	struct msg_saml_idp idp;
	struct saml_new_key made; /* the key that is made beside the first */
};

static struct block block_of(const char *text)
{
	return (struct block){(const uint8_t *)(text ? text : ""), text ? strlen(text) : 0};
}

static const char *text_of(struct ctx *ctx, struct block block)
{
	return arena_strndup(ctx->arena, (const char *)block.data, block.len);
}

/* --- What is in it --- */

static enum err ask_reader(struct ctx *ctx, struct import *import)
{
	const struct msg_saml_metadata message = {.xml = import->xml,
						  .entity = block_of(import->provider.issuer)};
	const struct helper_ask ask = {.kind = HELPER_SAML,
				       .type = MSG_SAML_METADATA,
				       .codec = &msg_saml_metadata_codec,
				       .message = &message,
				       .answer_type = MSG_SAML_IDP,
				       .answer_codec = &msg_saml_idp_codec,
				       .answer_size = sizeof(import->idp),
				       .wait_ms = HELPER_MS};
	const struct block *entity = &import->idp.entity;
	const char *issuer = import->provider.issuer;
	enum err err = helper_call(ctx, &ask, &import->idp);

	if (err != ERR_OK)
		return err;
	if (import->idp.why.len > 0)
		import->why = text_of(ctx, import->idp.why);
	else if (entity->len != strlen(issuer) || memcmp(entity->data, issuer, entity->len) != 0)
		import->why = "saml.metadata_entity";
	return ERR_OK;
}

static bool has(struct block all, struct block der)
{
	struct rd rd = rd_of(all.data, all.len);

	while (rd_left(&rd) > 0) {
		struct block one;
		one.data = rd_block(&rd, SAML_CERTIFICATE_MAX, &one.len);
		if (rd.failed)
			return false;
		if (one.len == der.len && memcmp(one.data, der.data, der.len) == 0)
			return true;
	}
	return false;
}

/* SHA-256 of the certificates that are among these and not among those, separated by blanks. */
static const char *fingerprints(struct ctx *ctx, struct block these, struct block those)
{
	struct rd rd = rd_of(these.data, these.len);
	const char *found = "";

	while (rd_left(&rd) > 0 && found) {
		uint8_t hash[crypto_hash_sha256_BYTES];
		char hex[2 * sizeof(hash) + 1];
		struct block der;
		der.data = rd_block(&rd, SAML_CERTIFICATE_MAX, &der.len);
		if (rd.failed)
			break;
		if (has(those, der))
			continue;
		crypto_hash_sha256(hash, der.data, der.len);
		hex_encode(hash, sizeof(hash), hex);
		found = arena_printf(ctx->arena, "%s%s%s", found, found[0] ? " " : "", hex);
	}
	return found;
}

static void note_change(struct audit *audit, struct ctx *ctx, const char *name, struct block before,
			struct block after)
{
	audit_change(audit, name, before.len ? text_of(ctx, before) : NULL,
		     after.len ? text_of(ctx, after) : NULL);
}

static void note_certificates(struct audit *audit, const char *name, const char *list)
{
	if (list && list[0])
		audit_data(audit, name, list);
}

/* What of the provider is different from now on: keys above all. */
static void note(struct audit *audit, struct ctx *ctx, const struct msg_saml_idp *before,
		 const struct msg_saml_idp *after)
{
	note_change(audit, ctx, "sign_in", before->sign_in, after->sign_in);
	note_change(audit, ctx, "sign_out", before->sign_out, after->sign_out);
	audit_change(audit, "valid_until", write_time(ctx, before->valid_until),
		     write_time(ctx, after->valid_until));
	note_certificates(audit, "certificates_added",
			  fingerprints(ctx, after->certificates, before->certificates));
	note_certificates(audit, "certificates_removed",
			  fingerprints(ctx, before->certificates, after->certificates));
}

/* --- Our key, made beside the first --- */

static enum err find_key(struct ctx *ctx, struct import *import)
{
	struct saml_own_key keys[SAML_KEYS_OWN];
	size_t count = 0;
	enum err err = saml_sql_keys(ctx, false, keys, &count);

	import->has_key = count > 0;
	return err;
}

/* Unless somebody else's came first. */
static enum err keep_key(struct ctx *ctx, const struct import *import, const struct uuid *event_id)
{
	struct saml_own_key keys[SAML_KEYS_OWN], kept;
	size_t count = 0;
	enum err err = saml_sql_keys(ctx, true, keys, &count);

	if (err != ERR_OK || count > 0)
		return err;
	return saml_key_keep(ctx, &import->made, keys, count, event_id, &kept);
}

/* --- Keeping it --- */

/* Once a day; sooner when it ends sooner, but not more often than once an hour. */
static int64_t next_fetch(int64_t now, int64_t valid_until)
{
	int64_t wait = 24 * hour_us;

	if (valid_until != 0 && (valid_until - now) / 2 < wait)
		wait = (valid_until - now) / 2;
	return now + (wait < hour_us ? hour_us : wait);
}

static enum err store(struct ctx *ctx, const struct import *import, struct block bytes)
{
	const struct identity_provider *provider = &import->provider;
	int64_t until = import->idp.valid_until;
	enum err err = identity_metadata_put(ctx, &provider->id, bytes);

	if (err == ERR_OK)
		err = saml_sql_valid_until(ctx, &provider->id, until);
	if (err == ERR_OK && import->is_fetched)
		err = saml_sql_fetch_at(ctx, &provider->id, next_fetch(sys_real_us(), until));
	return err;
}

static void begin_audit(struct ctx *ctx, const struct import *import, struct audit *out)
{
	if (import->in)
		write_audit(ctx, import->in, out);
	else
		audit_init(out, EVENT_PROVIDER_FETCHED);
	audit_object(out, "identity_provider", &import->provider.id, import->provider.name);
	if (import->is_fetched)
		audit_data(out, "address", import->provider.metadata_url);
}

static enum err keep(struct ctx *ctx, void *arg)
{
	struct import *import = arg;
	struct identity_metadata kept;
	struct msg_saml_idp before = {0};
	scoped(buf_clear) struct buf bytes;
	struct audit audit;

	buf_init(&bytes, CHAN_PAYLOAD_MAX);
	codec_put(&bytes, &msg_saml_idp_codec, &import->idp);
	if (buf_failed(&bytes))
		return buf_tell(ctx, &bytes, "the metadata");
	begin_audit(ctx, import, &audit);
	enum err err = identity_metadata_get(ctx, &import->provider.id, &kept);
	if (err == ERR_OK && kept.bytes.len > 0 &&
	    codec_get(&msg_saml_idp_codec, kept.bytes.data, kept.bytes.len, &before) != ERR_OK)
		before = (struct msg_saml_idp){0};
	if (err == ERR_OK)
		err = store(ctx, import, (struct block){bytes.data, bytes.len});
	if (err == ERR_OK && !import->has_key)
		err = keep_key(ctx, import, &audit.id);
	if (err != ERR_OK)
		return err;
	/* Of itself each day, and nothing new: nothing that anybody has to read. */
	if (!import->in && !kept.has_problem && kept.bytes.len == bytes.len &&
	    memcmp(kept.bytes.data, bytes.data, bytes.len) == 0)
		return ERR_OK;
	note(&audit, ctx, &before, &import->idp);
	return audit_append(ctx, &audit);
}

/* --- Handed in --- */

static enum err look_up(struct ctx *ctx, void *arg)
{
	struct import *import = arg;
	enum err err = identity_provider_by_id(ctx, in_id(import->in, METADATA_ID), false,
					       &import->provider);

	if (err == ERR_OK && import->provider.kind != FEDERATION_SAML)
		return err_reason(ctx, ERR_CONFLICT, "provider.other_kind",
				  "This provider does not speak SAML.");
	return err == ERR_OK ? find_key(ctx, import) : err;
}

static enum err refuse(struct ctx *ctx, const char *why)
{
	if (strcmp(why, "saml.metadata_entity") == 0)
		return err_field(ctx, "metadata", "provider.metadata_entity",
				 "This metadata is of another provider.");
	return err_field(ctx, "metadata", "provider.metadata", "This metadata cannot be used: %s.",
			 why);
}

enum err saml_run_metadata(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct import import = {.in = in, .xml = block_of(in_text(in, METADATA_XML, ""))};
	enum err err = db_transaction(ctx, look_up, &import);

	if (err == ERR_OK)
		err = ask_reader(ctx, &import);
	if (err == ERR_OK && import.why)
		return refuse(ctx, import.why);
	if (err == ERR_OK && !import.has_key)
		err = saml_key_make_own(ctx, &import.made);
	if (err == ERR_OK)
		err = db_transaction(ctx, keep, &import);
	secret_free(import.made.key);
	if (err == ERR_OK)
		out_id(out, &import.provider.id, import.provider.version);
	return err;
}

/* --- Fetched --- */

/* Whatever becomes of it, the next time is in an hour. */
static enum err claim(struct ctx *ctx, void *arg)
{
	struct import *import = arg;
	enum err err = saml_sql_fetch_at(ctx, &import->provider.id, sys_real_us() + hour_us);

	return err == ERR_OK ? find_key(ctx, import) : err;
}

static void carry(struct ctx *ctx, struct import *import)
{
	const struct identity_provider *provider = &import->provider;
	const struct msg_oidc_document message = {.url = block_of(provider->metadata_url),
						  .addresses = block_of(provider->addresses),
						  .trust = block_of(provider->trust)};
	struct msg_oidc_fetched got = {0};
	const struct helper_ask ask = {.kind = HELPER_OIDC,
				       .type = MSG_OIDC_DOCUMENT,
				       .codec = &msg_oidc_document_codec,
				       .message = &message,
				       .answer_type = MSG_OIDC_FETCHED,
				       .answer_codec = &msg_oidc_fetched_codec,
				       .answer_size = sizeof(got),
				       .wait_ms = FETCH_MS};

	if (helper_call(ctx, &ask, &got) != ERR_OK)
		import->why = "oidc.helper";
	else if (got.reason.len > 0)
		import->why = text_of(ctx, got.reason);
	import->xml = got.bytes;
}

/* What was known stays in force; the row says why. */
static enum err keep_problem(struct ctx *ctx, struct import *import)
{
	struct audit audit;
	enum err err = identity_metadata_failed(ctx, &import->provider.id, import->why);

	if (err != ERR_OK)
		return err;
	begin_audit(ctx, import, &audit);
	audit.outcome = AUDIT_FAILED;
	audit.reason = import->why;
	return audit_append(ctx, &audit);
}

/* An answer of an address that is no longer the one that was set decides nothing. */
static enum err keep_fetched(struct ctx *ctx, void *arg)
{
	struct import *import = arg;
	struct identity_provider now;
	enum err err = identity_provider_by_id(ctx, &import->provider.id, true, &now);

	if (err == ERR_OK && strcmp(now.metadata_url, import->provider.metadata_url) != 0)
		return err_set(ctx, ERR_STALE, "The address was changed meanwhile.");
	if (err != ERR_OK)
		return err;
	return import->why ? keep_problem(ctx, import) : keep(ctx, import);
}

static enum err fetch(struct ctx *ctx, struct import *import)
{
	enum err err = db_transaction(ctx, claim, import);

	import->is_fetched = true;
	if (err == ERR_OK)
		carry(ctx, import);
	if (err == ERR_OK && !import->why && ask_reader(ctx, import) != ERR_OK)
		import->why = "saml.helper";
	if (err == ERR_OK && !import->why && !import->has_key)
		err = saml_key_make_own(ctx, &import->made);
	if (err == ERR_OK)
		err = db_transaction(ctx, keep_fetched, import);
	secret_free(import->made.key);
	return err;
}

enum err saml_fetch(struct ctx *ctx, const struct in *in, const struct identity_provider *provider)
{
	struct import import = {.in = in, .provider = *provider};

	if (!provider->metadata_url[0])
		return err_reason(ctx, ERR_CONFLICT, "provider.no_address",
				  "This provider's metadata has no address.");
	return fetch(ctx, &import);
}

static enum err find_due(struct ctx *ctx, void *arg)
{
	struct import *import = arg;
	struct uuid id;
	enum err err = saml_sql_due(ctx, sys_real_us(), &id);

	return err == ERR_OK ? identity_provider_by_id(ctx, &id, false, &import->provider) : err;
}

enum err saml_refresh(struct ctx *ctx, bool *out_found)
{
	struct import import = {.in = NULL};
	enum err err = db_transaction(ctx, find_due, &import);

	if (err == ERR_OK)
		err = fetch(ctx, &import);
	*out_found = err == ERR_OK;
	return err == ERR_NOT_FOUND || err == ERR_STALE ? ERR_OK : err;
}
