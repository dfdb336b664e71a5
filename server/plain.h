/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_PLAIN_H
#define SERVER_PLAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/page_api.h"
#include "base/buf.h"
#include "rbac/principal.h"

/* The pages for browsers without scripts, as HTML: no request, no cookie, no decision. */

enum plain_kind {
	PLAIN_SIGN_IN,
	PLAIN_RECOVERY,
	PLAIN_MAIL, /* asks for a code by mail */
	PLAIN_MAIL_CODE,
	PLAIN_SECOND,
	PLAIN_SESSION,
	PLAIN_LEFT,    /* signed out here; at the provider one is still signed in */
	PLAIN_REFUSED, /* this page cannot be shown */
	PLAIN__COUNT
};

struct plain {
	enum plain_kind kind;
	bool japanese;
	const char *theme; /* "dark", "light" or "": the browser's own */
	const char *path;  /* its address, without a query */
	const char *token; /* of its form */
	enum page_told told;
	int64_t seconds;	      /* of TOLD_WAIT and TOLD_BUSY; 0: not known */
	const char *onward;	      /* PLAIN_LEFT: where the provider signs people out */
	const char *trace;	      /* PLAIN_REFUSED */
	const struct principal *self; /* PLAIN_SESSION */
};

/* json: what the page's operation read (providers, sign-ins); what is no such thing leaves its
 * part of the page out. */
void plain_render(const struct plain *plain, const char *json, size_t len, struct buf *out);

/* Its words, in the page's language. */
enum plain_word {
	WORD_APP,
	WORD_OTHER_LANGUAGE,
	WORD_ERROR,
	WORD_SIGN_IN,
	WORD_LOGIN,
	WORD_PASSWORD,
	WORD_CODE,
	WORD_CODE_HELP,
	WORD_RECOVERY_TITLE,
	WORD_RECOVERY,
	WORD_RECOVERY_HELP,
	WORD_USE_RECOVERY,
	WORD_USE_MAIL,
	WORD_MAIL_TITLE,
	WORD_MAIL_BODY,
	WORD_MAIL_SEND,
	WORD_MAIL_SENT,
	WORD_MAIL_CODE,
	WORD_MAIL_CODE_HELP,
	WORD_USE_CODE,
	WORD_SIGN_IN_HELP,
	WORD_PROVIDERS,
	WORD_PROVIDERS_UNKNOWN,
	WORD_WITH_BEFORE, /* the provider's name stands between these */
	WORD_WITH_AFTER,
	WORD_NO_SCRIPT,
	WORD_PORTAL,
	WORD_SECOND_TITLE,
	WORD_SECOND_BODY,
	WORD_SECOND_HELP,
	WORD_BACK,
	WORD_SESSION_TITLE,
	WORD_SESSION_BODY,
	WORD_WHO,
	WORD_SINCE,
	WORD_IDLE,
	WORD_UNTIL,
	WORD_PASSWORD_DUE,
	WORD_ENROL_DUE,
	WORD_PROVE_DUE,
	WORD_SIGN_OUT,
	WORD_SIGN_INS,
	WORD_BROWSER,
	WORD_ADDRESS,
	WORD_USED,
	WORD_THIS,
	WORD_LEFT_TITLE,
	WORD_LEFT_BODY,
	WORD_LEFT_THERE,
	WORD_REFUSED_TITLE,
	WORD_REFUSED_BODY,
	WORD_TRACE,
	WORD_SECONDS_BEFORE, /* the number stands between these */
	WORD_SECONDS_AFTER,
	WORD__COUNT
};
const char *plain_word(const struct plain *plain, enum plain_word word);
/* What told says on this page; "" for nothing. */
const char *plain_told(const struct plain *plain);

#endif
