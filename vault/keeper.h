/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VAULT_KEEPER_H
#define VAULT_KEEPER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/codec.h"
#include "base/ctx.h"
#include "base/uuid.h"

/*
 * Authority's side of the keeper: one call, one message, one answer, over one SEQPACKET pair that
 * only authority holds. Plain text crosses by descriptors, never in a message. Calls from several
 * threads are serialised; each waits at most the context's deadline (ERR_UNAVAILABLE), a sealed
 * keeper answers ERR_SEALED.
 */
struct keeper_client;
struct keeper_client *keeper_client_new(int channel_fd);
void keeper_client_free(struct keeper_client *client);
/* True once an answer was malformed or the keeper is gone: every later call fails, and only a new
 * pair of processes helps. Any thread. */
bool keeper_client_broken(const struct keeper_client *client);

enum {
	KEEPER_BLOB_MAX = 66 * 1024,
	KEEPER_PUBLIC_KEY = 32,
	KEEPER_SIGNATURE = 64,
	KEEPER_CERT_MAX = 4096
};

enum secret_kind { /* stored in the associated data: never renumbered */
		   SECRET_PASSWORD = 1,
		   SECRET_SSH_KEY = 2,
		   SECRET_TOTP = 3,
		   SECRET_RECORDING_KEY = 4,
		   SECRET_CA_KEY = 5,
		   SECRET_SAML_KEY = 6,
};

/* Identifies a sealed blob; bound to it as associated data. */
struct secret_ref {
	struct uuid id;
	uint32_t version;
	uint32_t kind;
};

/* The sealed form, as stored (secret_version.blob): opaque outside vault/. Borrowed or arena
 * memory. */

struct keeper_status {
	bool initialised; /* a root key exists */
	bool sealed;
	uint32_t kek_version;
	uint8_t provider;  /* enum conf_provider */
	uint32_t keks;	   /* more than one: secrets may still be sealed under an older one */
	uint8_t state[32]; /* SHA-256 of the vault state in use; zero while sealed */
};
enum err keeper_status(struct ctx *ctx, struct keeper_status *out) ERR_CHECKED;

/* passphrase_fd: pipe with the passphrase (passphrase provider). First use ever creates the key
 * hierarchy. state blobs: what was stored before (vault_state.blob), empty at first; *out_state:
 * what to store now (empty: nothing new). */
enum err keeper_unseal(struct ctx *ctx, int passphrase_fd, struct block state,
		       struct block *out_state) ERR_CHECKED;

/* Changes of the key hierarchy, in two steps: *out_state is stored first, then keeper_adopt with
 * its SHA-256 makes the keeper use it. In between and without the second step everything goes on
 * with the keys of before, all of which the stored form holds unless it was DROP_OLD: that one only
 * when no secret is sealed under an older KEK. passphrase_fd: the new passphrase (NEW_ROOT with the
 * passphrase provider). */
enum keeper_change { KEEPER_ADD_KEK = 1, KEEPER_DROP_OLD_KEKS = 2, KEEPER_NEW_ROOT = 3 };
enum err keeper_change(struct ctx *ctx, enum keeper_change change, int passphrase_fd,
		       struct block *out_state) ERR_CHECKED;
/* ERR_CONFLICT: the keeper has made no such state. Nothing happens when it is in use already. */
enum err keeper_adopt(struct ctx *ctx, const uint8_t state[32]) ERR_CHECKED;
/* The same secret under the newest KEK. */
enum err keeper_rewrap(struct ctx *ctx, const struct secret_ref *ref, struct block blob,
		       struct block *out) ERR_CHECKED;
/* Version of the KEK a blob is sealed under; 0: malformed. */
static inline uint32_t keeper_blob_kek(struct block blob)
{
	return blob.len < 5 ? 0
			    : (uint32_t)blob.data[1] << 24 | (uint32_t)blob.data[2] << 16 |
				      (uint32_t)blob.data[3] << 8 | blob.data[4];
}

/* Seals the plain text waiting in plain_fd; *out in ctx->arena. */
enum err keeper_seal(struct ctx *ctx, const struct secret_ref *ref, int plain_fd,
		     struct block *out) ERR_CHECKED;
/* Makes a random password (length, alphabet "safe" ASCII) or key and seals it. plain_copy_fd: -1,
 * or a pipe of secret_pipe_empty that gets a copy (recording key for its broker). */
enum err keeper_generate(struct ctx *ctx, const struct secret_ref *ref, uint32_t length,
			 int plain_copy_fd, struct block *out) ERR_CHECKED;
/* Opens a blob into plain_fd, the write end of a pipe of secret_pipe_empty that only the caller
 * holds: the keeper does not wait for room in it. The caller has already made the audit event
 * durable. */
enum err keeper_open(struct ctx *ctx, const struct secret_ref *ref, struct block blob,
		     int plain_fd) ERR_CHECKED;

/* RFC 6238 by liboath, SHA-1, 6 digits, 30 s, window ±1; refuses steps <= last_step (replay).
 * ERR_UNAUTHENTICATED when wrong. */
enum err keeper_totp_check(struct ctx *ctx, const struct secret_ref *ref, struct block blob,
			   const char *code, int64_t unix_seconds, uint64_t last_step,
			   uint64_t *out_step) ERR_CHECKED;

/* Checkpoint: signs {origin, size, root} only when consistency (RFC 6962 2.1.2, hashes of 32 bytes)
 * proves it extends the last one signed, which the keeper remembers in its own state file. */
enum err keeper_sign_checkpoint(struct ctx *ctx, uint64_t old_size, uint64_t size,
				const uint8_t root[32], struct block consistency,
				uint8_t out_signature[KEEPER_SIGNATURE]) ERR_CHECKED;
/* What the keeper signed last: where the sequencer continues. size 0: nothing yet. */
enum err keeper_last_checkpoint(struct ctx *ctx, uint64_t *out_size,
				uint8_t out_root[32]) ERR_CHECKED;

/* Signs its label, a NUL and the payload (Ed25519): session grant "sekisho-grant/1" and policy
 * bundle "sekisho-bundle/1" with the grant key, the manifest of a backup "sekisho-backup/1" with
 * the checkpoint key, whose public half auditors keep. */
enum keeper_sign_label { KEEPER_SIGN_GRANT = 1, KEEPER_SIGN_BUNDLE = 2, KEEPER_SIGN_BACKUP = 3 };
enum err keeper_sign(struct ctx *ctx, enum keeper_sign_label label, struct block payload,
		     uint8_t out_signature[KEEPER_SIGNATURE]) ERR_CHECKED;

/* Public halves. */
struct keeper_public {
	uint8_t checkpoint[KEEPER_PUBLIC_KEY]; /* Ed25519 */
	uint8_t grant[KEEPER_PUBLIC_KEY];      /* Ed25519 */
	struct block ca_certificate;	       /* DER, in ctx->arena */
};
enum err keeper_public(struct ctx *ctx, struct keeper_public *out) ERR_CHECKED;

/* Certificates under the private CA. The keeper builds them from fixed fields; no foreign ASN.1
 * reaches it. */
enum keeper_cert_kind {
	KEEPER_CERT_GATEWAY = 1, /* clientAuth, URI SAN spiffe://<domain>/gw/<uuid>, P-256 point */
	KEEPER_CERT_SERVER_EC = 2,  /* serverAuth, names, P-256 point */
	KEEPER_CERT_SERVER_RSA = 3, /* serverAuth, names, RSA modulus (e = 65537) */
	KEEPER_CERT_SIGNER = 4, /* the keeper's own grant key (Ed25519; public_key, names: empty):
				   URI SAN spiffe://<domain>/signer/grant, digitalSignature, no EKU.
				   Gateways trust grants and bundles through it */
};
struct keeper_cert {
	uint32_t kind;
	struct uuid subject;	       /* gateway id */
	struct uuid serial;	       /* certificate serial: 16 bytes, top bit cleared */
	int64_t not_before, not_after; /* unix seconds */
	struct block public_key; /* 65-byte uncompressed P-256 point, or RSA modulus big-endian */
	struct block names; /* server certificates: names separated by NUL, at most 1024 bytes */
};
enum err keeper_issue(struct ctx *ctx, const struct keeper_cert *request,
		      struct block *out_der) ERR_CHECKED;

#endif
