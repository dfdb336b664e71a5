/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/cmocka_all.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "auth/auth.h"
#include "auth/secret_store.h"
#include "base/arena.h"
#include "base/secret.h"
#include "base/sys.h"
#include "gateways/presence.h"
#include "server/authority_hold.h"
#include "server/authority_live.h"
#include "server/authority_live_inner.h"
#include "server/authority_live_sql.h"
#include "sql/db.h"
#include "tests/support/test_db.h"
#include "tests/support/test_keeper.h"
#include "tests/support/test_loan.h"
#include "vault/keeper.h"

/*
 * Authority's live sessions with a real database and a real keeper; the test plays supervisor,
 * edge and broker over real channels.
 */
static struct ctx base;
static struct authority authority;
static const struct conf conf = {.session_idle_minutes = 30,
				 .session_max_hours = 12,
				 .session_grace_seconds = 60,
				 .broker_idle_minutes = 10,
				 .release_limit_per_minute = 3,
				 .gateway_beat_seconds = 10};
static int supervisor, edge;
static struct buf scratch;
static const char password[] = "hunter2-of-web-01";
static pthread_t loop_thread;
static char folder[] = "/tmp/sekisho-live-XXXXXX";

enum { WAIT_MS = 60000 };

static void *run_loop(void *arg)
{
	(void)arg;
	(void)!loop_run(authority.loop);
	return NULL;
}

/* --- the loop's thread owns authority: what the test asks of it is done there --- */

static struct call {
	pthread_mutex_t lock;
	pthread_cond_t done;
	void (*fn)(void *arg);
	void *arg;
	bool pending;
} call = {.lock = PTHREAD_MUTEX_INITIALIZER, .done = PTHREAD_COND_INITIALIZER};

static void make_call(void *arg)
{
	(void)arg;
	call.fn(call.arg);
	pthread_mutex_lock(&call.lock);
	call.pending = false;
	pthread_cond_signal(&call.done);
	pthread_mutex_unlock(&call.lock);
}

/* Returns when it is done. */
static void in_loop(void (*fn)(void *arg), void *arg)
{
	pthread_mutex_lock(&call.lock);
	call.fn = fn;
	call.arg = arg;
	call.pending = true;
	assert_true(loop_call(authority.loop, make_call, NULL));
	while (call.pending)
		pthread_cond_wait(&call.done, &call.lock);
	pthread_mutex_unlock(&call.lock);
}

static void tick_in_loop(void *arg)
{
	(void)arg;
	live_tick(&authority);
}

static void receive(int fd, uint32_t type, struct chan_msg *msg)
{
	enum err err = chan_receive(fd, &scratch, msg, WAIT_MS);

	if (err != ERR_OK || msg->type != type)
		fail_msg("wanted %x, got %d %x", type, (int)err, err == ERR_OK ? msg->type : 0);
}

static void send_codec(int fd, uint32_t type, uint32_t id, const struct codec *codec,
		       const void *message, const int *fds, int nfds)
{
	struct buf out;

	buf_init(&out, CHAN_PAYLOAD_MAX);
	codec_put(&out, codec, message);
	assert_int_equal(chan_send(fd, type, id, out.data, out.len, fds, nfds, WAIT_MS), ERR_OK);
	buf_clear(&out);
}

/* --- rows --- */

static uint8_t next_session = 0x20;

static void forget_releases(void *arg)
{
	(void)arg;
	releases_clear(&authority.releases);
}

static struct uuid new_session(void)
{
	in_loop(forget_releases, NULL);
	return test_loan_session(++next_session);
}

static void read_text(struct db_rows *rows, void *arg)
{
	const char *text = db_text(rows, 0);

	snprintf(arg, 64, "%s", text ? text : "(null)");
}

static const struct db_stmt state_of = {
	"test.state", "SELECT CONCAT(state, '/', stage) FROM session WHERE id = ?", 1, 1};
static const struct db_stmt events_of = {
	"test.events",
	"SELECT COALESCE(GROUP_CONCAT(CONCAT(SUBSTRING_INDEX(event, '.', -1), '=', outcome) "
	"ORDER BY occurred_at SEPARATOR ' '), '') FROM audit_event "
	"WHERE object_id = ? OR leaf LIKE CONCAT('%', ?, '%')",
	2, 1};

static void ask(const struct db_stmt *stmt, const struct uuid *id, char out[64])
{
	char text[UUID_TEXT_SIZE];

	uuid_format(id, text);
	const struct db_param params[] = {DB_P_UUID(id), DB_P_TEXT(text)};
	memset(out, 0, 64);
	assert_int_equal(db_one(&base, stmt, params, read_text, out), ERR_OK);
}

/* What a client sees eventually: the database is written after the message was taken, perhaps only
 * when authority's clock ticks. */
static void expect_state(const struct uuid *id, const char *wanted)
{
	char got[64] = "";

	for (int i = 0; i < WAIT_MS / 20; i++) {
		ask(&state_of, id, got);
		if (strcmp(got, wanted) == 0)
			return;
		in_loop(tick_in_loop, NULL);
		usleep(20000);
	}
	assert_string_equal(got, wanted);
}

/* --- playing the other processes --- */

struct begin {
	struct uuid id;
	int user;
};

static void begin_in_loop(void *arg)
{
	struct begin *begin = arg;

	live_start_session(&authority, &begin->id, begin->user, (struct block){0},
			   "0123456789abcdef");
}

/* In the loop, with the id, while the broker's process is being made. */
static void (*at_birth)(void *id);

static int start_broker(const struct uuid *id, int *out_user)
{
	struct begin begin;
	struct chan_msg msg;
	int user[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, user), 0);
	begin = (struct begin){*id, user[0]};
	*out_user = user[1];
	in_loop(begin_in_loop, &begin);
	receive(supervisor, MSG_SPAWN, &msg);
	if (at_birth)
		in_loop(at_birth, &begin.id);
	int control = chan_take_fd(&msg, 0);
	assert_true(control >= 0);
	struct msg_spawned spawned = {.pid = 1};
	send_codec(supervisor, MSG_SPAWNED, msg.id, &msg_spawned_codec, &spawned, NULL, 0);
	struct msg_broker_start start;
	receive(control, MSG_BROKER_START, &msg);
	assert_int_equal(codec_get(&msg_broker_start_codec, msg.data, msg.len, &start), ERR_OK);
	assert_int_equal(msg.nfds, 3);
	assert_int_equal(start.account_name.len, 4);
	assert_memory_equal(start.account_name.data, "root", 4);
	struct secret *key = NULL;
	assert_int_equal(secret_read_fd(msg.fds[2], 64, WAIT_MS, &key), ERR_OK);
	assert_int_equal(secret_len(key), 32);
	secret_free(key);
	assert_int_equal(write(msg.fds[1], "x", 1), 1);
	chan_close_fds(&msg);
	return control;
}

static void say_ready(int broker, const struct uuid *id)
{
	struct msg_broker_ready ready = {.session_id = *id};

	memset(ready.recording_key, 0xab, 32);
	send_codec(broker, MSG_BROKER_READY, 0, &msg_broker_ready_codec, &ready, NULL, 0);
}

static void do_dial(int broker, const struct uuid *id)
{
	struct msg_broker_dial dial = {.session_id = *id};
	struct msg_dialled dialled = {.ok = 1};
	struct msg_broker_dialled answer;
	struct msg_dial asked;
	struct chan_msg msg;

	send_codec(broker, MSG_BROKER_DIAL, 7, &msg_broker_dial_codec, &dial, NULL, 0);
	receive(edge, MSG_DIAL, &msg);
	assert_int_equal(codec_get(&msg_dial_codec, msg.data, msg.len, &asked), ERR_OK);
	assert_int_equal(asked.gateway_id.b[0], 3);
	assert_true(asked.grant.len > 64);
	chan_close_fds(&msg);
	send_codec(edge, MSG_DIALLED, msg.id, &msg_dialled_codec, &dialled, NULL, 0);
	receive(broker, MSG_BROKER_DIALLED, &msg);
	assert_int_equal(msg.id, 7);
	assert_int_equal(codec_get(&msg_broker_dialled_codec, msg.data, msg.len, &answer), ERR_OK);
	assert_int_equal(answer.ok, 1);
	assert_int_equal(msg.nfds, 1);
	chan_close_fds(&msg);
}

static struct msg_broker_host_key_verdict show_host_key(int broker, const struct uuid *id,
							const char *type, uint8_t fill)
{
	struct msg_broker_host_key key = {.session_id = *id,
					  .type = {(const uint8_t *)type, strlen(type)}};
	struct msg_broker_host_key_verdict verdict;
	struct chan_msg msg;

	memset(key.sha256, fill, 32);
	send_codec(broker, MSG_BROKER_HOST_KEY, 8, &msg_broker_host_key_codec, &key, NULL, 0);
	receive(broker, MSG_BROKER_HOST_KEY_VERDICT, &msg);
	assert_int_equal(codec_get(&msg_broker_host_key_verdict_codec, msg.data, msg.len, &verdict),
			 ERR_OK);
	return verdict;
}

/* Returns how many bytes came out of the pipe; *out_err: what authority said. */
static size_t ask_credential(int broker, const struct uuid *id, enum err *out_err, char got[64])
{
	struct msg_broker_credential wish = {.session_id = *id};
	struct msg_broker_credential_sent sent;
	struct chan_msg msg;

	send_codec(broker, MSG_BROKER_CREDENTIAL, 9, &msg_broker_credential_codec, &wish, NULL, 0);
	receive(broker, MSG_BROKER_CREDENTIAL_SENT, &msg);
	assert_int_equal(codec_get(&msg_broker_credential_sent_codec, msg.data, msg.len, &sent),
			 ERR_OK);
	*out_err = (enum err)sent.err;
	memset(got, 0, 64);
	assert_int_equal(msg.nfds, sent.err == ERR_OK ? 1 : 0);
	ssize_t len = msg.nfds > 0 ? read(msg.fds[0], got, 63) : 0;
	chan_close_fds(&msg);
	return len > 0 ? (size_t)len : 0;
}

static int up_to_host_key(const struct uuid *id, int *user)
{
	int broker = start_broker(id, user);

	say_ready(broker, id);
	do_dial(broker, id);
	assert_int_equal(show_host_key(broker, id, "ssh-ed25519", 0x11).ok, 1);
	return broker;
}

static void end_broker(int broker, const struct uuid *id)
{
	struct msg_broker_ended ended = {
		.session_id = *id, .reason = {(const uint8_t *)"user", 4}, .chunks = 5};

	memset(ended.head, 0xcd, 32);
	send_codec(broker, MSG_BROKER_ENDED, 0, &msg_broker_ended_codec, &ended, NULL, 0);
}

static void count_lives(void *arg)
{
	size_t *count = arg;

	*count = 0;
	for (const struct live *live = authority.lives; live; live = live->next)
		++*count;
}

/* A session's last step may still be with a worker when its broker is gone. */
static void wait_until_left(size_t wanted)
{
	size_t left = wanted + 1;

	for (int i = 0; i < WAIT_MS / 20 && left > wanted; i++) {
		usleep(20000);
		in_loop(tick_in_loop, NULL);
		in_loop(count_lives, &left);
	}
	assert_true(left <= wanted);
}

/* --- what must hold --- */

static void a_session_runs_and_leaves_its_trail(void **state)
{
	struct uuid id = new_session();
	struct msg_broker_connected connected = {.session_id = id, .dial_ms = 3};
	char got[64], events[64];
	enum err err;
	int user, broker = up_to_host_key(&id, &user);

	(void)state;
	assert_int_equal(ask_credential(broker, &id, &err, got), strlen(password));
	assert_int_equal(err, ERR_OK);
	assert_string_equal(got, password);
	send_codec(broker, MSG_BROKER_CONNECTED, 0, &msg_broker_connected_codec, &connected, NULL,
		   0);
	expect_state(&id, "live/live");
	end_broker(broker, &id);
	expect_state(&id, "ended/live");
	ask(&events_of, &id, events);
	assert_string_equal(events, "start=ok host_key_pinned=ok released=ok connected=ok end=ok");
	close(broker);
	close(user);
}

static void without_its_event_no_secret_leaves(void **state)
{
	struct uuid id = new_session();
	char got[64];
	enum err err;
	int user, broker = up_to_host_key(&id, &user);

	(void)state;
	test_db_script("RENAME TABLE audit_event TO audit_event_away");
	size_t len = ask_credential(broker, &id, &err, got);
	test_db_script("RENAME TABLE audit_event_away TO audit_event");
	close(broker);
	close(user);
	if (len != 0) /* the control-off build is known by these words (authority.cmake) */
		fail_msg("%zu bytes of the secret left without their event", len);
	assert_int_not_equal(err, ERR_OK);
}

static void a_revoked_lease_releases_nothing(void **state)
{
	struct uuid id = new_session();
	char got[64], events[64];
	enum err err;
	int user, broker = up_to_host_key(&id, &user);

	(void)state;
	test_db_script("UPDATE lease SET state = 'revoked'");
	size_t len = ask_credential(broker, &id, &err, got);
	test_db_script("UPDATE lease SET state = 'active'");
	assert_int_equal(len, 0);
	assert_int_equal(err, ERR_DENIED);
	ask(&events_of, &id, events);
	assert_string_equal(events, "start=ok released=refused");
	close(broker);
	close(user);
}

static void a_loan_counts_from_its_start_not_from_the_next_tick(void **state)
{
	struct uuid id = new_session();
	char got[64];
	enum err err;
	int user, broker;

	(void)state;
	test_db_script("UPDATE lease SET state = 'scheduled'");
	broker = up_to_host_key(&id, &user);
	size_t len = ask_credential(broker, &id, &err, got);
	test_db_script("UPDATE lease SET state = 'active'");
	assert_int_equal(err, ERR_OK);
	assert_int_equal(len, strlen(password));
	close(broker);
	close(user);
}

/* A second attempt that fails for whatever reason leaves the first alone. */
static void a_second_attempt_ends_nobody_elses_session(void **state)
{
	struct begin begin;
	struct uuid id = new_session();
	struct msg_broker_connected connected = {.session_id = id};
	char got[64];
	enum err err;
	int pair[2], user, broker = up_to_host_key(&id, &user);

	(void)state;
	assert_int_equal(ask_credential(broker, &id, &err, got), strlen(password));
	send_codec(broker, MSG_BROKER_CONNECTED, 0, &msg_broker_connected_codec, &connected, NULL,
		   0);
	expect_state(&id, "live/live");
	test_db_script(
		"UPDATE lease SET state = 'scheduled', starts_at = starts_at + INTERVAL 1 DAY");
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	begin = (struct begin){id, pair[0]};
	in_loop(begin_in_loop, &begin);
	assert_int_equal(read(pair[1], got, 1), 0);
	wait_until_left(1);
	test_db_script("UPDATE lease SET state = 'active', starts_at = starts_at - INTERVAL 1 DAY");
	expect_state(&id, "live/live");
	close(broker);
	close(user);
	close(pair[1]);
}

/* --- its sign-in --- */

/* A live session that was opened through a sign-in of its own. */
static int live_session(const struct uuid *id, int *user)
{
	struct msg_broker_connected connected = {.session_id = *id};
	char got[64], sql[768];
	enum err err;
	int broker = up_to_host_key(id, user);

	assert_int_equal(ask_credential(broker, id, &err, got), strlen(password));
	send_codec(broker, MSG_BROKER_CONNECTED, 0, &msg_broker_connected_codec, &connected, NULL,
		   0);
	expect_state(id, "live/live");
	snprintf(sql, sizeof(sql),
		 "INSERT INTO auth_session (id, cookie_hash, user_id, created_at, "
		 "authenticated_at, last_seen_at, idle_expires_at, expires_at, peer, user_agent) "
		 "VALUES (REPEAT(X'%1$02X',16), REPEAT(X'%1$02X',32), REPEAT(X'01',16), "
		 "UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) - INTERVAL 10 MINUTE, "
		 "UTC_TIMESTAMP(6) + INTERVAL 20 MINUTE, UTC_TIMESTAMP(6) + INTERVAL 12 HOUR, "
		 "'198.51.100.7', ''); "
		 "UPDATE session SET sign_in_id = REPEAT(X'%1$02X',16) WHERE id = "
		 "REPEAT(X'%1$02X',16)",
		 id->b[0]);
	test_db_script(sql);
	return broker;
}

static void sign_in_now(const struct uuid *id, const char *what)
{
	char sql[256];

	snprintf(sql, sizeof(sql), "UPDATE auth_session SET %s WHERE id = REPEAT(X'%02X',16)", what,
		 id->b[0]);
	test_db_script(sql);
}

static enum err sweep(struct ctx *ctx, void *arg)
{
	return hold_sweep(ctx, OUT_EFFECTS_MAX, arg);
}

static void apply_holds(void *arg)
{
	const struct out *out = arg;

	for (size_t i = 0; i < out->effect_count; i++)
		live_hold(&authority, &out->effects[i].id, out->effects[i].number);
}

/* What the tick does each second; how many sessions it found. */
static size_t look_at_sign_ins(void)
{
	struct out out = {.secret_fd = -1};

	assert_int_equal(db_transaction(&base, sweep, &out), ERR_OK);
	in_loop(apply_holds, &out);
	return out.effect_count;
}

static void a_session_is_held_when_its_sign_in_runs_out(void **state)
{
	static const char *const ends[] = {"ended_at = UTC_TIMESTAMP(6), end_reason = 'signed_out'",
					   "idle_expires_at = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND",
					   "expires_at = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND"};
	struct msg_broker_hold hold;
	struct chan_msg msg;

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct uuid id = new_session();
		int user, broker = live_session(&id, &user);
		assert_int_equal(look_at_sign_ins(), 0);
		sign_in_now(&id, ends[i]);
		assert_int_equal(look_at_sign_ins(), 1);
		receive(broker, MSG_BROKER_HOLD, &msg);
		assert_int_equal(codec_get(&msg_broker_hold_codec, msg.data, msg.len, &hold),
				 ERR_OK);
		assert_int_equal(hold.seconds, 60);
		assert_int_equal(look_at_sign_ins(), 0); /* said once */
		expect_state(&id, "live/live");
		end_broker(broker, &id);
		expect_state(&id, "ended/live");
		close(broker);
		close(user);
	}
}

static void a_hold_that_met_nobody_is_made_up_for(void **state)
{
	struct uuid id = new_session();
	int user, broker = live_session(&id, &user);
	struct msg_broker_end end;
	struct chan_msg msg;
	char sql[128];

	(void)state;
	snprintf(sql, sizeof(sql),
		 "UPDATE session SET hold_until = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND WHERE id = "
		 "REPEAT(X'%02X',16)",
		 id.b[0]);
	test_db_script(sql);
	assert_int_equal(look_at_sign_ins(), 0); /* it may be ending */
	snprintf(sql, sizeof(sql),
		 "UPDATE session SET hold_until = UTC_TIMESTAMP(6) - INTERVAL 1 MINUTE WHERE id = "
		 "REPEAT(X'%02X',16)",
		 id.b[0]);
	test_db_script(sql);
	assert_int_equal(look_at_sign_ins(), 1);
	receive(broker, MSG_BROKER_END, &msg);
	assert_int_equal(codec_get(&msg_broker_end_codec, msg.data, msg.len, &end), ERR_OK);
	assert_memory_equal(end.reason.data, "sign_in_ended", end.reason.len);
	end_broker(broker, &id);
	expect_state(&id, "ended/live");
	assert_int_equal(look_at_sign_ins(), 0);
	close(broker);
	close(user);
}

static void hold_in_loop(void *arg)
{
	live_hold(&authority, arg, 60);
}

static void a_session_that_is_held_before_its_broker_lives_begins_held(void **state)
{
	struct uuid id = new_session();
	struct msg_broker_hold hold;
	struct chan_msg msg;
	int user;

	(void)state;
	at_birth = hold_in_loop;
	int broker = start_broker(&id, &user);
	at_birth = NULL;
	receive(broker, MSG_BROKER_HOLD, &msg);
	assert_int_equal(codec_get(&msg_broker_hold_codec, msg.data, msg.len, &hold), ERR_OK);
	assert_true(hold.seconds > 50 && hold.seconds <= 60);
	end_broker(broker, &id);
	close(broker);
	close(user);
}

static void a_session_ends_with_a_sign_in_that_was_taken_away(void **state)
{
	static const char *const reasons[] = {"copied", "ended_by_administrator", "revoked",
					      "provider", "password_changed"};
	struct msg_broker_end end;
	struct chan_msg msg;
	char what[128];

	(void)state;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		struct uuid id = new_session();
		int user, broker = live_session(&id, &user);
		snprintf(what, sizeof(what), "ended_at = UTC_TIMESTAMP(6), end_reason = '%s'",
			 reasons[i]);
		sign_in_now(&id, what);
		assert_int_equal(look_at_sign_ins(), 1);
		receive(broker, MSG_BROKER_END, &msg);
		assert_int_equal(codec_get(&msg_broker_end_codec, msg.data, msg.len, &end), ERR_OK);
		assert_int_equal(end.reason.len, strlen("sign_in_ended"));
		assert_memory_equal(end.reason.data, "sign_in_ended", end.reason.len);
		end_broker(broker, &id);
		expect_state(&id, "ended/live");
		close(broker);
		close(user);
	}
}

static const struct db_stmt seen_of = {
	"test.seen",
	"SELECT IF(i.last_seen_at > UTC_TIMESTAMP(6) - INTERVAL 5 MINUTE, 'lately', 'before') FROM "
	"auth_session i WHERE i.id = ?",
	1, 1};

static const char *sign_in_seen(const struct uuid *id, char out[64])
{
	const struct db_param params[] = {DB_P_UUID(id)};

	memset(out, 0, 64);
	assert_int_equal(db_one(&base, &seen_of, params, read_text, out), ERR_OK);
	return out;
}

static void say_activity(int broker, const struct uuid *id, uint64_t in, uint64_t out)
{
	struct msg_broker_activity activity = {.session_id = *id, .bytes_in = in, .bytes_out = out};

	send_codec(broker, MSG_BROKER_ACTIVITY, 0, &msg_broker_activity_codec, &activity, NULL, 0);
}

static void typing_is_use_of_the_sign_in(void **state)
{
	struct uuid id = new_session();
	char seen[64];
	int user, broker = live_session(&id, &user);

	(void)state;
	say_activity(broker, &id, 0, 500); /* the target speaks, nobody types */
	say_activity(broker, &id, 0, 501);
	for (int i = 0; i < 5; i++)
		in_loop(tick_in_loop, NULL);
	assert_string_equal(sign_in_seen(&id, seen), "before");
	say_activity(broker, &id, 1, 501);
	for (int i = 0; i < WAIT_MS / 20 && strcmp(sign_in_seen(&id, seen), "lately") != 0; i++)
		usleep(20000);
	assert_string_equal(seen, "lately");
	end_broker(broker, &id);
	expect_state(&id, "ended/live");
	close(broker);
	close(user);
}

struct again {
	const struct uuid *id;
	struct out out;
};

static enum err recheck(struct ctx *ctx, void *arg)
{
	struct again *again = arg;

	return hold_recheck(ctx, again->id, &again->out);
}

static size_t found_again(const struct uuid *id)
{
	struct again again = {id, {.secret_fd = -1}};

	assert_int_equal(db_transaction(&base, recheck, &again), ERR_OK);
	return again.out.effect_count;
}

static void a_shorter_limit_reaches_the_open_sessions(void **state)
{
	struct uuid id = new_session();
	int user, broker = live_session(&id, &user);

	(void)state;
	assert_int_equal(found_again(&id), 0);
	test_db_script("UPDATE session_limit SET idle_minutes = 5 WHERE is_default");
	assert_int_equal(look_at_sign_ins(), 0);
	assert_int_equal(found_again(&id), 1);
	assert_int_equal(found_again(&id), 0);
	test_db_script("UPDATE session_limit SET idle_minutes = 30 WHERE is_default");
	end_broker(broker, &id);
	expect_state(&id, "ended/live");
	close(broker);
	close(user);
}

static void another_host_key_is_refused(void **state)
{
	static const struct {
		const char *type;
		uint8_t fill;
	} cases[] = {{"ssh-ed25519", 0x12}, {"rsa-sha2-512", 0x13}};
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct uuid id = new_session();
		char events[64];
		int user, broker = start_broker(&id, &user);
		say_ready(broker, &id);
		do_dial(broker, &id);
		assert_int_equal(show_host_key(broker, &id, cases[i].type, cases[i].fill).ok, 0);
		ask(&events_of, &id, events);
		assert_string_equal(events, "start=ok host_key_mismatch=refused");
		close(broker);
		close(user);
	}
}

static void a_message_out_of_turn_ends_the_broker(void **state)
{
	struct uuid id = new_session();
	struct msg_broker_credential wish = {.session_id = id};
	struct chan_msg msg;
	int user, broker = start_broker(&id, &user);

	(void)state;
	say_ready(broker, &id);
	send_codec(broker, MSG_BROKER_CREDENTIAL, 9, &msg_broker_credential_codec, &wish, NULL, 0);
	assert_int_equal(chan_receive(broker, &scratch, &msg, WAIT_MS), ERR_IO);
	expect_state(&id, "broken/gateway");
	close(broker);
	close(user);
}

static void a_foreign_session_id_ends_the_broker(void **state)
{
	struct uuid id = new_session(), other = new_session();
	struct chan_msg msg;
	int user, broker = start_broker(&id, &user);

	(void)state;
	say_ready(broker, &other);
	assert_int_equal(chan_receive(broker, &scratch, &msg, WAIT_MS), ERR_IO);
	expect_state(&id, "failed/gateway");
	expect_state(&other, "waiting/gateway");
	close(broker);
	close(user);
}

static const struct db_stmt limit_noted = {
	"test.limit",
	"SELECT CAST(COUNT(*) AS CHAR) FROM system_state WHERE name = 'release.limit' "
	"AND updated_at > UTC_TIMESTAMP(6) - INTERVAL 1 HOUR",
	0, 1};

/* As if the person had been handed that many secrets just now. */
static void release_before(void *arg)
{
	struct uuid person;

	memset(person.b, 1, UUID_SIZE);
	for (int i = 0; i < *(const int *)arg; i++)
		(void)release_allowed(&authority.releases, &person, 3, sys_mono_us());
}

static void too_many_releases_are_refused(void **state)
{
	char got[64] = "", noted[64] = "";
	enum err err;

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct uuid id = new_session();
		int user, broker;
		in_loop(release_before, &i); /* new_session starts the count again */
		broker = up_to_host_key(&id, &user);
		(void)ask_credential(broker, &id, &err, got);
		assert_int_equal(err, i < 3 ? ERR_OK : ERR_LIMIT);
		assert_int_equal(db_one(&base, &limit_noted, NULL, read_text, noted), ERR_OK);
		assert_string_equal(noted, i < 3 ? "0" : "1");
		close(broker);
		close(user);
	}
}

static void cut_in_loop(void *arg)
{
	live_cut(&authority, LIVE_BY_LEASE, arg, "lease_revoked");
}

static void a_cut_reaches_the_broker_and_a_dead_one_is_broken(void **state)
{
	struct uuid id = new_session();
	struct msg_broker_end end;
	struct chan_msg msg;
	int user, broker = up_to_host_key(&id, &user);
	struct uuid lease;

	(void)state;
	memset(lease.b, 0x0a, UUID_SIZE);
	in_loop(cut_in_loop, &lease);
	receive(broker, MSG_BROKER_END, &msg);
	assert_int_equal(codec_get(&msg_broker_end_codec, msg.data, msg.len, &end), ERR_OK);
	assert_memory_equal(end.reason.data, "lease_revoked", 13);
	close(broker);
	expect_state(&id, "broken/target");
	close(user);
}

/* --- a gateway that fails is not the target that fails --- */

static struct msg_dial next_dial(struct chan_msg *msg)
{
	struct msg_dial asked;

	receive(edge, MSG_DIAL, msg);
	assert_int_equal(codec_get(&msg_dial_codec, msg->data, msg->len, &asked), ERR_OK);
	chan_close_fds(msg);
	return asked;
}

static void answer_dial(uint32_t id, const char *hop, const char *reason)
{
	struct msg_dialled dialled = {.hop = {(const uint8_t *)hop, strlen(hop)},
				      .reason = {(const uint8_t *)reason, strlen(reason)}};

	send_codec(edge, MSG_DIALLED, id, &msg_dialled_codec, &dialled, NULL, 0);
}

static uint8_t broker_hears(int broker, char reason[64])
{
	struct msg_broker_dialled answer;
	struct chan_msg msg;

	receive(broker, MSG_BROKER_DIALLED, &msg);
	assert_int_equal(codec_get(&msg_broker_dialled_codec, msg.data, msg.len, &answer), ERR_OK);
	snprintf(reason, 64, "%.*s", (int)answer.reason.len, (const char *)answer.reason.data);
	assert_int_equal(msg.nfds, answer.ok == 1 ? 1 : 0);
	chan_close_fds(&msg);
	return answer.ok;
}

enum { BROKER_HEARS_NO, BROKER_HEARS_YES, BROKER_HEARS_WAITING };

static void tick_until_dial(void)
{
	struct pollfd wait = {.fd = edge, .events = POLLIN};

	for (int i = 0; i < WAIT_MS / 20 && poll(&wait, 1, 20) == 0; i++)
		in_loop(tick_in_loop, NULL);
}

/* Both gateways of the group fail, then the session waits; with a new grant each time. */
static void a_lost_gateway_is_replaced_or_waited_for(void **state)
{
	static const char *const failures[] = {"gateway.lost", "policy.behind"};
	struct uuid id = new_session();
	struct msg_broker_dial dial = {.session_id = id};
	struct chan_msg msg;
	uint8_t grants[3][1024];
	char reason[64];
	int user, broker = start_broker(&id, &user);

	(void)state;
	test_db_script("INSERT INTO gateway (id, group_id, name, state, created_at, updated_at, "
		       "event_id) VALUES (REPEAT(X'0B',16), REPEAT(X'02',16), 'gw2', 'enrolled', "
		       "UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), REPEAT(X'00',16));"
		       "INSERT INTO gateway_presence (gateway_id, state, connections) "
		       "VALUES (REPEAT(X'0B',16), 'online', 1)");
	say_ready(broker, &id);
	send_codec(broker, MSG_BROKER_DIAL, 7, &msg_broker_dial_codec, &dial, NULL, 0);
	for (size_t i = 0; i < 2; i++) {
		struct msg_dial asked = next_dial(&msg);
		assert_int_equal(asked.gateway_id.b[0], i == 0 ? 0x03 : 0x0b);
		memcpy(grants[i], asked.grant.data, asked.grant.len);
		answer_dial(msg.id, "gateway", failures[i]);
	}
	assert_int_equal(broker_hears(broker, reason), BROKER_HEARS_WAITING);
	expect_state(&id, "waiting/gateway");
	tick_until_dial(); /* the pause is two seconds */
	struct msg_dial again = next_dial(&msg);
	assert_int_equal(again.gateway_id.b[0], 0x03);
	assert_memory_not_equal(again.grant.data, grants[0], again.grant.len);
	assert_memory_not_equal(grants[1], grants[0], again.grant.len);
	struct msg_dialled dialled = {.ok = 1};
	send_codec(edge, MSG_DIALLED, msg.id, &msg_dialled_codec, &dialled, NULL, 0);
	assert_int_equal(broker_hears(broker, reason), BROKER_HEARS_YES);
	expect_state(&id, "connecting/target");
	test_db_script("DELETE FROM gateway_presence WHERE gateway_id = REPEAT(X'0B',16)");
	close(broker);
	close(user);
}

static void what_the_target_says_ends_it(void **state)
{
	static const struct {
		const char *hop, *reason;
	} cases[] = {{"target", "target.refused"},
		     {"gateway", "target.unknown"},
		     {"gateway", "address.denied"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct uuid id = new_session();
		struct msg_broker_dial dial = {.session_id = id};
		struct chan_msg msg;
		char reason[64];
		int user, broker = start_broker(&id, &user);
		say_ready(broker, &id);
		send_codec(broker, MSG_BROKER_DIAL, 7, &msg_broker_dial_codec, &dial, NULL, 0);
		(void)next_dial(&msg);
		answer_dial(msg.id, cases[i].hop, cases[i].reason);
		assert_int_equal(broker_hears(broker, reason), BROKER_HEARS_NO);
		assert_string_equal(reason, cases[i].reason);
		close(broker);
		close(user);
	}
}

/* --- a database that takes nothing for a while --- */

static struct pool *roomy, *full;

static void fill_up(void *arg)
{
	(void)arg;
	roomy = authority.general;
	authority.general = full;
}

static void make_room(void *arg)
{
	(void)arg;
	authority.general = roomy;
}

static void terminate_in_loop(void *arg)
{
	live_cut(&authority, LIVE_BY_SESSION, arg, "terminated");
}

static void note_ended(void *arg)
{
	const struct live *live = authority.lives;

	while (live && live->again == NULL)
		live = live->next;
	*(bool *)arg = live != NULL;
}

static const struct db_stmt recording_of = {
	"test.recording",
	"SELECT CONCAT(r.state, '/', r.chunks, '/', s.end_reason) FROM recording r "
	"JOIN session s ON s.id = r.session_id WHERE r.session_id = ?",
	1, 1};

static void the_end_of_a_session_is_not_lost(void **state)
{
	struct uuid id = new_session();
	bool waits = false;
	char got[64];
	int user, broker = up_to_host_key(&id, &user);

	(void)state;
	expect_state(&id, "connecting/target");
	in_loop(fill_up, NULL);
	end_broker(broker, &id);
	for (int i = 0; i < WAIT_MS / 20 && !waits; i++) {
		usleep(20000);
		in_loop(note_ended, &waits);
	}
	assert_true(waits);
	in_loop(make_room, NULL);
	/* Who terminates it now must not declare its recording lost. */
	in_loop(terminate_in_loop, &id);
	expect_state(&id, "failed/target");
	const struct db_param params[] = {DB_P_UUID(&id)};
	assert_int_equal(db_one(&base, &recording_of, params, read_text, got), ERR_OK);
	assert_string_equal(got, "complete/5/user");
	close(broker);
	close(user);
}

static void cut_session_in_loop(void *arg)
{
	live_cut(&authority, LIVE_BY_SESSION, arg, "lease.not_active");
}

/* Its broker is gone and its end was not written (no memory for it): who cuts it later finds
 * nobody, and the recording is there to be read. */
static void a_session_without_a_broker_leaves_its_recording(void **state)
{
	struct uuid id = new_session();
	char sql[400], got[64] = "";

	(void)state;
	snprintf(
		sql, sizeof(sql),
		"INSERT INTO recording (session_id, file_name, secret_id, public_key, state) "
		"VALUES "
		"(REPEAT(X'%02X',16), 'orphan.skr', REPEAT(X'07',16), REPEAT(X'08',32), 'writing');"
		"UPDATE session SET state = 'live', stage = 'live', connected_at = "
		"UTC_TIMESTAMP(6) "
		"WHERE id = REPEAT(X'%02X',16)",
		next_session, next_session);
	test_db_script(sql);
	assert_true(loop_call(authority.loop, cut_session_in_loop, &id));
	expect_state(&id, "broken/live");
	const struct db_param params[] = {DB_P_UUID(&id)};
	assert_int_equal(db_one(&base, &recording_of, params, read_text, got), ERR_OK);
	assert_string_equal(got, "writing/0/broker.lost");
}

static void a_session_that_cannot_be_logged_is_ended(void **state)
{
	struct uuid id = new_session();
	struct msg_broker_end end;
	struct chan_msg msg;
	int user, broker = start_broker(&id, &user);

	(void)state;
	in_loop(fill_up, NULL);
	say_ready(broker, &id);
	receive(broker, MSG_BROKER_END, &msg);
	in_loop(make_room, NULL);
	assert_int_equal(codec_get(&msg_broker_end_codec, msg.data, msg.len, &end), ERR_OK);
	assert_memory_equal(end.reason.data, "audit.unavailable", 17);
	close(broker);
	close(user);
}

/* Authority died between making the recording and starting the broker. */
static void a_session_left_behind_while_starting_is_swept(void **state)
{
	struct uuid id = new_session();
	struct out out = {.secret_fd = -1};
	char sql[256];

	(void)state;
	snprintf(sql, sizeof(sql),
		 "INSERT INTO recording (session_id, file_name, secret_id, state) VALUES "
		 "(REPEAT(X'%02X',16), 'left.skr', REPEAT(X'07',16), 'writing')",
		 next_session);
	test_db_script(sql);
	test_db_script("UPDATE lease SET state = 'ended'");
	enum err err = live_sweep_waiting(&base, &out);
	test_db_script("UPDATE lease SET state = 'active'");
	assert_int_equal(err, ERR_OK);
	expect_state(&id, "failed/gateway");
}

static bool is_allowed(const struct uuid *id)
{
	static const struct uuid first;
	struct live_open open[64];
	size_t count = 0, at = 0;

	assert_int_equal(live_sql_open_after(&base, &first, open, 64, &count), ERR_OK);
	while (at < count && !uuid_equal(&open[at].id, id))
		at++;
	assert_true(at < count);
	return open[at].allowed;
}

static void a_session_nobody_opens_is_given_up(void **state)
{
	struct uuid id = new_session();
	struct out out = {.secret_fd = -1};

	(void)state;
	assert_int_equal(live_sweep_waiting(&base, &out), ERR_OK);
	expect_state(&id, "waiting/gateway");
	test_db_script("UPDATE session SET created_at = UTC_TIMESTAMP(6) - INTERVAL 11 MINUTE "
		       "WHERE state = 'waiting'");
	assert_int_equal(live_sweep_waiting(&base, &out), ERR_OK);
	expect_state(&id, "failed/gateway");
}

/* Its commit may have gone unanswered, so that nobody was told to cut. */
static void a_session_outlives_neither_its_loan_nor_its_person(void **state)
{
	struct uuid id = new_session();

	(void)state;
	assert_true(is_allowed(&id));
	test_db_script("UPDATE lease SET state = 'revoked'");
	assert_false(is_allowed(&id));
	test_db_script("UPDATE lease SET state = 'active'; UPDATE user SET state = 'disabled'");
	assert_false(is_allowed(&id));
	test_db_script("UPDATE user SET state = 'active'");
	assert_true(is_allowed(&id));
}

static enum err publish(struct ctx *ctx, void *arg)
{
	(void)arg;
	return gateway_publish_trust(ctx);
}

static int setup(void **state)
{
	int pair[2];

	(void)state;
	test_db_ctx(&base);
	base.keeper = test_keeper_start(&base);
	base.conf = &conf;
	assert_int_equal(auth_prepare(&base), ERR_OK);
	if (db_transaction(&base, publish, NULL) != ERR_OK)
		fail_msg("%s %s", base.error.reason, base.error.text);
	test_loan_secret(&base, password);
	test_loan_rows();
	buf_init(&scratch, CHAN_PAYLOAD_MAX + 64);
	authority.conf = &conf;
	authority.keeper = base.keeper;
	authority.loop = loop_new();
	assert_non_null(mkdtemp(folder));
	authority.recordings = open(folder, O_DIRECTORY | O_RDONLY);
	assert_true(authority.recordings >= 0);
	const struct db_params params = {.socket = getenv("SEKISHO_TEST_SOCKET"),
					 .database = getenv("SEKISHO_TEST_DATABASE"),
					 .user = "root"};
	const struct pool_params pool = {.loop = authority.loop,
					 .threads = 4,
					 .queue_max = 64,
					 .arena_max = 1 << 20,
					 .db = params,
					 .keeper = base.keeper,
					 .conf = &conf};
	authority.general = pool_new(&pool);
	assert_non_null(authority.general);
	struct pool_params none = pool;
	none.threads = 1;
	none.queue_max = 0;
	full = pool_new(&none);
	assert_non_null(full);
	assert_int_equal(chan_pair(pair), ERR_OK);
	authority_open_peer(&authority, PEER_SUPERVISOR, pair[0]);
	supervisor = pair[1];
	assert_int_equal(chan_pair(pair), ERR_OK);
	authority_open_peer(&authority, PEER_EDGE, pair[0]);
	edge = pair[1];
	return pthread_create(&loop_thread, NULL, run_loop, NULL);
}

static void remove_folder(void)
{
	DIR *open_folder = opendir(folder);
	const struct dirent *entry;

	while (open_folder && (entry = readdir(open_folder)))
		(void)unlinkat(dirfd(open_folder), entry->d_name, 0); /* "." and ".." refuse */
	if (open_folder)
		(void)closedir(open_folder);
	assert_int_equal(rmdir(folder), 0);
}

static int teardown(void **state)
{
	struct keeper_client *keeper = base.keeper;

	(void)state;
	wait_until_left(0);
	loop_stop(authority.loop);
	pthread_join(loop_thread, NULL);
	pool_free(authority.general);
	pool_free(full);
	close(supervisor);
	close(edge);
	remove_folder();
	buf_clear(&scratch);
	loop_free(authority.loop);
	test_db_ctx_end(&base);
	test_keeper_stop(keeper);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_runs_and_leaves_its_trail),
		cmocka_unit_test(without_its_event_no_secret_leaves),
		cmocka_unit_test(a_revoked_lease_releases_nothing),
		cmocka_unit_test(a_loan_counts_from_its_start_not_from_the_next_tick),
		cmocka_unit_test(a_second_attempt_ends_nobody_elses_session),
		cmocka_unit_test(a_session_is_held_when_its_sign_in_runs_out),
		cmocka_unit_test(a_session_that_is_held_before_its_broker_lives_begins_held),
		cmocka_unit_test(a_hold_that_met_nobody_is_made_up_for),
		cmocka_unit_test(a_session_ends_with_a_sign_in_that_was_taken_away),
		cmocka_unit_test(typing_is_use_of_the_sign_in),
		cmocka_unit_test(a_shorter_limit_reaches_the_open_sessions),
		cmocka_unit_test(another_host_key_is_refused),
		cmocka_unit_test(a_message_out_of_turn_ends_the_broker),
		cmocka_unit_test(a_foreign_session_id_ends_the_broker),
		cmocka_unit_test(too_many_releases_are_refused),
		cmocka_unit_test(a_cut_reaches_the_broker_and_a_dead_one_is_broken),
		cmocka_unit_test(a_lost_gateway_is_replaced_or_waited_for),
		cmocka_unit_test(what_the_target_says_ends_it),
		cmocka_unit_test(the_end_of_a_session_is_not_lost),
		cmocka_unit_test(a_session_without_a_broker_leaves_its_recording),
		cmocka_unit_test(a_session_that_cannot_be_logged_is_ended),
		cmocka_unit_test(a_session_left_behind_while_starting_is_swept),
		cmocka_unit_test(a_session_nobody_opens_is_given_up),
		cmocka_unit_test(a_session_outlives_neither_its_loan_nor_its_person),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
