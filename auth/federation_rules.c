/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/federation_rules.h"

#include <string.h>

/* NULL also when the name itself is there twice. */
static const struct federated_attribute *find(const struct federated_identity *identity,
					      const char *name)
{
	const struct federated_attribute *found = NULL;

	for (size_t i = 0; i < identity->attribute_count; i++) {
		if (strcmp(identity->attributes[i].name, name) != 0)
			continue;
		if (found)
			return NULL;
		found = &identity->attributes[i];
	}
	return found && !found->ambiguous ? found : NULL;
}

const char *federation_value(const struct federated_identity *identity, const char *name)
{
	const struct federated_attribute *found = find(identity, name);

	return found && found->count == 1 && found->values[0][0] ? found->values[0] : NULL;
}

bool federation_has(const struct federated_identity *identity, const char *name, const char *value)
{
	const struct federated_attribute *found = find(identity, name);

	for (size_t i = 0; found && i < found->count; i++)
		if (strcmp(found->values[i], value) == 0)
			return true;
	return false;
}

/* Addresses of mail under the names that providers give them. OpenID Connect says in a claim of its
 * own whether somebody verified one; SAML says nothing. */
static bool is_unverified_mail(const struct identity_provider *provider,
			       const struct federated_identity *identity, const char *name)
{
	static const char *const mails[] = {
		"email", "mail", "urn:oid:0.9.2342.19200300.100.1.3",
		"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"};

	for (size_t i = 0; i < sizeof(mails) / sizeof(mails[0]); i++) {
		if (strcmp(mails[i], name) != 0)
			continue;
		return provider->kind != FEDERATION_OIDC ||
		       !federation_has(identity, "email_verified", "true");
	}
	return false;
}

/* As FIELD_NAME: what a login may look like. */
static bool is_login(const char *text, size_t len)
{
	if (len == 0 || len > 64 || text[0] == '.' || text[0] == '_' || text[0] == '-')
		return false;
	return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789._-") >= len;
}

bool federation_login(const struct identity_provider *provider,
		      const struct federated_identity *identity, const char *attribute,
		      char out[65], const char **out_why)
{
	const char *value = federation_value(identity, attribute);
	size_t len = value ? strlen(value) : 0, suffix = strlen(provider->login_suffix);

	*out_why = "federation.attribute";
	if (!value)
		return false;
	*out_why = "federation.mail_unverified";
	if (is_unverified_mail(provider, identity, attribute))
		return false;
	*out_why = "federation.login_form";
	if (len <= suffix || strcmp(value + len - suffix, provider->login_suffix) != 0)
		return false;
	len -= suffix;
	if (!is_login(value, len))
		return false;
	memcpy(out, value, len);
	out[len] = 0;
	*out_why = NULL;
	return true;
}

static bool names(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = list; *at && len > 0;) {
		size_t part = strcspn(at, " ");
		if (part == len && memcmp(at, word, len) == 0)
			return true;
		at += part;
		at += strspn(at, " ");
	}
	return false;
}

bool federation_second_trusted(const struct identity_provider *provider,
			       const struct federated_identity *identity)
{
	for (size_t i = 0; i < identity->context_count && provider->trusts_second; i++)
		if (names(provider->contexts, identity->contexts[i]))
			return true;
	return false;
}
