/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vault/aead.h"

#include <limits.h>
#include <openssl/evp.h>

#include "base/cleanup.h"
#include "base/secret.h"
#include "base/sys.h"

struct aead {
	EVP_CIPHER *cipher;
};

struct aead *aead_new(void)
{
	struct aead *aead = calloc(1, sizeof(*aead));
	if (aead == NULL)
		return NULL;
	aead->cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	if (aead->cipher == NULL) {
		free(aead);
		return NULL;
	}
	return aead;
}

void aead_free(struct aead *aead)
{
	if (aead == NULL)
		return;
	EVP_CIPHER_free(aead->cipher);
	free(aead);
}

static void context_free_p(EVP_CIPHER_CTX **context)
{
	EVP_CIPHER_CTX_free(*context);
}

enum err aead_seal(const struct aead *aead, const uint8_t key[AEAD_KEY], const struct buf *ad,
		   const uint8_t *plain, size_t len, uint8_t *out)
{
	if (buf_failed(ad) || ad->len > INT_MAX || len > INT_MAX)
		return buf_failed(ad) ? buf_error(ad) : ERR_TOO_LARGE;
	scoped(context_free_p) EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int n = 0;
	uint8_t *body = out + AEAD_NONCE;
	sys_random(out, AEAD_NONCE);
	if (context == NULL || EVP_EncryptInit_ex2(context, aead->cipher, key, out, NULL) != 1 ||
	    EVP_EncryptUpdate(context, NULL, &n, ad->data, (int)ad->len) != 1 ||
	    EVP_EncryptUpdate(context, body, &n, plain, (int)len) != 1 ||
	    EVP_EncryptFinal_ex(context, body + len, &n) != 1 ||
	    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, AEAD_TAG, body + len) != 1)
		return ERR_MEMORY;
	return ERR_OK;
}

enum err aead_open(const struct aead *aead, const uint8_t key[AEAD_KEY], const struct buf *ad,
		   const uint8_t *sealed, size_t sealed_len, uint8_t *out)
{
	if (buf_failed(ad))
		return buf_error(ad);
	if (sealed_len < AEAD_OVERHEAD || sealed_len > INT_MAX)
		return ERR_INTEGRITY;
	scoped(context_free_p) EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	size_t len = sealed_len - AEAD_OVERHEAD;
	uint8_t tag[AEAD_TAG];
	int n = 0;
	memcpy(tag, sealed + AEAD_NONCE + len, AEAD_TAG);
	if (context == NULL || EVP_DecryptInit_ex2(context, aead->cipher, key, sealed, NULL) != 1 ||
	    EVP_DecryptUpdate(context, NULL, &n, ad->data, (int)ad->len) != 1 ||
	    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, AEAD_TAG, tag) != 1)
		return ERR_MEMORY;
	if (EVP_DecryptUpdate(context, out, &n, sealed + AEAD_NONCE, (int)len) != 1 ||
	    EVP_DecryptFinal_ex(context, out + len, &n) != 1) {
		wipe(out, len);
		return ERR_INTEGRITY;
	}
	return ERR_OK;
}
