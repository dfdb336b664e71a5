/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vault/service_inner.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>

#include "base/cleanup.h"
#include "base/sys.h"
#include "vault/certificate.h"
#include "vault/checkpoint_text.h"
#include "vault/envelope.h"
#include "vault/generate.h"
#include "vault/keeper_messages.h"
#include "vault/merkle_proof.h"
#include "vault/totp.h"

enum { PIPE_MS = 2000, PASSPHRASE_MAX = 1024 };

/* One keeper serves everybody: it never waits for a reader. Authority makes the pipe and keeps the
 * write end to itself, so that nobody fills it or makes it block. */
static enum err write_plain(struct ctx *ctx, int fd, const struct secret *plain)
{
	const uint8_t *data = secret_bytes(plain);
	size_t left = secret_len(plain);
	int flags = fcntl(fd, F_GETFL);
	if (flags < 0 || !(flags & O_NONBLOCK))
		return err_set(ctx, ERR_DENIED, "a pipe that could block is not written to");
	while (left > 0) {
		ssize_t n = sys_table()->write(fd, data, left);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return err_set(ctx, ERR_UNAVAILABLE, "the pipe has no room for the secret");
		if (n <= 0)
			return err_set(ctx, ERR_IO, "the secret cannot be handed over");
		data += n;
		left -= (size_t)n;
	}
	return ERR_OK;
}

enum err keeper_do_status(struct ctx *ctx, struct keeper_call *call)
{
	struct keeper_service *service = call->service;
	const struct provider_input input = {.rootkey_fd = service->config.rootkey_fd};
	const struct provider *provider = provider_by_id(service->config.provider);
	struct checkpoint_state state;
	/* The state file is begun together with the keys. */
	bool begun = checkpoint_state_load(ctx, &state, service->config.state_fd) == ERR_OK &&
		     state.present;
	bool exists = provider != NULL && provider->exists(&input);
	buf_put_u8(&call->data, service->unsealed || begun || exists);
	buf_put_u8(&call->data, !service->unsealed);
	buf_put_u32(&call->data, keyring_kek_newest(&service->ring));
	buf_put_u8(&call->data, service->config.provider);
	buf_put_u32(&call->data, (uint32_t)service->ring.kek_count);
	buf_put(&call->data, service->state, sizeof(service->state));
	return ERR_OK;
}

static void strip_newline(struct secret *passphrase)
{
	size_t len = secret_len(passphrase);
	if (len > 0 && secret_bytes(passphrase)[len - 1] == '\n')
		secret_truncate(passphrase, len - 1);
}

/* First start: nothing that was signed before may be forgotten by making everything new. */
static enum err unseal_first(struct ctx *ctx, struct keeper_call *call,
			     const struct provider *provider, const struct provider_input *input,
			     struct keyring *ring)
{
	static const uint8_t no_root[32];
	struct checkpoint_state *state = &call->service->checkpoint;
	if (state->present && state->size > 0)
		return err_set(
			ctx, ERR_CONFLICT,
			"the keeper has signed history, but the database has no vault state: "
			"restore the database that belongs to it");
	buf_reset(&call->service->made);
	enum err err = keyring_create(ctx, call->service->aead, provider, input, ring,
				      &call->service->made);
	if (err == ERR_OK)
		err = checkpoint_state_store(ctx, state, ring->checkpoint_public, 0, no_root);
	if (err == ERR_OK) {
		struct buf *made = &call->service->made;
		buf_put(&call->data, made->data, made->len);
		crypto_hash_sha256(call->service->state, made->data, made->len);
	}
	return err;
}

/* Authority asks again when it could not store what was made: the same is given again, or all that
 * is sealed from now on would be lost with this process. */
static enum err unseal_repeated(struct ctx *ctx, struct keeper_call *call, struct block stored)
{
	const struct buf *made = &call->service->made;
	if (stored.len > 0)
		return ERR_OK;
	if (made->len == 0)
		return err_set(ctx, ERR_CONFLICT, "the vault state was stored before, and is gone");
	buf_put(&call->data, made->data, made->len);
	return ERR_OK;
}

static enum err unseal_again(struct ctx *ctx, struct keeper_call *call,
			     const struct provider *provider, const struct provider_input *input,
			     struct block stored, struct keyring *ring)
{
	const struct checkpoint_state *state = &call->service->checkpoint;
	enum err err = keyring_load(ctx, call->service->aead, provider, input, stored, ring);
	if (err != ERR_OK)
		return err;
	if (!state->present ||
	    memcmp(state->public_key, ring->checkpoint_public, sizeof(state->public_key)) != 0)
		return err_set(ctx, ERR_INTEGRITY,
			       "the keeper's state file is missing or of another installation: "
			       "restore keeper.state from its backup");
	crypto_hash_sha256(call->service->state, stored.data, stored.len);
	return ERR_OK;
}

enum err keeper_do_unseal(struct ctx *ctx, struct keeper_call *call)
{
	const struct keeper_unseal_request *request = call->message;
	struct keeper_service *service = call->service;
	const struct provider *provider = provider_by_id(service->config.provider);
	scoped(secret_free_p) struct secret *passphrase = NULL;
	struct keyring ring = {0};
	if (service->unsealed)
		return unseal_repeated(ctx, call, request->state);
	if (provider == NULL)
		return err_set(ctx, ERR_BUG, "unknown key provider");
	enum err err = ERR_OK;
	if (call->fd >= 0)
		err = secret_read_fd(call->fd, PASSPHRASE_MAX, PIPE_MS, &passphrase);
	if (err != ERR_OK)
		return err_set(ctx, err, "the passphrase cannot be read");
	if (passphrase != NULL)
		strip_newline(passphrase);
	err = checkpoint_state_load(ctx, &service->checkpoint, service->config.state_fd);
	if (err != ERR_OK)
		return err;
	const struct provider_input input = {service->config.rootkey_fd, passphrase};
	err = request->state.len == 0
		      ? unseal_first(ctx, call, provider, &input, &ring)
		      : unseal_again(ctx, call, provider, &input, request->state, &ring);
	if (err != ERR_OK) {
		keyring_clear(&ring);
		return err;
	}
	service->ring = ring;
	service->unsealed = true;
	return ERR_OK;
}

static enum err seal(struct ctx *ctx, struct keeper_call *call, const struct secret_ref *ref,
		     const struct secret *plain)
{
	if (uuid_is_nil(&ref->id) || ref->version == 0 || ref->kind == 0)
		return err_set(ctx, ERR_BUG, "a secret needs id, version and kind");
	return envelope_seal(ctx, call->service->aead, &call->service->ring, ref, plain,
			     &call->data);
}

enum err keeper_do_seal(struct ctx *ctx, struct keeper_call *call)
{
	const struct keeper_seal_request *request = call->message;
	scoped(secret_free_p) struct secret *plain = NULL;
	enum err err = secret_read_fd(call->fd, SECRET_MAX, PIPE_MS, &plain);
	if (err != ERR_OK)
		return err_set(ctx, err, "the new secret cannot be read");
	if (secret_len(plain) == 0)
		return err_reason(ctx, ERR_INPUT, "secret.empty", "the secret is empty");
	return seal(ctx, call, &request->ref, plain);
}

enum err keeper_do_generate(struct ctx *ctx, struct keeper_call *call)
{
	const struct keeper_generate_request *request = call->message;
	scoped(secret_free_p) struct secret *plain = NULL;
	enum err err = generate_secret(ctx, request->ref.kind, request->length, &plain);
	if (err == ERR_OK)
		err = seal(ctx, call, &request->ref, plain);
	if (err == ERR_OK && call->fd >= 0)
		err = write_plain(ctx, call->fd, plain);
	return err;
}

static enum err open_blob(struct ctx *ctx, struct keeper_call *call, const struct secret_ref *ref,
			  struct block blob, struct secret **out)
{
	return envelope_open(ctx, call->service->aead, &call->service->ring, ref, blob, out);
}

enum err keeper_do_open(struct ctx *ctx, struct keeper_call *call)
{
	const struct keeper_open_request *request = call->message;
	scoped(secret_free_p) struct secret *plain = NULL;
	enum err err = open_blob(ctx, call, &request->ref, request->blob, &plain);
	return err == ERR_OK ? write_plain(ctx, call->fd, plain) : err;
}

/* What is made here is used only once it is stored: the keys that seal must outlive this process.
 */
enum err keeper_do_change(struct ctx *ctx, struct keeper_call *call)
{
	const struct keeper_change_request *request = call->message;
	struct keeper_service *service = call->service;
	scoped(secret_free_p) struct secret *passphrase = NULL;
	enum err err = ERR_OK;
	if (request->change < KEYRING_ADD_KEK || request->change > KEYRING_NEW_ROOT)
		return err_set(ctx, ERR_BUG, "unknown change of keys");
	if (call->fd >= 0)
		err = secret_read_fd(call->fd, PASSPHRASE_MAX, PIPE_MS, &passphrase);
	if (err != ERR_OK)
		return err_set(ctx, err, "the passphrase cannot be read");
	if (passphrase != NULL)
		strip_newline(passphrase);
	const struct provider_input input = {service->config.rootkey_fd, passphrase};
	keyring_clear(&service->next);
	service->has_next = false;
	err = keyring_change(ctx, service->aead, provider_by_id(service->config.provider), &input,
			     &service->ring, (enum keyring_change)request->change, &service->next,
			     &call->data);
	if (err != ERR_OK)
		return err;
	crypto_hash_sha256(service->next_state, call->data.data, call->data.len);
	service->has_next = true;
	return ERR_OK;
}

enum err keeper_do_adopt(struct ctx *ctx, struct keeper_call *call)
{
	const struct keeper_adopt_request *request = call->message;
	struct keeper_service *service = call->service;
	if (memcmp(request->state, service->state, sizeof(service->state)) == 0)
		return ERR_OK;
	if (!service->has_next ||
	    memcmp(request->state, service->next_state, sizeof(service->next_state)) != 0)
		return err_set(ctx, ERR_CONFLICT, "the keeper has made no such vault state");
	keyring_clear(&service->ring);
	service->ring = service->next;
	memset(&service->next, 0, sizeof(service->next)); /* moved: nothing to free */
	memcpy(service->state, service->next_state, sizeof(service->state));
	service->has_next = false;
	return ERR_OK;
}

enum err keeper_do_rewrap(struct ctx *ctx, struct keeper_call *call)
{
	const struct keeper_open_request *request = call->message;
	return envelope_rewrap(ctx, call->service->aead, &call->service->ring, &request->ref,
			       request->blob, &call->data);
}

enum err keeper_do_totp(struct ctx *ctx, struct keeper_call *call)
{
	const struct keeper_totp_request *request = call->message;
	scoped(secret_free_p) struct secret *seed = NULL;
	char code[17] = "";
	if (request->ref.kind != SECRET_TOTP)
		return err_set(ctx, ERR_BUG, "this secret is no TOTP seed");
	memcpy(code, request->code.data, request->code.len);
	enum err err = open_blob(ctx, call, &request->ref, request->blob, &seed);
	if (err == ERR_OK)
		err = totp_check(ctx, seed, code, request->unix_seconds, request->last_step,
				 &call->number);
	wipe(code, sizeof(code));
	return err;
}

/* A checkpoint is signed only when it extends the last one, and only after it was remembered: a
 * crash in between costs nothing, the same one is signed again. */
enum err keeper_do_checkpoint(struct ctx *ctx, struct keeper_call *call)
{
	const struct keeper_checkpoint_request *request = call->message;
	const struct keyring *ring = &call->service->ring;
	struct checkpoint_state *last = &call->service->checkpoint;
	struct block proof = request->consistency;
	char body[CHECKPOINT_BODY_SIZE];
	uint8_t signature[KEEPER_SIGNATURE];
	if (request->old_size != last->size)
		return err_reason(ctx, ERR_CONFLICT, "checkpoint.not_last",
				  "the last checkpoint signed has another size");
	if (proof.len % MERKLE_HASH != 0 ||
	    !merkle_verify_consistency(last->size, last->root, request->size, request->root,
				       proof.data, proof.len / MERKLE_HASH))
		return err_reason(ctx, ERR_INTEGRITY, "checkpoint.not_extending",
				  "the tree does not extend the one signed last");
	if (request->size != last->size) {
		enum err err = checkpoint_state_store(ctx, last, ring->checkpoint_public,
						      request->size, request->root);
		if (err != ERR_OK)
			return err;
	}
	size_t len = checkpoint_body(ring->checkpoint_public, request->size, request->root, body);
	keyring_sign(ring->checkpoint_seed, body, len, signature);
	buf_put(&call->data, signature, sizeof(signature));
	return ERR_OK;
}

enum err keeper_do_last(struct ctx *ctx, struct keeper_call *call)
{
	(void)ctx;
	call->number = call->service->checkpoint.size;
	buf_put(&call->data, call->service->checkpoint.root, 32);
	return ERR_OK;
}

enum err keeper_do_sign(struct ctx *ctx, struct keeper_call *call)
{
	static const struct {
		const char *text;
		size_t size; /* with the NUL, so that no payload continues it */
	} labels[] = {[KEEPER_SIGN_GRANT] = {"sekisho-grant/1", sizeof("sekisho-grant/1")},
		      [KEEPER_SIGN_BUNDLE] = {"sekisho-bundle/1", sizeof("sekisho-bundle/1")},
		      [KEEPER_SIGN_BACKUP] = {"sekisho-backup/1", sizeof("sekisho-backup/1")}};
	const struct keyring *ring = &call->service->ring;
	const struct keeper_sign_request *request = call->message;
	scoped(buf_clear) struct buf text;
	uint8_t signature[KEEPER_SIGNATURE];
	buf_init(&text, KEEPER_PAYLOAD_MAX + 32);
	if (request->label < KEEPER_SIGN_GRANT || request->label > KEEPER_SIGN_BACKUP)
		return err_set(ctx, ERR_BUG, "unknown signature label");
	buf_put(&text, labels[request->label].text, labels[request->label].size);
	buf_put(&text, request->payload.data, request->payload.len);
	if (buf_failed(&text))
		return err_set(ctx, ERR_MEMORY, "out of memory");
	keyring_sign(request->label == KEEPER_SIGN_BACKUP ? ring->checkpoint_seed
							  : ring->grant_seed,
		     text.data, text.len, signature);
	buf_put(&call->data, signature, sizeof(signature));
	return ERR_OK;
}

enum err keeper_do_public(struct ctx *ctx, struct keeper_call *call)
{
	const struct keyring *ring = &call->service->ring;
	(void)ctx;
	buf_put(&call->data, ring->checkpoint_public, 32);
	buf_put(&call->data, ring->grant_public, 32);
	buf_put(&call->data, ring->ca_certificate, ring->ca_certificate_len);
	return ERR_OK;
}

enum err keeper_do_issue(struct ctx *ctx, struct keeper_call *call)
{
	size_t len = 0;
	uint8_t *place = buf_reserve(&call->data, KEEPER_CERT_MAX);
	if (place == NULL)
		return err_set(ctx, ERR_MEMORY, "out of memory");
	enum err err = certificate_issue(ctx, &call->service->ring, call->message, place, &len);
	if (err == ERR_OK)
		buf_commit(&call->data, len);
	return err;
}
