/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/auth.h"
#include "auth/handlers.h"

static const struct op_write rows[] = {
	{"auth.sign_in", auth_run_sign_in},
	{"auth.sign_in_recovery", auth_run_sign_in_recovery},
	{"auth.sign_out", auth_run_sign_out},
	{"auth.password_change", auth_run_password_change},
	{"auth.profile_update", auth_run_profile_update},
	{"auth.session_revoke", auth_run_session_revoke},
	{"auth.sign_in_passkey", auth_run_sign_in_passkey},
	{"auth.passkey_challenge", passkey_run_sign_in_challenge},
	{"auth.passkey_sign_in", passkey_run_sign_in},
	{"auth.step_up_challenge", passkey_run_step_up_challenge},
	{"auth.step_up", passkey_run_step_up},
	{"auth.step_up_code", auth_run_step_up_code},
	{"auth.step_up_recovery", auth_run_step_up_recovery},
	{"devices.sign_in_challenge", device_run_sign_in_challenge},
	{"devices.challenge", device_run_challenge},
	{"devices.prove", device_run_prove},
	{"devices.remove", device_run_remove},
	{"passkeys.challenge", passkey_run_register_challenge},
	{"passkeys.add", passkey_run_add},
	{"passkeys.rename", passkey_run_rename},
	{"passkeys.remove", passkey_run_remove},
	{"enrolment.begin", enrolment_run_begin},
	{"enrolment.totp", enrolment_run_totp},
	{"enrolment.complete", enrolment_run_complete},
	{"factors.totp_begin", factors_run_totp_begin},
	{"factors.totp_confirm", factors_run_totp_confirm},
	{"factors.totp_rename", factors_run_totp_rename},
	{"factors.totp_remove", factors_run_totp_remove},
	{"factors.recovery_create", recovery_run_create},
	{"network_rules.update", network_rules_run_update},
	{"network_rules.try", network_rules_run_try},
	{"api_tokens.create", api_tokens_run_create},
	{"api_tokens.revoke", api_tokens_run_revoke},
	{"api_tokens.end", api_tokens_run_end},
	{"password_policies.update", password_policies_run_update},
	{"attestation_models.add", attestation_run_add},
	{"attestation_models.remove", attestation_run_remove},
	{"factor_floors.update", floors_run_update},
	{"factor_floors.preview", floors_run_preview},
	{"session_limits.update", session_limits_run_update},
	{"users.require_password_change", users_run_require_password_change},
	{"users.remove_factor", users_run_remove_factor},
	{"users.ask_reset", users_run_ask_reset},
	{"users.create", users_run_create},
	{"users.update", users_run_update},
	{"users.archive", users_run_archive},
	{"users.link", users_run_link},
	{NULL, NULL},
};

const struct op_write *auth_writes(void)
{
	return rows;
}
