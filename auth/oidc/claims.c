/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <jansson.h>
#include <openssl/evp.h>
#include <string.h>

#include "auth/oidc/claims.h"
#include "auth/oidc/json.h"
#include "base/text.h"

/* What a token that was signed says, held against what was asked for. */

const char *oidc_check_issuer(const struct claims *claims)
{
	const char *issuer = oidc_json_text(claims->all, "iss", 512);

	return issuer && strcmp(issuer, claims->expected->issuer) == 0 ? NULL : "oidc.issuer";
}

/* Several audiences: then azp says which of them asked. */
const char *oidc_check_audience(const struct claims *claims)
{
	const char *client = claims->expected->client_id;
	const json_t *aud = json_object_get(claims->all, "aud");
	const json_t *azp = json_object_get(claims->all, "azp");
	bool several = json_is_array(aud) && json_array_size(aud) > 1;

	if (azp && (!json_is_string(azp) || strcmp(json_string_value(azp), client) != 0))
		return "oidc.authorized_party";
	if (several && !azp)
		return "oidc.authorized_party";
	if (json_is_string(aud))
		return strcmp(json_string_value(aud), client) == 0 ? NULL : "oidc.audience";
	return oidc_json_has(claims->all, "aud", client) ? NULL : "oidc.audience";
}

bool oidc_claim_time(const struct claims *claims, const char *name, int64_t *out)
{
	const json_t *value = json_object_get(claims->all, name);
	double seconds = json_number_value(value);

	if (!json_is_number(value) || !(seconds >= 0 && seconds < 1e11))
		return false;
	*out = (int64_t)seconds;
	return true;
}

const char *oidc_check_times(const struct claims *claims)
{
	int64_t now = claims->expected->now_s, exp, iat, nbf = 0;

	if (!oidc_claim_time(claims, "exp", &exp) || now >= exp + OIDC_SKEW_S)
		return "oidc.expired";
	if (!oidc_claim_time(claims, "iat", &iat) || iat > now + OIDC_SKEW_S ||
	    iat < now - OIDC_AGE_S - OIDC_SKEW_S)
		return "oidc.issued";
	if (json_object_get(claims->all, "nbf") &&
	    (!oidc_claim_time(claims, "nbf", &nbf) || nbf > now + OIDC_SKEW_S))
		return "oidc.not_yet";
	return NULL;
}

static const char *check_nonce(const struct claims *claims)
{
	const char *nonce = oidc_json_text(claims->all, "nonce", 128);

	return nonce && strcmp(nonce, claims->expected->nonce) == 0 ? NULL : "oidc.nonce";
}

/* Left half of SHA-256: all our algorithms end in 256 (OpenID Connect Core, 3.1.3.6). */
static bool is_half_hash(const json_t *value, const char *of)
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	char text[BASE64_SIZE(16)];
	unsigned len = 0;

	if (!json_is_string(value) || !of ||
	    EVP_Digest(of, strlen(of), hash, &len, EVP_sha256(), NULL) != 1)
		return false;
	base64url_encode(hash, 16, text);
	return strcmp(json_string_value(value), text) == 0;
}

static const char *check_hashes(const struct claims *claims)
{
	const json_t *at_hash = json_object_get(claims->all, "at_hash");
	const json_t *c_hash = json_object_get(claims->all, "c_hash");

	if (at_hash && !is_half_hash(at_hash, claims->expected->access_token))
		return "oidc.at_hash";
	if (c_hash && !is_half_hash(c_hash, claims->expected->code))
		return "oidc.c_hash";
	return NULL;
}

static const char *check_authentication(const struct claims *claims)
{
	int64_t at = 0, now = claims->expected->now_s, age = claims->expected->max_age_s;
	bool has = json_object_get(claims->all, "auth_time") != NULL;

	if (has && (!oidc_claim_time(claims, "auth_time", &at) || at > now + OIDC_SKEW_S))
		return "oidc.auth_time";
	if (age >= 0 && (!has || now - at > age + OIDC_SKEW_S))
		return "oidc.auth_time";
	return NULL;
}

static const char *check_subject(const struct claims *claims)
{
	const char *subject = oidc_json_text(claims->all, "sub", 255);

	return subject && text_is_printable(subject, strlen(subject), false) ? NULL
									     : "oidc.subject";
}

/* --- What is taken over --- */

static const char *copy(struct arena *arena, const json_t *value, size_t max)
{
	size_t len = json_string_length(value);

	if (len > max || memchr(json_string_value(value), 0, len))
		return NULL;
	return arena_strndup(arena, json_string_value(value), len);
}

/* acr and amr. An amr that is no list of words says nothing. */
static void take_contexts(struct arena *arena, const json_t *all, struct federated_identity *out)
{
	const char **contexts = arena_array(arena, const char *, FEDERATED_CONTEXTS_MAX);
	const json_t *acr = json_object_get(all, "acr"), *amr = json_object_get(all, "amr");
	const json_t *value;
	size_t i, count = 0;

	if (!contexts)
		return;
	if (json_is_string(acr) && (contexts[0] = copy(arena, acr, FEDERATED_VALUE_MAX)))
		count = 1;
	json_array_foreach(amr, i, value)
	{
		const char *word = json_is_string(value) && count < FEDERATED_CONTEXTS_MAX
					   ? copy(arena, value, FEDERATED_VALUE_MAX)
					   : NULL;
		if (word)
			contexts[count++] = word;
	}
	out->contexts = contexts;
	out->context_count = count;
}

static const char *scalar(struct arena *arena, const json_t *value)
{
	if (json_is_string(value))
		return copy(arena, value, FEDERATED_VALUE_MAX);
	if (json_is_boolean(value))
		return json_is_true(value) ? "true" : "false";
	if (json_is_integer(value))
		return arena_printf(arena, "%lld", (long long)json_integer_value(value));
	return NULL;
}

/* One value, or a list of them; anything else decides nothing. */
static void take_values(struct arena *arena, const json_t *value, struct federated_attribute *out)
{
	size_t count = json_is_array(value) ? json_array_size(value) : 1;
	const char **values =
		count <= FEDERATED_VALUES_MAX ? arena_array(arena, const char *, count + 1) : NULL;

	out->ambiguous = true;
	if (!values)
		return;
	for (size_t i = 0; i < count; i++) {
		values[i] = scalar(arena, json_is_array(value) ? json_array_get(value, i) : value);
		if (!values[i])
			return;
	}
	out->values = values;
	out->count = count;
	out->ambiguous = false;
}

struct taking {
	struct arena *arena;
	struct federated_attribute *attributes;
	size_t count;
	bool overflow;
};

static bool is_protocol(const char *name)
{
	static const char *const names[] = {"iss",     "aud",	 "azp",	   "exp",
					    "iat",     "nbf",	 "nonce",  "jti",
					    "at_hash", "c_hash", "s_hash", "auth_time"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static void take_one(struct taking *taking, const char *name, const json_t *value)
{
	if (taking->count == FEDERATED_ATTRIBUTES_MAX || !name ||
	    strlen(name) > FEDERATED_NAME_MAX) {
		taking->overflow = true;
		return;
	}
	struct federated_attribute *attribute = &taking->attributes[taking->count++];
	*attribute = (struct federated_attribute){.name = name};
	take_values(taking->arena, value, attribute);
}

/* Members of a member under "outer.inner": Keycloak's roles are there. A claim of that very name
 * makes two of one name, which then decide nothing. */
static void take_below(struct taking *taking, const char *name, json_t *object)
{
	const char *inner;
	json_t *value;

	json_object_foreach(object, inner, value)
	{
		take_one(taking, arena_printf(taking->arena, "%s.%s", name, inner), value);
	}
}

static void take_claims(struct taking *taking, const json_t *all)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)all, name, value)
	{
		if (is_protocol(name))
			continue;
		if (!json_is_object(value)) {
			take_one(taking, arena_strdup(taking->arena, name), value);
			continue;
		}
		take_below(taking, name, value);
	}
}

static const char *display_of(struct arena *arena, const json_t *all)
{
	static const char *const names[] = {"preferred_username", "email", "name", "sub"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *text = oidc_json_text(all, names[i], FEDERATED_NAME_MAX);
		if (text && text_is_printable(text, strlen(text), false))
			return arena_strdup(arena, text);
	}
	return "";
}

/* What a logout notice may name. One that is no name says nothing. */
static const char *session_of(struct arena *arena, const json_t *all)
{
	const char *text = oidc_json_text(all, "sid", FEDERATED_SESSION_MAX);

	return text && text_is_printable(text, strlen(text), false) ? arena_strdup(arena, text)
								    : "";
}

static const char *take_all(struct arena *arena, const struct claims *claims,
			    struct federated_identity *out)
{
	struct taking taking = {.arena = arena,
				.attributes = arena_array(arena, struct federated_attribute,
							  FEDERATED_ATTRIBUTES_MAX)};
	struct federated_identity identity = {0};
	int64_t at = 0;

	if (!taking.attributes)
		return "oidc.memory";
	identity.subject = arena_strdup(arena, oidc_json_text(claims->all, "sub", 255));
	identity.display = display_of(arena, claims->all);
	identity.session = session_of(arena, claims->all);
	if (oidc_claim_time(claims, "auth_time", &at))
		identity.authenticated_at = at * 1000000;
	take_contexts(arena, claims->all, &identity);
	take_claims(&taking, claims->all);
	identity.attributes = taking.attributes;
	identity.attribute_count = taking.count;
	if (arena_failed(arena))
		return "oidc.memory";
	if (taking.overflow)
		return "oidc.claims";
	*out = identity;
	return NULL;
}

const char *oidc_check_claims(const struct claims *claims, claims_check_fn *const checks[])
{
	const char *why = NULL;

	for (size_t i = 0; checks[i] && !why; i++)
		why = checks[i](claims);
	return why;
}

const char *oidc_token_check(struct arena *arena, struct block token, struct block jwks,
			     const struct oidc_expected *expected, struct federated_identity *out)
{
	static const char *const types[] = {"JWT", NULL};
	static claims_check_fn *const checks[] = {
		oidc_check_issuer, oidc_check_audience,	 oidc_check_times, check_nonce,
		check_hashes,	   check_authentication, check_subject,	   NULL};
	struct claims claims = {.expected = expected};
	json_t *all = NULL;
	const char *why = oidc_token_verify(token, jwks, types, &all);

	claims.all = all;
	if (!why)
		why = oidc_check_claims(&claims, checks);
	if (!why)
		why = take_all(arena, &claims, out);
	json_decref(all);
	return why;
}
