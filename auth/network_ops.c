/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "auth/auth_api.h"
#include "auth/handlers.h"
#include "auth/network_load.h"
#include "auth/network_sql.h"
#include "auth/user.h"
#include "auth/words.h"
#include "base/json.h"
#include "base/messages.h"
#include "base/sys.h"
#include "rbac/grant.h"
#include "rbac/principal.h"
#include "rbac/write.h"

enum { SEEN_DAYS = 30, SHOWN_MAX = 50, ANSWER_MAX = 24 * 1024, RULES_TEXT_MAX = 96 * 1024 };
static const int64_t day_us = (int64_t)24 * 3600 * 1000000;

/* What a change would be, beside what holds now. */
struct change {
	struct network_rule rules[NETWORK_RULES_MAX];
	size_t count;
	struct network_set *before, *after;
	const struct geo *geo;
	/* people who came from somewhere that it would refuse */
	struct json json;
	struct uuid last;
	int64_t people;
	bool open;
};

static void change_clear(struct change *change)
{
	free(change->before);
	free(change->after);
}

static enum err fault_error(struct ctx *ctx, enum network_fault fault)
{
	static const struct {
		const char *reason, *text;
	} faults[] = {
		[NETWORK_BAD_RANGE] = {"network.malformed",
				       "Use ranges such as 192.0.2.0/24 or 2001:db8::/32."},
		[NETWORK_BAD_COUNTRY] = {"network.country",
					 "A country is two capital letters: JP."},
		[NETWORK_BAD_ASN] = {"network.asn", "An AS number is digits only: 64500."},
		[NETWORK_BAD_ROLE] = {"network.role", "There is no such role."},
		[NETWORK_EMPTY] = {"network.empty",
				   "A rule names a range, a country or an AS number."},
		[NETWORK_TOO_MANY] = {"network.too_many", "These are too many."},
	};

	return err_field(ctx, "rules", faults[fault].reason, "%s", faults[fault].text);
}

/* Without a database such a rule would fit nobody, and say so to nobody. */
static enum err check_databases(struct ctx *ctx, const struct network_rule *rule)
{
	const struct geo *geo = network_geo(ctx->network);

	if (rule->countries[0] && !geo_has_country(geo))
		return err_field(ctx, "rules", "network.no_country_database",
				 "This server has no database of countries (geo_country_file).");
	if (rule->asns[0] && !geo_has_asn(geo))
		return err_field(ctx, "rules", "network.no_asn_database",
				 "This server has no database of AS numbers (geo_asn_file).");
	return ERR_OK;
}

static enum err read_rule(struct ctx *ctx, const struct value *row, struct network_rule *out)
{
	static const char *const empty = "";
	enum err err = words_join(ctx, "rules", &row[RULE_NETWORKS], NETWORK_WORDS, &out->networks);

	if (err == ERR_OK)
		err = words_join(ctx, "rules", &row[RULE_COUNTRIES], NETWORK_WORDS,
				 &out->countries);
	if (err == ERR_OK)
		err = words_join(ctx, "rules", &row[RULE_ASNS], NETWORK_WORDS, &out->asns);
	if (err != ERR_OK)
		return err;
	out->deny = row[RULE_ACTION].number == 1;
	out->entrance = (enum entrance)row[RULE_ENTRANCE].number;
	out->role = row[RULE_ROLE].set && !row[RULE_ROLE].null ? row[RULE_ROLE].text : NULL;
	if (row[RULE_USER].set && !row[RULE_USER].null)
		out->user_id = row[RULE_USER].id;
	out->note = row[RULE_NOTE].set ? row[RULE_NOTE].text : empty;
	return check_databases(ctx, out);
}

static enum err check_person(struct ctx *ctx, const struct network_rule *rule)
{
	struct user user;
	enum err err = uuid_is_nil(&rule->user_id) ? ERR_OK
						   : user_by_id(ctx, &rule->user_id, false, &user);

	return err == ERR_NOT_FOUND
		       ? err_field(ctx, "rules", "network.user", "There is no such person.")
		       : err;
}

static enum err read_change(struct ctx *ctx, const struct in *in, struct change *change)
{
	const struct value *rules = &in->values[RULES_LIST];

	change->geo = network_geo(ctx->network);
	change->before = calloc(1, sizeof(*change->before));
	change->after = calloc(1, sizeof(*change->after));
	if (!change->before || !change->after)
		return err_set(ctx, ERR_MEMORY, "No memory for the network rules.");
	enum err err = network_load(ctx, change->before);
	for (int64_t i = 0; i < rules->number && err == ERR_OK; i++) {
		struct network_rule *rule = &change->rules[change->count];
		err = read_rule(ctx, rules->rows[i], rule);
		if (err == ERR_OK)
			err = check_person(ctx, rule);
		if (err != ERR_OK)
			return err;
		enum network_fault fault = network_add(change->after, rule);
		if (fault != NETWORK_OK)
			return fault_error(ctx, fault);
		change->count++;
	}
	return err;
}

static bool is_lost(const struct change *change, const struct network_who *who, const char *address)
{
	return network_allows(change->before, who, address, change->geo) &&
	       !network_allows(change->after, who, address, change->geo);
}

static bool locks_me_out(const struct ctx *ctx, const struct in *in, const struct change *change)
{
	const struct principal *self = ctx->principal;
	const struct network_who who = {self->roles, &self->user_id,
					uuid_is_nil(&self->token_id) ? ENTRANCE_PORTAL
								     : ENTRANCE_API};
	char address[MSG_PEER + 1];
	size_t len = in->peer.len < sizeof(address) ? in->peer.len : 0;

	if (uuid_is_nil(&self->user_id))
		return false; /* the console needs no network */
	if (len > 0)
		memcpy(address, in->peer.data, len);
	address[len] = '\0';
	return !network_allows(change->after, &who, address, change->geo);
}

static void end_person(struct change *change)
{
	if (!change->open)
		return;
	json_end_array(&change->json);
	json_end_object(&change->json);
	change->open = false;
}

static void begin_person(struct change *change, const struct network_seen *seen)
{
	end_person(change);
	change->last = seen->user_id;
	if (++change->people > SHOWN_MAX)
		return;
	change->open = true;
	json_object(&change->json, NULL);
	json_uuid(&change->json, "id", &seen->user_id);
	json_text(&change->json, "login", seen->login);
	json_text(&change->json, "display_name", seen->display_name);
	json_array(&change->json, "addresses");
}

static enum err look_at(struct ctx *ctx, void *arg, const struct network_seen *seen)
{
	struct change *change = arg;
	struct network_who who = {.user_id = &seen->user_id, .entrance = seen->entrance};
	enum err err = roles_of_user(ctx, &seen->user_id, &who.roles);

	if (err != ERR_OK || !is_lost(change, &who, seen->peer))
		return err;
	if (!uuid_equal(&change->last, &seen->user_id))
		begin_person(change, seen);
	if (change->open)
		json_text(&change->json, NULL, seen->peer);
	return ERR_OK;
}

/* Who was here in the last 30 days from where they could not come from any more. */
static enum err find_lost(struct ctx *ctx, struct change *change, const char **out_people)
{
	struct buf text;

	buf_init(&text, ANSWER_MAX);
	json_init(&change->json, &text);
	json_array(&change->json, NULL);
	enum err err = network_sql_seen(ctx, sys_real_us() - SEEN_DAYS * day_us, look_at, change);
	end_person(change);
	json_end_array(&change->json);
	if (err == ERR_OK && !buf_failed(&text))
		*out_people = arena_strndup(ctx->arena, (const char *)text.data, text.len);
	else if (err == ERR_OK)
		*out_people = "[]"; /* the number is told all the same */
	buf_clear(&text);
	return err == ERR_OK && !*out_people ? err_set(ctx, ERR_MEMORY, "Out of memory.") : err;
}

enum err network_rules_run_try(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct change change = {.count = 0};
	struct audit audit;
	const char *people = NULL;
	enum err err = read_change(ctx, in, &change);

	if (err == ERR_OK)
		err = find_lost(ctx, &change, &people);
	if (err == ERR_OK) {
		out_bool(out, "locks_you_out", locks_me_out(ctx, in, &change));
		out_int(out, "count", change.people);
		out_json(out, "people", people);
	}
	change_clear(&change);
	if (err != ERR_OK)
		return err;
	write_audit(ctx, in, &audit);
	audit_data(&audit, "locked_out", write_int(ctx, change.people));
	return audit_append(ctx, &audit);
}

struct text_arg {
	struct buf text;
};

static void put_rule(void *arg, const struct network_rule *rule)
{
	static const char *const entrances[] = {"portal", "api", "any"};
	struct buf *text = &((struct text_arg *)arg)->text;
	char id[UUID_TEXT_SIZE];

	uuid_format(&rule->user_id, id);
	buf_printf(text, "%s%s at %s for %s: %s | %s | %s", text->len ? "\n" : "",
		   rule->deny ? "deny" : "allow", entrances[rule->entrance],
		   rule->role			 ? rule->role
		   : uuid_is_nil(&rule->user_id) ? "everybody"
						 : id,
		   rule->networks, rule->countries, rule->asns);
}

static const char *text_of(struct ctx *ctx, struct text_arg *arg)
{
	const char *text =
		buf_failed(&arg->text)
			? "(too long to be told)"
			: arena_strndup(ctx->arena, (const char *)arg->text.data, arg->text.len);

	buf_clear(&arg->text);
	return text ? text : "";
}

static enum err audit_replaced(struct ctx *ctx, const struct in *in, const struct change *change,
			       struct audit *audit)
{
	struct text_arg before, after;

	buf_init(&before.text, RULES_TEXT_MAX);
	buf_init(&after.text, RULES_TEXT_MAX);
	enum err err = network_sql_each(ctx, put_rule, &before);
	for (size_t i = 0; i < change->count; i++)
		put_rule(&after, &change->rules[i]);
	write_audit(ctx, in, audit);
	audit_change(audit, "rules", text_of(ctx, &before), text_of(ctx, &after));
	return err;
}

static enum err replace(struct ctx *ctx, const struct in *in, struct change *change,
			struct out *out)
{
	struct audit audit;
	int64_t version = 0;
	enum err err = network_sql_version(ctx, true, &version);

	if (err == ERR_OK)
		err = write_if_match(ctx, in, version);
	if (err == ERR_OK)
		err = read_change(ctx, in, change);
	if (err == ERR_OK && in_number(in, RULES_LOCK_ME_OUT, 0) == 0 &&
	    locks_me_out(ctx, in, change))
		return err_reason(ctx, ERR_CONFLICT, "network.locks_you_out",
				  "These rules would lock you out from where you are.");
	if (err == ERR_OK)
		err = audit_replaced(ctx, in, change, &audit);
	if (err == ERR_OK)
		err = network_sql_replace(ctx, change->rules, change->count, &audit.id);
	if (err != ERR_OK)
		return err;
	out->version = version + 1;
	out_notify(out, "system", &ctx->principal->user_id);
	return audit_append(ctx, &audit);
}

enum err network_rules_run_update(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct change change = {.count = 0};
	enum err err = replace(ctx, in, &change, out);

	change_clear(&change);
	return err;
}
