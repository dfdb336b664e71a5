/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUDIT_EVENT_H
#define AUDIT_EVENT_H

#include <stdbool.h>

/*
 * Audit event kinds: one row (constant, stable name, log) makes one. AUTH: authentication log,
 * OPERATION: operation log. Names are part of the exported format: never renamed, only added.
 */
#define AUDIT_EVENTS(E)                                                          \
	E(EVENT_SIGN_IN, "auth.sign_in", AUTH)                                   \
	E(EVENT_SIGN_IN_REFUSED, "auth.sign_in_refused", AUTH)                   \
	E(EVENT_SIGN_OUT, "auth.sign_out", AUTH)                                 \
	E(EVENT_SESSION_REVOKED, "auth.session_revoked", AUTH)                   \
	E(EVENT_SIGN_IN_REPORTED, "auth.sign_in_reported", AUTH)                 \
	E(EVENT_EXCEPTION_ASKED, "auth.sign_in_exception_asked", OPERATION)      \
	E(EVENT_EXCEPTION_GRANTED, "auth.sign_in_exception_granted", OPERATION)  \
	E(EVENT_EXCEPTION_ENDED, "auth.sign_in_exception_ended", OPERATION)      \
	E(EVENT_SIGN_IN_CONFIRMED, "auth.sign_in_confirmed", AUTH)               \
	E(EVENT_SIGN_IN_REPORTS_SEEN, "auth.sign_in_reports_acknowledged", AUTH) \
	E(EVENT_SIGN_INS_ENDED, "auth.sign_ins_ended", AUTH)                     \
	E(EVENT_ENROLMENT_STARTED, "auth.enrolment_started", AUTH)               \
	E(EVENT_ENROLLED, "auth.enrolled", AUTH)                                 \
	E(EVENT_ENROLMENT_REFUSED, "auth.enrolment_refused", AUTH)               \
	E(EVENT_PASSWORD_CHANGED, "auth.password_changed", AUTH)                 \
	E(EVENT_FACTOR_ADDED, "auth.factor_added", AUTH)                         \
	E(EVENT_FACTOR_CHANGED, "auth.factor_changed", AUTH)                     \
	E(EVENT_FACTOR_REMOVED, "auth.factor_removed", AUTH)                     \
	E(EVENT_RECOVERY_MADE, "auth.recovery_codes_made", AUTH)                 \
	E(EVENT_RECOVERY_USED, "auth.recovery_code_used", AUTH)                  \
	E(EVENT_MAIL_CODE_SENT, "auth.mail_code_sent", AUTH)                     \
	E(EVENT_MAIL_CODE_REFUSED, "auth.mail_code_refused", AUTH)               \
	E(EVENT_STEP_UP, "auth.stepped_up", AUTH)                                \
	E(EVENT_PASSKEY_ASKED, "auth.passkey_asked", AUTH)                       \
	E(EVENT_PASSKEY_REFUSED, "auth.passkey_refused", AUTH)                   \
	E(EVENT_PASSKEY_COPIED, "auth.passkey_copied", AUTH)                     \
	E(EVENT_PASSWORD_POLICY, "auth.password_policy_changed", OPERATION)      \
	E(EVENT_FLOOR_CHANGED, "auth.factor_floor_changed", OPERATION)           \
	E(EVENT_FLOOR_TRIED, "auth.factor_floor_tried", OPERATION)               \
	E(EVENT_BREAK_GLASS, "auth.break_glass", AUTH)                           \
	E(EVENT_BREAK_GLASS_SET, "auth.break_glass_changed", OPERATION)          \
	E(EVENT_BREAK_GLASS_SEEN, "auth.break_glass_acknowledged", OPERATION)    \
	E(EVENT_SESSION_LIMITS, "auth.session_limits_changed", OPERATION)        \
	E(EVENT_MODELS, "auth.attestation_models_changed", OPERATION)            \
	E(EVENT_PASSWORD_REQUIRED, "user.password_change_required", OPERATION)   \
	E(EVENT_RESET_ASKED, "user.reset_asked", OPERATION)                      \
	E(EVENT_FEDERATION_ASKED, "auth.provider_asked", AUTH)                   \
	E(EVENT_FEDERATION_ANSWERED, "auth.provider_answered", AUTH)             \
	E(EVENT_FEDERATION_SIGNED_OUT, "auth.provider_signed_out", AUTH)         \
	E(EVENT_FEDERATION_MAPPED, "auth.mapping_applied", AUTH)                 \
	E(EVENT_IDENTITY_LINKED, "auth.identity_linked", AUTH)                   \
	E(EVENT_IDENTITY_UNLINKED, "auth.identity_unlinked", AUTH)               \
	E(EVENT_PROVIDER_CREATED, "auth.provider_created", OPERATION)            \
	E(EVENT_PROVIDER_CHANGED, "auth.provider_changed", OPERATION)            \
	E(EVENT_PROVIDER_ARCHIVED, "auth.provider_archived", OPERATION)          \
	E(EVENT_PROVIDER_FETCHED, "auth.provider_fetched", OPERATION)            \
	E(EVENT_PROVIDER_TESTED, "auth.provider_tested", OPERATION)              \
	E(EVENT_SAML_KEY_MADE, "auth.saml_key_made", OPERATION)                  \
	E(EVENT_SAML_KEY_USED, "auth.saml_key_put_in_use", OPERATION)            \
	E(EVENT_SAML_KEY_REMOVED, "auth.saml_key_removed", OPERATION)            \
	E(EVENT_NETWORK_RULES, "auth.network_rules_changed", OPERATION)          \
	E(EVENT_NETWORK_RULES_TRIED, "auth.network_rules_tried", OPERATION)      \
	E(EVENT_ADAPTIVE_POLICY, "auth.sign_in_policy_changed", OPERATION)       \
	E(EVENT_ADAPTIVE_TUNED, "auth.sign_in_thresholds_moved", OPERATION)      \
	E(EVENT_TOKEN_CREATED, "auth.api_token_created", AUTH)                   \
	E(EVENT_TOKEN_REVOKED, "auth.api_token_revoked", AUTH)                   \
	E(EVENT_PROGRAM_CREATED, "program.created", OPERATION)                   \
	E(EVENT_PROGRAM_CHANGED, "program.changed", OPERATION)                   \
	E(EVENT_PROGRAM_DELETED, "program.deleted", OPERATION)                   \
	E(EVENT_PROGRAM_SECRET, "auth.program_secret_added", AUTH)               \
	E(EVENT_PROGRAM_SECRET_ENDED, "auth.program_secret_revoked", AUTH)       \
	E(EVENT_PROGRAM_TOKEN, "auth.program_token_issued", AUTH)                \
	E(EVENT_PROGRAM_TOKEN_REVOKED, "auth.program_token_revoked", AUTH)       \
	E(EVENT_PROGRAM_REFUSED, "auth.program_refused", AUTH)                   \
	E(EVENT_MAIL_CHANGED, "mail.server_changed", OPERATION)                  \
	E(EVENT_MAIL_TESTED, "mail.tested", OPERATION)                           \
	E(EVENT_LANE_CLEARED, "auth.lane_cleared", AUTH)                         \
	E(EVENT_DEVICE_REFUSED, "auth.device_refused", AUTH)                     \
	E(EVENT_DEVICE_REMOVED, "auth.device_removed", AUTH)                     \
	E(EVENT_SESSION_COPIED, "auth.session_copied", AUTH)                     \
	E(EVENT_CAMPAIGN_STARTED, "auth.campaign_started", AUTH)                 \
	E(EVENT_CAMPAIGN_ENDED, "auth.campaign_ended", AUTH)                     \
	E(EVENT_CAMPAIGN_SIGN_IN, "auth.campaign_sign_in", AUTH)                 \
	E(EVENT_SOURCE_BANNED, "auth.source_banned", AUTH)                       \
	E(EVENT_BANS_CLEARED, "auth.bans_cleared", AUTH)                         \
	E(EVENT_ACCESS_REFUSED, "access.refused", OPERATION)                     \
	E(EVENT_USER_CREATED, "user.created", OPERATION)                         \
	E(EVENT_USER_CHANGED, "user.changed", OPERATION)                         \
	E(EVENT_USER_ARCHIVED, "user.archived", OPERATION)                       \
	E(EVENT_USER_LINK_ISSUED, "user.link_issued", OPERATION)                 \
	E(EVENT_PROFILE_CHANGED, "user.profile_changed", OPERATION)              \
	E(EVENT_GROUP_CREATED, "group.created", OPERATION)                       \
	E(EVENT_GROUP_CHANGED, "group.changed", OPERATION)                       \
	E(EVENT_GROUP_ARCHIVED, "group.archived", OPERATION)                     \
	E(EVENT_ROLE_CHANGED, "role.changed", OPERATION)                         \
	E(EVENT_RULE_CREATED, "rule.created", OPERATION)                         \
	E(EVENT_RULE_CHANGED, "rule.changed", OPERATION)                         \
	E(EVENT_RULE_ARCHIVED, "rule.archived", OPERATION)                       \
	E(EVENT_WORKFLOW_CREATED, "workflow.created", OPERATION)                 \
	E(EVENT_WORKFLOW_CHANGED, "workflow.changed", OPERATION)                 \
	E(EVENT_WORKFLOW_ARCHIVED, "workflow.archived", OPERATION)               \
	E(EVENT_TARGET_CREATED, "target.created", OPERATION)                     \
	E(EVENT_TARGET_CHANGED, "target.changed", OPERATION)                     \
	E(EVENT_TARGET_ARCHIVED, "target.archived", OPERATION)                   \
	E(EVENT_TARGET_IMPORT, "target.import", OPERATION)                       \
	E(EVENT_TARGET_TESTED, "target.tested", OPERATION)                       \
	E(EVENT_HOST_KEY_PINNED, "target.host_key_pinned", OPERATION)            \
	E(EVENT_HOST_KEY_MISMATCH, "target.host_key_mismatch", OPERATION)        \
	E(EVENT_HOST_KEY_CLEARED, "target.host_key_cleared", OPERATION)          \
	E(EVENT_TARGET_GROUP_CREATED, "target_group.created", OPERATION)         \
	E(EVENT_TARGET_GROUP_CHANGED, "target_group.changed", OPERATION)         \
	E(EVENT_TARGET_GROUP_ARCHIVED, "target_group.archived", OPERATION)       \
	E(EVENT_ACCOUNT_CREATED, "account.created", OPERATION)                   \
	E(EVENT_ACCOUNT_CHANGED, "account.changed", OPERATION)                   \
	E(EVENT_ACCOUNT_ARCHIVED, "account.archived", OPERATION)                 \
	E(EVENT_SECRET_STORED, "secret.stored", OPERATION)                       \
	E(EVENT_SECRET_RELEASED, "secret.released", OPERATION)                   \
	E(EVENT_REQUEST_CREATED, "request.created", OPERATION)                   \
	E(EVENT_REQUEST_APPROVED, "request.approved", OPERATION)                 \
	E(EVENT_REQUEST_REJECTED, "request.rejected", OPERATION)                 \
	E(EVENT_REQUEST_WITHDRAWN, "request.withdrawn", OPERATION)               \
	E(EVENT_REQUEST_COMMENTED, "request.commented", OPERATION)               \
	E(EVENT_REQUEST_EXPIRED, "request.expired", OPERATION)                   \
	E(EVENT_LEASE_STARTED, "lease.started", OPERATION)                       \
	E(EVENT_LEASE_ENDED, "lease.ended", OPERATION)                           \
	E(EVENT_LEASE_RETURNED, "lease.returned", OPERATION)                     \
	E(EVENT_LEASE_REVOKED, "lease.revoked", OPERATION)                       \
	E(EVENT_SESSION_REQUESTED, "session.requested", OPERATION)               \
	E(EVENT_SESSION_ATTACHED, "session.attached", OPERATION)                 \
	E(EVENT_SESSION_START, "session.start", OPERATION)                       \
	E(EVENT_SESSION_CONNECTED, "session.connected", OPERATION)               \
	E(EVENT_SESSION_END, "session.end", OPERATION)                           \
	E(EVENT_SESSION_BROKEN, "session.broken", OPERATION)                     \
	E(EVENT_SESSION_FAILED, "session.failed", OPERATION)                     \
	E(EVENT_SESSION_TERMINATED, "session.terminated", OPERATION)             \
	E(EVENT_SESSION_HELD, "session.held", OPERATION)                         \
	E(EVENT_SESSION_KEPT, "session.kept", OPERATION)                         \
	E(EVENT_RECORDING_VIEWED, "recording.viewed", OPERATION)                 \
	E(EVENT_RECORDING_EXPORTED, "recording.exported", OPERATION)             \
	E(EVENT_REPORT_MADE, "report.made", OPERATION)                           \
	E(EVENT_AUDIT_EXPORTED, "audit.exported", OPERATION)                     \
	E(EVENT_AUDIT_ROLLED_BACK, "audit.rolled_back", OPERATION)               \
	E(EVENT_ROLLBACK_ACKNOWLEDGED, "audit.rollback_acknowledged", OPERATION) \
	E(EVENT_GATEWAY_CREATED, "gateway.created", OPERATION)                   \
	E(EVENT_GATEWAY_CHANGED, "gateway.changed", OPERATION)                   \
	E(EVENT_GATEWAY_TOKEN, "gateway.token_issued", OPERATION)                \
	E(EVENT_GATEWAY_ENROLLED, "gateway.enrolled", OPERATION)                 \
	E(EVENT_GATEWAY_ENROL_REFUSED, "gateway.enrol_refused", AUTH)            \
	E(EVENT_GATEWAY_ATTACHED, "gateway.attached", AUTH)                      \
	E(EVENT_GATEWAY_REFUSED, "gateway.refused", AUTH)                        \
	E(EVENT_GATEWAY_HELD, "gateway.held", AUTH)                              \
	E(EVENT_GATEWAY_RELEASED, "gateway.released", OPERATION)                 \
	E(EVENT_GATEWAY_RENEWED, "gateway.renewed", OPERATION)                   \
	E(EVENT_GATEWAY_LOST, "gateway.lost", AUTH)                              \
	E(EVENT_GATEWAY_REVOKED, "gateway.revoked", OPERATION)                   \
	E(EVENT_VAULT_UNSEALED, "vault.unsealed", OPERATION)                     \
	E(EVENT_VAULT_INITIALISED, "vault.initialised", OPERATION)               \
	E(EVENT_BACKUP_MADE, "backup.made", OPERATION)                           \
	E(EVENT_KEK_ROTATED, "vault.kek_rotated", OPERATION)                     \
	E(EVENT_ROOT_ROTATED, "vault.root_rotated", OPERATION)                   \
	E(EVENT_SYSTEM_STARTED, "system.started", OPERATION)                     \
	E(EVENT_CLOCK_SET_BACK, "system.clock_set_back", OPERATION)

enum event_id {
	EVENT_NONE = 0,
#define E(constant, name, log) constant,
	AUDIT_EVENTS(E)
#undef E
		EVENT__COUNT
};

const char *event_name(enum event_id event);
bool event_is_auth(enum event_id event);

#endif
