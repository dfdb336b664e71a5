/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "gateways/proto/bundle.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/signer.h"

enum { BEFORE_BODY = 77, ANNOUNCED = BUNDLE_ANNOUNCEMENT - 64 };

static void check(const struct bundle *bundle, struct block body)
{
	struct bundle_writer writer;
	struct buf again;

	for (size_t i = 0; i < bundle->target_count; i++)
		assert(bundle_find(bundle, &bundle->targets[i].id) == &bundle->targets[i]);
	buf_init(&again, BUNDLE_LARGE_MAX);
	bundle_body_begin(&writer, &again);
	for (size_t i = 0; i < bundle->target_count; i++)
		bundle_body_add(&writer, &bundle->targets[i]);
	bundle_body_end(&writer);
	assert(!buf_failed(&again) && again.len == body.len &&
	       memcmp(again.data, body.data, body.len) == 0);
	buf_clear(&again);
}

static void open_signed(const uint8_t *announced, struct block body, bool fits)
{
	struct bundle_announcement announcement;
	struct bundle bundle;
	struct buf whole;

	buf_init(&whole, BUNDLE_LARGE_MAX);
	signer_append(&whole, "sekisho-bundle/1", announced, ANNOUNCED);
	buf_put(&whole, body.data, body.len);
	if (!buf_failed(&whole) &&
	    bundle_announced(whole.data, whole.len, signer_key(), &announcement) == ERR_OK &&
	    bundle_open(whole.data, whole.len, signer_key(), &bundle) == ERR_OK) {
		assert(announcement.body_len == body.len && fits);
		fuzz_accepted();
		check(&bundle, body);
		bundle_clear(&bundle);
	}
	buf_clear(&whole);
}

/* A large bundle: what stands before its length and hash, then the body. Signed here, once with the
 * right length and hash, and once with those that the body itself begins with. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct bundle_head head;
	struct bundle bundle;
	struct buf announced;

	assert(bundle_open(data, size, signer_key(), &bundle) != ERR_OK);
	if (size < ANNOUNCED)
		return 0;
	const struct block body = {data + BEFORE_BODY, size - BEFORE_BODY};
	buf_init(&announced, BUNDLE_ANNOUNCEMENT);
	bundle_put_announcement(&announced, &head, body);
	if (!buf_failed(&announced)) {
		assert(announced.len == ANNOUNCED);
		memcpy(announced.data, data, BEFORE_BODY);
		open_signed(announced.data, body, true);
		open_signed(data, body, false);
	}
	buf_clear(&announced);
	return 0;
}
