/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/network.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "auth/words.h"

static enum network_fault take_range(struct network_compiled *out, const char *word)
{
	if (out->ranges.count == NETWORK_RANGES_MAX)
		return NETWORK_TOO_MANY;
	return range_add(&out->ranges, word) ? NETWORK_OK : NETWORK_BAD_RANGE;
}

static enum network_fault take_country(struct network_compiled *out, const char *word)
{
	if (strlen(word) != 2 || strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 2)
		return NETWORK_BAD_COUNTRY;
	if (out->country_count == NETWORK_COUNTRIES_MAX)
		return NETWORK_TOO_MANY;
	memcpy(out->countries[out->country_count++], word, 3);
	return NETWORK_OK;
}

static enum network_fault take_asn(struct network_compiled *out, const char *word)
{
	size_t len = strlen(word);
	unsigned long long number = strtoull(word, NULL, 10);

	if (len > 10 || strspn(word, "0123456789") != len || number == 0 || number > UINT32_MAX)
		return NETWORK_BAD_ASN;
	if (out->asn_count == NETWORK_ASNS_MAX)
		return NETWORK_TOO_MANY;
	out->asns[out->asn_count++] = (uint32_t)number;
	return NETWORK_OK;
}

static enum network_fault take_list(struct network_compiled *out, const char *list,
				    enum network_fault (*take)(struct network_compiled *out,
							       const char *word))
{
	char word[WORD_MAX];
	enum network_fault fault = NETWORK_OK;

	while (list && fault == NETWORK_OK && words_next(&list, word))
		fault = take(out, word);
	return fault;
}

enum network_fault network_add(struct network_set *set, const struct network_rule *rule)
{
	struct network_compiled *out = &set->rules[set->count];
	enum network_fault fault;

	if (set->count == NETWORK_RULES_MAX)
		return NETWORK_TOO_MANY;
	*out = (struct network_compiled){.deny = rule->deny,
					 .entrance = rule->entrance,
					 .role = rule->role ? role_bit(rule->role) : 0,
					 .user_id = rule->user_id};
	if (rule->role && out->role == 0)
		return NETWORK_BAD_ROLE;
	if ((fault = take_list(out, rule->networks, take_range)) != NETWORK_OK ||
	    (fault = take_list(out, rule->countries, take_country)) != NETWORK_OK ||
	    (fault = take_list(out, rule->asns, take_asn)) != NETWORK_OK)
		return fault;
	if (out->ranges.count + out->country_count + out->asn_count == 0)
		return NETWORK_EMPTY;
	set->count++;
	return NETWORK_OK;
}

static bool is_about(const struct network_compiled *rule, const struct network_who *who)
{
	if (rule->entrance != ENTRANCE_ANY && rule->entrance != who->entrance)
		return false;
	if (rule->role != 0 && (who->roles & rule->role) == 0)
		return false;
	return uuid_is_nil(&rule->user_id) ||
	       (who->user_id && uuid_equal(who->user_id, &rule->user_id));
}

static bool fits(const struct network_compiled *rule, const char *address,
		 const struct geo_place *place)
{
	/* An empty list of ranges would mean any. */
	if (rule->ranges.count > 0 && range_allows_text(&rule->ranges, address))
		return true;
	for (size_t i = 0; place->country[0] && i < rule->country_count; i++) {
		if (strcmp(rule->countries[i], place->country) == 0)
			return true;
	}
	for (size_t i = 0; place->asn != 0 && i < rule->asn_count; i++) {
		if (rule->asns[i] == place->asn)
			return true;
	}
	return false;
}

bool network_allows(const struct network_set *set, const struct network_who *who,
		    const char *address, const struct geo *geo)
{
	struct geo_place place;
	bool wanted = false, allowed = false;

	if (set->count == 0)
		return true;
	geo_find(geo, address, &place);
	for (size_t i = 0; i < set->count; i++) {
		const struct network_compiled *rule = &set->rules[i];
		if (!is_about(rule, who))
			continue;
		bool fit = fits(rule, address, &place);
		if (rule->deny && fit)
			return false;
		wanted |= !rule->deny;
		allowed |= !rule->deny && fit;
	}
	return allowed || !wanted;
}
