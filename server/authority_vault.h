/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_AUTHORITY_VAULT_H
#define SERVER_AUTHORITY_VAULT_H

#include "sql/db.h"

const struct db_stmt_list *vault_statements(void);

#endif
