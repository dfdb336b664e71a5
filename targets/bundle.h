/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TARGETS_BUNDLE_H
#define TARGETS_BUNDLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/ctx.h"
#include "base/uuid.h"
#include "targets/address.h"

/* One target that the gateways of a group may dial. */
struct target_bundle_row {
	struct uuid id;
	uint32_t port;
	const char *addresses[ADDRESSES_MAX];
	size_t address_count;
};

/* Living targets of the group that have an address, ordered by id; each row is gone when row
 * returns. */
enum err target_bundle_rows(struct ctx *ctx, const struct uuid *gateway_group_id,
			    void (*row)(void *arg, const struct target_bundle_row *row),
			    void *arg) ERR_CHECKED;

#endif
