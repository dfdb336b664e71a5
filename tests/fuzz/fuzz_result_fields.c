/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <jansson.h>
#include <string.h>

#include "server/web_inner.h"
#include "tests/fuzz/fuzz.h"

/* Fields of authority's answer become JSON, or the answer is refused. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct block fields = {data, size};
	struct buf out;

	buf_init(&out, 1024 * 1024);
	if (web_render_fields(&out, &fields) && !buf_failed(&out))
		assert(out.len > 1 && out.data[0] == '{' && out.data[out.len - 1] == '}');
	buf_clear(&out);
	return 0;
}
