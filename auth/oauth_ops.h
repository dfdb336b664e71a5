/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_OAUTH_OPS_H
#define AUTH_OAUTH_OPS_H

#include "rbac/op.h"

/* How programs get access tokens (RFC 6749, 4.4) and give them back (RFC 7009). In a transaction of
 * their own: what is refused is recorded with the program it was about. */
op_write_fn oauth_run_token, oauth_run_revoke;

#endif
