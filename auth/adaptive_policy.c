/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/adaptive_policy.h"

#include <stdlib.h>
#include <string.h>

#include "auth/auth.h"
#include "auth/risk_budget.h"
#include "auth/words.h"
#include "base/range.h"
#include "base/sys.h"

#define COLUMNS                                                                                 \
	"mode, by_budget, challenge_budget, block_budget, challenge, block, offices, hosters, " \
	"version, mail_code"
static const struct db_stmt get = {"adaptive_policy.get",
				   "SELECT " COLUMNS " FROM adaptive_policy WHERE id = 1", 0, 10};
static const struct db_stmt get_locked = {
	"adaptive_policy.get_locked",
	"SELECT " COLUMNS " FROM adaptive_policy WHERE id = 1 FOR UPDATE", 0, 10};
static const struct db_stmt set = {
	"adaptive_policy.set",
	"UPDATE adaptive_policy SET mode = ?, by_budget = ?, challenge_budget = ?, "
	"block_budget = ?, challenge = ?, block = ?, offices = ?, hosters = ?, mail_code = ?, "
	"version = version + 1, updated_at = ?, event_id = ? WHERE id = 1",
	11, 0};
static const struct db_stmt tuning_get = {
	"adaptive_policy.tuning", "SELECT day, scores FROM adaptive_tuning WHERE id = 1", 0, 2};
static const struct db_stmt tuning_set = {
	"adaptive_policy.tuned", "UPDATE adaptive_tuning SET day = ?, scores = ? WHERE id = 1", 2,
	0};

static const struct db_stmt *const stmts[] = {&get,	   &get_locked, &set,
					      &tuning_get, &tuning_set, NULL};
static const struct db_stmt_list list = {"adaptive_policy", stmts};

const struct db_stmt_list *adaptive_policy_statements(void)
{
	return &list;
}

static const char *const modes[] = {"off", "audit", "enforce"};

const char *adaptive_mode_name(enum conf_adaptive mode)
{
	return modes[mode];
}

static enum conf_adaptive mode_of(const char *name)
{
	if (strcmp(name, "enforce") == 0)
		return CONF_ADAPTIVE_ENFORCE;
	return strcmp(name, "off") == 0 ? CONF_ADAPTIVE_OFF : CONF_ADAPTIVE_AUDIT;
}

static void read_policy(struct db_rows *rows, void *arg)
{
	*(struct adaptive_policy *)arg =
		(struct adaptive_policy){.mode = mode_of(db_text(rows, 0)),
					 .by_budget = db_int(rows, 1) != 0,
					 .challenge_budget = (int32_t)db_int(rows, 2),
					 .block_budget = (int32_t)db_int(rows, 3),
					 .challenge = (int32_t)db_int(rows, 4),
					 .block = (int32_t)db_int(rows, 5),
					 .offices = db_text(rows, 6),
					 .hosters = db_text(rows, 7),
					 .version = db_int(rows, 8),
					 .mail_code = db_int(rows, 9) != 0};
}

enum err adaptive_policy_read(struct ctx *ctx, bool lock, struct adaptive_policy *out)
{
	return db_one(ctx, lock ? &get_locked : &get, NULL, read_policy, out);
}

enum err adaptive_policy_store(struct ctx *ctx, const struct adaptive_policy *policy,
			       const struct uuid *event_id)
{
	const struct db_param params[] = {DB_P_TEXT(adaptive_mode_name(policy->mode)),
					  DB_P_INT(policy->by_budget),
					  DB_P_INT(policy->challenge_budget),
					  DB_P_INT(policy->block_budget),
					  DB_P_INT(policy->challenge),
					  DB_P_INT(policy->block),
					  DB_P_TEXT(policy->offices),
					  DB_P_TEXT(policy->hosters),
					  DB_P_INT(policy->mail_code),
					  DB_P_TIME(sys_real_us()),
					  DB_P_UUID(event_id)};

	return db_exec(ctx, &set, params, NULL);
}

static void read_tuning(struct db_rows *rows, void *arg)
{
	*(struct adaptive_tuning *)arg = (struct adaptive_tuning){db_int(rows, 0), db_int(rows, 1)};
}

enum err adaptive_tuning_read(struct ctx *ctx, struct adaptive_tuning *out)
{
	return db_one(ctx, &tuning_get, NULL, read_tuning, out);
}

enum err adaptive_tuning_store(struct ctx *ctx, const struct adaptive_tuning *tuning)
{
	const struct db_param params[] = {DB_P_INT(tuning->day), DB_P_INT(tuning->scores)};

	return db_exec(ctx, &tuning_set, params, NULL);
}

enum conf_adaptive adaptive_mode(const struct ctx *ctx, const struct adaptive_policy *policy)
{
	enum conf_adaptive fixed =
		ctx->conf ? (enum conf_adaptive)ctx->conf->adaptive_sign_in : CONF_ADAPTIVE_PORTAL;

	return fixed == CONF_ADAPTIVE_PORTAL ? policy->mode : fixed;
}

void adaptive_policy_apply(const struct adaptive_policy *policy, struct risk_policy *out)
{
	out->version = (int32_t)(policy->version & INT32_MAX);
	for (int i = 0; i < RISK_ROLES; i++) {
		out->challenge[i] = policy->challenge;
		out->block[i] = policy->block;
	}
}

static int32_t within(int32_t value, int32_t low, int32_t high)
{
	return value < low ? low : value > high ? high : value;
}

void adaptive_policy_move(struct adaptive_policy *policy, const struct risk_histogram *histogram,
			  int32_t challenge_budget, int32_t block_budget, int32_t drift)
{
	policy->challenge = within(risk_budget_threshold(histogram, (uint32_t)challenge_budget,
							 policy->challenge, drift),
				   ADAPTIVE_CHALLENGE_MIN, ADAPTIVE_CHALLENGE_MAX);
	policy->block = within(
		risk_budget_threshold(histogram, (uint32_t)block_budget, policy->block, drift),
		ADAPTIVE_BLOCK_MIN, ADAPTIVE_BLOCK_MAX);
	if (policy->block < policy->challenge + ADAPTIVE_APART)
		policy->block = policy->challenge + ADAPTIVE_APART;
}

bool adaptive_is_office(const struct adaptive_policy *policy, const char *address)
{
	struct ranges ranges = {.count = 0};
	const char *at = policy->offices;
	char word[WORD_MAX];

	while (words_next(&at, word) && ranges.count < ADAPTIVE_OFFICES_MAX)
		(void)range_add(&ranges, word);
	/* An empty list of ranges would mean any. */
	return ranges.count > 0 && range_allows_text(&ranges, address);
}

bool adaptive_is_hoster(const struct adaptive_policy *policy, uint32_t asn)
{
	const char *at = policy->hosters;
	char word[WORD_MAX];

	while (asn && words_next(&at, word)) {
		if (strtoul(word, NULL, 10) == asn)
			return true;
	}
	return false;
}
