/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/federation.h"

#include <string.h>

#include "auth/federation_rules.h"
#include "auth/federation_sql.h"
#include "base/arena.h"
#include "rbac/grant.h"
#include "rbac/role.h"

static bool is_privileged(permission_set set)
{
	return (set & ~role_permissions(ROLE_USER)) != 0;
}

static void refuse(struct federation_decision *out, const char *why)
{
	out->next = FEDERATION_REFUSED;
	out->why = why;
}

static enum err of_link(struct ctx *ctx, const struct identity_link *link,
			struct federation_decision *out)
{
	enum err err = user_by_id(ctx, &link->user_id, false, &out->user);

	if (err != ERR_OK)
		return err;
	out->next = FEDERATION_KNOWN;
	if (strcmp(out->user.state, "active") != 0)
		refuse(out, "federation.not_active");
	return ERR_OK;
}

/* A rule gives a provider power over whoever it names: never over the privileged, who link
 * themselves, and never twice over one person. */
static enum err may_link(struct ctx *ctx, const struct identity_provider *provider,
			 struct federation_decision *out)
{
	permission_set theirs = 0;
	bool linked = false;
	enum err err = role_permissions_of_user(ctx, &out->user.id, &theirs);

	if (err == ERR_OK)
		err = federation_sql_linked(ctx, &provider->id, &out->user.id, &linked);
	if (err != ERR_OK)
		return err;
	out->next = FEDERATION_BY_RULE;
	if (strcmp(out->user.state, "active") != 0)
		refuse(out, "federation.not_active");
	else if (linked)
		refuse(out, "federation.subject_changed");
	else if (is_privileged(theirs))
		refuse(out, "federation.privileged");
	return ERR_OK;
}

static enum err by_rule(struct ctx *ctx, const struct identity_provider *provider,
			const struct federated_identity *identity, struct federation_decision *out)
{
	char login[65];

	if (!provider->link_attribute[0])
		return ERR_OK;
	if (!federation_login(provider, identity, provider->link_attribute, login, &out->why))
		return ERR_OK;
	enum err err = user_by_login(ctx, login, &out->user);
	if (err == ERR_NOT_FOUND) {
		out->why = "federation.nobody";
		return ERR_OK;
	}
	return err == ERR_OK ? may_link(ctx, provider, out) : err;
}

static const char *display_of(struct ctx *ctx, const struct identity_provider *provider,
			      const struct federated_identity *identity, const char *login)
{
	const char *display = federation_value(identity, provider->display_attribute);

	return display && strlen(display) <= 128 ? display : arena_strdup(ctx->arena, login);
}

/* Somebody new has no second factor here, so that the provider must have asked for one. */
static enum err as_new(struct ctx *ctx, const struct identity_provider *provider,
		       const struct federated_identity *identity, struct federation_decision *out)
{
	char login[65];
	struct user taken;

	if (!federation_login(provider, identity, provider->login_attribute, login, &out->why))
		return ERR_OK;
	enum err err = user_by_login(ctx, login, &taken);
	if (err == ERR_OK) {
		out->why = "federation.login_taken";
		return ERR_OK;
	}
	if (err != ERR_NOT_FOUND)
		return err;
	if (!out->second_trusted) {
		out->why = "federation.no_second_factor";
		return ERR_OK;
	}
	out->why = NULL;
	out->login = arena_strdup(ctx->arena, login);
	out->display = display_of(ctx, provider, identity, login);
	out->next = FEDERATION_NEW;
	return out->login && out->display ? ERR_OK
					  : err_set(ctx, ERR_MEMORY, "Request memory is used up.");
}

enum err federation_decide(struct ctx *ctx, const struct identity_provider *provider,
			   const struct federated_identity *identity,
			   struct federation_decision *out)
{
	struct identity_link link;

	*out = (struct federation_decision){.next = FEDERATION_REFUSED,
					    .why = "federation.not_linked",
					    .second_trusted =
						    federation_second_trusted(provider, identity)};
	enum err err = federation_sql_link(ctx, &provider->id, identity->subject, &link);
	if (err == ERR_OK) {
		out->why = NULL;
		return of_link(ctx, &link, out);
	}
	if (err != ERR_NOT_FOUND)
		return err;
	err = by_rule(ctx, provider, identity, out);
	if (err != ERR_OK || out->next != FEDERATION_REFUSED) {
		out->why = NULL;
		return err;
	}
	/* Whom the rule names is refused for what it says; nobody may be made in their place. */
	if (!uuid_is_nil(&out->user.id) || !provider->provision)
		return ERR_OK;
	return as_new(ctx, provider, identity, out);
}

/* --- Mapping --- */

static enum err gives(struct ctx *ctx, const struct identity_map *map, permission_set *out)
{
	if (!map->role)
		return role_permissions_of_group(ctx, &map->group_id, out);
	*out = role_permissions(map->role);
	return ERR_OK;
}

static void gain_role(struct federation_gain *gain, const char *role)
{
	for (size_t i = 0; i < gain->role_count; i++)
		if (strcmp(gain->roles[i], role) == 0)
			return;
	gain->roles[gain->role_count++] = role;
}

static void gain_group(struct federation_gain *gain, const struct identity_map *map)
{
	for (size_t i = 0; i < gain->group_count; i++)
		if (uuid_equal(&gain->groups[i], &map->group_id))
			return;
	gain->group_names[gain->group_count] = map->group_name;
	gain->groups[gain->group_count++] = map->group_id;
}

static bool is_ambiguous(const struct federated_identity *identity, const char *name)
{
	size_t found = 0;

	for (size_t i = 0; i < identity->attribute_count; i++)
		if (strcmp(identity->attributes[i].name, name) == 0)
			found += identity->attributes[i].ambiguous ? 2 : 1;
	return found > 1;
}

/* What a group gives may have grown since the row was written: asked anew each time. */
static enum err apply_row(struct ctx *ctx, const struct identity_map *map,
			  const struct federated_identity *identity, struct federation_gain *gain)
{
	permission_set set = 0;

	if (is_ambiguous(identity, map->attribute))
		gain->ambiguous++;
	if (!federation_has(identity, map->attribute, map->value) ||
	    (!map->role && !map->group_name))
		return ERR_OK;
	enum err err = gives(ctx, map, &set);
	if (err != ERR_OK)
		return err;
	if (is_privileged(set) && !map->privileged)
		gain->withheld++;
	else if (map->role)
		gain_role(gain, map->role);
	else
		gain_group(gain, map);
	return ERR_OK;
}

enum err federation_map(struct ctx *ctx, const struct identity_provider *provider,
			const struct federated_identity *identity, struct federation_gain *out)
{
	size_t count = 0;
	struct identity_map *maps = arena_array(ctx->arena, struct identity_map, IDENTITY_MAPS_MAX);

	*out = (struct federation_gain){0};
	if (!maps)
		return err_set(ctx, ERR_MEMORY, "Request memory is used up.");
	enum err err = federation_sql_maps(ctx, &provider->id, maps, &count);
	for (size_t i = 0; i < count && err == ERR_OK; i++)
		err = apply_row(ctx, &maps[i], identity, out);
	return err;
}
