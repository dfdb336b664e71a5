/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/auth.h"
#include "auth/handlers.h"
#include "base/arena.h"
#include "base/json.h"
#include "base/text.h"

static const struct db_stmt all = {
	"attestation_read.list",
	"SELECT m.id, m.aaguid, m.name, m.fingerprint, m.subject, m.not_after, m.created_at, "
	"(SELECT COUNT(*) FROM auth_passkey p WHERE p.attested_by = m.id) FROM attestation_model m "
	"ORDER BY m.name, m.id",
	0, 8};
static const struct db_stmt *const stmts[] = {&all, NULL};
static const struct db_stmt_list list = {"attestation_read", stmts};

const struct db_stmt_list *attestation_read_statements(void)
{
	return &list;
}

static void put_model(struct json *json, struct db_rows *rows)
{
	char hex[2 * 32 + 1] = "";
	struct uuid id = db_uuid(rows, 0), aaguid = db_uuid(rows, 1);
	struct block fingerprint = db_bytes(rows, 3);

	if (fingerprint.len == 32)
		hex_encode(fingerprint.data, fingerprint.len, hex);
	json_object(json, NULL);
	json_uuid(json, "id", &id);
	json_uuid(json, "aaguid", &aaguid);
	json_text(json, "name", db_text(rows, 2));
	json_text(json, "fingerprint", hex);
	json_text(json, "subject", db_text(rows, 4));
	json_time(json, "not_after", db_time(rows, 5));
	json_time(json, "created_at", db_time(rows, 6));
	json_int(json, "passkeys", db_int(rows, 7));
	json_end_object(json);
}

enum err attestation_read_list(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct db_rows *rows = NULL;
	enum err err = db_query(ctx, &all, NULL, &rows);

	(void)in;
	if (err != ERR_OK)
		return err;
	json_object(reply->json, NULL);
	json_array(reply->json, "items");
	while (db_next(rows))
		put_model(reply->json, rows);
	json_end_array(reply->json);
	json_end_object(reply->json);
	return db_rows_close(rows);
}
