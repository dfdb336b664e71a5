/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/sys.h"
#include "sessions/recording.h"
#include "tests/flow/sessions/rig.h"
#include "vault/keeper.h"

static struct sshd sshd;

static struct rig_plan key_plan(void)
{
	return (struct rig_plan){.kind = BROKER_SSH_TERMINAL,
				 .port = sshd.port,
				 .account = sshd.user,
				 .secret_kind = SECRET_SSH_KEY,
				 .secret = sshd.key};
}

static bool is_live_or_over(struct rig *rig)
{
	return rig_is_live(rig) || rig_is_over(rig);
}

static bool became_live(struct rig *rig)
{
	(void)rig_until(rig, RIG_WAIT_MS, is_live_or_over);
	/* An sshd without root gets no terminal where /dev/pts is mounted without gid=tty. */
	if (geteuid() != 0 && strcmp(rig->reason, "login.shell") == 0) {
		rig_end(rig);
		skip();
	}
	return rig_is_live(rig);
}

static void wait_live(struct rig *rig)
{
	if (!became_live(rig))
		fail_msg("not live: %s %s %s", rig->hop, rig->reason, rig->text);
}

/* Keys pressed before the prompt came tell the recording nothing about their line. */
static bool is_at_prompt(struct rig *rig)
{
	size_t len = rig->output.len;

	return len >= 2 && memcmp(rig->output.data + len - 2, "$ ", 2) == 0;
}

static void begin_live(struct rig *rig, const struct rig_plan *plan)
{
	rig_begin(rig, plan);
	rig_resize(rig, 100, 30);
	wait_live(rig);
	rig_type(rig, "PS1='$ '; PS2=; unset PROMPT_COMMAND; tty; echo rea''dy\r");
	assert_true(rig_expect(rig, "ready\r\n") && rig_until(rig, RIG_WAIT_MS, is_at_prompt));
}

/* A command reads lines that its terminal does not echo; the shell's own editor takes keys, not
 * lines. */
static bool reads_hidden_lines(struct rig *rig)
{
	const char *at = memmem(rig->output.data, rig->output.len, "/dev/pts/", 9);
	struct termios mode = {.c_lflag = ECHO};
	char path[32];

	assert_non_null(at);
	(void)snprintf(path, sizeof(path), "%.*s", 9 + (int)strspn(at + 9, "0123456789"), at);
	scoped(fd_close_p) int fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(fd >= 0 && tcgetattr(fd, &mode) == 0);
	return (mode.c_lflag & (ECHO | ICANON)) == ICANON;
}

static void wait_hidden(struct rig *rig)
{
	assert_true(rig_until(rig, RIG_WAIT_MS, reads_hidden_lines));
}

static void finish(struct rig *rig, const char *hop, const char *reason)
{
	if (!rig_until(rig, RIG_WAIT_MS, rig_is_over))
		fail_msg("not over");
	assert_string_equal(rig->ended_hop, hop);
	assert_string_equal(rig->ended_reason, reason);
	if (rig->plan.kind == BROKER_SSH_TERMINAL) {
		assert_string_equal(rig->hop, hop);
		assert_string_equal(rig->reason, reason);
		assert_true(strlen(rig->text) > 10);
	}
}

static bool holds(const struct buf *buf, const char *text)
{
	return memmem(buf->data, buf->len, text, strlen(text)) != NULL;
}

static void key_login_gives_a_recorded_shell(void **state)
{
	static const uint8_t walk[] = {1, 1, 2, 0, 2, 3, 2, 1, 3, 0, 3, 1, 4, 0, 4, 1, 5, 1};
	const struct rig_plan plan = key_plan();
	struct recording_check check;
	struct buf plain;
	struct rig rig;
	bool complete = false;

	(void)state;
	buf_init(&plain, 1024 * 1024);
	begin_live(&rig, &plan);
	assert_true(rig.connected);
	assert_memory_equal(rig.stages.data, walk, sizeof(walk));
	assert_true(rig.lease_ms > sys_real_us() / 1000);
	rig_type(&rig, "stty size\r");
	assert_true(rig_expect(&rig, "30 100\r\n") && rig_until(&rig, RIG_WAIT_MS, is_at_prompt));
	rig_resize(&rig, 120, 40);
	rig_type(&rig, "stty size; echo 日本''語\r");
	assert_true(rig_expect(&rig, "40 120\r\n"));
	assert_true(rig_expect(&rig, "日本語\r\n") && rig_until(&rig, RIG_WAIT_MS, is_at_prompt));
	rig_type(&rig, "exit\r");
	finish(&rig, "", "target_closed");
	assert_int_equal(rig.close_code, 1000);
	rig_read_recording(&rig, &plain, &complete);
	assert_true(complete);
	assert_true(holds(&plain, "\"m\",\"stty size\"]"));
	assert_true(holds(&plain, "\"m\",\"exit\"]"));
	assert_true(holds(&plain, "\"r\",\"120x40\"]"));
	assert_true(holds(&plain, "日本語"));
	scoped(fd_close_p) int fd = open(rig.path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(recording_chain_check(fd, rig.public_key, &check), ERR_OK);
	assert_true(check.ok && check.complete);
	assert_int_equal(check.header.cols, 100);
	assert_int_equal(check.chunks, rig.chunks);
	assert_memory_equal(check.head, rig.head, 32);
	/* The line typed before the first prompt counts only when its echo came in time. */
	assert_in_range(rig.commands, 3, 4);
	assert_int_equal(rig.bytes_out, rig.output.len);
	rig_end(&rig);
	buf_clear(&plain);
}

static void password_login_works_by_method(int port)
{
	struct rig_plan plan = key_plan();
	struct rig rig;

	if (sshd.local[0] == '\0')
		skip();
	plan.port = port;
	plan.account = sshd.local;
	plan.secret_kind = SECRET_PASSWORD;
	plan.secret = sshd.password;
	begin_live(&rig, &plan);
	rig_type(&rig, "id -un\r");
	assert_true(rig_expect(&rig, sshd.local));
	const uint8_t end = 0x02;
	rig_frame(&rig, 0x2, &end, 1);
	finish(&rig, "", "user");
	rig_end(&rig);
}

static void password_login_works(void **state)
{
	(void)state;
	password_login_works_by_method(sshd.port);
}

static void password_prompt_login_works(void **state)
{
	(void)state;
	password_login_works_by_method(sshd.prompts_port);
}

static void wrong_password_is_a_login_failure(void **state)
{
	struct rig_plan plan = key_plan();
	struct rig rig;

	(void)state;
	plan.secret_kind = SECRET_PASSWORD;
	plan.secret = "wrong";
	plan.language = "ja";
	rig_begin(&rig, &plan);
	finish(&rig, "login", "login.refused");
	assert_non_null(strstr(rig.text, "管理者"));
	assert_false(rig.connected);
	rig_end(&rig);
}

static void unreadable_key_is_named(void **state)
{
	struct rig_plan plan = key_plan();
	struct rig rig;

	(void)state;
	plan.secret = "not a key";
	rig_begin(&rig, &plan);
	finish(&rig, "login", "credential.malformed");
	rig_end(&rig);
}

static void changed_host_key_stops_before_the_credential(void **state)
{
	struct rig_plan plan = key_plan();
	struct rig rig;

	(void)state;
	plan.refuse_host_key = true;
	rig_begin(&rig, &plan);
	finish(&rig, "host_key", "host_key.mismatch");
	assert_false(rig.asked_credential);
	rig_end(&rig);
}

static void refused_credential_ends_the_session(void **state)
{
	struct rig_plan plan = key_plan();
	struct rig rig;

	(void)state;
	plan.refuse_credential = true;
	rig_begin(&rig, &plan);
	finish(&rig, "credential", "lease_ended");
	rig_end(&rig);
}

static void absent_gateway_is_named(void **state)
{
	struct rig_plan plan = key_plan();
	struct rig rig;

	(void)state;
	plan.refuse_dial = true;
	rig_begin(&rig, &plan);
	finish(&rig, "gateway", "gateway.offline");
	rig_end(&rig);
}

static bool is_dialled(struct rig *rig)
{
	return rig->silent[0] >= 0;
}

/* Microseconds from the order to the end. */
static int64_t end_from_authority(bool live)
{
	struct rig_plan plan = key_plan();
	struct rig rig;
	int64_t asked, took;

	plan.silent_target = !live;
	if (live) {
		begin_live(&rig, &plan);
		rig_type(&rig, "yes\r");
		assert_true(rig_expect(&rig, "y\r\ny\r\n"));
	} else {
		rig_begin(&rig, &plan);
		assert_true(rig_until(&rig, RIG_WAIT_MS, is_dialled));
	}
	asked = sys_mono_us();
	rig_send_end(&rig, "lease_revoked");
	finish(&rig, "", "lease_revoked");
	took = rig.ended_us - asked;
	rig_end(&rig);
	return took;
}

/* The fastest of a few counts: a busy machine only adds. */
static void assert_cut_within_a_second(bool live)
{
	int64_t took = INT64_MAX;

	for (int i = 0; i < 5 && took >= 1000 * 1000; i++)
		took = end_from_authority(live);
	assert_true(took < 1000 * 1000);
}

static void end_from_authority_cuts_within_a_second(void **state)
{
	(void)state;
	assert_cut_within_a_second(true);
}

static void end_is_honoured_while_connecting(void **state)
{
	(void)state;
	assert_cut_within_a_second(false);
}

static void lease_end_cuts_without_authority(void **state)
{
	struct rig_plan plan = key_plan();
	struct rig rig;
	int64_t begun;
	bool live = false;

	(void)state;
	/* Where signing in takes all of it, the next one has more. */
	for (plan.ends_in_ms = 1250; !live && plan.ends_in_ms < RIG_WAIT_MS / 2;) {
		plan.ends_in_ms *= 2;
		begun = sys_mono_us();
		rig_begin(&rig, &plan);
		rig_resize(&rig, 100, 30);
		live = became_live(&rig);
		finish(&rig, "", "lease_ended");
		assert_true(rig.ended_us - begun > (plan.ends_in_ms - 100) * 1000);
		assert_true(!live || strstr(rig.notice, "1 minute") != NULL);
		rig_end(&rig);
	}
	assert_true(live);
}

static void idle_session_ends(void **state)
{
	struct rig_plan plan = key_plan();
	struct rig rig;

	(void)state;
	plan.idle_seconds = 1; /* they count once it is live */
	rig_begin(&rig, &plan);
	rig_resize(&rig, 100, 30);
	wait_live(&rig);
	finish(&rig, "", "idle");
	rig_end(&rig);
}

static bool is_held(struct rig *rig)
{
	return rig->held > 0;
}

static bool is_let_go(struct rig *rig)
{
	return rig->held == 0;
}

static bool is_answered(struct rig *rig)
{
	return rig->pongs > 0;
}

static void held_session_takes_no_input_and_ends_by_itself(void **state)
{
	const struct rig_plan plan = key_plan();
	struct rig rig;

	(void)state;
	begin_live(&rig, &plan);
	rig_send_hold(&rig, 60);
	assert_true(rig_until(&rig, RIG_WAIT_MS, is_held));
	rig_type(&rig, "echo whi''le\r");
	rig_frame(&rig, 0x9, "",
		  0); /* what was sent before a ping has been read when it is answered */
	assert_true(rig_until(&rig, RIG_WAIT_MS, is_answered));
	rig_send_hold(&rig, 0);
	assert_true(rig_until(&rig, RIG_WAIT_MS, is_let_go));
	rig_type(&rig, "echo aft''er\r");
	assert_true(rig_expect(&rig, "after\r\n"));
	assert_false(holds(&rig.output, "whi"));
	rig_send_hold(&rig, 1);
	finish(&rig, "", "sign_in_ended");
	rig_end(&rig);
}

static void browser_that_leaves_ends_the_session(void **state)
{
	const struct rig_plan plan = key_plan();
	struct rig rig;

	(void)state;
	begin_live(&rig, &plan);
	close(rig.user);
	rig.user = -1;
	assert_true(rig_until(&rig, RIG_WAIT_MS, rig_is_over));
	assert_string_equal(rig.ended_reason, "user_gone");
	rig_end(&rig);
}

static void malformed_frames_end_the_session(void **state)
{
	static const struct {
		uint8_t opcode;
		const char *bytes;
		size_t len;
	} frames[] = {
		{0x1, "text", 4},		  /* text frame */
		{0x2, "\x7f", 1},		  /* unknown type */
		{0x2, "", 0},			  /* no type */
		{0x2, "\x01\x00\x00\x00\x00", 5}, /* zero size */
		{0x2, "\x01\x00", 2},		  /* half a size */
		{0x3, "x", 1},			  /* reserved opcode */
	};
	static uint8_t large[70000];
	const struct rig_plan plan = key_plan();

	(void)state;
	for (size_t i = 0; i <= sizeof(frames) / sizeof(frames[0]); i++) {
		struct rig rig;
		rig_begin(&rig, &plan);
		wait_live(&rig);
		if (i < sizeof(frames) / sizeof(frames[0]))
			rig_frame(&rig, frames[i].opcode, frames[i].bytes, frames[i].len);
		else
			rig_frame(&rig, 0x2, large, sizeof(large));
		assert_true(rig_until(&rig, RIG_WAIT_MS, rig_is_over));
		if (strcmp(rig.ended_reason, "protocol") != 0)
			fail_msg("frame %zu: %s", i, rig.ended_reason);
		rig_end(&rig);
	}
}

static void unmasked_frame_ends_the_session(void **state)
{
	const struct rig_plan plan = key_plan();
	struct rig rig;

	(void)state;
	rig_begin(&rig, &plan);
	wait_live(&rig);
	assert_int_equal(send(rig.user, "\x82\x02\x00x", 4, 0), 4);
	assert_true(rig_until(&rig, RIG_WAIT_MS, rig_is_over));
	assert_string_equal(rig.ended_reason, "protocol");
	rig_end(&rig);
}

static void typed_password_is_masked(void **state)
{
	const struct rig_plan plan = key_plan();
	struct buf plain;
	struct rig rig;
	bool complete;

	(void)state;
	buf_init(&plain, 1024 * 1024);
	begin_live(&rig, &plan);
	rig_type(&rig, "read -s -p 'Pass''word: ' x; echo; echo go''t ${#x}\r");
	assert_true(rig_expect(&rig, "Password: "));
	wait_hidden(&rig);
	rig_type(&rig, "hunter2");
	rig_type(&rig, "\r");
	assert_true(rig_expect(&rig, "got 7"));
	rig_type(&rig, "read -s x; echo agai''n ${#x}\r");
	wait_hidden(&rig);
	rig_type(&rig, "tr0ub4dor\r");
	assert_true(rig_expect(&rig, "again 9"));
	rig_type(&rig, "exit\r");
	finish(&rig, "", "target_closed");
	rig_read_recording(&rig, &plain, &complete);
	assert_false(holds(&plain, "hunter2"));
	assert_false(holds(&plain, "tr0ub4dor"));
	assert_true(holds(&plain, "\"i\",\"•\"]"));
	rig_end(&rig);
	buf_clear(&plain);
}

static void large_paste_arrives_whole(void **state)
{
	const struct rig_plan plan = key_plan();
	char lines[16 * 100 + 1];
	struct rig rig;

	(void)state;
	for (size_t i = 0; i < 16; i++)
		(void)snprintf(lines + i * 100, sizeof(lines) - i * 100, "%099d\r", (int)i);
	begin_live(&rig, &plan);
	rig_type(&rig, "stty -echo; head -c 320000 | wc -c; stty echo\r");
	wait_hidden(&rig);
	for (int i = 0; i < 200; i++)
		rig_type(&rig, lines);
	assert_true(rig_expect(&rig, "320000\r\n"));
	rig_type(&rig, "exit\r");
	finish(&rig, "", "target_closed");
	rig_end(&rig);
}

/* The text of all output events, as forwarded. */
static void recorded_output(const struct buf *plain, struct buf *out)
{
	static const char mark[] = "\"o\",\"";
	const char *at = (const char *)plain->data, *end = at + plain->len;

	while (at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		const char *text = memmem(at, (size_t)(stop - at), mark, strlen(mark));
		for (text = text != NULL ? text + strlen(mark) : stop; text < stop - 2; text++) {
			if (*text != '\\') {
				buf_put_u8(out, (uint8_t)*text);
			} else if (text[1] == 'u') {
				/* Not sscanf(): it looks for the end of all the text each time. */
				const char digits[] = {text[2], text[3], text[4], text[5], '\0'};
				buf_put_u8(out, (uint8_t)strtoul(digits, NULL, 16));
				text += 5;
			} else {
				buf_put_u8(out, (uint8_t) * ++text);
			}
		}
		at = stop + 1;
	}
}

static void bulk_output_arrives_whole_and_is_recorded(void **state)
{
	const struct rig_plan plan = key_plan();
	struct buf plain, recorded;
	struct rig rig;
	bool complete;

	(void)state;
	buf_init(&plain, 64 * 1024 * 1024);
	buf_init(&recorded, 64 * 1024 * 1024);
	begin_live(&rig, &plan);
	rig_type(&rig, "seq 1 300000; exit\r");
	assert_true(rig_until(&rig, RIG_WAIT_MS, rig_is_over));
	assert_true(holds(&rig.output, "299999\r\n300000\r\n"));
	assert_string_equal(rig.ended_reason, "target_closed");
	rig_read_recording(&rig, &plain, &complete);
	assert_true(complete);
	recorded_output(&plain, &recorded);
	assert_int_equal(recorded.len, rig.output.len);
	assert_memory_equal(recorded.data, rig.output.data, recorded.len);
	rig_end(&rig);
	buf_clear(&plain);
	buf_clear(&recorded);
}

static bool has_a_megabyte(struct rig *rig)
{
	return rig->output.len > 1024 * 1024;
}

static void killed_broker_leaves_every_forwarded_byte_verifiable(void **state)
{
	const struct rig_plan plan = key_plan();
	struct buf plain, recorded;
	struct rig rig;
	bool complete;

	(void)state;
	buf_init(&plain, 64 * 1024 * 1024);
	buf_init(&recorded, 64 * 1024 * 1024);
	begin_live(&rig, &plan);
	rig_type(&rig, "seq 1 100000000\r");
	assert_true(rig_until(&rig, RIG_WAIT_MS, has_a_megabyte));
	assert_int_equal(kill(rig.broker, SIGKILL), 0);
	assert_true(rig_until(&rig, RIG_WAIT_MS, rig_is_over));
	rig_read_recording(&rig, &plain, &complete);
	recorded_output(&plain, &recorded);
	assert_true(recorded.len >= rig.output.len);
	assert_memory_equal(recorded.data, rig.output.data, rig.output.len);
	rig_end(&rig);
	buf_clear(&plain);
	buf_clear(&recorded);
}

static void unwritable_recording_stops_before_the_credential(void **state)
{
	struct rig_plan plan = key_plan();
	struct rig rig;

	(void)state;
	plan.recording = "/dev/full";
	rig_begin(&rig, &plan);
	finish(&rig, "recording", "recording.failed");
	assert_false(rig.asked_credential);
	rig_end(&rig);
}

static void recording_that_cannot_grow_ends_the_session(void **state)
{
	struct rig_plan plan = key_plan();
	struct buf plain, recorded;
	struct rig rig;
	bool complete;

	(void)state;
	buf_init(&plain, 1024 * 1024);
	buf_init(&recorded, 1024 * 1024);
	plan.file_limit = 100 * 1000;
	begin_live(&rig, &plan);
	rig_type(&rig, "seq 1 100000\r");
	finish(&rig, "recording", "recording.failed");
	rig_read_recording(&rig, &plain, &complete);
	recorded_output(&plain, &recorded);
	assert_true(recorded.len >= rig.output.len);
	assert_memory_equal(recorded.data, rig.output.data, rig.output.len);
	rig_end(&rig);
	buf_clear(&plain);
	buf_clear(&recorded);
}

static void connection_test_reports_success_and_failure(void **state)
{
	struct rig_plan plan = key_plan();
	struct rig rig;

	(void)state;
	plan.kind = BROKER_TEST;
	rig_begin(&rig, &plan);
	finish(&rig, "", "ok");
	assert_non_null(strstr(rig.ended_text, "login_ms="));
	rig_end(&rig);
	plan.secret_kind = SECRET_PASSWORD;
	plan.secret = "wrong";
	rig_begin(&rig, &plan);
	finish(&rig, "login", "login.refused");
	assert_non_null(strstr(rig.ended_text, "key_exchange_ms="));
	rig_end(&rig);
	/* Without an account: as far as the host key. */
	plan.account = "";
	plan.secret_kind = 0;
	rig_begin(&rig, &plan);
	finish(&rig, "", "ok");
	assert_false(rig.asked_credential);
	rig_end(&rig);
}

static int begin(void **state)
{
	(void)state;
	(void)signal(SIGPIPE, SIG_IGN);
	sshd_begin(&sshd);
	return 0;
}

static int end(void **state)
{
	(void)state;
	sshd_end(&sshd);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(key_login_gives_a_recorded_shell),
		cmocka_unit_test(password_login_works),
		cmocka_unit_test(password_prompt_login_works),
		cmocka_unit_test(wrong_password_is_a_login_failure),
		cmocka_unit_test(unreadable_key_is_named),
		cmocka_unit_test(changed_host_key_stops_before_the_credential),
		cmocka_unit_test(refused_credential_ends_the_session),
		cmocka_unit_test(absent_gateway_is_named),
		cmocka_unit_test(end_from_authority_cuts_within_a_second),
		cmocka_unit_test(end_is_honoured_while_connecting),
		cmocka_unit_test(lease_end_cuts_without_authority),
		cmocka_unit_test(idle_session_ends),
		cmocka_unit_test(held_session_takes_no_input_and_ends_by_itself),
		cmocka_unit_test(browser_that_leaves_ends_the_session),
		cmocka_unit_test(malformed_frames_end_the_session),
		cmocka_unit_test(unmasked_frame_ends_the_session),
		cmocka_unit_test(typed_password_is_masked),
		cmocka_unit_test(large_paste_arrives_whole),
		cmocka_unit_test(bulk_output_arrives_whole_and_is_recorded),
		cmocka_unit_test(killed_broker_leaves_every_forwarded_byte_verifiable),
		cmocka_unit_test(unwritable_recording_stops_before_the_credential),
		cmocka_unit_test(recording_that_cannot_grow_ends_the_session),
		cmocka_unit_test(connection_test_reports_success_and_failure),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
