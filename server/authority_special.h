/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_AUTHORITY_SPECIAL_H
#define SERVER_AUTHORITY_SPECIAL_H

#include <stdbool.h>

#include "audit/event.h"

/* Whose threads it runs on. */
enum special_pool {
	POOL_GENERAL = 0,
	POOL_PASSWORDS = 1, /* it hashes a password */
	POOL_HELPERS = 2,   /* it waits for a helper process, which may be slow */
};

/* Operations that differ from the rule "one transaction, generic refusal event". */
struct special {
	const char *op;
	bool own_transaction; /* the handler begins and commits by itself (slow hash, secret that
				 leaves only after the commit) */
	enum special_pool pool;
	enum event_id refused;
	bool quiet; /* its answer is no event: it comes every few minutes and changes no rights, or
		       is the same whether it was refused, which is recorded */
};
/* Never NULL: the rule itself when op is not listed. */
const struct special *special_of(const char *op);

#endif
