/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <unistd.h>

#include "auth/handlers.h"
#include "auth/identity_api.h"
#include "auth/saml_inner.h"
#include "auth/saml_sql.h"
#include "base/cleanup.h"
#include "base/helper.h"
#include "base/secret.h"
#include "rbac/write.h"
#include "sql/db.h"

/*
 * Our own key for SAML, and the one that follows it. Providers pin the certificate, and each learns
 * of a new one in its own time: so it is made and published first, signs when somebody says so, and
 * the old one goes when somebody says so.
 */
enum { HELPER_MS = 10000, KEY_BYTES = 8192, KEY_MS = 2000 };

/* ------------------------------------------------------------------ making one */

enum err saml_key_make_own(struct ctx *ctx, struct saml_new_key *out)
{
	static const char who[] = "Sekisho";
	const struct msg_saml_key message = {.who = {(const uint8_t *)who, sizeof(who) - 1}};
	int ends[2];

	if (secret_pipe_empty(ends) != ERR_OK)
		return err_set(ctx, ERR_UNAVAILABLE, "No pipe for the key.");
	const struct helper_ask ask = {.kind = HELPER_SAML,
				       .type = MSG_SAML_KEY,
				       .codec = &msg_saml_key_codec,
				       .message = &message,
				       .fds = {ends[1]},
				       .nfds = 1,
				       .answer_type = MSG_SAML_CERTIFICATE,
				       .answer_codec = &msg_saml_certificate_codec,
				       .answer_size = sizeof(out->certificate),
				       .wait_ms = HELPER_MS};
	enum err err = helper_call(ctx, &ask, &out->certificate);
	close(ends[1]);
	if (err == ERR_OK && secret_read_fd(ends[0], KEY_BYTES, KEY_MS, &out->key) != ERR_OK)
		err = err_set(ctx, ERR_UNAVAILABLE, "The key did not arrive.");
	close(ends[0]);
	return err;
}

/* Repeated when the vault's key is another one meanwhile: sealed anew each time. */
static enum err seal(struct ctx *ctx, const struct saml_new_key *made, const struct uuid *secret_id)
{
	const struct secret_ref ref = {.id = *secret_id, .version = 1, .kind = SECRET_SAML_KEY};
	scoped(fd_close_p) int plain = -1;
	struct block blob;

	if (secret_pipe(made->key, &plain) != ERR_OK)
		return err_set(ctx, ERR_UNAVAILABLE, "No pipe for the key.");
	enum err err = keeper_seal(ctx, &ref, plain, &blob);
	return err == ERR_OK ? secret_store_put(ctx, &ref, blob) : err;
}

static enum err too_many(struct ctx *ctx)
{
	return err_reason(ctx, ERR_CONFLICT, "saml_key.two",
			  "There are two keys already. Remove the one that is not in use.");
}

enum err saml_key_keep(struct ctx *ctx, const struct saml_new_key *made,
		       const struct saml_own_key *known, size_t count, const struct uuid *event_id,
		       struct saml_own_key *out)
{
	if (count >= SAML_KEYS_OWN)
		return too_many(ctx);
	*out = (struct saml_own_key){.id = uuid_v7(),
				     .secret_id = uuid_v7(),
				     .slot = count > 0 && known[0].slot == 1 ? 2 : 1,
				     .in_use = count == 0,
				     .expires_at = made->certificate.expires_at};
	enum err err = seal(ctx, made, &out->secret_id);
	return err == ERR_OK ? saml_sql_add_key(ctx, out, made->certificate.certificate, event_id)
			     : err;
}

/* ------------------------------------------------------------------ operations */

struct keys {
	struct saml_own_key all[SAML_KEYS_OWN];
	size_t count;
};

static enum err lock(struct ctx *ctx, struct keys *out)
{
	return saml_sql_keys(ctx, true, out->all, &out->count);
}

static enum err find(struct ctx *ctx, const struct in *in, struct keys *keys,
		     const struct saml_own_key **out)
{
	enum err err = lock(ctx, keys);

	*out = NULL;
	for (size_t i = 0; err == ERR_OK && i < keys->count; i++)
		if (uuid_equal(&keys->all[i].id, in_id(in, 0)))
			*out = &keys->all[i];
	return err == ERR_OK && !*out ? err_set(ctx, ERR_NOT_FOUND, "There is no such key.") : err;
}

static enum err record(struct ctx *ctx, struct audit *audit, const struct saml_own_key *key)
{
	audit_object(audit, "saml_key", &key->id, key->fingerprint);
	audit_data(audit, "expires_at", write_time(ctx, key->expires_at));
	return audit_append(ctx, audit);
}

struct making {
	const struct in *in;
	struct saml_new_key made;
};

static enum err look_for_room(struct ctx *ctx, void *arg)
{
	struct keys keys;
	enum err err = saml_sql_keys(ctx, false, keys.all, &keys.count);

	(void)arg;
	return err == ERR_OK && keys.count >= SAML_KEYS_OWN ? too_many(ctx) : err;
}

static enum err keep(struct ctx *ctx, void *arg)
{
	const struct making *making = arg;
	struct keys keys;
	struct saml_own_key kept;
	struct audit audit;
	enum err err = lock(ctx, &keys);

	write_audit(ctx, making->in, &audit);
	if (err == ERR_OK)
		err = saml_key_keep(ctx, &making->made, keys.all, keys.count, &audit.id, &kept);
	if (err == ERR_OK)
		err = lock(ctx, &keys); /* with its fingerprint */
	for (size_t i = 0; err == ERR_OK && i < keys.count; i++)
		if (uuid_equal(&keys.all[i].id, &kept.id))
			return record(ctx, &audit, &keys.all[i]);
	return err == ERR_OK ? err_set(ctx, ERR_BUG, "The key was not kept.") : err;
}

enum err saml_keys_run_create(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct making making = {.in = in};
	enum err err = db_transaction(ctx, look_for_room, &making);

	(void)out;
	if (err == ERR_OK)
		err = saml_key_make_own(ctx, &making.made);
	if (err == ERR_OK)
		err = db_transaction(ctx, keep, &making);
	secret_free(making.made.key);
	return err;
}

/* Back again, too, while both are there. */
enum err saml_keys_run_use(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct keys keys;
	const struct saml_own_key *key;
	struct audit audit;
	enum err err = find(ctx, in, &keys, &key);

	(void)out;
	if (err == ERR_OK && key->in_use)
		return err_reason(ctx, ERR_CONFLICT, "saml_key.in_use",
				  "This key is in use already.");
	if (err == ERR_OK)
		err = saml_sql_use_key(ctx, &key->id);
	if (err != ERR_OK)
		return err;
	write_audit(ctx, in, &audit);
	audit_data(&audit, "before", keys.all[0].in_use ? keys.all[0].fingerprint : "");
	return record(ctx, &audit, key);
}

enum err saml_keys_run_remove(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct keys keys;
	const struct saml_own_key *key;
	struct audit audit;
	enum err err = find(ctx, in, &keys, &key);

	(void)out;
	if (err == ERR_OK && key->in_use)
		return err_reason(ctx, ERR_CONFLICT, "saml_key.in_use",
				  "This key is in use. Put the other one in use first.");
	if (err == ERR_OK)
		err = saml_sql_drop_key(ctx, &key->id);
	if (err == ERR_OK)
		err = secret_store_drop(ctx, &key->secret_id);
	if (err != ERR_OK)
		return err;
	write_audit(ctx, in, &audit);
	return record(ctx, &audit, key);
}
