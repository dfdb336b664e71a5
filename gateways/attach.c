/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <sodium.h>

#include "base/arena.h"
#include "base/conf.h"
#include "base/range.h"
#include "base/sys.h"
#include "gateways/gateway_sql.h"
#include "gateways/presence.h"
#include "gateways/presence_inner.h"
#include "gateways/proto/verdict.h"
#include "gateways/refusals.h"
#include "gateways/source.h"

/*
 * Who may attach. A gateway's folder can be copied, so besides its certificate three things tell
 * the original from a copy: the machine's id it was first seen with, the run that is connected now,
 * and a value that the server renews at each control connection (verdict.h). When two hold the same
 * identity nobody here can know which of them is the right one: the gateway is held until somebody
 * decides.
 */

enum { BEAT_DEFAULT_S = 30, RETRY_S = 30, FOLLOW_S = 1, HASH_SIZE = 32 };
#define SECOND_US  INT64_C(1000000)
#define CONTEST_US (3 * SECOND_US) /* longer than what a dead run left in a socket can take */

int64_t presence_beat_seconds(const struct ctx *ctx)
{
	int64_t seconds = ctx->conf ? ctx->conf->gateway_beat_seconds : 0;

	return seconds > 0 ? seconds : BEAT_DEFAULT_S;
}

const char *presence_text(struct ctx *ctx, struct block block)
{
	const char *text = arena_strndup(ctx->arena, (const char *)block.data, block.len);

	return text ? text : "";
}

enum err presence_audit(struct ctx *ctx, enum event_id event, enum audit_outcome outcome,
			const struct uuid *id, const char *name, const char *reason,
			const char *peer, const char *gateway_class)
{
	struct audit audit;

	audit_init(&audit, event);
	audit.outcome = outcome;
	audit.reason = reason;
	audit.peer = peer;
	audit_object(&audit, "gateway", id, name);
	if (gateway_class)
		audit_data(&audit, "class", gateway_class);
	return audit_append(ctx, &audit);
}

/* One connection being judged. */
struct attach {
	const struct msg_gateway_attach *message;
	const struct conf *conf;
	struct presence_row row;
	const char *peer;
	int64_t now;
};

static bool from_elsewhere(const struct attach *attach)
{
	return !source_allowed(attach->conf, attach->row.source_ranges, attach->peer);
}

static bool unknown_certificate(const struct attach *attach)
{
	return !uuid_equal(&attach->row.certificate_of, &attach->message->gateway_id);
}

static bool revoked_certificate(const struct attach *attach)
{
	return attach->row.revoked_at != 0;
}

static bool expired_certificate(const struct attach *attach)
{
	return attach->row.not_after <= attach->now;
}

static bool is_held(const struct attach *attach)
{
	return strcmp(attach->row.gateway_state, "held") == 0;
}

static bool not_enrolled(const struct attach *attach)
{
	return strcmp(attach->row.gateway_state, "enrolled") != 0;
}

static bool too_old(const struct attach *attach)
{
	return attach->message->protocol < GATEWAY_PROTOCOL_MIN;
}

static bool clock_wrong(const struct attach *attach)
{
	return llabs(attach->message->clock - attach->now) > GATEWAY_CLOCK_SLACK_S * SECOND_US;
}

static bool blocks_equal(struct block a, struct block b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static bool other_machine(const struct attach *attach)
{
	return attach->row.machine.len &&
	       !blocks_equal(attach->row.machine, attach->message->machine);
}

static bool is_connected(const struct attach *attach)
{
	return attach->row.connections > 0;
}

static bool same_run(const struct attach *attach)
{
	return uuid_equal(&attach->row.boot_id, &attach->message->boot_id);
}

/* A copy, or a restart whose old end is not gone yet: the next beat of the first run tells. */
static bool second_run(const struct attach *attach)
{
	return is_connected(attach) && attach->row.state &&
	       strcmp(attach->row.state, "online") == 0 && !same_run(attach);
}

static struct block hash_of(struct block value, uint8_t out[HASH_SIZE])
{
	if (value.len == 0)
		return (struct block){0};
	crypto_hash_sha256(out, value.data, value.len);
	return (struct block){out, HASH_SIZE};
}

/* The value offered last may have been lost on its way, so the one before it is good until a
 * heartbeat shows that the new one arrived. */
static bool stale_chain(const struct attach *attach)
{
	uint8_t hash[HASH_SIZE];
	struct block shown = hash_of(attach->message->chain, hash);

	if (attach->message->gateway_class != GATEWAY_CONTROL || attach->row.chain.len == 0)
		return false;
	return !blocks_equal(shown, attach->row.chain) &&
	       !(shown.len && blocks_equal(shown, attach->row.chain_next));
}

enum action { ONLY_REFUSE, CONTEST, ALARM, HOLD };
/* The first that fails refuses. Where it comes from goes before anything it shows. */
static const struct check {
	bool (*fails)(const struct attach *attach);
	enum gateway_verdict verdict;
	const char *reason;
	enum action action;
} checks[] = {
	{from_elsewhere, GATEWAY_REFUSED, "source.refused", ONLY_REFUSE},
	{unknown_certificate, GATEWAY_REVOKED, "certificate.unknown", ONLY_REFUSE},
	{revoked_certificate, GATEWAY_REVOKED, "certificate.revoked", ONLY_REFUSE},
	{expired_certificate, GATEWAY_REVOKED, "certificate.expired", ONLY_REFUSE},
	{is_held, GATEWAY_SECOND, "gateway.held", ONLY_REFUSE},
	{not_enrolled, GATEWAY_REVOKED, "gateway.not_enrolled", ONLY_REFUSE},
	{too_old, GATEWAY_TOO_OLD, "gateway.too_old", ONLY_REFUSE},
	{clock_wrong, GATEWAY_REFUSED, "gateway.clock", ONLY_REFUSE},
	{other_machine, GATEWAY_SECOND, "gateway.other_machine", ALARM},
	{second_run, GATEWAY_SECOND, "gateway.second_machine", CONTEST},
	{stale_chain, GATEWAY_SECOND, "gateway.copied", HOLD},
};

static const struct check *judge(const struct attach *attach)
{
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		if (checks[i].fails(attach))
			return &checks[i];
	}
	return NULL;
}

/* Nothing of it works until somebody decides; the tick closes what is connected. */
static enum err hold(struct ctx *ctx, const struct uuid *id, const char *reason, const char *peer)
{
	int64_t now = sys_real_us();
	struct gateway_row row;
	struct audit audit;
	enum err err = gateway_sql_lock(ctx, id, &row);

	if (err)
		return err;
	audit_init(&audit, EVENT_GATEWAY_HELD);
	audit.outcome = AUDIT_REFUSED;
	audit.reason = reason;
	audit.peer = peer;
	audit_object(&audit, "gateway", id, row.name);
	audit_change(&audit, "state", row.state, "held");
	row.state = "held";
	if ((err = gateway_sql_update(ctx, &row, &audit.id, now)) ||
	    (err = audit_append(ctx, &audit)))
		return err;
	return presence_sql_alarm(ctx, id, reason, peer, now);
}

static enum err act(struct ctx *ctx, const struct attach *attach, const struct check *check)
{
	const struct uuid *id = &attach->message->gateway_id;

	switch (check->action) {
	case CONTEST: return presence_sql_contest(ctx, id, attach->now);
	case ALARM: return presence_sql_alarm(ctx, id, check->reason, attach->peer, attach->now);
	case HOLD: return hold(ctx, id, check->reason, attach->peer);
	default: return ERR_OK;
	}
}

static enum err say_refused(struct ctx *ctx, const struct attach *attach, const char *name,
			    const char *reason)
{
	const struct msg_gateway_attach *message = attach->message;
	struct audit audit;
	uint64_t unsaid;
	char count[24];

	if (!refusal_due(&message->gateway_id, reason, &unsaid))
		return ERR_OK;
	(void)snprintf(count, sizeof(count), "%" PRIu64, unsaid);
	audit_init(&audit, EVENT_GATEWAY_REFUSED);
	audit.outcome = AUDIT_REFUSED;
	audit.reason = reason;
	audit.peer = attach->peer;
	audit_object(&audit, "gateway", &message->gateway_id, name);
	audit_data(&audit, "class", gateway_class_name(message->gateway_class));
	if (unsaid > 0)
		audit_data(&audit, "unsaid_before", count);
	enum err err = audit_append(ctx, &audit);
	if (err)
		refusal_unsaid(&message->gateway_id, reason);
	return err;
}

static enum err refuse(struct ctx *ctx, const struct attach *attach, const char *name,
		       const char *reason, struct msg_gateway_verdict *out)
{
	const struct uuid *id = &attach->message->gateway_id;
	enum err err = say_refused(ctx, attach, name, reason);

	if (err == ERR_OK && name)
		err = presence_sql_refuse(ctx, id, reason, attach->peer);
	out->text = (struct block){(const uint8_t *)reason, strlen(reason)};
	return err;
}

/* The next value for a control connection; others bring none and get none. */
static enum err advance(struct ctx *ctx, const struct attach *attach,
			struct msg_gateway_verdict *out)
{
	const struct presence_row *row = &attach->row;
	uint8_t *chain = arena_alloc(ctx->arena, GATEWAY_CHAIN);
	uint8_t shown_hash[HASH_SIZE], next_hash[HASH_SIZE];
	struct block shown = hash_of(attach->message->chain, shown_hash);

	if (!chain)
		return err_set(ctx, ERR_MEMORY, "No memory for the answer.");
	sys_random(chain, GATEWAY_CHAIN);
	out->chain = (struct block){chain, GATEWAY_CHAIN};
	return presence_sql_chain(ctx, &attach->message->gateway_id,
				  row->chain.len && shown.len == 0 ? row->chain : shown,
				  hash_of(out->chain, next_hash), attach->message->machine);
}

static enum err admit(struct ctx *ctx, const struct attach *attach, struct msg_gateway_verdict *out,
		      bool *out_go)
{
	const struct msg_gateway_attach *message = attach->message;
	bool control = message->gateway_class == GATEWAY_CONTROL;
	const struct presence_arrival arrival = {
		.gateway_id = &message->gateway_id,
		.boot_id = &message->boot_id,
		.serial = &message->serial,
		.agent_version = presence_text(ctx, message->version),
		.peer = attach->peer,
		.now = attach->now,
	};
	enum err err;

	/* Only a control connection is judged in full: the others of its run follow it. */
	if (!control && !(is_connected(attach) && same_run(attach))) {
		out->verdict = GATEWAY_BUSY;
		out->retry_after = FOLLOW_S;
		return ERR_OK;
	}
	if ((err = presence_sql_arrive(ctx, &arrival)) ||
	    (control && ((err = advance(ctx, attach, out)) ||
			 (err = presence_sql_retire(ctx, &message->gateway_id,
						    attach->row.not_before, attach->now)))))
		return err;
	out->verdict = GATEWAY_GO;
	out->retry_after = 0;
	*out_go = true;
	return presence_audit(ctx, EVENT_GATEWAY_ATTACHED, AUDIT_OK, &message->gateway_id,
			      attach->row.name, NULL, attach->peer,
			      gateway_class_name(message->gateway_class));
}

enum err gateway_attach(struct ctx *ctx, const struct msg_gateway_attach *message,
			struct msg_gateway_verdict *out, bool *out_go)
{
	struct attach attach = {
		.message = message,
		.conf = ctx->conf,
		.peer = presence_text(ctx, message->peer),
		.now = sys_real_us(),
	};
	const struct check *check;
	enum err err = presence_sql_judge(ctx, &message->gateway_id, &message->serial, &attach.row);

	*out = (struct msg_gateway_verdict){.verdict = GATEWAY_REVOKED,
					    .retry_after = RETRY_S,
					    .beat_seconds = (uint32_t)presence_beat_seconds(ctx)};
	*out_go = false;
	if (err == ERR_NOT_FOUND)
		return refuse(ctx, &attach, NULL, "gateway.unknown", out);
	if (err)
		return err;
	check = judge(&attach);
	if (!check)
		return admit(ctx, &attach, out, out_go);
	out->verdict = check->verdict;
	err = refuse(ctx, &attach, attach.row.name, check->reason, out);
	return err ? err : act(ctx, &attach, check);
}

enum err presence_confirm(struct ctx *ctx, const struct uuid *id,
			  const struct presence_policy *known, const struct beat_head *head)
{
	enum err err = ERR_OK;

	if (head->chain.len && blocks_equal(head->chain, known->chain_next))
		err = presence_sql_chain_arrived(ctx, id);
	if (err == ERR_OK && known->contested_at &&
	    sys_real_us() - known->contested_at > CONTEST_US &&
	    uuid_equal(&head->boot_id, &known->boot_id))
		err = hold(ctx, id, "gateway.second_machine", NULL);
	return err;
}
