/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/adaptive_tune.h"

#include "audit/audit.h"
#include "auth/adaptive_policy.h"
#include "auth/auth.h"
#include "auth/risk_budget.h"
#include "rbac/write.h"

static const int64_t day_us = (int64_t)24 * 3600 * 1000000;

static const struct db_stmt count_one = {
	"adaptive_tune.count",
	"INSERT INTO adaptive_score (day, step, seen) VALUES (?, ?, 1) "
	"ON DUPLICATE KEY UPDATE seen = seen + 1",
	2, 0};
static const struct db_stmt forget = {"adaptive_tune.forget",
				      "DELETE FROM adaptive_score WHERE day < ?", 1, 0};
static const struct db_stmt sums = {
	"adaptive_tune.sums",
	"SELECT step, SUM(seen) FROM adaptive_score WHERE day >= ? GROUP BY step", 1, 2};
static const struct db_stmt *const stmts[] = {&count_one, &forget, &sums, NULL};
static const struct db_stmt_list list = {"adaptive_tune", stmts};

const struct db_stmt_list *adaptive_tune_statements(void)
{
	return &list;
}

enum err adaptive_count(struct ctx *ctx, const struct risk_facts *facts, int32_t score,
			uint16_t day)
{
	const struct db_param params[] = {DB_P_INT(day), DB_P_INT(risk_budget_step(score))};

	if (facts->device_key != 1 || facts->logins < ADAPTIVE_SETTLED)
		return ERR_OK;
	return db_exec(ctx, &count_one, params, NULL);
}

static enum err read_histogram(struct ctx *ctx, int64_t since, struct risk_histogram *out,
			       int64_t *out_total)
{
	const struct db_param params[] = {DB_P_INT(since)};
	struct db_rows *rows = NULL;
	enum err err = db_query(ctx, &sums, params, &rows);

	if (err != ERR_OK)
		return err;
	while (db_next(rows)) {
		int64_t step = db_int(rows, 0), seen = db_int(rows, 1);
		if (step < 0 || step >= RISK_STEPS || seen < 0)
			continue;
		out->count[step] = seen > UINT32_MAX ? UINT32_MAX : (uint32_t)seen;
		*out_total += seen;
	}
	return db_rows_close(rows);
}

static enum err store(struct ctx *ctx, const struct adaptive_policy *before,
		      const struct adaptive_policy *after, int64_t scores)
{
	struct audit audit;

	if (before->challenge == after->challenge && before->block == after->block)
		return ERR_OK;
	audit_init(&audit, EVENT_ADAPTIVE_TUNED);
	audit_change(&audit, "challenge", write_int(ctx, before->challenge),
		     write_int(ctx, after->challenge));
	audit_change(&audit, "block", write_int(ctx, before->block), write_int(ctx, after->block));
	audit_data(&audit, "scores", write_int(ctx, scores));
	enum err err = adaptive_policy_store(ctx, after, &audit.id);
	return err == ERR_OK ? audit_append(ctx, &audit) : err;
}

static enum err tune(struct ctx *ctx, int64_t today)
{
	struct risk_histogram *histogram = arena_new_of(ctx->arena, struct risk_histogram);
	const struct db_param old[] = {DB_P_INT(today - ADAPTIVE_DAYS)};
	struct adaptive_tuning tuning = {.day = today};
	struct adaptive_policy before;

	if (!histogram)
		return err_set(ctx, ERR_MEMORY, "No memory for the scores of sign-ins.");
	enum err err = adaptive_policy_read(ctx, true, &before);
	if (err == ERR_OK)
		err = db_exec(ctx, &forget, old, NULL);
	if (err == ERR_OK)
		err = read_histogram(ctx, today - ADAPTIVE_DAYS, histogram, &tuning.scores);
	if (err != ERR_OK)
		return err;
	struct adaptive_policy after = before;
	if (before.by_budget && tuning.scores >= RISK_BUDGET_LEAST)
		adaptive_policy_move(&after, histogram, before.challenge_budget,
				     before.block_budget, ADAPTIVE_NIGHT_DRIFT);
	err = store(ctx, &before, &after, tuning.scores);
	return err == ERR_OK ? adaptive_tuning_store(ctx, &tuning) : err;
}

enum err adaptive_tune(struct ctx *ctx, int64_t now_us)
{
	struct adaptive_tuning tuning;
	int64_t today = now_us / day_us;
	enum err err = adaptive_tuning_read(ctx, &tuning);

	/* A clock that went back repeats no night. */
	return err == ERR_OK && tuning.day < today && today > ADAPTIVE_DAYS ? tune(ctx, today)
									    : err;
}
