/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateways/witness.h"

#include "audit/audit.h"
#include "base/arena.h"
#include "base/sys.h"
#include "base/text.h"
#include "gateways/proto/witness.h"
#include "rbac/write.h"

/* Acknowledged stays only for what was acknowledged: assignments run from left to right. */
static const struct db_stmt present = {
	"witness.present",
	"INSERT INTO witness (gateway_id, size, root, note, presented_at, verdict) "
	"VALUES (?, ?, ?, ?, ?, 'new') ON DUPLICATE KEY UPDATE"
	" acknowledged = acknowledged AND size = VALUES(size) AND root = VALUES(root),"
	" size = VALUES(size), root = VALUES(root), note = VALUES(note), presented_at = "
	"VALUES(presented_at),"
	" verdict = 'new'",
	5, 0};
static const struct db_stmt judge = {
	"witness.judge",
	"UPDATE witness SET verdict = ?, own_size = ? "
	"WHERE gateway_id = ? AND size = ? AND root = ? AND verdict = 'new'",
	5, 0};
static const struct db_stmt alarm_begin = {
	"witness.alarm",
	"UPDATE witness SET alarmed_at = ? WHERE gateway_id = ? AND verdict = 'lost'"
	" AND alarmed_at IS NULL AND NOT acknowledged",
	2, 0};
static const struct db_stmt acknowledge = {
	"witness.acknowledge",
	"UPDATE witness SET acknowledged = (verdict = 'lost'), alarmed_at = NULL"
	" WHERE alarmed_at IS NOT NULL",
	0, 0};

static const struct db_stmt *const statements[] = {&present, &judge, &alarm_begin, &acknowledge,
						   NULL};

const struct db_stmt_list *witness_statements(void)
{
	static const struct db_stmt_list list = {"witness", statements};

	return &list;
}

enum err witness_present(struct ctx *ctx, const struct msg_gateway_witness *presented)
{
	struct witness_presented held;
	enum err err = codec_get(&witness_presented_codec, presented->record.data,
				 presented->record.len, &held);

	if (err)
		return err_set(ctx, ERR_INPUT, "the witness record is malformed");
	const struct db_param params[] = {DB_P_UUID(&presented->gateway_id),
					  DB_P_INT((int64_t)held.size), DB_P_BYTES(held.root, 32),
					  DB_P_BYTES(held.note.data, held.note.len),
					  DB_P_TIME(sys_real_us())};
	return db_exec(ctx, &present, params, NULL);
}

static enum err append_alarm(struct ctx *ctx, const struct msg_witness_judged *judged)
{
	struct audit audit;
	char root[65];

	hex_encode(judged->root, sizeof(judged->root), root);
	audit_init(&audit, EVENT_AUDIT_ROLLED_BACK);
	audit.outcome = AUDIT_FAILED;
	audit_object(&audit, "gateway", &judged->gateway_id, NULL);
	audit_data(&audit, "witnessed_size",
		   arena_printf(ctx->arena, "%llu", (unsigned long long)judged->size));
	audit_data(&audit, "witnessed_root", root);
	audit_data(&audit, "own_size",
		   arena_printf(ctx->arena, "%llu", (unsigned long long)judged->own_size));
	return audit_append(ctx, &audit);
}

enum err witness_judge(struct ctx *ctx, const struct msg_witness_judged *judged, bool *out_alarm)
{
	const struct db_param params[] = {
		DB_P_TEXT(judged->lost ? "lost" : "ours"), DB_P_INT((int64_t)judged->own_size),
		DB_P_UUID(&judged->gateway_id), DB_P_INT((int64_t)judged->size),
		DB_P_BYTES(judged->root, 32)};
	const struct db_param now[] = {DB_P_TIME(sys_real_us()), DB_P_UUID(&judged->gateway_id)};
	uint64_t changed = 0;
	enum err err = db_exec(ctx, &judge, params, &changed);

	*out_alarm = false;
	if (err || changed == 0 || !judged->lost)
		return err;
	err = db_exec(ctx, &alarm_begin, now, &changed);
	*out_alarm = !err && changed == 1;
	return *out_alarm ? append_alarm(ctx, judged) : err;
}

enum err witness_acknowledge(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct audit audit;
	uint64_t count = 0;
	enum err err = db_exec(ctx, &acknowledge, NULL, &count);

	if (err)
		return err;
	if (count == 0)
		return err_reason(ctx, ERR_CONFLICT, "witness.no_alarm",
				  "No gateway holds a checkpoint that is not ours.");
	write_audit(ctx, in, &audit);
	audit_object(&audit, "audit", NULL, NULL);
	audit_data(&audit, "gateways", arena_printf(ctx->arena, "%llu", (unsigned long long)count));
	out_notify(out, "system", NULL);
	return audit_append(ctx, &audit);
}
