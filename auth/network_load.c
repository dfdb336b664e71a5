/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/network_load.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "auth/network_sql.h"
#include "base/messages.h"
#include "rbac/grant.h"

struct network {
	struct geo *geo;
	pthread_rwlock_t lock; /* of the two below */
	int64_t version;
	struct network_set *set;
};

struct network *network_new(struct geo *geo)
{
	struct network *network = calloc(1, sizeof(*network));

	if (!network)
		return NULL;
	network->geo = geo;
	pthread_rwlock_init(&network->lock, NULL);
	return network;
}

void network_free(struct network *network)
{
	if (!network)
		return;
	pthread_rwlock_destroy(&network->lock);
	free(network->set);
	geo_free(network->geo);
	free(network);
}

const struct geo *network_geo(const struct network *network)
{
	return network ? network->geo : NULL;
}

/* False: those in memory are of another version. */
static bool judge_known(struct network *network, int64_t version, const struct network_who *who,
			const char *address, bool *out)
{
	pthread_rwlock_rdlock(&network->lock);
	bool known = network->set && network->version == version;
	if (known)
		*out = network_allows(network->set, who, address, network->geo);
	pthread_rwlock_unlock(&network->lock);
	return known;
}

/* A thread whose view of the database is older leaves the newer ones in place. */
static void keep(struct network *network, int64_t version, struct network_set *set)
{
	pthread_rwlock_wrlock(&network->lock);
	struct network_set *old = set;
	if (!network->set || network->version < version) {
		old = network->set;
		network->set = set;
		network->version = version;
	}
	pthread_rwlock_unlock(&network->lock);
	free(old);
}

struct load {
	struct network_set *set;
	bool broken;
};

static void load_one(void *arg, const struct network_rule *rule)
{
	struct load *load = arg;

	load->broken |= network_add(load->set, rule) != NETWORK_OK;
}

enum err network_load(struct ctx *ctx, struct network_set *set)
{
	struct load load = {.set = set};
	enum err err = network_sql_each(ctx, load_one, &load);

	if (err == ERR_OK && load.broken)
		return err_set(ctx, ERR_INTEGRITY, "A network rule cannot be understood.");
	return err;
}

static enum err judge(struct ctx *ctx, const struct network_who *who, const char *address,
		      bool *out)
{
	int64_t version = 0;
	enum err err = network_sql_version(ctx, false, &version);

	if (err != ERR_OK || judge_known(ctx->network, version, who, address, out))
		return err;
	struct network_set *set = calloc(1, sizeof(*set));
	if (!set)
		return err_set(ctx, ERR_MEMORY, "No memory for the network rules.");
	err = network_load(ctx, set);
	if (err != ERR_OK) {
		free(set);
		return err;
	}
	*out = network_allows(set, who, address, ctx->network->geo);
	keep(ctx->network, version, set);
	return ERR_OK;
}

enum err network_check(struct ctx *ctx, const struct network_who *who, struct block peer)
{
	char address[MSG_PEER + 1];
	bool allowed = false;
	size_t len = peer.len < sizeof(address) ? peer.len : 0;

	if (!ctx->network)
		return ERR_OK;
	if (len > 0)
		memcpy(address, peer.data, len);
	address[len] = '\0';
	enum err err = judge(ctx, who, address, &allowed);
	if (err == ERR_OK && !allowed)
		return err_reason(ctx, ERR_DENIED, "network.refused",
				  "Access from this network is not allowed.");
	return err;
}

enum err network_check_user(struct ctx *ctx, const struct uuid *user_id, enum entrance entrance,
			    struct block peer)
{
	struct network_who who = {.user_id = user_id, .entrance = entrance};
	enum err err = ERR_OK;

	if (ctx->network) /* of nobody too: a sign-in must not take less time for a wrong name */
		err = roles_of_user(ctx, user_id, &who.roles);
	return err == ERR_OK ? network_check(ctx, &who, peer) : err;
}
