/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/cmocka_all.h"

#include <string.h>

#include "base/messages.h"

static struct msg_broker_ended sample(void)
{
	struct msg_broker_ended m = {
		.session_id = uuid_v7(), .bytes_in = 7, .bytes_out = UINT64_MAX, .chunks = 3};

	m.hop = (struct block){(const uint8_t *)"login", 5};
	m.reason = (struct block){(const uint8_t *)"credential.refused", 18};
	m.text = (struct block){(const uint8_t *)"関所", 6};
	memset(m.head, 0xab, sizeof(m.head));
	return m;
}

static void messages_round_trip(void **state)
{
	struct msg_broker_ended in = sample(), out;
	struct buf buf;

	(void)state;
	buf_init(&buf, 4096);
	codec_put(&buf, &msg_broker_ended_codec, &in);
	assert_false(buf_failed(&buf));
	assert_int_equal(codec_get(&msg_broker_ended_codec, buf.data, buf.len, &out), ERR_OK);
	assert_true(uuid_equal(&in.session_id, &out.session_id));
	assert_true(out.bytes_out == UINT64_MAX);
	assert_int_equal(out.text.len, 6);
	assert_memory_equal(out.head, in.head, 32);
	buf_clear(&buf);
}

static void every_truncation_and_any_surplus_is_refused(void **state)
{
	struct msg_broker_ended in = sample(), out;
	struct buf buf;

	(void)state;
	buf_init(&buf, 4096);
	codec_put(&buf, &msg_broker_ended_codec, &in);
	for (size_t len = 0; len < buf.len; len++)
		assert_int_equal(codec_get(&msg_broker_ended_codec, buf.data, len, &out),
				 ERR_INPUT);
	buf_put_u8(&buf, 0);
	assert_int_equal(codec_get(&msg_broker_ended_codec, buf.data, buf.len, &out), ERR_INPUT);
	buf_clear(&buf);
}

static void bounds_hold_on_both_sides(void **state)
{
	uint8_t big[MSG_REASON + 1];
	struct msg_broker_ended in = sample(), out;
	struct buf buf;

	(void)state;
	memset(big, 'a', sizeof(big));
	in.reason = (struct block){big, sizeof(big)};
	buf_init(&buf, 4096);
	codec_put(&buf, &msg_broker_ended_codec, &in);
	assert_true(buf_failed(&buf));
	buf_reset(&buf);
	in.reason = (struct block){(const uint8_t *)"\xff", 1}; /* not UTF-8 */
	codec_put(&buf, &msg_broker_ended_codec, &in);
	assert_int_equal(codec_get(&msg_broker_ended_codec, buf.data, buf.len, &out), ERR_INPUT);
	buf_clear(&buf);
}

/* AddressSanitizer ends a program that asks for more than there is, unless told. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

/* A caller's mistake and our lack of memory are different answers. */
static void a_buffer_tells_its_limit_from_lack_of_memory(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 16);
	buf_put_text(&buf, "0123456789");
	assert_int_equal(buf_error(&buf), ERR_OK);
	buf_put_text(&buf, "0123456789");
	assert_int_equal(buf_error(&buf), ERR_TOO_LARGE);
	buf_clear(&buf);
	buf_init(&buf, SIZE_MAX / 2);
	assert_null(buf_reserve(&buf, SIZE_MAX / 4));
	assert_int_equal(buf_error(&buf), ERR_MEMORY);
	buf_reset(&buf);
	assert_int_equal(buf_error(&buf), ERR_OK);
	buf_clear(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_round_trip),
		cmocka_unit_test(every_truncation_and_any_surplus_is_refused),
		cmocka_unit_test(bounds_hold_on_both_sides),
		cmocka_unit_test(a_buffer_tells_its_limit_from_lack_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
