/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_FEDERATION_RULES_H
#define AUTH_FEDERATION_RULES_H

#include "auth/federation.h"

/* What attributes may decide, and what they never do. No database. */

/* The one value of an attribute; NULL when it is absent, empty, came twice or has several. */
const char *federation_value(const struct federated_identity *identity, const char *name);
/* The attribute holds exactly this value, among others or alone, and is not ambiguous. */
bool federation_has(const struct federated_identity *identity, const char *name, const char *value);
/* The local login that an attribute names, without the provider's suffix, in out (65 bytes). An
 * address that nobody verified names nobody. *out_why on false. */
bool federation_login(const struct identity_provider *provider,
		      const struct federated_identity *identity, const char *attribute,
		      char out[65], const char **out_why);
/* The provider asked for a second factor itself, in one of the ways that count. */
bool federation_second_trusted(const struct identity_provider *provider,
			       const struct federated_identity *identity);

#endif
