/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_PASSWORD_COMMON_H
#define AUTH_PASSWORD_COMMON_H

#include <stdbool.h>
#include <stddef.h>

/*
 * True for a password that is among the first anybody would guess: a word of the built-in list,
 * alone or repeated, whatever its case, with the usual substitutes, with digits and signs before or
 * behind it; or one that only counts, repeats or runs on. The same of the list of common and stolen
 * ones (password_list.h), where digits and signs around it are no more than half. Needs no network.
 */
bool password_is_common(const char *text, size_t len);

#endif
