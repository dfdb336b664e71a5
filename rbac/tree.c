/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rbac/tree.h"

enum err tree_check(struct ctx *ctx, const struct uuid *node, const struct uuid *parent,
		    tree_parent_fn *parent_of)
{
	struct uuid at = *parent;
	for (int depth = 1; depth < TREE_DEPTH_MAX; depth++) {
		if (uuid_equal(&at, node))
			return err_field(ctx, "parent_id", "tree.cycle",
					 "A group cannot be placed below itself.");
		struct uuid above;
		enum err err = parent_of(ctx, &at, &above);
		if (err == ERR_NOT_FOUND)
			return err_field(ctx, "parent_id", "tree.parent_unknown",
					 "There is no such group.");
		if (err != ERR_OK)
			return err;
		if (uuid_is_nil(&above))
			return ERR_OK;
		at = above;
	}
	return err_field(ctx, "parent_id", "tree.too_deep", "Groups can be nested %d deep.",
			 TREE_DEPTH_MAX);
}
