/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/attestation_sql.h"

#include "auth/auth.h"
#include "base/sys.h"
#include "sql/db.h"

static const struct db_stmt add = {
	"attestation.add",
	"INSERT INTO attestation_model (id, aaguid, name, root, fingerprint, subject, not_after, "
	"created_at, event_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
	9, 0};
static const struct db_stmt one = {
	"attestation.one", "SELECT id, aaguid, name FROM attestation_model WHERE id = ? FOR UPDATE",
	1, 3};
static const struct db_stmt remove_one = {"attestation.remove",
					  "DELETE FROM attestation_model WHERE id = ?", 1, 0};
static const struct db_stmt count_all = {"attestation.count",
					 "SELECT COUNT(*) FROM attestation_model", 0, 1};
static const struct db_stmt anchors = {
	"attestation.anchors",
	"SELECT m.id, m.root, NOT EXISTS (SELECT 1 FROM attestation_model o WHERE o.fingerprint = "
	"m.fingerprint AND o.aaguid <> m.aaguid) FROM attestation_model m WHERE m.aaguid = ? "
	"ORDER BY m.created_at, m.id LIMIT 16",
	1, 3};

static const struct db_stmt *const stmts[] = {&add, &one, &remove_one, &count_all, &anchors, NULL};
static const struct db_stmt_list list = {"attestation", stmts};

const struct db_stmt_list *attestation_statements(void)
{
	return &list;
}

enum err attestation_sql_add(struct ctx *ctx, const struct attestation_model *model,
			     const struct chain_root *root, const struct uuid *event_id)
{
	const struct db_param params[] = {DB_P_UUID(&model->id),
					  DB_P_UUID(&model->aaguid),
					  DB_P_TEXT(model->name),
					  DB_P_BYTES(root->der, root->len),
					  DB_P_BYTES(root->fingerprint, 32),
					  DB_P_TEXT(root->subject),
					  DB_P_TIME(root->not_after),
					  DB_P_TIME(sys_real_us()),
					  DB_P_UUID(event_id)};

	return db_exec(ctx, &add, params, NULL);
}

static void read_model(struct db_rows *rows, void *arg)
{
	*(struct attestation_model *)arg = (struct attestation_model){
		.id = db_uuid(rows, 0), .aaguid = db_uuid(rows, 1), .name = db_text(rows, 2)};
}

enum err attestation_sql_remove(struct ctx *ctx, const struct uuid *id,
				struct attestation_model *out)
{
	const struct db_param params[] = {DB_P_UUID(id)};
	enum err err = db_one(ctx, &one, params, read_model, out);

	return err == ERR_OK ? db_exec(ctx, &remove_one, params, NULL) : err;
}

static void read_number(struct db_rows *rows, void *arg)
{
	*(int64_t *)arg = db_int(rows, 0);
}

enum err attestation_sql_count(struct ctx *ctx, int64_t *out)
{
	return db_one(ctx, &count_all, NULL, read_number, out);
}

enum err attestation_sql_anchors(struct ctx *ctx, const uint8_t aaguid[16],
				 struct chain_anchor out[ATTESTATION_ANCHORS_MAX],
				 struct uuid ids[ATTESTATION_ANCHORS_MAX], size_t *out_count)
{
	const struct db_param params[] = {DB_P_BYTES(aaguid, 16)};
	struct db_rows *rows = NULL;
	size_t count = 0;
	enum err err = db_query(ctx, &anchors, params, &rows);

	if (err != ERR_OK)
		return err;
	while (count < ATTESTATION_ANCHORS_MAX && db_next(rows)) {
		ids[count] = db_uuid(rows, 0);
		out[count++] = (struct chain_anchor){db_bytes(rows, 1), db_int(rows, 2) != 0};
	}
	*out_count = count;
	return db_rows_close(rows);
}
