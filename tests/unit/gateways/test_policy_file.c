/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateways/agent/policy.h"

#include "tests/unit/cmocka_all.h"

#include <stdio.h>
#include <unistd.h>

#include "base/sys.h"
#include "tests/fuzz/signer.h"

/* Large policies as the gateway keeps them: announced, renewed, refused. */

static const struct uuid me = {{1}}, boot = {{2}}, stranger = {{3}};

static struct {
	struct policy *policy;
	struct ctx ctx;
	char dir[32], path[64];
} f;

static struct policy *opened(void)
{
	struct policy *policy = policy_new(f.dir, &me, &boot, signer_key());

	assert_non_null(policy);
	return policy;
}

static int begin(void **state)
{
	(void)state;
	ctx_init(&f.ctx, NULL);
	(void)snprintf(f.dir, sizeof(f.dir), "/tmp/sekisho-policy.XXXXXX");
	assert_non_null(mkdtemp(f.dir));
	(void)snprintf(f.path, sizeof(f.path), "%s/policy.bundle", f.dir);
	f.policy = opened();
	return 0;
}

static int end(void **state)
{
	(void)state;
	policy_free(f.policy);
	(void)unlink(f.path);
	(void)rmdir(f.dir);
	return 0;
}

static void large(struct buf *out, const struct uuid *gateway_id, uint64_t version, uint8_t first)
{
	const struct bundle_head head = {.version = version,
					 .gateway_id = *gateway_id,
					 .issued = (int64_t)version,
					 .expires = (int64_t)version + BUNDLE_EXPIRES_US};
	const struct bundle_target target = {
		.id = {{first}}, .port = 22, .address_count = 1, .addresses = {"192.0.2.1"}};
	struct bundle_writer writer;
	struct buf body, announced;

	buf_init(&body, 1024);
	buf_init(&announced, 1024);
	buf_init(out, 1024);
	bundle_body_begin(&writer, &body);
	bundle_body_add(&writer, &target);
	bundle_body_end(&writer);
	bundle_put_announcement(&announced, &head, (struct block){body.data, body.len});
	signer_append(out, "sekisho-bundle/1", announced.data, announced.len);
	buf_put(out, body.data, body.len);
	assert_false(buf_failed(out));
	buf_clear(&body);
	buf_clear(&announced);
}

static enum err stored(const struct uuid *gateway_id, uint64_t version, uint8_t first)
{
	struct buf whole;

	large(&whole, gateway_id, version, first);
	enum err err = policy_store(&f.ctx, f.policy, whole.data, whole.len);
	buf_clear(&whole);
	return err;
}

static enum err announced(const struct uuid *gateway_id, uint64_t version, uint8_t first)
{
	struct buf whole;

	large(&whole, gateway_id, version, first);
	enum err err = policy_store(&f.ctx, f.policy, whole.data, BUNDLE_ANNOUNCEMENT);
	buf_clear(&whole);
	return err;
}

/* As a run that starts now would find it. */
static uint64_t version_on_disk(void)
{
	struct policy *policy = opened();
	enum err err = policy_load(&f.ctx, policy);
	uint64_t version = policy_version(policy);

	policy_free(policy);
	return err ? 0 : version;
}

static void announcement_renews_the_body_that_is_held(void **state)
{
	(void)state;
	assert_int_equal(announced(&me, 5, 7), ERR_CONFLICT);
	assert_int_equal(policy_version(f.policy), 0);
	assert_int_equal(stored(&me, 5, 7), ERR_OK);
	assert_int_equal(announced(&me, 6, 7), ERR_OK);
	assert_int_equal(policy_version(f.policy), 6);
	assert_int_equal(version_on_disk(), 6);
}

static void announcement_of_another_body_changes_nothing(void **state)
{
	(void)state;
	assert_int_equal(stored(&me, 5, 7), ERR_OK);
	assert_int_equal(announced(&me, 6, 8), ERR_CONFLICT);
	assert_int_equal(policy_version(f.policy), 5);
	assert_int_equal(version_on_disk(), 5);
	assert_int_equal(stored(&me, 6, 8), ERR_OK);
	assert_int_equal(version_on_disk(), 6);
}

static void older_and_foreign_announcements_are_refused(void **state)
{
	struct buf whole;

	(void)state;
	assert_int_equal(stored(&me, 5, 7), ERR_OK);
	assert_int_equal(announced(&me, 4, 7), ERR_STALE);
	assert_int_equal(announced(&stranger, 6, 7), ERR_DENIED);
	large(&whole, &me, 6, 7);
	whole.data[40] ^= 1;
	assert_int_equal(policy_store(&f.ctx, f.policy, whole.data, BUNDLE_ANNOUNCEMENT),
			 ERR_INTEGRITY);
	buf_clear(&whole);
	assert_int_equal(version_on_disk(), 5);
}

static void body_that_was_changed_on_the_disk_is_wanted_again(void **state)
{
	struct buf whole;

	(void)state;
	assert_int_equal(stored(&me, 5, 7), ERR_OK);
	large(&whole, &me, 5, 9);
	assert_int_equal(sys_replace_file(f.path, whole.data, whole.len, 0600), ERR_OK);
	buf_clear(&whole);
	assert_int_equal(announced(&me, 6, 7), ERR_CONFLICT);
	assert_int_equal(unlink(f.path), 0);
	assert_int_equal(announced(&me, 6, 7), ERR_CONFLICT);
	assert_int_equal(policy_version(f.policy), 5);
}

static size_t room(const struct uuid *gateway_id, uint64_t version, bool changed)
{
	struct buf whole;

	large(&whole, gateway_id, version, 7);
	whole.data[90] ^= changed; /* its length */
	size_t size = policy_room(f.policy, whole.data, BUNDLE_ANNOUNCEMENT);
	assert_true(changed || size == BUNDLE_SIGNED_MAX || size == whole.len);
	buf_clear(&whole);
	return size;
}

static void only_a_signed_announcement_makes_room(void **state)
{
	static const uint8_t noise[2 * BUNDLE_ANNOUNCEMENT] = {2};

	(void)state;
	assert_int_not_equal(room(&me, 5, false), BUNDLE_SIGNED_MAX);
	assert_int_equal(room(&me, 5, true), BUNDLE_SIGNED_MAX);
	assert_int_equal(room(&stranger, 5, false), BUNDLE_SIGNED_MAX);
	assert_int_equal(policy_room(f.policy, noise, sizeof(noise)), BUNDLE_SIGNED_MAX);
	assert_int_equal(stored(&me, 5, 7), ERR_OK);
	assert_int_equal(room(&me, 4, false), BUNDLE_SIGNED_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(announcement_renews_the_body_that_is_held, begin,
						end),
		cmocka_unit_test_setup_teardown(announcement_of_another_body_changes_nothing, begin,
						end),
		cmocka_unit_test_setup_teardown(older_and_foreign_announcements_are_refused, begin,
						end),
		cmocka_unit_test_setup_teardown(body_that_was_changed_on_the_disk_is_wanted_again,
						begin, end),
		cmocka_unit_test_setup_teardown(only_a_signed_announcement_makes_room, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
