/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ACCESS_LEASE_COLUMNS_H
#define ACCESS_LEASE_COLUMNS_H

/* Columns of struct lease, in the order lease_sql_row reads them. */
#define LEASE_FIELDS                                                                \
	"l.id, l.request_id, q.number, l.account_id, a.name, t.id, t.name, t.kind," \
	" l.user_id, l.starts_at, l.ends_at, l.exclusive, l.state, l.version"
#define LEASE_FROM                                            \
	" FROM lease l JOIN request q ON q.id = l.request_id" \
	" JOIN account a ON a.id = l.account_id JOIN target t ON t.id = a.target_id"
#define LEASE_COLUMNS "SELECT " LEASE_FIELDS LEASE_FROM

enum { LEASE_COLUMN_COUNT = 14 };

#endif
