/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_OIDC_FETCH_H
#define AUTH_OIDC_FETCH_H

#include "base/buf.h"
#include "base/codec.h"
#include "base/secret.h"

/*
 * One request to a provider: https only, no redirect is followed, bounded in bytes and time, no
 * proxy, to no address but an allowed one (oidc_address_allowed), judged where the socket is made:
 * the address that was looked at is the one that is connected to.
 */
struct oidc_client {
	struct block trust;    /* PEM certificates: who may have signed the provider's */
	const char *addresses; /* listed by the administrator */
	int64_t deadline_us;   /* monotonic, of all requests together */
	const char *accept;    /* media type; NULL: JSON */
};
enum { OIDC_ANSWER_MAX = 160 * 1024, OIDC_URL_MAX = 1024 };

/* https, a host, no user, no fragment; plain: no query either. */
bool oidc_url_valid(const char *url, bool plain);
/* body NULL: GET. basic: "client:secret" for HTTP Basic, or NULL. NULL, or a stable reason; the
 * answer's status in *out_status, its bytes in out. */
const char *oidc_request(const struct oidc_client *client, const char *url,
			 const struct secret *body, const struct secret *basic, struct buf *out,
			 long *out_status);

#endif
