/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/webauthn.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "auth/webauthn_cbor.h"
#include "auth/webauthn_fido.h"
#include "auth/webauthn_key.h"
#include "base/text.h"

bool webauthn_party_of(const char *public_url, struct webauthn_party *out)
{
	static const char scheme[] = "https://";
	struct in_addr address;
	size_t skip = sizeof(scheme) - 1;

	if (strncmp(public_url, scheme, skip) != 0)
		return false;
	const char *host = public_url + skip;
	size_t len = strcspn(host, ":/");
	const char *port = host[len] == ':' ? host + len : "";
	if (len == 0 || len > WEBAUTHN_HOST_MAX || *host == '[' || strlen(port) > 6)
		return false;
	struct webauthn_party party;
	for (size_t i = 0; i < len; i++)
		party.rp_id[i] = (char)tolower((unsigned char)host[i]);
	party.rp_id[len] = 0;
	if (inet_pton(AF_INET, party.rp_id, &address) == 1)
		return false;
	(void)snprintf(party.origin, sizeof(party.origin), "%s%s%s", scheme, party.rp_id,
		       strcmp(port, ":443") == 0 ? "" : port);
	*out = party;
	return true;
}

static bool take(struct rd *rd, const char *text)
{
	size_t len = strlen(text);

	if (rd_left(rd) < len || memcmp(rd->data + rd->at, text, len) != 0)
		return false;
	rd->at += len;
	return true;
}

/* The end, or crossOrigin false and whatever future members a browser adds. A browser that was
 * embedded by another page says so right here. */
static bool ends_well(struct rd *rd)
{
	const uint8_t *last = rd->data + rd->len - 1;

	if (take(rd, ",\"crossOrigin\":false") && take(rd, ","))
		return !take(rd, "\"topOrigin\"") && rd_left(rd) > 0 && *last == '}' &&
		       text_is_utf8((const char *)rd->data, rd->len);
	return take(rd, "}") && rd_done(rd);
}

/* Section 5.8.1.2: whoever follows the rules writes these bytes, so nothing needs parsing. */
static const char *check_client_data(struct block data, const char *type,
				     const struct webauthn_expect *expect)
{
	char challenge[BASE64_SIZE(WEBAUTHN_CHALLENGE)];
	struct rd rd = rd_of(data.data, data.len);

	base64url_encode(expect->challenge, WEBAUTHN_CHALLENGE, challenge);
	const struct {
		const char *member, *value, *why;
	} parts[] = {
		{"{\"type\":\"", type, "passkey.type"},
		{"\",\"challenge\":\"", challenge, "passkey.challenge"},
		{"\",\"origin\":\"", expect->party->origin, "passkey.origin"},
	};
	if (data.len > WEBAUTHN_CLIENT_DATA_MAX)
		return "passkey.client_data";
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!take(&rd, parts[i].member))
			return i > 0 ? parts[i - 1].why : "passkey.client_data";
		if (!take(&rd, parts[i].value))
			return parts[i].why;
	}
	if (!take(&rd, "\""))
		return "passkey.origin";
	return ends_well(&rd) ? NULL : "passkey.cross_origin";
}

static bool read_credential(struct rd *rd, struct webauthn_data *out)
{
	const uint8_t *aaguid = rd_bytes(rd, sizeof(out->aaguid));
	size_t len = rd_u16(rd);
	const uint8_t *id = rd_bytes(rd, len);

	if (rd->failed || len == 0 || len > WEBAUTHN_ID_MAX || !ctap_item(rd, &out->key))
		return false;
	memcpy(out->aaguid, aaguid, sizeof(out->aaguid));
	out->id = (struct block){id, len};
	return ctap_map_size(out->key) >= 0 && out->key.len <= WEBAUTHN_KEY_MAX;
}

bool webauthn_data_read(struct block bytes, struct webauthn_data *out)
{
	struct rd rd = rd_of(bytes.data, bytes.len);
	struct webauthn_data data = {0};
	const uint8_t *hash = rd_bytes(&rd, sizeof(data.rp_hash));

	data.flags = rd_u8(&rd);
	data.count = rd_u32(&rd);
	if (rd.failed || bytes.len > WEBAUTHN_AUTH_DATA_MAX)
		return false;
	memcpy(data.rp_hash, hash, sizeof(data.rp_hash));
	if (data.flags & WEBAUTHN_AT && !read_credential(&rd, &data))
		return false;
	if (data.flags & WEBAUTHN_ED &&
	    (!ctap_item(&rd, &data.extensions) || ctap_map_size(data.extensions) < 0))
		return false;
	if (!rd_done(&rd))
		return false;
	*out = data;
	return true;
}

bool webauthn_attestation_read(struct block object, struct webauthn_attestation *out)
{
	struct rd rd = rd_of(object.data, object.len);
	struct webauthn_attestation read;
	struct block map, format, data;

	if (object.len > WEBAUTHN_ATTESTATION_MAX || !ctap_item(&rd, &map) || !rd_done(&rd) ||
	    ctap_map_size(map) != 3 || !ctap_map_text(map, "fmt", &format) ||
	    !ctap_map_text(map, "attStmt", &read.statement) ||
	    !ctap_map_text(map, "authData", &data) || !ctap_text(format, &read.format) ||
	    ctap_map_size(read.statement) < 0 || !ctap_bytes(data, &read.data))
		return false;
	*out = read;
	return true;
}

/* Whom it is for, whether somebody was there, and whether the flags make sense together. */
static const char *check_data(const struct webauthn_data *data,
			      const struct webauthn_expect *expect)
{
	uint8_t hash[32];

	crypto_hash_sha256(hash, (const uint8_t *)expect->party->rp_id,
			   strlen(expect->party->rp_id));
	if (sodium_memcmp(hash, data->rp_hash, sizeof(hash)) != 0)
		return "passkey.rp_id";
	if (!(data->flags & WEBAUTHN_UP))
		return "passkey.not_present";
	if (expect->verified && !(data->flags & WEBAUTHN_UV))
		return "passkey.not_verified";
	if (data->flags & WEBAUTHN_BS && !(data->flags & WEBAUTHN_BE))
		return "passkey.backup_flags";
	return NULL;
}

static bool is_text(struct block text, const char *wanted)
{
	return text.len == strlen(wanted) && memcmp(text.data, wanted, text.len) == 0;
}

/* Statements we can check; the others, and those made with other algorithms, are refused. */
static enum err check_statement(struct ctx *ctx, const struct webauthn_expect *expect,
				const struct webauthn_attestation *attestation,
				struct webauthn_new *made, struct block client_data, bool *out)
{
	struct block item;
	int64_t alg;

	*out = false;
	if (is_text(attestation->format, "none")) {
		made->format = "none";
		*out = ctap_map_size(attestation->statement) == 0;
		return ERR_OK;
	}
	if (!is_text(attestation->format, "packed"))
		return ERR_OK;
	made->format = "packed";
	if (!ctap_map_text(attestation->statement, "alg", &item) || !ctap_int(item, &alg))
		return ERR_OK;
	bool by_itself = !ctap_map_text(attestation->statement, "x5c", &made->chain);
	if (by_itself ? alg != made->alg
		      : alg != WEBAUTHN_ES256 && alg != WEBAUTHN_EDDSA && alg != WEBAUTHN_RS256)
		return ERR_OK;
	return webauthn_fido_packed(ctx, expect, attestation, made, client_data, out);
}

/* Formats that are not ours to check (tpm, android-key, apple, fido-u2f …) are told apart from
 * those whose signature does not hold: somebody can do something about it. */
static const char *refused_statement(const struct webauthn_new *made)
{
	return made->format ? "passkey.attestation" : "passkey.attestation_format";
}

enum err webauthn_register(struct ctx *ctx, const struct webauthn_expect *expect,
			   struct block client_data, struct block object, struct webauthn_new *out,
			   const char **out_why)
{
	struct webauthn_attestation attestation;
	struct webauthn_new made = {0};
	struct webauthn_key key = {0};
	bool holds = false;
	const char *why = check_client_data(client_data, "webauthn.create", expect);

	if (!why && (!webauthn_attestation_read(object, &attestation) ||
		     !webauthn_data_read(attestation.data, &made.data)))
		why = "passkey.malformed";
	if (!why)
		why = check_data(&made.data, expect);
	if (!why && !(made.data.flags & WEBAUTHN_AT))
		why = "passkey.malformed";
	if (!why)
		why = webauthn_key_read(made.data.key, &key);
	if (!why) {
		made.alg = key.alg;
		enum err err =
			check_statement(ctx, expect, &attestation, &made, client_data, &holds);
		if (err != ERR_OK)
			return err;
		why = holds ? NULL : refused_statement(&made);
	}
	*out_why = why;
	if (!why)
		*out = made;
	return ERR_OK;
}

/* A counter that does not grow was counted by somebody else too. */
static bool counter_stands(uint32_t before, uint32_t now)
{
	return (before == 0 && now == 0) || now > before;
}

enum err webauthn_assert(struct ctx *ctx, const struct webauthn_expect *expect,
			 const struct webauthn_known *known,
			 const struct webauthn_assertion *assertion, struct webauthn_data *out,
			 const char **out_why)
{
	struct webauthn_data data;
	struct webauthn_key key = {0};
	bool holds = false;
	const char *why = check_client_data(assertion->client_data, "webauthn.get", expect);

	if (!why && (!webauthn_data_read(assertion->data, &data) || data.flags & WEBAUTHN_AT ||
		     assertion->data.len > WEBAUTHN_ASSERTION_MAX ||
		     assertion->signature.len > WEBAUTHN_SIGNATURE_MAX))
		why = "passkey.malformed";
	if (!why)
		why = check_data(&data, expect);
	if (!why && known->backup_eligible != ((data.flags & WEBAUTHN_BE) != 0))
		why = "passkey.backup_flags";
	if (!why)
		why = webauthn_key_read(known->key, &key);
	if (!why) {
		enum err err = webauthn_fido_assert(ctx, expect, &key, assertion, &holds);
		if (err != ERR_OK)
			return err;
		why = !holds					  ? "passkey.signature"
		      : !counter_stands(known->count, data.count) ? "passkey.counter"
								  : NULL;
	}
	*out_why = why;
	if (!why)
		*out = data;
	return ERR_OK;
}
