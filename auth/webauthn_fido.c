/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/webauthn_fido.h"

#include <fido.h>
#include <sodium.h>

#include "auth/webauthn_cbor.h"

/* What libfido2 says when it had no memory, which is no verdict. */
static enum err verdict(struct ctx *ctx, int said, bool *out)
{
	if (said == FIDO_ERR_INTERNAL)
		return err_set(ctx, ERR_UNAVAILABLE, "The passkey could not be checked.");
	*out = said == FIDO_OK;
	return ERR_OK;
}

static fido_opt_t wanted(bool verified)
{
	return verified ? FIDO_OPT_TRUE : FIDO_OPT_OMIT;
}

static int fill_assert(fido_assert_t *assert, const struct webauthn_expect *expect,
		       const struct webauthn_assertion *assertion)
{
	uint8_t hash[32];

	crypto_hash_sha256(hash, assertion->client_data.data, assertion->client_data.len);
	int said = fido_assert_set_clientdata_hash(assert, hash, sizeof(hash));
	if (said == FIDO_OK)
		said = fido_assert_set_rp(assert, expect->party->rp_id);
	if (said == FIDO_OK)
		said = fido_assert_set_up(assert, FIDO_OPT_TRUE);
	if (said == FIDO_OK)
		said = fido_assert_set_uv(assert, wanted(expect->verified));
	if (said == FIDO_OK)
		said = fido_assert_set_count(assert, 1);
	if (said == FIDO_OK)
		said = fido_assert_set_authdata_raw(assert, 0, assertion->data.data,
						    assertion->data.len);
	if (said == FIDO_OK)
		said = fido_assert_set_sig(assert, 0, assertion->signature.data,
					   assertion->signature.len);
	return said;
}

enum err webauthn_fido_assert(struct ctx *ctx, const struct webauthn_expect *expect,
			      const struct webauthn_key *key,
			      const struct webauthn_assertion *assertion, bool *out)
{
	fido_assert_t *assert = fido_assert_new();
	void *loaded = webauthn_key_load(key);
	int said = FIDO_ERR_INTERNAL;

	if (assert && loaded && (said = fill_assert(assert, expect, assertion)) == FIDO_OK)
		said = fido_assert_verify(assert, 0, key->alg, loaded);
	if (loaded)
		webauthn_key_free(key, loaded);
	fido_assert_free(&assert);
	return verdict(ctx, said, out);
}

/* libfido2 holds the extensions against what was asked for. We ask for none; a browser adds
 * credProtect by itself, and what else an authenticator adds changes nothing for us. */
static int admit_extensions(fido_cred_t *cred, struct block extensions)
{
	static const struct {
		const char *name;
		int bit;
	} flags[] = {{"hmac-secret", FIDO_EXT_HMAC_SECRET}, {"credBlob", FIDO_EXT_CRED_BLOB}};
	struct block item;
	int64_t number;
	int mask = 0, said = FIDO_OK;
	bool on;

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (ctap_map_text(extensions, flags[i].name, &item) && ctap_is_bool(item, &on) &&
		    on)
			mask |= flags[i].bit;
	if (mask)
		said = fido_cred_set_extensions(cred, mask);
	if (said == FIDO_OK && ctap_map_text(extensions, "minPinLength", &item) &&
	    ctap_int(item, &number))
		said = fido_cred_set_pin_minlen(cred, (size_t)number);
	if (said == FIDO_OK && ctap_map_text(extensions, "credProtect", &item) &&
	    ctap_int(item, &number))
		said = fido_cred_set_prot(cred, (int)number);
	return said;
}

static int fill_cred(fido_cred_t *cred, const struct webauthn_expect *expect,
		     const struct webauthn_attestation *attestation,
		     const struct webauthn_new *made, struct block client_data)
{
	uint8_t hash[32];

	crypto_hash_sha256(hash, client_data.data, client_data.len);
	int said = fido_cred_set_type(cred, made->alg);
	if (said == FIDO_OK)
		said = fido_cred_set_clientdata_hash(cred, hash, sizeof(hash));
	if (said == FIDO_OK)
		said = fido_cred_set_rp(cred, expect->party->rp_id, NULL);
	if (said == FIDO_OK)
		said = fido_cred_set_uv(cred, wanted(expect->verified));
	if (said == FIDO_OK)
		said = admit_extensions(cred, made->data.extensions);
	if (said == FIDO_OK)
		said = fido_cred_set_authdata_raw(cred, attestation->data.data,
						  attestation->data.len);
	if (said == FIDO_OK)
		said = fido_cred_set_fmt(cred, "packed");
	if (said == FIDO_OK)
		said = fido_cred_set_attstmt(cred, attestation->statement.data,
					     attestation->statement.len);
	return said;
}

enum err webauthn_fido_packed(struct ctx *ctx, const struct webauthn_expect *expect,
			      const struct webauthn_attestation *attestation,
			      const struct webauthn_new *made, struct block client_data, bool *out)
{
	enum { SIGNED_MAX = 960 }; /* libfido2 puts data and hash into 1024 bytes */
	struct block chain;

	*out = false;
	if (attestation->data.len > SIGNED_MAX)
		return ERR_OK;
	fido_cred_t *cred = fido_cred_new();
	if (!cred)
		return err_set(ctx, ERR_MEMORY, "No memory to check a passkey.");
	int said = fill_cred(cred, expect, attestation, made, client_data);
	if (said == FIDO_OK)
		said = ctap_map_text(attestation->statement, "x5c", &chain)
			       ? fido_cred_verify(cred)
			       : fido_cred_verify_self(cred);
	fido_cred_free(&cred);
	return verdict(ctx, said, out);
}
