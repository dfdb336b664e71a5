/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_PAGE_API_H
#define AUTH_PAGE_API_H

#include "rbac/op.h"

/*
 * Sign-in for browsers without scripts: pages and their forms. Each form does what an operation of
 * the API does, by the same handler; a page shows what an operation's reading says.
 */
const struct op *page_ops(void);

#define PAGE_SIGN_IN_PATH "/plain"
#define PAGE_SECOND_PATH  "/plain/second"
#define PAGE_SESSION_PATH "/plain/session"

/* Places of the query fields of every page. */
enum { PAGE_TOLD, PAGE_SECONDS, PAGE_LANGUAGE };
enum { PAGE_SECONDS_MAX = 86400 };

/* What a page says first; its address carries the name and nothing else of the failure. */
enum page_told {
	TOLD_WRONG,
	TOLD_PASSKEY, /* all was right, and a passkey is insisted on */
	TOLD_WAIT,
	TOLD_FORM, /* too old, or not ours */
	TOLD_INPUT,
	TOLD_EXPIRED, /* the provider's word is too old, or was used */
	TOLD_PROVIDER,
	TOLD_UNAVAILABLE,
	TOLD_BUSY,
	TOLD_SESSION, /* nobody is signed in */
	TOLD_LEFT,    /* signed out */
	TOLD_MAIL,    /* no codes by mail here */
	TOLD__COUNT,
	TOLD_NOTHING = -1
};
extern const char *const page_told_names[TOLD__COUNT + 1]; /* NULL-ended */

#endif
