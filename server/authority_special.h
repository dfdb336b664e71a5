/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_AUTHORITY_SPECIAL_H
#define SERVER_AUTHORITY_SPECIAL_H

#include <stdbool.h>

#include "audit/event.h"

/* Operations that differ from the rule "one transaction, generic refusal event". */
struct special {
	const char *op;
	bool own_transaction; /* the handler begins and commits by itself (slow hash, secret that
				 leaves only after the commit) */
	bool heavy;	      /* hashes a password: runs on a password thread */
	enum event_id refused;
};
/* Never NULL: the rule itself when op is not listed. */
const struct special *special_of(const char *op);

#endif
