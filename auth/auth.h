/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_AUTH_H
#define AUTH_AUTH_H

#include "rbac/op.h"
#include "sql/db.h"

/* What the folder offers to the collecting tables: operations (both sides), authority's writes,
 * web's reads, and every SQL statement. */
const struct op *auth_ops(void);
const struct op_write *auth_writes(void);
const struct op_read *auth_reads(void);
const struct db_stmt_list *secret_store_statements(void);
const struct db_stmt_list *user_statements(void);
const struct db_stmt_list *user_read_statements(void);
const struct db_stmt_list *auth_session_statements(void);
const struct db_stmt_list *lane_statements(void);
const struct db_stmt_list *watch_statements(void);
const struct db_stmt_list *adaptive_statements(void);
const struct db_stmt_list *adaptive_policy_statements(void);
const struct db_stmt_list *adaptive_tune_statements(void);
const struct db_stmt_list *adaptive_read_statements(void);
const struct db_stmt_list *past_statements(void);
const struct db_stmt_list *past_undo_statements(void);
const struct db_stmt_list *past_read_statements(void);
const struct db_stmt_list *exception_statements(void);
const struct db_stmt_list *exception_read_statements(void);
const struct db_stmt_list *device_statements(void);
const struct db_stmt_list *device_read_statements(void);
const struct db_stmt_list *signin_statements(void);
const struct db_stmt_list *passkey_statements(void);
const struct db_stmt_list *enrolment_statements(void);
const struct db_stmt_list *factor_statements(void);
const struct db_stmt_list *factor_read_statements(void);
const struct db_stmt_list *recovery_statements(void);
const struct db_stmt_list *mail_code_statements(void);
const struct db_stmt_list *mail_address_statements(void);
const struct db_stmt_list *password_policy_read_statements(void);
const struct db_stmt_list *floor_read_statements(void);
const struct db_stmt_list *floor_statements(void);
const struct db_stmt_list *session_limit_statements(void);
const struct db_stmt_list *break_glass_statements(void);
const struct db_stmt_list *session_limit_read_statements(void);
const struct db_stmt_list *attestation_statements(void);
const struct db_stmt_list *attestation_read_statements(void);
const struct db_stmt_list *password_policy_statements(void);
const struct db_stmt_list *password_statements(void);
const struct db_stmt_list *reset_statements(void);
const struct db_stmt_list *federation_statements(void);
const struct db_stmt_list *network_statements(void);
const struct db_stmt_list *token_statements(void);
const struct db_stmt_list *token_read_statements(void);
const struct db_stmt_list *program_statements(void);
const struct db_stmt_list *program_read_statements(void);

/* Once at start, with the vault open: makes the lane key, the dummy password hash and the dummy
 * TOTP seed that unknown names are checked against. Own transaction. */
enum err auth_prepare(struct ctx *ctx) ERR_CHECKED;

#endif
