/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/authority_special.h"

#include <string.h>

static const struct special rule = {NULL, false, POOL_GENERAL, EVENT_ACCESS_REFUSED};
static const struct special specials[] = {
	{"auth.sign_in", true, POOL_PASSWORDS, EVENT_SIGN_IN_REFUSED},
	{"auth.sign_in_recovery", true, POOL_PASSWORDS, EVENT_SIGN_IN_REFUSED},
	{"identities.oidc_callback", true, POOL_HELPERS, EVENT_SIGN_IN_REFUSED},
	{"identities.second_code", true, POOL_GENERAL, EVENT_SIGN_IN_REFUSED},
	{"identities.second_passkey", true, POOL_GENERAL, EVENT_SIGN_IN_REFUSED},
	{"identity_providers.fetch", true, POOL_HELPERS, EVENT_ACCESS_REFUSED},
	{"factors.totp_begin", true, POOL_GENERAL, EVENT_ACCESS_REFUSED},
	{"factors.recovery_create", true, POOL_PASSWORDS, EVENT_ACCESS_REFUSED},
	{"auth.password_change", true, POOL_PASSWORDS, EVENT_SIGN_IN_REFUSED},
	{"auth.sign_in_passkey", true, POOL_PASSWORDS, EVENT_SIGN_IN_REFUSED},
	{"auth.passkey_sign_in", true, POOL_GENERAL, EVENT_SIGN_IN_REFUSED},
	{"auth.step_up", true, POOL_GENERAL, EVENT_SIGN_IN_REFUSED},
	{"auth.step_up_code", true, POOL_PASSWORDS, EVENT_SIGN_IN_REFUSED},
	{"auth.step_up_recovery", true, POOL_PASSWORDS, EVENT_SIGN_IN_REFUSED},
	{"passkeys.add", true, POOL_GENERAL, EVENT_PASSKEY_REFUSED},
	{"factor_floors.preview", true, POOL_GENERAL, EVENT_ACCESS_REFUSED},
	{"enrolment.begin", false, POOL_GENERAL, EVENT_ENROLMENT_REFUSED},
	{"enrolment.totp", true, POOL_GENERAL, EVENT_ENROLMENT_REFUSED},
	{"enrolment.complete", true, POOL_PASSWORDS, EVENT_ENROLMENT_REFUSED},
	{"est.simpleenroll", false, POOL_GENERAL, EVENT_GATEWAY_ENROL_REFUSED},
	{"est.simplereenroll", false, POOL_GENERAL, EVENT_GATEWAY_ENROL_REFUSED},
};

const struct special *special_of(const char *op)
{
	for (size_t i = 0; i < sizeof(specials) / sizeof(specials[0]); i++) {
		if (strcmp(specials[i].op, op) == 0)
			return &specials[i];
	}
	return &rule;
}
