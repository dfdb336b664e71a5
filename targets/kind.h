/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TARGETS_KIND_H
#define TARGETS_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ctx.h"
#include "vault/keeper.h"

/*
 * Kinds of targets: one file kind_<name>.c that fills one struct, and one row in kind.c. The name
 * is stored and is part of the API: never renamed.
 */
struct target_secret_kind {
	const char *name; /* value of `kind` in accounts.secret */
	enum secret_kind kind;
	size_t max; /* bytes */
	/* Shape only, so that a slip (a public key, a path) is caught early: real parsing belongs
	 * to the broker. NULL when fit, else a stable reason. */
	const char *(*refuse)(const uint8_t *data, size_t len);
};
struct target_kind {
	const char *name;
	uint32_t default_port;
	uint32_t broker_kind;			  /* enum broker_kind of base/messages.h */
	const struct target_secret_kind *secrets; /* ended by name NULL */
};

/* All kinds, ended by NULL. */
const struct target_kind *const *target_kinds(void);
/* NULL when unknown. */
const struct target_kind *target_kind_by_name(const char *name);
/* Names for an input field table, ended by NULL, in the order of target_kinds(). */
const char *const *target_kind_names(void);
const struct target_secret_kind *target_secret_kind_by_name(const struct target_kind *kind,
							    const char *name);

#endif
