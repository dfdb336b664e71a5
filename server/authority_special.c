/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/authority_special.h"

#include <string.h>

static const struct special rule = {NULL, false, false, EVENT_ACCESS_REFUSED};
static const struct special specials[] = {
	{"auth.sign_in", true, true, EVENT_SIGN_IN_REFUSED},
	{"auth.sign_in_recovery", true, true, EVENT_SIGN_IN_REFUSED},
	{"factors.totp_begin", true, false, EVENT_ACCESS_REFUSED},
	{"factors.recovery_create", true, true, EVENT_ACCESS_REFUSED},
	{"auth.password_change", true, true, EVENT_SIGN_IN_REFUSED},
	{"auth.sign_in_passkey", true, true, EVENT_SIGN_IN_REFUSED},
	{"auth.passkey_sign_in", true, false, EVENT_SIGN_IN_REFUSED},
	{"auth.step_up", true, false, EVENT_SIGN_IN_REFUSED},
	{"passkeys.add", true, false, EVENT_PASSKEY_REFUSED},
	{"enrolment.begin", false, false, EVENT_ENROLMENT_REFUSED},
	{"enrolment.totp", true, false, EVENT_ENROLMENT_REFUSED},
	{"enrolment.complete", true, true, EVENT_ENROLMENT_REFUSED},
	{"est.simpleenroll", false, false, EVENT_GATEWAY_ENROL_REFUSED},
	{"est.simplereenroll", false, false, EVENT_GATEWAY_ENROL_REFUSED},
};

const struct special *special_of(const char *op)
{
	for (size_t i = 0; i < sizeof(specials) / sizeof(specials[0]); i++) {
		if (strcmp(specials[i].op, op) == 0)
			return &specials[i];
	}
	return &rule;
}
