/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NOTIFY_KIND_H
#define NOTIFY_KIND_H

#include <stdbool.h>

/*
 * What people are told, in both languages: the subject, what happened, what to do if it was not
 * them. One row (name, details) of the table in kind.c makes one; the names are stored and shown by
 * the API, so they are added and never renamed.
 */
enum language { LANGUAGE_JA, LANGUAGE_EN, LANGUAGE__COUNT };

struct notice_kind {
	const char *name;
	struct notice_words {
		const char *subject, *happened, *advice;
		const char *detail; /* what the detail is called; NULL: it is not shown */
	} words[LANGUAGE__COUNT];
};

/* NULL: there is none of that name. */
const struct notice_kind *notice_kind_by_name(const char *name);
/* Whether its message carries a code, which authority holds under the notice's id. */
bool notice_kind_has_code(const char *name);
/* For tests and pages: the table, ended by a NULL name. */
const struct notice_kind *notice_kinds(void);

#endif
