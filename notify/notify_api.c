/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "notify/notify_api.h"

#define END                                           \
	{                                             \
		NULL, FIELD_TEXT, 0, 0, 0, NULL, NULL \
	}

static const char *const securities[] = {"starttls", "tls", "loopback", NULL};
static const struct field none[] = {END};
static const struct field update[] = {
	[MAIL_HOST] = {"host", FIELD_TEXT, 0, 0, 253, NULL, NULL},
	[MAIL_PORT] = {"port", FIELD_INT, 0, 1, 65535, NULL, NULL},
	[MAIL_SECURITY] = {"security", FIELD_CHOICE, 0, 0, 0, securities, NULL},
	[MAIL_LOGIN] = {"login", FIELD_TEXT, 0, 0, 255, NULL, NULL},
	[MAIL_SENDER] = {"sender", FIELD_TEXT, 0, 0, 254, NULL, NULL},
	[MAIL_CA] = {"ca", FIELD_NOTE, FIELD_NULLABLE, 1, 16384, NULL, NULL},
	END};

enum { SMALL = 4096, WITH_CA = 32 * 1024, PASSWORD_BYTES = 1024 };

static const struct op rows[] = {
	{.id = "mail.get",
	 .method = "GET",
	 .path = "/api/v1/mail",
	 .auth = OP_AUTH_SESSION,
	 .permission = PERM_SYSTEM_VIEW,
	 .kind = OP_READ,
	 .fields = none},
	{.id = "mail.update",
	 .method = "PATCH",
	 .path = "/api/v1/mail",
	 .auth = OP_AUTH_FRESH,
	 .permission = PERM_POLICY_MANAGE,
	 .event = EVENT_MAIL_CHANGED,
	 .kind = OP_WRITE,
	 .body = OP_BODY_JSON,
	 .flags = OP_FLAG_IF_MATCH,
	 .max_body = WITH_CA,
	 .fields = update,
	 .then = "mail.get"},
	{.id = "mail.password",
	 .method = "PUT",
	 .path = "/api/v1/mail/password",
	 .auth = OP_AUTH_FRESH,
	 .permission = PERM_POLICY_MANAGE,
	 .event = EVENT_SECRET_STORED,
	 .kind = OP_WRITE,
	 .body = OP_BODY_OCTETS,
	 .flags = OP_FLAG_SECRET_FIELD,
	 .max_body = PASSWORD_BYTES,
	 .fields = none,
	 .then = "mail.get"},
	{.id = "mail.test",
	 .method = "POST",
	 .path = "/api/v1/mail/test",
	 .auth = OP_AUTH_SESSION,
	 .permission = PERM_POLICY_MANAGE,
	 .event = EVENT_MAIL_TESTED,
	 .kind = OP_WRITE,
	 .fields = none,
	 .then = "mail.get"},
	{.id = "notices.own",
	 .method = "GET",
	 .path = "/api/v1/me/notices",
	 .auth = OP_AUTH_SESSION,
	 .kind = OP_READ,
	 .fields = none},
	{.id = NULL},
};

const struct op *notify_ops(void)
{
	return rows;
}
