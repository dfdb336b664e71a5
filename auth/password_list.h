/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_PASSWORD_LIST_H
#define AUTH_PASSWORD_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/ctx.h"

/*
 * Passwords that many have chosen or that were stolen elsewhere: a sorted file, looked up by
 * bisection where it lies, with no network and no copy. One of the two forms in which such lists
 * are passed on:
 * - a password in small letters on each line, in order of bytes (LC_ALL=C sort -u);
 * - the SHA-1 of one on each line in 40 hexadecimal capitals, in order, anything after a colon
 *   ignored ("Pwned Passwords, ordered by hash").
 * The one that is built in is of the first form (auth/common_passwords.NOTICE).
 */

/* For the whole process, before it has threads and is confined. path "": the built-in one.
 * ERR_INPUT names the first line out of order (of the first 64 MiB), ERR_IO a file that cannot be
 * read. */
enum err password_list_open(struct ctx *ctx, const char *path) ERR_CHECKED;
/* text: not ended by NUL, as typed. True when it is there as it is or in small letters. */
bool password_list_has(const char *text, size_t len);

#endif
