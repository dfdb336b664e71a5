/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/test_loan.h"

#include "tests/unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auth/secret_store.h"
#include "base/secret.h"
#include "tests/support/test_db.h"
#include "vault/keeper.h"

void test_loan_rows(void)
{
	test_db_script(
		"SET @n = UTC_TIMESTAMP(6), @e = REPEAT(X'00', 16);"
		"INSERT INTO user (id, login, display_name, state, created_at, updated_at, "
		"event_id) "
		"VALUES (REPEAT(X'01',16), 'sato', 'Sato', 'active', @n, @n, @e);"
		"INSERT INTO gateway_group (id, name, created_at, updated_at, event_id) "
		"VALUES (REPEAT(X'02',16), 'gg', @n, @n, @e);"
		"INSERT INTO gateway (id, group_id, name, state, created_at, updated_at, event_id) "
		"VALUES (REPEAT(X'03',16), REPEAT(X'02',16), 'gw', 'enrolled', @n, @n, @e);"
		"INSERT INTO gateway_presence (gateway_id, state, connections) "
		"VALUES (REPEAT(X'03',16), 'online', 2);"
		"INSERT INTO target_group (id, name, created_at, updated_at, event_id) "
		"VALUES (REPEAT(X'04',16), 'tg', @n, @n, @e);"
		"INSERT INTO target (id, group_id, gateway_group_id, name, kind, port, created_at, "
		"updated_at, event_id) VALUES (REPEAT(X'05',16), REPEAT(X'04',16), "
		"REPEAT(X'02',16), 'web-01', 'linux_ssh', 22, @n, @n, @e);"
		"INSERT INTO target_address (target_id, position, address, event_id) "
		"VALUES (REPEAT(X'05',16), 0, '192.0.2.10', @e);"
		"INSERT INTO account (id, target_id, name, secret_id, created_at, updated_at, "
		"event_id) "
		"VALUES (REPEAT(X'06',16), REPEAT(X'05',16), 'root', REPEAT(X'07',16), @n, @n, @e);"
		"INSERT INTO workflow (id, name, created_at, updated_at, event_id) "
		"VALUES (REPEAT(X'08',16), 'wf', @n, @n, @e);"
		"INSERT INTO request (id, number, requester_id, workflow_id, purpose, starts_at, "
		"ends_at, state, stage_count, created_at, updated_at) VALUES (REPEAT(X'09',16), "
		"'R-1', REPEAT(X'01',16), REPEAT(X'08',16), 'test', @n, @n + INTERVAL 1 HOUR, "
		"'approved', 1, @n, @n);"
		"INSERT INTO lease (id, request_id, account_id, user_id, starts_at, ends_at, "
		"exclusive, state) VALUES (REPEAT(X'0A',16), REPEAT(X'09',16), REPEAT(X'06',16), "
		"REPEAT(X'01',16), @n - INTERVAL 1 MINUTE, @n + INTERVAL 1 HOUR, TRUE, 'active');");
}

void test_loan_secret(struct ctx *ctx, const char *password)
{
	struct secret_ref ref = {.version = 1, .kind = SECRET_PASSWORD};
	struct secret *secret = secret_from(password, strlen(password));
	struct block blob;
	int fd = -1;

	memset(ref.id.b, 7, UUID_SIZE);
	assert_int_equal(secret_pipe(secret, &fd), ERR_OK);
	assert_int_equal(keeper_seal(ctx, &ref, fd, &blob), ERR_OK);
	close(fd);
	secret_free(secret);
	assert_int_equal(secret_store_put(ctx, &ref, blob), ERR_OK);
}

struct uuid test_loan_session(uint8_t byte)
{
	struct uuid id;
	char sql[512];

	memset(id.b, byte, UUID_SIZE);
	(void)snprintf(sql, sizeof(sql),
		       "INSERT INTO session (id, lease_id, user_id, account_id, target_id, state, "
		       "created_at, peer) VALUES (REPEAT(X'%02X',16), REPEAT(X'0A',16), "
		       "REPEAT(X'01',16), REPEAT(X'06',16), REPEAT(X'05',16), 'waiting', "
		       "UTC_TIMESTAMP(6), '198.51.100.7')",
		       byte);
	test_db_script(sql);
	return id;
}
