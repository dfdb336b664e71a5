/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_SUPPORT_TEST_LOAN_H
#define TESTS_SUPPORT_TEST_LOAN_H

#include "base/ctx.h"
#include "base/uuid.h"

/*
 * Rows of one loan that stands: person 01…, gateway 03…, target 05…, account 06… with secret 07…,
 * lease 0A… (each id is that byte, sixteen times). Everything asserts.
 */
void test_loan_rows(void);
/* Seals and stores the account's password; before the rows. */
void test_loan_secret(struct ctx *ctx, const char *password);
/* A session of it that waits; its id is the byte, sixteen times. */
struct uuid test_loan_session(uint8_t byte);

#endif
