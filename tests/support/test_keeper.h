/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_SUPPORT_TEST_KEEPER_H
#define TESTS_SUPPORT_TEST_KEEPER_H

struct keeper_client;
struct ctx;

/* A real keeper in a process of its own (call before any thread exists), unsealed, with a fresh key
 * hierarchy. Everything asserts. */
struct keeper_client *test_keeper_start(struct ctx *ctx);
void test_keeper_stop(struct keeper_client *client);

#endif
