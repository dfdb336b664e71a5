/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "server/web_forwarded.h"
#include "tests/fuzz/fuzz.h"

/* X-Forwarded-For behind proxies at 10.0.0.0/8 and 2001:db8:1::/48. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd rd = rd_of(data, size);
	struct ranges proxies = {0};
	char address[FORWARDED_ADDRESS], again[FORWARDED_ADDRESS];
	char *header = fuzz_rest(&rd);

	assert(range_add(&proxies, "10.0.0.0/8") && range_add(&proxies, "2001:db8:1::/48"));
	if (web_forwarded(&proxies, "10.0.0.1", header, address)) {
		fuzz_accepted();
		/* what was found is an address, in the form that peers have */
		assert(web_forwarded(&proxies, "10.0.0.1", address, again));
		assert(strcmp(address, again) == 0);
	}
	/* who is no proxy of ours says nothing */
	assert(web_forwarded(&proxies, "198.51.100.7", header, address));
	assert(strcmp(address, "198.51.100.7") == 0);
	free(header);
	return 0;
}
