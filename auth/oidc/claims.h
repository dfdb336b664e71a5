/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_OIDC_CLAIMS_H
#define AUTH_OIDC_CLAIMS_H

#include <jansson.h>

#include "auth/oidc/token.h"

/* What every token that was signed says alike, held against what was asked for. */
struct claims {
	const json_t *all;
	const struct oidc_expected *expected;
};
typedef const char *claims_check_fn(const struct claims *claims);

claims_check_fn oidc_check_issuer, oidc_check_audience, oidc_check_times;
/* Seconds since 1970; false unless it is a number of this age of the world. */
bool oidc_claim_time(const struct claims *claims, const char *name, int64_t *out);
/* The first reason of checks (NULL-ended), or NULL. */
const char *oidc_check_claims(const struct claims *claims, claims_check_fn *const checks[]);

#endif
