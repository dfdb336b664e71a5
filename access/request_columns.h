/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ACCESS_REQUEST_COLUMNS_H
#define ACCESS_REQUEST_COLUMNS_H

/* Columns of struct request, in the order request_sql_row reads them. */
#define REQUEST_FIELDS                                                                     \
	"q.id, q.number, q.requester_id, u.login, u.display_name, q.workflow_id, w.name,"  \
	" w.self_approval, q.purpose, q.ticket, q.starts_at, q.ends_at, q.state, q.stage," \
	" q.stage_count, q.version, q.created_at, q.decided_at"
#define REQUEST_FROM                                           \
	" FROM request q JOIN user u ON u.id = q.requester_id" \
	" JOIN workflow w ON w.id = q.workflow_id"
/* Columns of struct request_standing of request q, beside the groups g of the person, whose id is
 * the one parameter. */
#define REQUEST_STANDING                                                                       \
	" EXISTS (SELECT 1 FROM request_stage s WHERE s.request_id = q.id"                     \
	" AND s.position = q.stage AND s.group_id IN (SELECT id FROM g)),"                     \
	" EXISTS (SELECT 1 FROM request_stage s WHERE s.request_id = q.id"                     \
	" AND s.group_id IN (SELECT id FROM g)),"                                              \
	" EXISTS (SELECT 1 FROM approval a WHERE a.request_id = q.id AND a.position = q.stage" \
	" AND a.user_id = ?)"
#define REQUEST_COLUMNS "SELECT " REQUEST_FIELDS REQUEST_FROM
/* From the requests outwards: else a page of them sorts every one there is. */
#define REQUEST_LIST "SELECT STRAIGHT_JOIN " REQUEST_FIELDS REQUEST_FROM

enum { REQUEST_COLUMN_COUNT = 18 };

#endif
