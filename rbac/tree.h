/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef RBAC_TREE_H
#define RBAC_TREE_H

#include "base/ctx.h"
#include "base/uuid.h"

/* Groups of people and of targets are trees of at most this depth. */
enum { TREE_DEPTH_MAX = 16 };

/* Parent of a node that is not archived, read with a row lock; nil at the top. ERR_NOT_FOUND when
 * there is no such node. */
typedef enum err tree_parent_fn(struct ctx *ctx, const struct uuid *id, struct uuid *out_parent);

/*
 * May `node` hang below `parent`? Walks up from parent and refuses a cycle ("tree.cycle"), too deep
 * a tree ("tree.too_deep") and a missing parent ("tree.parent_unknown"), each on field "parent_id".
 * The locks taken on the way make two moves that would close a circle together collide.
 */
enum err tree_check(struct ctx *ctx, const struct uuid *node, const struct uuid *parent,
		    tree_parent_fn *parent_of) ERR_CHECKED;

#endif
