/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/secret.h"
#include "base/sys.h"
#include "base/text.h"
#include "gateways/est.h"
#include "gateways/gateways_api.h"
#include "gateways/proto/verdict.h"

enum { TOKEN_SIZE = 43, PAIR_MAX = 128, REQUEST_MAX = 12 * 1024, EXPORTER_SIZE = 32 };

static void request_free_p(X509_REQ **request)
{
	X509_REQ_free(*request);
}

static enum err unauthenticated(struct ctx *ctx)
{
	return err_reason(ctx, ERR_UNAUTHENTICATED, "enrol.token",
			  "A join token is needed: HTTP Basic, user gw.");
}

/* "Basic base64(gw:<token>)" */
static enum err read_token(struct ctx *ctx, const char *authorization, struct value *out)
{
	char pair[PAIR_MAX + 1];
	const char *text;
	char *token;
	long len;

	if (!authorization || strncasecmp(authorization, "Basic ", 6) != 0)
		return unauthenticated(ctx);
	text = authorization + 6 + strspn(authorization + 6, " ");
	len = base64_decode(text, strlen(text), pair, PAIR_MAX);
	if (len != 3 + TOKEN_SIZE || memcmp(pair, "gw:", 3) != 0) {
		wipe(pair, sizeof(pair));
		return unauthenticated(ctx);
	}
	token = arena_strndup(ctx->arena, pair + 3, TOKEN_SIZE);
	wipe(pair, sizeof(pair));
	if (!token)
		return err_set(ctx, ERR_MEMORY, "No memory for the token.");
	*out = (struct value){.set = true, .text = token};
	return ERR_OK;
}

/* "Gateway <serial as uuid>:<base64url proof>" */
static enum err read_proof(struct ctx *ctx, const char *authorization, struct value *values)
{
	char serial[UUID_TEXT_SIZE];
	const char *text = authorization ? authorization + 8 : "";
	struct value *proof = &values[ENROL_PROOF], *id = &values[ENROL_SERIAL];

	if (!authorization || strncasecmp(authorization, "Gateway ", 8) != 0 ||
	    strlen(text) <= UUID_TEXT_SIZE || text[UUID_TEXT_SIZE - 1] != ':' ||
	    strlen(text) > UUID_TEXT_SIZE + ENROL_PROOF_MAX)
		return err_reason(ctx, ERR_UNAUTHENTICATED, "enrol.proof",
				  "The present key must sign this request.");
	memcpy(serial, text, UUID_TEXT_SIZE - 1);
	serial[UUID_TEXT_SIZE - 1] = '\0';
	*id = (struct value){.set = uuid_parse(serial, &id->id), .id = id->id};
	*proof = (struct value){.set = true,
				.text = arena_strdup(ctx->arena, text + UUID_TEXT_SIZE)};
	return proof->text ? ERR_OK : err_set(ctx, ERR_MEMORY, "No memory for the proof.");
}

static enum err malformed(struct ctx *ctx)
{
	return err_reason(ctx, ERR_SYNTAX, "enrol.request",
			  "The body must be a base64 PKCS#10 request for a P-256 key.");
}

static enum err read_request(struct ctx *ctx, const void *body, size_t len, X509_REQ **out)
{
	scoped(buf_clear) struct buf text, der;
	const unsigned char *at;
	long size = -1;

	buf_init(&text, REQUEST_MAX);
	buf_init(&der, REQUEST_MAX);
	for (size_t i = 0; i < len; i++) {
		uint8_t byte = ((const uint8_t *)body)[i];

		if (byte > ' ')
			buf_put_u8(&text, byte);
	}
	if (!buf_failed(&text) && text.len && buf_reserve(&der, text.len))
		size = base64_decode(buf_text(&text), text.len, der.data, text.len);
	at = der.data;
	*out = size > 0 ? d2i_X509_REQ(NULL, &at, size) : NULL;
	return *out && at == der.data + size ? ERR_OK : malformed(ctx);
}

/* Proof of possession, and nothing but P-256. */
static enum err read_point(struct ctx *ctx, X509_REQ *request, struct value *out)
{
	EVP_PKEY *key = X509_REQ_get0_pubkey(request);
	uint8_t point[ENROL_POINT_SIZE + 1];
	char group[32], text[BASE64_SIZE(ENROL_POINT_SIZE)];
	size_t len = 0;

	if (!key || X509_REQ_verify(request, key) != 1 ||
	    EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) != 1 ||
	    strcmp(group, "prime256v1") != 0 ||
	    EVP_PKEY_get_octet_string_param(key, "encoded-pub-key", point, sizeof(point), &len) !=
		    1 ||
	    len != ENROL_POINT_SIZE || point[0] != 4)
		return malformed(ctx);
	base64url_encode(point, len, text);
	*out = (struct value){.set = true, .text = arena_strdup(ctx->arena, text)};
	return out->text ? ERR_OK : err_set(ctx, ERR_MEMORY, "No memory for the key.");
}

static bool is_bound(X509_REQ *request, struct block exporter)
{
	int at = X509_REQ_get_attr_by_NID(request, NID_pkcs9_challengePassword, -1);
	X509_ATTRIBUTE *attribute = at >= 0 ? X509_REQ_get_attr(request, at) : NULL;
	const ASN1_TYPE *type = attribute ? X509_ATTRIBUTE_get0_type(attribute, 0) : NULL;
	char expected[BASE64_SIZE(EXPORTER_SIZE)];
	const ASN1_STRING *text;

	if (!type || exporter.len != EXPORTER_SIZE ||
	    (type->type != V_ASN1_PRINTABLESTRING && type->type != V_ASN1_UTF8STRING &&
	     type->type != V_ASN1_IA5STRING))
		return false;
	text = type->value.asn1_string;
	base64_encode(exporter.data, exporter.len, expected);
	return ASN1_STRING_length(text) == (int)strlen(expected) &&
	       CRYPTO_memcmp(ASN1_STRING_get0_data(text), expected, strlen(expected)) == 0;
}

/* Date (RFC 9110 6.6.1) of the request: the gateway's own clock. */
static enum err read_clock(struct ctx *ctx, const char *date, struct value *out)
{
	struct tm tm = {0};
	const char *end = date ? strptime(date, "%a, %d %b %Y %H:%M:%S GMT", &tm) : NULL;

	if (!end || *end)
		return ERR_OK;
	*out = (struct value){.set = true,
			      .number = (int64_t)timegm(&tm) - sys_real_us() / 1000000};
	if (llabs(out->number) > GATEWAY_CLOCK_SLACK_S)
		return err_reason(ctx, ERR_DENIED, "enrol.clock",
				  "The gateway's clock is more than five minutes off.");
	return ERR_OK;
}

enum err est_read_enrol(struct ctx *ctx, const struct est_request *est, struct value *values)
{
	scoped(request_free_p) X509_REQ *request = NULL;
	enum err err;

	if (!est->content_type || strncasecmp(est->content_type, "application/pkcs10", 18) != 0)
		return err_set(ctx, ERR_MEDIA_TYPE, "Content-Type must be application/pkcs10.");
	if ((err = read_clock(ctx, est->date, &values[ENROL_SKEW])) ||
	    (err = est->again ? read_proof(ctx, est->authorization, values)
			      : read_token(ctx, est->authorization, &values[ENROL_TOKEN])) ||
	    (err = read_request(ctx, est->body.data, est->body.len, &request)) ||
	    (err = read_point(ctx, request, &values[ENROL_POINT])))
		return err;
	values[ENROL_BOUND] =
		(struct value){.set = true, .number = is_bound(request, est->tls_exporter)};
	return ERR_OK;
}
