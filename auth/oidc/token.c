/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/oidc/token.h"

#include <cjose/cjose.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "auth/oidc/json.h"
#include "base/buf.h"
#include "base/text.h"

enum {
	HEADER_MAX = 4096,
	JWK_MAX = 2048,
	RSA_BYTES_MIN = 256,
	RSA_BYTES_MAX = 1024,
	P256_BYTES = 32
};

/* What may sign, and with which key. */
static const struct algorithm {
	const char *name, *kty, *curve;
} algorithms[] = {
	{"RS256", "RSA", NULL},
	{"PS256", "RSA", NULL},
	{"ES256", "EC", "P-256"},
};

struct header {
	const struct algorithm *algorithm;
	char kid[256];
	bool has_kid;
};

/* --- Shape --- */

/* Three parts of base64url: five would be an encrypted token, which nobody asked for. */
static const char *split(struct block token, size_t out_len[3])
{
	size_t part = 0, len = 0;

	if (token.len == 0 || token.len > OIDC_TOKEN_MAX)
		return "oidc.token_form";
	for (size_t i = 0; i < token.len; i++) {
		char c = (char)token.data[i];
		if (c != '.') {
			len++;
			if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789-_",
				    c) ||
			    c == 0)
				return "oidc.token_form";
			continue;
		}
		if (part == 2 || len == 0)
			return "oidc.token_form";
		out_len[part++] = len;
		len = 0;
	}
	if (part != 2 || len == 0)
		return "oidc.token_form";
	out_len[2] = len;
	return NULL;
}

static bool is_one_of(const char *text, const char *const *types)
{
	for (; text && *types; types++)
		if (strcasecmp(text, *types) == 0)
			return true;
	return false;
}

/* Members that let a token bring or point to its own key, or change what is signed. */
static const char *check_members(const json_t *header, const char *const *types)
{
	static const char *const refused[] = {"crit", "jwk", "jku", "x5u",
					      "x5c",  "b64", "zip", "enc"};
	const json_t *typ = json_object_get(header, "typ");

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (json_object_get(header, refused[i]))
			return "oidc.header";
	return !typ || is_one_of(json_string_value(typ), types) ? NULL : "oidc.type";
}

static const char *find_algorithm(const json_t *header, struct header *out)
{
	const char *alg = json_string_value(json_object_get(header, "alg"));

	for (size_t i = 0; alg && i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
		if (strcmp(alg, algorithms[i].name) == 0)
			out->algorithm = &algorithms[i];
	return out->algorithm ? NULL : "oidc.algorithm";
}

static const char *find_kid(const json_t *header, struct header *out)
{
	const json_t *kid = json_object_get(header, "kid");

	if (!kid)
		return NULL;
	if (!json_is_string(kid) || json_string_length(kid) >= sizeof(out->kid))
		return "oidc.header";
	memcpy(out->kid, json_string_value(kid), json_string_length(kid) + 1);
	out->has_kid = true;
	return NULL;
}

static const char *read_header(struct block token, size_t len, const char *const *types,
			       struct header *out)
{
	char text[HEADER_MAX];
	long size = base64url_decode((const char *)token.data, len, text, sizeof(text));

	*out = (struct header){0};
	if (size < 0)
		return "oidc.token_form";
	json_t *header = oidc_json_object(text, (size_t)size);
	if (!header)
		return "oidc.token_form";
	const char *why = check_members(header, types);
	if (!why)
		why = find_algorithm(header, out);
	if (!why)
		why = find_kid(header, out);
	json_decref(header);
	return why;
}

/* --- Keys --- */

static bool says(const json_t *key, const char *member, const char *wanted)
{
	const json_t *value = json_object_get(key, member);

	return !value || (json_is_string(value) && strcmp(json_string_value(value), wanted) == 0);
}

static bool may_verify(const json_t *key)
{
	const json_t *operations = json_object_get(key, "key_ops");
	const json_t *operation;
	size_t i;

	if (!operations)
		return true;
	json_array_foreach(operations, i, operation)
	{
		const char *text = json_string_value(operation);
		if (text && strcmp(text, "verify") == 0)
			return true;
	}
	return false;
}

/* A key for this algorithm and for signatures; a private or a symmetric one is nobody's public key.
 */
static bool is_usable(const json_t *key, const struct algorithm *algorithm)
{
	const char *kty = json_string_value(json_object_get(key, "kty"));

	return kty && strcmp(kty, algorithm->kty) == 0 && says(key, "use", "sig") &&
	       says(key, "alg", algorithm->name) && may_verify(key) && !json_object_get(key, "d") &&
	       !json_object_get(key, "k") &&
	       (!algorithm->curve ||
		(json_object_get(key, "crv") && says(key, "crv", algorithm->curve)));
}

/* With a name: the one key of that name, whatever else it is for. Without: the one that fits. */
static const char *choose_key(const json_t *keys, const struct header *header, const json_t **out)
{
	const json_t *key, *found = NULL;
	size_t i, count = 0;

	json_array_foreach(keys, i, key)
	{
		const char *kid = json_string_value(json_object_get(key, "kid"));
		if (header->has_kid ? !kid || strcmp(kid, header->kid) != 0
				    : !is_usable(key, header->algorithm))
			continue;
		found = key;
		count++;
	}
	if (count == 0)
		return OIDC_KEY_UNKNOWN;
	if (count > 1)
		return "oidc.key_ambiguous";
	if (!is_usable(found, header->algorithm))
		return "oidc.key_use";
	*out = found;
	return NULL;
}

/* Length in bytes of a base64url number; 0 when it is none, or begins with zeros. */
static size_t number_len(const json_t *key, const char *member, size_t max)
{
	uint8_t bytes[RSA_BYTES_MAX];
	const json_t *value = json_object_get(key, member);
	long len = json_is_string(value) ? base64url_decode(json_string_value(value),
							    json_string_length(value), bytes, max)
					 : -1;

	return len > 0 && (bytes[0] != 0 || max == P256_BYTES) ? (size_t)len : 0;
}

static bool is_sound(const json_t *key, const struct algorithm *algorithm)
{
	uint8_t exponent[8];
	const json_t *e = json_object_get(key, "e");

	if (algorithm->curve)
		return number_len(key, "x", P256_BYTES) == P256_BYTES &&
		       number_len(key, "y", P256_BYTES) == P256_BYTES;
	if (number_len(key, "n", RSA_BYTES_MAX) < RSA_BYTES_MIN || !json_is_string(e))
		return false;
	long len = base64url_decode(json_string_value(e), json_string_length(e), exponent,
				    sizeof(exponent));
	return len > 0 && len <= 4 && (exponent[len - 1] & 1) && (len > 1 || exponent[0] >= 3);
}

/* Only what the algorithm needs reaches the library: numbers that were found to be such. */
static cjose_jwk_t *import_key(const json_t *key, const struct algorithm *algorithm)
{
	char text[JWK_MAX];
	cjose_err err;
	const char *const *names = algorithm->curve ? (const char *const[]){"x", "y"}
						    : (const char *const[]){"n", "e"};
	int len = snprintf(text, sizeof(text), "{\"kty\":\"%s\",%s\"%s\":\"%s\",\"%s\":\"%s\"}",
			   algorithm->kty, algorithm->curve ? "\"crv\":\"P-256\"," : "", names[0],
			   json_string_value(json_object_get(key, names[0])), names[1],
			   json_string_value(json_object_get(key, names[1])));

	return len > 0 && len < JWK_MAX ? cjose_jwk_import(text, (size_t)len, &err) : NULL;
}

static const char *find_key(struct block jwks, const struct header *header, cjose_jwk_t **out)
{
	json_t *set = oidc_json_object(jwks.data, jwks.len);
	const json_t *keys = set ? json_object_get(set, "keys") : NULL;
	const json_t *key = NULL;
	const char *why = "oidc.key_set";

	if (json_is_array(keys) && json_array_size(keys) <= OIDC_KEYS_MAX)
		why = choose_key(keys, header, &key);
	if (!why && !is_sound(key, header->algorithm))
		why = "oidc.key_weak";
	if (!why && !(*out = import_key(key, header->algorithm)))
		why = "oidc.key_weak";
	json_decref(set);
	return why;
}

/* --- Signature --- */

static const char *verify(struct block token, cjose_jwk_t *key, json_t **out)
{
	cjose_err err;
	uint8_t *payload = NULL;
	size_t len = 0;
	cjose_jws_t *jws = cjose_jws_import((const char *)token.data, token.len, &err);
	const char *why = "oidc.signature";

	if (jws && cjose_jws_verify(jws, key, &err) &&
	    cjose_jws_get_plaintext(jws, &payload, &len, &err)) {
		*out = oidc_json_object(payload, len);
		why = *out ? NULL : "oidc.claims";
	}
	cjose_jws_release(jws);
	return why;
}

const char *oidc_token_verify(struct block token, struct block jwks, const char *const *types,
			      json_t **out)
{
	struct header header;
	cjose_jwk_t *key = NULL;
	size_t parts[3];
	const char *why = split(token, parts);

	if (!why)
		why = read_header(token, parts[0], types, &header);
	if (!why)
		why = find_key(jwks, &header, &key);
	if (!why)
		why = verify(token, key, out);
	if (key)
		cjose_jwk_release(key);
	return why;
}
