/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/privileged_use.h"

#include <string.h>

#include "base/arena.h"

/* Rows of one report: what fits into one answer and one person's patience. */
enum { USE_ROWS_MAX = 20000 };

struct use_row {
	struct uuid user_id, account_id, target_id, request_id, session_id;
	const char *login, *user_name, *account, *target, *target_kind;
	const char *number, *purpose, *ticket, *approvers;
	int64_t starts_at, ends_at, connected_at, ended_at;
	const char *lease_state, *session_state, *end_reason, *recording;
};

static const struct db_stmt use = {
	"report.privileged_use",
	"SELECT u.id, u.login, u.display_name, a.id, a.name, t.id, t.name, t.kind, l.starts_at,"
	" COALESCE(l.ended_at, l.ends_at), q.id, q.number, q.purpose, q.ticket,"
	" (SELECT GROUP_CONCAT(DISTINCT p.display_name ORDER BY p.display_name SEPARATOR '\\n')"
	" FROM approval x JOIN user p ON p.id = x.user_id"
	" WHERE x.request_id = q.id AND x.decision = 'approve'),"
	" s.id, s.connected_at, s.ended_at, l.state, s.state, s.end_reason, r.state"
	" FROM lease l JOIN request q ON q.id = l.request_id JOIN user u ON u.id = l.user_id"
	" JOIN account a ON a.id = l.account_id JOIN target t ON t.id = a.target_id"
	" LEFT JOIN session s ON s.lease_id = l.id LEFT JOIN recording r ON r.session_id = s.id"
	" WHERE l.starts_at < ? AND COALESCE(l.ended_at, l.ends_at) > ?"
	" AND (? IS NULL OR l.user_id = ?) AND (? IS NULL OR a.target_id = ?)"
	" ORDER BY l.starts_at, l.id, s.created_at LIMIT ?",
	7, 22};

static const struct db_stmt *const stmts[] = {&use, NULL};

const struct db_stmt_list *report_statements(void)
{
	static const struct db_stmt_list list = {"report", stmts};
	return &list;
}

static void read_row(struct db_rows *rows, struct use_row *out)
{
	*out = (struct use_row){
		.user_id = db_uuid(rows, 0),
		.login = db_text(rows, 1),
		.user_name = db_text(rows, 2),
		.account_id = db_uuid(rows, 3),
		.account = db_text(rows, 4),
		.target_id = db_uuid(rows, 5),
		.target = db_text(rows, 6),
		.target_kind = db_text(rows, 7),
		.starts_at = db_time(rows, 8),
		.ends_at = db_time(rows, 9),
		.request_id = db_uuid(rows, 10),
		.number = db_text(rows, 11),
		.purpose = db_text(rows, 12),
		.ticket = db_text(rows, 13),
		.approvers = db_text(rows, 14),
		.session_id = db_uuid(rows, 15),
		.connected_at = db_time(rows, 16),
		.ended_at = db_time(rows, 17),
		.lease_state = db_text(rows, 18),
		.session_state = db_text(rows, 19),
		.end_reason = db_text(rows, 20),
		.recording = db_text(rows, 21),
	};
}

static bool add(struct ctx *ctx, struct report_rows *list, size_t *size, const void *row)
{
	if (list->count == *size) {
		size_t larger = *size == 0 ? 64 : *size * 2;
		const void **copy = arena_array(ctx->arena, const void *, larger);
		if (copy == NULL)
			return false;
		if (list->count > 0)
			memcpy(copy, list->row, list->count * sizeof(*copy));
		list->row = copy;
		*size = larger;
	}
	list->row[list->count++] = row;
	return true;
}

static enum err too_large(struct ctx *ctx)
{
	return err_reason(ctx, ERR_TOO_LARGE, "report.too_large",
			  "The report has more rows than one answer holds; ask for a shorter "
			  "period.");
}

static enum err load(struct ctx *ctx, const struct report_query *query, struct report_rows *out)
{
	struct db_param params[] = {DB_P_TIME(query->to),	 DB_P_TIME(query->from),
				    DB_P_UUID(query->user_id),	 DB_P_UUID(query->user_id),
				    DB_P_UUID(query->target_id), DB_P_UUID(query->target_id),
				    DB_P_INT(USE_ROWS_MAX + 1)};
	struct db_rows *rows;
	size_t size = 0;
	*out = (struct report_rows){NULL, 0};
	enum err err = db_query(ctx, &use, params, &rows);
	if (err != ERR_OK)
		return err;
	bool fits = true;
	while (fits && db_next(rows)) {
		struct use_row *row = arena_new_of(ctx->arena, struct use_row);
		fits = row != NULL && out->count < USE_ROWS_MAX;
		if (fits) {
			read_row(rows, row);
			fits = add(ctx, out, &size, row);
		}
	}
	err = db_rows_close(rows);
	return err == ERR_OK && !fits ? too_large(ctx) : err;
}

static const char *result_code(const struct use_row *row)
{
	if (row->session_state == NULL)
		return "unused";
	if (strcmp(row->session_state, "failed") == 0 && row->end_reason != NULL)
		return row->end_reason;
	return row->session_state;
}

static const char *recording_state(const struct use_row *row)
{
	return row->recording != NULL ? row->recording : "none";
}

/* Approvers come one a line: names may hold any other separator. */
static void approvers_json(struct json *json, const char *lines)
{
	json_array(json, "approvers");
	while (lines != NULL && *lines != '\0') {
		size_t len = strcspn(lines, "\n");
		json_text_n(json, NULL, lines, len);
		lines += len + (lines[len] == '\n');
	}
	json_end_array(json);
}

static void ref_json(struct json *json, const char *key, const struct uuid *id,
		     const char *name_key, const char *name)
{
	json_object(json, key);
	json_uuid(json, "id", id);
	json_text(json, name_key, name);
	json_end_object(json);
}

static void row_json(struct json *json, const void *data)
{
	const struct use_row *row = data;
	json_object(json, NULL);
	json_object(json, "user");
	json_uuid(json, "id", &row->user_id);
	json_text(json, "login", row->login);
	json_text(json, "display_name", row->user_name);
	json_end_object(json);
	ref_json(json, "account", &row->account_id, "name", row->account);
	json_object(json, "target");
	json_uuid(json, "id", &row->target_id);
	json_text(json, "name", row->target);
	json_text(json, "kind", row->target_kind);
	json_end_object(json);
	json_time(json, "starts_at", row->starts_at);
	json_time(json, "ends_at", row->ends_at);
	ref_json(json, "request", &row->request_id, "number", row->number);
	json_text(json, "purpose", row->purpose);
	json_text(json, "ticket", row->ticket);
	approvers_json(json, row->approvers);
	json_uuid(json, "session_id", uuid_is_nil(&row->session_id) ? NULL : &row->session_id);
	json_time(json, "connected_at", row->connected_at);
	json_time(json, "ended_at", row->ended_at);
	json_text(json, "recording", recording_state(row));
	json_text(json, "result", result_code(row));
	json_end_object(json);
}

/* Words for codes; a code without a word is shown as it is. */
static const struct {
	const char *code, *ja, *en;
} words[] = {
	{"unused", "未使用", "Not used"},
	{"waiting", "ゲートウェイ待ち", "Waiting for the gateway"},
	{"connecting", "接続中", "Connecting"},
	{"live", "利用中", "Live"},
	{"ended", "終了", "Ended"},
	{"failed", "接続失敗", "Failed"},
	{"broken", "異常終了", "Broken"},
	{"none", "なし", "None"},
	{"writing", "記録中", "Being written"},
	{"complete", "あり", "Complete"},
	{"lost", "消失", "Lost"},
};

static const char *word(const struct report_view *view, const char *code)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].code, code) == 0)
			return view->japanese ? words[i].ja : words[i].en;
	return code;
}

#define COLUMN(name, expression)                                                                   \
	static const char *name(struct ctx *ctx, const struct report_view *view, const void *data) \
	{                                                                                          \
		const struct use_row *row = data;                                                  \
		(void)ctx;                                                                         \
		(void)view;                                                                        \
		return (expression);                                                               \
	}
COLUMN(user_text, arena_printf(ctx->arena, "%s (%s)", row->user_name, row->login))
COLUMN(target_text, row->target)
COLUMN(account_text, row->account)
COLUMN(starts_text, report_time(ctx, view, row->starts_at))
COLUMN(ends_text, report_time(ctx, view, row->ends_at))
COLUMN(number_text, row->number)
COLUMN(purpose_text, row->purpose)
COLUMN(ticket_text, row->ticket)
COLUMN(approvers_text, row->approvers)
COLUMN(connected_text, report_time(ctx, view, row->connected_at))
COLUMN(ended_text, report_time(ctx, view, row->ended_at))
COLUMN(recording_text, word(view, recording_state(row)))
COLUMN(result_text, word(view, result_code(row)))

static const struct report_column columns[] = {
	{"利用者", "User", user_text},
	{"ターゲット", "Target", target_text},
	{"アカウント", "Account", account_text},
	{"貸出開始", "Loan from", starts_text},
	{"貸出終了", "Loan to", ends_text},
	{"申請番号", "Request", number_text},
	{"利用目的", "Purpose", purpose_text},
	{"チケット", "Ticket", ticket_text},
	{"承認者", "Approved by", approvers_text},
	{"接続開始", "Session from", connected_text},
	{"接続終了", "Session to", ended_text},
	{"録画", "Recording", recording_text},
	{"結果", "Result", result_text},
	{NULL, NULL, NULL},
};

const struct report report_privileged_use = {
	.id = "privileged-use",
	.ja = "特権ID利用レポート",
	.en = "Privileged ID use",
	.columns = columns,
	.load = load,
	.json = row_json,
};
