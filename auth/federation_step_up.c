/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/federation_step_up.h"

#include <string.h>

#include "auth/federation_rules.h"
#include "auth/federation_session.h"
#include "auth/federation_sql.h"
#include "auth/floor.h"
#include "rbac/principal.h"

static const char below_floor[] = "factor.below_floor";
static const char not_there[] = "federation.no_step_up";

static enum err check_floor(struct ctx *ctx, const char **out_why)
{
	struct factor_standing standing;
	enum err err = factor_standing_of(ctx, &ctx->principal->user_id, &standing);

	if (err == ERR_OK && factor_due_of(&standing, FACTOR_ANY) != FACTOR_DUE_NONE)
		*out_why = below_floor;
	return err;
}

/* Who came otherwise has proofs of here; a word of another provider would be a new way in. */
static enum err find_began(struct ctx *ctx, const struct identity_provider *provider,
			   struct federation_session *out, const char **out_why)
{
	enum err err = federation_session_get(ctx, &ctx->principal->session_id, out);

	if (err == ERR_NOT_FOUND ||
	    (err == ERR_OK && !uuid_equal(&out->provider_id, &provider->id))) {
		*out_why = not_there;
		return ERR_OK;
	}
	return err;
}

static enum err may(struct ctx *ctx, const struct identity_provider *provider,
		    struct federation_session *out, const char **out_why)
{
	*out_why = provider->steps_up && provider->trusts_second ? NULL : not_there;
	enum err err = *out_why ? ERR_OK : find_began(ctx, provider, out, out_why);

	return err == ERR_OK && !*out_why ? check_floor(ctx, out_why) : err;
}

enum err federation_step_up_may(struct ctx *ctx, const struct identity_provider *provider,
				const char **out_why)
{
	struct federation_session began;

	return may(ctx, provider, &began, out_why);
}

enum err federation_step_up_check(struct ctx *ctx, const struct identity_provider *provider)
{
	const char *why = NULL;
	enum err err = federation_step_up_may(ctx, provider, &why);

	if (err != ERR_OK || !why)
		return err;
	if (why == below_floor)
		return err_reason(ctx, ERR_DENIED, below_floor,
				  "Your group asks for a passkey here.");
	return err_reason(ctx, ERR_CONFLICT, not_there,
			  "This sign-in cannot be renewed at that provider.");
}

static enum err check_link(struct ctx *ctx, const struct identity_provider *provider,
			   const struct federated_identity *identity, const char **out_why)
{
	struct identity_link link;
	enum err err = federation_sql_link(ctx, &provider->id, identity->subject, &link);

	if (err == ERR_NOT_FOUND)
		*out_why = "federation.not_linked";
	else if (err == ERR_OK && !uuid_equal(&link.user_id, &ctx->principal->user_id))
		*out_why = "federation.linked_elsewhere";
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err federation_step_up_judge(struct ctx *ctx, const struct identity_provider *provider,
				  const struct federated_identity *identity, const char **out_why)
{
	struct federation_session began;
	enum err err = may(ctx, provider, &began, out_why);

	if (err != ERR_OK || *out_why)
		return err;
	if (strcmp(identity->subject, began.subject) != 0)
		*out_why = "federation.other_identity";
	else if (!federation_second_trusted(provider, identity))
		*out_why = "federation.no_second_factor";
	return *out_why ? ERR_OK : check_link(ctx, provider, identity, out_why);
}
