/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_SAML_LOGOUT_H
#define AUTH_SAML_LOGOUT_H

#include "auth/saml/redirect.h"
#include "auth/saml/response.h"

/* Single logout (saml-core 3.7, saml-profiles 4.4), from both sides. Of struct saml_expect, acs is
 * our address for it, and key does not count. */
enum { SAML_LOGOUT_AGE_S = 600, SAML_INDEXES_MAX = 32, SAML_INDEX_MAX = 255 };

struct saml_arrival {
	struct block message;		/* XML */
	const struct saml_query *query; /* of the Redirect binding; NULL: a form */
};
struct saml_logout { /* in ctx->arena */
	const char *id, *name_id, *name_format;
	const char *indexes[SAML_INDEXES_MAX]; /* sessions; none: all */
	size_t index_count;
	int64_t expires_us; /* refused anyway after that */
	const char *query;  /* as it was signed; NULL: a form */
};

/* Who says that it sends this; nothing is verified. NULL or a reason. */
const char *saml_logout_sender(struct ctx *ctx, struct block message, const char **out);
/* A LogoutRequest, signed by a pinned key, for us, now. */
const char *saml_logout_check(struct ctx *ctx, const struct saml_expect *expect,
			      const struct saml_arrival *arrival, struct saml_logout *out);
/* The LogoutResponse to expect->request, in the same way; "saml.status": it was not done. */
const char *saml_logout_check_response(struct ctx *ctx, const struct saml_expect *expect,
				       const struct saml_arrival *arrival);

/* What we send by the Redirect binding. */
struct saml_leave {
	const char *id, *entity;
	const char *address, *relay;		   /* relay NULL: none */
	const char *answers;			   /* ID of a request: then it is a response */
	const char *name_format, *name_id, *index; /* of a request; index "": not known */
	int64_t now_us;
	struct block key; /* ours, PKCS #8 */
};
enum err saml_logout_url(struct ctx *ctx, const struct saml_leave *leave,
			 struct buf *url) ERR_CHECKED;

#endif
