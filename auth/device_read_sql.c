/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/device_read_sql.h"

#include "auth/auth.h"
#include "sql/db.h"

/* Nobody looks at more than a screen of them; the ones seen last come first. */
static const struct db_stmt of_user = {
	"device_read.of_user",
	"SELECT d.id, d.first_seen_at, d.last_seen_at, d.key_added_at, d.user_agent, d.peer, "
	"EXISTS (SELECT 1 FROM auth_session s WHERE s.id = ? AND s.device_id = d.id) "
	"FROM auth_device d WHERE d.user_id = ? AND d.revoked_at IS NULL "
	"ORDER BY d.last_seen_at DESC LIMIT 100",
	2, 7};
static const struct db_stmt *const stmts[] = {&of_user, NULL};
static const struct db_stmt_list list = {"device_read", stmts};

const struct db_stmt_list *device_read_statements(void)
{
	return &list;
}

enum err device_read_list(struct ctx *ctx, const struct uuid *user_id,
			  const struct uuid *session_id,
			  void (*fn)(void *arg, const struct device_view *device), void *arg)
{
	const struct db_param params[] = {DB_P_UUID(session_id), DB_P_UUID(user_id)};
	struct db_rows *rows;
	enum err err = db_query(ctx, &of_user, params, &rows);

	if (err != ERR_OK)
		return err;
	while (db_next(rows)) {
		const struct device_view device = {.id = db_uuid(rows, 0),
						   .first_seen_at = db_time(rows, 1),
						   .last_seen_at = db_time(rows, 2),
						   .key_added_at = db_time(rows, 3),
						   .user_agent = db_text(rows, 4),
						   .peer = db_text(rows, 5),
						   .current = db_int(rows, 6) != 0};
		fn(arg, &device);
	}
	return db_rows_close(rows);
}
