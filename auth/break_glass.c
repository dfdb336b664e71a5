/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/break_glass.h"

#include <string.h>

#include "audit/audit.h"
#include "auth/break_glass_sql.h"
#include "auth/floor.h"
#include "auth/network.h"
#include "auth/session.h"
#include "auth/words.h"
#include "base/arena.h"
#include "base/range.h"

enum err break_glass_of(struct ctx *ctx, const struct uuid *user_id, const char **out)
{
	struct break_glass_row row = {0};
	enum err err = break_glass_sql_of(ctx, user_id, &row);

	*out = err == ERR_OK ? row.networks : NULL;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err break_glass_refuse(struct ctx *ctx, const struct uuid *user_id)
{
	const char *networks = NULL;
	enum err err = break_glass_of(ctx, user_id, &networks);

	return err == ERR_OK && networks ? err_reason(ctx, ERR_DENIED, BREAK_GLASS_KEY_ONLY,
						      "This account signs in by its key alone.")
					 : err;
}

static bool is_within(struct ctx *ctx, const char *networks, struct block peer)
{
	struct ranges ranges = {.count = 0};
	const char *address = arena_strndup(ctx->arena, (const char *)peer.data, peer.len);
	char word[WORD_MAX];

	while (words_next(&networks, word))
		if (!range_add(&ranges, word))
			return false;
	/* An empty list would mean anywhere. */
	return address && ranges.count > 0 && range_allows_text(&ranges, address);
}

enum err break_glass_judge(struct ctx *ctx, const struct passkey *passkey, const char *networks,
			   struct block peer, const char **out_why)
{
	struct factor_standing standing;
	enum err err = factor_standing_of(ctx, &passkey->user_id, &standing);

	if (err != ERR_OK)
		return err;
	if (passkey->level < FACTOR_DEVICE_BOUND || factor_due_of(&standing, passkey->level))
		*out_why = "break_glass.key";
	else if (!is_within(ctx, networks, peer))
		*out_why = "break_glass.network";
	return ERR_OK;
}

enum err break_glass_alarm(struct ctx *ctx, const struct user *user, const struct in *in,
			   const char *why)
{
	struct audit audit;

	audit_init(&audit, EVENT_BREAK_GLASS);
	audit.peer = arena_strndup(ctx->arena, (const char *)in->peer.data, in->peer.len);
	if (why) {
		audit.outcome = AUDIT_REFUSED;
		audit.reason = why;
	}
	audit_object(&audit, "user", &user->id, user->login);
	audit_data(&audit, "user_agent", in->user_agent);
	enum err err = break_glass_sql_used(ctx, &audit.id, &user->id);
	return err == ERR_OK ? audit_append(ctx, &audit) : err;
}

/* --- setting it up --- */

static enum err check_networks(struct ctx *ctx, const char *networks)
{
	struct ranges ranges = {.count = 0};
	const char *at = networks;
	char word[WORD_MAX];

	while (words_next(&at, word))
		if (!range_add(&ranges, word))
			return err_set(ctx, ERR_INPUT,
				       "\"%s\" is no range such as 192.0.2.0/24 or 2001:db8::/32.",
				       word);
	if (ranges.count == 0 || strlen(networks) >= NETWORK_WORDS)
		return err_set(ctx, ERR_INPUT, "Name the networks they may come from.");
	return ERR_OK;
}

/* An account that can: active, with a passkey that would be accepted. */
static enum err find(struct ctx *ctx, const char *login, struct user *user)
{
	struct factor_standing standing;
	enum err err = user_by_login(ctx, login, user);

	if (err == ERR_NOT_FOUND)
		return err_set(ctx, ERR_NOT_FOUND, "There is no login of that name.");
	if (err != ERR_OK)
		return err;
	if (strcmp(user->state, "active") != 0)
		return err_set(ctx, ERR_CONFLICT, "This person is not active.");
	err = factor_standing_of(ctx, &user->id, &standing);
	if (err == ERR_OK &&
	    (standing.best < FACTOR_DEVICE_BOUND || standing.best < standing.floor))
		return err_set(ctx, ERR_CONFLICT,
			       "They need a passkey that its device does not copy (and that meets "
			       "their floor) first.");
	return err;
}

/* Where it is kept: its own place, or a free one. */
static enum err choose_slot(struct ctx *ctx, struct break_glass_row *row)
{
	struct break_glass_row found[BREAK_GLASS_MAX];
	size_t count = 0;
	enum err err = break_glass_sql_lock(ctx, found, &count);
	bool taken[BREAK_GLASS_MAX + 1] = {false};

	for (size_t i = 0; i < count && err == ERR_OK; i++) {
		if (uuid_equal(&found[i].user_id, &row->user_id))
			row->slot = found[i].slot;
		taken[found[i].slot] = true;
	}
	for (int slot = 1; slot <= BREAK_GLASS_MAX && row->slot == 0; slot++)
		if (!taken[slot])
			row->slot = slot;
	return err == ERR_OK && row->slot == 0
		       ? err_set(ctx, ERR_CONFLICT, "There are two such accounts already.")
		       : err;
}

enum err break_glass_set(struct ctx *ctx, struct audit *audit, const char *login,
			 const char *networks)
{
	struct user user;
	struct break_glass_row row = {.networks = networks};
	const char *before = NULL;
	enum err err = check_networks(ctx, networks);

	if (err == ERR_OK)
		err = find(ctx, login, &user);
	if (err != ERR_OK)
		return err;
	row.user_id = user.id;
	err = choose_slot(ctx, &row);
	if (err == ERR_OK)
		err = break_glass_of(ctx, &user.id, &before);
	if (err != ERR_OK)
		return err;
	audit_object(audit, "user", &user.id, user.login);
	audit_change(audit, "networks", before, networks);
	err = break_glass_sql_put(ctx, &row, &audit->id);
	return err == ERR_OK ? session_end_all(ctx, &user.id, NULL, "break_glass") : err;
}

enum err break_glass_end(struct ctx *ctx, struct audit *audit, const char *login)
{
	struct user user;
	const char *before = NULL;
	enum err err = user_by_login(ctx, login, &user);

	if (err == ERR_OK)
		err = break_glass_of(ctx, &user.id, &before);
	if (err == ERR_NOT_FOUND || (err == ERR_OK && !before))
		return err_set(ctx, ERR_NOT_FOUND, "There is no such break-glass account.");
	if (err != ERR_OK)
		return err;
	audit_object(audit, "user", &user.id, user.login);
	audit_change(audit, "networks", before, NULL);
	err = break_glass_sql_drop(ctx, &user.id);
	return err == ERR_OK ? session_end_all(ctx, &user.id, NULL, "break_glass") : err;
}
