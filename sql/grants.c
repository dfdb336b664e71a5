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

#define READERS_OF(table, columns)                 \
	{"web", (table), READ, (columns)},         \
	{                                          \
		"worker", (table), READ, (columns) \
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

	/* Vault and installation. */
	{"authority", "setting", CHANGE, NULL},
	{"authority", "system_state", CHANGE, NULL},
	READERS("system_state"),
	{"authority", "vault_state", KEEP, NULL},
	{"authority", "secret", CHANGE, NULL},
	{"authority", "secret_version", CHANGE, NULL},
	{"authority", "idempotency", CHANGE, NULL},
	READERS("secret"),
	{"authority", "system_state", CHANGE, NULL},
	READERS("system_state"),
	{"web", "schema_migration", READ, NULL},

	/* People and sign-in. */
	{"authority", "user", KEEP, NULL},
	{"authority", "user_group", KEEP, NULL},
	{"authority", "user_group_member", CHANGE, NULL},
	{"authority", "role_grant", CHANGE, NULL},
	{"authority", "auth_password", CHANGE, NULL},
	{"authority", "auth_totp", CHANGE, NULL},
	{"authority", "auth_enrolment", CHANGE, NULL},
	{"authority", "auth_session", CHANGE, NULL},
	{"authority", "auth_device", CHANGE, NULL},
	{"authority", "auth_lane", CHANGE, NULL},
	READERS("user"),
	READERS("user_group"),
	READERS("user_group_member"),
	READERS("role_grant"),
	READERS_OF("auth_enrolment", "id, user_id, expires_at, used_at, created_by, created_at"),
	READERS_OF("auth_session",
		   "id, user_id, created_at, authenticated_at, last_seen_at, idle_expires_at, "
		   "expires_at, ended_at, end_reason, peer, user_agent, device_id"),
	READERS_OF("auth_device", "id, user_id, first_seen_at, last_seen_at, revoked_at"),

	/* Gateways. */
	{"authority", "gateway_group", KEEP, NULL},
	{"authority", "gateway", KEEP, NULL},
	{"authority", "gateway_token", CHANGE, NULL},
	{"authority", "gateway_certificate", KEEP, NULL},
	{"authority", "gateway_presence", CHANGE, NULL},
	{"authority", "witness", KEEP, NULL},
	READERS("gateway_group"),
	READERS("gateway"),
	READERS_OF("gateway_token",
		   "id, gateway_id, expires_at, used_at, used_from, created_by, created_at"),
	READERS("gateway_certificate"),
	READERS("gateway_presence"),
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
	READERS("target_group"),
	READERS("target"),
	READERS("target_address"),
	READERS("target_host_key"),
	READERS("target_state"),
	READERS("account"),
	READERS("account_state"),
	READERS("workflow"),
	READERS("workflow_stage"),
	READERS("access_rule"),

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
	READERS("request"),
	READERS("request_stage"),
	READERS("request_account"),
	READERS("approval"),
	READERS("request_comment"),
	READERS("lease"),
	READERS("session"),
	READERS("recording"),

	{NULL, NULL, NULL, NULL},
};

#define NO_READERS(table, column)           \
	{"web", (table), (column)},         \
	{                                   \
		"worker", (table), (column) \
	}

const struct grant_secret grant_secrets[] = {
	NO_READERS("setting", NULL),
	NO_READERS("vault_state", NULL),
	NO_READERS("secret_version", NULL),
	NO_READERS("idempotency", NULL),
	NO_READERS("auth_password", NULL),
	NO_READERS("auth_totp", NULL),
	NO_READERS("auth_lane", NULL),
	NO_READERS("request_counter", NULL),
	{"worker", "schema_migration", NULL},
	NO_READERS("auth_enrolment", "token_hash"),
	NO_READERS("auth_enrolment", "totp_secret_id"),
	NO_READERS("auth_session", "cookie_hash"),
	NO_READERS("auth_device", "token_hash"),
	NO_READERS("gateway_token", "token_hash"),
	{"authority", "audit_sequence", NULL},
	{"authority", "audit_node", NULL},
	{"authority", "audit_state", NULL},
	{"authority", "audit_checkpoint", NULL},
	{"authority", "audit_event", NULL},
	{"authority", "audit_pending", NULL},
	{"authority", "schema_migration", NULL},
	{"authority", "syslog_position", NULL},
	{"worker", "syslog_position", NULL},
	{NULL, NULL, NULL},
};
