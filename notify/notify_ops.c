/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include "auth/secret_store.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/secret.h"
#include "base/text.h"
#include "notify/notify.h"
#include "notify/notify_api.h"
#include "notify/server_sql.h"
#include "rbac/principal.h"
#include "rbac/write.h"

/* The mail server's settings. */

enum { SECRET_WAIT_MS = 500, TEST_SECONDS = 60 };

/* A name or an address: nothing that would mean something else within a URL. */
static bool is_host(const char *host)
{
	uint8_t address[sizeof(struct in6_addr)];

	if (inet_pton(AF_INET6, host, address) == 1)
		return true;
	for (const char *at = host; *at; at++)
		if (!isalnum((unsigned char)*at) && *at != '-' && *at != '.')
			return false;
	return host[0] != '-' && host[0] != '.' && host[0] != '\0';
}

static enum err check_ca(struct ctx *ctx, const char *ca)
{
	const char *begin = ca ? strstr(ca, "-----BEGIN CERTIFICATE-----") : NULL;

	if (ca == NULL || (begin != NULL && strstr(begin, "-----END CERTIFICATE-----") != NULL &&
			   strstr(ca, "PRIVATE KEY") == NULL))
		return ERR_OK;
	return err_field(ctx, "ca", "mail.ca",
			 "Certificates in PEM are wanted, and no private key.");
}

static enum err check(struct ctx *ctx, const struct mail_settings *settings)
{
	if (settings->host[0] == '\0')
		return ERR_OK; /* no mail is sent */
	if (!is_host(settings->host))
		return err_field(ctx, "host", "mail.host", "A name or an address is wanted.");
	if (!text_is_mail_address(settings->sender))
		return err_field(ctx, "sender", "mail.address", "This is not a mail address.");
	if (strcmp(settings->security, "loopback") == 0 &&
	    strcmp(settings->host, "127.0.0.1") != 0 && strcmp(settings->host, "::1") != 0)
		return err_field(ctx, "security", "mail.loopback",
				 "Without TLS mail goes to 127.0.0.1 or ::1 only.");
	return check_ca(ctx, settings->ca);
}

static bool same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* A password is meant for one server and one login: it goes to no other. */
static bool is_the_same_server(const struct mail_settings *a, const struct mail_settings *b)
{
	return same(a->host, b->host) && a->port == b->port && same(a->security, b->security) &&
	       same(a->login, b->login) && same(a->ca, b->ca);
}

static void overlay(const struct in *in, struct mail_settings *settings)
{
	const struct value *security = in_value(in, MAIL_SECURITY), *ca = &in->values[MAIL_CA];

	settings->host = in_text(in, MAIL_HOST, settings->host);
	settings->port = in_number(in, MAIL_PORT, settings->port);
	if (security)
		settings->security = in->op->fields[MAIL_SECURITY].choices[security->number];
	settings->login = in_text(in, MAIL_LOGIN, settings->login);
	settings->sender = in_text(in, MAIL_SENDER, settings->sender);
	if (ca->set)
		settings->ca = ca->null ? NULL : ca->text;
}

static void note_changes(struct ctx *ctx, struct audit *audit, const struct mail_settings *before,
			 const struct mail_settings *after)
{
	audit_object(audit, "mail_server", NULL, after->host);
	audit_change(audit, "host", before->host, after->host);
	audit_change(audit, "port", write_int(ctx, before->port), write_int(ctx, after->port));
	audit_change(audit, "security", before->security, after->security);
	audit_change(audit, "login", before->login, after->login);
	audit_change(audit, "sender", before->sender, after->sender);
	audit_change(audit, "ca", before->ca, after->ca);
}

static enum err mail_update(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct mail_settings before, settings;
	struct audit audit;
	enum err err = mail_server_get(ctx, true, &before);

	if (err == ERR_OK)
		err = write_if_match(ctx, in, before.version);
	if (err != ERR_OK)
		return err;
	settings = before;
	overlay(in, &settings);
	if ((err = check(ctx, &settings)) != ERR_OK)
		return err;
	write_audit(ctx, in, &audit);
	note_changes(ctx, &audit, &before, &settings);
	bool drop = !uuid_is_nil(&before.secret_id) && !is_the_same_server(&before, &settings);
	if (drop) {
		settings.secret_id = (struct uuid){{0}};
		audit_change(&audit, "password", "stored", NULL);
	}
	err = mail_server_store(ctx, &settings, &audit.id);
	if (err == ERR_OK && drop)
		err = secret_store_drop(ctx, &before.secret_id);
	if (err != ERR_OK)
		return err;
	out_notify(out, "system", NULL);
	return audit_append(ctx, &audit);
}

/* From the caller's pipe through guarded memory into the keeper's. */
static enum err seal(struct ctx *ctx, const struct in *in, const struct secret_ref *ref,
		     struct block *out)
{
	scoped(secret_free_p) struct secret *plain = NULL;
	scoped(fd_close_p) int pipe_fd = -1;
	enum err err = secret_read_fd(in->secret_fd, SECRET_MAX, SECRET_WAIT_MS, &plain);

	if (err != ERR_OK)
		return err_set(ctx, err, "The password did not arrive whole.");
	if (secret_len(plain) == 0 || memchr(secret_bytes(plain), 0, secret_len(plain)) != NULL)
		return err_reason(ctx, ERR_INPUT, "secret.empty", "This is no password.");
	err = secret_pipe(plain, &pipe_fd);
	if (err != ERR_OK)
		return err_set(ctx, err, "No pipe for the password.");
	return keeper_seal(ctx, ref, pipe_fd, out);
}

static enum err mail_password(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct mail_settings settings;
	struct secret_ref ref = {.version = 1, .kind = SECRET_PASSWORD};
	struct block blob;
	struct audit audit;
	enum err err = mail_server_get(ctx, true, &settings);

	if (err == ERR_OK && (settings.host[0] == '\0' || settings.login[0] == '\0'))
		return err_reason(ctx, ERR_CONFLICT, "mail.no_login",
				  "Set the mail server and its login first.");
	ref.id =
		err == ERR_OK && !uuid_is_nil(&settings.secret_id) ? settings.secret_id : uuid_v7();
	if (err == ERR_OK)
		err = secret_store_next_version(ctx, &ref.id, &ref.version);
	if (err == ERR_OK)
		err = seal(ctx, in, &ref, &blob);
	if (err == ERR_OK)
		err = secret_store_put(ctx, &ref, blob);
	if (err != ERR_OK)
		return err;
	settings.secret_id = ref.id;
	write_audit(ctx, in, &audit);
	audit_object(&audit, "mail_server", &ref.id, settings.host);
	audit_data(&audit, "kind", "mail");
	audit_data(&audit, "version", write_int(ctx, ref.version));
	err = mail_server_store(ctx, &settings, &audit.id);
	out_notify(out, "system", NULL);
	return err == ERR_OK ? audit_append(ctx, &audit) : err;
}

/* One try within a minute; what the server answers is in mail.get. */
static enum err mail_test(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct mail_settings settings;
	struct audit audit;
	bool addressed = false;
	const struct notice notice = {.kind = "test",
				      .user_id = ctx->principal->user_id,
				      .patience_us = (int64_t)TEST_SECONDS * 1000000};
	enum err err = mail_server_get(ctx, false, &settings);

	if (err == ERR_OK && settings.host[0] == '\0')
		return err_reason(ctx, ERR_CONFLICT, "mail.off", "No mail server is set.");
	if (err == ERR_OK)
		err = notify_reaches(ctx, &ctx->principal->user_id, &addressed);
	if (err == ERR_OK && !addressed)
		return err_reason(ctx, ERR_CONFLICT, "mail.no_address",
				  "You have no mail address. Have one entered under your name.");
	if (err == ERR_OK)
		err = notify_add(ctx, &notice);
	if (err != ERR_OK)
		return err;
	write_audit(ctx, in, &audit);
	audit_object(&audit, "mail_server", NULL, settings.host);
	out_notify(out, "system", NULL);
	return audit_append(ctx, &audit);
}

static const struct op_write rows[] = {
	{"mail.update", mail_update},
	{"mail.password", mail_password},
	{"mail.test", mail_test},
	{NULL, NULL},
};

const struct op_write *notify_writes(void)
{
	return rows;
}
