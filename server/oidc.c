/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <curl/curl.h>
#include <netdb.h>
#include <openssl/ssl.h>
#include <string.h>
#include <unistd.h>

#include "auth/oidc/provider.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/helper.h"
#include "base/log.h"
#include "base/messages.h"
#include "base/sys.h"
#include "sessions/job.h"

/*
 * sekisho-oidc: asks one identity provider one thing, and ends; what an OpenID provider answers it
 * judges, metadata of SAML it only carries. Descriptor: control. It reaches the network, and what
 * the look-up of names needs; no database.
 */
enum { ASK_US = 12000000, SECRET_BYTES = 1024, SECRET_WAIT_MS = 2000, TRUST_MAX = 2 << 20 };
static const char machine_trust[] = "/etc/ssl/certs/ca-certificates.crt";
static const struct sandbox_path paths[] = {{"/etc", false}, {"/usr/lib", false}, {"/run", false}};
static const struct sandbox_spec spec = {.role = "oidc",
					 .allow = SANDBOX_INET_CONNECT | SANDBOX_FILES |
						  SANDBOX_SETSOCKOPT_TCP | SANDBOX_SEND_FDS,
					 .paths = paths,
					 .path_count = sizeof(paths) / sizeof(paths[0])};
static struct block machine; /* read once, before confinement */

static const char *text_of(struct ctx *ctx, struct block block)
{
	const char *text = arena_strndup(ctx->arena, (const char *)block.data, block.len);

	return text ? text : "";
}

static struct oidc_client client_of(struct ctx *ctx, struct block addresses, struct block trust)
{
	return (struct oidc_client){.trust = trust.len ? trust : machine,
				    .addresses = text_of(ctx, addresses),
				    .deadline_us = sys_mono_us() + ASK_US};
}

static struct block reason_of(const char *why)
{
	return (struct block){(const uint8_t *)(why ? why : ""), why ? strlen(why) : 0};
}

static enum err discover(struct ctx *ctx, struct chan_msg *msg, const void *message, void *answer)
{
	const struct msg_oidc_discover *wish = message;
	struct msg_oidc_discovered *found = answer;
	const struct oidc_client client = client_of(ctx, wish->addresses, wish->trust);

	(void)msg;
	found->reason = reason_of(
		oidc_discover(ctx, &client, text_of(ctx, wish->issuer), &found->metadata));
	return ERR_OK;
}

static enum err read_redeem(struct ctx *ctx, const struct msg_oidc_redeem *wish, int secret_fd,
			    struct secret **secret, struct oidc_redeem *out)
{
	enum err err = secret_read_fd(secret_fd, SECRET_BYTES, SECRET_WAIT_MS, secret);

	*out = (struct oidc_redeem){.issuer = text_of(ctx, wish->issuer),
				    .client_id = text_of(ctx, wish->client_id),
				    .redirect_uri = text_of(ctx, wish->redirect_uri),
				    .code = text_of(ctx, wish->code),
				    .verifier = text_of(ctx, wish->verifier),
				    .nonce = text_of(ctx, wish->nonce),
				    .secret = wish->has_secret ? *secret : NULL,
				    .metadata = wish->metadata,
				    .is_old = wish->is_old != 0,
				    .may_refetch = wish->may_refetch != 0,
				    .now_s = sys_real_us() / 1000000,
				    .max_age_s = wish->max_age_s};
	return err;
}

static enum err redeem(struct ctx *ctx, struct chan_msg *msg, const void *message, void *answer)
{
	const struct msg_oidc_redeem *wish = message;
	struct msg_oidc_redeemed *judged = answer;
	struct federated_identity identity;
	struct oidc_redeem asked;
	scoped(fd_close_p) int secret_fd = chan_take_fd(msg, 0);
	scoped(secret_free_p) struct secret *secret = NULL;
	scoped(buf_clear) struct buf bytes;
	const struct oidc_client client = client_of(ctx, wish->addresses, wish->trust);
	enum err err = read_redeem(ctx, wish, secret_fd, &secret, &asked);

	buf_init(&bytes, OIDC_IDENTITY);
	if (err != ERR_OK)
		return err;
	const char *why = oidc_redeem(ctx, &client, &asked, &identity, &judged->metadata);
	if (!why) {
		federated_identity_put(&bytes, &identity);
		judged->identity.data = arena_memdup(ctx->arena, bytes.data, bytes.len);
		judged->identity.len = bytes.len;
		why = buf_failed(&bytes) || !judged->identity.data ? "oidc.claims" : NULL;
	}
	if (why)
		judged->identity = (struct block){0};
	judged->reason = reason_of(why);
	judged->broken = why && oidc_is_broken(why);
	return ERR_OK;
}

static struct block block_of(const char *text)
{
	return (struct block){(const uint8_t *)text, strlen(text)};
}

static enum err judge_logout(struct ctx *ctx, struct chan_msg *msg, const void *message,
			     void *answer)
{
	const struct msg_oidc_logout *wish = message;
	struct msg_oidc_logged_out *judged = answer;
	const struct oidc_client client = client_of(ctx, wish->addresses, wish->trust);
	const struct oidc_notice notice = {.issuer = text_of(ctx, wish->issuer),
					   .client_id = text_of(ctx, wish->client_id),
					   .token = wish->token,
					   .metadata = wish->metadata,
					   .is_old = wish->is_old != 0,
					   .may_refetch = wish->may_refetch != 0,
					   .now_s = sys_real_us() / 1000000};
	struct oidc_logout said;
	const char *why = oidc_judge_logout(ctx, &client, &notice, &said, &judged->metadata);

	(void)msg;
	judged->reason = reason_of(why);
	judged->broken = why && oidc_is_broken(why);
	if (why)
		return ERR_OK;
	judged->token_id = block_of(said.token_id);
	judged->subject = block_of(said.subject);
	judged->session = block_of(said.session);
	judged->expires_at = said.expires_s * 1000000;
	return ERR_OK;
}

/* Only carried: who asked has it read elsewhere. */
static enum err fetch(struct ctx *ctx, struct chan_msg *msg, const void *message, void *answer)
{
	const struct msg_oidc_document *wish = message;
	struct msg_oidc_fetched *got = answer;
	struct oidc_client client = client_of(ctx, wish->addresses, wish->trust);

	(void)msg;
	client.accept = "application/samlmetadata+xml, application/xml;q=0.9";
	const char *why =
		oidc_document(ctx, &client, text_of(ctx, wish->url), SAML_MESSAGE_MAX, &got->bytes);
	got->reason = reason_of(why ? why : got->bytes.len == 0 ? "oidc.document" : NULL);
	return ERR_OK;
}

static const struct helper_row rows[] = {
	{MSG_OIDC_DISCOVER, &msg_oidc_discover_codec, sizeof(struct msg_oidc_discover), 0,
	 MSG_OIDC_DISCOVERED, &msg_oidc_discovered_codec, discover},
	{MSG_OIDC_REDEEM, &msg_oidc_redeem_codec, sizeof(struct msg_oidc_redeem), 1,
	 MSG_OIDC_REDEEMED, &msg_oidc_redeemed_codec, redeem},
	{MSG_OIDC_LOGOUT, &msg_oidc_logout_codec, sizeof(struct msg_oidc_logout), 0,
	 MSG_OIDC_LOGGED_OUT, &msg_oidc_logged_out_codec, judge_logout},
	{MSG_OIDC_DOCUMENT, &msg_oidc_document_codec, sizeof(struct msg_oidc_document), 0,
	 MSG_OIDC_FETCHED, &msg_oidc_fetched_codec, fetch},
};

/* What the libraries would read when they are first used. */
static void warm_up(void)
{
	struct addrinfo *found = NULL;
	uint8_t *data = NULL;

	if (sys_read_file(machine_trust, TRUST_MAX, &data, &machine.len) == ERR_OK)
		machine.data = data;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	SSL_CTX_free(SSL_CTX_new(TLS_client_method()));
	if (getaddrinfo("localhost", NULL, NULL, &found) == 0)
		freeaddrinfo(found);
}

int main(int argc, char **argv)
{
	int control = job_start("oidc", argc, argv);

	warm_up();
	job_confine(&spec);
	enum err err = helper_serve(control, rows, sizeof(rows) / sizeof(rows[0]));
	/* An asker who gave up is no fault. */
	if (err != ERR_OK && err != ERR_IO)
		log_event(LOG_LEVEL_ERROR, NULL, "oidc_failed", "error", err_code(err), NULL);
	return err == ERR_OK ? 0 : 1;
}
