/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/page_api.h"

#include "rbac/op_row.h"

enum { SMALL = 4096 };

const char *const page_told_names[TOLD__COUNT + 1] = {
	[TOLD_WRONG] = "wrong",	      [TOLD_PASSKEY] = "passkey",
	[TOLD_WAIT] = "wait",	      [TOLD_FORM] = "form",
	[TOLD_INPUT] = "input",	      [TOLD_EXPIRED] = "expired",
	[TOLD_PROVIDER] = "provider", [TOLD_UNAVAILABLE] = "unavailable",
	[TOLD_BUSY] = "busy",	      [TOLD_SESSION] = "session",
	[TOLD_LEFT] = "left",	      [TOLD_MAIL] = "mail",
};
static const char *const languages[] = {"ja", "en", NULL};

#define END                                  \
	{                                    \
		NULL, 0, 0, 0, 0, NULL, NULL \
	}
/* server/web_page.c asks for it: without it the form is refused. */
#define FORM                                              \
	{                                                 \
		"form", FIELD_TOKEN, 0, 1, 64, NULL, NULL \
	}
#define LOGIN                                                          \
	{                                                              \
		"login", FIELD_NAME, FIELD_REQUIRED, 1, 64, NULL, NULL \
	}
#define CODE                                                         \
	{                                                            \
		"code", FIELD_TEXT, FIELD_REQUIRED, 6, 6, NULL, NULL \
	}

#define MAIL_CODE                                                    \
	{                                                            \
		"code", FIELD_TEXT, FIELD_REQUIRED, 8, 8, NULL, NULL \
	}

static const struct field shown[] = {
	[PAGE_TOLD] = {"told", FIELD_CHOICE, FIELD_QUERY, 0, 0, page_told_names, NULL},
	[PAGE_SECONDS] = {"seconds", FIELD_INT, FIELD_QUERY, 1, PAGE_SECONDS_MAX, NULL, NULL},
	[PAGE_LANGUAGE] = {"lang", FIELD_CHOICE, FIELD_QUERY, 0, 0, languages, NULL},
	END};
/* Before `form`: as the handlers of auth.sign_in, auth.sign_in_mail, auth.sign_in_recovery,
 * identities.second_code and identities.begin want theirs. */
static const struct field sign_in[] = {LOGIN, CODE, FORM, END};
static const struct field mail_code[] = {LOGIN, MAIL_CODE, FORM, END};
static const struct field recovery[] = {LOGIN, FORM, END};
static const struct field second[] = {CODE, FORM, END};
static const struct field form_only[] = {FORM, END};
static const struct field provider[] = {
	{"id", FIELD_UUID, FIELD_PATH | FIELD_REQUIRED, 0, 0, NULL, NULL}, END};

#define SHOW(id_, path_)                                                                        \
	OP_ROW(id_, "GET", path_, OP_AUTH_PUBLIC, PERM_NONE, EVENT_NONE, OP_READ, OP_BODY_NONE, \
	       OP_FLAG_PAGE, 0, shown, NULL)
#define SEND(id_, path_, flags_, fields_)                                              \
	OP_ROW(id_, "POST", path_, OP_AUTH_PUBLIC, PERM_NONE, EVENT_SIGN_IN, OP_WRITE, \
	       OP_BODY_FORM, OP_FLAG_PAGE | (flags_), SMALL, fields_, "pages.session")
enum { BELOW_FLOOR = OP_FLAG_WHILE_ENROL | OP_FLAG_WHILE_PROVE };

static const struct op rows[] = {
	SHOW("pages.sign_in_form", PAGE_SIGN_IN_PATH),
	SEND("pages.sign_in", PAGE_SIGN_IN_PATH, OP_FLAG_SECRET_FIELD, sign_in),
	SHOW("pages.recovery_form", "/plain/recovery"),
	SEND("pages.recovery", "/plain/recovery", OP_FLAG_SECRET_FIELD | OP_FLAG_SECRET_RECOVERY,
	     recovery),
	SHOW("pages.mail_form", "/plain/mail"),
	OP_ROW("pages.mail_send", "POST", "/plain/mail", OP_AUTH_PUBLIC, PERM_NONE,
	       EVENT_MAIL_CODE_SENT, OP_WRITE, OP_BODY_FORM, OP_FLAG_PAGE | OP_FLAG_SECRET_FIELD,
	       SMALL, recovery, "pages.mail_code_form"),
	SHOW("pages.mail_code_form", "/plain/mail-code"),
	SEND("pages.mail_code", "/plain/mail-code", OP_FLAG_SECRET_FIELD, mail_code),
	SHOW("pages.second_form", PAGE_SECOND_PATH),
	SEND("pages.second", PAGE_SECOND_PATH, 0, second),
	OP_ROW("pages.begin", "GET", "/plain/with/{id}", OP_AUTH_PUBLIC, PERM_NONE,
	       EVENT_FEDERATION_ASKED, OP_WRITE, OP_BODY_NONE, OP_FLAG_PAGE | OP_FLAG_NAVIGATION, 0,
	       provider, NULL),
	OP_ROW("pages.session", "GET", PAGE_SESSION_PATH, OP_AUTH_SESSION, PERM_NONE, EVENT_NONE,
	       OP_READ, OP_BODY_NONE, OP_FLAG_PAGE | BELOW_FLOOR, 0, shown, NULL),
	OP_ROW("pages.sign_out", "POST", PAGE_SESSION_PATH, OP_AUTH_SESSION, PERM_NONE,
	       EVENT_SIGN_OUT, OP_WRITE, OP_BODY_FORM, OP_FLAG_PAGE | BELOW_FLOOR, SMALL, form_only,
	       "pages.sign_in_form"),
	OP_END,
};

const struct op *page_ops(void)
{
	return rows;
}
