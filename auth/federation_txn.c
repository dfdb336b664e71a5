/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <sodium.h>
#include <string.h>

#include "auth/federation_inner.h"
#include "auth/federation_sql.h"
#include "base/secret.h"
#include "base/sys.h"
#include "base/text.h"

static const int64_t minute_us = 60 * (int64_t)1000000;
enum { KEPT_MINUTES = 60 }; /* so that a late or second answer is known as such */

static void hash_text(const char *text, uint8_t out[32])
{
	crypto_hash_sha256(out, (const uint8_t *)text, strlen(text));
}

enum err federation_begin(struct ctx *ctx, const struct uuid *provider_id,
			  enum federation_purpose purpose, const struct uuid *session_id,
			  struct federation_begun *out)
{
	uint8_t state[FEDERATION_BYTES], browser[FEDERATION_BYTES], state_hash[32], hash[32];
	struct federation_txn *txn = &out->txn;
	int64_t now = sys_real_us();
	enum err err = federation_sql_forget(ctx, now - KEPT_MINUTES * minute_us);

	if (err != ERR_OK)
		return err;
	*txn = (struct federation_txn){.id = uuid_v7(),
				       .provider_id = *provider_id,
				       .purpose = purpose,
				       .created_at = now};
	if (session_id)
		txn->session_id = *session_id;
	sys_random(state, sizeof(state));
	sys_random(browser, sizeof(browser));
	sys_random(txn->nonce, sizeof(txn->nonce));
	sys_random(txn->verifier, sizeof(txn->verifier));
	base64url_encode(state, sizeof(state), out->state);
	base64url_encode(browser, sizeof(browser), out->browser);
	hash_text(out->state, state_hash);
	crypto_hash_sha256(hash, browser, sizeof(browser));
	wipe(browser, sizeof(browser));
	return federation_sql_begin(ctx, txn, state_hash, hash,
				    now + FEDERATION_MINUTES * minute_us);
}

/* Without its cookie an answer may come from a browser that somebody lured here. */
static const char *judge(const struct federation_row *row, struct block browser)
{
	uint8_t hash[32];

	if (row->answered_at)
		return "federation.replayed";
	if (sys_real_us() >= row->expires_at)
		return "federation.expired";
	if (browser.len != FEDERATION_BYTES)
		return "federation.browser";
	crypto_hash_sha256(hash, browser.data, browser.len);
	return sodium_memcmp(hash, row->browser_hash, sizeof(hash)) == 0 ? NULL
									 : "federation.browser";
}

/* *out_why is set when there is none. */
static enum err find(struct ctx *ctx, const char *state, struct block browser, bool sign_out,
		     struct federation_txn *out, const char **out_why)
{
	struct federation_row row;
	uint8_t hash[32];

	*out = (struct federation_txn){0};
	hash_text(state, hash);
	enum err err = federation_sql_by_state(ctx, hash, &row);
	if (err == ERR_NOT_FOUND ||
	    (err == ERR_OK && (row.txn.purpose == FEDERATION_SIGN_OUT) != sign_out)) {
		*out_why = "federation.state";
		return ERR_OK;
	}
	if (err != ERR_OK)
		return err;
	*out = row.txn;
	*out_why = judge(&row, browser);
	return ERR_OK;
}

static enum err take(struct ctx *ctx, const char *state, struct block browser, bool sign_out,
		     struct federation_txn *out, const char **out_why)
{
	bool moved = false;
	enum err err = find(ctx, state, browser, sign_out, out, out_why);

	if (err != ERR_OK || uuid_is_nil(&out->id))
		return err;
	/* Spent by whoever shows the state first: a stolen one is worth nothing later. */
	err = federation_sql_answered(ctx, &out->id, &moved);
	if (err == ERR_OK && !moved && !*out_why)
		*out_why = "federation.replayed";
	return err;
}

enum err federation_peek_sign_out(struct ctx *ctx, const char *state, struct block browser,
				  struct federation_txn *out, const char **out_why)
{
	return find(ctx, state, browser, true, out, out_why);
}

enum err federation_take(struct ctx *ctx, const char *state, struct block browser,
			 struct federation_txn *out, const char **out_why)
{
	return take(ctx, state, browser, false, out, out_why);
}

enum err federation_take_sign_out(struct ctx *ctx, const char *state, struct block browser,
				  struct federation_txn *out, const char **out_why)
{
	return take(ctx, state, browser, true, out, out_why);
}

enum err federation_by_id(struct ctx *ctx, const struct uuid *id, struct federation_txn *out)
{
	struct federation_row row;
	enum err err = federation_sql_by_id(ctx, id, &row);

	if (err == ERR_OK)
		*out = row.txn;
	return err;
}

enum err federation_once(struct ctx *ctx, const struct uuid *provider_id, struct block identifier,
			 int64_t expires_at, bool *out_new)
{
	uint8_t hash[32];

	crypto_hash_sha256(hash, identifier.data, identifier.len);
	return federation_sql_seen(ctx, provider_id, hash, expires_at, out_new);
}

bool federation_is_over(const char *why)
{
	static const char *const over[] = {"federation.replayed", "federation.expired",
					   "federation.browser", "federation.state",
					   "federation.not_begun"};

	for (size_t i = 0; i < sizeof(over) / sizeof(over[0]); i++)
		if (strcmp(why, over[i]) == 0)
			return true;
	return false;
}

enum err federation_over(struct ctx *ctx)
{
	return err_reason(ctx, ERR_UNAUTHENTICATED, "federation.expired",
			  "This sign-in with a provider is over. Begin again.");
}
