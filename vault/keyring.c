/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vault/keyring.h"

#include <sodium.h>

#include "base/cleanup.h"
#include "base/sys.h"
#include "vault/certificate.h"

enum { KEY = 32, FORMAT = 1, MAC = crypto_auth_BYTES };

enum tag {
	TAG_PROVIDER = 1, /* u8 */
	TAG_SALT = 2,	  /* PROVIDER_SALT bytes */
	TAG_ROOT = 3,	  /* root key under the wrapping key */
	TAG_KEK = 4,	  /* u32 version, key under the root; repeated */
	TAG_CHECKPOINT = 5,
	TAG_GRANT = 6,
	TAG_CA_KEY = 7,
	TAG_CA_POINT = 8,
	TAG_CA_CERTIFICATE = 9,
	TAG_MAC = 10,
};

static const uint8_t magic[4] = {'S', 'K', 'V', 'S'};

void keyring_clear(struct keyring *ring)
{
	secret_free(ring->root);
	secret_free(ring->keks);
	secret_free(ring->checkpoint_seed);
	secret_free(ring->grant_seed);
	secret_free(ring->ca_scalar);
	wipe(ring, sizeof(*ring));
}

const uint8_t *keyring_kek(const struct keyring *ring, uint32_t version)
{
	for (size_t i = 0; i < ring->kek_count; i++)
		if (ring->kek_versions[i] == version)
			return secret_bytes(ring->keks) + i * KEY;
	return NULL;
}

uint32_t keyring_kek_newest(const struct keyring *ring)
{
	return ring->kek_count == 0 ? 0 : ring->kek_versions[ring->kek_count - 1];
}

void keyring_sign(const struct secret *seed, const void *data, size_t len, uint8_t out[64])
{
	uint8_t public_key[32], private_key[64];
	crypto_sign_seed_keypair(public_key, private_key, secret_bytes(seed));
	crypto_sign_detached(out, NULL, data, len, private_key);
	wipe(private_key, sizeof(private_key));
}

static void derive_publics(struct keyring *ring)
{
	uint8_t private_key[64];
	crypto_sign_seed_keypair(ring->checkpoint_public, private_key,
				 secret_bytes(ring->checkpoint_seed));
	crypto_sign_seed_keypair(ring->grant_public, private_key, secret_bytes(ring->grant_seed));
	wipe(private_key, sizeof(private_key));
}

/* Associated data of a wrapped key: what it is, and which one. */
static void key_label(struct buf *out, enum tag tag, uint32_t number)
{
	buf_init(out, 64);
	buf_put_text(out, "sekisho-key/1");
	buf_put_u8(out, 0);
	buf_put_u8(out, (uint8_t)tag);
	buf_put_u32(out, number);
}

static void put_entry(struct buf *out, enum tag tag, const void *data, size_t len)
{
	buf_put_u8(out, (uint8_t)tag);
	buf_put_block(out, data, len);
}

static enum err put_wrapped(const struct aead *aead, struct buf *out, enum tag tag, uint32_t number,
			    const uint8_t *wrapping, const uint8_t *key)
{
	scoped(buf_clear) struct buf label;
	uint8_t entry[4 + KEY + AEAD_OVERHEAD];
	key_label(&label, tag, number);
	enum err err = aead_seal(aead, wrapping, &label, key, KEY, entry + 4);
	if (err != ERR_OK)
		return err;
	for (int i = 0; i < 4; i++)
		entry[i] = (uint8_t)(number >> (24 - 8 * i));
	if (tag == TAG_KEK)
		put_entry(out, tag, entry, sizeof(entry));
	else
		put_entry(out, tag, entry + 4, sizeof(entry) - 4);
	return ERR_OK;
}

static enum err get_wrapped(const struct aead *aead, enum tag tag, uint32_t number,
			    const uint8_t *wrapping, struct block sealed, uint8_t *out_key)
{
	scoped(buf_clear) struct buf label;
	key_label(&label, tag, number);
	if (sealed.len != KEY + AEAD_OVERHEAD)
		return ERR_INTEGRITY;
	return aead_open(aead, wrapping, &label, sealed.data, sealed.len, out_key);
}

static void state_mac(const struct keyring *ring, const uint8_t *state, size_t len,
		      uint8_t out[MAC])
{
	uint8_t key[KEY];
	static const char label[] = "sekisho-state-mac/1";
	crypto_generichash(key, KEY, (const uint8_t *)label, sizeof(label),
			   secret_bytes(ring->root), KEY);
	crypto_auth(out, state, len, key);
	wipe(key, sizeof(key));
}

static enum err wrap_root(struct ctx *ctx, const struct aead *aead, const struct provider *provider,
			  const struct provider_input *input, struct keyring *ring)
{
	scoped(secret_free_p) struct secret *wrapping = NULL;
	scoped(buf_clear) struct buf label;
	ring->provider = provider->id;
	sys_random(ring->salt, sizeof(ring->salt));
	enum err err = provider->derive(ctx, input, ring->salt, &wrapping);
	if (err != ERR_OK)
		return err;
	key_label(&label, TAG_ROOT, 0);
	return aead_seal(aead, secret_bytes(wrapping), &label, secret_bytes(ring->root), KEY,
			 ring->wrapped_root);
}

static enum err put_state(const struct aead *aead, const struct keyring *ring, struct buf *out)
{
	const uint8_t *root = secret_bytes(ring->root);
	uint8_t mac[MAC];
	buf_put(out, magic, sizeof(magic));
	buf_put_u8(out, FORMAT);
	put_entry(out, TAG_PROVIDER, &ring->provider, 1);
	put_entry(out, TAG_SALT, ring->salt, PROVIDER_SALT);
	put_entry(out, TAG_ROOT, ring->wrapped_root, sizeof(ring->wrapped_root));
	enum err err = ERR_OK;
	for (size_t i = 0; err == ERR_OK && i < ring->kek_count; i++)
		err = put_wrapped(aead, out, TAG_KEK, ring->kek_versions[i], root,
				  secret_bytes(ring->keks) + i * KEY);
	if (err == ERR_OK)
		err = put_wrapped(aead, out, TAG_CHECKPOINT, 0, root,
				  secret_bytes(ring->checkpoint_seed));
	if (err == ERR_OK)
		err = put_wrapped(aead, out, TAG_GRANT, 0, root, secret_bytes(ring->grant_seed));
	if (err == ERR_OK)
		err = put_wrapped(aead, out, TAG_CA_KEY, 0, root, secret_bytes(ring->ca_scalar));
	if (err != ERR_OK)
		return err;
	put_entry(out, TAG_CA_POINT, ring->ca_point, sizeof(ring->ca_point));
	put_entry(out, TAG_CA_CERTIFICATE, ring->ca_certificate, ring->ca_certificate_len);
	if (buf_failed(out))
		return ERR_MEMORY;
	state_mac(ring, out->data, out->len, mac);
	put_entry(out, TAG_MAC, mac, sizeof(mac));
	return buf_failed(out) ? ERR_MEMORY : ERR_OK;
}

static bool ring_memory(struct keyring *ring)
{
	memset(ring, 0, sizeof(*ring));
	ring->root = secret_new(KEY);
	ring->keks = secret_new((size_t)KEYRING_KEKS_MAX * KEY);
	ring->checkpoint_seed = secret_new(KEY);
	ring->grant_seed = secret_new(KEY);
	ring->ca_scalar = secret_new(KEY);
	return ring->root && ring->keks && ring->checkpoint_seed && ring->grant_seed &&
	       ring->ca_scalar;
}

static enum err fill_new(struct ctx *ctx, struct keyring *ring)
{
	sys_random(secret_data(ring->root), KEY);
	sys_random(secret_data(ring->keks), KEY);
	ring->kek_versions[0] = 1;
	ring->kek_count = 1;
	sys_random(secret_data(ring->checkpoint_seed), KEY);
	sys_random(secret_data(ring->grant_seed), KEY);
	derive_publics(ring);
	enum err err = certificate_ca_key(ctx, secret_data(ring->ca_scalar), ring->ca_point);
	if (err != ERR_OK)
		return err;
	return certificate_ca(ctx, ring);
}

enum err keyring_create(struct ctx *ctx, const struct aead *aead, const struct provider *provider,
			const struct provider_input *input, struct keyring *ring,
			struct buf *out_state)
{
	if (!ring_memory(ring)) {
		keyring_clear(ring);
		return err_set(ctx, ERR_MEMORY, "no locked memory: raise LimitMEMLOCK");
	}
	enum err err = provider->create(ctx, input);
	if (err == ERR_OK)
		err = fill_new(ctx, ring);
	if (err == ERR_OK)
		err = wrap_root(ctx, aead, provider, input, ring);
	if (err == ERR_OK)
		err = put_state(aead, ring, out_state);
	if (err != ERR_OK)
		keyring_clear(ring);
	return err;
}

static bool ring_copy(const struct keyring *ring, struct keyring *out)
{
	if (!ring_memory(out))
		return false;
	struct keyring fresh = *out;
	const struct {
		const struct secret *from;
		struct secret *to;
	} keys[] = {{ring->root, fresh.root},
		    {ring->keks, fresh.keks},
		    {ring->checkpoint_seed, fresh.checkpoint_seed},
		    {ring->grant_seed, fresh.grant_seed},
		    {ring->ca_scalar, fresh.ca_scalar}};
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		memcpy(secret_data(keys[i].to), secret_bytes(keys[i].from),
		       secret_len(keys[i].from));
	*out = *ring;
	out->root = fresh.root;
	out->keks = fresh.keks;
	out->checkpoint_seed = fresh.checkpoint_seed;
	out->grant_seed = fresh.grant_seed;
	out->ca_scalar = fresh.ca_scalar;
	return true;
}

static enum err add_kek(struct ctx *ctx, struct keyring *ring)
{
	if (ring->kek_count == KEYRING_KEKS_MAX)
		return err_set(ctx, ERR_CONFLICT, "too many keys wait to be dropped");
	sys_random(secret_data(ring->keks) + ring->kek_count * KEY, KEY);
	ring->kek_versions[ring->kek_count] = keyring_kek_newest(ring) + 1;
	ring->kek_count++;
	return ERR_OK;
}

static void drop_old(struct keyring *ring)
{
	uint8_t *keks = secret_data(ring->keks);
	size_t last = ring->kek_count - 1;
	memmove(keks, keks + last * KEY, KEY);
	wipe(keks + KEY, (KEYRING_KEKS_MAX - 1) * (size_t)KEY);
	ring->kek_versions[0] = ring->kek_versions[last];
	ring->kek_count = 1;
}

enum err keyring_change(struct ctx *ctx, const struct aead *aead, const struct provider *provider,
			const struct provider_input *input, const struct keyring *ring,
			enum keyring_change change, struct keyring *out, struct buf *out_state)
{
	enum err err = ERR_OK;
	if (!ring_copy(ring, out)) {
		keyring_clear(out);
		return err_set(ctx, ERR_MEMORY, "no locked memory: raise LimitMEMLOCK");
	}
	if (change == KEYRING_ADD_KEK) {
		err = add_kek(ctx, out);
	} else if (change == KEYRING_DROP_OLD) {
		drop_old(out);
	} else {
		sys_random(secret_data(out->root), KEY);
		err = provider->create(ctx, input);
		if (err == ERR_OK)
			err = wrap_root(ctx, aead, provider, input, out);
	}
	if (err == ERR_OK)
		err = put_state(aead, out, out_state);
	if (err != ERR_OK)
		keyring_clear(out);
	return err;
}

/* The stored form, taken apart; blocks are borrowed. */
struct parsed {
	struct block entries[TAG_MAC + 1];
	struct block keks[KEYRING_KEKS_MAX];
	size_t kek_count;
	size_t mac_at;
};

static bool take_entry(struct parsed *parsed, uint8_t tag, struct block value)
{
	if (tag == TAG_KEK) {
		if (parsed->kek_count == KEYRING_KEKS_MAX)
			return false;
		parsed->keks[parsed->kek_count++] = value;
		return true;
	}
	if (tag < TAG_PROVIDER || tag > TAG_MAC || parsed->entries[tag].data != NULL)
		return false;
	parsed->entries[tag] = value;
	return true;
}

static bool parse_state(struct block state, struct parsed *parsed)
{
	static const size_t sizes[TAG_MAC + 1] = {
		[TAG_PROVIDER] = 1,
		[TAG_SALT] = PROVIDER_SALT,
		[TAG_ROOT] = KEY + AEAD_OVERHEAD,
		[TAG_CHECKPOINT] = KEY + AEAD_OVERHEAD,
		[TAG_GRANT] = KEY + AEAD_OVERHEAD,
		[TAG_CA_KEY] = KEY + AEAD_OVERHEAD,
		[TAG_CA_POINT] = 65,
		[TAG_MAC] = MAC,
	};
	struct rd rd = rd_of(state.data, state.len);
	const uint8_t *head = rd_bytes(&rd, sizeof(magic));
	memset(parsed, 0, sizeof(*parsed));
	if (head == NULL || memcmp(head, magic, sizeof(magic)) != 0 || rd_u8(&rd) != FORMAT)
		return false;
	while (rd_left(&rd) > 0 && parsed->entries[TAG_MAC].data == NULL) {
		struct block value;
		parsed->mac_at = rd.at;
		uint8_t tag = rd_u8(&rd);
		value.data = rd_block(&rd, KEYRING_CERT_MAX, &value.len);
		if (value.data == NULL || !take_entry(parsed, tag, value))
			return false;
	}
	for (int tag = TAG_PROVIDER; tag <= TAG_MAC; tag++)
		if (sizes[tag] != 0 && parsed->entries[tag].len != sizes[tag])
			return false;
	return rd_done(&rd) && parsed->kek_count > 0 && parsed->entries[TAG_CA_CERTIFICATE].len > 0;
}

static enum err load_keks(const struct aead *aead, const struct parsed *parsed,
			  struct keyring *ring)
{
	for (size_t i = 0; i < parsed->kek_count; i++) {
		struct rd rd = rd_of(parsed->keks[i].data, parsed->keks[i].len);
		uint32_t version = rd_u32(&rd);
		struct block sealed = {rd_bytes(&rd, KEY + AEAD_OVERHEAD), KEY + AEAD_OVERHEAD};
		if (!rd_done(&rd) || version == 0 || version <= keyring_kek_newest(ring))
			return ERR_INTEGRITY;
		enum err err = get_wrapped(aead, TAG_KEK, version, secret_bytes(ring->root), sealed,
					   secret_data(ring->keks) + i * KEY);
		if (err != ERR_OK)
			return err;
		ring->kek_versions[ring->kek_count++] = version;
	}
	return ERR_OK;
}

static enum err load_keys(const struct aead *aead, const struct parsed *parsed,
			  struct keyring *ring)
{
	const struct {
		enum tag tag;
		struct secret *into;
	} keys[] = {
		{TAG_CHECKPOINT, ring->checkpoint_seed},
		{TAG_GRANT, ring->grant_seed},
		{TAG_CA_KEY, ring->ca_scalar},
	};
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		enum err err = get_wrapped(aead, keys[i].tag, 0, secret_bytes(ring->root),
					   parsed->entries[keys[i].tag], secret_data(keys[i].into));
		if (err != ERR_OK)
			return err;
	}
	return load_keks(aead, parsed, ring);
}

static void copy_publics(const struct parsed *parsed, struct keyring *ring)
{
	struct block certificate = parsed->entries[TAG_CA_CERTIFICATE];
	ring->provider = parsed->entries[TAG_PROVIDER].data[0];
	memcpy(ring->salt, parsed->entries[TAG_SALT].data, sizeof(ring->salt));
	memcpy(ring->wrapped_root, parsed->entries[TAG_ROOT].data, sizeof(ring->wrapped_root));
	memcpy(ring->ca_point, parsed->entries[TAG_CA_POINT].data, sizeof(ring->ca_point));
	memcpy(ring->ca_certificate, certificate.data, certificate.len);
	ring->ca_certificate_len = certificate.len;
	derive_publics(ring);
}

static enum err open_state(struct ctx *ctx, const struct aead *aead, struct block state,
			   const struct parsed *parsed, const struct secret *wrapping,
			   struct keyring *ring)
{
	uint8_t mac[MAC];
	enum err err = get_wrapped(aead, TAG_ROOT, 0, secret_bytes(wrapping),
				   parsed->entries[TAG_ROOT], secret_data(ring->root));
	if (err == ERR_INTEGRITY)
		return err_reason(ctx, ERR_UNAUTHENTICATED, "vault.wrong_key",
				  "this passphrase or key file does not open the vault");
	if (err != ERR_OK)
		return err;
	state_mac(ring, state.data, parsed->mac_at, mac);
	if (sodium_memcmp(mac, parsed->entries[TAG_MAC].data, MAC) != 0)
		return err_set(ctx, ERR_INTEGRITY, "the vault state in the database was changed");
	err = load_keys(aead, parsed, ring);
	if (err != ERR_OK)
		return err_set(ctx, err, "a key in the vault state cannot be opened");
	copy_publics(parsed, ring);
	return ERR_OK;
}

enum err keyring_load(struct ctx *ctx, const struct aead *aead, const struct provider *provider,
		      const struct provider_input *input, struct block state, struct keyring *ring)
{
	struct parsed parsed;
	scoped(secret_free_p) struct secret *wrapping = NULL;
	if (!parse_state(state, &parsed))
		return err_set(ctx, ERR_INTEGRITY, "the vault state in the database is malformed");
	if (parsed.entries[TAG_PROVIDER].data[0] != provider->id)
		return err_set(ctx, ERR_CONFLICT,
			       "the vault was made with another key_provider: set it back");
	enum err err = provider->derive(ctx, input, parsed.entries[TAG_SALT].data, &wrapping);
	if (err != ERR_OK)
		return err;
	if (!ring_memory(ring))
		err = err_set(ctx, ERR_MEMORY, "no locked memory: raise LimitMEMLOCK");
	else
		err = open_state(ctx, aead, state, &parsed, wrapping, ring);
	if (err != ERR_OK)
		keyring_clear(ring);
	return err;
}
