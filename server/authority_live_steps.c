/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <assert.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/audit.h"
#include "auth/secret_store.h"
#include "base/cleanup.h"
#include "base/secret.h"
#include "base/sys.h"
#include "base/text.h"
#include "gateways/presence.h"
#include "rbac/principal.h"
#include "server/authority_hold.h"
#include "server/authority_live_inner.h"
#include "server/authority_live_sql.h"

/* What a broker's messages do to the database. Each runs whole in one transaction with its audit
 * event; whatever leaves the server leaves after the commit. */

enum { RECORDING_KEY = 32, GATEWAYS_MAX = 4, WAIT_MINUTES = 10 };
static const int64_t second_us = 1000000;

static bool is_test(const struct live_step *step)
{
	return step->kind == BROKER_TEST;
}

static void notify(struct live_step *step)
{
	struct out out = {.secret_fd = -1};

	if (is_test(step)) {
		out_notify(&out, "targets", &step->info.target_id);
		if (!uuid_is_nil(&step->info.account_id))
			out_notify(&out, "accounts", &step->info.account_id);
	} else {
		out_notify(&out, "sessions", &step->info.session_id);
	}
	runner_take_effects(&step->task.effects, &out);
}

/* Appends as the person whose session it is. */
static enum err append(struct ctx *ctx, const struct live_step *step, struct audit *audit)
{
	const struct principal *before = ctx->principal;
	struct principal self = {.user_id = step->info.user_id, .login = step->info.login};

	audit->peer = step->info.peer[0] ? step->info.peer : NULL;
	ctx->principal = &self;
	enum err err = audit_append(ctx, audit);
	ctx->principal = before;
	return err;
}

static const char *account_name(struct ctx *ctx, const struct live_step *step)
{
	const char *name = arena_printf(ctx->arena, "%s@%s", step->info.account, step->info.target);

	return name ? name : "";
}

static const char *id_text(struct ctx *ctx, const struct uuid *id)
{
	char text[UUID_TEXT_SIZE];

	uuid_format(id, text);
	const char *copy = arena_strdup(ctx->arena, text);
	return copy ? copy : "";
}

static const char *hex_text(struct ctx *ctx, const void *data, size_t len)
{
	char *out = arena_alloc(ctx->arena, 2 * len + 1);

	if (!out)
		return "";
	hex_encode(data, len, out);
	return out;
}

static const char *number_text(struct ctx *ctx, uint64_t number)
{
	const char *text = arena_printf(ctx->arena, "%llu", (unsigned long long)number);

	return text ? text : "";
}

static void begin_event(struct ctx *ctx, const struct live_step *step, struct audit *audit,
			enum event_id event)
{
	audit_init(audit, event);
	audit_object(audit, "session", &step->info.session_id, account_name(ctx, step));
}

/* --- preparing --- */

static enum err make_recording(struct ctx *ctx, struct live_step *step, const char *file)
{
	struct secret_ref ref = {.id = uuid_v7(), .version = 1, .kind = SECRET_RECORDING_KEY};
	struct block blob;
	int fds[2];

	fd_close_p(&step->fd2);
	step->fd2 = -1;
	if (secret_pipe_empty(fds) != ERR_OK)
		return err_set(ctx, ERR_UNAVAILABLE, "No pipe for the recording key.");
	enum err err = keeper_generate(ctx, &ref, RECORDING_KEY, fds[1], &blob);
	close(fds[1]);
	step->fd2 = fds[0];
	if (err == ERR_OK)
		err = secret_store_put(ctx, &ref, blob);
	if (err == ERR_OK)
		err = live_sql_add_recording(ctx, &step->info.session_id, file, &ref.id);
	if (err == ERR_CONFLICT)
		return err_reason(ctx, ERR_CONFLICT, "session.in_use",
				  "This session is open already.");
	return err;
}

static void file_name(const struct uuid *id, char out[UUID_TEXT_SIZE + 4])
{
	uuid_format(id, out);
	memcpy(out + UUID_TEXT_SIZE - 1, ".skr", 5);
}

static enum err prepare(struct ctx *ctx, void *arg)
{
	struct live_step *step = arg;
	const char *state = NULL;
	bool allowed = false;
	char file[UUID_TEXT_SIZE + 4];
	enum err err = live_sql_info(ctx, &step->info.session_id, sys_real_us(), &step->info,
				     &state, &allowed);

	if (err != ERR_OK)
		return err;
	if (!allowed)
		return err_reason(ctx, ERR_DENIED, "lease.not_active",
				  "The lease does not allow this any more.");
	if (strcmp(state, "waiting") != 0)
		return err_reason(ctx, ERR_CONFLICT, "session.in_use",
				  "This session was opened before.");
	if (uuid_is_nil(&step->info.secret_id))
		return err_reason(ctx, ERR_CONFLICT, "account.no_secret",
				  "No password or key is stored for this account.");
	file_name(&step->info.session_id, file);
	return make_recording(ctx, step, file);
}

enum err step_prepare_session(struct ctx *ctx, struct live_step *step)
{
	char file[UUID_TEXT_SIZE + 4];
	enum err err = db_transaction(ctx, prepare, step);

	if (err != ERR_OK)
		return err;
	step->opened = true;
	file_name(&step->info.session_id, file);
	step->fd = openat(step->task.authority->recordings, file,
			  O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (step->fd < 0)
		return err_reason(ctx, ERR_IO, "recording.file",
				  "The recording cannot be created, so the session cannot start.");
	return ERR_OK;
}

static enum err prepare_test(struct ctx *ctx, void *arg)
{
	struct live_step *step = arg;
	enum err err = live_sql_test_info(ctx, &step->info);

	if (err == ERR_NOT_FOUND)
		return err_reason(ctx, ERR_CONFLICT, "account.no_secret",
				  "There is no such account, or nothing is stored for it.");
	step->info.ends_at = sys_real_us() + 30 * second_us;
	(void)snprintf(step->info.language, sizeof(step->info.language), "en");
	return err;
}

enum err step_prepare_test(struct ctx *ctx, struct live_step *step)
{
	return db_transaction(ctx, prepare_test, step);
}

static enum err ready(struct ctx *ctx, void *arg)
{
	struct live_step *step = arg;
	struct audit audit;
	enum err err = live_sql_recording_key(ctx, &step->info.session_id, step->recording_key);

	if (err != ERR_OK)
		return err;
	begin_event(ctx, step, &audit, EVENT_SESSION_START);
	audit_data(&audit, "recording_key", hex_text(ctx, step->recording_key, 32));
	audit_data(&audit, "lease", id_text(ctx, &step->info.lease_id));
	audit_data(&audit, "account", id_text(ctx, &step->info.account_id));
	audit_data(&audit, "target", id_text(ctx, &step->info.target_id));
	return append(ctx, step, &audit);
}

enum err step_ready(struct ctx *ctx, struct live_step *step)
{
	enum err err = db_transaction(ctx, ready, step);

	if (err == ERR_OK)
		notify(step);
	return err;
}

/* --- gateway --- */

static bool was_tried(const struct live_step *step, const struct uuid *gateway_id)
{
	for (size_t i = 0; i < step->tried_count; i++)
		if (uuid_equal(&step->tried[i], gateway_id))
			return true;
	return false;
}

static enum err choose(struct ctx *ctx, void *arg)
{
	struct live_step *step = arg;
	struct uuid gateways[GATEWAYS_MAX];
	struct block grant, authority;
	size_t count = 0, next = 0;
	enum err err = gateway_choose(ctx, &step->info.target_id, gateways, GATEWAYS_MAX, &count);

	while (next < count && was_tried(step, &gateways[next]))
		next++;
	step->ok = err == ERR_OK && next < count;
	if (err == ERR_UNAVAILABLE && strcmp(ctx->error.reason, "gateway.offline") == 0)
		err = ERR_OK;
	if (err == ERR_OK && !step->ok && !is_test(step))
		return live_sql_wait(ctx, &step->info.session_id,
				     sys_real_us() + WAIT_MINUTES * 60 * second_us);
	if (err != ERR_OK || !step->ok)
		return err;
	err = gateway_grant(ctx, &gateways[next], &step->info.target_id, &step->info.session_id,
			    step->info.ends_at, &grant, &authority);
	if (err != ERR_OK)
		return err;
	if (grant.len > sizeof(step->grant) || authority.len >= sizeof(step->dial_authority))
		return err_set(ctx, ERR_BUG, "A grant is larger than expected.");
	step->gateway_id = gateways[next];
	memcpy(step->grant, grant.data, grant.len);
	step->grant_len = grant.len;
	memcpy(step->dial_authority, authority.data, authority.len);
	step->dial_authority[authority.len] = 0;
	return ERR_OK;
}

enum err step_choose_gateway(struct ctx *ctx, struct live_step *step)
{
	enum err err = db_transaction(ctx, choose, step);

	if (err == ERR_OK && !step->ok)
		return err_reason(ctx, ERR_UNAVAILABLE, "gateway.offline",
				  "No gateway of the target's group is connected.");
	return err;
}

static enum err note_dialled(struct ctx *ctx, void *arg)
{
	struct live_step *step = arg;

	return is_test(step) ? ERR_OK
			     : live_sql_dialled(ctx, &step->info.session_id, &step->gateway_id);
}

enum err step_dialled(struct ctx *ctx, struct live_step *step)
{
	enum err err = db_transaction(ctx, note_dialled, step);

	if (err == ERR_OK)
		notify(step);
	return err;
}

/* --- host key --- */

static enum err key_event(struct ctx *ctx, struct live_step *step, enum event_id event,
			  const uint8_t *before, struct audit *audit)
{
	audit_init(audit, event);
	audit_object(audit, "target", &step->info.target_id, step->info.target);
	audit_change(audit, step->host_key_type, before ? hex_text(ctx, before, 32) : NULL,
		     hex_text(ctx, step->host_key.sha256, 32));
	audit_data(audit, is_test(step) ? "test" : "session", id_text(ctx, &step->info.session_id));
	if (event == EVENT_HOST_KEY_MISMATCH)
		audit->outcome = AUDIT_REFUSED;
	return append(ctx, step, audit);
}

/* The first approved contact pins; afterwards only exactly that key is the target. A key of another
 * type is refused too: else whoever sits between would simply offer one. */
static enum err judge_host_key(struct ctx *ctx, void *arg)
{
	struct live_step *step = arg;
	struct audit audit;
	uint8_t pinned[32];
	bool any = false, known = false;
	enum err err = live_sql_host_key(ctx, &step->info.target_id, step->host_key_type, &any,
					 &known, pinned);

	step->ok = step->pinned = false;
	if (err != ERR_OK)
		return err;
	step->ok = known && memcmp(pinned, step->host_key.sha256, 32) == 0;
	if (step->ok)
		return ERR_OK;
	if (any)
		return key_event(ctx, step, EVENT_HOST_KEY_MISMATCH, known ? pinned : NULL, &audit);
	if ((err = key_event(ctx, step, EVENT_HOST_KEY_PINNED, NULL, &audit)) != ERR_OK)
		return err;
	err = live_sql_pin(ctx, &step->info.target_id, step->host_key_type, step->host_key.sha256,
			   is_test(step) ? NULL : &step->info.session_id, &audit.id);
	/* Somebody pinned at the same moment: look again. */
	if (err == ERR_CONFLICT)
		return ERR_RETRY;
	step->ok = step->pinned = err == ERR_OK;
	return err;
}

enum err step_host_key(struct ctx *ctx, struct live_step *step)
{
	enum err err = db_transaction(ctx, judge_host_key, step);

	if (err == ERR_OK && step->pinned) {
		struct out out = {.secret_fd = -1};
		out_notify(&out, "targets", &step->info.target_id);
		runner_take_effects(&step->task.effects, &out);
	}
	return err;
}

/* --- credential --- */

struct release {
	struct live_step *step;
	struct secret_ref ref;
	struct block blob;
};

static enum err release_event(struct ctx *ctx, const struct live_step *step, uint32_t version,
			      const char *refused)
{
	struct audit audit;

	audit_init(&audit, EVENT_SECRET_RELEASED);
	audit_object(&audit, "account", &step->info.account_id, account_name(ctx, step));
	if (refused) {
		audit.outcome = AUDIT_REFUSED;
		audit.reason = refused;
	} else {
		audit_data(&audit, "secret_version", number_text(ctx, version));
	}
	audit_data(&audit, is_test(step) ? "test" : "session",
		   id_text(ctx, &step->info.session_id));
	if (!is_test(step))
		audit_data(&audit, "lease", id_text(ctx, &step->info.lease_id));
	return append(ctx, step, &audit);
}

/* Revoked means revoked: every row the permission comes from is locked until the commit. */
static enum err check_release(struct ctx *ctx, struct live_step *step)
{
	const char *state = NULL;
	bool allowed = false;

	if (is_test(step))
		return live_sql_test_info(ctx, &step->info);
	enum err err = live_sql_info(ctx, &step->info.session_id, sys_real_us(), &step->info,
				     &state, &allowed);
	if (err != ERR_OK)
		return err;
#ifdef SEKISHO_DEFECT_SKIP_LEASE_CHECK
	allowed = true;
#endif
	if (!allowed || (strcmp(state, "waiting") != 0 && strcmp(state, "connecting") != 0))
		return err_reason(ctx, ERR_DENIED, "lease.not_active",
				  "The lease does not allow this any more.");
	if (uuid_is_nil(&step->info.secret_id))
		return err_reason(ctx, ERR_CONFLICT, "account.no_secret",
				  "No password or key is stored for this account.");
	return ERR_OK;
}

static enum err release(struct ctx *ctx, void *arg)
{
	struct release *release = arg;
	struct live_step *step = release->step;
	enum err err = check_release(ctx, step);

	if (err == ERR_OK)
		err = secret_store_get(ctx, &step->info.secret_id, &release->ref, &release->blob);
	if (err != ERR_OK)
		return err;
#ifdef SEKISHO_TEST_RELEASE_WITHOUT_AUDIT
	/* Control-off build of one test: proves that the test would notice. Never shipped. */
	(void)!release_event(ctx, step, release->ref.version, NULL);
	return ERR_OK;
#else
	return release_event(ctx, step, release->ref.version, NULL);
#endif
}

static enum err record_refused(struct ctx *ctx, void *arg)
{
	const struct live_step *step = arg;

	assert(step != NULL); /* clang-tidy loses it on the way through the transaction */
	return release_event(ctx, step, 0, step->reason);
}

static bool is_refusal(enum err err)
{
	return err == ERR_DENIED || err == ERR_CONFLICT || err == ERR_NOT_FOUND || err == ERR_LIMIT;
}

/* The broker gets only the end to read from: what it holds cannot stop the keeper. */
static enum err hand_over(struct ctx *ctx, struct live_step *step, const struct release *release)
{
	int ends[2];

	if (secret_pipe_empty(ends) != ERR_OK)
		return err_set(ctx, ERR_UNAVAILABLE, "No pipe for the credential.");
	step->fd = ends[0];
	enum err err = keeper_open(ctx, &release->ref, release->blob, ends[1]);
	close(ends[1]);
	return err;
}

enum err step_credential(struct ctx *ctx, struct live_step *step)
{
	struct release work = {.step = step};
	enum err err = db_transaction(ctx, release, &work);

#ifdef SEKISHO_TEST_RELEASE_WITHOUT_AUDIT
	if (work.blob.len > 0)
		err = ERR_OK;
#endif
	if (err == ERR_OK)
		return hand_over(ctx, step, &work);
	if (!is_refusal(err))
		return err;
	struct err_info kept = ctx->error;
	(void)snprintf(step->reason, sizeof(step->reason), "%s",
		       kept.code == err && kept.reason[0] ? kept.reason : err_code(err));
	if (db_transaction(ctx, record_refused, step) != ERR_OK)
		return err_reason(ctx, ERR_UNAVAILABLE, "audit.unavailable",
				  "The audit log cannot be written, so nothing is decided.");
	ctx->error = kept;
	return err;
}

static enum err record_limit(struct ctx *ctx, void *arg)
{
	enum err err = record_refused(ctx, arg);

	return err == ERR_OK ? live_sql_limit_met(ctx) : err;
}

enum err step_credential_refused(struct ctx *ctx, struct live_step *step)
{
	(void)snprintf(step->reason, sizeof(step->reason), "release.limit");
	enum err err = db_transaction(ctx, record_limit, step);

	return err != ERR_OK
		       ? err
		       : err_reason(ctx, ERR_LIMIT, "release.limit",
				    "Too many passwords were released to one person in a minute.");
}

/* --- life --- */

static enum err connected(struct ctx *ctx, void *arg)
{
	struct live_step *step = arg;
	struct audit audit;
	enum err err = live_sql_account_state(ctx, &step->info.account_id, "ok", NULL);

	if (err == ERR_OK)
		err = live_sql_target_state(ctx, &step->info.target_id, "reachable", NULL);
	if (err != ERR_OK || is_test(step))
		return err;
	if ((err = live_sql_connected(ctx, &step->info.session_id)) != ERR_OK)
		return err;
	begin_event(ctx, step, &audit, EVENT_SESSION_CONNECTED);
	audit_data(&audit, "dial_ms", number_text(ctx, step->timings.dial_ms));
	audit_data(&audit, "key_exchange_ms", number_text(ctx, step->timings.key_exchange_ms));
	audit_data(&audit, "login_ms", number_text(ctx, step->timings.login_ms));
	return append(ctx, step, &audit);
}

enum err step_connected(struct ctx *ctx, struct live_step *step)
{
	enum err err = db_transaction(ctx, connected, step);

	if (err == ERR_OK)
		notify(step);
	return err;
}

static enum err activity(struct ctx *ctx, void *arg)
{
	const struct live_step *step = arg;

	return live_sql_activity(ctx, &step->info.session_id, step->bytes_in, step->bytes_out);
}

enum err step_activity(struct ctx *ctx, struct live_step *step)
{
	enum err err = db_transaction(ctx, activity, step);

	return err == ERR_OK && step->used ? hold_used(ctx, &step->info.session_id) : err;
}

/* --- end --- */

static enum err note_failure(struct ctx *ctx, const struct live_step *step)
{
	if (strcmp(step->hop, "target") == 0)
		return live_sql_target_state(ctx, &step->info.target_id, "unreachable",
					     step->reason);
	if (strcmp(step->hop, "login") == 0 && !uuid_is_nil(&step->info.account_id))
		return live_sql_account_state(ctx, &step->info.account_id, "refused", step->reason);
	return ERR_OK;
}

static uint64_t file_size(const struct live_step *step)
{
	struct stat about;
	char file[UUID_TEXT_SIZE + 4];

	file_name(&step->info.session_id, file);
	if (fstatat(step->task.authority->recordings, file, &about, AT_SYMLINK_NOFOLLOW) != 0)
		return 0;
	return (uint64_t)about.st_size;
}

static enum err end_recording(struct ctx *ctx, const struct live_step *step)
{
	const struct msg_broker_ended *end = &step->ended;
	bool changed = false;
	struct live_recording recording = {.session_id = step->info.session_id,
					   .state = "complete",
					   .chunks = end->chunks,
					   .bytes = file_size(step),
					   .commands = end->commands,
					   .head = end->head};

	return live_sql_end_recording(ctx, &recording, &changed);
}

static enum err end_session(struct ctx *ctx, void *arg)
{
	struct live_step *step = arg;
	const struct msg_broker_ended *end = &step->ended;
	struct audit audit;
	bool changed = false;
	struct live_end row = {.session_id = step->info.session_id,
			       .state = step->connected ? "ended" : "failed",
			       .hop = step->hop,
			       .reason = step->reason,
			       .text = step->text,
			       .bytes_in = end->bytes_in,
			       .bytes_out = end->bytes_out};
	enum err err = note_failure(ctx, step);

	if (err != ERR_OK || is_test(step))
		return err;
	if ((err = live_sql_end(ctx, &row, &changed)) != ERR_OK ||
	    (err = end_recording(ctx, step)) != ERR_OK || !changed)
		return err;
	begin_event(ctx, step, &audit, step->connected ? EVENT_SESSION_END : EVENT_SESSION_FAILED);
	audit.outcome = step->connected ? AUDIT_OK : AUDIT_FAILED;
	audit.reason = step->reason;
	audit_data(&audit, "hop", step->hop);
	audit_data(&audit, "chunks", number_text(ctx, end->chunks));
	audit_data(&audit, "head", hex_text(ctx, end->head, sizeof(end->head)));
	audit_data(&audit, "head_signature", hex_text(ctx, end->signature, sizeof(end->signature)));
	audit_data(&audit, "commands", number_text(ctx, end->commands));
	audit_data(&audit, "bytes_in", number_text(ctx, end->bytes_in));
	audit_data(&audit, "bytes_out", number_text(ctx, end->bytes_out));
	return append(ctx, step, &audit);
}

enum err step_ended(struct ctx *ctx, struct live_step *step)
{
	enum err err = db_transaction(ctx, end_session, step);

	if (err == ERR_OK)
		notify(step);
	return err;
}

/* The broker died with its recording open: the worker reads the file and supplies the head, and
 * then session.broken is appended. */
static enum err broken(struct ctx *ctx, void *arg)
{
	const struct live_step *step = arg;
	bool changed = false;
	struct live_end row = {.session_id = step->info.session_id,
			       .state = "broken",
			       .hop = "broker",
			       .reason = "broker.lost"};

	return live_sql_end(ctx, &row, &changed);
}

enum err step_broken(struct ctx *ctx, struct live_step *step)
{
	enum err err = db_transaction(ctx, broken, step);

	if (err == ERR_OK)
		notify(step);
	return err;
}

static enum err not_started(struct ctx *ctx, void *arg)
{
	struct live_step *step = arg;
	struct audit audit;
	const char *state = NULL;
	bool changed = false, allowed = false;
	struct live_end row = {.session_id = step->info.session_id,
			       .state = "failed",
			       .hop = step->hop,
			       .reason = step->reason,
			       .text = step->text};
	struct live_recording recording = {.session_id = step->info.session_id, .state = "lost"};
	enum err err = live_sql_info(ctx, &step->info.session_id, sys_real_us(), &step->info,
				     &state, &allowed);

	if (err != ERR_OK)
		return err;
#ifdef SEKISHO_DEFECT_END_ANYBODYS_SESSION
	step->opened = true;
#endif
	err = step->opened ? live_sql_end(ctx, &row, &changed)
			   : live_sql_end_unopened(ctx, &row, &changed);
	if (err != ERR_OK || !changed)
		return err;
	if ((err = live_sql_end_recording(ctx, &recording, &changed)) != ERR_OK)
		return err;
	begin_event(ctx, step, &audit, EVENT_SESSION_FAILED);
	audit.outcome = AUDIT_FAILED;
	audit.reason = step->reason;
	audit_data(&audit, "hop", step->hop);
	return append(ctx, step, &audit);
}

enum err step_not_started(struct ctx *ctx, struct live_step *step)
{
	enum err err = db_transaction(ctx, not_started, step);

	if (err == ERR_OK && step->task.authority)
		notify(step);
	return err;
}

/* --- outside of any broker --- */

static enum err sweep_orphans(struct ctx *ctx, void *arg)
{
	return live_sql_orphans(ctx, arg);
}

struct orphan {
	const struct uuid *id;
	bool *changed;
};

static enum err sweep_orphan(struct ctx *ctx, void *arg)
{
	const struct orphan *orphan = arg;

	return live_sql_orphan(ctx, orphan->id, orphan->changed);
}

enum err step_orphaned(struct ctx *ctx, struct live_step *step, bool *out_changed)
{
	struct orphan orphan = {&step->info.session_id, out_changed};

	return db_transaction(ctx, sweep_orphan, &orphan);
}

enum err live_sweep_orphans(struct ctx *ctx)
{
	uint64_t count = 0;

	return db_transaction(ctx, sweep_orphans, &count);
}

enum err live_sweep_waiting(struct ctx *ctx, struct out *out)
{
	struct uuid ids[OUT_EFFECTS_MAX];
	size_t count = 0;
	enum err err = live_sql_stale_waiting(ctx, sys_real_us() - WAIT_MINUTES * 60 * second_us,
					      ids, OUT_EFFECTS_MAX, &count);

	for (size_t i = 0; i < count && err == ERR_OK; i++) {
		struct live_step step = {
			.info = {.session_id = ids[i]}, .hop = "", .fd = -1, .opened = true};
		(void)snprintf(step.reason, sizeof(step.reason), "user_gone");
		err = not_started(ctx, &step);
		out_notify(out, "sessions", &ids[i]);
	}
	return err;
}

enum err live_recording_head(struct ctx *ctx, const struct msg_recording_head *head)
{
	struct live_step step = {.info = {.session_id = head->session_id}};
	struct live_recording recording = {.session_id = head->session_id,
					   .state = "broken",
					   .chunks = head->chunks,
					   .bytes = head->bytes,
					   .head = head->head};
	const char *state = NULL;
	bool allowed = false, changed = false;
	struct audit audit;
	enum err err =
		live_sql_info(ctx, &head->session_id, sys_real_us(), &step.info, &state, &allowed);

	if (err != ERR_OK)
		return err;
	if (strcmp(state, "broken") != 0)
		return ERR_OK;
	if ((err = live_sql_end_recording(ctx, &recording, &changed)) != ERR_OK || !changed)
		return err;
	begin_event(ctx, &step, &audit, EVENT_SESSION_BROKEN);
	audit.outcome = AUDIT_FAILED;
	audit.reason = "broker.lost";
	audit_data(&audit, "chunks", number_text(ctx, head->chunks));
	audit_data(&audit, "bytes", number_text(ctx, head->bytes));
	audit_data(&audit, "head", hex_text(ctx, head->head, 32));
	audit_data(&audit, "verified", head->verified ? "true" : "false");
	return append(ctx, &step, &audit);
}
