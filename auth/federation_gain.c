/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/federation_gain.h"

#include <string.h>

#include "auth/federation_gain_sql.h"
#include "auth/federation_sql.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/sys.h"
#include "rbac/grant.h"
#include "rbac/grant_sql.h"
#include "rbac/role.h"

enum { GIFTS_MAX = 2 * IDENTITY_MAPS_MAX };

/* What changes for one person, and its event. */
struct renewal {
	const struct identity_provider *provider;
	const struct user *user;
	struct federation_giver giver;
	struct federation_gift *wanted, *given;
	size_t wanted_count, given_count;
	int64_t administrators; /* before anything was taken away */
	const char *gave_groups, *gave_roles, *took_groups, *took_roles, *kept;
};

static enum err no_memory(struct ctx *ctx)
{
	return err_set(ctx, ERR_MEMORY, "Request memory is used up.");
}

static struct federation_giver giver_of(const struct identity_provider *provider,
					const struct user *user, const struct audit *audit)
{
	return (struct federation_giver){
		.provider_id = provider->id, .user_id = user->id, .event_id = audit->id};
}

static enum err find_wanted(struct ctx *ctx, const struct federated_identity *identity,
			    struct renewal *renewal)
{
	struct federation_gain *gain = arena_new_of(ctx->arena, struct federation_gain);
	struct federation_gift *gifts = arena_array(ctx->arena, struct federation_gift, GIFTS_MAX);
	size_t count = 0;

	if (!gain || !gifts)
		return no_memory(ctx);
	enum err err = federation_map(ctx, renewal->provider, identity, gain);
	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < gain->group_count; i++)
		gifts[count++] = (struct federation_gift){.group_id = gain->groups[i],
							  .name = gain->group_names[i]};
	for (size_t i = 0; i < gain->role_count; i++)
		gifts[count++] =
			(struct federation_gift){.role = gain->roles[i], .name = gain->roles[i]};
	renewal->wanted = gifts;
	renewal->wanted_count = count;
	return ERR_OK;
}

static enum err find_given(struct ctx *ctx, struct renewal *renewal)
{
	renewal->given = arena_array(ctx->arena, struct federation_gift, GIFTS_MAX);
	return renewal->given ? federation_gain_sql_given(ctx, &renewal->giver, renewal->given,
							  GIFTS_MAX, &renewal->given_count)
			      : no_memory(ctx);
}

static void note(struct ctx *ctx, const char **list, const char *name)
{
	*list = *list ? arena_printf(ctx->arena, "%s, %s", *list, name) : name;
}

static enum err give_all(struct ctx *ctx, struct renewal *renewal)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < renewal->wanted_count && err == ERR_OK; i++) {
		const struct federation_gift *gift = &renewal->wanted[i];
		bool is_new = false;
		err = federation_gain_sql_add(ctx, &renewal->giver, gift, &is_new);
		if (err != ERR_OK || !is_new)
			continue;
		note(ctx, gift->role ? &renewal->gave_roles : &renewal->gave_groups, gift->name);
		err = federation_gain_sql_touch(ctx, &renewal->giver, gift);
	}
	return err;
}

static bool is_wanted(const struct renewal *renewal, const struct federation_gift *gift)
{
	for (size_t i = 0; i < renewal->wanted_count; i++) {
		const struct federation_gift *one = &renewal->wanted[i];
		if (gift->role ? one->role && strcmp(one->role, gift->role) == 0
			       : !one->role && uuid_equal(&one->group_id, &gift->group_id))
			return true;
	}
	return false;
}

/* Nobody could undo what a provider's mistake did to the last one. */
static enum err keep_administrator(struct ctx *ctx, struct renewal *renewal,
				   const struct federation_gift *gift, bool *out_kept)
{
	int64_t left = 0;
	bool is_back = false;
	enum err err = grant_administrators(ctx, &left);

	*out_kept = err == ERR_OK && left == 0 && renewal->administrators > 0;
	return *out_kept ? federation_gain_sql_add(ctx, &renewal->giver, gift, &is_back) : err;
}

static enum err take(struct ctx *ctx, struct renewal *renewal, const struct federation_gift *gift)
{
	bool is_gone = false, is_kept = false;
	enum err err = federation_gain_sql_remove(ctx, &renewal->giver, gift, &is_gone);

	if (err == ERR_OK && is_gone)
		err = keep_administrator(ctx, renewal, gift, &is_kept);
	if (err != ERR_OK || !is_gone)
		return err;
	if (is_kept) {
		note(ctx, &renewal->kept, gift->name);
		return ERR_OK;
	}
	note(ctx, gift->role ? &renewal->took_roles : &renewal->took_groups, gift->name);
	return federation_gain_sql_touch(ctx, &renewal->giver, gift);
}

/* After what is given: who goes from one group of administrators to another stays one. */
static enum err take_rest(struct ctx *ctx, struct renewal *renewal)
{
	enum err err = ERR_OK;
	bool begun = false;

	for (size_t i = 0; i < renewal->given_count && err == ERR_OK; i++) {
		if (is_wanted(renewal, &renewal->given[i]))
			continue;
		if (!begun)
			err = grant_administrators(ctx, &renewal->administrators);
		begun = true;
		if (err == ERR_OK)
			err = take(ctx, renewal, &renewal->given[i]);
	}
	return err;
}

static void tell(const struct renewal *renewal, struct audit *audit)
{
	const struct {
		const char *name, *value;
	} lists[] = {{"groups", renewal->gave_groups},
		     {"roles", renewal->gave_roles},
		     {"groups_taken", renewal->took_groups},
		     {"roles_taken", renewal->took_roles},
		     {"last_administrator", renewal->kept}};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (lists[i].value)
			audit_data(audit, lists[i].name, lists[i].value);
}

static bool has_changed(const struct renewal *renewal)
{
	return renewal->gave_groups || renewal->gave_roles || renewal->took_groups ||
	       renewal->took_roles || renewal->kept;
}

static enum err append(struct ctx *ctx, const struct in *in, const struct renewal *renewal,
		       struct audit *audit)
{
	if (!has_changed(renewal))
		return ERR_OK;
	audit->peer = arena_strndup(ctx->arena, (const char *)in->peer.data, in->peer.len);
	audit_object(audit, "user", &renewal->user->id, renewal->user->login);
	audit_data(audit, "provider", renewal->provider->name);
	tell(renewal, audit);
	enum err err = grant_sql_touch_user(ctx, &renewal->user->id, &audit->id, sys_real_us());
	return err == ERR_OK ? audit_append(ctx, audit) : err;
}

/* identity NULL: nothing is mapped. */
static enum err renew(struct ctx *ctx, const struct in *in,
		      const struct identity_provider *provider,
		      const struct federated_identity *identity, const struct user *user)
{
	struct audit audit;
	struct renewal renewal = {.provider = provider, .user = user};
	struct user locked;

	if (!provider->maps_always)
		return ERR_OK;
	audit_init(&audit, EVENT_FEDERATION_MAPPED);
	renewal.giver = giver_of(provider, user, &audit);
	enum err err = user_by_id(ctx, &user->id, true, &locked);
	if (err == ERR_OK && identity)
		err = find_wanted(ctx, identity, &renewal);
	if (err == ERR_OK)
		err = find_given(ctx, &renewal);
	if (err == ERR_OK)
		err = give_all(ctx, &renewal);
	if (err == ERR_OK)
		err = take_rest(ctx, &renewal);
	return err == ERR_OK ? append(ctx, in, &renewal, &audit) : err;
}

enum err federation_gain_permissions(struct ctx *ctx, const struct identity_provider *provider,
				     const struct federated_identity *identity, permission_set *out)
{
	permission_set set = 0;
	struct renewal renewal = {.provider = provider};

	*out = 0;
	if (!provider->maps_always)
		return ERR_OK;
	enum err err = find_wanted(ctx, identity, &renewal);
	for (size_t i = 0; i < renewal.wanted_count && err == ERR_OK; i++) {
		const struct federation_gift *gift = &renewal.wanted[i];
		if (gift->role)
			set = role_permissions(gift->role);
		else
			err = role_permissions_of_group(ctx, &gift->group_id, &set);
		*out |= set;
	}
	return err;
}

enum err federation_gain_renew(struct ctx *ctx, const struct in *in,
			       const struct identity_provider *provider,
			       const struct federated_identity *identity, const struct user *user)
{
	return renew(ctx, in, provider, identity, user);
}

enum err federation_gain_end(struct ctx *ctx, const struct in *in,
			     const struct identity_provider *provider, const struct user *user)
{
	return renew(ctx, in, provider, NULL, user);
}

enum err federation_gain_give(struct ctx *ctx, const struct identity_provider *provider,
			      const struct federated_identity *identity, const struct user *user,
			      struct audit *audit)
{
	struct renewal renewal = {.provider = provider, .user = user};

	renewal.giver = giver_of(provider, user, audit);
	enum err err = find_wanted(ctx, identity, &renewal);
	if (err == ERR_OK)
		err = give_all(ctx, &renewal);
	tell(&renewal, audit);
	return err;
}

enum err federation_gain_withdraw(struct ctx *ctx, const struct uuid *provider_id, bool for_good,
				  struct audit *audit)
{
	struct federation_given given;
	enum err err = federation_gain_sql_given_all(ctx, provider_id, &given);

	if (err != ERR_OK || given.people == 0)
		return err;
	audit_data(audit, "people", arena_printf(ctx->arena, "%lld", (long long)given.people));
	if (given.groups)
		audit_data(audit, for_good ? "groups_taken" : "groups_resting", given.groups);
	if (given.roles)
		audit_data(audit, for_good ? "roles_taken" : "roles_resting", given.roles);
	return for_good ? federation_gain_sql_remove_all(ctx, provider_id, &audit->id) : ERR_OK;
}

/* --- While the second step is waited for --- */

static bool is_mapped(const struct identity_map *maps, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(maps[i].attribute, name) == 0)
			return true;
	return false;
}

/* Nothing else that the provider knows of a person is written down. */
static enum err write_mapped(struct ctx *ctx, const struct federated_identity *identity,
			     const struct identity_map *maps, size_t count, struct block *out)
{
	scoped(buf_clear) struct buf bytes;
	struct federated_attribute *attributes =
		arena_array(ctx->arena, struct federated_attribute, identity->attribute_count + 1);
	struct federated_identity kept = {.subject = identity->subject,
					  .display = identity->display,
					  .session = identity->session,
					  .attributes = attributes};

	buf_init(&bytes, FEDERATED_BYTES_MAX);
	for (size_t i = 0; attributes && i < identity->attribute_count; i++)
		if (is_mapped(maps, count, identity->attributes[i].name))
			attributes[kept.attribute_count++] = identity->attributes[i];
	if (attributes)
		federated_identity_put(&bytes, &kept);
	if (buf_failed(&bytes))
		return buf_tell(ctx, &bytes, "what the provider said");
	out->data = arena_memdup(ctx->arena, bytes.data, bytes.len);
	out->len = bytes.len;
	return attributes && out->data ? ERR_OK : no_memory(ctx);
}

enum err federation_gain_put_by(struct ctx *ctx, const struct identity_provider *provider,
				const struct federated_identity *identity, struct block *out)
{
	size_t count = 0;

	*out = (struct block){NULL, 0};
	if (!provider->maps_always)
		return ERR_OK;
	struct identity_map *maps = arena_array(ctx->arena, struct identity_map, IDENTITY_MAPS_MAX);
	enum err err =
		maps ? federation_sql_maps(ctx, &provider->id, maps, &count) : no_memory(ctx);
	return err == ERR_OK ? write_mapped(ctx, identity, maps, count, out) : err;
}

enum err federation_gain_take_up(struct ctx *ctx, struct block kept, struct federated_identity *out)
{
	struct rd rd = rd_of(kept.data, kept.len);

	if (!federated_identity_get(ctx->arena, &rd, out) || !rd_done(&rd))
		return err_set(ctx, ERR_INTEGRITY, "What the provider said is damaged.");
	return ERR_OK;
}
