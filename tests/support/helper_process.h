/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_SUPPORT_HELPER_PROCESS_H
#define TESTS_SUPPORT_HELPER_PROCESS_H

#include <sys/types.h>

#include "base/helper.h"

/* For struct helpers: runs the real program, confined, as a child of the test, which reaps it. arg:
 * its name, "sekisho-saml". */
bool helper_process(void *arg, enum helper_kind kind, int control);
/* Of the one started last: its exit status, after it ended. */
int helper_process_status(void);

#endif
