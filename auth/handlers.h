/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_HANDLERS_H
#define AUTH_HANDLERS_H

#include "auth/session.h"
#include "rbac/op.h"

/* Write handlers of the folder, bound to operation ids in auth_ops.c. */
op_write_fn auth_run_step_up_code, auth_run_step_up_recovery;
op_write_fn auth_run_sign_in, auth_run_sign_in_recovery, auth_run_sign_out,
	auth_run_password_change, auth_run_profile_update, auth_run_session_revoke;
op_write_fn auth_run_mail_code, auth_run_sign_in_mail, auth_run_second_mail_code,
	auth_run_second_mail;
op_write_fn auth_run_sign_in_passkey, passkey_run_sign_in_challenge, passkey_run_sign_in,
	passkey_run_step_up_challenge, passkey_run_step_up, passkey_run_register_challenge,
	passkey_run_add, passkey_run_rename, passkey_run_remove;
op_write_fn device_run_sign_in_challenge, device_run_challenge, device_run_prove, device_run_remove;
op_write_fn enrolment_run_begin, enrolment_run_totp, enrolment_run_complete;
op_write_fn factors_run_totp_begin, factors_run_totp_confirm, factors_run_totp_rename,
	factors_run_totp_remove, recovery_run_create;
op_write_fn mail_address_run_begin, mail_address_run_confirm;
op_read_fn mail_address_read_own;
op_write_fn network_rules_run_update, network_rules_run_try;
op_read_fn network_rules_read_get;
op_write_fn sign_in_policy_run_update;
op_write_fn sign_ins_run_not_me, sign_ins_run_me, users_run_sign_in_was_theirs,
	sign_ins_run_reports_seen;
op_write_fn exceptions_run_create, exceptions_run_approve, exceptions_run_revoke;
op_read_fn exceptions_read_list;
op_read_fn sign_ins_read_own, sign_ins_read_of_user;
op_read_fn sign_in_policy_read_get, sign_in_policy_read_preview;
op_write_fn api_tokens_run_create, api_tokens_run_revoke, api_tokens_run_end;
op_write_fn users_run_create, users_run_update, users_run_archive, users_run_link;

op_write_fn auth_run_saml_acs, saml_run_metadata, saml_run_slo, saml_run_leave;
op_write_fn saml_keys_run_create, saml_keys_run_use, saml_keys_run_remove;
op_read_fn saml_keys_read_list, saml_read_metadata;
op_write_fn auth_run_oidc_callback, auth_run_oidc_logout, auth_run_signed_out, auth_run_second_code,
	auth_run_second_passkey;

/* Read handlers, bound in auth_http.c. */
op_write_fn password_policies_run_update, users_run_require_password_change, users_run_ask_reset;
op_write_fn users_run_end_sign_ins, break_glass_run_acknowledge;
op_write_fn floors_run_update, floors_run_preview, session_limits_run_update;
op_write_fn users_run_remove_factor, attestation_run_add, attestation_run_remove;
op_read_fn attestation_read_list;
op_read_fn session_limits_read_list, session_limits_read_get;
op_read_fn floors_read_list, floors_read_get, factors_read_of_user;
op_read_fn device_read_own;
op_read_fn factors_read_list, password_rules_read_own, password_policies_read_list,
	password_policies_read_get;
op_read_fn api_tokens_read_mine, api_tokens_read_list, api_tokens_read_current;
op_read_fn users_read_list, users_read_get, users_read_effective;

/* The whole secret of in->secret_fd; ERR_SYNTAX when the request carried none. */
struct secret;
enum err auth_read_secret(struct ctx *ctx, const struct in *in, struct secret **out) ERR_CHECKED;
/* Copies cookies into the arena and the answer. */
struct signin_result;
enum err auth_set_cookies(struct ctx *ctx, struct signin_result *result,
			  struct out *out) ERR_CHECKED;
/* The same of a session that was proven anew; wipes the cookie. */
enum err auth_renew_cookie(struct ctx *ctx, char cookie[SESSION_COOKIE_TEXT],
			   struct out *out) ERR_CHECKED;

#endif
