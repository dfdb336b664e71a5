/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_AUTHORITY_HELPER_H
#define SERVER_AUTHORITY_HELPER_H

#include "server/authority_inner.h"

/* Of struct helpers: asks the supervisor, which only the loop's thread speaks to. arg: authority.
 */
bool helper_process_start(void *arg, enum helper_kind kind, int control);

#endif
