/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vault/envelope.h"

#include "base/cleanup.h"
#include "base/sys.h"

enum { FORMAT_BOUND = 1, FORMAT = 2, HEAD = 5, WRAPPED = AEAD_KEY + AEAD_OVERHEAD };

static void label(struct buf *out, const char *layer, uint32_t kek_version,
		  const struct secret_ref *ref)
{
	buf_init(out, 128);
	buf_put_text(out, layer);
	buf_put_u8(out, 0);
	buf_put_u32(out, kek_version);
	buf_put(out, ref->id.b, UUID_SIZE);
	buf_put_u32(out, ref->version);
	buf_put_u32(out, ref->kind);
}

static enum err seal_layers(const struct aead *aead, const uint8_t *kek, uint32_t version,
			    const struct secret_ref *ref, const struct secret *plain, uint8_t *out)
{
	scoped(buf_clear) struct buf key_label, body_label;
	uint8_t key[AEAD_KEY];
	label(&key_label, "sekisho-data-key/1", version, ref);
	label(&body_label, "sekisho-secret/1", 0, ref);
	sys_random(key, sizeof(key));
	enum err err = aead_seal(aead, kek, &key_label, key, sizeof(key), out);
	if (err == ERR_OK)
		err = aead_seal(aead, key, &body_label, secret_bytes(plain), secret_len(plain),
				out + WRAPPED);
	wipe(key, sizeof(key));
	return err;
}

enum err envelope_seal(struct ctx *ctx, const struct aead *aead, const struct keyring *ring,
		       const struct secret_ref *ref, const struct secret *plain, struct buf *out)
{
	uint32_t version = keyring_kek_newest(ring);
	size_t len = WRAPPED + secret_len(plain) + AEAD_OVERHEAD;
	buf_put_u8(out, FORMAT);
	buf_put_u32(out, version);
	uint8_t *place = buf_reserve(out, len);
	if (place == NULL)
		return buf_tell(ctx, out, "the secret");
	enum err err = seal_layers(aead, keyring_kek(ring, version), version, ref, plain, place);
	if (err != ERR_OK)
		return err_set(ctx, err, "the secret cannot be sealed");
	buf_commit(out, len);
	return ERR_OK;
}

static enum err open_layers(const struct aead *aead, const uint8_t *kek, uint32_t version,
			    uint8_t format, const struct secret_ref *ref, struct block sealed,
			    struct secret *plain)
{
	scoped(buf_clear) struct buf key_label, body_label;
	uint8_t key[AEAD_KEY];
	label(&key_label, "sekisho-data-key/1", version, ref);
	label(&body_label, "sekisho-secret/1", format == FORMAT_BOUND ? version : 0, ref);
	enum err err = aead_open(aead, kek, &key_label, sealed.data, WRAPPED, key);
	if (err == ERR_OK)
		err = aead_open(aead, key, &body_label, sealed.data + WRAPPED, sealed.len - WRAPPED,
				secret_data(plain));
	wipe(key, sizeof(key));
	return err;
}

enum err envelope_open(struct ctx *ctx, const struct aead *aead, const struct keyring *ring,
		       const struct secret_ref *ref, struct block blob, struct secret **out)
{
	struct rd rd = rd_of(blob.data, blob.len);
	uint8_t format = rd_u8(&rd);
	uint32_t version = rd_u32(&rd);
	const uint8_t *kek = keyring_kek(ring, version);
	if (rd.failed || (format != FORMAT && format != FORMAT_BOUND) ||
	    blob.len <= HEAD + WRAPPED + AEAD_OVERHEAD || blob.len > KEEPER_BLOB_MAX)
		return err_set(ctx, ERR_INTEGRITY, "the sealed secret is malformed");
	if (kek == NULL)
		return err_set(ctx, ERR_INTEGRITY, "the sealed secret names an unknown key");
	struct secret *plain = secret_new(blob.len - HEAD - WRAPPED - AEAD_OVERHEAD);
	if (plain == NULL)
		return err_set(ctx, ERR_MEMORY, "no locked memory: raise LimitMEMLOCK");
	struct block sealed = {blob.data + HEAD, blob.len - HEAD};
	enum err err = open_layers(aead, kek, version, format, ref, sealed, plain);
	if (err != ERR_OK) {
		secret_free(plain);
		return err_set(ctx, err,
			       err == ERR_INTEGRITY
				       ? "the sealed secret was changed or belongs elsewhere"
				       : "the sealed secret cannot be opened");
	}
	*out = plain;
	return ERR_OK;
}

static enum err rewrap_key(const struct aead *aead, const struct keyring *ring,
			   const struct secret_ref *ref, struct block blob, uint8_t *out)
{
	scoped(buf_clear) struct buf old_label, new_label;
	struct rd rd = rd_of(blob.data + 1, 4);
	uint32_t old = rd_u32(&rd), new = keyring_kek_newest(ring);
	uint8_t key[AEAD_KEY];
	label(&old_label, "sekisho-data-key/1", old, ref);
	label(&new_label, "sekisho-data-key/1", new, ref);
	enum err err =
		aead_open(aead, keyring_kek(ring, old), &old_label, blob.data + HEAD, WRAPPED, key);
	if (err == ERR_OK)
		err = aead_seal(aead, keyring_kek(ring, new), &new_label, key, sizeof(key), out);
	wipe(key, sizeof(key));
	return err;
}

/* It is opened in either case: what does not open must not be carried on under a new key. */
enum err envelope_rewrap(struct ctx *ctx, const struct aead *aead, const struct keyring *ring,
			 const struct secret_ref *ref, struct block blob, struct buf *out)
{
	scoped(secret_free_p) struct secret *plain = NULL;
	enum err err = envelope_open(ctx, aead, ring, ref, blob, &plain);
	if (err != ERR_OK)
		return err;
	if (blob.data[0] == FORMAT_BOUND)
		return envelope_seal(ctx, aead, ring, ref, plain, out);
	buf_put_u8(out, FORMAT);
	buf_put_u32(out, keyring_kek_newest(ring));
	uint8_t *place = buf_reserve(out, WRAPPED);
	if (place == NULL)
		return err_set(ctx, ERR_MEMORY, "out of memory");
	err = rewrap_key(aead, ring, ref, blob, place);
	if (err != ERR_OK)
		return err_set(ctx, err, "the data key cannot be wrapped");
	buf_commit(out, WRAPPED);
	buf_put(out, blob.data + HEAD + WRAPPED, blob.len - HEAD - WRAPPED);
	return buf_failed(out) ? err_set(ctx, ERR_MEMORY, "out of memory") : ERR_OK;
}
