/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keeper over a real socket pair: service in a thread, authority's client in the test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <liboath/oath.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/chan.h"
#include "base/conf.h"
#include "base/secret.h"
#include "base/sys.h"
#include "base/text.h"
#include "vault/checkpoint_text.h"
#include "vault/envelope.h"
#include "vault/keeper.h"
#include "vault/keeper_messages.h"
#include "vault/merkle_proof.h"
#include "vault/service.h"

struct fixture {
	struct keeper_config config;
	struct keeper_service *service;
	pthread_t thread;
	int keeper_fd, authority_fd;
	struct ctx ctx;
	enum err served;
};

static void *serve(void *arg)
{
	struct fixture *f = arg;
	f->served = keeper_service_serve(f->service, f->keeper_fd);
	close(f->keeper_fd);
	return NULL;
}

static void start(struct fixture *f)
{
	int fds[2];
	f->service = keeper_service_new(&f->config);
	assert_non_null(f->service);
	assert_int_equal(chan_pair(fds), ERR_OK);
	f->keeper_fd = fds[0];
	f->authority_fd = fds[1];
	f->ctx.keeper = keeper_client_new(fds[1]);
	assert_int_equal(pthread_create(&f->thread, NULL, serve, f), 0);
}

static void stop(struct fixture *f)
{
	keeper_client_free(f->ctx.keeper);
	pthread_join(f->thread, NULL);
	keeper_service_free(f->service);
}

static void setup_with(struct fixture *f, uint8_t provider)
{
	memset(f, 0, sizeof(*f));
	f->config.provider = provider;
	f->config.rootkey_fd = memfd_create("rootkey", 0);
	f->config.state_fd = memfd_create("state", 0);
	ctx_init(&f->ctx, arena_new(4 << 20));
	start(f);
}

static void teardown(struct fixture *f)
{
	stop(f);
	close(f->config.rootkey_fd);
	close(f->config.state_fd);
	arena_free(f->ctx.arena);
}

static struct block unseal_new(struct fixture *f)
{
	struct block state = {0}, out = {0};
	assert_int_equal(keeper_unseal(&f->ctx, -1, state, &out), ERR_OK);
	assert_true(out.len > 0);
	return out;
}

static const struct secret_ref ref = {{{1, 2, 3, 4, 5, 6, 7, 8, 9}}, 1, SECRET_PASSWORD};

static struct block seal_text(struct fixture *f, const struct secret_ref *what, const char *text)
{
	struct secret *plain = secret_from(text, strlen(text));
	struct block blob = {0};
	int fd = -1;
	assert_int_equal(secret_pipe(plain, &fd), ERR_OK);
	assert_int_equal(keeper_seal(&f->ctx, what, fd, &blob), ERR_OK);
	close(fd);
	secret_free(plain);
	return blob;
}

static enum err open_text(struct fixture *f, const struct secret_ref *what, struct block blob,
			  char out[256])
{
	int fds[2];
	assert_int_equal(secret_pipe_empty(fds), ERR_OK);
	enum err err = keeper_open(&f->ctx, what, blob, fds[1]);
	close(fds[1]);
	ssize_t n = read(fds[0], out, 255);
	close(fds[0]);
	out[n > 0 ? n : 0] = '\0';
	return err;
}

static void sealed_secret_opens_as_what_it_was(void **state)
{
	(void)state;
	struct fixture f;
	char text[256];
	setup_with(&f, CONF_PROVIDER_SEALED_FILE);
	unseal_new(&f);
	struct block blob = seal_text(&f, &ref, "correct horse");
	assert_null(memmem(blob.data, blob.len, "correct", 7));
	assert_int_equal(open_text(&f, &ref, blob, text), ERR_OK);
	assert_string_equal(text, "correct horse");
	teardown(&f);
}

static void changed_or_moved_secret_is_refused(void **state)
{
	(void)state;
	struct fixture f;
	char text[256];
	setup_with(&f, CONF_PROVIDER_SEALED_FILE);
	unseal_new(&f);
	struct block blob = seal_text(&f, &ref, "correct horse");
	for (size_t i = 0; i < blob.len; i++) {
		uint8_t copy[512];
		memcpy(copy, blob.data, blob.len);
		copy[i] ^= 0x10;
		assert_int_equal(open_text(&f, &ref, (struct block){copy, blob.len}, text),
				 ERR_INTEGRITY);
		assert_string_equal(text, "");
	}
	for (size_t len = 0; len < blob.len; len++)
		assert_int_equal(open_text(&f, &ref, (struct block){blob.data, len}, text),
				 ERR_INTEGRITY);
	struct secret_ref other = ref;
	other.version = 2;
	assert_int_equal(open_text(&f, &other, blob, text), ERR_INTEGRITY);
	other = ref;
	other.kind = SECRET_SSH_KEY;
	assert_int_equal(open_text(&f, &other, blob, text), ERR_INTEGRITY);
	other = ref;
	other.id.b[15] = 1;
	assert_int_equal(open_text(&f, &other, blob, text), ERR_INTEGRITY);
	teardown(&f);
}

static void sealed_keeper_answers_sealed(void **state)
{
	(void)state;
	struct fixture f;
	struct keeper_status status;
	struct keeper_public public;
	uint8_t signature[64], root[32];
	uint64_t size;
	char text[256];
	setup_with(&f, CONF_PROVIDER_SEALED_FILE);
	assert_int_equal(keeper_status(&f.ctx, &status), ERR_OK);
	assert_true(status.sealed);
	assert_false(status.initialised);
	assert_int_equal(open_text(&f, &ref, (struct block){(const uint8_t *)"x", 1}, text),
			 ERR_SEALED);
	assert_int_equal(keeper_public(&f.ctx, &public), ERR_SEALED);
	assert_int_equal(keeper_last_checkpoint(&f.ctx, &size, root), ERR_SEALED);
	assert_int_equal(keeper_sign(&f.ctx, KEEPER_SIGN_GRANT, (struct block){0}, signature),
			 ERR_SEALED);
	unseal_new(&f);
	assert_int_equal(keeper_status(&f.ctx, &status), ERR_OK);
	assert_false(status.sealed);
	assert_true(status.initialised);
	assert_int_equal(status.kek_version, 1);
	teardown(&f);
}

static void restarted_keeper_needs_the_same_key_file_and_state(void **state)
{
	(void)state;
	struct fixture f;
	char text[256];
	struct block nothing;
	setup_with(&f, CONF_PROVIDER_SEALED_FILE);
	struct block vault = unseal_new(&f);
	struct block blob = seal_text(&f, &ref, "kept");
	stop(&f);
	start(&f);
	assert_int_equal(keeper_unseal(&f.ctx, -1, vault, &nothing), ERR_OK);
	assert_int_equal(nothing.len, 0);
	assert_int_equal(open_text(&f, &ref, blob, text), ERR_OK);
	assert_string_equal(text, "kept");
	stop(&f);

	/* Every byte of the stored state counts. */
	for (size_t i = 0; i < vault.len; i += 7) {
		uint8_t copy[8192];
		start(&f);
		memcpy(copy, vault.data, vault.len);
		copy[i] ^= 1;
		assert_int_not_equal(
			keeper_unseal(&f.ctx, -1, (struct block){copy, vault.len}, &nothing),
			ERR_OK);
		stop(&f);
	}

	/* Another key file. */
	int other = memfd_create("rootkey", 0), kept = f.config.rootkey_fd;
	struct keeper_config config = f.config;
	config.rootkey_fd = other;
	config.state_fd = memfd_create("state", 0);
	struct fixture g = {.config = config};
	ctx_init(&g.ctx, arena_new(1 << 20));
	start(&g);
	unseal_new(&g);
	teardown(&g);
	f.config.rootkey_fd = memfd_create("rootkey", 0);
	start(&f);
	assert_int_equal(keeper_unseal(&f.ctx, -1, vault, &nothing), ERR_INTEGRITY);
	close(kept);
	teardown(&f);
}

static void passphrase_opens_only_with_the_right_words(void **state)
{
	(void)state;
	static const struct {
		const char *words;
		enum err expected;
	} cases[] = {
		{"correct horse battery", ERR_OK},
		{"correct horse batterz", ERR_UNAUTHENTICATED},
	};
	struct fixture f;
	struct block vault = {0}, none = {0}, out;
	setup_with(&f, CONF_PROVIDER_PASSPHRASE);
	assert_int_equal(keeper_unseal(&f.ctx, -1, none, &out), ERR_INPUT);
	struct secret *words = secret_from("correct horse battery\n", 22);
	int fd = -1;
	assert_int_equal(secret_pipe(words, &fd), ERR_OK);
	assert_int_equal(keeper_unseal(&f.ctx, fd, none, &vault), ERR_OK);
	close(fd);
	secret_free(words);
	stop(&f);
	start(&f);
	assert_int_equal(keeper_unseal(&f.ctx, -1, vault, &out), ERR_SEALED);
	stop(&f);
	for (size_t i = 0; i < 2; i++) {
		start(&f);
		words = secret_from(cases[i].words, strlen(cases[i].words));
		assert_int_equal(secret_pipe(words, &fd), ERR_OK);
		assert_int_equal(keeper_unseal(&f.ctx, fd, vault, &out), cases[i].expected);
		close(fd);
		secret_free(words);
		if (i == 0)
			stop(&f);
	}
	teardown(&f);
}

static void totp_code_counts_once(void **state)
{
	(void)state;
	struct fixture f;
	struct block blob = {0};
	uint8_t seed[20];
	char code[7], late[7];
	int fds[2];
	uint64_t step = 0;
	const struct secret_ref totp = {{{9}}, 1, SECRET_TOTP};
	const int64_t now = 1700000000;
	setup_with(&f, CONF_PROVIDER_SEALED_FILE);
	unseal_new(&f);
	assert_int_equal(secret_pipe_empty(fds), ERR_OK);
	assert_int_equal(keeper_generate(&f.ctx, &totp, 20, fds[1], &blob), ERR_OK);
	assert_int_equal(read(fds[0], seed, 20), 20);
	close(fds[0]);
	close(fds[1]);
	oath_totp_generate((const char *)seed, 20, now, 30, 0, 6, code);
	oath_totp_generate((const char *)seed, 20, now - 90, 30, 0, 6, late);
	assert_int_equal(keeper_totp_check(&f.ctx, &totp, blob, code, now, 0, &step), ERR_OK);
	assert_int_equal(step, now / 30);
	assert_int_equal(keeper_totp_check(&f.ctx, &totp, blob, code, now, step, &step),
			 ERR_UNAUTHENTICATED);
	assert_string_equal(f.ctx.error.reason, "totp.replayed");
	assert_int_equal(keeper_totp_check(&f.ctx, &totp, blob, code, now + 30, 0, &step), ERR_OK);
	assert_int_equal(keeper_totp_check(&f.ctx, &totp, blob, late, now, 0, &step),
			 ERR_UNAUTHENTICATED);
	assert_int_equal(keeper_totp_check(&f.ctx, &totp, blob, "12345", now, 0, &step),
			 ERR_UNAUTHENTICATED);
	teardown(&f);
}

static void generated_password_is_long_and_new(void **state)
{
	(void)state;
	struct fixture f;
	char seen[20][33];
	setup_with(&f, CONF_PROVIDER_SEALED_FILE);
	unseal_new(&f);
	for (int i = 0; i < 20; i++) {
		struct block blob = {0};
		int fds[2];
		assert_int_equal(secret_pipe_empty(fds), ERR_OK);
		assert_int_equal(keeper_generate(&f.ctx, &ref, 32, fds[1], &blob), ERR_OK);
		assert_int_equal(read(fds[0], seen[i], 32), 32);
		seen[i][32] = '\0';
		close(fds[0]);
		close(fds[1]);
		assert_int_equal(strspn(seen[i], "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"
						 "23456789-_.+:=@%,"),
				 32);
		for (int k = 0; k < i; k++)
			assert_string_not_equal(seen[i], seen[k]);
	}
	assert_int_equal(keeper_generate(&f.ctx, &ref, 4, -1, &(struct block){0}), ERR_INPUT);
	teardown(&f);
}

static void checkpoint_must_extend_the_last_one(void **state)
{
	(void)state;
	struct fixture f;
	struct keeper_public public;
	uint8_t leaf[4][32], root2[32], root3[32], forged[32], signature[64], root[32];
	char body[CHECKPOINT_BODY_SIZE];
	uint64_t size;
	for (int i = 0; i < 4; i++)
		merkle_leaf_hash(&i, sizeof(i), leaf[i]);
	merkle_node_hash(leaf[0], leaf[1], root2);
	merkle_node_hash(root2, leaf[2], root3);
	merkle_node_hash(root2, leaf[3], forged);
	setup_with(&f, CONF_PROVIDER_SEALED_FILE);
	struct block vault = unseal_new(&f);
	assert_int_equal(keeper_public(&f.ctx, &public), ERR_OK);
	assert_int_equal(keeper_sign_checkpoint(&f.ctx, 0, 2, root2, (struct block){0}, signature),
			 ERR_OK);
	size_t len = checkpoint_body(public.checkpoint, 2, root2, body);
	assert_int_equal(
		crypto_sign_verify_detached(signature, (uint8_t *)body, len, public.checkpoint), 0);
	/* From an older state, without proof, with the proof of another tree: refused. */
	assert_int_equal(keeper_sign_checkpoint(&f.ctx, 0, 3, root3, (struct block){0}, signature),
			 ERR_CONFLICT);
	assert_int_equal(keeper_sign_checkpoint(&f.ctx, 2, 3, root3, (struct block){0}, signature),
			 ERR_INTEGRITY);
	assert_int_equal(keeper_sign_checkpoint(&f.ctx, 2, 3, forged, (struct block){leaf[2], 32},
						signature),
			 ERR_INTEGRITY);
	assert_int_equal(keeper_sign_checkpoint(&f.ctx, 2, 2, forged, (struct block){0}, signature),
			 ERR_INTEGRITY);
	assert_int_equal(
		keeper_sign_checkpoint(&f.ctx, 2, 3, root3, (struct block){leaf[2], 32}, signature),
		ERR_OK);
	/* Remembered over a restart, and even when the last write was torn. */
	stop(&f);
	start(&f);
	struct block none;
	assert_int_equal(keeper_unseal(&f.ctx, -1, vault, &none), ERR_OK);
	assert_int_equal(keeper_last_checkpoint(&f.ctx, &size, root), ERR_OK);
	assert_int_equal(size, 3);
	assert_memory_equal(root, root3, 32);
	assert_int_equal(
		keeper_sign_checkpoint(&f.ctx, 2, 3, root3, (struct block){leaf[2], 32}, signature),
		ERR_CONFLICT);
	stop(&f);
	uint8_t raw[256], newest;
	assert_int_equal(pread(f.config.state_fd, raw, 256, 0), 256);
	newest = raw[15] > raw[128 + 15] ? 0 : 1;
	assert_int_equal(pwrite(f.config.state_fd, "torn", 4, newest * 128 + 60), 4);
	start(&f);
	assert_int_equal(keeper_unseal(&f.ctx, -1, vault, &none), ERR_OK);
	assert_int_equal(keeper_last_checkpoint(&f.ctx, &size, root), ERR_OK);
	assert_int_equal(size, 2);
	stop(&f);
	/* Both gone: the keeper does not start history anew. */
	assert_int_equal(ftruncate(f.config.state_fd, 0), 0);
	start(&f);
	assert_int_equal(keeper_unseal(&f.ctx, -1, vault, &none), ERR_INTEGRITY);
	teardown(&f);
}

static void state_that_was_not_stored_is_given_again(void **state)
{
	(void)state;
	struct fixture f;
	struct block none = {0}, again, out;
	char text[256];
	setup_with(&f, CONF_PROVIDER_SEALED_FILE);
	struct block first = unseal_new(&f);
	struct block blob = seal_text(&f, &ref, "before it was stored");
	assert_int_equal(keeper_unseal(&f.ctx, -1, none, &again), ERR_OK);
	assert_int_equal(again.len, first.len);
	assert_memory_equal(again.data, first.data, first.len);
	assert_int_equal(keeper_unseal(&f.ctx, -1, again, &out), ERR_OK);
	assert_int_equal(out.len, 0);
	stop(&f);
	start(&f);
	assert_int_equal(keeper_unseal(&f.ctx, -1, again, &out), ERR_OK);
	assert_int_equal(open_text(&f, &ref, blob, text), ERR_OK);
	assert_int_equal(keeper_unseal(&f.ctx, -1, none, &out), ERR_CONFLICT);
	teardown(&f);
}

static void new_vault_is_refused_beside_signed_history(void **state)
{
	(void)state;
	struct fixture f;
	struct block none = {0}, out;
	uint8_t root[32] = {1}, signature[64];
	setup_with(&f, CONF_PROVIDER_SEALED_FILE);
	unseal_new(&f);
	assert_int_equal(keeper_sign_checkpoint(&f.ctx, 0, 1, root, none, signature), ERR_OK);
	stop(&f);
	start(&f);
	assert_int_equal(keeper_unseal(&f.ctx, -1, none, &out), ERR_CONFLICT);
	teardown(&f);
}

static void check_chain(struct block ca_der, struct block leaf_der, int purpose)
{
	const uint8_t *p = ca_der.data, *q = leaf_der.data;
	X509 *ca = d2i_X509(NULL, &p, (long)ca_der.len);
	X509 *leaf = d2i_X509(NULL, &q, (long)leaf_der.len);
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *check = X509_STORE_CTX_new();
	assert_non_null(ca);
	assert_non_null(leaf);
	X509_STORE_add_cert(store, ca);
	X509_STORE_CTX_init(check, store, leaf, NULL);
	if (purpose != 0)
		X509_STORE_CTX_set_purpose(check, purpose);
	X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(check), X509_V_FLAG_X509_STRICT);
	if (X509_verify_cert(check) != 1)
		fail_msg("%s", X509_verify_cert_error_string(X509_STORE_CTX_get_error(check)));
	X509_STORE_CTX_free(check);
	X509_STORE_free(store);
	X509_free(leaf);
	X509_free(ca);
}

static void issued_certificates_chain_to_the_ca(void **state)
{
	(void)state;
	static const char names[] = "pam.example.jp\0"
				    "192.0.2.7\0"
				    "2001:db8::1";
	struct fixture f;
	struct keeper_public public;
	struct block der;
	uint8_t point[65], modulus[256];
	size_t len;
	int64_t now = time(NULL);
	EVP_PKEY *ec = EVP_EC_gen("P-256"), *rsa = EVP_RSA_gen(2048);
	BIGNUM *n = NULL;
	EVP_PKEY_get_octet_string_param(ec, "pub", point, sizeof(point), &len);
	EVP_PKEY_get_bn_param(rsa, "n", &n);
	BN_bn2binpad(n, modulus, 256);
	setup_with(&f, CONF_PROVIDER_SEALED_FILE);
	unseal_new(&f);
	assert_int_equal(keeper_public(&f.ctx, &public), ERR_OK);
	struct keeper_cert cert = {.kind = KEEPER_CERT_GATEWAY,
				   .subject = {{7}},
				   .serial = {{0x11, 5}},
				   .not_before = now - 60,
				   .not_after = now + 86400,
				   .public_key = {point, 65}};
	assert_int_equal(keeper_issue(&f.ctx, &cert, &der), ERR_OK);
	check_chain(public.ca_certificate, der, X509_PURPOSE_SSL_CLIENT);
	assert_non_null(memmem(der.data, der.len,
			       "spiffe://sekisho/gw/07000000-0000-0000-0000-000000000000", 56));
	cert.kind = KEEPER_CERT_SERVER_EC;
	cert.names = (struct block){(const uint8_t *)names, sizeof(names)};
	assert_int_equal(keeper_issue(&f.ctx, &cert, &der), ERR_OK);
	check_chain(public.ca_certificate, der, X509_PURPOSE_SSL_SERVER);
	cert.kind = KEEPER_CERT_SERVER_RSA;
	cert.public_key = (struct block){modulus, 256};
	assert_int_equal(keeper_issue(&f.ctx, &cert, &der), ERR_OK);
	check_chain(public.ca_certificate, der, X509_PURPOSE_SSL_SERVER);
	cert.kind = KEEPER_CERT_SIGNER;
	cert.public_key = cert.names = (struct block){0};
	assert_int_equal(keeper_issue(&f.ctx, &cert, &der), ERR_OK);
	check_chain(public.ca_certificate, der, 0);
	assert_non_null(memmem(der.data, der.len, public.grant, 32));
	teardown(&f);
	BN_free(n);
	EVP_PKEY_free(ec);
	EVP_PKEY_free(rsa);
}

static void unsound_certificate_requests_are_refused(void **state)
{
	(void)state;
	struct fixture f;
	struct block der;
	uint8_t point[65], off_curve[65];
	size_t len;
	EVP_PKEY *ec = EVP_EC_gen("P-256");
	EVP_PKEY_get_octet_string_param(ec, "pub", point, sizeof(point), &len);
	memcpy(off_curve, point, 65);
	off_curve[64] ^= 1;
	const struct keeper_cert good = {.kind = KEEPER_CERT_SERVER_EC,
					 .serial = {{1}},
					 .not_before = 1700000000,
					 .not_after = 1700086400,
					 .public_key = {point, 65},
					 .names = {(const uint8_t *)"a.example", 9}};
	setup_with(&f, CONF_PROVIDER_SEALED_FILE);
	unseal_new(&f);
	assert_int_equal(keeper_issue(&f.ctx, &good, &der), ERR_OK);
	struct keeper_cert bad[8];
	for (int i = 0; i < 8; i++)
		bad[i] = good;
	bad[0].public_key.data = off_curve;
	bad[1].names = (struct block){(const uint8_t *)"a.example,DNS:evil", 18};
	bad[2].names = (struct block){(const uint8_t *)"-a.example", 10};
	bad[3].serial.b[0] = 0x80;
	bad[4].not_after = bad[4].not_before;
	bad[5].names.len = 0;
	bad[6].kind = 9;
	bad[7].public_key.len = 64;
	for (int i = 0; i < 8; i++)
		assert_int_equal(keeper_issue(&f.ctx, &bad[i], &der), ERR_INPUT);
	teardown(&f);
	EVP_PKEY_free(ec);
}

static void malformed_message_ends_the_keeper(void **state)
{
	(void)state;
	static const struct {
		uint32_t type, id;
		size_t len;
	} cases[] = {
		{0x9999, 1, 0},	       /* unlisted */
		{KEEPER_STATUS, 1, 0}, /* short */
		{KEEPER_STATUS, 1, 2}, /* something left over */
		{KEEPER_STATUS, 0, 1}, /* no id */
		{KEEPER_SEAL, 1, 24},  /* pipe missing */
		{KEEPER_UNSEAL, 1, 3}, /* broken block */
	};
	static const uint8_t zeros[64];
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture f;
		setup_with(&f, CONF_PROVIDER_SEALED_FILE);
		assert_int_equal(chan_send(f.authority_fd, cases[i].type, cases[i].id, zeros,
					   cases[i].len, NULL, 0, 1000),
				 ERR_OK);
		pthread_join(f.thread, NULL);
		assert_int_not_equal(f.served, ERR_OK);
		keeper_client_free(f.ctx.keeper);
		keeper_service_free(f.service);
		arena_free(f.ctx.arena);
		close(f.config.rootkey_fd);
		close(f.config.state_fd);
	}
}

static void reader_that_never_reads_does_not_stop_the_keeper(void **state)
{
	(void)state;
	struct fixture f;
	struct keeper_status status;
	int fds[2];
	char filler[4096] = {0};
	setup_with(&f, CONF_PROVIDER_SEALED_FILE);
	unseal_new(&f);
	struct block blob = seal_text(&f, &ref, "never read");
	assert_int_equal(secret_pipe_empty(fds), ERR_OK);
	while (write(fds[1], filler, sizeof(filler)) > 0)
		;
	assert_int_equal(keeper_open(&f.ctx, &ref, blob, fds[1]), ERR_UNAVAILABLE);
	assert_int_equal(fcntl(fds[1], F_SETFL, 0), 0); /* would block: not even tried */
	assert_int_equal(keeper_open(&f.ctx, &ref, blob, fds[1]), ERR_DENIED);
	assert_int_equal(keeper_status(&f.ctx, &status), ERR_OK);
	close(fds[0]);
	close(fds[1]);
	teardown(&f);
}

/* Authority looks at this and starts the pair anew, instead of answering 503 for ever. */
static void malformed_answer_breaks_the_client(void **state)
{
	static const uint8_t unknown_error[] = {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0,
						0,    0,    0,	  0,	0, 0, 0, 0, 0, 0,
						0,    0,    0,	  0,	0, 0, 0, 0};
	static const struct {
		uint32_t type;
		size_t len;
	} cases[] = {{0x9999, 0}, {KEEPER_REPLY, 3}, {KEEPER_REPLY, sizeof(unknown_error)}};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int fds[2];
		struct ctx ctx;
		struct keeper_status status;
		assert_int_equal(chan_pair(fds), ERR_OK);
		ctx_init(&ctx, arena_new(1 << 20));
		ctx.keeper = keeper_client_new(fds[0]);
		assert_false(keeper_client_broken(ctx.keeper));
		assert_int_equal(chan_send(fds[1], cases[i].type, 1, unknown_error, cases[i].len,
					   NULL, 0, 1000),
				 ERR_OK);
		assert_int_not_equal(keeper_status(&ctx, &status), ERR_OK);
		assert_true(keeper_client_broken(ctx.keeper));
		assert_int_equal(keeper_status(&ctx, &status), ERR_UNAVAILABLE);
		keeper_client_free(ctx.keeper);
		arena_free(ctx.arena);
		close(fds[1]);
	}
}

static void silence_does_not_break_the_client(void **state)
{
	int fds[2];
	struct ctx ctx;
	struct keeper_status status;
	(void)state;
	assert_int_equal(chan_pair(fds), ERR_OK);
	ctx_init(&ctx, arena_new(1 << 20));
	ctx.keeper = keeper_client_new(fds[0]);
	ctx.deadline_us = sys_mono_us() + 1000;
	assert_int_equal(keeper_status(&ctx, &status), ERR_UNAVAILABLE);
	assert_false(keeper_client_broken(ctx.keeper));
	close(fds[1]);
	ctx.deadline_us = 0;
	assert_int_equal(keeper_status(&ctx, &status), ERR_UNAVAILABLE);
	assert_true(keeper_client_broken(ctx.keeper)); /* it is gone */
	keeper_client_free(ctx.keeper);
	arena_free(ctx.arena);
}

static void adopt(struct fixture *f, struct block state)
{
	uint8_t hash[32];
	crypto_hash_sha256(hash, state.data, state.len);
	assert_int_equal(keeper_adopt(&f->ctx, hash), ERR_OK);
}

static void restart_with(struct fixture *f, struct block state)
{
	struct block none = {0};
	stop(f);
	start(f);
	assert_int_equal(keeper_unseal(&f->ctx, -1, state, &none), ERR_OK);
}

static void a_new_kek_is_used_once_it_is_stored_and_old_ones_go(void **state)
{
	(void)state;
	struct fixture f;
	struct keeper_status status;
	struct block added, dropped, moved;
	char text[256];
	setup_with(&f, CONF_PROVIDER_SEALED_FILE);
	struct block first = unseal_new(&f);
	struct block blob = seal_text(&f, &ref, "correct horse");
	assert_int_equal(keeper_blob_kek(blob), 1);
	/* made, and forgotten by a death before it was stored: nothing was sealed under it */
	assert_int_equal(keeper_change(&f.ctx, KEEPER_ADD_KEK, -1, &added), ERR_OK);
	assert_int_equal(keeper_blob_kek(seal_text(&f, &ref, "x")), 1);
	restart_with(&f, first);
	uint8_t hash[32];
	crypto_hash_sha256(hash, added.data, added.len);
	assert_int_equal(keeper_adopt(&f.ctx, hash), ERR_CONFLICT);
	/* stored */
	assert_int_equal(keeper_change(&f.ctx, KEEPER_ADD_KEK, -1, &added), ERR_OK);
	adopt(&f, added);
	adopt(&f, added);
	assert_int_equal(keeper_blob_kek(seal_text(&f, &ref, "x")), 2);
	assert_int_equal(open_text(&f, &ref, blob, text), ERR_OK);
	assert_int_equal(keeper_rewrap(&f.ctx, &ref, blob, &moved), ERR_OK);
	assert_int_equal(keeper_blob_kek(moved), 2);
	/* the plain text's own layer is as it was: only its key was wrapped anew */
	assert_memory_equal(moved.data + 65, blob.data + 65, blob.len - 65);
	restart_with(&f, added);
	assert_int_equal(open_text(&f, &ref, moved, text), ERR_OK);
	assert_string_equal(text, "correct horse");
	assert_int_equal(keeper_change(&f.ctx, KEEPER_DROP_OLD_KEKS, -1, &dropped), ERR_OK);
	adopt(&f, dropped);
	assert_int_equal(keeper_status(&f.ctx, &status), ERR_OK);
	assert_int_equal(status.keks, 1);
	assert_int_equal(open_text(&f, &ref, blob, text), ERR_INTEGRITY);
	restart_with(&f, dropped);
	assert_int_equal(open_text(&f, &ref, blob, text), ERR_INTEGRITY);
	assert_int_equal(open_text(&f, &ref, moved, text), ERR_OK);
	teardown(&f);
}

static void a_new_root_opens_what_the_old_one_did(void **state)
{
	(void)state;
	struct fixture f;
	struct keeper_public before, after;
	struct block changed;
	char text[256];
	setup_with(&f, CONF_PROVIDER_SEALED_FILE);
	struct block first = unseal_new(&f);
	struct block blob = seal_text(&f, &ref, "correct horse");
	assert_int_equal(keeper_public(&f.ctx, &before), ERR_OK);
	assert_int_equal(keeper_change(&f.ctx, KEEPER_NEW_ROOT, -1, &changed), ERR_OK);
	assert_null(memmem(changed.data, changed.len, first.data + 35, 32)); /* wrapped anew */
	adopt(&f, changed);
	restart_with(&f, changed);
	assert_int_equal(open_text(&f, &ref, blob, text), ERR_OK);
	assert_int_equal(keeper_public(&f.ctx, &after), ERR_OK);
	assert_memory_equal(before.checkpoint, after.checkpoint, 32);
	teardown(&f);
}

/* What an earlier version sealed: the KEK's version is bound to the plain text as well. */
static void seal_as_before(const struct aead *aead, const struct keyring *ring, const char *text,
			   struct buf *out)
{
	const uint8_t key[AEAD_KEY] = {7};
	static const char *const layers[] = {"sekisho-data-key/1", "sekisho-secret/1"};
	struct buf labels[2];
	for (int i = 0; i < 2; i++) {
		buf_init(&labels[i], 128);
		buf_put(&labels[i], layers[i], strlen(layers[i]) + 1);
		buf_put_u32(&labels[i], 1);
		buf_put(&labels[i], ref.id.b, UUID_SIZE);
		buf_put_u32(&labels[i], ref.version);
		buf_put_u32(&labels[i], ref.kind);
	}
	buf_put_u8(out, 1);
	buf_put_u32(out, 1);
	uint8_t *place = buf_reserve(out, AEAD_KEY + AEAD_OVERHEAD);
	assert_int_equal(aead_seal(aead, keyring_kek(ring, 1), &labels[0], key, AEAD_KEY, place),
			 ERR_OK);
	buf_commit(out, AEAD_KEY + AEAD_OVERHEAD);
	place = buf_reserve(out, strlen(text) + AEAD_OVERHEAD);
	assert_int_equal(
		aead_seal(aead, key, &labels[1], (const uint8_t *)text, strlen(text), place),
		ERR_OK);
	buf_commit(out, strlen(text) + AEAD_OVERHEAD);
	buf_clear(&labels[0]);
	buf_clear(&labels[1]);
}

static void a_secret_of_an_earlier_version_is_carried_over(void **state)
{
	(void)state;
	struct ctx ctx;
	struct aead *aead = aead_new();
	const struct provider *provider = provider_by_id(CONF_PROVIDER_SEALED_FILE);
	const struct provider_input input = {.rootkey_fd = memfd_create("rootkey", 0)};
	struct keyring ring, next;
	struct buf stored, blob, moved;
	struct secret *plain = NULL;
	ctx_init(&ctx, NULL);
	buf_init(&stored, KEYRING_STATE_MAX);
	buf_init(&blob, 1024);
	buf_init(&moved, 1024);
	assert_int_equal(keyring_create(&ctx, aead, provider, &input, &ring, &stored), ERR_OK);
	seal_as_before(aead, &ring, "correct horse", &blob);
	buf_reset(&stored);
	assert_int_equal(keyring_change(&ctx, aead, provider, &input, &ring, KEYRING_ADD_KEK, &next,
					&stored),
			 ERR_OK);
	const struct block old = {blob.data, blob.len};
	assert_int_equal(envelope_rewrap(&ctx, aead, &next, &ref, old, &moved), ERR_OK);
	const struct block new = {moved.data, moved.len};
	assert_int_equal(keeper_blob_kek(new), 2);
	assert_int_equal(envelope_open(&ctx, aead, &next, &ref, new, &plain), ERR_OK);
	assert_int_equal(secret_len(plain), 13);
	secret_free(plain);
	keyring_clear(&ring);
	keyring_clear(&next);
	buf_clear(&stored);
	buf_clear(&blob);
	buf_clear(&moved);
	aead_free(aead);
	close(input.rootkey_fd);
}

static int no_sync(int fd)
{
	(void)fd;
	return -1;
}

/* Signed first and forgotten in a crash, it would be signed again for another tree. */
static void a_checkpoint_is_remembered_before_it_is_signed(void **state)
{
	(void)state;
	struct fixture f;
	uint8_t signature[64], root[32] = {1}, last_root[32];
	uint64_t last;
	struct sys_ops table = *sys_table();
	struct block nothing;
	setup_with(&f, CONF_PROVIDER_SEALED_FILE);
	struct block vault = unseal_new(&f);
	table.fdatasync = no_sync;
	for (int broken = 1; broken >= 0; broken--) {
		stop(&f); /* the table changes while nobody runs */
		sys_replace(broken ? &table : NULL);
		start(&f);
		assert_int_equal(keeper_unseal(&f.ctx, -1, vault, &nothing), ERR_OK);
		/* What was written, but perhaps not to the disk, may be signed after it was
		 * read.
		 */
		assert_int_equal(keeper_last_checkpoint(&f.ctx, &last, last_root), ERR_OK);
		assert_int_equal(
			keeper_sign_checkpoint(&f.ctx, last, 1, root, (struct block){0}, signature),
			broken ? ERR_IO : ERR_OK);
	}
	teardown(&f);
}

int main(void)
{
	(void)signal(SIGPIPE, SIG_IGN);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sealed_secret_opens_as_what_it_was),
		cmocka_unit_test(a_new_kek_is_used_once_it_is_stored_and_old_ones_go),
		cmocka_unit_test(a_new_root_opens_what_the_old_one_did),
		cmocka_unit_test(a_secret_of_an_earlier_version_is_carried_over),
		cmocka_unit_test(changed_or_moved_secret_is_refused),
		cmocka_unit_test(sealed_keeper_answers_sealed),
		cmocka_unit_test(restarted_keeper_needs_the_same_key_file_and_state),
		cmocka_unit_test(passphrase_opens_only_with_the_right_words),
		cmocka_unit_test(totp_code_counts_once),
		cmocka_unit_test(generated_password_is_long_and_new),
		cmocka_unit_test(checkpoint_must_extend_the_last_one),
		cmocka_unit_test(state_that_was_not_stored_is_given_again),
		cmocka_unit_test(new_vault_is_refused_beside_signed_history),
		cmocka_unit_test(issued_certificates_chain_to_the_ca),
		cmocka_unit_test(unsound_certificate_requests_are_refused),
		cmocka_unit_test(malformed_message_ends_the_keeper),
		cmocka_unit_test(reader_that_never_reads_does_not_stop_the_keeper),
		cmocka_unit_test(malformed_answer_breaks_the_client),
		cmocka_unit_test(a_checkpoint_is_remembered_before_it_is_signed),
		cmocka_unit_test(silence_does_not_break_the_client),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
