/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sql/migrate.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "sql/db.h"
#include "sql/grants.h"

enum {
	SCRIPT_MAX = 64 * 1024,
	VERSION_NEEDED = 1011, /* 10.11 */
	LOCK_SECONDS = 30,
	RECORDED_MAX = 512
};

static const struct db_stmt server_facts = {
	"migrate.server", "SELECT @@global.version, @@global.secure_timestamp", 0, 2};
static const struct db_stmt take_lock = {"migrate.lock", "SELECT GET_LOCK('sekisho.migrate', ?)", 1,
					 1};
static const struct db_stmt recorded = {
	"migrate.recorded",
	"SELECT number, sha256, applied_at IS NOT NULL FROM schema_migration ORDER BY number", 0,
	3};
static const struct db_stmt begun = {
	"migrate.begun",
	"INSERT INTO schema_migration (number, name, sha256, applied_at) VALUES (?, ?, ?, NULL)", 3,
	0};
static const struct db_stmt ended = {
	"migrate.ended",
	"UPDATE schema_migration SET applied_at = UTC_TIMESTAMP(6) WHERE number = ?", 1, 0};

/* Row 0 marks a finished first installation. */
static const char record_table[] =
	"SET SESSION system_versioning_alter_history = KEEP;"
	"CREATE TABLE IF NOT EXISTS schema_migration ("
	" number INT UNSIGNED PRIMARY KEY, name VARCHAR(128) NOT NULL,"
	" sha256 CHAR(64) CHARACTER SET ascii NOT NULL, applied_at DATETIME(6) NULL)";

/* ------------------------------------------------------------------ server */

struct facts {
	unsigned version;
	bool secure;
	char text[64];
};

static void facts_read(struct db_rows *rows, void *arg)
{
	struct facts *facts = arg;
	const char *version = db_text(rows, 0), *secure = db_text(rows, 1);
	char *end = NULL;

	if (version == NULL || secure == NULL)
		return;
	unsigned long major = strtoul(version, &end, 10);
	unsigned long minor = *end == '.' ? strtoul(end + 1, NULL, 10) : 0;
	facts->version = (unsigned)(major * 100 + minor);
	if (major < 10 || strstr(version, "MariaDB") == NULL)
		facts->version = 0;
	facts->secure = strcmp(secure, "YES") == 0;
	(void)snprintf(facts->text, sizeof(facts->text), "%s", version);
}

enum err migrate_check_server(struct ctx *ctx)
{
	struct facts facts = {0};
	enum err code = db_one(ctx, &server_facts, NULL, facts_read, &facts);

	if (code != ERR_OK)
		return code;
	if (facts.version < VERSION_NEEDED)
		return err_reason(ctx, ERR_CONFLICT, "database.version",
				  "MariaDB 10.11 or newer is needed; this is %s", facts.text);
	if (!facts.secure)
		return err_reason(ctx, ERR_CONFLICT, "database.secure_timestamp",
				  "The database server must be started with secure_timestamp=YES, "
				  "or any account could rewrite history");
	return ERR_OK;
}

static bool name_is_plain(const char *name)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	size_t len = strlen(name);

	return len > 0 && len <= 64 && strspn(name, allowed) == len;
}

static enum err script_run(struct ctx *ctx, struct buf *text)
{
	if (buf_failed(text))
		return err_set(ctx, ERR_BUG, "A migration script is too large");
	return db_script(ctx, buf_text(text));
}

enum err migrate_create_database(struct ctx *ctx, const char *name)
{
	scoped(buf_clear) struct buf text;

	buf_init(&text, SCRIPT_MAX);
	if (!name_is_plain(name))
		return err_set(ctx, ERR_INPUT, "database_name may hold letters, digits and _ only");
	buf_printf(&text, "CREATE DATABASE IF NOT EXISTS `%s` CHARACTER SET utf8mb4", name);
	return script_run(ctx, &text);
}

/* ------------------------------------------------------------------ migrations */

struct record {
	unsigned number;
	char sha256[65];
	bool finished;
};

struct records {
	struct record row[RECORDED_MAX];
	size_t count;
	bool installed;	 /* the first installation came to its end */
	bool unfinished; /* some migration began and did not end */
};

static enum err records_read(struct ctx *ctx, struct records *out)
{
	struct db_rows *rows = NULL;
	enum err code = db_query(ctx, &recorded, NULL, &rows);

	memset(out, 0, sizeof(*out));
	if (code != ERR_OK)
		return code;
	while (out->count < RECORDED_MAX && db_next(rows)) {
		struct record *record = &out->row[out->count];
		const char *hash = db_text(rows, 1);
		record->number = (unsigned)db_int(rows, 0);
		record->finished = db_int(rows, 2) != 0;
		(void)snprintf(record->sha256, sizeof(record->sha256), "%s",
			       hash != NULL ? hash : "");
		if (record->number == 0) {
			out->installed = true;
			continue;
		}
		out->unfinished = out->unfinished || !record->finished;
		out->count++;
	}
	return db_rows_close(rows);
}

static const struct migration *migration_find(const struct migration *list, unsigned number)
{
	for (; list->number != 0; list++)
		if (list->number == number)
			return list;
	return NULL;
}

static enum err records_agree(struct ctx *ctx, const struct records *records,
			      const struct migration *list)
{
	for (size_t i = 0; i < records->count; i++) {
		const struct record *record = &records->row[i];
		const struct migration *known = migration_find(list, record->number);
		if (known == NULL)
			return err_reason(ctx, ERR_CONFLICT, "schema.newer",
					  "The database has migration %u, which this version does "
					  "not know: install a newer version",
					  record->number);
		if (strcmp(known->sha256, record->sha256) != 0)
			return err_reason(ctx, ERR_CONFLICT, "schema.changed",
					  "Migration %s was applied in another form than this "
					  "version holds; nothing was changed",
					  known->name);
		if (!record->finished)
			return err_reason(ctx, ERR_CONFLICT, "schema.unfinished",
					  "Migration %s began and did not end; restore the backup "
					  "taken before the upgrade",
					  known->name);
	}
	return ERR_OK;
}

static bool record_has(const struct records *records, unsigned number)
{
	for (size_t i = 0; i < records->count; i++)
		if (records->row[i].number == number)
			return true;
	return false;
}

static enum err record_begin(struct ctx *ctx, unsigned number, const char *name, const char *hash)
{
	struct db_param params[] = {DB_P_INT(number), DB_P_TEXT(name), DB_P_TEXT(hash)};

	return db_exec(ctx, &begun, params, NULL);
}

static enum err record_end(struct ctx *ctx, unsigned number)
{
	struct db_param param = DB_P_INT(number);

	return db_exec(ctx, &ended, &param, NULL);
}

static enum err migration_apply(struct ctx *ctx, const struct migration *migration)
{
	enum err code = record_begin(ctx, migration->number, migration->name, migration->sha256);

	if (code == ERR_OK)
		code = db_script(ctx, migration->text);
	if (code == ERR_OK)
		code = record_end(ctx, migration->number);
	return code;
}

/* Nothing of worth can be in a database whose first installation never ended. */
static enum err start_over(struct ctx *ctx, const char *name)
{
	scoped(buf_clear) struct buf text;

	buf_init(&text, SCRIPT_MAX);
	buf_printf(&text,
		   "DROP DATABASE `%s`; CREATE DATABASE `%s` CHARACTER SET utf8mb4; USE `%s`", name,
		   name, name);
	enum err code = script_run(ctx, &text);
	return code == ERR_OK ? db_script(ctx, record_table) : code;
}

static void lock_read(struct db_rows *rows, void *arg)
{
	*(bool *)arg = db_int(rows, 0) == 1;
}

static enum err lock_take(struct ctx *ctx)
{
	struct db_param seconds = DB_P_INT(LOCK_SECONDS);
	bool locked = false;
	enum err code = db_one(ctx, &take_lock, &seconds, lock_read, &locked);

	if (code == ERR_OK && !locked)
		return err_reason(ctx, ERR_CONFLICT, "schema.locked",
				  "Another process is changing the schema");
	return code;
}

static enum err missing_apply(struct ctx *ctx, const struct records *records,
			      const struct migration *list, unsigned *out_applied)
{
	for (; list->number != 0; list++) {
		if (record_has(records, list->number))
			continue;
		enum err code = migration_apply(ctx, list);
		if (code != ERR_OK)
			return code;
		++*out_applied;
	}
	if (records->installed)
		return ERR_OK;
	enum err code = record_begin(ctx, 0, "installed", "");
	return code == ERR_OK ? record_end(ctx, 0) : code;
}

enum err migrate_apply(struct ctx *ctx, const char *name, const struct migration *list,
		       unsigned *out_applied)
{
	struct records *records = calloc(1, sizeof(*records));
	enum err code = records == NULL ? err_set(ctx, ERR_MEMORY, "Memory is short") : ERR_OK;

	*out_applied = 0;
	if (code == ERR_OK && !name_is_plain(name))
		code = err_set(ctx, ERR_INPUT, "database_name is malformed");
	if (code == ERR_OK)
		code = lock_take(ctx);
	if (code == ERR_OK)
		code = db_script(ctx, record_table);
	if (code == ERR_OK)
		code = records_read(ctx, records);
	if (code == ERR_OK && records->unfinished && !records->installed) {
		code = start_over(ctx, name);
		memset(records, 0, sizeof(*records));
	}
	if (code == ERR_OK)
		code = records_agree(ctx, records, list);
	if (code == ERR_OK)
		code = missing_apply(ctx, records, list, out_applied);
	free(records);
	return code;
}

/* ------------------------------------------------------------------ accounts */

static bool token_is_plain(const uint8_t *token, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!((token[i] >= '0' && token[i] <= '9') ||
		      (token[i] >= 'a' && token[i] <= 'z') || (token[i] >= 'A' && token[i] <= 'Z')))
			return false;
	return len > 0 && len <= 128;
}

static void grants_put(struct buf *text, const char *database, const char *place,
		       const uint8_t *account, size_t len)
{
	for (const struct grant *grant = grants; grant->table != NULL; grant++) {
		if (strlen(grant->account) != len || memcmp(grant->account, account, len) != 0)
			continue;
		buf_printf(text, "GRANT %s", grant->privileges);
		if (grant->columns != NULL)
			buf_printf(text, " (%s)", grant->columns);
		buf_printf(text, " ON `%s`.`%s` TO 'sekisho_%.*s'@'%s';", database, grant->table,
			   (int)len, (const char *)account, place);
	}
}

static enum err account_set(struct ctx *ctx, const char *database, bool remote,
			    const uint8_t *account, size_t account_len, const uint8_t *password,
			    size_t password_len)
{
	scoped(buf_clear) struct buf text;
	const char *name = (const char *)account;
	const char *place = remote ? "%" : "localhost";
	int len = (int)account_len;

	buf_init_wiped(&text, SCRIPT_MAX);
	if (!token_is_plain(account, account_len) || !token_is_plain(password, password_len))
		return err_set(ctx, ERR_BUG, "A service account's line is malformed");
	buf_printf(&text, "CREATE USER IF NOT EXISTS 'sekisho_%.*s'@'%s';", len, name, place);
	buf_printf(&text, "ALTER USER 'sekisho_%.*s'@'%s' IDENTIFIED BY '", len, name, place);
	buf_put(&text, password, password_len);
	buf_printf(&text, "' REQUIRE %s WITH MAX_USER_CONNECTIONS 64;", remote ? "SSL" : "NONE");
	buf_printf(&text, "REVOKE ALL PRIVILEGES, GRANT OPTION FROM 'sekisho_%.*s'@'%s';", len,
		   name, place);
	grants_put(&text, database, place, account, account_len);
	return script_run(ctx, &text);
}

enum err migrate_accounts(struct ctx *ctx, const char *name, bool remote,
			  const struct secret *lines)
{
	const uint8_t *at = secret_bytes(lines), *end = at + secret_len(lines);

	if (!name_is_plain(name))
		return err_set(ctx, ERR_INPUT, "database_name is malformed");
	while (at < end) {
		const uint8_t *stop = memchr(at, '\n', (size_t)(end - at));
		if (stop == NULL)
			stop = end;
		const uint8_t *space = memchr(at, ' ', (size_t)(stop - at));
		if (space == NULL)
			return err_set(ctx, ERR_BUG, "A service account's line is malformed");
		enum err code = account_set(ctx, name, remote, at, (size_t)(space - at), space + 1,
					    (size_t)(stop - space - 1));
		if (code != ERR_OK)
			return code;
		at = stop < end ? stop + 1 : end;
	}
	return ERR_OK;
}
