/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "auth/webauthn.h"
#include "auth/webauthn_cbor.h"
#include "tests/fuzz/fuzz.h"

/* What a browser sends of an authenticator. First byte: 0 a registration (challenge, client data,
 * attestation object), 1 an assertion (challenge, stored key, client data, signature, authenticator
 * data). */

static const struct webauthn_party party = {"example.org", "https://example.org"};

static bool inside(struct block part, const uint8_t *data, size_t size)
{
	return part.len == 0 || (part.data >= data && part.len <= size &&
				 part.data - data <= (ptrdiff_t)(size - part.len));
}

static struct block take(struct rd *rd)
{
	size_t len = rd_u16(rd);
	const uint8_t *bytes = rd_bytes(rd, len);

	return (struct block){bytes, bytes ? len : 0};
}

static struct block rest(struct rd *rd)
{
	size_t len = rd_left(rd);

	return (struct block){rd_bytes(rd, len), len};
}

static void check_data(const struct webauthn_data *data, struct block whole)
{
	assert(inside(data->id, whole.data, whole.len) && data->id.len <= WEBAUTHN_ID_MAX);
	assert(inside(data->key, whole.data, whole.len) && data->key.len <= WEBAUTHN_KEY_MAX);
	assert(inside(data->extensions, whole.data, whole.len));
	assert((data->id.len > 0) == ((data->flags & WEBAUTHN_AT) != 0));
}

static void create(struct rd *rd, const uint8_t *challenge)
{
	struct webauthn_expect expect = {&party, challenge, false};
	struct block client_data = take(rd), object = rest(rd);
	struct webauthn_new made;
	struct ctx ctx;
	const char *why = "";

	ctx_init(&ctx, NULL);
	if (webauthn_register(&ctx, &expect, client_data, object, &made, &why) == ERR_OK && !why) {
		fuzz_accepted();
		check_data(&made.data, object);
		assert(made.data.flags & WEBAUTHN_UP && made.data.id.len > 0);
	}
}

static void get(struct rd *rd, const uint8_t *challenge)
{
	struct webauthn_expect expect = {&party, challenge, false};
	struct webauthn_known known = {.key = take(rd)};
	struct webauthn_assertion assertion = {.client_data = take(rd)};
	struct webauthn_data data;
	struct ctx ctx;
	const char *why = "";

	assertion.signature = take(rd);
	assertion.data = rest(rd);
	known.backup_eligible = assertion.data.len > 32 && assertion.data.data[32] & WEBAUTHN_BE;
	ctx_init(&ctx, NULL);
	if (webauthn_assert(&ctx, &expect, &known, &assertion, &data, &why) == ERR_OK && !why) {
		fuzz_accepted();
		check_data(&data, assertion.data);
		assert(data.flags & WEBAUTHN_UP && !(data.flags & WEBAUTHN_AT));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd rd = rd_of(data, size);
	struct webauthn_data read;
	struct block item;
	uint8_t kind = rd_u8(&rd);
	const uint8_t *challenge = rd_bytes(&rd, WEBAUTHN_CHALLENGE);

	if (challenge && kind == 0)
		create(&rd, challenge);
	else if (challenge && kind == 1)
		get(&rd, challenge);
	if (webauthn_data_read((struct block){data, size}, &read))
		check_data(&read, (struct block){data, size});
	rd = rd_of(data, size);
	while (ctap_item(&rd, &item))
		assert(item.len > 0 && inside(item, data, size));
	return 0;
}
