/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/body.h"
#include "tests/unit/cmocka_all.h"

enum { SIZE = 4096 };

struct bytes {
	uint8_t data[SIZE];
	size_t len;
};

/* "one", "two", the end; as it goes through a pipe. */
static struct bytes frames(void)
{
	struct bytes bytes;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	const struct body_out out = {.fd = ends[1]};
	assert_int_equal(body_put(&out, "one", 3), ERR_OK);
	assert_int_equal(body_put(&out, "", 0), ERR_OK);
	assert_int_equal(body_put(&out, "two", 3), ERR_OK);
	assert_int_equal(body_end(&out), ERR_OK);
	bytes.len = (size_t)read(ends[0], bytes.data, SIZE);
	close(ends[0]);
	close(ends[1]);
	return bytes;
}

/* What a reader gets who asks whenever `step` bytes more are there; the last read's result. */
static ssize_t read_in_steps(const struct bytes *bytes, size_t len, size_t step, size_t max,
			     struct bytes *got)
{
	struct body_in in = {0};
	int ends[2];
	ssize_t last = -1;

	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	got->len = 0;
	for (size_t at = 0; at <= len; at += step) {
		size_t count = len - at < step ? len - at : step;
		assert_int_equal(write(ends[1], bytes->data + at, count), (ssize_t)count);
		if (at + step > len)
			close(ends[1]);
		while ((last = body_read(&in, ends[0], got->data + got->len, max)) > 0)
			got->len += (size_t)last;
		if (last == 0 || errno != EAGAIN)
			break;
	}
	int error = errno;
	close(ends[0]);
	errno = error;
	return last;
}

static void frames_are_read_as_they_come(void **state)
{
	struct bytes bytes = frames(), got;

	(void)state;
	for (size_t step = 1; step <= bytes.len; step++)
		for (size_t max = 1; max < 5; max++) {
			assert_int_equal(read_in_steps(&bytes, bytes.len, step, max, &got), 0);
			assert_int_equal(got.len, 6);
			assert_memory_equal(got.data, "onetwo", 6);
		}
}

static void what_was_cut_has_no_end(void **state)
{
	struct bytes bytes = frames(), got;

	(void)state;
	for (size_t len = 0; len < bytes.len; len++) {
		assert_int_equal(read_in_steps(&bytes, len, 3, 4, &got), -1);
		assert_int_equal(errno, EPIPE);
		assert_memory_equal(got.data, "onetwo", got.len);
	}
}

static void plain_has_no_frames(void **state)
{
	char text[8] = "";
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	const struct body_out out = {.fd = ends[1], .plain = true};
	assert_int_equal(body_put(&out, "one", 3), ERR_OK);
	assert_int_equal(body_end(&out), ERR_OK);
	assert_int_equal(read(ends[0], text, sizeof(text)), 3);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_are_read_as_they_come),
		cmocka_unit_test(what_was_cut_has_no_end),
		cmocka_unit_test(plain_has_no_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
