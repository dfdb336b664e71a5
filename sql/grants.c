/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sql/grants.h"

#include <stddef.h>

#define READ   "SELECT"
#define ADD    "SELECT, INSERT"
#define KEEP   "SELECT, INSERT, UPDATE"		/* archived, never deleted */
#define CHANGE "SELECT, INSERT, UPDATE, DELETE" /* sets and states without history of their own */

/* Readers of everything that is not a secret. */
#define READERS(table)                        \
	{"web", (table), READ, NULL},         \
	{                                     \
		"worker", (table), READ, NULL \
	}

/* Worker numbers the audit log and looks at the ends of recordings: people, targets and what they
 * may do are no business of it. */
#define WEB_READS(table)                   \
	{                                  \
		"web", (table), READ, NULL \
	}
#define WEB_READS_OF(table, columns)            \
	{                                       \
		"web", (table), READ, (columns) \
	}

const struct grant grants[] = {
	/* Audit: written by authority, ordered by worker's sequencer, changed by nobody. */
	{"authority", "audit_event", "INSERT", NULL},
	{"authority", "audit_pending", "INSERT", NULL},
	READERS("audit_event"),
	{"web", "audit_pending", READ, NULL},
	{"worker", "audit_pending", "SELECT, DELETE", NULL},
	{"web", "audit_sequence", READ, NULL},
	{"worker", "audit_sequence", ADD, NULL},
	{"web", "audit_node", READ, NULL},
	{"worker", "audit_node", ADD, NULL},
	{"web", "audit_state", READ, NULL},
	{"worker", "audit_state", "SELECT, UPDATE", NULL},
	{"web", "audit_checkpoint", READ, NULL},
	{"worker", "audit_checkpoint", ADD, NULL},

	/* The syslog sender: the ordered log, and how far it is. */
	{"forward", "audit_event", READ, NULL},
	{"forward", "audit_sequence", READ, NULL},
	{"forward", "audit_checkpoint", READ, NULL},
	{"forward", "syslog_position", KEEP, NULL},
	{"web", "syslog_position", READ, NULL},

	/* Notices and who sends them: what is due and where to, and what became of it. */
	{"authority", "mail_server", KEEP, NULL},
	{"authority", "mail_outbox", KEEP, NULL},
	{"mail", "mail_server", READ, NULL},
	{"mail", "mail_outbox", "SELECT, UPDATE, DELETE", NULL},
	{"mail", "mail_state", "SELECT, UPDATE", NULL},
	WEB_READS("mail_server"),
	WEB_READS("mail_outbox"),
	WEB_READS("mail_state"),

	/* Vault and installation. */
	{"authority", "setting", CHANGE, NULL},
	{"authority", "system_state", CHANGE, NULL},
	WEB_READS("system_state"),
	{"authority", "vault_state", KEEP, NULL},
	{"authority", "secret", CHANGE, NULL},
	{"authority", "secret_version", CHANGE, NULL},
	{"authority", "idempotency", CHANGE, NULL},
	WEB_READS("secret"),
	{"web", "schema_migration", READ, NULL},

	/* People and sign-in. */
	{"authority", "user", KEEP, NULL},
	{"authority", "user_group", KEEP, NULL},
	{"authority", "user_group_member", CHANGE, NULL},
	{"authority", "role_grant", CHANGE, NULL},
	{"authority", "auth_password", CHANGE, NULL},
	{"authority", "auth_totp", CHANGE, NULL},
	{"authority", "auth_recovery_code", CHANGE, NULL},
	{"authority", "auth_password_history", CHANGE, NULL},
	{"authority", "auth_reset", CHANGE, NULL},
	{"authority", "password_policy", KEEP, NULL},
	{"authority", "password_policy_group", CHANGE, NULL},
	{"authority", "factor_floor", KEEP, NULL},
	{"authority", "factor_floor_group", CHANGE, NULL},
	{"authority", "auth_enrolment", CHANGE, NULL},
	{"authority", "auth_session", CHANGE, NULL},
	{"authority", "network_policy", KEEP, NULL},
	{"authority", "network_rule", CHANGE, NULL},
	WEB_READS("network_policy"),
	WEB_READS("network_rule"),
	{"authority", "api_token", KEEP, NULL},
	{"authority", "auth_device", CHANGE, NULL},
	{"authority", "auth_lane", CHANGE, NULL},
	{"authority", "auth_watch", KEEP, NULL},
	{"authority", "auth_profile", CHANGE, NULL},
	{"authority", "auth_common", CHANGE, NULL},
	{"authority", "auth_passkey", CHANGE, NULL},
	{"authority", "auth_challenge", CHANGE, NULL},
	{"authority", "identity_provider", KEEP, NULL},
	{"authority", "identity_provider_metadata", CHANGE, NULL},
	{"authority", "identity_map", CHANGE, NULL},
	{"authority", "federated_identity", CHANGE, NULL},
	{"authority", "saml_key", ADD, NULL},
	{"authority", "federation_txn", CHANGE, NULL},
	{"authority", "federation_seen", CHANGE, NULL},
	WEB_READS("identity_provider"),
	WEB_READS_OF("saml_key", "slot, certificate, created_at, event_id"),
	WEB_READS_OF("identity_provider_metadata", "provider_id, fetched_at, tried_at, problem"),
	WEB_READS("identity_map"),
	WEB_READS_OF(
		"federated_identity",
		"id, provider_id, user_id, display, made_by, created_at, last_used_at, event_id"),
	WEB_READS_OF("federation_txn", "id, provider_id, purpose, session_id, created_at, "
				       "expires_at, answered_at, user_id, proven_at, "
				       "finished_at, result, display"),
	WEB_READS("user"),
	WEB_READS("user_group"),
	WEB_READS("user_group_member"),
	WEB_READS("role_grant"),
	WEB_READS("password_policy"),
	WEB_READS("password_policy_group"),
	WEB_READS("factor_floor"),
	WEB_READS("factor_floor_group"),
	WEB_READS("auth_reset"),
	WEB_READS_OF("auth_enrolment", "id, user_id, expires_at, used_at, created_by, created_at"),
	WEB_READS_OF("auth_session",
		     "id, user_id, created_at, authenticated_at, last_seen_at, idle_expires_at, "
		     "expires_at, ended_at, end_reason, peer, user_agent, device_id, password_due"),
	WEB_READS_OF("api_token",
		     "id, user_id, name, scopes, networks, created_at, expires_at, last_used_at, "
		     "last_used_from, ended_at, end_reason"),
	WEB_READS_OF("auth_totp", "id, user_id, label, created_at, confirmed_at, last_used_at"),
	WEB_READS_OF("auth_recovery_code", "user_id, created_at, used_at, used_from"),
	WEB_READS_OF("auth_device", "id, user_id, first_seen_at, last_seen_at, revoked_at, "
				    "key_added_at, user_agent, peer"),
	WEB_READS_OF(
		"auth_passkey",
		"id, user_id, aaguid, backup_eligible, backed_up, label, created_at, last_used_at"),

	/* Gateways. */
	{"authority", "gateway_group", KEEP, NULL},
	{"authority", "gateway", KEEP, NULL},
	{"authority", "gateway_token", CHANGE, NULL},
	{"authority", "gateway_certificate", KEEP, NULL},
	{"authority", "gateway_presence", CHANGE, NULL},
	{"authority", "witness", KEEP, NULL},
	WEB_READS("gateway_group"),
	WEB_READS("gateway"),
	WEB_READS_OF("gateway_token",
		     "id, gateway_id, expires_at, used_at, used_from, created_by, created_at"),
	WEB_READS("gateway_certificate"),
	WEB_READS("gateway_presence"),
	READERS("witness"),

	/* Targets and policy. */
	{"authority", "target_group", KEEP, NULL},
	{"authority", "target", KEEP, NULL},
	{"authority", "target_address", CHANGE, NULL},
	{"authority", "target_host_key", CHANGE, NULL},
	{"authority", "target_state", CHANGE, NULL},
	{"authority", "account", KEEP, NULL},
	{"authority", "account_state", CHANGE, NULL},
	{"authority", "workflow", KEEP, NULL},
	{"authority", "workflow_stage", CHANGE, NULL},
	{"authority", "access_rule", KEEP, NULL},
	WEB_READS("target_group"),
	WEB_READS("target"),
	WEB_READS("target_address"),
	WEB_READS("target_host_key"),
	WEB_READS("target_state"),
	WEB_READS("account"),
	WEB_READS("account_state"),
	WEB_READS("workflow"),
	WEB_READS("workflow_stage"),
	WEB_READS("access_rule"),

	/* Requests, leases, sessions. */
	{"authority", "request_counter", KEEP, NULL},
	{"authority", "request", KEEP, NULL},
	{"authority", "request_stage", KEEP, NULL},
	{"authority", "request_account", KEEP, NULL},
	{"authority", "approval", KEEP, NULL},
	{"authority", "request_comment", KEEP, NULL},
	{"authority", "lease", KEEP, NULL},
	{"authority", "session", KEEP, NULL},
	{"authority", "recording", KEEP, NULL},
	WEB_READS("request"),
	WEB_READS("request_stage"),
	WEB_READS("request_account"),
	WEB_READS("approval"),
	WEB_READS("request_comment"),
	WEB_READS("lease"),
	READERS("session"),
	READERS("recording"),

	{NULL, NULL, NULL, NULL},
};

#define NO_READERS(table)               \
	{"web", (table), NULL},         \
	{                               \
		"worker", (table), NULL \
	}

const struct grant_secret grant_secrets[] = {
	NO_READERS("setting"),
	NO_READERS("vault_state"),
	NO_READERS("secret_version"),
	NO_READERS("idempotency"),
	NO_READERS("auth_password"),
	NO_READERS("auth_lane"),
	NO_READERS("auth_watch"),
	NO_READERS("auth_profile"),
	NO_READERS("auth_common"),
	NO_READERS("auth_password_history"),
	NO_READERS("auth_challenge"),
	NO_READERS("federation_seen"),
	{"web", "identity_provider_metadata", "metadata"},
	{"web", "federated_identity", "subject"},
	{"web", "federation_txn", "state_hash"},
	{"web", "federation_txn", "browser_hash"},
	{"web", "federation_txn", "nonce"},
	{"web", "federation_txn", "verifier"},
	{"web", "federation_txn", "subject"},
	{"worker", "identity_provider", NULL},
	{"worker", "identity_provider_metadata", NULL},
	{"worker", "identity_map", NULL},
	{"worker", "federated_identity", NULL},
	{"worker", "federation_txn", NULL},
	{"web", "saml_key", "secret_id"},
	{"worker", "saml_key", NULL},
	NO_READERS("request_counter"),
	{"worker", "schema_migration", NULL},
	{"web", "auth_enrolment", "token_hash"},
	{"web", "auth_enrolment", "totp_secret_id"},
	{"web", "auth_enrolment", "judged"},
	{"web", "auth_totp", "secret_id"},
	{"web", "auth_totp", "last_step"},
	{"web", "auth_recovery_code", "hash"},
	{"web", "auth_recovery_code", "salt"},
	{"web", "auth_session", "cookie_hash"},
	{"web", "auth_session", "passkey_id"},
	{"web", "api_token", "token_hash"},
	{"worker", "api_token", NULL},
	{"worker", "network_policy", NULL},
	{"worker", "network_rule", NULL},
	{"web", "auth_device", "token_hash"},
	{"web", "auth_device", "public_key"},
	{"web", "auth_session", "former_hash"},
	{"web", "auth_session", "former_until"},
	{"web", "auth_session", "proof_due_at"},
	{"web", "auth_passkey", "credential_id"},
	{"web", "auth_passkey", "public_key"},
	{"web", "auth_passkey", "sign_count"},
	{"web", "auth_passkey", "algorithm"},
	{"web", "auth_passkey", "attestation"},
	{"web", "auth_passkey", "transports"},
	{"web", "auth_passkey", "user_verified"},
	{"worker", "auth_passkey", NULL},
	{"web", "gateway_token", "token_hash"},
	{"authority", "audit_sequence", NULL},
	{"authority", "audit_node", NULL},
	{"authority", "audit_state", NULL},
	{"authority", "audit_checkpoint", NULL},
	{"authority", "audit_event", NULL},
	{"authority", "audit_pending", NULL},
	{"authority", "schema_migration", NULL},
	{"authority", "syslog_position", NULL},
	{"worker", "syslog_position", NULL},
	{"worker", "system_state", NULL},
	{"authority", "mail_state", NULL},
	{"worker", "mail_server", NULL},
	{"worker", "mail_outbox", NULL},
	{"worker", "mail_state", NULL},
	{"worker", "secret", NULL},
	{"worker", "user", NULL},
	{"worker", "user_group", NULL},
	{"worker", "user_group_member", NULL},
	{"worker", "role_grant", NULL},
	{"worker", "gateway_group", NULL},
	{"worker", "gateway", NULL},
	{"worker", "gateway_certificate", NULL},
	{"worker", "gateway_presence", NULL},
	{"worker", "target_group", NULL},
	{"worker", "target", NULL},
	{"worker", "target_address", NULL},
	{"worker", "target_host_key", NULL},
	{"worker", "target_state", NULL},
	{"worker", "account", NULL},
	{"worker", "account_state", NULL},
	{"worker", "workflow", NULL},
	{"worker", "workflow_stage", NULL},
	{"worker", "access_rule", NULL},
	{"worker", "request", NULL},
	{"worker", "request_stage", NULL},
	{"worker", "request_account", NULL},
	{"worker", "approval", NULL},
	{"worker", "request_comment", NULL},
	{"worker", "lease", NULL},
	{"worker", "auth_totp", NULL},
	{"worker", "factor_floor", NULL},
	{"worker", "factor_floor_group", NULL},
	{"worker", "password_policy", NULL},
	{"worker", "password_policy_group", NULL},
	{"worker", "auth_reset", NULL},
	{"worker", "auth_recovery_code", NULL},
	{"worker", "auth_enrolment", NULL},
	{"worker", "auth_session", NULL},
	{"worker", "auth_device", NULL},
	{"worker", "gateway_token", NULL},
	{NULL, NULL, NULL},
};
