/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vault/provider.h"

#include <sodium.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/conf.h"
#include "base/sys.h"

/* Unsealing key file: magic (8), key (32), SHA-256 of both (32). */
enum { FILE_MAGIC = 8, FILE_KEY = 32, FILE_SIZE = FILE_MAGIC + FILE_KEY + 32 };
enum { PASSPHRASE_MIN = 12, PASSPHRASE_MAX = 1024 };

static const uint8_t file_magic[FILE_MAGIC] = {'S', 'K', 'R', 'O', 'O', 'T', '1', '\n'};

static bool file_exists(const struct provider_input *input)
{
	uint8_t first;
	return input->rootkey_fd >= 0 && sys_table()->pread(input->rootkey_fd, &first, 1, 0) == 1;
}

static enum err file_create(struct ctx *ctx, const struct provider_input *input)
{
	if (input->rootkey_fd < 0)
		return err_set(ctx, ERR_IO, "the key file was not opened: see setting key_file");
	/* A key that is there may be the only one that opens somebody's vault: never replaced. */
	if (file_exists(input))
		return ERR_OK;
	scoped(secret_free_p) struct secret *file = secret_new(FILE_SIZE);
	if (file == NULL)
		return err_set(ctx, ERR_MEMORY, "no locked memory: raise LimitMEMLOCK");
	uint8_t *data = secret_data(file);
	memcpy(data, file_magic, FILE_MAGIC);
	sys_random(data + FILE_MAGIC, FILE_KEY);
	crypto_hash_sha256(data + FILE_MAGIC + FILE_KEY, data, FILE_MAGIC + FILE_KEY);
	if (sys_table()->pwrite(input->rootkey_fd, data, FILE_SIZE, 0) != FILE_SIZE ||
	    sys_table()->fdatasync(input->rootkey_fd) != 0)
		return err_set(ctx, ERR_IO, "the key file cannot be written");
	return ERR_OK;
}

static enum err file_derive(struct ctx *ctx, const struct provider_input *input,
			    const uint8_t salt[PROVIDER_SALT], struct secret **out)
{
	if (input->rootkey_fd < 0)
		return err_set(ctx, ERR_IO, "the key file was not opened: see setting key_file");
	scoped(secret_free_p) struct secret *file = secret_new(FILE_SIZE);
	struct secret *key = secret_new(PROVIDER_KEY);
	uint8_t check[32];
	if (file == NULL || key == NULL) {
		secret_free(key);
		return err_set(ctx, ERR_MEMORY, "no locked memory: raise LimitMEMLOCK");
	}
	const uint8_t *data = secret_bytes(file);
	ssize_t n = sys_table()->pread(input->rootkey_fd, secret_data(file), FILE_SIZE, 0);
	crypto_hash_sha256(check, data, FILE_MAGIC + FILE_KEY);
	if (n != FILE_SIZE || memcmp(data, file_magic, FILE_MAGIC) != 0 ||
	    sodium_memcmp(check, data + FILE_MAGIC + FILE_KEY, sizeof(check)) != 0) {
		secret_free(key);
		return err_set(ctx, ERR_INTEGRITY,
			       "the key file is missing or damaged: restore it from its backup");
	}
	crypto_generichash(secret_data(key), PROVIDER_KEY, salt, PROVIDER_SALT, data + FILE_MAGIC,
			   FILE_KEY);
	*out = key;
	return ERR_OK;
}

static bool passphrase_exists(const struct provider_input *input)
{
	(void)input;
	return false; /* only the stored state can tell */
}

static enum err passphrase_create(struct ctx *ctx, const struct provider_input *input)
{
	if (input->passphrase == NULL || secret_len(input->passphrase) < PASSPHRASE_MIN ||
	    secret_len(input->passphrase) > PASSPHRASE_MAX)
		return err_reason(ctx, ERR_INPUT, "vault.passphrase_length",
				  "the passphrase must have %d to %d bytes", PASSPHRASE_MIN,
				  PASSPHRASE_MAX);
	return ERR_OK;
}

static enum err passphrase_derive(struct ctx *ctx, const struct provider_input *input,
				  const uint8_t salt[PROVIDER_SALT], struct secret **out)
{
	_Static_assert(PROVIDER_SALT == crypto_pwhash_SALTBYTES, "salt of Argon2id");
	if (input->passphrase == NULL)
		return err_reason(ctx, ERR_SEALED, "vault.passphrase_needed",
				  "a passphrase is needed: run sekishoctl unseal");
	struct secret *key = secret_new(PROVIDER_KEY);
	if (key == NULL ||
	    crypto_pwhash(secret_data(key), PROVIDER_KEY,
			  (const char *)secret_bytes(input->passphrase),
			  secret_len(input->passphrase), salt, crypto_pwhash_OPSLIMIT_MODERATE,
			  crypto_pwhash_MEMLIMIT_MODERATE, crypto_pwhash_ALG_ARGON2ID13) != 0) {
		secret_free(key);
		return err_set(ctx, ERR_MEMORY, "no memory for Argon2id (256 MiB)");
	}
	*out = key;
	return ERR_OK;
}

static const struct provider providers[] = {
	{"sealed-file", CONF_PROVIDER_SEALED_FILE, file_exists, file_create, file_derive},
	{"passphrase", CONF_PROVIDER_PASSPHRASE, passphrase_exists, passphrase_create,
	 passphrase_derive},
};

const struct provider *provider_by_id(uint8_t id)
{
	for (size_t i = 0; i < sizeof(providers) / sizeof(providers[0]); i++)
		if (providers[i].id == id)
			return &providers[i];
	return NULL;
}
