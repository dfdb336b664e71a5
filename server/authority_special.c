/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/authority_special.h"

#include <string.h>

static const struct special rule = {NULL, false, POOL_GENERAL, EVENT_ACCESS_REFUSED, false};
static const struct special specials[] = {
	{"auth.sign_in", true, POOL_PASSWORDS, EVENT_SIGN_IN_REFUSED, false},
	{"auth.sign_in_recovery", true, POOL_PASSWORDS, EVENT_SIGN_IN_REFUSED, false},
	{"auth.mail_code", true, POOL_PASSWORDS, EVENT_SIGN_IN_REFUSED, true},
	{"auth.sign_in_mail", true, POOL_PASSWORDS, EVENT_SIGN_IN_REFUSED, false},
	{"identities.second_mail_code", true, POOL_GENERAL, EVENT_SIGN_IN_REFUSED, true},
	{"identities.second_mail", true, POOL_GENERAL, EVENT_SIGN_IN_REFUSED, false},
	{"pages.sign_in", true, POOL_PASSWORDS, EVENT_SIGN_IN_REFUSED, false},
	{"pages.recovery", true, POOL_PASSWORDS, EVENT_SIGN_IN_REFUSED, false},
	{"pages.mail_send", true, POOL_PASSWORDS, EVENT_SIGN_IN_REFUSED, true},
	{"pages.mail_code", true, POOL_PASSWORDS, EVENT_SIGN_IN_REFUSED, false},
	{"pages.second", true, POOL_GENERAL, EVENT_SIGN_IN_REFUSED, false},
	{"pages.begin", true, POOL_HELPERS, EVENT_ACCESS_REFUSED, false},
	{"identities.begin", true, POOL_HELPERS, EVENT_ACCESS_REFUSED, false},
	{"identities.link", true, POOL_HELPERS, EVENT_ACCESS_REFUSED, false},
	{"identities.step_up", true, POOL_HELPERS, EVENT_ACCESS_REFUSED, false},
	{"identity_providers.test", true, POOL_HELPERS, EVENT_ACCESS_REFUSED, false},
	{"identity_providers.metadata", true, POOL_HELPERS, EVENT_ACCESS_REFUSED, false},
	{"saml_keys.create", true, POOL_HELPERS, EVENT_ACCESS_REFUSED, false},
	{"identities.saml_acs", true, POOL_HELPERS, EVENT_SIGN_IN_REFUSED, false},
	{"identities.oidc_callback", true, POOL_HELPERS, EVENT_SIGN_IN_REFUSED, false},
	{"identities.oidc_logout", true, POOL_HELPERS, EVENT_FEDERATION_SIGNED_OUT, false},
	{"identities.saml_slo", true, POOL_HELPERS, EVENT_FEDERATION_SIGNED_OUT, false},
	{"identities.saml_slo_form", true, POOL_HELPERS, EVENT_FEDERATION_SIGNED_OUT, false},
	{"identities.saml_leave", true, POOL_HELPERS, EVENT_FEDERATION_SIGNED_OUT, false},
	{"identities.second_code", true, POOL_GENERAL, EVENT_SIGN_IN_REFUSED, false},
	{"identities.second_passkey", true, POOL_GENERAL, EVENT_SIGN_IN_REFUSED, false},
	{"identity_providers.fetch", true, POOL_HELPERS, EVENT_ACCESS_REFUSED, false},
	{"factors.totp_begin", true, POOL_GENERAL, EVENT_ACCESS_REFUSED, false},
	{"factors.recovery_create", true, POOL_PASSWORDS, EVENT_ACCESS_REFUSED, false},
	{"mail_address.confirm", true, POOL_GENERAL, EVENT_MAIL_CODE_REFUSED, false},
	{"auth.password_change", true, POOL_PASSWORDS, EVENT_SIGN_IN_REFUSED, false},
	{"auth.sign_in_passkey", true, POOL_PASSWORDS, EVENT_SIGN_IN_REFUSED, false},
	{"auth.passkey_sign_in", true, POOL_GENERAL, EVENT_SIGN_IN_REFUSED, false},
	{"auth.step_up", true, POOL_GENERAL, EVENT_SIGN_IN_REFUSED, false},
	{"auth.step_up_code", true, POOL_PASSWORDS, EVENT_SIGN_IN_REFUSED, false},
	{"auth.step_up_recovery", true, POOL_PASSWORDS, EVENT_SIGN_IN_REFUSED, false},
	{"devices.sign_in_challenge", false, POOL_GENERAL, EVENT_DEVICE_REFUSED, true},
	{"devices.challenge", false, POOL_GENERAL, EVENT_DEVICE_REFUSED, true},
	{"devices.prove", false, POOL_GENERAL, EVENT_DEVICE_REFUSED, true},
	{"passkeys.add", true, POOL_GENERAL, EVENT_PASSKEY_REFUSED, false},
	{"factor_floors.preview", true, POOL_GENERAL, EVENT_ACCESS_REFUSED, false},
	{"oauth.token", true, POOL_GENERAL, EVENT_PROGRAM_REFUSED, false},
	{"oauth.revoke", true, POOL_GENERAL, EVENT_PROGRAM_REFUSED, true},
	{"enrolment.begin", false, POOL_GENERAL, EVENT_ENROLMENT_REFUSED, false},
	{"enrolment.totp", true, POOL_GENERAL, EVENT_ENROLMENT_REFUSED, false},
	{"enrolment.complete", true, POOL_PASSWORDS, EVENT_ENROLMENT_REFUSED, false},
	{"est.simpleenroll", false, POOL_GENERAL, EVENT_GATEWAY_ENROL_REFUSED, false},
	{"est.simplereenroll", false, POOL_GENERAL, EVENT_GATEWAY_ENROL_REFUSED, false},
};

const struct special *special_of(const char *op)
{
	for (size_t i = 0; i < sizeof(specials) / sizeof(specials[0]); i++) {
		if (strcmp(specials[i].op, op) == 0)
			return &specials[i];
	}
	return &rule;
}
