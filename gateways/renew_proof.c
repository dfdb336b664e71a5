/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateways/renew_proof.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/text.h"
#include "gateways/gateways_api.h"
#include "gateways/proto/verdict.h"

enum { EXPORTER_SIZE = 32 };

static bool verify(EVP_PKEY *key, const uint8_t *proof, size_t len, const uint8_t *message,
		   size_t size)
{
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	bool ok = digest && EVP_DigestVerifyInit(digest, NULL, EVP_sha256(), NULL, key) == 1 &&
		  EVP_DigestVerify(digest, proof, len, message, size) == 1;

	EVP_MD_CTX_free(digest);
	ERR_clear_error();
	return ok;
}

bool renew_proof_holds(struct block certificate, struct block exporter, const char *point,
		       const char *proof)
{
	uint8_t message[sizeof(RENEW_LABEL) + EXPORTER_SIZE + ENROL_POINT_SIZE];
	uint8_t bytes[ENROL_PROOF_MAX];
	const unsigned char *at = certificate.data;
	long len = base64url_decode(proof, strlen(proof), bytes, sizeof(bytes));
	X509 *present;
	bool ok;

	if (exporter.len != EXPORTER_SIZE || len <= 0)
		return false;
	memcpy(message, RENEW_LABEL, sizeof(RENEW_LABEL));
	memcpy(message + sizeof(RENEW_LABEL), exporter.data, EXPORTER_SIZE);
	if (base64url_decode(point, strlen(point), message + sizeof(RENEW_LABEL) + EXPORTER_SIZE,
			     ENROL_POINT_SIZE) != ENROL_POINT_SIZE)
		return false;
	present = d2i_X509(NULL, &at, (long)certificate.len);
	ok = present &&
	     verify(X509_get0_pubkey(present), bytes, (size_t)len, message, sizeof(message));
	X509_free(present);
	return ok;
}
