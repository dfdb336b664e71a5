/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_FLOOR_READ_SQL_H
#define AUTH_FLOOR_READ_SQL_H

#include "auth/floor.h"
#include "auth/for_groups.h"

/* factor_level_of() of a row p of auth_passkey; FACTOR_ANY where a join found none. */
#define SQL_PASSKEY_LEVEL                                                        \
	"IF(p.id IS NULL, 0, IF(p.backup_eligible, 1, IF(EXISTS (SELECT 1 FROM " \
	"attestation_model am WHERE am.id = p.attested_by AND am.aaguid = p.aaguid), 3, 2)))"

struct factor_floor {
	struct uuid id;
	enum factor_level level;
	bool is_default;
	int64_t version;
};
#define FACTOR_FLOOR_COLUMNS "f.id, f.level, f.is_default, f.version"
enum { FACTOR_FLOOR_COLUMN_COUNT = 4 };
struct db_stmt;

/* In the order of their levels. */
enum err floor_sql_list(struct ctx *ctx, struct factor_floor out[FACTOR_LEVELS],
			size_t *out_count) ERR_CHECKED;
enum err floor_sql_get(struct ctx *ctx, const struct uuid *id,
		       struct factor_floor *out) ERR_CHECKED;
/* One call for each group it is for. */
for_groups_read_fn floor_sql_groups;
/* The rows of a statement that selects FACTOR_FLOOR_COLUMNS. */
enum err floor_sql_read(struct ctx *ctx, const struct db_stmt *stmt,
			struct factor_floor out[FACTOR_LEVELS], size_t *out_count) ERR_CHECKED;

#endif
