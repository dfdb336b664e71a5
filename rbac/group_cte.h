/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef RBAC_GROUP_CTE_H
#define RBAC_GROUP_CTE_H

/*
 * Common table expressions after WITH RECURSIVE. The one meaning of belonging, everywhere: a person
 * belongs to the groups he is a member of and to all groups above them; a target belongs to its
 * group and to all above. Archived groups cut the chain. One parameter each.
 */

/* Of a row of user_group_member or role_grant: what an identity provider gave rests while that
 * provider is not enabled. */
#define GIFT_COUNTS(row)                                                               \
	"(" row ".provider_id IS NULL OR EXISTS (SELECT 1 FROM identity_provider ip0 " \
	"WHERE ip0.id = " row ".provider_id AND ip0.state = 'enabled'))"

/* g (id, depth): groups of the user, parameter user id. */
#define CTE_GROUPS_OF_USER                                                                         \
	"g (id, depth) AS (SELECT m0.group_id, CAST(0 AS SIGNED) FROM user_group_member m0"        \
	" JOIN user_group g0 ON g0.id = m0.group_id AND NOT g0.archived WHERE m0.user_id = ?"      \
	" AND " GIFT_COUNTS(                                                                       \
		"m0") " UNION SELECT p1.id, g.depth + 1 FROM g JOIN user_group c1 ON c1.id = g.id" \
		      " JOIN user_group p1 ON p1.id = c1.parent_id AND NOT p1.archived WHERE "     \
		      "g.depth < 16)"

/* o (id, depth): groups of the target, parameter target id. */
#define CTE_GROUPS_OF_TARGET                                                               \
	"o (id, depth) AS (SELECT t0.group_id, CAST(0 AS SIGNED) FROM target t0"           \
	" JOIN target_group o0 ON o0.id = t0.group_id AND NOT o0.archived WHERE t0.id = ?" \
	" UNION SELECT p2.id, o.depth + 1 FROM o JOIN target_group c2 ON c2.id = o.id"     \
	" JOIN target_group p2 ON p2.id = c2.parent_id AND NOT p2.archived WHERE o.depth < 16)"

/* d (id, depth): the group and all below it, parameter group id. */
#define CTE_GROUPS_BELOW                                                       \
	"d (id, depth) AS (SELECT g2.id, CAST(0 AS SIGNED) FROM user_group g2" \
	" WHERE g2.id = ? AND NOT g2.archived"                                 \
	" UNION SELECT c3.id, d.depth + 1 FROM d"                              \
	" JOIN user_group c3 ON c3.parent_id = d.id AND NOT c3.archived WHERE d.depth < 16)"

#endif
