/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/statements.h"

#include <string.h>

#include "access/access_read_sql.h"
#include "access/lease_sql.h"
#include "access/request_sql.h"
#include "access/workflow_sql.h"
#include "audit/audit.h"
#include "audit/audit_api.h"
#include "audit/tree_sql.h"
#include "auth/auth.h"
#include "auth/federation_gain_sql.h"
#include "auth/federation_session_sql.h"
#include "auth/identity_api.h"
#include "auth/saml_sql.h"
#include "gateways/gateway_sql.h"
#include "gateways/presence_sql.h"
#include "gateways/witness.h"
#include "notify/notify.h"
#include "notify/read_sql.h"
#include "notify/server_sql.h"
#include "rbac/grant_sql.h"
#include "rbac/group_sql.h"
#include "rbac/rule_sql.h"
#include "rbac/rules_sql.h"
#include "reports/privileged_use.h"
#include "server/authority_clock.h"
#include "server/authority_console.h"
#include "server/authority_hold.h"
#include "server/authority_idempotency.h"
#include "server/authority_live_sql.h"
#include "server/authority_report.h"
#include "server/authority_rotate.h"
#include "server/authority_vault.h"
#include "server/forward_sql.h"
#include "server/mail_sql.h"
#include "server/metrics_sql.h"
#include "server/system_sql.h"
#include "server/worker_sql.h"
#include "sessions/sessions_sql.h"
#include "targets/account_sql.h"
#include "targets/import_sql.h"
#include "targets/target_group_sql.h"
#include "targets/target_sql.h"

const struct statement_use statement_uses[] = {
	{access_read_statements, BY_WEB},
	{lease_statements, BY_AUTHORITY | BY_WEB},
	{request_statements, BY_AUTHORITY | BY_WEB},
	{workflow_statements, BY_AUTHORITY | BY_WEB},
	{audit_statements, BY_AUTHORITY},
	{audit_read_statements, BY_WEB},
	{audit_tree_statements, BY_WORKER | BY_WEB},
	{enrolment_statements, BY_AUTHORITY},
	{factor_statements, BY_AUTHORITY},
	{factor_read_statements, BY_WEB},
	{recovery_statements, BY_AUTHORITY},
	{mail_code_statements, BY_AUTHORITY},
	{mail_address_statements, BY_AUTHORITY | BY_WEB},
	{password_policy_read_statements, BY_AUTHORITY | BY_WEB},
	{password_policy_statements, BY_AUTHORITY},
	{password_statements, BY_AUTHORITY},
	{floor_read_statements, BY_AUTHORITY | BY_WEB},
	{floor_statements, BY_AUTHORITY},
	{session_limit_read_statements, BY_AUTHORITY | BY_WEB},
	{session_limit_statements, BY_AUTHORITY},
	{break_glass_statements, BY_AUTHORITY},
	{hold_statements, BY_AUTHORITY},
	{attestation_statements, BY_AUTHORITY},
	{attestation_read_statements, BY_WEB},
	{reset_statements, BY_AUTHORITY},
	{federation_statements, BY_AUTHORITY},
	{federation_session_statements, BY_AUTHORITY},
	{federation_gain_statements, BY_AUTHORITY},
	{saml_statements, BY_AUTHORITY},
	{identity_read_statements, BY_WEB},
	{saml_key_read_statements, BY_WEB},
	{lane_statements, BY_AUTHORITY},
	{watch_statements, BY_AUTHORITY},
	{adaptive_statements, BY_AUTHORITY},
	{adaptive_policy_statements, BY_AUTHORITY | BY_WEB},
	{adaptive_tune_statements, BY_AUTHORITY},
	{adaptive_read_statements, BY_WEB},
	{past_statements, BY_AUTHORITY},
	{past_undo_statements, BY_AUTHORITY},
	{past_read_statements, BY_WEB},
	{exception_statements, BY_AUTHORITY},
	{exception_read_statements, BY_WEB},
	{network_statements, BY_AUTHORITY | BY_WEB},
	{device_statements, BY_AUTHORITY},
	{device_read_statements, BY_WEB},
	{token_statements, BY_AUTHORITY},
	{token_read_statements, BY_WEB},
	{program_statements, BY_AUTHORITY},
	{program_read_statements, BY_WEB},
	{signin_statements, BY_AUTHORITY},
	{passkey_statements, BY_AUTHORITY},
	{auth_session_statements, BY_AUTHORITY},
	{secret_store_statements, BY_AUTHORITY},
	{user_statements, BY_AUTHORITY},
	{user_read_statements, BY_WEB},
	{forward_statements, BY_FORWARD},
	{mail_statements, BY_MAIL},
	{mail_server_statements, BY_AUTHORITY | BY_WEB},
	{notify_statements, BY_AUTHORITY},
	{notify_read_statements, BY_WEB},
	{gateway_statements, BY_AUTHORITY | BY_WEB},
	{gateway_presence_statements, BY_AUTHORITY},
	{grant_statements, BY_AUTHORITY | BY_WEB},
	{group_statements, BY_AUTHORITY | BY_WEB},
	{rule_statements, BY_AUTHORITY | BY_WEB},
	{rules_statements, BY_AUTHORITY | BY_WEB},
	{report_statements, BY_WEB},
	{console_statements, BY_AUTHORITY},
	{idempotency_statements, BY_AUTHORITY},
	{live_statements, BY_AUTHORITY},
	{vault_statements, BY_AUTHORITY},
	{role_report_statements, BY_AUTHORITY},
	{clock_statements, BY_AUTHORITY},
	{metrics_statements, BY_WEB},
	{system_statements, BY_WEB},
	{worker_statements, BY_WORKER},
	{witness_statements, BY_AUTHORITY},
	{sessions_statements, BY_AUTHORITY | BY_WEB},
	{account_statements, BY_AUTHORITY | BY_WEB},
	{target_group_statements, BY_AUTHORITY | BY_WEB},
	{import_statements, BY_AUTHORITY},
	{rotate_statements, BY_AUTHORITY},
	{target_statements, BY_AUTHORITY | BY_WEB},
	{NULL, 0},
};

static bool changes_or_locks(const char *text)
{
	static const char *const marks[] = {"INSERT INTO ",	  "UPDATE ",
					    "DELETE FROM ",	  "REPLACE INTO ",
					    "LOCK IN SHARE MODE", "FOR UPDATE"};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (strstr(text, marks[i]) != NULL)
			return true;
	return false;
}

/* Reads of writers only, from tables that web has no business in. */
static bool withheld_from_web(const char *name)
{
	static const char *const names[] = {"request.counted"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

bool statement_runs_as(const struct statement_use *use, const struct db_stmt *stmt,
		       enum statement_account account)
{
	if ((use->accounts & account) == 0)
		return false;
	return account != BY_WEB ||
	       (!changes_or_locks(stmt->text) && !withheld_from_web(stmt->name));
}
