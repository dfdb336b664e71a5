/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_NETWORK_LOAD_H
#define AUTH_NETWORK_LOAD_H

#include "auth/network.h"
#include "base/codec.h"

/* The rules in force, compiled once for each version of them; one for the process, any thread. */
struct network;
/* Takes over geo (NULL: none). NULL when memory is short. */
struct network *network_new(struct geo *geo);
void network_free(struct network *network);
const struct geo *network_geo(const struct network *network);

/* Appended to an empty set. ERR_INTEGRITY when one cannot be understood. */
enum err network_load(struct ctx *ctx, struct network_set *set) ERR_CHECKED;
/* ERR_DENIED network.refused unless the rules in force let who come from there. Nobody asks where
 * ctx->network is NULL. */
enum err network_check(struct ctx *ctx, const struct network_who *who,
		       struct block peer) ERR_CHECKED;
/* The same for a person by id, with the roles they have (nil: nobody known). */
enum err network_check_user(struct ctx *ctx, const struct uuid *user_id, enum entrance entrance,
			    struct block peer) ERR_CHECKED;

#endif
