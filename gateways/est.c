/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateways/est.h"

#include "base/cleanup.h"
#include "base/text.h"

enum { DER_MAX = 32 * 1024, LENGTH_MAX = 4 };

/* Tag and definite length; contents follow. */
static void put_head(struct buf *out, uint8_t tag, size_t len)
{
	buf_put_u8(out, tag);
	if (len < 128) {
		buf_put_u8(out, (uint8_t)len);
	} else if (len < 65536) {
		buf_put_u8(out, 0x82);
		buf_put_u16(out, (uint16_t)len);
	} else {
		out->failed = true;
	}
}

static void put_wrapped(struct buf *out, uint8_t tag, const struct buf *inner)
{
	out->failed |= inner->failed;
	put_head(out, tag, inner->len);
	buf_put(out, inner->data, inner->len);
}

/* SEQUENCE { OID signedData, [0] SEQUENCE { 1, SET {}, SEQUENCE { OID data }, [0] certs, SET {} } }
 */
static void put_signed_data(struct buf *out, const struct block *certificates, size_t count)
{
	static const uint8_t oid_signed[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
					     0xf7, 0x0d, 0x01, 0x07, 0x02};
	static const uint8_t start[] = {0x02, 0x01, 0x01, 0x31, 0x00, 0x30, 0x0b, 0x06, 0x09,
					0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01};
	static const uint8_t no_signers[] = {0x31, 0x00};
	scoped(buf_clear) struct buf certs, body, sequence, tagged, whole;

	buf_init(&certs, DER_MAX);
	buf_init(&body, DER_MAX);
	buf_init(&sequence, DER_MAX);
	buf_init(&tagged, DER_MAX);
	buf_init(&whole, DER_MAX);
	for (size_t i = 0; i < count; i++)
		buf_put(&certs, certificates[i].data, certificates[i].len);
	buf_put(&body, start, sizeof(start));
	put_wrapped(&body, 0xa0, &certs);
	buf_put(&body, no_signers, sizeof(no_signers));
	put_wrapped(&sequence, 0x30, &body);
	buf_put(&whole, oid_signed, sizeof(oid_signed));
	put_wrapped(&whole, 0xa0, &sequence);
	put_wrapped(out, 0x30, &whole);
}

enum err est_certs_only(struct ctx *ctx, const struct block *certificates, size_t count,
			struct buf *out)
{
	scoped(buf_clear) struct buf der;
	char *room;

	buf_init(&der, DER_MAX);
	put_signed_data(&der, certificates, count);
	room = buf_failed(&der) ? NULL : (char *)buf_reserve(out, BASE64_SIZE(der.len));
	if (!room)
		return err_set(ctx, ERR_TOO_LARGE, "The certificates do not fit one message.");
	base64_encode(der.data, der.len, room);
	buf_commit(out, strlen(room));
	return ERR_OK;
}
