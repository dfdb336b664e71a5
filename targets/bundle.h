/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TARGETS_BUNDLE_H
#define TARGETS_BUNDLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/ctx.h"
#include "base/uuid.h"

/* What the gateways of one group may dial: the rows of their policy bundle, ordered by id. */
struct target_bundle_row {
	struct uuid id;
	uint32_t port;
	const char **addresses;
	size_t address_count;
};

/* Living targets of the group; in the context's arena. */
enum err target_bundle_rows(struct ctx *ctx, const struct uuid *gateway_group_id,
			    struct target_bundle_row **out, size_t *out_count) ERR_CHECKED;

#endif
