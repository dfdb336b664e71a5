/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exports from a real database and recordings, changed at every byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit/audit.h"
#include "audit/checkpoint.h"
#include "audit/export.h"
#include "audit/recording_chain.h"
#include "audit/sequencer.h"
#include "audit/verify/verify.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/sys.h"
#include "base/text.h"
#include "tests/support/test_db.h"
#include "vault/checkpoint_text.h"

enum { CHUNKS = 3 };

static char folder[] = "/tmp/sekisho-verify.XXXXXX";
static char export_path[128], changed_path[128], recording_path[128];
static char vkey[CHECKPOINT_VKEY_SIZE];
static uint8_t session_public[32], session_private[64], head[32];
static struct uuid session_id;
static struct buf recording, exported;

struct fake_keeper {
	uint64_t size;
	uint8_t root[32], public_key[32], private_key[64];
};
static struct fake_keeper keeper;

static enum err last(struct ctx *ctx, void *arg, uint64_t *out_size, uint8_t out_root[32],
		     uint8_t out_public_key[32])
{
	(void)ctx;
	(void)arg;
	*out_size = keeper.size;
	memcpy(out_root, keeper.root, 32);
	memcpy(out_public_key, keeper.public_key, 32);
	return ERR_OK;
}

static enum err sign(struct ctx *ctx, void *arg, uint64_t old_size, uint64_t size,
		     const uint8_t root[32], const struct merkle_proof *consistency,
		     uint8_t out_signature[64])
{
	char body[CHECKPOINT_BODY_SIZE];
	(void)ctx;
	(void)arg;
	(void)old_size;
	(void)consistency;
	size_t len = checkpoint_body(keeper.public_key, size, root, body);
	crypto_sign_detached(out_signature, NULL, (uint8_t *)body, len, keeper.private_key);
	keeper.size = size;
	memcpy(keeper.root, root, 32);
	return ERR_OK;
}

static void write_whole(const char *path, const void *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(sys_write_full(fd, data, len), 0);
	close(fd);
}

static void make_recording(void)
{
	struct recording_header header = {.session_id = session_id, .cols = 80, .rows = 24};
	uint8_t raw[RECORDING_HEADER];
	memcpy(header.key, session_public, 32);
	buf_init(&recording, 64 * 1024);
	assert_int_equal(recording_header_encode(&header, raw), ERR_OK);
	buf_put(&recording, raw, sizeof(raw));
	memcpy(head, header.hash, 32);
	for (uint64_t seq = 0; seq < CHUNKS; seq++) {
		uint8_t sealed[40 + RECORDING_TAG], text[RECORDING_SIGNED], signature[64];
		struct buf fields;
		buf_init(&fields, 64);
		buf_put_u64(&fields, seq);
		buf_put_u64(&fields, seq * 1000);
		buf_put_u64(&fields, seq * 1000 + 999);
		buf_put_u32(&fields, 40);
		sys_random(sealed, sizeof(sealed));
		recording_chain_hash(head, fields.data, sealed, sizeof(sealed), head);
		recording_chain_signed(head, text);
		crypto_sign_detached(signature, NULL, text, sizeof(text), session_private);
		buf_put_u32(&recording, (uint32_t)(fields.len + sizeof(sealed) + 32 + 64));
		buf_put(&recording, fields.data, fields.len);
		buf_put(&recording, sealed, sizeof(sealed));
		buf_put(&recording, head, 32);
		buf_put(&recording, signature, 64);
		buf_clear(&fields);
	}
	write_whole(recording_path, recording.data, recording.len);
}

static void append_session(struct ctx *ctx, enum event_id event, const char *name,
			   const uint8_t value[32])
{
	struct audit audit;
	char hex[65];
	hex_encode(value, 32, hex);
	audit_init(&audit, event);
	audit_object(&audit, "session", &session_id, "root@web-01");
	audit_data(&audit, name, hex);
	assert_int_equal(audit_append(ctx, &audit), ERR_OK);
}

static void make_export(struct ctx *ctx)
{
	const struct checkpoint_signer signer = {last, sign, NULL};
	struct sequencer sequencer;
	size_t count;
	bool made;
	sequencer_init(&sequencer);
	append_session(ctx, EVENT_SESSION_START, "recording_key", session_public);
	for (int i = 0; i < 3; i++) {
		struct audit audit;
		audit_init(&audit, EVENT_REQUEST_CREATED);
		audit_object(&audit, "request", &audit.id, "\"関所\"\n\x01");
		audit_change(&audit, "purpose", NULL, "ログの確認 \\ / é");
		assert_int_equal(audit_append(ctx, &audit), ERR_OK);
	}
	append_session(ctx, EVENT_SESSION_END, "head", head);
	assert_int_equal(sequencer_run(ctx, &sequencer, &count), ERR_OK);
	assert_int_equal(count, 5);
	assert_int_equal(checkpoint_make(ctx, &signer, -1, &made), ERR_OK);
	buf_init(&exported, EXPORT_BYTES_MAX);
	assert_int_equal(export_write(ctx, 0, 0, &exported), ERR_OK);
	write_whole(export_path, exported.data, exported.len);
}

static int setup(void **state)
{
	struct ctx ctx;
	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(export_path, sizeof(export_path), "%s/export.jsonl", folder);
	(void)snprintf(changed_path, sizeof(changed_path), "%s/changed", folder);
	(void)snprintf(recording_path, sizeof(recording_path), "%s/session.skr", folder);
	crypto_sign_keypair(keeper.public_key, keeper.private_key);
	crypto_sign_keypair(session_public, session_private);
	checkpoint_vkey(keeper.public_key, vkey);
	session_id = uuid_v7();
	test_db_ctx(&ctx);
	make_recording();
	make_export(&ctx);
	test_db_ctx_end(&ctx);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	(void)unlink(export_path);
	(void)unlink(changed_path);
	(void)unlink(recording_path);
	(void)rmdir(folder);
	buf_clear(&recording);
	buf_clear(&exported);
	return 0;
}

/* Runs the program itself. */
static int run(const char *a, const char *b, const char *c, const char *d, const char *e,
	       const char *f)
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);
		(void)dup2(null, 1);
		(void)dup2(null, 2);
		execl(SEKISHO_BINARY_DIR "/bin/sekisho-verify", "sekisho-verify", a, b, c, d, e, f,
		      (char *)NULL);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

static void untouched_files_verify(void **state)
{
	(void)state;
	assert_int_equal(run("export", export_path, NULL, NULL, NULL, NULL), VERDICT_OK);
	assert_int_equal(run("export", export_path, "--vkey", vkey, NULL, NULL), VERDICT_OK);
	assert_int_equal(run("recording", recording_path, "--export", export_path, "--vkey", vkey),
			 VERDICT_OK);
}

static void whole_recording_without_its_end_in_the_log_is_not_called_whole(void **state)
{
	char hex[65];
	(void)state;
	hex_encode(session_public, 32, hex);
	assert_int_equal(run("recording", recording_path, "--key", hex, NULL, NULL), VERDICT_CUT);
}

static void recording_of_another_session_is_refused(void **state)
{
	char id[UUID_TEXT_SIZE];
	(void)state;
	uuid_format(&session_id, id);
	assert_int_equal(run("recording", recording_path, "--export", export_path, "--session", id),
			 VERDICT_OK);
	id[0] = id[0] == '0' ? '1' : '0';
	assert_int_equal(run("recording", recording_path, "--export", export_path, "--session", id),
			 VERDICT_REFUSED);
	assert_int_equal(
		run("recording", recording_path, "--export", export_path, "--session", "x"),
		VERDICT_USAGE);
}

static void wrong_use_and_wrong_keys_are_told_apart(void **state)
{
	uint8_t other[32] = {9};
	char other_vkey[CHECKPOINT_VKEY_SIZE], hex[65];
	(void)state;
	checkpoint_vkey(other, other_vkey);
	hex_encode(other, 32, hex);
	assert_int_equal(run("export", export_path, "--vkey", other_vkey, NULL, NULL),
			 VERDICT_REFUSED);
	assert_int_equal(run("recording", recording_path, "--key", hex, NULL, NULL),
			 VERDICT_REFUSED);
	assert_int_equal(run("export", "/nowhere", NULL, NULL, NULL, NULL), VERDICT_USAGE);
	assert_int_equal(run("recording", recording_path, NULL, NULL, NULL, NULL), VERDICT_USAGE);
	assert_int_equal(run("recording", recording_path, "--key", "12", NULL, NULL),
			 VERDICT_USAGE);
	assert_int_equal(run(NULL, NULL, NULL, NULL, NULL, NULL), VERDICT_USAGE);
}

/* In this process, with the findings thrown away: thousands of runs. */
static int mute(void)
{
	(void)fflush(stdout);
	int kept = dup(1), null = open("/dev/null", O_WRONLY);
	(void)dup2(null, 1);
	close(null);
	return kept;
}

static void unmute(int kept)
{
	(void)fflush(stdout);
	(void)dup2(kept, 1);
	close(kept);
}

typedef enum verdict judge_fn(void);

static enum verdict judge_export(void)
{
	return verify_export(changed_path, NULL, NULL, false);
}

static enum verdict judge_recording(void)
{
	const struct recording_source source = {changed_path, export_path, vkey, NULL, NULL};
	return verify_recording(&source);
}

static void every_change_is_refused(const struct buf *whole, judge_fn *judge)
{
	static const uint8_t masks[] = {0x01, 0x20, 0x80};
	size_t wrong = 0, first = 0, made = 0;
	bool all = getenv("SEKISHO_TEST_LONG") != NULL;
	int kept = mute();
	/* Every byte; every bit of masks only in a long run. */
	for (size_t i = 0; i < whole->len; i++)
		for (size_t k = all ? 0 : i % 3; k < sizeof(masks); k += all ? 1 : 3) {
			whole->data[i] ^= masks[k];
			write_whole(changed_path, whole->data, whole->len);
			made++;
			if (judge() != VERDICT_REFUSED && wrong++ == 0)
				first = i;
			whole->data[i] ^= masks[k];
		}
	unmute(kept);
	if (wrong > 0)
		fail_msg("%zu changes passed, the first at byte %zu", wrong, first);
	print_message("%zu bytes, %zu changes, all refused\n", whole->len, made);
}

static void changed_export_is_refused(void **state)
{
	(void)state;
	every_change_is_refused(&exported, judge_export);
}

static void changed_recording_is_refused(void **state)
{
	(void)state;
	every_change_is_refused(&recording, judge_recording);
}

static void shortened_export_is_refused(void **state)
{
	size_t passed = 0;
	(void)state;
	int kept = mute();
	for (size_t len = 0; len < exported.len; len++) {
		write_whole(changed_path, exported.data, len);
		passed += judge_export() != VERDICT_REFUSED;
	}
	unmute(kept);
	assert_int_equal(passed, 0);
}

static void left_out_or_swapped_event_is_refused(void **state)
{
	struct buf copy;
	char *line[8];
	size_t lines = 0;
	(void)state;
	char *text = strndup((const char *)exported.data, exported.len);
	for (char *at = text; *at != '\0' && lines < 8; at = strchr(at, '\n') + 1)
		line[lines++] = at;
	assert_int_equal(lines, 7);
	static const int orders[][8] = {{0, 1, 2, 4, 5, 6, -1},
					{0, 2, 1, 3, 4, 5, 6, -1},
					{0, 1, 2, 3, 4, 5, -1},
					{0, 1, 1, 2, 3, 4, 5, 6},
					{1, 2, 3, 4, 5, 6, -1}};
	for (size_t i = 0; i < 5; i++) {
		buf_init(&copy, EXPORT_BYTES_MAX);
		for (int k = 0; k < 8 && orders[i][k] >= 0; k++)
			buf_put(&copy, line[orders[i][k]],
				(size_t)(strchr(line[orders[i][k]], '\n') - line[orders[i][k]]) +
					1);
		write_whole(changed_path, copy.data, copy.len);
		buf_clear(&copy);
		int kept = mute();
		enum verdict verdict = judge_export();
		unmute(kept);
		assert_int_equal(verdict, VERDICT_REFUSED);
	}
	free(text);
}

static void cut_recording_is_told_from_a_whole_one(void **state)
{
	size_t wrong = 0;
	(void)state;
	int kept = mute();
	for (size_t len = 0; len < recording.len; len++) {
		write_whole(changed_path, recording.data, len);
		enum verdict verdict = judge_recording();
		wrong += verdict != (len < RECORDING_HEADER ? VERDICT_REFUSED : VERDICT_CUT);
	}
	unmute(kept);
	assert_int_equal(wrong, 0);
}

static void large_log_exports_and_verifies_quickly(void **state)
{
	const struct checkpoint_signer signer = {last, sign, NULL};
	struct sequencer sequencer;
	struct ctx ctx;
	struct buf out;
	bool made;
	size_t count = 1;
	(void)state;
	test_db_ctx(&ctx);
	sequencer_init(&sequencer);
	for (int i = 0; i < 3000; i++) {
		struct audit audit;
		if (i % 500 == 0) {
			if (i > 0)
				assert_int_equal(db_commit(&ctx), ERR_OK);
			assert_int_equal(db_begin(&ctx), ERR_OK);
		}
		audit_init(&audit, EVENT_LEASE_ENDED);
		assert_int_equal(audit_append(&ctx, &audit), ERR_OK);
		arena_reset(ctx.arena);
	}
	assert_int_equal(db_commit(&ctx), ERR_OK);
	while (count > 0) {
		arena_reset(ctx.arena);
		assert_int_equal(sequencer_run(&ctx, &sequencer, &count), ERR_OK);
	}
	assert_int_equal(checkpoint_make(&ctx, &signer, -1, &made), ERR_OK);
	buf_init(&out, EXPORT_BYTES_MAX);
	int64_t start = sys_mono_us();
	assert_int_equal(export_write(&ctx, 0, 0, &out), ERR_OK);
	print_message("3005 events: %zu bytes in %lld ms\n", out.len,
		      (long long)(sys_mono_us() - start) / 1000);
	write_whole(changed_path, out.data, out.len);
	int kept = mute();
	enum verdict verdict = judge_export();
	unmute(kept);
	assert_int_equal(verdict, VERDICT_OK);
	buf_clear(&out);
	buf_init(&out, 100 * 1024);
	assert_int_equal(export_write(&ctx, 0, 0, &out), ERR_TOO_LARGE);
	buf_clear(&out);
	test_db_ctx_end(&ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(untouched_files_verify),
		cmocka_unit_test(whole_recording_without_its_end_in_the_log_is_not_called_whole),
		cmocka_unit_test(recording_of_another_session_is_refused),
		cmocka_unit_test(wrong_use_and_wrong_keys_are_told_apart),
		cmocka_unit_test(changed_export_is_refused),
		cmocka_unit_test(changed_recording_is_refused),
		cmocka_unit_test(shortened_export_is_refused),
		cmocka_unit_test(left_out_or_swapped_event_is_refused),
		cmocka_unit_test(cut_recording_is_told_from_a_whole_one),
		cmocka_unit_test(large_log_exports_and_verifies_quickly),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
